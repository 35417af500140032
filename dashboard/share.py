"""Share: hand a view on, so that others get the same numbers."""

from __future__ import annotations

import functools
import io
from urllib.parse import urlencode

import numpy as np
import pandas as pd
import streamlit as st

from dashboard import cache, link, saved, state
from dashboard.brief import brief
from dashboard.downloads import csv, in_session, numbers
from dashboard.examples import open_scenario
from dashboard.lever_picture import lines_of
from dashboard.page import footer, guarded, header, note, say, warning
from dashboard.plan import ahead, code, comparison, scenario_of
from dashboard.report import html
from dashboard.reproduce import FILE, command, notebook, python
from dashboard.slides import pptx
from dashboard.start import no_outlook
from dashboard.subject import Subject
from dashboard.workbook import workbook
from forecast.errors import InputError
from scenarios.files import parse_scenario
from scenarios.scenario import to_yaml

QR_LONGEST = 2_000
"""Characters of a link that a camera still reads from a wall."""
LARGEST = 200_000
"""Bytes of a scenario file that are read; real ones have a few thousand."""


@guarded
def page() -> None:
    """Draw the page."""
    named = header("q_share")
    if not cache.has_history(named.key):
        no_outlook(named)
        return
    view = state.view()
    left, right = st.columns(2, gap="large")
    with left:
        _link()
        guarded(_file)()
    with right:
        guarded(lambda: _report(named))()
        _reproduce(named)
    saved.section()
    st.markdown(f"**{say('fingerprint')}**: `{code(view)}`")
    note(say("same_numbers"))
    footer()


def address() -> str:
    """Give the address that shows the view again on the page Levers, or Start where nothing is moved."""
    view = state.view()
    parts = link.write(view, cache.vintage())
    base = str(st.context.url or "").split("?")[0].rstrip("/")
    base = base.removesuffix("/share")
    page = "/levers" if view.moved else "/"
    return f"{base}{page}" + (f"?{urlencode(parts, safe='~')}" if parts else "")


def _link() -> None:
    st.markdown(f"#### {say('link_title')}")
    st.code(address(), language=None, wrap_lines=True)
    note(say("link_copied"))
    if len(address()) <= QR_LONGEST:
        with st.popover("QR", icon=":material/qr_code:"):
            note(say("qr_note"))
            st.image(qr(address()), width=260)
    if not state.view().moved:
        note(say("nothing_to_share"))


def qr(text: str) -> bytes:
    """Give a text as a QR code, PNG; for the longest links the weakest correction makes room."""
    import segno

    out = io.BytesIO()
    segno.make(text, error="l", micro=False).save(out, kind="png", scale=5, border=3)
    return out.getvalue()


def _file() -> None:
    st.markdown(f"#### {say('file_title')}")
    text = to_yaml(scenario_of(state.view()))
    st.download_button(
        say("download_scenario"), text.encode(), FILE, "application/yaml", on_click="ignore",
        key="dl_yaml", icon=":material/download:",
    )  # fmt: skip
    owns = state.view().effects
    if owns:
        warning(say("own_sizes_n", n=len(owns)))
    st.code(text, language="yaml")
    given = st.file_uploader(say("load_scenario"), type=["yaml", "yml"], key="w_scenario_file", max_upload_size=1)
    if given is None:
        return
    data = given.getvalue()
    try:
        if len(data) > LARGEST:
            raise InputError(f"{given.name} has {len(data):,} bytes.", f"At most {LARGEST:,} are read.")
        scenario = parse_scenario(_decoded(data, given.name), where=given.name)
    except InputError as error:
        st.error(say("error_scenario_file", what=str(error)), icon=":material/error:")
        return
    st.code(to_yaml(scenario), language="yaml")
    if st.button(f"{say('open')}: {scenario.titled(state.view().lang)}", key="w_open_file", type="primary"):
        open_scenario(scenario)
        st.switch_page(state.keep("pages", dict)["levers"])


def _decoded(data: bytes, name: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{name} is not UTF-8 text.", "Save it as UTF-8.") from error


def _report(named: Subject) -> None:
    """Offer the report in every form; each is made only when it is asked for."""
    st.markdown(f"#### {say('report_title')}")
    note(say("report_note"))
    view = state.view()
    result, where = comparison(view), address()
    lines, past = lines_of(result, named), cache.past(named.key, view.lang)
    what = "my-scenario" if view.levers else "baseline"
    made = functools.lru_cache(maxsize=1)(lambda: brief(named, where))

    def frame() -> pd.DataFrame:
        return numbers(named, lines, past.hist, view.until)

    def again() -> bytes:
        years, paths = ahead(result, named.key, "scenario")
        shown = {y: float(np.median(row)) for y, row in zip(years[1:], paths[1:], strict=True) if y <= view.until}
        words = made().words
        return notebook(named.label(view.lang), words, to_yaml(scenario_of(view)), named.key, shown)

    sheet = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    show = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
    kinds = (
        ("download_html", lambda: html(made()), "html", "text/html"),
        ("download_pptx", lambda: pptx(made()), "pptx", show),
        ("download_xlsx", lambda: workbook(named, where), "xlsx", sheet),
        ("download_csv", lambda: csv(frame()), "csv", "text/csv"),
        ("download_png", lambda: made().picture.png(), "png", "image/png"),
        ("download_svg", lambda: made().picture.svg(), "svg", "image/svg+xml"),
        ("download_notebook", again, "ipynb", "application/x-ipynb+json"),
    )  # fmt: skip
    with st.container(horizontal=True):
        for label, make, ending, mime in kinds:
            name = f"{named.key.replace('.', '_')}_{view.until}_{what}.{ending}"
            st.download_button(say(label), in_session(make), name, mime, on_click="ignore", key=f"dl_share_{ending}")


def _reproduce(named: Subject) -> None:
    view = state.view()
    st.markdown(f"#### {say('code_title')}")
    st.markdown(f"**{say('command_line')}**")
    st.code(command(named.key, view.until), language="bash", wrap_lines=True)
    st.markdown(f"**{say('in_python')}**")
    st.code(python(named.key, view.until), language="python", wrap_lines=True)
