"""Between what a planner sees and what the engine runs: a view as a scenario, a scenario as a view, and its result."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from dashboard import cache, state
from dashboard.dial import Dial, acting
from dashboard.formats import Lang
from dashboard.own_sizes import as_override, effects_by_id, grade_of
from dashboard.sentences import Goal, Part, Result
from dashboard.subject import Subject, lowered
from dashboard.view import Own, Setting, View
from forecast.catalog import regions
from forecast.series import Floats
from scenarios.engine import run
from scenarios.files import fingerprint
from scenarios.levers import assumptions, levers
from scenarios.scenario import Goal as ScenarioGoal
from scenarios.scenario import Scenario
from scenarios.scenario import Setting as Move

if TYPE_CHECKING:
    from scenarios.comparison import Comparison, LineName
    from scenarios.shapley import Attribution

NATION = "CN"
EXACT = 5
"""Levers up to which every press waits for the exact split; with more it would take too long (the page Why waits)."""


def place_of(series: str) -> str:
    """Give the region in which a provincial lever is moved for a series: its own, or the province of a city."""
    region = regions()[series.split(".")[0]]
    return region.parents[0] if region.level == "city" else region.id


def scenario_of(view: View, name: str = "my-scenario") -> Scenario:
    """Give the scenario that a view stands for.

    Levers that only the nation can move are moved in the whole nation; all others in the shown region.

    Examples
    --------
    >>> scenario_of(View()).moves_anything
    False
    """
    place = place_of(view.series)

    def move(setting: Setting, region: str) -> tuple[Move, ...]:
        return (Move(region=region, level=setting.value, start=setting.start, ramp=setting.over),)

    region, indicator = view.series.split(".")[:2]
    goals: tuple[ScenarioGoal, ...] = ()
    if view.target is not None and view.series.count(".") == 1:
        goals = (ScenarioGoal(region=region, indicator=indicator, year=view.target.year, at_least=view.target.value),)
    return Scenario(
        id=name,
        assumptions={
            key: (Move(region=NATION, level=value),) for key, value in view.assumptions.items() if key in assumptions()
        },
        levers={
            key: move(setting, NATION if Dial(levers()[key]).national else place)
            for key, setting in view.levers.items()
            if key in levers()
        },
        effects={key: as_override(own) for key, own in view.effects.items() if key in effects_by_id()},
        targets=goals,
    )


@dataclass(frozen=True)
class Opened:
    """A scenario put onto the cards, and what of it the cards cannot hold."""

    view: View
    lost: tuple[str, ...]


def opened(scenario: Scenario, view: View) -> Opened:
    """Give a view with the settings of a scenario for the shown region.

    A path of several years becomes its last position with a phase-in; what is moved elsewhere only is left out and
    named.
    """
    above = _above(place_of(view.series))
    moved: dict[str, Setting] = {}
    assumed: dict[str, float] = {}
    lost = []
    for name, settings in scenario.levers.items():
        here = [s for s in settings or () if above & set(s.regions)]
        if name not in levers() or not here:
            lost.append(name)
            continue
        exact, moved[name] = _as_setting(name, here[-1])
        if not exact or len(here) > 1:
            lost.append(name)
    for name, settings in scenario.assumptions.items():
        if name in assumptions() and settings:
            lever = assumptions()[name]
            level = settings[-1].level
            if level is None and settings[-1].path:
                level = settings[-1].path[max(settings[-1].path)]
            if level is not None:
                assumed[name] = lever.value_of(level)
    target = view.target
    for goal in scenario.targets:
        if f"{goal.region}.{goal.indicator}" == view.series:
            target = Goal(goal.at_least, goal.year, goal.plan)
    kept = {name: setting for name, setting in moved.items() if setting.value != 0}
    owns = {key: Own(given.mean, given.sd, given.why) for key, given in scenario.effects.items()}
    new = replace(
        view, levers=MappingProxyType(kept), assumptions=MappingProxyType(assumed), effects=MappingProxyType(owns),
        target=target,
    )  # fmt: skip
    return Opened(new, tuple(lost))


def _as_setting(name: str, move: Move) -> tuple[bool, Setting]:
    lever = levers()[name]
    if move.path is not None:
        first, last = min(move.path), max(move.path)
        value = lever.value_of(move.path[last])
        return len(move.path) == 1, Setting(value, first, last - first)
    value = lever.value_of(move.level if move.level is not None else 0.0)
    over = lever.record.ramp if move.ramp is None else move.ramp
    return move.until is None, Setting(value, move.start or lever.record.start, over)


def _above(region: str) -> frozenset[str]:
    found = {region}
    for parent in regions()[region].parents:
        found |= _above(parent)
    return frozenset(found)


def comparison(view: View) -> Comparison:
    """Run a view's scenario, or give the result this session has already."""
    key = (view.plan, place_of(view.series), view.target)
    kept: tuple[object, Comparison] | None = state.keep("comparison", lambda: None)
    if kept is not None and kept[0] == key:
        return kept[1]
    made = run(scenario_of(view), cache.outlook())
    state.put("comparison", (key, made))
    return made


