"""Charts of every kind, built by Altair: the slow part, done once per theme, language and unit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dashboard import flow_charts, line_charts, reaching_charts
from dashboard.encodings import amount, axis_label, hue, named
from dashboard.palette import COLOURS, FONT
from dashboard.vega import alt


def dots20(theme: str, lang: str, *, unit: str, height: int = 110) -> alt.LayerChart:
    """Twenty equally likely futures of one year: filled dots meet the target, hollow ones miss it.

    Data sets: ``dots`` (x row met role), ``target`` (x label).
    """
    p = COLOURS[theme]
    axis = alt.Axis(labelExpr=axis_label(unit, lang), tickCount=5, grid=False, labelBound=True)
    x = alt.X("x:Q", title=None, scale=alt.Scale(zero=False, nice=True, padding=12), axis=axis)
    y = alt.Y("row:Q", axis=None, scale=alt.Scale(domain=[0, 7]))
    layers = [
        named("dots").transform_filter("datum.met").mark_circle(size=110, opacity=1).encode(x=x, y=y, color=hue(theme)),
        named("dots")
        .transform_filter("!datum.met")
        .mark_point(size=95, strokeWidth=2, filled=False, opacity=1)
        .encode(x=x, y=y, color=hue(theme)),
        named("target").mark_rule(color=p["target"], strokeDash=[4, 3], strokeWidth=2).encode(x=x),
        named("target")
        .mark_text(color=p["target"], align="left", dx=6, fontWeight=600)
        .encode(x=x, y=alt.value(6), text="label:N"),
    ]
    chart = alt.layer(*layers).properties(height=height, width="container")
    chart.padding = {"left": 6, "right": 8, "top": 6, "bottom": 4}
    return chart


def waterfall(theme: str, lang: str, *, unit: str, height: int = 330) -> alt.LayerChart:
    """Show the steps from my baseline to my scenario.

    Data set ``steps``: name order start end lo hi top sign label words. The two totals are ticks, not bars:
    the axis does not start at zero, and a cut bar would lie.
    """
    p = COLOURS[theme]
    words = alt.Axis(
        labelAngle=0, labelLimit=170, labelExpr="split(datum.label, '|')", labelLineHeight=15, domain=False, ticks=False
    )
    x = alt.X("name:N", sort=alt.SortField("order"), title=None, axis=words)

    def at(field: str) -> alt.Y:
        return amount(unit, lang, field, zero=False, ticks=5)

    scale = alt.Scale(domain=["total", "up", "down"], range=[p["mine"], p["up"], p["down"]])
    colour = alt.Color("sign:N", legend=None, scale=scale)
    steps, moved = named("steps"), named("steps").transform_filter("datum.sign != 'total'")
    layers = [
        moved.mark_bar(size=44).encode(x=x, y=at("start"), y2="end:Q", color=colour),
        named("steps")
        .transform_filter("datum.sign == 'total'")
        .mark_tick(thickness=5, size=60, orient="horizontal")
        .encode(x=x, y=at("end"), color=colour),
        moved.mark_rule(color=p["ink"], strokeWidth=1.6).encode(x=x, y=at("lo"), y2="hi:Q"),
        steps.mark_text(dy=-12, color=p["ink"], fontWeight=600).encode(x=x, y=at("top"), text="words:N"),
    ]
    chart = alt.layer(*layers).properties(height=height, width="container")
    chart.padding = {"left": 4, "right": 8, "top": 18, "bottom": 4}
    return chart


def waterfall_rows(theme: str, lang: str, *, unit: str, rows: int) -> alt.LayerChart:
    """Show the same steps from top to bottom, where they are too many for names under columns.

    Data set ``steps`` as in `waterfall`.
    """
    p = COLOURS[theme]
    words = alt.Axis(
        labelExpr="replace(datum.label, /[|]/g, ' ')", labelLimit=230, domain=False, ticks=False, labelColor=p["ink"]
    )
    y = alt.Y("name:N", sort=alt.SortField("order"), title=None, axis=words)
    axis = alt.Axis(labelExpr=axis_label(unit, lang), tickCount=5, domain=False, ticks=False)

    def at(field: str) -> alt.X:
        return alt.X(f"{field}:Q", title=None, scale=alt.Scale(zero=False, nice=True), axis=axis)

    scale = alt.Scale(domain=["total", "up", "down"], range=[p["mine"], p["up"], p["down"]])
    colour = alt.Color("sign:N", legend=None, scale=scale)
    steps, moved = named("steps"), named("steps").transform_filter("datum.sign != 'total'")
    layers = [
        moved.mark_bar(size=16).encode(y=y, x=at("start"), x2="end:Q", color=colour),
        steps.transform_filter("datum.sign == 'total'")
        .mark_tick(thickness=5, size=20, orient="vertical")
        .encode(y=y, x=at("end"), color=colour),
        moved.mark_rule(color=p["ink"], strokeWidth=1.6).encode(y=y, x=at("lo"), x2="hi:Q"),
        named("steps").mark_text(align="left", dx=8, color=p["ink"], fontWeight=600).encode(
            y=y, x=at("top"), text="words:N"
        ),
    ]  # fmt: skip
    chart = alt.layer(*layers).properties(height=30 * rows, width="container")
    chart.padding = {"left": 4, "right": 70, "top": 6, "bottom": 4}
    return chart


KINDS: dict[str, Callable[..., alt.LayerChart]] = {
    "fan": line_charts.fan,
    "difference": line_charts.difference,
    "dots20": dots20,
    "waterfall": waterfall,
    "waterfall_rows": waterfall_rows,
    "frontier": reaching_charts.frontier,
    "hindcast": reaching_charts.hindcast,
    "stock_flow": flow_charts.stock_flow,
    "causes": flow_charts.causes,
    "tiles": flow_charts.tiles,
}


def built(kind: str, theme: str, lang: str, options: tuple[tuple[str, Any], ...]) -> dict[str, Any]:
    """Give the specification of a kind of chart, checked against the schema of Vega-Lite."""
    p = COLOURS[theme]
    chart = (
        KINDS[kind](theme, lang, **dict(options))
        .configure(background="transparent", font=FONT)
        .configure_view(strokeWidth=0)
        .configure_axis(
            labelColor=p["soft"], labelFontSize=13, gridColor=p["grid"], domainColor=p["grid"], tickColor=p["grid"],
            labelFont=FONT,
        )
        .configure_text(font=FONT, fontSize=13)
    )  # fmt: skip
    spec: dict[str, Any] = chart.to_dict()
    # The chart as a whole is described in words; a name for each of its marks would only be noise to a screen reader.
    spec["config"].setdefault("mark", {})["aria"] = False
    return spec
