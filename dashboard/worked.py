"""Would it have worked? What levers would have foretold on the eve of past events, beside what came, with misses."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import streamlit as st

from dashboard import cache, state
from dashboard.charts import chart
from dashboard.chinese import data_text
from dashboard.dates import day
from dashboard.formats import Lang
from dashboard.page import footer, guarded, note, say, sentence
from dashboard.subject import Subject, subject
from dashboard.tables import table
from forecast.catalog import events
from scenarios.hindcasts import Hindcast, bundled_hindcasts, summary, year_of
from scenarios.policy_band import factors_apart, held, policy_factor, widened

PAST_YEARS = 6
"""Years drawn before the eve."""


APART = 0.1
"""Years by which the two bands of one year stand apart from it."""


@guarded
def page() -> None:
    """Draw the page."""
    lang = state.view().lang
    st.markdown(f"### {say('q_worked')}")
    rows = bundled_hindcasts()
    if not rows:
        st.info(say("worked_none"), icon=":material/info:")
        footer()
        return
    whole = summary(rows)
    sentence(
        say(
            "worked_lead", n=whole.n, events=whole.events, inside=f"{whole.inside:.0%}",
            inside_with=f"{whole.inside_with:.0%}", helped=f"{whole.helped:.0%}", wider=f"{policy_factor():.2f}",
            inside_wide=f"{_inside_wide(rows):.0%}",
        )
    )  # fmt: skip
    shown = _chosen(rows, lang)
    _case(shown, lang)
    st.markdown(f"#### {say('worked_by_basis')}")
    table(_sums(rows), "worked_sums")
    st.markdown(f"#### {say('worked_table')}")
    only = st.toggle(say("worked_only_misses"), key="w_worked_misses")
    factors = factors_apart(rows)
    listed = [row for row in rows if not row.inside_with] if only else list(rows)
    table(
        pd.DataFrame([_line(row, lang, factors) for row in listed]), f"worked_all_{only}", most=12,
        columns={
            say("worked_col_events"): st.column_config.TextColumn(width=190),
            say("worked_col_cause"): st.column_config.TextColumn(width=330),
        },
    )  # fmt: skip
    note(say("worked_note"))
    footer()


def _inside_wide(rows: Sequence[Hindcast]) -> float:
    """Share of outcomes inside the band as the events of other years needed it."""
    factors = factors_apart(bundled_hindcasts())
    return float(np.mean([held(row, factors) for row in rows]))


def _wide(row: Hindcast) -> tuple[float, float]:
    """Edges of the 80% band with levers as the events of other years needed it."""
    edges = np.array([row.lo_80_with, row.hi_80_with])
    low, high = widened(edges, np.array(row.with_lever), factors_apart(bundled_hindcasts())[year_of(row)])
    return float(low), float(high)


def _chosen(rows: Sequence[Hindcast], lang: Lang) -> list[Hindcast]:
    """Let the reader choose an eve and a series; the fee cut of 2017 first, which the method met best known."""
    days = sorted({row.as_of for row in rows})
    first = next((row.as_of for row in rows if row.as_of.startswith("2016-12")), days[0])
    first = next((row.as_of for row in rows if "trademark_filing_fee" in row.levers and row.ds >= 2017), first)
    left, right = st.columns([1, 2])
    with left:
        eve = st.selectbox(
            say("worked_year"), days, index=days.index(state.keep("worked_day", lambda: first)), key="w_worked_day",
            format_func=lambda text: day(text, lang),
        )  # fmt: skip
    here = [row for row in rows if row.as_of == eve]
    keys = list(dict.fromkeys(row.unique_id for row in here))
    with right:
        key = st.selectbox(
            say("worked_case"), keys, format_func=lambda k: subject(k).label(lang), key=f"w_worked_key_{eve}"
        )
    return [row for row in here if row.unique_id == key]


def _case(rows: Sequence[Hindcast], lang: Lang) -> None:
    """Draw one series: what was known, what was foretold twice, what came, and a sentence on the last year."""
    of = subject(rows[0].unique_id)
    frames, alt = _frames(rows, of, lang), say("worked_alt", day=day(rows[0].as_of, lang))
    marks = (("◆", "came"), (":blue[■]", "with"), (":blue[┊]", "wide"), (":gray[■]", "without"))
    st.markdown(" · ".join(f"{mark} {say(f'worked_line_{role}')}" for mark, role in marks) + " (80%)")
    chart("hindcast", "worked_chart", frames, alt=alt, unit=of.unit)
    last = rows[-1]
    low, high = _wide(last)
    verdict = say("worked_hit") if last.inside_with else say("worked_miss", cause=cause_words(last, lang))
    sentence(
        say(
            "worked_sentence", day=day(last.as_of, lang), events=event_names(last.events, lang), year=last.ds,
            actual=of.figure(last.actual, lang), without=of.figure(last.without, lang),
            lo=of.figure(last.lo_80, lang), hi=of.figure(last.hi_80, lang),
            with_lever=of.figure(last.with_lever, lang), verdict=verdict, wide_lo=of.figure(low, lang),
            wide_hi=of.figure(high, lang),
        )
    )  # fmt: skip
    note(say(f"worked_basis_{last.basis}"))


def _frames(rows: Sequence[Hindcast], of: Subject, lang: Lang) -> dict[str, list[dict[str, object]]]:
    known, outlook = rows[0].known_until, cache.outlook()
    past: list[dict[str, object]] = []
    if of.key in outlook.index:
        medians = np.median(outlook.of(of.key), axis=1)
        past = [
            {"x": year, "y": float(medians[i])}
            for i, year in enumerate(outlook.years)
            if known - PAST_YEARS < year <= known and math.isfinite(medians[i])
        ]
    bands: list[dict[str, object]] = []
    middles: list[dict[str, object]] = []
    came: list[dict[str, object]] = []
    wide: list[dict[str, object]] = []
    for row in rows:
        for role, shift, low, middle, high in (
            ("without", -APART, row.lo_80, row.without, row.hi_80),
            ("with", APART, row.lo_80_with, row.with_lever, row.hi_80_with),
        ):
            tip = f"{row.ds} {say(f'worked_line_{role}')}: {of.figure(middle, lang)}"
            bands.append({"x": row.ds + shift, "lo": low, "hi": high, "role": role})
            middles.append({"x": row.ds + shift, "y": middle, "role": role, "tip": tip})
        low, high = _wide(row)
        wide.append({"x": row.ds + APART, "lo": low, "hi": high, "role": "with"})
        came.append({
            "x": row.ds, "y": row.actual,
            "tip": f"{row.ds} {say('worked_line_came')}: {of.printed(row.actual, lang)}",
        })  # fmt: skip
    return {"known": past, "bands": bands, "wide": wide, "middles": middles, "came": came}


def event_names(ids: str, lang: Lang) -> str:
    """Name events by their titles in the diary."""
    known = {event.id: event for event in events()}
    names = [data_text(known[name].title, lang) if name in known else name for name in filter(None, ids.split(";"))]
    return ("；" if lang == "zh" else "; ").join(dict.fromkeys(names))


def cause_words(row: Hindcast, lang: Lang) -> str:
    """Say why a row was missed."""
    given = row.cause_note
    if row.cause == "events":
        given = event_names(row.cause_note, lang)
    elif row.cause == "definition":
        given = ", ".join(item.rsplit(".", 1)[-1] for item in row.cause_note.split(";"))
    return say(f"worked_cause_{row.cause}", note=given)


def _line(row: Hindcast, lang: Lang, factors: Mapping[int, float]) -> dict[str, object]:
    of = subject(row.unique_id)
    return {
        say("worked_year"): day(row.as_of, lang),
        say("worked_col_series"): of.label(lang),
        say("worked_col_year"): str(row.ds),
        say("worked_col_came"): of.printed(row.actual, lang),
        say("worked_col_without"): of.figure(row.without, lang),
        say("worked_col_with"): of.figure(row.with_lever, lang),
        say("worked_col_held"): "●" if row.inside_with else "○",
        say("worked_col_held_wide"): "●" if held(row, factors) else "○",
        say("worked_col_events"): event_names(row.events, lang),
        say("worked_col_cause"): cause_words(row, lang) if row.cause else "",
    }


def _sums(rows: Sequence[Hindcast]) -> pd.DataFrame:
    groups = {"worked_all": list(rows)} | {
        key: [row for row in rows if row.basis == basis]
        for key, basis in (("worked_known_then", "then"), ("worked_known_later", "later"),
                           ("worked_direction_only", "direction"))
    }  # fmt: skip
    table = []
    for key, group in groups.items():
        s = summary(group)
        if s.n:
            table.append({
                say("worked_col_group"): say(key), say("worked_col_n"): s.n,
                say("worked_col_inside"): f"{s.inside:.0%}", say("worked_col_inside_with"): f"{s.inside_with:.0%}",
                say("worked_col_inside_wide"): f"{_inside_wide(group):.0%}",
                say("worked_col_error"): f"{math.expm1(s.error):.1%}",
                say("worked_col_error_with"): f"{math.expm1(s.error_with):.1%}",
                say("worked_col_crps"): f"{s.crps:.3f}", say("worked_col_crps_with"): f"{s.crps_with:.3f}",
            })  # fmt: skip
    return pd.DataFrame(table)
