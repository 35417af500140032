"""Regions: who gains, who lags, and whether the parts add up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from dashboard import cache, state
from dashboard.charts import chart, theme
from dashboard.downloads import offer
from dashboard.formats import Lang, between, chance_short, change, number
from dashboard.goals import Official, official
from dashboard.page import footer, guarded, header, note, say
from dashboard.plan import comparison
from dashboard.spread import spread, yearly
from dashboard.start import focus_year, no_outlook
from dashboard.subject import Subject
from dashboard.tables import table
from dashboard.tiles import tile_rows
from dashboard.view import View
from forecast.catalog import indicators
from forecast.catalog import regions as all_regions

GROUPS = ("CN", "YRD", "NE4")
ESTIMATED = 0.003
"""Standard deviation of the logarithm above which a last value is marked as an estimate."""


@guarded
def page() -> None:
    """Draw the page."""
    named = header("q_regions")
    view = state.view()
    keys = {group: members(group, named) for group in GROUPS}
    usable = [group for group, found in keys.items() if found]
    if not usable:
        if cache.has_history(named.key):
            st.info(say("regions_none", indicator=named.title(view.lang)), icon=":material/map:")
            footer()
        else:
            no_outlook(named)
        return
    own = next((g for g in ("YRD", "NE4") if g == named.region and g in usable), usable[0])
    group = st.segmented_control(
        say("group"), usable, required=True, default=own, key="w_group", label_visibility="collapsed",
        format_func=lambda g: say("group_all") if g == "CN" else cache.region_title(g, view.lang),
    )  # fmt: skip
    chosen = keys[str(group)]
    year = focus_year(view.until, max(cache.known_until(k) for k in chosen), None)
    found = rows_of(chosen, view, year)
    left, right = st.container(key="ipf_stack_regions").columns([1, 1.75], gap="medium")
    with left:
        _map(found, view, year)
    frame = pd.DataFrame([row.cells for row in found])
    with right:
        table(
            frame, f"regions_{group}_{named.indicator}", most=14,
            columns={
                say("col_history"): st.column_config.LineChartColumn(width=110),
                **{name: st.column_config.TextColumn(alignment="right") for name in list(frame.columns)[1:-1]},
            },
        )  # fmt: skip
    for text in sums(str(group), chosen, named, year, view.lang):
        note(text)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        offer(None, lambda: frame.drop(columns=[say("col_history")]), named, "regions")
        st.selectbox(
            say("open_here"), ["", *chosen], key="w_open_region", on_change=_open, width=280,
            format_func=lambda k: "–" if not k else cache.named(k).region_title(view.lang),
        )  # fmt: skip
    if state.keep("go_levers", lambda: False):
        state.put("go_levers", False)
        st.switch_page(state.keep("pages", dict)["levers"])
    footer()


def _open() -> None:
    from dataclasses import replace

    key = state.chosen("w_open_region")
    if key:
        state.show(replace(state.view(), series=key, target=None))
        state.put("go_levers", True)
        state.put("w_open_region", "")


def members(group: str, named: Subject) -> list[str]:
    """Give the series of the shown indicator in the provinces of a group, those with an outlook."""
    keys = [f"{region}.{named.indicator}" for region in all_regions()[group].members]
    return [key for key in keys if cache.has_history(key)]


@dataclass(frozen=True)
class Row:
    """One region on the page: its key, growth a year, change by the scenario where one is set, and its cells."""

    region: str
    growth: float
    moved: float | None
    cells: dict[str, object]


def _map(found: list[Row], view: View, year: int) -> None:
    """Draw the tiles: the change by the scenario where one is set, else growth a year."""
    key = "tiles_moved" if view.moved else "tiles_growth"
    st.markdown(f"**{say(key, year=year)}**")
    values = {row.region: row.growth if row.moved is None else row.moved for row in found}
    texts = {region: (value, change(value)) for region, value in values.items()}
    most, least = max(values, key=lambda r: values[r]), min(values, key=lambda r: values[r])
    names = {region: cache.region_title(region, view.lang) for region in (most, least)}
    alt = say(
        "tiles_alt", most=names[most], a=change(values[most]), least=names[least], b=change(values[least])
    )  # fmt: skip
    rows = tile_rows(texts, view.series.split(".")[0], theme(), view.lang)
    chart("tiles", "tiles", {"tiles": rows}, alt=f"{say(key, year=year)}. {alt}")


def rows_of(keys: list[str], view: View, year: int) -> list[Row]:
    """Give one row a region, the largest first: latest, outlook, range, growth, change by the scenario, its line."""
    result = comparison(view) if view.moved else None
    lang = view.lang
    rows: list[tuple[float, Row]] = []
    aims = {key: official(cache.named(key), lang) for key in keys}
    for key in keys:
        named, series = cache.named(key), cache.history(key)
        bands = cache.baseline(key)
        if year not in bands.years:
            continue
        point = bands.at(year)
        latest, known = float(series.values[-1]), cache.known_until(key)
        # A year that is known only through part-year figures or growth rates is an estimate.
        mark = "≈ " if series.log_sd[-1] > ESTIMATED else ""
        shift = None
        if result is not None:
            at = result.years.index(year)
            base, moved = result.of(key, "reference")[at], result.of(key, "scenario")[at]
            shift = float(np.median(moved / np.where(base != 0, base, 1.0) - 1.0))
        line = [float(f"{v:.4g}") for v in (*series.values[-12:], *bands.until(view.until).table[3, 1:])]
        grown = yearly(latest, point.y, year - known)
        cells: dict[str, object] = {
            say("col_region"): named.region_title(lang),
            say("col_latest"): say("in_year", value=f"{mark}{named.figure(latest, lang)}", year=known),
            say("col_outlook", year=year): named.figure(point.y, lang),
        }
        if shift is not None:
            cells[say("col_scenario_change")] = change(shift)
        cells[say("col_range80")] = between(named.figure(point.lo80, lang), named.figure(point.hi80, lang), lang)
        cells[say("col_growth")] = change(grown)
        if any(aims.values()):
            cells[say("target")] = _aim(aims[key], named, known, lang)
        cells[say("col_history")] = line
        rows.append((point.y, Row(named.region, grown, shift, cells)))
    return [row for _, row in sorted(rows, key=lambda item: -item[0])]


def _aim(found: Sequence[Official], named: Subject, known: int, lang: Lang) -> str:
    """Write the next target of a plan with its chance; one that was met with its mark."""
    for item in found:
        value = say("in_year", value=named.figure(item.target.value, lang), year=item.target.year)
        if item.met or item.target.year <= known:
            continue
        paths = cache.outlook().of(named.key)[cache.outlook().years.index(item.target.year)]
        p = float((paths >= item.target.value).mean())
        return f"{value} · {chance_short(p, lang)}"
    return "✓" if any(item.met for item in found) else ""


def sums(group: str, keys: list[str], named: Subject, year: int, lang: Lang) -> list[str]:
    """Say what the regions add up to, and how that compares with the whole as it is forecast."""
    if not indicators()[named.indicator].additive:
        return [say("sum_ratio")]
    if len(keys) < len(all_regions()[group].members):
        return [say("sum_part", n=len(keys), all=len(all_regions()[group].members))]
    at = cache.outlook().years.index(year)
    total = sum(cache.outlook().of(key)[at] for key in keys)
    middle = spread((year,), np.asarray(total)[None, :]).at(year)
    span = between(named.figure(middle.lo80, lang), named.figure(middle.hi80, lang), lang)
    out = [say("regions_total", year=year, sum=named.figure(middle.y, lang), span=span)]
    for whole in (f"{group}.{named.indicator}.domestic_ex_hkmotw", f"{group}.{named.indicator}"):
        if not cache.has_history(whole):
            continue
        paths = cache.outlook().of(whole)[at]
        held = float(np.isclose(paths, total, rtol=1e-9).mean())
        if held == 1.0:
            out.append(say("sum_held", n=number(paths.size, lang)))
        else:
            other = cache.named(whole)
            slots = {"nation": other.figure(float(np.median(paths)), lang), "scope": other.label(lang)}
            rest = named.figure(abs(float(np.median(paths - total))), lang)
            out.append(say("regions_sum", sum=named.figure(middle.y, lang), gap=rest, **slots))
        break
    return out
