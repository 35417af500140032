"""One scenario put on another: what both set is listed, the upper one prevails, the result goes onto the levers."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from dashboard import state
from dashboard.dial import Dial
from dashboard.page import note, say
from dashboard.plan import opened
from dashboard.settings import cell
from dashboard.tables import table
from scenarios.files import resolved
from scenarios.levers import assumptions, levers
from scenarios.scenario import Scenario, over


def clashes(upper: Scenario, lower: Scenario) -> list[str]:
    """Give levers and assumptions that both scenarios set, and set differently.

    Examples
    --------
    >>> halved, doubled = (Scenario(id=i, levers={"trademark_filing_fee": i}) for i in ("halved", "doubled"))
    >>> clashes(halved, doubled), clashes(halved, halved)
    (['trademark_filing_fee'], [])
    """
    a, b = resolved(upper), resolved(lower)
    return [
        name
        for block in ("levers", "assumptions")
        for name in getattr(a, block)
        if name in getattr(b, block) and getattr(a, block)[name] != getattr(b, block)[name]
    ]


def stacking(options: Mapping[str, tuple[str, Scenario]]) -> None:
    """Draw the choice of two scenarios, what they disagree on, and the button that opens the sum.

    Parameters
    ----------
    options : mapping of str to (str, Scenario)
        What can be chosen: name and settings.
    """
    lang = state.view().lang
    fold = st.expander(say("stack_title"), key="w_fold_stack", on_change="rerun")
    if not fold.open or len(options) < 2:
        return
    with fold:
        keys = list(options)
        a, b = st.columns(2)
        first = a.selectbox(say("stack_upper"), keys, key="w_stack_upper", format_func=lambda key: options[key][0])
        second = b.selectbox(
            say("stack_lower"), keys, index=1, key="w_stack_lower", format_func=lambda key: options[key][0]
        )
        (upper_name, upper), (lower_name, lower) = options[str(first)], options[str(second)]
        found = clashes(upper, lower)
        if found:
            note(say("stack_clash", upper=upper_name))
            known = {**levers(), **assumptions()}
            whole = [resolved(upper), resolved(lower)]
            rows = [
                [known[name].title(lang), *(cell(_settings(one, name), Dial(known[name]), lang) for one in whole)]
                for name in found
            ]
            table(pd.DataFrame(rows, columns=[say("col_lever"), upper_name, lower_name]), "stack_clashes", most=6)
        else:
            note(say("stack_no_clash"))
        if st.button(say("stack_open"), key="w_stack_open", icon=":material/layers:"):
            both = over(resolved(upper), resolved(lower)).model_copy(update={"id": "stacked"})
            made = opened(both, state.view()).view
            slots = (("scenario", f"{upper_name} + {lower_name}"), ("n", len(made.levers)))
            state.show(made, notice=state.Notice("changed_opened", slots))
            st.switch_page(state.keep("pages", dict)["levers"])


def _settings(scenario: Scenario, name: str) -> object:
    return scenario.levers.get(name) or scenario.assumptions.get(name)
