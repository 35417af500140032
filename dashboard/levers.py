"""Levers: what a change of policy would do, and how sure that is. The main page."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from dashboard import cache, state
from dashboard.dial import Dial
from dashboard.lever_card import assumption_card, card
from dashboard.lever_picture import picture
from dashboard.page import footer, guarded, header, note, say
from dashboard.start import no_outlook
from dashboard.subject import Subject, subject
from scenarios.engine import levers_for
from scenarios.levers import Lever, assumptions, levers

GROUPS = (
    "protection_and_examination", "rd_and_tax", "finance", "fees_and_subsidies", "commercialisation", "brands_and_gi",
    "international", "regional_programmes",
)  # fmt: skip
FIRST_CARDS = 8
"""Cards shown at once; the rest stand under "More levers"."""


@guarded
def page() -> None:
    """Draw the page."""
    named = header("q_levers")
    if not cache.has_history(named.key):
        no_outlook(named)
        return
    _body()
    footer()


@st.fragment
def _body() -> None:
    # Cards and picture change together, so they are one fragment; the context bar stands outside it.
    guarded(_draw)()
    state.write_link(cache.vintage())


def _draw() -> None:
    view = state.view()
    named = subject(view.series)
    if view.present:
        picture(named)
        _presenting()
        return
    left, right = st.columns([1, 1.55], gap="medium")
    # The picture stays in sight while the cards scroll; the style hangs on this key.
    with right, st.container(key="ipf_picture"):
        guarded(lambda: picture(named))()
    with left:
        guarded(lambda: _controls(named))()


def _presenting() -> None:
    """Draw the few controls of the presentation: arrow keys step through kept scenarios, Esc leaves."""
    kept = state.saved()
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if kept:
            st.button(
                say("earlier_plan"), key="w_earlier", icon=":material/chevron_left:", type="tertiary", shortcut="Left",
                on_click=_step, args=(-1,),
            )  # fmt: skip
            st.button(
                say("later_plan"), key="w_later", icon=":material/chevron_right:", type="tertiary", shortcut="Right",
                on_click=_step, args=(1,),
            )  # fmt: skip
            here = next((one for one in kept if one.view.plan == state.view().plan), None)
            if here is not None:
                st.markdown(f"**{here.letter} · {here.name}**")
        st.button(
            say("leave"), key="w_leave", icon=":material/close_fullscreen:", type="tertiary", shortcut="Esc",
            on_click=lambda: state.show(replace(state.view(), present=False)),
        )  # fmt: skip


def _step(by: int) -> None:
    """Show the kept scenario before or after the one that is shown, from the last on to the first."""
    kept, view = state.saved(), state.view()
    at = next((i for i, one in enumerate(kept) if one.view.plan == view.plan), -1 if by > 0 else 0)
    one = kept[(at + by) % len(kept)]
    slots = (("scenario", one.name), ("n", len(one.view.levers)))
    state.show(view.with_plan(one.view), notice=state.Notice("changed_opened", slots))


def _controls(named: Subject) -> None:
    view = state.view()
    counts = {"levers": len(view.levers), "assumptions": len(view.assumptions)}
    tab = st.segmented_control(
        say("levers_page"), ("levers", "assumptions"), required=True, label_visibility="collapsed", key="w_tab",
        default="levers", format_func=lambda name: say(f"{name}_tab", n=counts[name]),
    )  # fmt: skip
    if tab == "assumptions":
        with st.container(key="ipf_assumptions"):
            note(say("assumptions_note"))
            for lever in assumptions().values():
                assumption_card(lever, named)
        return
    _lever_cards(named)


def _lever_cards(named: Subject) -> None:
    lang = state.view().lang
    here = levers_for(named.indicator)
    national = named.region != "CN"
    own = [lever for lever in here if not (national and Dial(lever).national)]
    by_nation = [lever for lever in here if national and Dial(lever).national]
    elsewhere = [lever for lever in levers().values() if lever not in here]
    if not here:
        nearest = ("、" if lang == "zh" else ", ").join(lever.title(lang) for lever in elsewhere[:3])
        st.info(say("error_no_levers", indicator=named.title(lang), list=nearest), icon=":material/tune:")
    first = own[:FIRST_CARDS]
    for group in sorted({lever.record.group for lever in first}, key=_place):
        st.markdown(f"**{say('group_' + group)}**")
        for lever in first:
            if lever.record.group == group:
                card(lever, named)
    _folded("more", say("more_levers"), own[FIRST_CARDS:], named)
    _folded("nation", say("by_nation", n=len(by_nation)), by_nation, named, remark=say("warn_national"))
    _folded("other", say("other_levers"), elsewhere, named, outcomes=True)


def _place(group: str) -> int:
    return GROUPS.index(group) if group in GROUPS else len(GROUPS)


def _folded(
    name: str, title: str, chosen: list[Lever], named: Subject, *, remark: str = "", outcomes: bool = False
) -> None:
    """Draw cards that stay folded until one of them is moved or the reader opens them.

    What is folded is not drawn at all: fifty hidden cards would make every press slow.
    """
    if not chosen:
        return
    view = state.view()
    moved = any(lever.id in view.levers for lever in chosen)
    fold = st.expander(title, expanded=moved, key=f"w_fold_{name}_{moved}", on_change="rerun")
    if not fold.open:
        return
    with fold:
        if remark:
            note(remark)
        found = chosen
        if len(chosen) > FIRST_CARDS:
            text = st.text_input(say("search_lever"), key=f"w_find_{name}") or ""
            found = [lever for lever in chosen if _matches(lever, text) or lever.id in view.levers]
            # Those that are moved stand first, and a long list is cut: the search finds the rest.
            found = sorted(found, key=lambda lever: lever.id not in view.levers)[:FIRST_CARDS]
        for lever in found:
            if outcomes and lever.indicators:
                note("→ " + cache.indicator_title(lever.indicators[0], view.lang))
            card(lever, named)


def _matches(lever: Lever, text: str) -> bool:
    hay = f"{lever.id} {lever.title('en')} {lever.title('zh')}".casefold()
    return all(piece in hay for piece in text.casefold().split())
