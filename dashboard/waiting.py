"""Slow work beside the page: the page says what is being done and for how long, and the work can be cancelled."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from typing import TypeVar

import streamlit as st

from dashboard.page import say

Made = TypeVar("Made")
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
        try:
            found = work()
        except BaseException as error:
            if not made.cancelled():
                made.set_exception(error)
        else:
            if not made.cancelled():
                made.set_result(found)

    threading.Thread(target=run, daemon=True).start()
    return made


def waited(made: Future[Made], words: str, *, key: str, cancel: Callable[[], None]) -> Made | None:
    """Give what the work made, waiting for it in sight of the reader.

    Parameters
    ----------
    made : Future
        From `started`; the session keeps it, so that a run that interrupts this one waits for the same work.
    words : str
        What is being done.
    key : str
        Of the button that cancels.
    cancel : callable
        Forgets the work; called when the button is pressed.

    Returns
    -------
    object or None
        None where the work was cancelled.
    """
    if not made.done():
        begun = time.monotonic()
        place, button = st.empty(), st.empty()
        button.button(say("cancel"), key=key, icon=":material/cancel:", on_click=cancel)
        while not made.done():
            place.info(f"{words} ({time.monotonic() - begun:.0f} s)", icon=":material/hourglass_top:")
            time.sleep(STEP)
        place.empty()
        button.empty()
    try:
        return made.result()
    except CancelledError:
        return None
