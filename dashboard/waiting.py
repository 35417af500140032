"""Slow work beside the page: the page says what is being done and for how long, and the work can be cancelled."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import CancelledError, Future, InvalidStateError
from concurrent.futures import wait as wait_for
from contextlib import suppress
from typing import TypeVar

import streamlit as st

from dashboard.page import say

Made = TypeVar("Made")
SOON = 0.5
"""Seconds within which nothing is said: what is done by then needs no word."""
STEP = 0.25
"""Seconds between two looks; each look is also where a press in the browser interrupts the waiting."""


def started(work: Callable[[], Made]) -> Future[Made]:
    """Begin some work in a thread of its own; it must not touch the page.

    Examples
    --------
    >>> started(lambda: 6 * 7).result()
    42
    """
    made: Future[Made] = Future()

    def run() -> None:
        # What was cancelled meanwhile takes neither a result nor an error.
        with suppress(InvalidStateError):
            try:
                made.set_result(work())
            except InvalidStateError:
                raise
            except Exception as error:
                made.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return made


def waited(made: Future[Made], words: str, *, key: str, cancel: Callable[[], object]) -> Made | None:
    """Give what the work made, waiting for it in sight of the reader; for whole pages, whose run a press interrupts.

    Parameters
    ----------
    made : Future
        From `started`; the session keeps it, so that a run that interrupts this one waits for the same work.
    words : str
        What is being done.
    key : str
        Of the button that cancels.
    cancel : callable
        Forgets the work; called when the button is pressed. What cannot be stopped goes on unseen to its end.

    Returns
    -------
    object or None
        None where the work was cancelled.
    """
    begun = time.monotonic()
    wait_for([made], timeout=SOON)
    if not made.done():
        place, button = st.empty(), st.empty()
        button.button(say("cancel"), key=key, icon=":material/cancel:", on_click=lambda: _stop(cancel))
        while not made.done():
            place.info(f"{words} ({time.monotonic() - begun:.0f} s)", icon=":material/hourglass_top:")
            time.sleep(STEP)
        place.empty()
        button.empty()
    try:
        return made.result()
    except CancelledError:
        return None


def watched(made: Future[Made], words: Callable[[], str], *, key: str, cancel: Callable[[], object]) -> bool:
    """Whether some work is done or cancelled; until then a part of the page looks every half second and says so.

    For parts of a page that re-run alone: there a press does not interrupt a run, so nothing may wait inside it.

    Parameters
    ----------
    made : Future
        From `started`; the session keeps it.
    words : callable
        Says what is being done and how far it is.
    key : str
        Of the button that cancels.
    cancel : callable
        Called when the button is pressed; it must cancel `made`.
    """
    wait_for([made], timeout=SOON)
    if made.done():
        return True
    begun = time.monotonic()

    @st.fragment(run_every=2 * STEP)
    def look() -> None:
        if made.done():
            st.rerun()
        st.info(f"{words()} ({time.monotonic() - begun:.0f} s)", icon=":material/hourglass_top:")
        st.button(say("cancel"), key=key, icon=":material/cancel:", on_click=lambda: _stop(cancel))

    look()
    return False


def _stop(cancel: Callable[[], object]) -> None:
    cancel()
