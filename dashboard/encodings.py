"""What charts share: axes by unit and language, colours and dashes by role, dots by what was printed."""

from __future__ import annotations

from dashboard.formats import MONEY, family
from dashboard.palette import COLOURS, DASHES, ROLES
from dashboard.scales import year_axis
from dashboard.vega import alt

SHAPES = {
    "level": "circle",
    "growth": "triangle-right",
    "part_year": "diamond",
    "bound": "triangle-up",
    "share": "square",
    "estimate": "cross",
}
"""What was printed, by shape of its dot."""


def axis_label(unit: str, lang: str) -> str:
    """Give the Vega expression that writes an axis label in the unit and language."""
    v, size = "datum.value", "abs(datum.value)"
    zero = f"{v} === 0 ? '0' : "
    if unit == "change":
        return zero + f"replace(format({v} * 100, '+,.3~f'), '-', '−') + '%'"
    if unit == "index":
        return f"format({v}, ',.4~f')"
    kind = family(unit)
    if kind == "share":
        return zero + f"format({v} * 100, ',.3~f') + '%'"
    if kind == "plain":
        return f"format({v}, ',.4~f')"
    # CNY in English stands in the sentence and at the lines; the axis needs only the size.
    small = f"format({v}, ',.3~f')"
    if lang == "zh":
        word = MONEY[unit][1] if kind == "money" else ""
        # Up to four digits are not parted in a Chinese text.
        return (
            zero + f"{size} >= 1e12 ? format({v} / 1e8, ',.5~f') + '亿{word}' : "
            f"{size} >= 1e8 ? format({v} / 1e8, '.5~f') + '亿{word}' : "
            f"{size} >= 1e4 ? format({v} / 1e4, '.5~f') + '万{word}' : format({v}, '.3~f') + '{word}'"
        )
    if kind == "money":
        return (
            zero + f"{size} >= 1e12 ? format({v} / 1e12, ',.3~f') + ' tn' : {size} >= 1e9 ? "
            f"format({v} / 1e9, ',.3~f') + ' bn' : {size} >= 1e6 ? format({v} / 1e6, ',.3~f') + ' m' : {small}"
        )
    return zero + f"{size} >= 1e6 ? format({v} / 1e6, ',.3~f') + ' m' : {small}"


def named(name: str) -> alt.Chart:
    """Give a chart that draws from a named data set."""
    return alt.Chart(alt.NamedData(name))


def years(first: int, last: int) -> alt.X:
    """Give the axis of years, ticks at round years."""
    domain, ticks = year_axis(first, last)
    axis = alt.Axis(format="d", values=ticks, grid=False, tickSize=6)
    return alt.X("x:Q", title=None, scale=alt.Scale(domain=domain, nice=False), axis=axis)


def amount(
    unit: str, lang: str, field: str = "y", *, log: bool = False, zero: bool | None = None, ticks: int = 6
) -> alt.Y:
    """Give the axis of amounts in a unit and language; counts and amounts start at zero unless the scale is a log."""
    from_zero = family(unit) in ("count", "money") if zero is None else zero
    scale = alt.Scale(type="log") if log else alt.Scale(zero=from_zero, nice=True)
    axis = alt.Axis(labelExpr=axis_label(unit, lang), tickCount=ticks, domain=False, ticks=False)
    return alt.Y(f"{field}:Q", title=None, scale=scale, axis=axis)


def hue(theme: str, field: str = "role") -> alt.Color:
    """Give colour by role of the line."""
    scale = alt.Scale(domain=list(ROLES), range=[COLOURS[theme][role] for role in ROLES])
    return alt.Color(f"{field}:N", scale=scale, legend=None)


def dash() -> alt.StrokeDash:
    """Give the dash by role of the line."""
    return alt.StrokeDash(
        "role:N", legend=None, scale=alt.Scale(domain=list(ROLES), range=[DASHES[role] for role in ROLES])
    )


def dots(theme: str, x: alt.X, y: alt.Y) -> alt.Chart:
    """Give published figures as dots: the shape says what was printed, the filling how sure the reading is."""
    p = COLOURS[theme]
    shape = alt.Shape("kind:N", legend=None, scale=alt.Scale(domain=list(SHAPES), range=list(SHAPES.values())))
    fill = alt.Fill(
        "reading:N",
        legend=None,
        scale=alt.Scale(domain=["high", "medium", "low"], range=[p["history"], p["reference"], p["paper"]]),
    )
    tips = [alt.Tooltip("tip:N", title=" "), alt.Tooltip("source:N", title="↗")]
    return (
        named("points")
        .mark_point(size=52, strokeWidth=1.8, stroke=p["history"], opacity=1)
        .encode(x=x, y=y, tooltip=tips, shape=shape, fill=fill)
    )
