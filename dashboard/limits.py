"""Limits: what the model leaves out, in plain words, for all results and for the series shown."""

from __future__ import annotations

import csv

import pandas as pd
import streamlit as st

from dashboard import cache, state
from dashboard.formats import Lang
from dashboard.page import footer, guarded, header, note, say
from dashboard.provenance import conflict_words, conflicts, series_breaks
from dashboard.subject import Subject
from dashboard.tables import table
from dashboard.words import FOLDER, catalogue, word

THIN = 6
"""Fewer published years than this are called thin."""


@guarded
def page() -> None:
    """Draw the page."""
    subject = header("q_limits")
    lang = state.view().lang
    st.markdown(f"#### {say('limits_general')}")
    keys = sorted(key for key in catalogue() if key.startswith("limit_"))
    st.markdown("\n".join(f"{i}. {word(key, lang)}" for i, key in enumerate(keys, start=1)))
    note(say("limits_written"))
    st.markdown(f"#### {say('limits_series')}: {subject.label(lang)}")
    own = of_series(subject, lang)
    for text in own:
        st.markdown(f"- {text}")
    if not own:
        st.markdown(say("limits_none"))
    st.markdown(f"#### {say('glossary_tab')}")
    glossary(lang)
    footer()


def of_series(subject: Subject, lang: Lang) -> list[str]:
    """Say what is known against the figures of a series: few years, changed definitions, conflicting sources."""
    figures = cache.figures().get(subject.key, ())
    published = {f.year for f in figures if f.kind == "level" and f.fit and f.period_kind == "year"}
    out = [word("warn_thin", lang, n=len(published))] if len(published) < THIN else []
    out += [word("warn_break", lang, year=item.year) for item in series_breaks(subject.key, figures)]
    return out + [conflict_words(item, lang) for item in conflicts(figures)]


def glossary(lang: Lang) -> None:
    """Draw the table of terms."""
    with (FOLDER / "glossary.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    said = "definition_zh" if lang == "zh" else "definition"
    heads = {"english": say("term_en"), "chinese": say("term_zh"), said: say("term_text")}
    order = ["chinese", "english", said] if lang == "zh" else ["english", "chinese", said]
    frame = pd.DataFrame(rows)[order].rename(columns=heads)
    table(frame, "glossary", most=12, columns={heads[said]: st.column_config.TextColumn(width="large")})
