"""The step of a unit in which a figure is typed in: CNY bn for a large amount, % for a share."""

from __future__ import annotations

from dashboard.formats import AFTER, COUNTS, MONEY, Lang, family


def scale(value: float, unit: str, lang: Lang, measure: str = "") -> tuple[float, str]:
    """Give the step of a unit in which a figure of this size is typed in, and its name.

    Returns
    -------
    factor, name : float, str
        What one step is in `unit`, and what it is called; an empty name where the number needs none.

    Examples
    --------
    >>> scale(1.4e11, "CNY", "zh"), scale(1.4e11, "CNY", "en"), scale(960_000, "count", "zh", "件")
    ((100000000.0, '亿元'), (1000000000.0, 'CNY bn'), (10000.0, '万件'))
    >>> scale(960_000, "count", "en"), scale(0.03, "share", "en")
    ((1.0, ''), (0.01, '%'))
    """
    kind, size = family(unit), abs(value)
    if kind == "share":
        return 0.01, "%"
    if kind == "plain":
        return 1.0, AFTER.get(unit, ("", measure))[lang == "zh"].strip()
    after = (MONEY[unit][1] if kind == "money" else measure or COUNTS[unit]) if lang == "zh" else ""
    if lang == "zh":
        power, name = (1e8, "亿") if size >= 1e8 else (1e4, "万") if size >= 1e4 else (1.0, "")
        return power, name + after
    before = MONEY[unit][0] if kind == "money" else ""
    power, name = (1e9, "bn") if size >= 1e9 and before else (1e6, "m") if size >= 1e6 else (1.0, "")
    return power, (before + (name if before else {"m": "million"}.get(name, ""))).strip()


def year_axis(first: int, last: int) -> tuple[list[float], list[int]]:
    """Give where an axis of years begins and ends, and its ticks.

    Examples
    --------
    >>> year_axis(2019, 2030)
    ([2018.6, 2030.15], [2020, 2022, 2024, 2026, 2028, 2030])
    """
    width = last - first
    step = 1 if width < 8 else 2 if width < 13 else 5
    return [first - 0.4, last + 0.15], list(range(first + -first % step, last + 1, step))
