"""Compare: which plan does better, what differs between them, and who is ahead in the same futures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import streamlit as st

from dashboard import cache, examples, state
from dashboard.causes import standings
from dashboard.charts import chart
from dashboard.dial import Dial
from dashboard.downloads import numbers, offer
from dashboard.formats import Lang, chance, chance_short, change
from dashboard.goals import goal_of
from dashboard.own_sizes import evidence, grade_of
from dashboard.page import footer, guarded, header, how_to_read, note, rich, say, sentence
from dashboard.picture import FanOptions, Line, capped, fan, window
from dashboard.plan import ahead, comparison, scenario_of
from dashboard.saved import options as saved_options
from dashboard.sentences import Goal  # fmt: skip
from dashboard.sentences import comparison as comparison_words
from dashboard.settings import cell, own_rows
from dashboard.spread import spread
from dashboard.stacking import stacking
from dashboard.start import focus_year, no_outlook
from dashboard.subject import Subject
from dashboard.tables import table
from forecast.series import Floats
from scenarios.files import library, resolved
from scenarios.levers import assumptions, levers
from scenarios.scenario import Scenario

if TYPE_CHECKING:
    from scenarios.comparison import Comparison

LETTERS = ("A", "B", "C", "D")
TIE = 0.03
"""Chances closer than this are called equal."""


@dataclass(frozen=True, eq=False)
class Plan:
    """One scenario on the page: its letter and hue, its name, its settings, its result."""

    letter: str
    title: str
    scenario: Scenario
    result: Comparison

    @property
    def name(self) -> str:
        """Letter and title."""
        return f"{self.letter} · {self.title}"


@guarded
def page() -> None:
    """Draw the page."""
    named = header("q_compare")
    if not cache.has_history(named.key):
        no_outlook(named)
        return
    plans = _chosen(named)
    if not plans:
        st.info(say("nothing_moved"), icon=":material/tune:")
        footer()
        return
    view = state.view()
    known = cache.known_until(named.key)
    goal = goal_of(view, named, known)
    year = focus_year(view.until, known, goal)
    st.markdown(f"#### {say('inputs_differ')}")
    differs(plans, named, view.lang)
    st.markdown(f"#### {say('results')}")
    lines = multiples(plans, named, goal, year)
    verdict(plans, named, goal, year)
    left, right = st.columns(2, gap="medium")
    with left:
        st.markdown(f"#### {say('chances')}")
        chance_table(plans, named, goal)
    with right:
        st.markdown(f"#### {say('who_ahead')}")
        ahead_table(plans, named, year)
    guarded(lambda: standings([(plan.name, plan.scenario) for plan in plans], named, goal, year))()
    guarded(lambda: stacking(_options()))()
    with st.container(horizontal=True, gap="small"):
        how_to_read()
        past = cache.past(named.key, view.lang)
        offer(None, lambda: numbers(named, lines, past.hist, view.until), named, "compare")
    footer()


def _options() -> dict[str, tuple[str, Scenario]]:
    """Give everything that can be compared: what is on the cards, what is saved, what the library holds."""
    view = state.view()
    found: dict[str, tuple[str, Scenario]] = {}
    if view.moved:
        found["now"] = (say("my_scenario"), scenario_of(view))
    for kept in state.saved():
        found[f"saved-{kept.letter}"] = (
            f"{kept.name} ({say('saved_here')})",
            scenario_of(kept.view, f"saved-{kept.letter.lower()}"),
        )
    found |= saved_options()
    for name, scenario in library().items():
        found[f"lib-{name}"] = (scenario.titled(view.lang), scenario)
    return found


def _chosen(named: Subject) -> list[Plan]:
    options = _options()
    saved = [key for key in options if key.startswith("saved-")]
    near = [f"lib-{scenario.id}" for scenario in examples.nearest(state.view(), 3)]
    default = [key for key in ("now", *saved, *near) if key in options][:3]
    kept: list[str] = state.keep("compared", lambda: default)
    known = [key for key in kept if key in options] or default
    if "now" in options and "now" not in known and not state.keep("compare_touched", lambda: False):
        known = ["now", *known][:3]

    def changed() -> None:
        state.put("compared", list(state.chosen("w_compare")))
        state.put("compare_touched", True)

    st.multiselect(
        say("choose_scenarios"), list(options), key=state.bind("w_compare", known), max_selections=4,
        placeholder=say("choose"), format_func=lambda key: options[key][0], on_change=changed,
    )  # fmt: skip
    plans = []
    for letter, key in zip(LETTERS, known, strict=False):
        title, scenario = options[key]
        result = cache.library_result(scenario.id) if key.startswith("lib-") else _own(key, scenario)
        plans.append(Plan(letter, title, scenario, result))
    return plans


def _own(key: str, scenario: Scenario) -> Comparison:
    """Run a scenario of this session; its result stays in the session."""
    from scenarios.engine import run

    if key == "now":
        return comparison(state.view())
    kept: dict[str, Comparison] = state.keep("own_results", dict)
    name = str(scenario)
    if name not in kept:
        kept[name] = run(scenario, cache.outlook())
        while len(kept) > 8:
            kept.pop(next(iter(kept)))
    return kept[name]


def differs(plans: Sequence[Plan], named: Subject, lang: Lang) -> None:
    """Draw the inputs, only where the plans differ."""
    whole = [resolved(plan.scenario) for plan in plans]
    rows = [
        [title, say("own_size_mark"), *sizes]
        for title, sizes in own_rows(whole, lang)
        if len(set(sizes)) > 1 or len(plans) == 1
    ]
    for block, known in (("levers", levers()), ("assumptions", assumptions())):
        names = dict.fromkeys(name for scenario in whole for name in getattr(scenario, block))
        for name in names:
            if name not in known:
                continue
            cells = [cell(getattr(scenario, block).get(name), Dial(known[name]), lang) for scenario in whole]
            if len(set(cells)) == 1 and len(plans) > 1:
                continue
            owns = {effect for scenario in whole for effect in scenario.effects}
            grade = grade_of(known[name], named.indicator, owns) if block == "levers" else ""
            rows.append([known[name].title(lang), evidence(grade, lang) if grade else say("assumptions_block"), *cells])
    if not rows:
        note(say("all_same"))
        return
    heads = [say("col_lever"), say("col_evidence"), *(plan.name for plan in plans)]
    first = 280 if len(plans) < 4 else 190
    widths = [first, 80, *((1050 - first) // len(plans) for _ in plans)]
    columns = {head: st.column_config.TextColumn(width=width) for head, width in zip(heads, widths, strict=True)}
    table(pd.DataFrame(rows, columns=heads), "differs", most=9, columns=columns)


def multiples(plans: Sequence[Plan], named: Subject, goal: Goal | None, year: int) -> list[Line]:
    """Draw one small chart a plan on shared axes, with the reference in each."""
    view = state.view()
    known, past = cache.known_until(named.key), cache.past(named.key, view.lang)
    span = (max(window(past.first, known, view.until)[0], known - 7), view.until)
    reference = Line("reference", say("reference"), cache.baseline(named.key), band=False)
    lines = [Line(plan.letter, plan.name, spread(*ahead(plan.result, named.key, "scenario"))) for plan in plans]
    cut = [Line(x.role, x.label, x.spread.until(view.until), x.band) for x in lines]
    cap, reach = capped(cut, past.since(span[0]))
    top = cap if cap is not None else max(reach, max((r["y"] for r in past.since(span[0]).hist), default=0.0))
    for place, plan, line in zip(st.columns(max(len(plans), 2)), plans, lines, strict=False):
        with place:
            st.markdown(f"**{plan.name}**")
            options = FanOptions(span[0], 280, goal, (), [], [], False, top, cap, words=False)
            frames = fan(named, [reference, line], past, view.lang, until=view.until, options=options)
            words = result_words(plan, named, goal, year, view.lang)
            chart(
                "fan", f"compare_{plan.letter}", frames, alt=f"{plan.name}. {' '.join(words)}", unit=named.unit,
                window=span, height=280,
            )  # fmt: skip
            st.markdown("  \n".join(rich(text) for text in words), unsafe_allow_html=True)
    return [Line("reference", say("reference"), cache.baseline(named.key)), *lines]


def _ratio(plan: Plan, named: Subject, year: int) -> tuple[float, float, float]:
    at = plan.result.years.index(year)
    base, moved = cache.outlook().of(named.key)[at], plan.result.of(named.key)[at]
    lo, mid, hi = np.quantile(moved / np.where(base != 0, base, 1.0) - 1.0, [0.1, 0.5, 0.9])
    return float(lo), float(mid), float(hi)


def result_words(plan: Plan, named: Subject, goal: Goal | None, year: int, lang: Lang) -> list[str]:
    """Say in one or two lines what a plan comes to."""
    lo, mid, hi = _ratio(plan, named, year)
    out = [say("compare_line", year=year, d50=change(mid), d10=change(lo), d90=change(hi))]
    if goal is not None and goal.year in plan.result.years:
        out.append(say("compare_target", chance=chance(_meets(plan, named, goal), lang)))
    return out


def _meets(plan: Plan, named: Subject, goal: Goal) -> float:
    at = plan.result.years.index(goal.year)
    return float((plan.result.of(named.key)[at] >= goal.value).mean())


def _win(a: Floats, b: Floats) -> float:
    return float((a > b).mean() + 0.5 * (a == b).mean())


def verdict(plans: Sequence[Plan], named: Subject, goal: Goal | None, year: int) -> None:
    """Say which plan does better, or that two do about equally well."""
    if len(plans) < 2:
        return
    lang = state.view().lang
    medians = {plan.letter: _ratio(plan, named, year)[1] for plan in plans}
    score = {p.letter: _meets(p, named, goal) for p in plans} if goal is not None else medians
    first, second = sorted(plans, key=lambda p: (-score[p.letter], -medians[p.letter]))[:2]
    w = first.result.ahead(second.result, named.key, year)
    if np.array_equal(first.result.of(named.key), second.result.of(named.key)):
        sentence(say("same_result", a=first.name, b=second.name))
        return
    gap = score[first.letter] - score[second.letter]
    clear = gap >= TIE if goal is not None else abs(w - 0.5) > 0.1
    sentence(comparison_words(first.name, second.name, year, w, clear, lang))


def chance_table(plans: Sequence[Plan], named: Subject, goal: Goal | None) -> None:
    """Draw the chance by year: of the target, or of being ahead of the reference baseline."""
    view = state.view()
    years = cache.outlook().years
    start = years.index(cache.known_until(named.key)) + 1
    note(say("chance_at_least", target=named.figure(goal.value, view.lang)) if goal else say("chances_growth"))
    rows = []
    for at in range(start, years.index(view.until) + 1):
        row: dict[str, str] = {say("col_year"): str(years[at])}
        base = cache.outlook().of(named.key)[at]
        if goal is not None:
            row[say("reference")] = chance_short(float((base >= goal.value).mean()), view.lang)
        for plan in plans:
            moved = plan.result.of(named.key)[at]
            p = float((moved >= goal.value).mean()) if goal is not None else _win(moved, base)
            same = goal is None and np.array_equal(moved, base)
            row[plan.name] = say("as_reference") if same else chance_short(p, view.lang)
        rows.append(row)
    table(pd.DataFrame(rows), f"chance_table_{len(plans)}_{view.until}", most=10)


def ahead_table(plans: Sequence[Plan], named: Subject, year: int) -> None:
    """Draw who is ahead of whom in the same futures."""
    note(say("ahead_note", year=year))
    at, lang = cache.outlook().years.index(year), state.view().lang
    everyone = [(say("reference"), cache.outlook().of(named.key)[at])]
    everyone += [(plan.name, plan.result.of(named.key)[at]) for plan in plans]
    frame = pd.DataFrame(
        [[a, *("–" if a == b else chance_short(_win(x, y), lang) for b, y in everyone)] for a, x in everyone],
        columns=["", say("reference"), *(plan.letter for plan in plans)],
    )
    table(frame, f"ahead_{len(plans)}")
