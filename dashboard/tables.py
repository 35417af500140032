"""Draw a table: as tall as its rows, never taller than allowed; what is missing stays empty."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

ROW = 34
"""Pixels of one row."""


def table(
    frame: pd.DataFrame, key: str, *, most: int = 0, columns: Mapping[str, Any] | None = None, alt: str = ""
) -> None:
    """Draw a table without its index.

    Parameters
    ----------
    frame : DataFrame
        Under translated headings.
    key : str
        Stable name of the place on the page.
    most : int
        Rows that are seen at once; 0 for all.
    columns : mapping, optional
        Streamlit's configuration by heading.
    alt : str
        What it holds, for those who do not see it.
    """
    st.dataframe(
        frame, hide_index=True, row_height=ROW, height=height(len(frame), most), column_config=columns, key=key,
        placeholder="", alt=alt or None,
    )  # fmt: skip


def ticked(frame: pd.DataFrame, key: str, *, most: int, columns: Mapping[str, Any] | None = None) -> int | None:
    """Draw a table in which one row can be ticked; give the place of that row."""
    event = st.dataframe(
        frame, hide_index=True, row_height=ROW, height=height(len(frame), most), column_config=columns, key=key,
        placeholder="", on_select="rerun", selection_mode="single-row",
    )  # fmt: skip
    rows = event.selection.rows
    return int(rows[0]) if rows and rows[0] < len(frame) else None


def height(rows: int, most: int = 0) -> int:
    """Give the height of a table in pixels: head, rows and edges; half a row more where rows are hidden.

    Examples
    --------
    >>> height(3), height(50, 8)
    (139, 326)
    """
    if most and rows > most:
        # A row that is cut in half says that there is more below.
        return int(ROW * (most + 1.5)) + 3
    return ROW * (rows + 1) + 3
