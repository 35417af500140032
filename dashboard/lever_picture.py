"""The picture beside the levers: three lines, the sentence, twenty futures, chances by year."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from dashboard import cache, state
from dashboard.beside import beside
from dashboard.charts import chart
from dashboard.downloads import Picture, foot, numbers, offer
from dashboard.formats import between, chance_short, change
from dashboard.goals import goal_of
from dashboard.notices import changed_words, engine_notices
from dashboard.page import guarded, how_to_read, note, rich, say, sentence, warning
from dashboard.picture import Line, single_futures
from dashboard.plan import ahead, comparison, result_of
from dashboard.sentences import Goal, assumptions, outlook, scenario
from dashboard.spread import spread, twenty
from dashboard.start import focus_year
from dashboard.subject import Subject
from dashboard.tables import table
from dashboard.view import SHOWS
from dashboard.views import around_policy, shown

if TYPE_CHECKING:
    from scenarios.comparison import Comparison

FUTURES = 12
"""Single futures drawn of each line; more is a grey cloud."""


def picture(named: Subject) -> None:
    """Draw everything right of the levers."""
    view = state.view()
    result = comparison(view)
    known = cache.known_until(named.key)
    goal = goal_of(view, named, known)
    year = focus_year(view.until, known, goal)
    if not view.present:
        _bar()
    _happened(result, named, year)
    lines, words = lines_of(result, named), words_of(result, named, year, goal)
    singles = state.keep("w_futures_kept", lambda: False)
    # The presentation shows charts magnified, so that their words are read from the back of the room.
    height = 350 if view.present else 430
    paths = _single(result, named, lines) if singles else []
    drawn = shown(view.show, named, result, lines, goal=goal, height=height, paths=paths)
    chart(drawn.kind, f"main_{view.show}", drawn.frames, alt=words, **drawn.options)
    if drawn.remark:
        note(drawn.remark)
    sentence(words)
    for text in engine_notices(result, view.lang):
        warning(text)
    _twenty_dots(result, named, goal, year, lines[-1].role)
    if view.present:
        return
    with st.container(horizontal=True, gap="small"):
        how_to_read()
        what = "my-scenario" if view.levers else "baseline"
        past = cache.past(named.key, view.lang)
        wide = around_policy(named, result, drawn.lines) if view.show == "level" else None
        export = Picture(drawn.kind, drawn.frames, drawn.options, named.label(view.lang), foot())
        offer(export, lambda: numbers(named, drawn.lines, past.hist, view.until, wide), named, what)
        st.button(
            say("present"), key="w_present", icon=":material/fullscreen:", type="tertiary",
            on_click=lambda: state.show(replace(state.view(), present=True)),
        )  # fmt: skip
    guarded(lambda: _more(result, named, goal))()
    guarded(lambda: beside(result, named, year, lines_of))()


def _bar() -> None:
    view = state.view()
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.segmented_control(
            say("show_as"), SHOWS, required=True, key=state.bind("w_show", view.show), label_visibility="collapsed",
            format_func=lambda name: say(f"view_{name}"), on_change=_show_chosen,
        )  # fmt: skip
        st.toggle(say("single_futures"), key=state.bind("w_futures", state.keep("w_futures_kept", lambda: False)),
                  on_change=lambda: state.put("w_futures_kept", state.chosen("w_futures")))  # fmt: skip
        st.button(
            say("undo"), key="w_undo", icon=":material/undo:", type="tertiary", on_click=state.undo,
            disabled=not state.can_undo(),
        )  # fmt: skip
        st.button(
            say("reset_all"), key="w_reset", icon=":material/restart_alt:", type="tertiary", on_click=state.reset,
            disabled=not (view.moved or view.effects),
        )  # fmt: skip
        with st.popover(
            say("save"),
            icon=":material/bookmark_add:",
            disabled=not view.moved,
            help=say("save_scenario"),
            type="tertiary",
        ):
            st.text_input(say("scenario_name"), key="w_save_name", max_chars=60)
            st.button(say("save"), key="w_save", type="primary", on_click=_save)
            for kept in state.saved():
                st.button(
                    f"{kept.letter} · {kept.name} ✕", key=f"w_forget_{kept.letter}", on_click=state.forget,
                    args=(kept.letter,), type="tertiary",
                )  # fmt: skip


def _show_chosen() -> None:
    state.show(replace(state.view(), show=state.chosen("w_show")))


def _save() -> None:
    kept = state.save(str(state.chosen("w_save_name") or ""))
    found = state.Notice("saved_full")
    if kept is not None:
        found = state.Notice("saved", (("letter", kept.letter), ("name", kept.name)))
    state.put("notice", found)


def _happened(result: Comparison, named: Subject, year: int) -> None:
    """Say what the last change did, or that nothing differs yet; the place keeps its height."""
    view = state.view()
    text = changed_words(result, named, year, view)
    if not text:
        key = "only_assumptions" if view.assumptions and not view.levers else "nothing_moved"
        if view.levers and not result.moves(named.key):
            key = ""
        text = say(key) if key and not view.levers else ""
    if view.levers and not result.moves(named.key):
        lever = next(iter(result.levers)).lever
        others = [cache.indicator_title(i, view.lang) for i in lever.indicators[:1]]
        text = say("no_effect_here", indicator=named.inline(view.lang), outcome=", ".join(others))
    st.markdown(f'<div class="ipf-note" role="status">{rich(text) or "&nbsp;"}</div>', unsafe_allow_html=True)


def lines_of(result: Comparison, named: Subject) -> list[Line]:
    """Give the lines of the level view, the last on top: which ones there are depends on what is moved."""
    view = state.view()
    if not view.moved:
        return [Line("base", say("baseline"), cache.baseline(named.key))]
    reference = Line("reference", say("reference"), cache.baseline(named.key), band=False)
    mine = spread(*ahead(result, named.key, "mine"))
    if not view.levers:
        return [reference, Line("mine", say("mine"), mine)]
    moved = Line("A", say("my_scenario"), spread(*ahead(result, named.key, "scenario")))
    if not view.assumptions:
        return [Line("reference", say("baseline"), cache.baseline(named.key), band=False), moved]
    return [reference, Line("mine", say("mine"), mine, band=False), moved]


def _single(result: Comparison, named: Subject, lines: list[Line]) -> list[dict[str, object]]:
    role = lines[-1].role
    years, paths = ahead(result, named.key, "scenario")
    n = paths.shape[1]
    picked = [(i * 83 + 7) % n for i in range(FUTURES)]
    return single_futures(role, years, paths, picked)


def words_of(result: Comparison, named: Subject, year: int, goal: Goal | None) -> str:
    """Give the sentence under the chart."""
    view = state.view()
    if view.levers:
        text = scenario(named, result_of(result, named, year, goal, view.lang), view.lang)
    else:
        point = spread(*ahead(result, named.key, "mine")).at(year)
        years, paths = ahead(result, named.key, "mine")
        p = None
        if goal is not None and goal.year in years:
            p = float((paths[years.index(goal.year)] >= goal.value).mean())
        text = outlook(named, year, point, view.lang, goal=goal, p=p)
    if view.assumptions:
        at = result.years.index(year)
        mine, plain = result.of(named.key, "mine")[at], result.of(named.key, "reference")[at]
        ratio = float(pd.Series(mine / plain).median() - 1)
        text += ("" if view.lang == "zh" else " ") + assumptions(year, ratio, view.lang)
    return text


def _twenty_dots(result: Comparison, named: Subject, goal: Goal | None, year: int, role: str) -> None:
    """Draw twenty equally likely futures of one year; without a target, the middle of the baseline is the mark."""
    view = state.view()
    years, paths = ahead(result, named.key, "scenario")
    values = twenty(paths[years.index(year)])
    reference = float(pd.Series(cache.paths(named.key)[1][years.index(year)]).median())
    mark = goal.value if goal is not None and goal.year == year else reference
    width = max((values[-1] - values[0]) / 13, abs(mark) * 1e-9, 1e-12)
    stack: dict[int, int] = {}
    rows = []
    for value in values:
        # The mark is an edge between two columns, so no dot stands on the wrong side of it.
        column = int((value - mark) // width)
        stack[column] = stack.get(column, 0) + 1
        met = bool(value >= mark)
        # No dot stands below nothing where nothing lies below it.
        low, high = mark + column * width, mark + (column + 1) * width
        low = max(low, 0.0) if values[0] >= 0 else low
        rows.append({"x": float(low + high) / 2, "row": stack[column], "met": met, "role": role})
    n = sum(1 for row in rows if row["met"])
    name = say("target") if mark != reference else say("baseline_middle")
    st.markdown(f"**{say('futures20', year=year)}**")
    alt = f"{say('futures20', year=year)}: {n}/20 · {name} {named.figure(mark, view.lang)}"
    frames = {"dots": rows, "target": [{"x": mark, "label": f"{name} · {n}/20"}]}
    chart("dots20", "dots", frames, alt=alt, unit=named.unit, height=115)


def _more(result: Comparison, named: Subject, goal: Goal | None) -> None:
    """Offer chances by year, and what else the scenario moves."""
    view = state.view()
    fold = st.expander(f"{say('chance_by_year')} · {say('also_moves')}", key="w_fold_chances", on_change="rerun")
    if not fold.open:
        return
    with fold:
        left, right = st.columns(2)
        years, moved = ahead(result, named.key, "scenario")
        mine = ahead(result, named.key, "mine")[1]
        shown_years = [y for y in years[1:] if y <= view.until]
        with left:
            mark = goal.value if goal is not None else None
            title = say("chance_at_least", target=named.figure(mark, view.lang)) if mark else say("chances_growth")
            st.markdown(f"**{title}**")
            rows = []
            for y in shown_years:
                at = years.index(y)
                bar = mark if mark else cache.paths(named.key)[1][at]
                with_, without = float((moved[at] >= bar).mean()), float((mine[at] >= bar).mean())
                if not mark:
                    with_, without = (_above(lines[at], cache.paths(named.key)[1][at]) for lines in (moved, mine))
                rows.append({say("col_year"): str(y), say("my_scenario"): chance_short(with_, view.lang),
                             say("mine"): chance_short(without, view.lang)})  # fmt: skip
            table(pd.DataFrame(rows), f"chances_{view.until}", most=6)
        with right:
            st.markdown(f"**{say('also_moves')}**")
            table(also_moves(result, named), "also", most=6)


def _above(a: object, b: object) -> float:
    """Share of futures in which `a` is above `b`; ties count half."""
    import numpy as np

    return float(np.mean(np.greater(a, b)) + 0.5 * np.mean(np.equal(a, b)))  # type: ignore[call-overload]  # arrays


def also_moves(result: Comparison, named: Subject) -> pd.DataFrame:
    """Give the other indicators of the region that the scenario moves, with their change in the last drawn year."""
    import numpy as np

    view = state.view()
    rows = []
    for key in cache.of_region(named.region):
        if key == named.key or not result.moves(key):
            continue
        at = result.years.index(view.until)
        mine, moved = result.of(key, "mine")[at], result.of(key, "scenario")[at]
        ratio = np.quantile(moved / np.where(mine != 0, mine, 1.0) - 1.0, [0.1, 0.5, 0.9])
        if abs(ratio[1]) < 5e-4:
            continue
        other = cache.named(key)
        span = between(change(float(ratio[0])), change(float(ratio[2])), view.lang)
        rows.append((abs(ratio[1]), other.title(view.lang), change(float(ratio[1])), span))
    rows.sort(reverse=True)
    heads = [say("col_indicator"), f"{say('col_change')} {view.until}", say("eight_in_ten")]
    return pd.DataFrame([row[1:] for row in rows], columns=heads)
