"""The ledger of all published figures, with filters; conflicts, targets of plans, and the policy diary."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import cache, state
from dashboard.chinese import data_text, source_title
from dashboard.dates import period
from dashboard.dial import bars
from dashboard.downloads import csv
from dashboard.formats import Lang, figure, number
from dashboard.page import guarded, note, say
from dashboard.provenance import (
    conflict_words,
    conflicts,
    figure_row,
    printed_as,
    series_breaks,
    source_name,
    written,
)  # fmt: skip
from dashboard.subject import Subject
from dashboard.tables import table
from forecast.catalog import events, indicators, regions, sources, targets
from forecast.observations import Observation, observations
from scenarios.levers import levers

SHOWN = 1_500
"""Rows that are sent to the browser; the download holds all."""


def ledger_tab() -> None:
    """Draw the ledger; filters re-run this part of the page only."""
    _ledger()


@st.fragment
def _ledger() -> None:
    guarded(_filtered)()


def _filtered() -> None:
    lang = state.view().lang
    shown_region, shown_indicator = state.view().series.split(".")[:2]
    a, b, c, d = st.columns([1.2, 2, 1.2, 1.8], vertical_alignment="bottom")
    places = ["", *regions()]
    things = ["", *sorted(indicators(), key=lambda key: key != shown_indicator)]
    region = a.selectbox(
        say("filter_region"), places, key="w_ledger_region", index=places.index(shown_region),
        format_func=lambda key: regions()[key].title(lang) if key else say("all_regions"),
    )  # fmt: skip
    indicator = b.selectbox(
        say("filter_indicator"), things, key="w_ledger_indicator", index=things.index(shown_indicator),
        format_func=lambda key: indicators()[key].title(lang) if key else say("all_indicators"),
    )  # fmt: skip
    first, last = cache.year_span()
    span = c.slider(say("filter_years"), first, last, (first, last), key="w_ledger_years")
    text = d.text_input(say("filter_text"), key="w_ledger_text")
    found = matching(region or "", indicator or "", span, text or "")
    note(say("rows_found", n=number(len(found), lang), all=number(len(observations()), lang)))
    if not found:
        st.info(say("no_match"), icon=":material/search_off:")
        return
    frame = pd.DataFrame([figure_row(f, lang, full=True) for f in found[:SHOWN]])
    table(
        frame, "ledger", most=12,
        columns={
            say("col_figure"): st.column_config.TextColumn(alignment="right"),
            say("col_link"): st.column_config.LinkColumn(display_text="↗", width="small"),
            say("col_source"): st.column_config.TextColumn(width="large"),
        },
    )  # fmt: skip
    if len(found) > SHOWN:
        note(say("rows_shown", n=number(SHOWN, lang)))
    st.download_button(
        say("download_csv"), lambda: csv(ledger_frame(found)), "ledger.csv", "text/csv", key="dl_ledger",
        on_click="ignore", icon=":material/download:",
    )  # fmt: skip


def matching(region: str, indicator: str, span: tuple[int, int], text: str) -> list[Observation]:
    """Give the figures that pass all filters, newest first.

    Parameters
    ----------
    region, indicator : str
        Keys of the catalogue; empty for all.
    span : (int, int)
        First and last year.
    text : str
        Searched for, in any case, in id, note, publisher and title of the source, and in the names of region and
        indicator in both languages.
    """
    wanted = text.casefold().split()
    found = []
    for item in observations():
        if (region and item.region != region) or (indicator and item.indicator != indicator):
            continue
        if not span[0] <= item.year <= span[1]:
            continue
        if wanted:
            hay = _haystack(item)
            if not all(piece in hay for piece in wanted):
                continue
        found.append(item)
    return sorted(found, key=lambda f: (-f.year, f.region, f.indicator, f.id))


def _haystack(item: Observation) -> str:
    place, thing = regions()[item.region], indicators()[item.indicator]
    names = f"{place.title_en} {place.title_zh} {thing.title_en} {thing.title_zh}"
    said = f"{source_name(item)} {source_name(item, 'zh')}"
    return f"{item.id} {item.note} {data_text(item.note, 'zh')} {said} {names}".casefold()


def ledger_frame(found: list[Observation]) -> pd.DataFrame:
    """Give figures as a table with plain values and their sources, for spreadsheets."""
    from dashboard.provenance import source_link

    return pd.DataFrame(
        [
            {
                "id": f.id, "region": f.region, "indicator": f.indicator, "scope": f.scope, "period": f.period,
                "kind": f.kind, "value": f.value, "unit": f.unit, "half_width": f.half_width, "basis": f.basis,
                "reading": f.grade, "used": f.fit, "source": source_name(f), "link": source_link(f), "note": f.note,
            }
            for f in found
        ]
    )  # fmt: skip


def conflicts_tab(subject: Subject) -> None:
    """Draw the disagreements and changes of definition: first of the shown series, then of all."""
    lang = state.view().lang
    st.markdown(f"**{subject.label(lang)}**")
    mine = conflicts(cache.figures().get(subject.key, ()))
    for item in mine:
        st.markdown(f"- ≠ {conflict_words(item, lang)}")
    doubted = doubts(subject, lang)
    for text in doubted:
        st.markdown(f"- {text}")
    if not mine and not doubted:
        note(say("no_conflicts"))
    for change in series_breaks(subject.key, cache.figures().get(subject.key, ())):
        st.markdown(f"- {say('warn_break', year=change.year)}")
    st.markdown(f"**{say('conflict_pairs')}**")
    rows = []
    for item in cache.all_conflicts():
        named = cache.named(item.series)
        rows.append(
            {
                say("col_region"): named.region_title(lang),
                say("col_indicator"): named.title(lang),
                say("col_period"): item.low.period,
                say("lower"): named.printed(item.low.value, lang),
                say("higher"): named.printed(item.high.value, lang),
                say("difference_share"): f"{(item.high.value / item.low.value - 1) * 100:.2f}%"
                if item.low.value
                else "–",
                say("lower_source"): source_name(item.low, lang),
                say("higher_source"): source_name(item.high, lang),
            }
        )
    table(pd.DataFrame(rows), "conflicts", most=12)


def doubts(subject: Subject, lang: Lang) -> list[str]:
    """Say which figures of a series the others outweigh, and what is left of their weight."""
    if subject.key not in cache.histories():
        return []
    by_id = {figure.id: figure for figure in cache.figures().get(subject.key, ())}
    out = []
    for item in cache.histories()[subject.key].conflicts:
        figure_ = by_id.get(item.ids[0])
        if figure_ is None:
            continue
        out.append(
            say(
                "doubted", figure=f"{printed_as(figure_, lang)} {written(figure_, subject, lang)}",
                period=period(figure_.period, lang), source=source_name(figure_, lang),
                errors=f"{abs(item.errors):.0f}", weight=f"{item.weight:.0%}",
            )
        )  # fmt: skip
    return out


def targets_tab() -> None:
    """Draw the targets of plans and what became of them."""
    lang = state.view().lang
    rows = []
    for item in targets():
        source = sources().get(item.source_id)
        rows.append(
            {
                say("col_region"): regions()[item.region].title(lang),
                say("col_indicator"): indicators()[item.indicator].title(lang),
                say("col_year"): str(item.year),
                say("target"): figure(item.value, item.unit, lang),
                say("col_plan"): data_text(item.plan, lang),
                say("col_status"): data_text(item.status, lang),
                say("col_source"): source_title(source, lang) if source else item.source_id,
                say("col_link"): source.url.split(" ")[0] if source and source.url.startswith("http") else None,
            }
        )
    config = {
        say("col_link"): st.column_config.LinkColumn(display_text="↗", width="small"),
        say("target"): st.column_config.TextColumn(width=110),
    }
    table(pd.DataFrame(rows), "targets", most=12, columns=config)


def diary_tab() -> None:
    """Draw the dated diary of policy events."""
    lang = state.view().lang
    rows = []
    for event in reversed(events()):
        source = sources().get(event.source_id)
        lever = levers().get(event.lever)
        where = ("、" if lang == "zh" else ", ").join(
            regions()[r].title(lang) if r in regions() else r for r in event.regions
        )
        rows.append(
            {
                say("col_date"): event.date,
                say("col_region"): where,
                say("col_lever"): lever.title(lang) if lever else data_text(event.lever.replace("_", " "), lang),
                say("col_direction"): {1: "↑", -1: "↓"}.get(event.direction, "–"),
                say("col_evidence"): f"{lever.grade} {bars(lever.grade)}" if lever else "–",
                say("col_event"): data_text(event.title, lang),
                say("col_note"): data_text(event.description, lang),
                say("col_source"): source_title(source, lang) if source else event.source_id,
                say("col_link"): source.url.split(" ")[0] if source and source.url.startswith("http") else None,
            }
        )
    config = {
        say("col_link"): st.column_config.LinkColumn(display_text="↗", width="small"),
        say("col_event"): st.column_config.TextColumn(width="medium"),
        say("col_note"): st.column_config.TextColumn(width="large"),
    }
    table(pd.DataFrame(rows), "diary", most=13, columns=config)
