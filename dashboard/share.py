"""Share: hand a view on, so that others get the same numbers."""

from __future__ import annotations

from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from dashboard import cache, link, state
from dashboard.downloads import Picture, csv, foot, numbers, settings_sheet, sources_sheet, xlsx
from dashboard.examples import open_scenario
from dashboard.lever_picture import lines_of
from dashboard.page import footer, guarded, header, note, say
from dashboard.picture import FanOptions, fan, window
from dashboard.plan import code, comparison, scenario_of
from dashboard.start import no_outlook
from dashboard.subject import Subject
from forecast.errors import InputError
from scenarios.files import parse_scenario
from scenarios.scenario import to_yaml

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
        _file()
    with right:
        _numbers(named)
        _reproduce(named)
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
    if not state.view().moved:
        note(say("nothing_to_share"))


def _file() -> None:
    st.markdown(f"#### {say('file_title')}")
    text = to_yaml(scenario_of(state.view()))
    st.download_button(
        say("download_scenario"), text.encode(), "my-scenario.yaml", "application/yaml", on_click="ignore",
        key="dl_yaml", icon=":material/download:",
    )  # fmt: skip
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


def _numbers(named: Subject) -> None:
    st.markdown(f"#### {say('numbers_title')}")
    view = state.view()
    result = comparison(view)
    lines, past = lines_of(result, named), cache.past(named.key, view.lang)
    what = "my-scenario" if view.levers else "baseline"

    def frame() -> pd.DataFrame:
        return numbers(named, lines, past.hist, view.until)

    def workbook() -> bytes:
        return xlsx({"numbers": frame(), "settings": settings_sheet(), "sources": sources_sheet(named.key)})

    span = window(past.first, cache.known_until(named.key), view.until)
    frames = fan(named, lines, past, view.lang, until=span[1], options=FanOptions(span[0], 430))
    picture = Picture(
        "fan",
        frames,
        {"unit": named.unit, "window": span, "height": 430},
        named.label(view.lang),
        foot(),
    )
    sheet = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    kinds = (
        ("download_xlsx", workbook, "xlsx", sheet), ("download_csv", lambda: csv(frame()), "csv", "text/csv"),
        ("download_png", picture.png, "png", "image/png"), ("download_svg", picture.svg, "svg", "image/svg+xml"),
    )  # fmt: skip
    with st.container(horizontal=True):
        for label, make, ending, mime in kinds:
            name = f"{named.key.replace('.', '_')}_{view.until}_{what}.{ending}"
            st.download_button(say(label), make, name, mime, on_click="ignore", key=f"dl_share_{ending}")


def _reproduce(named: Subject) -> None:
    view = state.view()
    st.markdown(f"#### {say('code_title')}")
    st.markdown(f"**{say('command_line')}**")
    st.code(
        f"ip-foresight scenario run my-scenario.yaml --series {named.key} --year {view.until} --out out",
        language="bash", wrap_lines=True,
    )  # fmt: skip
    st.markdown(f"**{say('in_python')}**")
    st.code(
        "from forecast.baseline import baseline_outlook\n"
        "from scenarios.engine import run\n"
        "from scenarios.files import read_scenario\n\n"
        'result = run(read_scenario("my-scenario.yaml"), baseline_outlook())\n'
        f'bands = result.bands("{named.key}")\n'
        f"print(bands.median[result.years.index({view.until})])",
        language="python", wrap_lines=True,
    )  # fmt: skip
