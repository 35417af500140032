"""Chart templates, built once and then only fed with data.

Checking a specification is the dear part of a chart (100 to 600 ms); so each kind of chart is built once per theme,
language, unit and window, kept as a plain dict with named, empty data sets, and filled for every picture. Nothing that
changes with a lever stands in a template.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from dashboard import flow_charts, reaching_charts
from dashboard.encodings import amount, axis_label, dash, dots, hue, named, years
from dashboard.palette import BANDS, COLOURS, FONT
from dashboard.vega import alt

Rows = list[dict[str, Any]]


def fan(
    theme: str, lang: str, *, unit: str, window: tuple[int, int], height: int = 430, log: bool = False
) -> alt.LayerChart:
    """History, bands and lines over the years.

    Data sets: ``frame`` (x y, unseen, sets the range), ``now`` (x label), ``bands`` (x role lo95 lo80 lo50 hi50 hi80
    hi95), ``edges`` (x lo80 hi80), ``breaks`` (x label), ``paths`` (x y role path), ``lines`` (x y role), ``hist``
    (x y part), ``known`` (x lo hi, error of the history), ``conflicts`` (x lo hi tip), ``points`` (x y kind reading
    tip source), ``picked`` (x y), ``target`` (x x0 x1 y label), ``ends`` (x y_at label role), ``notes`` (label).
    Labels at the ends need no room of their own: the plot is made narrower by what they need.
    """
    p, x, y = COLOURS[theme], years(*window), amount(unit, lang, log=log)

    def at(field: str) -> alt.Y:
        return amount(unit, lang, field, log=log)

    ordinary = {"fontSize": 12, "align": "left"}
    layers = [
        named("frame").mark_point(opacity=0, size=1).encode(x=x, y=y),
        named("now").mark_rule(color=p["grid"], strokeWidth=1.5).encode(x=x),
        named("now").mark_text(color=p["soft"], dx=5, **ordinary).encode(x=x, y=alt.value(8), text="label:N"),
    ]
    layers += [
        named("bands")
        .mark_area(opacity=opacity, line=False)
        .encode(x=x, y=at(lo), y2=f"{hi}:Q", color=hue(theme), detail="role:N")
        for lo, hi, opacity in BANDS
    ]
    layers += [
        named("edges").mark_line(color=p["reference"], strokeWidth=1, strokeDash=[1, 4]).encode(x=x, y=at(edge))
        for edge in ("lo80", "hi80")
    ]
    layers += [
        named("known").mark_area(opacity=0.16, color=p["history"]).encode(x=x, y=at("lo"), y2="hi:Q", detail="part:N"),
        named("breaks").mark_rule(color=p["warn"], strokeDash=[3, 3]).encode(x=x),
        named("breaks")
        .mark_text(color=p["warn"], dx=4, **ordinary)
        .encode(x=x, y=alt.value(44), text="label:N", tooltip=[alt.Tooltip("tip:N", title=" ")]),
        named("paths")
        .mark_line(opacity=0.5, strokeWidth=1.1)
        .encode(x=x, y=y, color=hue(theme), detail=["role:N", "path:N"]),
        named("lines").mark_line(strokeWidth=2.6).encode(x=x, y=y, color=hue(theme), strokeDash=dash()),
        named("hist").mark_line(color=p["history"], strokeWidth=2).encode(x=x, y=y, detail="part:N"),
        named("conflicts")
        .mark_rule(color=p["warn"], strokeWidth=4)
        .encode(x=x, y=at("lo"), y2="hi:Q", tooltip=[alt.Tooltip("tip:N", title=" ")]),
        dots(theme, x, y),
        named("picked")
        .mark_point(size=220, strokeWidth=2.5, color=p["warn"], filled=False, opacity=1)
        .encode(x=x, y=y),
        named("target").mark_rule(color=p["target"], strokeDash=[4, 3]).encode(x="x0:Q", x2="x1:Q", y=y),
        named("target")
        .mark_point(shape="diamond", size=130, filled=True, color=p["target"], opacity=1)
        .encode(x=x, y=y, tooltip=[alt.Tooltip("label:N", title=" ")]),
        named("target")
        .mark_text(color=p["target"], align="right", dx=-6, fontWeight=600)
        .encode(x="x0:Q", y=y, text="label:N"),
        named("notes")
        .mark_text(color=p["soft"], align="right", dx=-6, fontSize=12)
        .encode(x=x, y=alt.value(26), text="label:N"),
        named("ends")
        .mark_text(align="left", dx=8, fontWeight=600)
        .encode(x=x, y=at("y_at"), text="label:N", color=hue(theme)),
    ]
    chart = alt.layer(*layers).properties(height=height, width="container")
    chart.padding = {"left": 4, "right": 8, "top": 6, "bottom": 4}
    return chart


def difference(theme: str, lang: str, *, unit: str, window: tuple[int, int], height: int = 430) -> alt.LayerChart:
    """Show scenario minus baseline on the same futures, around a named zero line.

    Data sets: ``frame``, ``bands``, ``paths``, ``zero`` (y), ``lines`` and ``ends`` as in `fan`.
    """
    p, x, y = COLOURS[theme], years(*window), amount(unit, lang, zero=True)
    layers = [named("frame").mark_point(opacity=0, size=1).encode(x=x, y=y)]
    layers += [
        named("bands")
        .mark_area(opacity=opacity)
        .encode(x=x, y=amount(unit, lang, lo, zero=True), y2=f"{hi}:Q", color=hue(theme), detail="role:N")
        for lo, hi, opacity in BANDS
    ]
    layers += [
        named("zero").mark_rule(color=p["mine"], strokeWidth=2, strokeDash=[8, 4]).encode(y=y),
        named("paths")
        .mark_line(opacity=0.5, strokeWidth=1.1)
        .encode(x=x, y=y, color=hue(theme), detail=["role:N", "path:N"]),
        named("lines").mark_line(strokeWidth=2.6).encode(x=x, y=y, color=hue(theme), strokeDash=dash()),
        named("ends")
        .mark_text(align="left", dx=8, fontWeight=600)
        .encode(x=x, y=amount(unit, lang, "y_at", zero=True), text="label:N", color=hue(theme)),
    ]
    chart = alt.layer(*layers).properties(height=height, width="container")
    chart.padding = {"left": 4, "right": 8, "top": 6, "bottom": 4}
    return chart


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
    "fan": fan,
    "difference": difference,
    "dots20": dots20,
    "waterfall": waterfall,
    "waterfall_rows": waterfall_rows,
    "frontier": reaching_charts.frontier,
    "hindcast": reaching_charts.hindcast,
    "stock_flow": flow_charts.stock_flow,
    "causes": flow_charts.causes,
    "tiles": flow_charts.tiles,
}


@dataclass(frozen=True)
class Template:
    """A finished chart without data.

    Parameters
    ----------
    spec : dict
        Vega-Lite specification; never changed after it is built.
    names : frozenset of str
        Data sets it draws from.
    """

    spec: dict[str, Any]
    names: frozenset[str]

    def filled(self, frames: dict[str, Rows]) -> dict[str, Any]:
        """Give the specification with data beside it; data sets that are not given are empty.

        Raises
        ------
        KeyError
            Where `frames` names a data set the template does not draw.
        """
        if extra := frames.keys() - self.names:
            raise KeyError(f"The template draws {sorted(self.names)}, not {sorted(extra)}.")
        return {**self.spec, "datasets": {name: frames.get(name, []) for name in sorted(self.names)}}


@lru_cache(maxsize=512)
def template(kind: str, theme: str, lang: str, options: tuple[tuple[str, Any], ...] = ()) -> Template:
    """Give the finished template of a kind of chart; built once per argument set."""
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
    spec = chart.to_dict()
    # The chart as a whole is described in words; a name for each of its marks would only be noise to a screen reader.
    spec["config"].setdefault("mark", {})["aria"] = False
    return Template(spec, frozenset(_data_sets(spec)))


def _data_sets(node: object) -> Iterable[str]:
    if isinstance(node, dict):
        data = node.get("data")
        if isinstance(data, dict) and "name" in data:
            yield str(data["name"])
        for value in node.values():
            yield from _data_sets(value)
    elif isinstance(node, list):
        for value in node:
            yield from _data_sets(value)
