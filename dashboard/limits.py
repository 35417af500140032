"""Limits: what the model leaves out, in plain words, for all results and for the series shown."""

from __future__ import annotations

import csv
from collections.abc import Sequence

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
    """Say what is known against a series: few years, years without a figure, changed definitions, conflicts."""
    figures = cache.figures().get(subject.key, ())
    published = {f.year for f in figures if f.kind == "level" and f.fit and f.period_kind == "year"}
    out = [word("warn_thin", lang, n=len(published))] if len(published) < THIN else []
    filled = without_figure(subject.key)
    if filled:
        out.append(word("warn_filled", lang, years=spans(filled, "、" if lang == "zh" else ", ")))
    out += [word("warn_break", lang, year=item.year) for item in series_breaks(subject.key, figures)]
    return out + [conflict_words(item, lang) for item in conflicts(figures)]


def without_figure(key: str) -> list[int]:
    """Give the years of a history, up to the last known one, of which no figure of the series itself is used."""
    if not cache.has_history(key):
        return []
    own = {figure.year for figure in cache.figures().get(key, ()) if figure.fit}
    years = [period.year for period in cache.history(key).periods]
    return [year for year in range(years[0], cache.known_until(key) + 1) if year not in own]


def spans(years: Sequence[int], comma: str = ", ") -> str:
    """Write years in order, neighbours as one span.

    Examples
    --------
    >>> spans([2011, 2014, 2015, 2016])
    '2011, 2014–2016'
    """
    ends: list[list[int]] = []
    for year in years:
        if ends and year == ends[-1][1] + 1:
            ends[-1][1] = year
        else:
            ends.append([year, year])
    return comma.join(str(a) if a == b else f"{a}–{b}" for a, b in ends)


def glossary(lang: Lang) -> None:
    """Draw the table of terms."""
    with (FOLDER / "glossary.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    said = "definition_zh" if lang == "zh" else "definition"
    heads = {"english": say("term_en"), "chinese": say("term_zh"), said: say("term_text")}
    order = ["chinese", "english", said] if lang == "zh" else ["english", "chinese", said]
    frame = pd.DataFrame(rows)[order].rename(columns=heads)
    table(frame, "glossary", most=12, columns={heads[said]: st.column_config.TextColumn(width="large")})
