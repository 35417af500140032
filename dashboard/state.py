"""The one place for what a session holds, and for the address that shows it again.

A session's whole setting is one `View`. Widgets are drawn from it and write back to it through callbacks, so no widget
keeps a truth of its own, and page changes, undo and links cannot disagree.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

import streamlit as st

from dashboard import link
from dashboard.formats import Lang
from dashboard.sentences import Goal
from dashboard.view import Setting, View

LETTERS = ("A", "B", "C", "D")
KEEP_UNDO = 10
SETTLING = 0.4
"""Seconds in which an address that was just written may not have reached the browser."""


ARRIVING = 2.0
"""Seconds in which a control that the app changed may still be drawn in the browser as it was."""


@dataclass(frozen=True)
class Notice:
    """What just happened, in the words of the catalogue; put into a language only when it is drawn."""

    key: str
    slots: tuple[tuple[str, object], ...] = ()


@dataclass(frozen=True)
class Change:
    """The last lever that was moved: what it was, what it is, and what the shown result was before."""

    lever: str
    old: Setting | None
    new: Setting | None
    before: View


@dataclass(frozen=True)
class Saved:
    """A scenario that the user kept in this session."""

    letter: str
    name: str
    view: View


def _session() -> MutableMapping[str, Any]:
    return st.session_state  # type: ignore[return-value]  # it behaves as a mapping of str


def view() -> View:
    """Give what the session shows."""
    found: View = _session().get("view", View())
    return found


def first_language() -> Lang:
    """Give the language of the address before anything else is read from it."""
    return "zh" if st.query_params.get("lang") == "zh" or view().lang == "zh" else "en"


def start(known: link.Known) -> tuple[str, ...]:
    """Read the address at the session's start, or where the user went back in the browser.

    Returns
    -------
    tuple of str
        Parts of the address that could not be read.
    """
    session, parts, path = _session(), st.query_params.to_dict(), _path()
    same_page = session.get("path") == path
    session["path"], session["arrived"] = path, not same_page
    if "view" in session:
        if parts == session.get("link", {}):
            return ()
        if not same_page and not parts:
            # Changing the page empties the address; the session goes on.
            return ()
        if time.monotonic() - session.get("link_at", 0.0) < SETTLING:
            # The address on its way to the browser has not arrived there yet; this is not the user going back.
            return ()
    found, bad = link.read(parts, known)
    if "view" not in session and found.moved:
        session["notice"] = Notice("changed_link", (("n", len(found.levers)),))
    elif "view" in session:
        session["notice"] = Notice("changed_undone")
    session["view"], session["link"] = found, parts
    if bad:
        session["bad_link"] = bad
    return bad


def _path() -> str:
    """Give the path of the page in the address, without its parameters."""
    return urlsplit(str(st.context.url or "")).path


def settled() -> None:
    """Say that the page is drawn: what runs after this changes widgets only where the view changed."""
    _session()["arrived"] = False


def write_link(vintage: str) -> None:
    """Write the address of the view, where it differs from the one shown."""
    wanted = link.write(view(), vintage)
    session = _session()
    session["link"] = wanted
    if st.query_params.to_dict() != wanted:
        st.query_params.from_dict(wanted)
        session["link_at"] = time.monotonic()


def bad_link() -> tuple[str, ...]:
    """Give the parts of the address that could not be read, once."""
    found: tuple[str, ...] = _session().pop("bad_link", ())
    return found


def show(new: View, *, notice: Notice | Change | None = None) -> None:
    """Show another view; the one before can be brought back."""
    session, old = _session(), view()
    if new == old:
        return
    if new.plan != old.plan:
        session["undo"] = [*session.get("undo", []), old][-KEEP_UNDO:]
        session["notice"] = notice
    session["view"] = new


def undo() -> None:
    """Bring the settings before the last change back."""
    session = _session()
    steps = list(session.get("undo", []))
    if steps:
        before = steps.pop()
        session["undo"] = steps
        session["view"] = view().with_plan(before)
        session["notice"] = Notice("changed_undone")


def can_undo() -> bool:
    """Whether there is a step to take back."""
    return bool(_session().get("undo"))


def notice() -> Notice | Change | None:
    """Give what happened last."""
    found: Notice | Change | None = _session().get("notice")
    return found


def reset() -> None:
    """Put all levers and assumptions back."""
    show(view().as_now(), notice=Notice("changed_reset"))


def set_target(goal: Goal | None) -> None:
    """Set or remove the user's own target."""
    show(replace(view(), target=goal))


def saved() -> tuple[Saved, ...]:
    """Give the scenarios kept in this session."""
    found: tuple[Saved, ...] = _session().get("saved", ())
    return found


def save(name: str) -> Saved | None:
    """Keep the settings under a name; None where four are kept already."""
    free = [letter for letter in LETTERS if letter not in {s.letter for s in saved()}]
    if not free:
        return None
    kept = Saved(free[0], name.strip() or free[0], view())
    _session()["saved"] = tuple(sorted((*saved(), kept), key=lambda s: s.letter))
    return kept


def forget(letter: str) -> None:
    """Remove a kept scenario."""
    _session()["saved"] = tuple(s for s in saved() if s.letter != letter)


def bind(key: str, value: object) -> str:
    """Give a widget's key after setting it to what the view says; call it just before the widget is drawn.

    On arriving at a page every widget is set, even to what it is: the browser has forgotten it, the server has not.
    """
    session = _session()
    if key not in session or session.get("arrived"):
        session[key] = value
    elif session[key] != value:
        session.setdefault("overwritten", {})[key] = (session[key], time.monotonic())
        session[key] = value
    return key


def stale(key: str) -> bool:
    """Whether a widget only says what it said before the app itself changed it.

    The next press may leave the browser before that change has arrived there; it then carries the old value of every
    coupled control along, which nobody put in.
    """
    session = _session()
    before, at = session.get("overwritten", {}).get(key, (None, -math.inf))
    return time.monotonic() - at < ARRIVING and bool(session.get(key) == before)


def chosen(key: str) -> Any:
    """Give what the user put into a widget, inside its callback."""
    return _session().get(key)


def keep(key: str, make: Callable[[], Any]) -> Any:
    """Give something of this session alone, made at first use."""
    session = _session()
    if key not in session:
        session[key] = make()
    return session[key]


def put(key: str, value: Any) -> None:
    """Keep something in this session alone."""
    _session()[key] = value
