"""Regions: who gains, who lags, and whether the parts add up."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from dashboard import cache, state
from dashboard.downloads import offer
from dashboard.formats import Lang, between, change
from dashboard.page import footer, guarded, header, note, say
from dashboard.plan import comparison
from dashboard.spread import spread, yearly
from dashboard.start import focus_year, no_outlook
from dashboard.subject import Subject
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
    frame = table(chosen, view, year)
    st.dataframe(
        frame, hide_index=True, height=min(35 * (len(frame) + 1) + 3, 760), key=f"regions_{group}_{named.indicator}",
        column_config={
            say("col_history"): st.column_config.LineChartColumn(width="medium"),
            **{name: st.column_config.TextColumn(alignment="right") for name in list(frame.columns)[1:6]},
        },
    )  # fmt: skip
    for text in sums(str(group), chosen, named, year, view.lang):
        note(text)
    a, b, _ = st.columns([1.2, 2, 2], vertical_alignment="bottom")
    with a:
        offer(None, lambda: frame.drop(columns=[say("col_history")]), named, "regions")
    with b:
        st.selectbox(
            say("open_here"), ["", *chosen], key="w_open_region", on_change=_open,
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


def table(keys: list[str], view: View, year: int) -> pd.DataFrame:
    """Give one row a region: latest, outlook, range, growth, change by the scenario, and its line."""
    result = comparison(view) if view.moved else None
    lang = view.lang
    rows = []
    for key in keys:
        named, series = cache.named(key), cache.history(key)
        bands = cache.baseline(key)
        if year not in bands.years:
            continue
        point = bands.at(year)
        latest, known = float(series.values[-1]), cache.known_until(key)
        # A year that is known only through part-year figures or growth rates is an estimate.
        mark = "≈ " if series.log_sd[-1] > ESTIMATED else ""
        shift = "–"
        if result is not None:
            at = result.years.index(year)
            base, moved = result.of(key, "reference")[at], result.of(key, "scenario")[at]
            shift = change(float(np.median(moved / np.where(base != 0, base, 1.0) - 1.0)))
        line = [float(f"{v:.4g}") for v in (*series.values[-12:], *bands.until(view.until).table[3, 1:])]
        rows.append(
            (
                point.y,
                {
                    say("col_region"): named.region_title(lang),
                    f"{say('col_latest')}": f"{mark}{named.figure(latest, lang)} ({known})",
                    say("col_outlook", year=year): named.figure(point.y, lang),
                    say("col_range80"): between(named.figure(point.lo80, lang), named.figure(point.hi80, lang), lang),
                    say("col_growth"): change(yearly(latest, point.y, year - known)),
                    say("col_scenario_change"): shift,
                    say("col_history"): line,
                },
            )
        )
    rows.sort(key=lambda row: -row[0])
    return pd.DataFrame([row for _, row in rows])


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
            out.append(say("sum_held", n=f"{paths.size:,}"))
        else:
            other = cache.named(whole)
            slots = {"nation": other.figure(float(np.median(paths)), lang), "scope": other.label(lang)}
            rest = named.figure(abs(float(np.median(paths - total))), lang)
            out.append(say("regions_sum", sum=named.figure(middle.y, lang), gap=rest, **slots))
        break
    return out
