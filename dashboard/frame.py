"""The frame around all pages: preparation, styles, navigation."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from dashboard import (
    cache,
    compare,
    evidence,
    last_resort,
    levers,
    limits,
    outlook,
    people,
    prepare,
    reach,
    regions,
    share,
    start,
    state,
    why,
    worked,
)
from dashboard.page import say, styled

PAGES: tuple[tuple[str, str, str, Callable[[], None]], ...] = (
    ("start", "start", "", start.page),
    ("outlook", "outlook_page", "outlook", outlook.page),
    ("levers", "levers_page", "levers", levers.page),
    ("why", "why_page", "why", why.page),
    ("regions", "regions_page", "regions", regions.page),
    ("reach", "reach_page", "reach", reach.page),
    ("compare", "compare_page", "compare", compare.page),
    ("evidence", "evidence_page", "evidence", evidence.page),
    ("worked", "worked_page", "worked", worked.page),
    ("share", "share_page", "share", share.page),
    ("limits", "limits_page", "limits", limits.page),
)
"""Name, title, address and function of each page, in the order of a planner's questions."""


def run() -> None:
    """Draw the app for one run of a session."""
    st.set_page_config("IP Foresight", page_icon="📈", layout="wide")
    last_resort.ready()
    if not people.admitted(state.first_language()) or not prepare.ready():
        return
    state.start(cache.known())
    styled()
    pages = {
        name: st.Page(page, title=say(title), url_path=path or None, default=not path)
        for name, title, path, page in PAGES
    }
    state.put("pages", pages)
    chosen = st.navigation(list(pages.values()), position="hidden" if state.view().present else "top")
    chosen.run()
    state.settled()
    people.leaving(state.view().lang)
    state.write_link(cache.vintage())
