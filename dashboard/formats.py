"""Numbers as each language writes them: 488,000 and 48.8万件, CNY 854 bn and 8540亿元."""

from __future__ import annotations

import math
from typing import Literal

Lang = Literal["en", "zh"]
LANGUAGES: tuple[Lang, ...] = ("en", "zh")

MISSING = "–"
MONEY = {"CNY": ("CNY ", "元"), "USD": ("USD ", "美元")}
COUNTS = {"count": "", "persons": "人"}
AFTER = {
    "months": (" months", "个月"),
    "days": (" days", "天"),
    "score": ("", "分"),
}
"""Words after a plain number, English and Chinese."""


def family(unit: str) -> str:
    """Give the way a unit is written: ``count``, ``money``, ``share`` or ``plain``."""
    if unit in MONEY:
        return "money"
    if unit in COUNTS:
        return "count"
    return "share" if unit in ("share", "fraction", "percent") else "plain"


def figure(value: float | None, unit: str, lang: Lang, measure: str = "", figures: int = 3) -> str:
    """Write a model's result with 3 figures.

    Parameters
    ----------
    value : float or None
        In `unit`; None and NaN are written as a dash.
    unit : str
        Unit of the catalogue, for example ``count``, ``CNY``, ``share``.
    lang : {"en", "zh"}
    measure : str
        Chinese measure word after a count: 件, 家, 项.
    figures : int
        Significant figures.

    Examples
    --------
    >>> figure(891_600, "count", "en"), figure(891_600, "count", "zh", "件")
    ('892,000', '89.2万件')
    >>> figure(1.478e12, "CNY", "en"), figure(1.478e12, "CNY", "zh")
    ('CNY 1.48 tn', '14,800亿元')
    """
    if value is None or not math.isfinite(value):
        return MISSING
    if unit == "change":
        return change(value)
    return _write(_rounded(value, figures) if family(unit) != "share" else value, unit, lang, measure, exact=False)


def printed(value: float | None, unit: str, lang: Lang, measure: str = "") -> str:
    """Write a published figure as it was printed, without rounding.

    Examples
    --------
    >>> printed(364_913, "count", "en"), printed(364_913, "count", "zh", "件"), printed(0.1304, "share", "en")
    ('364,913', '36.4913万件', '13.04%')
    """
    if value is None or not math.isfinite(value):
        return MISSING
    return _write(value, unit, lang, measure, exact=True)


def _write(value: float, unit: str, lang: Lang, measure: str, *, exact: bool) -> str:
    sign, size = ("−" if value < 0 else ""), abs(value)
    places = 6 if exact else 4
    kind = family(unit)
    if kind == "share":
        return f"{sign}{_plain(size * 100, 4) if exact else f'{size * 100:.1f}'}%"
    if kind == "money":
        before, after = MONEY[unit]
        if lang == "zh":
            power, name = (1e8, "亿") if size >= 1e8 else (1e4, "万") if size >= 1e4 else (1.0, "")
            return f"{sign}{_chinese(size / power, places)}{name}{after}"
        steps = ((1e12, " tn"), (1e9, " bn"), (1e6, " m"))
        power, name = next((step for step in steps if size >= step[0]), (1.0, ""))
        return f"{sign}{before}{_plain(size / power, places)}{name}"
    if kind == "count":
        word = measure or COUNTS[unit]
        if lang == "zh":
            power, name = (1e8, "亿") if size >= 1e8 else (1e4, "万") if size >= 1e4 else (1.0, "")
            return f"{sign}{_chinese(size / power, places)}{name}{word}"
        if size >= 1e6 and not exact:
            return f"{sign}{_plain(size / 1e6, places)} m"
        return f"{sign}{_plain(size, 3 if size < 100 else 0)}"
    word = AFTER.get(unit, ("", measure))[lang == "zh"]
    return f"{sign}{_plain(size, 6 if exact else 3)}{word}"


def _chinese(value: float, places: int) -> str:
    """Write a number for a Chinese text: up to four digits are not parted (GB/T 15835), more are."""
    return _plain(value, places) if value >= 10_000 else _plain(value, places).replace(",", "")


