"""The first start on a machine: the outlook of all series is made once, with progress in words."""

from __future__ import annotations

import streamlit as st

from dashboard import cache, state
from dashboard.page import failed
from dashboard.words import word


def ready() -> bool:
    """Have histories and outlook in memory; say what is being done where that takes time.

    Returns
    -------
    bool
        False where they could not be made; the reason then stands on the page.
    """
    if cache.LOADED:
        return True
    lang = state.first_language()
    place = st.empty()
    try:
        with place.container(), st.status(word("preparing", lang), expanded=True):
            st.write(word("preparing_histories", lang))
            cache.histories()
            st.write(word("preparing_outlook", lang))
            cache.outlook()
            cache.choices()
        cache.LOADED.append(True)
    except Exception as error:
        # Whatever went wrong, the reader gets words and a code, and the log the whole of it.
        place.empty()
        failed(error, "error_prepare", what=str(error) if isinstance(error, ValueError) else type(error).__name__)
        return False
    place.empty()
    return True
