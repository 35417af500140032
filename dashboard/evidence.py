"""Evidence: what figures and effects rest on."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd
import streamlit as st

from dashboard import state
from dashboard.charts import theme
from dashboard.chinese import data_text, source_title
from dashboard.dial import COLOURS, Dial, acting, bars, size_words
from dashboard.effect_card import ask, outcome_title
from dashboard.effect_picture import picture
from dashboard.formats import Lang, between
from dashboard.ledger import conflicts_tab, diary_tab, ledger_tab, targets_tab
from dashboard.own_sizes import OWN, evidence, worn
from dashboard.page import footer, guarded, header, note, say
from dashboard.subject import Subject
from dashboard.tables import ticked
from dashboard.upload import upload_tab
from dashboard.why_card import effect_text
from forecast.catalog import sources
from scenarios.levers import Effect, Lever, levers


@guarded
def page() -> None:
    """Draw the page."""
    subject = header("q_evidence")
    names = ("effects_tab", "ledger_tab", "conflicts_tab", "targets_tab", "events_tab", "upload_tab")
    effects, ledger, conflicts, targets, diary, upload = st.tabs([say(name) for name in names], key="w_evidence")
    with effects:
        guarded(lambda: effects_tab(subject))()
    with ledger:
        ledger_tab()
    with conflicts:
        guarded(lambda: conflicts_tab(subject))()
    with targets:
        guarded(targets_tab)()
    with diary:
        guarded(diary_tab)()
    with upload:
        upload_tab()
    footer()


def effects_tab(subject: Subject) -> None:
    """Draw the table of effects with grades and verdicts, and what the grades mean."""
    lang = state.view().lang
    only = st.toggle(say("only_shown"), value=False, key="w_only_shown")
    pairs = effects_shown(subject if only else None, lang)
    frame = pd.DataFrame([effect_row(lever, effect, lang) for lever, effect in pairs])
    if frame.empty:
        st.info(say("error_no_levers", indicator=subject.title(lang), list=", ".join(nearest_levers(lang))))
    else:
        note(say("effect_in_full"))
        picked = ticked(
            frame, f"effects_{only}_{subject.indicator}", most=9,
            columns={
                say("col_found"): st.column_config.TextColumn(width="large"),
                say("col_link"): st.column_config.LinkColumn(display_text="↗", width="small"),
                say("col_lag"): st.column_config.TextColumn(width="small"),
            },
        )  # fmt: skip
        if picked is not None:
            _in_full(*pairs[picked], subject)
    for grade in "ABCD":
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.badge(f"{grade} {bars(grade)} {say(f'grade_{grade.lower()}')}", color=COLOURS[grade])
            note(say(f"grade_{grade.lower()}_text"))
    note(say("size_note"))
    note(say("shrinkage_note"))


def _in_full(lever: Lever, effect: Effect, subject: Subject) -> None:
    """Draw one effect with its curves and its sources, and offer to set its size."""
    view = state.view()
    with st.container(border=True, key="ipf_effect"):
        st.markdown(f"**{lever.title(view.lang)}**")
        left, right = st.columns([1.15, 1], gap="medium")
        if effect.size.sd > 0:
            left.markdown(picture(effect, view.effects, view.lang, theme()), unsafe_allow_html=True)
        with right:
            text = effect_text(effect, view.lang, view.effects, theme(), curves=False)
            st.markdown(text, unsafe_allow_html=True)
            ask(lever, subject.indicator, key="evidence", effect=effect)


def effects_shown(subject: Subject | None, lang: Lang) -> list[tuple[Lever, Effect]]:
    """Give the effects in the order of the table: firmest levers first; with a subject, those that act on it."""
    return [
        (lever, effect)
        for lever in sorted(levers().values(), key=lambda one: (one.grade, one.title(lang)))
        for effect in (acting(lever, subject.indicator) if subject is not None else lever.effects)
    ]


def effect_row(lever: Lever, effect: Effect, lang: Lang) -> dict[str, object]:
    """Give the row of one effect: what moves what, by how much, how sure, and on whose word."""
    dial, own = Dial(lever), state.view().effects
    low, high = (dial.measured(v, lang) for v in lever.studied)
    size, span = size_words(worn(effect, own), lang)
    first = next((sources()[s] for s in effect.sources if s in sources()), None)
    lag = str(effect.lag[0]) if effect.lag[0] == effect.lag[1] else f"{effect.lag[0]}–{effect.lag[1]}"
    return {
        say("col_lever"): lever.title(lang),
        say("col_outcome"): outcome_title(effect, lang),
        say("col_evidence"): evidence(OWN if effect.id in own else effect.size.grade, lang),
        say("effect_size"): size or say("direction_only"),
        say("eight_in_ten"): span,
        say("col_found"): effect.why.of(lang),
        say("col_lag"): lag,
        say("col_range"): between(low, high, lang),
        say("col_where"): _listed((s.country for s in effect.studies), lang),
        say("verdict"): _listed((s.verdict for s in effect.studies), lang) or "–",
        say("col_source"): "; ".join(source_title(sources()[s], lang) for s in effect.sources if s in sources()),
        say("col_link"): first.url.split(" ")[0] if first and first.url.startswith("http") else None,
    }


def _listed(texts: Iterable[str], lang: Lang) -> str:
    return ("、" if lang == "zh" else ", ").join(dict.fromkeys(data_text(text, lang) for text in texts if text))


def nearest_levers(lang: Lang, n: int = 3) -> list[str]:
    """Give a few levers by name, best evidenced first."""
    found: list[Lever] = sorted(levers().values(), key=lambda lever: lever.grade)
    return [lever.title(lang) for lever in found[:n]]
