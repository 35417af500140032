"""The published figures behind a series, each with its source."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import cache, state
from dashboard.chinese import data_text, source_title
from dashboard.dates import day, period
from dashboard.page import note, say
from dashboard.provenance import basis_words, figure_row, printed_as, publisher, source_link, source_of, written
from dashboard.subject import Subject
from dashboard.tables import table, ticked
from forecast.observations import Observation

MOST = 8
"""Rows that are seen at once."""


def ordered(key: str) -> list[Observation]:
    """Give the figures of a series, newest period first, the surest reading first within a period."""
    found = cache.figures().get(key, ())
    return sorted(found, key=lambda f: (-f.year, -f.fraction, ("high", "medium", "low").index(f.grade), f.id))


def figures_table(subject: Subject, *, select: bool = False) -> Observation | None:
    """Draw the table of figures.

    Parameters
    ----------
    subject : Subject
    select : bool
        Whether a row can be picked, so that its dot is marked in the chart.

    Returns
    -------
    Observation or None
        The picked figure.
    """
    figures = ordered(subject.key)
    frame = pd.DataFrame([figure_row(figure, state.view().lang) for figure in figures])
    if frame.empty:
        return None
    config = {
        say("col_figure"): st.column_config.TextColumn(alignment="right"),
        say("col_link"): st.column_config.LinkColumn(display_text="↗", width="small"),
        say("col_source"): st.column_config.TextColumn(width=330),
        say("col_publisher"): st.column_config.TextColumn(width=210),
    }
    if not select:
        table(frame, f"figures_{subject.key}", most=MOST, columns=config)
        return None
    row = ticked(frame, f"figures_{subject.key}", most=MOST, columns=config)
    picked = None if row is None else figures[row]
    if picked is None:
        note(say("pick_figure"))
    else:
        source_card(picked, subject)
    return picked


def source_card(figure: Observation, subject: Subject) -> None:
    """Say in full where a figure stands in print, and how far it is to be trusted."""
    lang = state.view().lang
    source = source_of(figure)
    with st.container(border=True, gap="xsmall", key="ipf_source"):
        head = f"{period(figure.period, lang)} · {written(figure, subject, lang)}"
        st.markdown(f"**{head}** · {printed_as(figure, lang)} · {say('col_reading')} {say(f'reading_{figure.grade}')}")
        if source is None:
            return
        english = source_title(source, lang) != source.title
        title = say("source_in_english", what=source.title) if english else source.title
        slots = {
            "title": title,
            "publisher": publisher(figure, lang),
            "day": day(source.retrieved, lang),
        }
        printed = say("source_printed", published=source.published or "–", **slots)
        link = source_link(figure)
        note(printed)
        if link:
            st.markdown(f"[{link}]({link})")
        parts = [
            basis_words(figure.basis, lang),
            say("used_yes" if figure.fit else "used_no"),
            data_text(figure.note, lang),
        ]
        note(" · ".join(part for part in parts if part))
