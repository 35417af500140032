"""Series of statistical offices on the page "My data": asked for in a form, fetched beside it, checked as a file."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass

import streamlit as st

from dashboard import state
from dashboard.connectors import Fetched, sdmx_series, sdmx_sources, world_bank
from dashboard.page import note, say
from dashboard.told import told_error
from dashboard.waiting import started, watched
from dashboard.words import word
from forecast.errors import InputError
from forecast.tables import Table, read_frame

FIRST_SOURCE = "OECD"


@dataclass(frozen=True, eq=False)
class Job:
    """Something that was asked of an office: its words and the work."""

    words: str
    made: Future[tuple[Fetched, Table]]


def fetched() -> Table | None:
    """Draw the form; give the series that were fetched, None before that."""
    note(say("office_note"))
    lang = state.view().lang
    office = st.segmented_control(
        say("office"), ("world_bank", "sdmx"), required=True, default="world_bank", key="w_office",
        format_func=lambda name: word(f"office_{name}", lang),
    )  # fmt: skip
    try:
        asked = _world_bank() if office == "world_bank" else _sdmx()
    except InputError as error:
        # The package for SDMX is not installed.
        st.info(told_error(error, lang), icon=":material/extension_off:")
        return None
    if asked is not None:
        words, work = asked
        state.put("fetch", Job(words, started(lambda: _checked(work()))))
    job: Job | None = state.keep("fetch", lambda: None)
    if job is None or not watched(job.made, lambda: job.words, key="w_fetch_cancel", cancel=job.made.cancel):
        return None
    if job.made.cancelled():
        st.info(say("cancelled", again=say("office_fetch")), icon=":material/cancel:")
        return None
    try:
        answer, table = job.made.result()
    except InputError as error:
        st.error(told_error(error, lang), icon=":material/cloud_off:")
        return None
    note(say("office_from", source=answer.source))
    return table


def _checked(answer: Fetched) -> tuple[Fetched, Table]:
    return answer, read_frame(answer.frame, name=answer.name)


def _world_bank() -> tuple[str, Callable[[], Fetched]] | None:
    with st.form("w_world_bank", border=True):
        a, b, c = st.columns([1.2, 2, 1], vertical_alignment="bottom")
        countries = a.text_input(say("office_countries"), "CHN", key="w_wb_countries", max_chars=200)
        indicator = b.text_input(say("office_indicator"), "IP.PAT.RESD", key="w_wb_indicator", max_chars=60)
        pressed = c.form_submit_button(say("office_fetch"), icon=":material/cloud_download:", width="stretch")
    if not pressed:
        return None
    return say("office_asking", office=say("office_world_bank")), lambda: world_bank(countries, indicator)


def _sdmx() -> tuple[str, Callable[[], Fetched]] | None:
    known = sdmx_sources()
    with st.form("w_sdmx", border=True):
        a, b, c, d, e = st.columns([1, 1.4, 2, 0.8, 1], vertical_alignment="bottom")
        first = known.index(FIRST_SOURCE) if FIRST_SOURCE in known else 0
        source = a.selectbox(say("office"), known, index=first, key="w_sdmx_source")
        flow = b.text_input(say("office_flow"), key="w_sdmx_flow", max_chars=200)
        key = c.text_input(say("office_key"), key="w_sdmx_key", max_chars=400)
        start = d.text_input(say("office_start"), "2000", key="w_sdmx_start", max_chars=10)
        pressed = e.form_submit_button(say("office_fetch"), icon=":material/cloud_download:", width="stretch")
    if not pressed:
        return None
    return say("office_asking", office=source), lambda: sdmx_series(source, flow, key, start=start.strip())