def ahead(result: Comparison, key: str, line: LineName) -> tuple[tuple[int, ...], Floats]:
    """Give the years from the last known one on and the paths of a line, shape (years, n_paths)."""
    start = cache.start_of(key)
    return result.years[start:], result.of(key, line)[start:]


def split(result: Comparison, key: str) -> Attribution:
    """Give the exact split of the difference by lever, or what this session has of it already."""
    kept: tuple[object, str, Attribution] | None = state.keep("split", lambda: None)
    if kept is not None and kept[0] is result and kept[1] == key:
        return kept[2]
    made = result.attribution(key)
    state.put("split", (result, key, made))
    return made


def alone(result: Comparison, key: str, year: int) -> dict[str, float]:
    """Give what each lever would add by itself, the mean in one year: quick, for saying which one matters most.

    Alone is not the exact split: where many levers meet, the sentence names the largest and gives no share.
    """
    at = result.years.index(year)
    base = result.of(key, "mine")[at]
    out = {}
    for name in dict.fromkeys(move.lever.id for move in result.levers):
        one = result.scenario.model_copy(update={"levers": {name: result.scenario.levers[name]}, "targets": ()})
        out[name] = float(np.mean(run(one, result.outlook).of(key)[at] - base))
    return out


def result_of(result: Comparison, subject: Subject, year: int, goal: Goal | None, lang: Lang) -> Result:
    """Give the numbers of the scenario sentence."""
    at = result.years.index(year)
    mine, moved = result.of(subject.key, "mine")[at], result.of(subject.key, "scenario")[at]
    ratio = moved / np.where(mine != 0, mine, 1.0) - 1.0
    d10, d50, d90 = (float(v) for v in np.quantile(ratio, [0.1, 0.5, 0.9]))
    parts = []
    many = len({move.lever.id for move in result.levers}) > EXACT
    if many:
        amounts = alone(result, subject.key, year)
    else:
        amounts = {name: float(np.mean(part)) for name, part in split(result, subject.key).at(year).items()}
    for name, amount in amounts.items():
        if name in levers():
            lever = levers()[name]
            grade = grade_of(lever, subject.indicator, result.scenario.effects)
            lag = max((e.lag[0] for e in acting(lever, subject.indicator)), default=0)
            parts.append(Part(lowered(lever.title(lang), lang), grade, amount, lag))
    p = p0 = math.nan
    if goal is not None and goal.year in result.years:
        when = result.years.index(goal.year)
        p = float((result.of(subject.key, "scenario")[when] >= goal.value).mean())
        p0 = float((result.of(subject.key, "mine")[when] >= goal.value).mean())
    return Result(
        year, float(np.median(moved)), d10, d50, d90, float((moved < mine).mean()), tuple(parts), goal, p, p0,
        rough=many,
    )  # fmt: skip


def code(view: View) -> str:
    """Give the short fingerprint of a view: scenario, evidence, data and code."""
    return fingerprint(scenario_of(view), cache.data_hash())[:12]