def number(n: int, lang: Lang) -> str:
    """Write a whole number as it stands in a sentence.

    Examples
    --------
    >>> number(1000, "en"), number(1000, "zh"), number(20_000, "zh")
    ('1,000', '1000', '20,000')
    """
    return _chinese(n, 0) if lang == "zh" else f"{n:,}"


def _plain(value: float, places: int) -> str:
    text = f"{value:,.{places}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _rounded(value: float, figures: int) -> float:
    return float(f"{value:.{figures}g}")


def change(ratio: float | None) -> str:
    """Write a relative change with a true sign: 0.063 is +6.3%.

    Examples
    --------
    >>> change(0.063), change(-0.0262), change(0.0)
    ('+6.3%', '−2.6%', '0.0%')
    """
    if ratio is None or not math.isfinite(ratio):
        return MISSING
    text = f"{ratio * 100:+,.1f}%"
    return "0.0%" if text in ("+0.0%", "-0.0%") else text.replace("-", "−")


def points(difference: float | None, lang: Lang) -> str:
    """Write the change of a share in percentage points.

    Examples
    --------
    >>> points(0.012, "en"), points(-0.012, "zh")
    ('+1.2 points', '降低1.2个百分点')
    """
    if difference is None or not math.isfinite(difference):
        return MISSING
    size = f"{abs(difference) * 100:.1f}"
    if lang == "zh":
        return f"{'降低' if difference < 0 else '提高'}{size}个百分点"
    return f"{'−' if difference < 0 else '+'}{size} points"


def signed(value: float | None, unit: str, lang: Lang, measure: str = "") -> str:
    """Write a difference in the unit of the figure, with its sign."""
    if value is None or not math.isfinite(value):
        return MISSING
    text = figure(value, unit, lang, measure)
    return text if value <= 0 else f"+{text}"


def gap(value: float, target: float, unit: str, lang: Lang, measure: str = "") -> str:
    """Write value minus target, rounded to the coarser of both as printed, so that the sum on the screen is right.

    Examples
    --------
    >>> gap(841_170, 850_000, "count", "en")
    '−9,000'
    """
    if not (math.isfinite(value) and math.isfinite(target)):
        return MISSING
    shown, goal = _rounded(value, 3), _rounded(target, 3)
    step = max(_step(shown), _step(goal))
    return _write(round((shown - goal) / step) * step, unit, lang, measure, exact=False)


def _step(value: float) -> float:
    return 1.0 if value == 0 else 10.0 ** (math.floor(math.log10(abs(value))) - 2)


def between(lo: str, hi: str, lang: Lang) -> str:
    """Write a range in words, never with a hyphen."""
    return f"{lo}至{hi}" if lang == "zh" else f"{lo} to {hi}"


def chance(p: float | None, lang: Lang) -> str:
    """Write a chance as a percentage and as a count of twenty futures; never 0% or 100%.

    Examples
    --------
    >>> chance(0.45, "en"), chance(0.45, "zh"), chance(1.0, "en")
    ('45% (about 9 in 20)', '45%（约20次中9次）', 'about 19 in 20 or more')
    """
    if p is None or not math.isfinite(p):
        return MISSING
    if p <= 0.05:
        return "不高于5%" if lang == "zh" else "about 1 in 20 or less"
    if p >= 0.95:
        return "不低于95%" if lang == "zh" else "about 19 in 20 or more"
    n = round(p * 20)
    return f"{p:.0%}（约20次中{n}次）" if lang == "zh" else f"{p:.0%} (about {n} in 20)"


def chance_short(p: float | None, lang: Lang) -> str:
    """Write a chance in a table cell: 45%, at most 5%, at least 95%."""
    if p is None or not math.isfinite(p):
        return MISSING
    if p <= 0.05:
        return "≤ 5%"
    return "≥ 95%" if p >= 0.95 else f"{p:.0%}"


def share(p: float, lang: Lang) -> str:
    """Write a share of futures inside a sentence; never none or all of them.

    Examples
    --------
    >>> share(0.634, "en"), share(1.0, "en"), share(1.0, "zh")
    ('63%', '95% or more', '不低于95%')
    """
    if 0.05 < p < 0.95:
        return f"{p:.0%}"
    if lang == "zh":
        return "不低于95%" if p >= 0.95 else "不高于5%"
    return "95% or more" if p >= 0.95 else "5% or less"
