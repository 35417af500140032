"""Examples to begin with: scenarios of the library that act on the shown indicator."""

from __future__ import annotations

import streamlit as st

from dashboard import state
from dashboard.dial import grade_on
from dashboard.page import note, say
from dashboard.plan import opened
from dashboard.view import View
from scenarios.files import library, resolved
from scenarios.levers import levers
from scenarios.scenario import Scenario

WEIGHT = {"A": 4, "B": 3, "C": 2, "D": 1}
"""What a lever's grade counts in the order of examples."""


def nearest(view: View, n: int = 3) -> list[Scenario]:
    """Give library scenarios to begin with: the region's own first, then those of the firmest levers that act here."""
    region, indicator = view.series.split(".")[:2]

    def rank(scenario: Scenario) -> tuple[bool, int, str]:
        whole = resolved(scenario)
        made = opened(whole, view).view
        here = [levers()[name] for name in made.levers if indicator in levers()[name].indicators]
        own = any(region in setting.regions for settings in whole.levers.values() for setting in settings or ())
        return not (own and here), -sum(WEIGHT[grade_on(lever, indicator)] for lever in here), scenario.id

    moving = [scenario for scenario in library().values() if resolved(scenario).moves_anything]
    return sorted(moving, key=rank)[:n]


def cards() -> None:
    """Draw up to three examples; one press fills the levers and goes there."""
    view = state.view()
    found = nearest(view)
    if not found:
        return
    st.markdown(f"#### {say('examples')}")
    for place, scenario in zip(st.columns(3), found, strict=False):
        with place.container(border=True, height="stretch"):
            st.markdown(f"**{scenario.titled(view.lang)}**")
            if scenario.description:
                note(scenario.description.of(view.lang))
            if st.button(say("open"), key=f"w_example_{scenario.id}"):
                open_scenario(scenario)
                st.switch_page(state.keep("pages", dict)["levers"])


def open_scenario(scenario: Scenario) -> None:
    """Put a scenario onto the cards and say what was opened."""
    view = state.view()
    made = opened(resolved(scenario), view)
    slots = (("scenario", scenario.titled(view.lang)), ("n", len(made.view.levers)))
    state.show(made.view, notice=state.Notice("changed_opened", slots))
