"""Reach a target: which levers meet it with the wanted chance, at what effort, in which other ways, or not at all."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from dashboard import cache, state
from dashboard.charts import chart
from dashboard.dial import COLOURS, Dial, bars
from dashboard.formats import Lang, chance, chance_short
from dashboard.goals import goal_of, value_input
from dashboard.own_sizes import OWN, grade_of, owned
from dashboard.page import footer, guarded, header, note, say, sentence, warning
from dashboard.plan import opened, scenario_of
from dashboard.sentences import Goal
from dashboard.start import focus_year, no_outlook
from dashboard.subject import Subject, lowered
from dashboard.tables import table
from dashboard.view import Own, View
from dashboard.waiting import started, waited
from forecast.errors import InputError
from scenarios.engine import levers_for
from scenarios.levers import levers
from scenarios.scenario import Goal as ScenarioGoal
from scenarios.scenario import Scenario

if TYPE_CHECKING:
    from forecast.outlook import Outlook
    from scenarios.reach import Reach, Way

WANTED = (0.5, 0.65, 0.8, 0.9)
"""Chances to choose from."""

FIRST_WANTED = 0.8


@dataclass(frozen=True)
class Question:
    """What is asked: series, target, chance, levers that may move with their efforts, and how far."""

    series: str
    value: float
    year: int
    wanted: float
    movable: tuple[str, ...]
    efforts: tuple[tuple[str, float], ...]
    beyond: bool
    plan: tuple[tuple[tuple[str, float], ...], tuple[tuple[str, Own], ...]] = ((), ())
    """Assumptions and own sizes of effects, which hold whatever the levers do."""


@guarded
def page() -> None:
    """Draw the page."""
    subject = header("q_reach")
    if not cache.has_history(subject.key):
        no_outlook(subject)
        return
    if subject.scope:
        st.info(say("reach_main_only"), icon=":material/info:")
        footer()
        return
    question = _form(subject)
    try:
        answer = _answer(question)
    except InputError:
        st.info(say("reach_none"), icon=":material/info:")
        footer()
        return
    if answer is None:
        st.info(say("cancelled", again=say("reach_search")), icon=":material/cancel:")
        footer()
        return
    words = reach_words(answer, subject, state.view().lang)
    sentence(words)
    movable = [levers()[name] for name in question.movable]
    if not any(lever.size_known or owned(lever, subject.indicator, state.view().effects) for lever in movable):
        warning(say("reach_only_direction"))
    ways = [way for way in answer.ways or (answer.best,) if any(way.steps)]
    if len(ways) == 1:
        # One card leaves room for the curve beside it.
        left, right = st.columns([1, 2], gap="medium")
        with left.container(border=True):
            _card(answer, ways[0], subject)
        with right:
            _frontier(answer)
    else:
        _cards(answer, ways, subject)
        _frontier(answer)
    _unused(answer)
    note(say("reach_note"))
    footer()


def _form(subject: Subject) -> Question:
    """Draw the question, filled with the target of the page or one a little above the outlook."""
    view = state.view()
    known = cache.known_until(subject.key)
    goal = goal_of(view, subject, known)
    year = focus_year(view.until, known, goal)
    start = goal.value if goal is not None else float(f"{1.1 * cache.baseline(subject.key).at(year).y:.2g}")
    near = [lever for lever in levers_for(subject.indicator) if not lever.record.thought_experiment]
    measured = [lever.id for lever in near if lever.size_known or owned(lever, subject.indicator, view.effects)]
    ends = f"{subject.key}_{start:g}_{year}"
    with st.form(f"reach_{ends}", border=True):
        a, b, c, d = st.columns([2, 1.2, 2.4, 1.2], vertical_alignment="bottom")
        with a:
            value = value_input(subject, start, f"w_reach_v_{ends}")
        when = b.number_input(
            say("target_year"), min_value=known + 1, max_value=cache.LAST_YEAR, value=year, step=1,
            key=f"w_reach_y_{ends}",
        )  # fmt: skip
        wanted = c.segmented_control(
            say("reach_chance"), WANTED, required=True, default=FIRST_WANTED, format_func=lambda p: f"{p:.0%}",
            key=f"w_reach_p_{ends}",
        )  # fmt: skip
        with d:
            st.form_submit_button(
                say("reach_search"), type="primary", icon=":material/search:", width="stretch", on_click=_again
            )
        movable = st.multiselect(
            say("reach_levers"), [lever.id for lever in near], default=measured or [lever.id for lever in near],
            placeholder=say("choose"), key=f"w_reach_l_{ends}",
            format_func=lambda name: _lever_option(name, subject.indicator, view.lang),
        )  # fmt: skip
        with st.expander(say("reach_efforts")):
            note(say("reach_efforts_help"))
            edited = st.data_editor(
                pd.DataFrame({"lever": [lever.title(view.lang) for lever in near],
                              "effort": [lever.record.effort for lever in near]}),
                hide_index=True, disabled=["lever"], key=f"w_reach_e_{ends}_{view.lang}",
                column_config={
                    "lever": st.column_config.TextColumn(say("levers_page"), width="large"),
                    "effort": st.column_config.NumberColumn(say("reach_efforts"), min_value=0.01, max_value=1000.0),
                },
            )  # fmt: skip
            beyond = st.checkbox(say("reach_beyond"), help=say("reach_beyond_help"), key=f"w_reach_b_{ends}")
    efforts = [float(e) if e is not None and e > 0 else 1.0 for e in edited["effort"]]
    named = tuple((lever.id, effort) for lever, effort in zip(near, efforts, strict=True) if lever.id in movable)
    return Question(
        subject.key, value or start, int(when), float(wanted or FIRST_WANTED), tuple(movable), named,
        bool(beyond), (tuple(view.assumptions.items()), tuple(view.effects.items())),
    )  # fmt: skip


def _lever_option(name: str, indicator: str, lang: Lang) -> str:
    lever = levers()[name]
    grade = grade_of(lever, indicator, state.view().effects)
    return f"{lever.title(lang)} {say('own_size_mark') if grade == OWN else bars(grade)}"


def _answer(question: Question) -> Reach | None:
    """Give the answer, or None where the search was cancelled; a question of a session is searched once."""
    kept: dict[Question, Future[Reach]] = state.keep("reached", dict)
    if question not in kept:
        shared = cache.outlook()
        within = scenario_of(replace(state.view(), levers=View().levers, target=None), "now")
        kept[question] = started(lambda: _search(question, shared, within))
        while len(kept) > 8:
            kept.pop(next(iter(kept))).cancel()
    made = kept[question]
    return waited(made, say("reach_searching"), key="w_reach_cancel", cancel=made.cancel)


def _search(question: Question, shared: Outlook, within: Scenario) -> Reach:
    from scenarios.reach import reach

    region, indicator = question.series.split(".")
    goal = ScenarioGoal(
        region=region, indicator=indicator, year=question.year, at_least=question.value, chance=question.wanted
    )
    return reach(
        goal, shared, movable=question.movable or None, efforts=dict(question.efforts), within=within,
        limits="possible" if question.beyond else "studied",
    )  # fmt: skip


def _again() -> None:
    """Forget what was cancelled, so that the button searches anew."""
    kept: dict[Question, Future[Reach]] = state.keep("reached", dict)
    for question in [q for q, made in kept.items() if made.cancelled()]:
        del kept[question]


def reach_words(answer: Reach, subject: Subject, lang: Lang) -> str:
    """Say in one sentence whether and how the target is reached."""
    goal = answer.goal
    slots = {"target": subject.figure(goal.at_least, lang), "year": goal.year, "p": f"{goal.chance:.0%}"}
    if not answer.reachable:
        later = "" if answer.later is None else say("reach_later", year=answer.later, **{"p": slots["p"]})
        words = say(
            "reach_not", chance=chance(answer.best.chance, lang), now=chance_short(answer.now, lang),
            sure=subject.figure(answer.certain, lang), **slots,
        )  # fmt: skip
        return f"{words}{'' if lang == 'zh' else ' '}{later}".strip()
    first = answer.positions(answer.ways[0])
    if not first:
        return say("reach_met", chance=chance(answer.now, lang), **slots)
    knob, position, _ = first[0]
    level = Dial(knob.lever).level(position, lang)
    key = "reach_found" if len(answer.ways) > 1 else "reach_found_one"
    return say(key, n=len(answer.ways), lever=lowered(knob.lever.title(lang), lang), level=level, **slots)


def _cards(answer: Reach, ways: list[Way], subject: Subject) -> None:
    """Draw the ways side by side, each ready to be loaded."""
    for i in range(0, len(ways), 3):
        for place, way in zip(st.columns(3), ways[i : i + 3], strict=False):
            with place.container(border=True, height="stretch"):
                _card(answer, way, subject)


def _card(answer: Reach, way: Way, subject: Subject) -> None:
    lang = state.view().lang
    st.markdown(f"**{say(f'reach_{way.kind}')}**")
    note(say("reach_effort", effort=f"{way.effort:.2f}", chance=chance(way.chance, lang),
             policy=chance_short(way.around_policy, lang)))  # fmt: skip
    for knob, position, _ in answer.positions(way):
        grade = grade_of(knob.lever, subject.indicator, state.view().effects)
        joint = "：" if lang == "zh" else ": "
        text = f"{knob.lever.title(lang)}{joint}**{Dial(knob.lever).level(position, lang)}**"
        mark = "violet" if grade == OWN else COLOURS[grade].replace("grey", "gray")
        st.markdown(f"- {text} :{mark}-badge[{say('own_size_mark') if grade == OWN else grade}]")
    if st.button(say("reach_load"), key=f"w_reach_load_{way.kind}", icon=":material/tune:"):
        _load(answer, way)


def _load(answer: Reach, way: Way) -> None:
    """Put a way onto the cards of the page Levers, with its target, and go there."""
    view = state.view()
    made = opened(way.scenario, view).view
    goal = Goal(answer.goal.at_least, answer.goal.year)
    slots = (("scenario", say(f"reach_{way.kind}")), ("n", len(made.levers)))
    state.show(replace(made, target=goal), notice=state.Notice("changed_opened", slots))
    st.switch_page(state.keep("pages", dict)["levers"])


def _frontier(answer: Reach) -> None:
    """Draw least effort against chance, and its numbers; nothing where there is one point only."""
    if len(answer.frontier) < 2:
        return
    lang = state.view().lang
    st.markdown(f"#### {say('reach_frontier')}")
    points = [{"x": 0.0, "y": answer.now, "tip": chance_short(answer.now, lang)}]
    rows = []
    for way in answer.frontier:
        moved = "; ".join(
            f"{k.lever.title(lang)} {Dial(k.lever).level(value, lang)}" for k, value, _ in answer.positions(way)
        )
        if way.effort > 0:
            points.append({"x": way.effort, "y": way.chance, "tip": f"{chance_short(way.chance, lang)}: {moved}"})
        rows.append({say("reach_axis_chance"): f"{way.chance:.1%}", say("reach_effort_short"): f"{way.effort:.2f}",
                     say("levers_page"): moved})  # fmt: skip
    goal = answer.goal
    frames = {"points": points, "wanted": [{"y": goal.chance, "label": f"{say('reach_chance')} {goal.chance:.0%}"}]}
    last = answer.frontier[-1]
    alt = say(
        "reach_frontier_alt", p0=chance_short(answer.now, lang), p1=chance_short(last.chance, lang),
        e1=f"{last.effort:.1f}",
    )  # fmt: skip
    chart("frontier", "reach_frontier", frames, alt=alt)
    with st.expander(say("reach_numbers")):
        table(
            pd.DataFrame(rows), "reach_numbers_table",
            columns={say("levers_page"): st.column_config.TextColumn(width="large")},
        )  # fmt: skip


def _unused(answer: Reach) -> None:
    lang = state.view().lang
    for why in dict.fromkeys(answer.unused.values()):
        names = [levers()[name].title(lang) for name, reason in answer.unused.items() if reason == why]
        joined = ("、" if lang == "zh" else ", ").join(names)
        note(say("reach_unused", why=say(f"reach_{why.replace(' ', '_')}"), names=joined))
