"""The published figures behind a series, each with its source."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import cache, state
from dashboard.page import say
from dashboard.provenance import figure_row
from dashboard.subject import Subject
from forecast.observations import Observation


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
        say("col_source"): st.column_config.TextColumn(width="large"),
    }
    height = min(35 * (len(frame) + 1) + 3, 330)
    if not select:
        st.dataframe(frame, hide_index=True, height=height, column_config=config, key=f"figures_{subject.key}")
        return None
    event = st.dataframe(
        frame, hide_index=True, height=height, column_config=config, key=f"figures_{subject.key}", on_select="rerun",
        selection_mode="single-row",
    )  # fmt: skip
    rows = event.selection.rows
    return figures[rows[0]] if rows and rows[0] < len(figures) else None
