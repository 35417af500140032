"""Charts of the pages Why and Regions: filings to stock, what the spread comes from, a map of tiles."""

from __future__ import annotations

from dashboard.encodings import named
from dashboard.palette import COLOURS
from dashboard.vega import alt


def stock_flow(theme: str, lang: str, *, height: int = 150) -> alt.LayerChart:
    """Show what flows in, what stands and what leaves as boxes with arrows between them, on a canvas of 100 by 40.

    Data sets: ``boxes`` (x0 x1 xm title value change), ``arrows`` (x x2).
    """
    p = COLOURS[theme]
    across, up = alt.Scale(domain=[0, 100], nice=False), alt.Scale(domain=[0, 40], nice=False)

    def at(field: str) -> alt.X:
        return alt.X(f"{field}:Q", scale=across, axis=None)

    def high(value: float) -> alt.Y:
        return alt.Y(datum=value, scale=up, axis=None)

    def words(field: str, dy: int, size: int, weight: int, colour: str) -> alt.Chart:
        mark = named("boxes").mark_text(dy=dy, fontSize=size, fontWeight=weight, color=colour, lineBreak="|")
        return mark.encode(x=at("xm"), y=high(20), text=f"{field}:N")

    layers = [
        named("boxes")
        .mark_rect(cornerRadius=5, fillOpacity=0.1, fill=p["A"], stroke=p["A"], strokeWidth=1.2)
        .encode(x=at("x0"), x2="x1:Q", y=high(1), y2=alt.datum(39)),
        words("title", -42, 13, 400, p["soft"]),
        words("value", 8, 19, 600, p["ink"]),
        words("change", 33, 13, 400, p["ink"]),
        named("arrows").mark_rule(color=p["soft"], strokeWidth=2).encode(x=at("x"), x2="x2:Q", y=high(20)),
        named("arrows")
        .mark_point(shape="triangle-right", filled=True, size=110, color=p["soft"], opacity=1)
        .encode(x=at("x2"), y=high(20)),
    ]
    chart = alt.layer(*layers).properties(height=height, width="container")
    chart.padding = {"left": 2, "right": 4, "top": 4, "bottom": 4}
    return chart


def causes(theme: str, lang: str, *, rows: int = 4) -> alt.LayerChart:
    """Show what share of the spread each cause explains, largest first, with its 95% interval.

    Data set ``causes``: name order share lo hi label.
    """
    p = COLOURS[theme]
    axis = alt.Axis(labelLimit=250, domain=False, ticks=False, labelColor=p["ink"])
    y = alt.Y("name:N", sort=alt.SortField("order"), title=None, axis=axis)
    scale = alt.Scale(domainMin=0, domainMax=1, nice=False)

    def at(field: str) -> alt.X:
        return alt.X(f"{field}:Q", title=None, scale=scale, axis=alt.Axis(format=".0%", tickCount=5, domain=False))

    data = named("causes")
    layers = [
        data.mark_bar(height=16, color=p["A"], opacity=0.55).encode(y=y, x=at("share")),
        data.mark_rule(color=p["ink"], strokeWidth=1.6).encode(y=y, x=at("lo"), x2="hi:Q"),
        data.mark_text(align="left", dx=8, color=p["ink"], fontWeight=600).encode(y=y, x=at("hi"), text="label:N"),
    ]
    chart = alt.layer(*layers).properties(height=34 * rows + 10, width="container")
    chart.padding = {"left": 4, "right": 40, "top": 6, "bottom": 4}
    return chart


def tiles(theme: str, lang: str, *, height: int = 372) -> alt.LayerChart:
    """Show regions as tiles of equal size about where they lie; no borders are drawn.

    Data set ``tiles``: col row name value fill ink tip ring.
    """
    p = COLOURS[theme]
    x = alt.X("col:O", axis=None, scale=alt.Scale(domain=list(range(8)), paddingInner=0.07, paddingOuter=0))
    y = alt.Y("row:O", axis=None, scale=alt.Scale(domain=list(range(8)), paddingInner=0.07, paddingOuter=0))
    data = named("tiles")
    ink = alt.Color("ink:N", scale=None)
    layers = [
        data.mark_rect(cornerRadius=4).encode(
            x=x, y=y, fill=alt.Fill("fill:N", scale=None), tooltip=[alt.Tooltip("tip:N", title=" ")]
        ),
        data.transform_filter("datum.ring")
        .mark_rect(cornerRadius=4, fillOpacity=0, stroke=p["ink"], strokeWidth=2)
        .encode(x=x, y=y),
        data.mark_text(dy=-7, fontSize=12, fontWeight=600).encode(x=x, y=y, text="name:N", color=ink),
        data.mark_text(dy=9, fontSize=11).encode(x=x, y=y, text="value:N", color=ink),
    ]
    chart = alt.layer(*layers).properties(height=height, width="container")
    chart.padding = {"left": 2, "right": 2, "top": 2, "bottom": 2}
    return chart
