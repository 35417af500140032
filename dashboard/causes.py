"""What the spread of a result comes from, and how plans stand over many futures: where each fails, what one regrets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from dashboard import cache, state
from dashboard.charts import chart
from dashboard.formats import chance_short, number
from dashboard.page import note, say
from dashboard.sentences import Goal
from dashboard.subject import Subject
from dashboard.tables import table
from dashboard.templates import Rows
from scenarios.scenario import Goal as ScenarioGoal
from scenarios.scenario import Scenario

if TYPE_CHECKING:
    from scenarios.robustness import Robustness


def tried(scenarios: Sequence[Scenario], named: Subject, goal: Goal | None, year: int) -> Robustness:
    """Try scenarios in many futures under other assumptions; the same question of a session is answered once.

    Without a target, the middle of the baseline is what is to be met.
    """
    from scenarios.robustness import robustness

    value = goal.value if goal is not None else cache.baseline(named.key).at(year).y
    asked = ScenarioGoal(
        region=named.region, indicator=named.indicator, year=goal.year if goal is not None else year, at_least=value
    )
    kept: dict[str, Robustness] = state.keep("tried", dict)
    key = repr((scenarios, asked))
    if key not in kept:
        kept[key] = robustness(scenarios, asked, cache.outlook())
        while len(kept) > 4:
            kept.pop(next(iter(kept)))
    return kept[key]


def causes_of_spread(scenario: Scenario, named: Subject, goal: Goal | None, year: int) -> None:
    """Draw what the spread comes from, when the reader opens it."""
    if named.scope:
        return
    fold = st.expander(say("spread_title"), key="w_fold_spread", on_change="rerun")
    if not fold.open:
        return
    with fold:
        with st.spinner(say("trying")):
            found = tried([scenario], named, goal, year)
        rows = cause_rows(found)
        if not rows:
            note(say("spread_none"))
            return
        words = "; ".join(f"{row['name']} {row['label']}" for row in rows)
        chart("causes", "causes", {"causes": rows}, alt=f"{say('spread_title')}: {words}", rows=len(rows))
        note(say("spread_note", n=number(found.n_futures, state.view().lang), year=found.goal.year))


def cause_rows(found: Robustness) -> Rows:
    """Give one bar a cause whose share can be told from nothing."""
    from scenarios.robustness import input_title

    lang = state.view().lang
    return [
        {
            "name": input_title(name, lang), "order": order, "share": max(share, 0.0), "lo": max(share - half, 0.0),
            "hi": min(share + half, 1.0), "label": f"{share:.0%}",
        }
        for order, (name, (share, half)) in enumerate(found.standings[0].drivers.items())
    ]  # fmt: skip


def standings(plans: Sequence[tuple[str, Scenario]], named: Subject, goal: Goal | None, year: int) -> None:
    """Draw how plans stand over many futures, when the reader opens it.

    Parameters
    ----------
    plans : sequence of (str, Scenario)
        Name on the page and settings; at least one.
    named : Subject
    goal : Goal, optional
    year : int
    """
    from scenarios.robustness import condition_words

    if named.scope:
        return
    lang = state.view().lang
    fold = st.expander(say("standing_title"), key="w_fold_standing", on_change="rerun")
    if not fold.open:
        return
    with fold:
        with st.spinner(say("trying")):
            # Two plans may share an id of the library; the engine tells them apart by place.
            given = [one.model_copy(update={"id": f"plan-{i}"}) for i, (_, one) in enumerate(plans)]
            found = tried(given, named, goal, year)
        target = named.figure(found.goal.at_least, lang)
        note(say("standing_note", n=number(found.n_futures, state.view().lang), target=target, year=found.goal.year))
        heads = [say("col_plan_name"), say("col_met"), say("col_best"), say("col_regret"), say("col_regret_most")]
        rows = [
            (name, chance_short(s.met, lang), chance_short(s.best, lang), f"{s.regret_usual:.1%}", f"{s.regret:.1%}")
            for (name, _), s in zip(plans, found.standings, strict=True)
        ]
        table(pd.DataFrame(rows, columns=heads), f"standings_{len(plans)}")
        joint = "：" if lang == "zh" else ": "
        for (name, _), s in zip(plans, found.standings, strict=True):
            if s.failing is not None:
                note(f"**{name}**{joint}{condition_words(s.failing, lang)}")
