"""Regions as a map of tiles: where each stands, how strongly it is coloured."""

from __future__ import annotations

import math
from collections.abc import Mapping

from dashboard import cache
from dashboard.formats import Lang
from dashboard.palette import COLOURS, Theme, contrast
from dashboard.templates import Rows

PLACES: dict[str, tuple[int, int]] = {
    "HL": (7, 0),
    "XJ": (0, 1), "NM": (4, 1), "BJ": (5, 1), "LN": (6, 1), "JL": (7, 1),
    "QH": (1, 2), "GS": (2, 2), "NX": (3, 2), "SX": (4, 2), "HE": (5, 2), "TJ": (6, 2),
    "XZ": (0, 3), "SN": (3, 3), "HA": (4, 3), "SD": (5, 3), "JS": (6, 3), "SH": (7, 3),
    "SC": (2, 4), "CQ": (3, 4), "HB": (4, 4), "AH": (5, 4), "ZJ": (6, 4),
    "YN": (2, 5), "GZ": (3, 5), "HN": (4, 5), "JX": (5, 5), "FJ": (6, 5),
    "GX": (3, 6), "GD": (4, 6),
    "HI": (4, 7),
}  # fmt: skip
"""Column and row of each province, by its code: about where it lies, every tile of the same size."""

INKS = ("#000000", "#FFFFFF")
"""Words on tiles: of the two, the one that is easier to read; on a middle blue only full black or white is."""


def mixed(paper: str, colour: str, share: float) -> str:
    """Give a colour between two, 0 the first and 1 the second.

    Examples
    --------
    >>> mixed("#000000", "#FFFFFF", 0.5)
    '#808080'
    """
    pairs = ((int(paper[i : i + 2], 16), int(colour[i : i + 2], 16)) for i in (1, 3, 5))
    return "#" + "".join(f"{round(a + (b - a) * share):02X}" for a, b in pairs)


def tile_rows(values: Mapping[str, tuple[float, str]], own: str, theme: Theme, lang: Lang) -> Rows:
    """Give one row a province for the map.

    Parameters
    ----------
    values : mapping of str to (float, str)
        By region key: the number that colours the tile, blue above nothing and orange below, and how it is written.
    own : str
        Region that gets a ring.
    theme : {"light", "dark"}
    lang : {"en", "zh"}
    """
    p = COLOURS[theme]
    known = [v for v, _ in values.values() if math.isfinite(v)]
    most = max((abs(v) for v in known), default=0.0)
    # Where all go one way the palest tile is the least of them, else nothing at all: differences must be seen.
    least = min(abs(v) for v in known) if known and (min(known) > 0 or max(known) < 0) else 0.0
    width = (most - least) or 1.0
    rows: Rows = []
    for code, (col, row) in PLACES.items():
        key = f"CN-{code}"
        value, text = values.get(key, (math.nan, ""))
        fill = p["panel"]
        if math.isfinite(value):
            fill = mixed(p["panel"], p["up" if value >= 0 else "down"], 0.12 + 0.78 * ((abs(value) - least) / width))
        ink = max(INKS, key=lambda colour: contrast(colour, fill))
        name = cache.region_title(key, lang)
        rows.append({
            "col": col, "row": row, "name": code if lang == "en" else name, "value": text, "fill": fill,
            "ink": ink if math.isfinite(value) else p["soft"], "ring": key == own,
            "tip": f"{name}{'：' if lang == 'zh' else ': '}{text or '–'}",
        })  # fmt: skip
    return rows
