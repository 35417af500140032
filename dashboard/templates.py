"""Chart templates, built once and then only fed with data.

Checking a specification is the dear part of a chart (100 to 600 ms); so each kind of chart is built once per theme,
language, unit and window, kept as a plain dict with named, empty data sets, and filled for every picture. Nothing that
changes with a lever stands in a template.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from dashboard import flow_charts, line_charts, reaching_charts
from dashboard.encodings import amount, axis_label, hue, named, year_axis
from dashboard.palette import COLOURS, FONT
from dashboard.vega import alt

Rows = list[dict[str, Any]]


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


ANY_WINDOW = (1800, 1860)
"""Years of a template that fits none yet."""


@lru_cache(maxsize=512)
def template(kind: str, theme: str, lang: str, options: tuple[tuple[str, Any], ...] = ()) -> Template:
    """Give the finished template of a kind of chart; years and height are put into one that was built once."""
    given = dict(options)
    window, height = given.pop("window", None), given.pop("height", None)
    if window is not None:
        given["window"] = ANY_WINDOW
    built = _built(kind, theme, lang, tuple(sorted(given.items())))
    spec = built.spec if window is None else _fitted(built.spec, window)
    return replace(built, spec=spec if height is None else {**spec, "height": height})


def _fitted(node: Any, window: tuple[int, int]) -> Any:
    if isinstance(node, list):
        return [_fitted(value, window) for value in node]
    if not isinstance(node, dict):
        return node
    out = {key: _fitted(value, window) for key, value in node.items()}
    if isinstance(out.get("scale"), dict) and out["scale"].get("domain") == year_axis(*ANY_WINDOW)[0]:
        out["scale"]["domain"], ticks = year_axis(*window)
        if isinstance(out.get("axis"), dict):
            out["axis"]["values"] = ticks
    return out


@lru_cache(maxsize=128)
def _built(kind: str, theme: str, lang: str, options: tuple[tuple[str, Any], ...]) -> Template:
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
