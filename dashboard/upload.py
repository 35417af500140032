"""My data: load own series from a file or a statistical office, and see what was read. All stays in the session."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

import pandas as pd
import streamlit as st

from dashboard import own_forecast, state
from dashboard.columns import columns_of
from dashboard.downloads import csv, xlsx
from dashboard.fetch import fetched
from dashboard.page import guarded, note, say
from dashboard.tables import table as table_
from dashboard.told import told, told_error
from dashboard.words import word
from forecast.errors import InputError
from forecast.table_form import TableForm
from forecast.tables import Table, read_table

LIMIT = 50 * 1024 * 1024
"""Largest file the browser takes, in bytes; larger ones belong to the command line."""

NEEDED = ("unique_id", "ds", "y")
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TEMPLATE = pd.DataFrame(
    {
        "unique_id": ["Hangzhou.invention_applications"] * 6,
        "ds": [2020, 2021, 2022, 2023, 2024, 2025],
        "y": [1100, 1200, 1350, 1490, 1710, 1850],
        "unit": ["count"] * 6,
        "kind": ["flow"] * 6,
    }
)
"""What a file looks like: made-up values of one series; unit and kind (flow, stock or ratio) may be left out."""


@dataclass(frozen=True, eq=False)
class Loaded:
    """A file as the session holds it: its name, a hash of its bytes, and what was read."""

    name: str
    digest: str
    columns: dict[str, str] = field(default_factory=dict)
    table: Table | None = None
    error: InputError | None = None


def upload_tab() -> None:
    """Draw the tab; it re-runs alone."""
    _upload()


@st.fragment
def _upload() -> None:
    guarded(_body)()


def _body() -> None:
    note(say("upload_private"))
    lang = state.view().lang
    origin = st.segmented_control(
        say("own_origin"), ("file", "office"), required=True, default="file", key="w_own_origin",
        format_func=lambda name: word(f"own_from_{name}", lang), label_visibility="collapsed",
    )  # fmt: skip
    table = _from_file() if origin == "file" else fetched()
    if table is not None:
        _remarks(table)
        if table.series:
            own_forecast.show(table)


def _from_file() -> Table | None:
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    given = left.file_uploader(say("file_label"), type=["csv", "txt", "tsv", "xlsx", "parquet"], key="w_upload")
    with right:
        for ending, data, mime in (("xlsx", xlsx({"data": TEMPLATE}), SHEET), ("csv", csv(TEMPLATE), "text/csv")):
            st.download_button(
                f"{say('file_template')} ({ending.upper()})", data, f"template.{ending}", mime, on_click="ignore",
                key=f"dl_template_{ending}", width="stretch",
            )  # fmt: skip
    if given is None:
        note(say("upload_empty"))
        return None
    data = given.getvalue()
    if len(data) > LIMIT:
        size, limit = (f"{n / 1e6:,.0f} MB" for n in (len(data), LIMIT))
        st.error(say("error_too_large", file=given.name, size=size, limit=limit), icon=":material/error:")
        return None
    loaded = _read(given.name, data, _mapping(given.name, data))
    if loaded.error is not None:
        st.error(
            say("error_upload", file=given.name, what=told_error(loaded.error, state.view().lang)),
            icon=":material/error:",
        )
    return loaded.table


def _mapping(name: str, data: bytes) -> dict[str, str]:
    """Let the user say which column is what, where the usual names are not there."""
    found = columns_of(data)
    if len(found) < len(NEEDED) or set(NEEDED) <= set(found):
        # With too few columns there is nothing to choose; the reader of tables says which one is missing.
        return {}
    st.markdown(f"**{say('map_columns')}**")
    places = st.columns(3)
    titles = {"unique_id": say("col_series"), "ds": say("col_period"), "y": say("col_value")}
    chosen = {}
    for place, ours, at in zip(places, NEEDED, range(3), strict=True):
        guess = found.index(ours) if ours in found else min(at, len(found) - 1)
        label = f"{titles[ours]} ({ours})"
        chosen[ours] = str(place.selectbox(label, found, index=guess, key=f"w_map_{ours}_{name}"))
    return {ours: theirs for ours, theirs in chosen.items() if ours != theirs}


def _read(name: str, data: bytes, mapping: dict[str, str]) -> Loaded:
    before: Loaded | None = state.keep("upload", lambda: None)
    digest = hashlib.sha256(data).hexdigest()
    if before is not None and (before.name, before.digest, before.columns) == (name, digest, mapping):
        return before
    try:
        table = read_table(data, name=name, form=TableForm(columns=mapping, limit=LIMIT))
        loaded = Loaded(name, digest, mapping, table)
    except InputError as error:
        loaded = Loaded(name, digest, mapping, error=error)
    state.put("upload", loaded)
    return loaded


def _remarks(table: Table) -> None:
    """Say how much was read, and what is wrong with the rest, by row."""
    st.markdown(f"**{say('upload_read', k=len(table.series), n=len(table.series) + len(table.left_out))}**")
    if not len(table.problems):
        return
    lang = state.view().lang
    st.markdown(say("own_problems", m=len(table.problems)))
    shown = table.problems.head(200)[["series", "row", "field", "what", "remedy"]].copy()
    for column in ("what", "remedy"):
        shown[column] = [told(text, lang) for text in shown[column]]
    names = ("col_series", "col_row", "col_field", "col_what", "col_remedy")
    heads = dict(zip(shown.columns, map(say, names), strict=True))
    table_(
        shown.rename(columns=heads), "problems", most=5,
        columns={
            heads["row"]: st.column_config.NumberColumn(width="small"),
            heads["field"]: st.column_config.TextColumn(width="small"),
            heads["what"]: st.column_config.TextColumn(width="large"),
        },
    )  # fmt: skip
