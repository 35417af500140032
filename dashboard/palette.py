"""Colours and line patterns: grey is what happens without you, colour is what you do."""

from __future__ import annotations

from typing import Literal

Theme = Literal["light", "dark"]

ROLES = ("base", "reference", "mine", "A", "B", "C", "D")
"""Lines a chart can hold: a baseline alone, the reference baseline, my baseline, and four scenarios."""

COLOURS: dict[str, dict[str, str]] = {
    "light": {
        "ink": "#1B2430", "soft": "#5A6573", "grid": "#E3E7EC", "paper": "#FFFFFF", "panel": "#F4F6F9",
        "history": "#1B2430", "base": "#4A5462", "reference": "#767F8C", "mine": "#4A5462",
        "A": "#0065BD", "B": "#C8500A", "C": "#00856A", "D": "#A23E8C",
        "target": "#5B2A86", "up": "#0065BD", "down": "#C8500A", "warn": "#8A5A00",
    },
    "dark": {
        "ink": "#E8ECF2", "soft": "#A6B0BD", "grid": "#2A3440", "paper": "#11161D", "panel": "#1A222C",
        "history": "#E8ECF2", "base": "#C3CBD6", "reference": "#8792A0", "mine": "#C3CBD6",
        "A": "#5AB0FF", "B": "#FF9A4D", "C": "#35C79A", "D": "#E06FB8",
        "target": "#FFD76B", "up": "#5AB0FF", "down": "#FF9A4D", "warn": "#FFD76B",
    },
}  # fmt: skip
"""One meaning, one colour, on every page. Contrast and colour blindness are computed in the tests."""

DASHES: dict[str, list[int]] = {
    "base": [1, 0], "history": [1, 0], "reference": [2, 3], "mine": [8, 4],
    "A": [1, 0], "B": [1, 0], "C": [10, 3], "D": [10, 3, 2, 3],
}  # fmt: skip
"""Line patterns, so that no line is told by its colour alone."""

BANDS = (("lo95", "hi95", 0.11), ("lo80", "hi80", 0.15), ("lo50", "hi50", 0.22))
"""Edges of each band and its opacity; painted over one another they are seen as 0.11, 0.24 and 0.41."""

FONT = "Source Sans, 'Noto Sans CJK SC', 'Noto Sans SC', 'PingFang SC', 'Microsoft YaHei', sans-serif"
"""Fonts that are on the reader's machine or inside Streamlit; none is fetched."""


def contrast(a: str, b: str) -> float:
    """Contrast of two colours, 1 (none) to 21, as WCAG 2.1 defines it (success criterion 1.4.3).

    Examples
    --------
    >>> round(contrast("#000000", "#FFFFFF"), 1)
    21.0
    """

    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted((luminance(a), luminance(b)), reverse=True)
    return (light + 0.05) / (dark + 0.05)
