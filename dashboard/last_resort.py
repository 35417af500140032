"""Where no page could answer an error: one in a callback, or between pages. The reader still gets words and a code."""

from __future__ import annotations

import streamlit as st
from streamlit.runtime import exists, get_instance
from streamlit.runtime.scriptrunner import get_script_run_ctx

from dashboard.page import failed, lang
from dashboard.told import told_error
from forecast.errors import InputError


def unforeseen(error: Exception) -> bool:
    """Answer an error that nothing else has answered; gives True, so that Streamlit adds no words of its own."""
    before = f"{told_error(error, lang())}  \n" if isinstance(error, InputError) else ""
    failed(error, "error_failed", before=before)
    return True


def ready() -> None:
    """Have errors of this session answered here, those of callbacks too, which run before any page.

    Streamlit takes such a handler only where it is served from another program; it is put into the session itself.
    """
    context = get_script_run_ctx()
    if context is None or st.session_state.get("last_resort") is True:
        return
    context.on_script_error = unforeseen
    if exists():
        sessions = get_instance()._session_mgr
        found = sessions.get_active_session_info(context.session_id)
        if found is not None:
            found.session._on_script_error = unforeseen
            st.session_state["last_resort"] = True
