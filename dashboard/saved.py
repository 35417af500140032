"""Saved scenarios: put the view on the server's shelf, see who saved what and when, compare versions, open one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from urllib.parse import parse_qsl, urlencode

import pandas as pd
import streamlit as st

from dashboard import cache, link, state
from dashboard.formats import Lang
from dashboard.page import guarded, note, say
from dashboard.people import person
from dashboard.plan import scenario_of
from dashboard.settings import changes
from dashboard.shelf import LONGEST, Shelf, Version, database, shelf
from dashboard.tables import table
from dashboard.told import told_error
from forecast.errors import InputError
from scenarios.files import parse_scenario
from scenarios.scenario import Scenario, to_yaml

SHOWN = 200
"""Scenarios listed at most, the newest."""


def opened_shelf() -> Shelf:
    """Give the shelf of this server."""
    return shelf(database())


def section() -> None:
    """Draw the section of the page Share."""
    st.markdown(f"#### {say('saved_title')}")
    guarded(_section)()


def _section() -> None:
    note(say("saved_note"))
    kept = opened_shelf()
    told = state.keep("shelf_told", lambda: "")
    if told:
        st.success(told, icon=":material/check:")
        state.put("shelf_told", "")
    left, right = st.columns([1, 1.6], gap="large")
    with left:
        _save(kept)
    with right:
        found = kept.latest()[:SHOWN]
        if not found:
            note(say("saved_empty"))
            return
        _list(kept, found)


def _save(kept: Shelf) -> None:
    who = person()
    if not who.may("planner"):
        note(say("saved_viewer"))
        return
    view = state.view()
    if not view.moved:
        note(say("saved_needs_move"))
        return
    with st.form("w_shelf", border=False, enter_to_submit=False):
        st.text_input(say("scenario_name"), key="w_shelf_name", max_chars=LONGEST["name"])
        if not who.name:
            st.text_input(say("save_author"), key="w_shelf_author", max_chars=LONGEST["author"])
        st.text_input(say("save_note"), key="w_shelf_note", max_chars=LONGEST["note"])
        st.form_submit_button(say("save_on_server"), on_click=_told, args=(lambda: _saved(kept),), type="primary")


def _told(act: Callable[[], str]) -> None:
    """Do something from a callback and keep what there is to say for the page that follows."""
    try:
        state.put("shelf_told", act())
    except InputError as error:
        state.put("shelf_refused", told_error(error, state.view().lang))


def _saved(kept: Shelf) -> str:
    view, who = state.view(), person()
    name = str(state.chosen("w_shelf_name") or "").strip()
    if not who.may("planner"):
        return say("saved_viewer")
    made = kept.save(
        name, to_yaml(scenario_of(view)),
        author=(who.name or str(state.chosen("w_shelf_author") or ""))[: LONGEST["author"]],
        note=str(state.chosen("w_shelf_note") or ""), link=urlencode(link.write(view, cache.vintage()), safe="~"),
    )  # fmt: skip
    state.put("w_shelf_pick", made.name)
    return say("saved_done", name=made.name, number=made.number)


def _list(kept: Shelf, found: tuple[Version, ...]) -> None:
    lang = state.view().lang
    refused = state.keep("shelf_refused", lambda: "")
    if refused:
        st.error(refused, icon=":material/error:")
        state.put("shelf_refused", "")
    names = [version.name for version in found]
    name = st.selectbox(say("saved_pick"), names, key="w_shelf_pick")
    versions = kept.versions(str(name))
    if not versions:
        note(say("saved_missing", name=name))
        return
    heads = [say("col_version"), say("col_author"), say("col_saved"), say("save_note")]
    rows = [[v.number, v.author or "–", v.saved.strftime("%Y-%m-%d %H:%M"), v.note or "–"] for v in versions]
    table(pd.DataFrame(rows, columns=heads), f"shelf_{name}_{len(rows)}", most=5)
    by_number = {v.number: v for v in versions}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        numbers = list(by_number)
        number = int(st.selectbox(say("col_version"), numbers, key=f"w_shelf_version_{name}", width=110) or numbers[0])
        chosen = by_number[number]
        st.button(say("saved_open"), key="w_shelf_open", on_click=_open, args=(chosen,), type="primary")
        if person().may("administrator"):
            st.button(
                say("saved_remove"), key="w_shelf_remove", type="tertiary", icon=":material/delete:",
                on_click=_told, args=(lambda: _removed(kept, str(name)),),
            )  # fmt: skip
    if state.keep("shelf_opened", lambda: False):
        state.put("shelf_opened", False)
        st.switch_page(state.keep("pages", dict)["levers"])
    if len(versions) > 1:
        others = [v.number for v in versions if v.number != number]
        before = int(st.selectbox(say("saved_against"), others, key=f"w_shelf_against_{name}_{number}", width=160) or 1)
        st.markdown(f"**{say('saved_diff')}**")
        _changes(by_number[before], chosen, lang)


def _open(version: Version) -> None:
    """Show the view that was saved; the language stays the reader's."""
    found, _ = link.read(dict(parse_qsl(version.link)), cache.known())
    slots = (("scenario", f"{version.name} ({version.number})"), ("n", len(found.levers)))
    state.show(replace(found, lang=state.view().lang), notice=state.Notice("changed_opened", slots))
    state.put("shelf_opened", True)


def _removed(kept: Shelf, name: str) -> str:
    if not person().may("administrator"):
        return say("saved_viewer")
    kept.remove(name)
    return say("saved_removed", name=name)


def _changes(before: Version, after: Version, lang: Lang) -> None:
    try:
        rows = changes(parse_scenario(before.text), parse_scenario(after.text), lang)
    except InputError as error:
        # A lever may have left the catalogue since.
        st.warning(say("saved_unreadable", what=error.what), icon=":material/warning:")
        return
    if not rows:
        note(say("saved_same"))
        return
    heads = [say("col_lever"), f"{say('col_version')} {before.number}", f"{say('col_version')} {after.number}"]
    table(pd.DataFrame(rows, columns=heads), f"shelf_diff_{before.number}_{after.number}")


def options() -> dict[str, tuple[str, Scenario]]:
    """Give the saved scenarios for the page Compare: key, title, scenario; none where the database does not answer."""
    try:
        found = opened_shelf().latest()[:SHOWN]
    except InputError:
        return {}
    made: dict[str, tuple[str, Scenario]] = {}
    for version in found:
        try:
            scenario = parse_scenario(version.text)
        except InputError:
            continue
        made[f"shelf-{version.name}"] = (f"{version.name} · {say('col_version')} {version.number}", scenario)
    return made
