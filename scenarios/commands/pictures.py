"""Pictures of an outlook as PNG and SVG: one an indicator, a panel a region; and of what scenarios change."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import altair as alt
import pandas as pd
import vl_convert as vlc

from forecast.export import written

if TYPE_CHECKING:
    from scenarios.comparison import Comparison

INK, SOFT, GRID, BLUE, GREY = "#1B2430", "#5A6573", "#E3E7EC", "#0065BD", "#767F8C"
FONT = "Source Sans, 'Noto Sans CJK SC', 'Noto Sans SC', 'PingFang SC', 'Microsoft YaHei', sans-serif"
BANDS = ((95.0, 0.14), (80.0, 0.24))
"""Bands drawn over one another, in percent of the futures, with their opacity."""

LABELS = (
    "abs(datum.value) >= 1e12 ? format(datum.value / 1e12, ',.3~f') + ' tn' : "
    "abs(datum.value) >= 1e9 ? format(datum.value / 1e9, ',.3~f') + ' bn' : "
    "abs(datum.value) >= 1e6 ? format(datum.value / 1e6, ',.3~f') + ' m' : format(datum.value, ',.3~f')"
)


def fan_panels(panels: Mapping[str, pd.DataFrame], *, title: str, unit: str, foot: list[str]) -> alt.TopLevelMixin:
    """Draw a history and its outlook in a panel for each entry.

    Parameters
    ----------
    panels : mapping of str to DataFrame
        By title: ``ds, known (bool), median, lo-80, hi-80, lo-95, hi-95``; bands missing where `known`.
    title, unit : str
    foot : list of str
        Words above the panels; `foot` names source, model and cutoff.
    """
    rows = pd.concat([frame.assign(panel=name) for name, frame in panels.items()], ignore_index=True)
    rows = rows.rename(columns={f"{e}-{level:g}": f"{e}{level:g}" for level, _ in BANDS for e in ("lo", "hi")})
    percent = unit in ("share", "fraction")
    money = unit if unit in ("CNY", "USD") else None
    axis = (
        alt.Axis(format="~%", tickCount=4, title=None)
        if percent
        else alt.Axis(labelExpr=LABELS, tickCount=4, title=money)
    )
    y = alt.Scale(zero=not percent, nice=True)
    x = alt.X("ds:Q", title=None, axis=alt.Axis(format="d", tickCount=4, grid=False))
    base = alt.Chart(rows)
    layers: list[alt.Chart] = [
        base.transform_filter("!datum.known").mark_area(color=BLUE, opacity=opacity).encode(
            x=x, y=alt.Y(f"lo{level:g}:Q", axis=axis, scale=y), y2=f"hi{level:g}:Q"
        )
        for level, opacity in BANDS
    ]  # fmt: skip
    layers.append(
        base.transform_filter("!datum.known")
        .mark_line(color=BLUE, strokeWidth=2)
        .encode(x=x, y=alt.Y("median:Q", axis=axis, scale=y))
    )
    layers.append(
        base.transform_filter("datum.known")
        .mark_line(color=INK, strokeWidth=2)
        .encode(x=x, y=alt.Y("median:Q", axis=axis, scale=y))
    )
    columns = 1 if len(panels) == 1 else min(6, max(2, round(len(panels) ** 0.5)))
    size = (620, 340) if len(panels) == 1 else (190, 130)
    chart = alt.layer(*layers).properties(width=size[0], height=size[1])
    order = list(panels)
    faceted = chart.facet(alt.Facet("panel:N", title=None, sort=order), columns=columns).resolve_scale(y="independent")
    return _styled(faceted, title, foot)


def difference_panels(
    comparison: Comparison, keys: Mapping[str, str], *, title: str, foot: list[str]
) -> alt.TopLevelMixin:
    """Draw the difference a scenario makes, in percent of the baseline, in a panel for each series (key to title)."""
    frames = []
    for key, name in keys.items():
        bands = comparison.bands(key, "percent", levels=[level for level, _ in BANDS])
        table: dict[str, Any] = {"ds": list(bands.years), "median": bands.median, "panel": name}
        for level, (low, high) in bands.edges.items():
            table[f"lo{level:g}"], table[f"hi{level:g}"] = low, high
        known = comparison.outlook.known_until[comparison.outlook.index[key]]
        frame = pd.DataFrame(table)
        frames.append(frame[frame["ds"] >= known])
    rows = pd.concat(frames, ignore_index=True)
    x = alt.X("ds:Q", title=None, axis=alt.Axis(format="d", tickCount=4, grid=False))
    axis = alt.Axis(format="+~%", tickCount=4, title=None)
    base = alt.Chart(rows)
    layers = [
        base.mark_area(color=BLUE, opacity=opacity).encode(
            x=x, y=alt.Y(f"lo{level:g}:Q", axis=axis), y2=f"hi{level:g}:Q"
        )
        for level, opacity in BANDS
    ]
    layers.append(base.mark_line(color=BLUE, strokeWidth=2).encode(x=x, y=alt.Y("median:Q", axis=axis)))
    layers.append(base.mark_rule(color=GREY, strokeDash=[4, 3]).encode(y=alt.YDatum(0)))
    columns = min(4, len(keys))
    chart = alt.layer(*layers).properties(width=230, height=150)
    faceted = chart.facet(alt.Facet("panel:N", title=None, sort=list(keys.values())), columns=columns)
    return _styled(faceted.resolve_scale(y="independent"), title, foot)


def _styled(chart: alt.FacetChart, title: str, foot: list[str]) -> alt.TopLevelMixin:
    return (
        chart.properties(title=alt.TitleParams(title, subtitle=foot, anchor="start", fontSize=16, subtitleColor=SOFT))
        .configure(background="white", font=FONT, padding=12)
        .configure_view(strokeWidth=0)
        .configure_axis(labelColor=SOFT, gridColor=GRID, domainColor=GRID, tickColor=GRID, labelFontSize=11)
        .configure_header(labelColor=INK, labelFontSize=12, labelAnchor="start")
    )


def save(chart: alt.TopLevelMixin, stem: Path) -> None:
    """Write a chart as ``stem.png`` and ``stem.svg``; no network, no browser."""
    spec = chart.to_dict()
    with written(stem.with_suffix(".svg")) as path:
        path.write_text(vlc.vegalite_to_svg(spec), encoding="utf-8")
    with written(stem.with_suffix(".png")) as path:
        path.write_bytes(vlc.vegalite_to_png(spec, scale=1.5))
