"""Levers that may move towards a target: where, how far, at what effort, and why others stay."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from forecast import catalog
from forecast.errors import InputError, unknown
from forecast.outlook import Outlook
from forecast.series import Floats
from scenarios.engine import levers_for, run
from scenarios.ground import ground
from scenarios.levers import Lever, assumptions
from scenarios.levers import levers as all_levers
from scenarios.line import Line
from scenarios.moves import Draws, move
from scenarios.scenario import Goal, Scenario, Setting

STEPS = 100
"""Steps of a lever between now and its limit; a setting moves it by whole steps, so that positions are round."""

Limits = Literal["studied", "possible"]
"""How far a lever may go: to the end of the range that studies cover, or to its hard bound."""

Steps = tuple[int, ...]


@dataclass(frozen=True)
class Knob:
    """A lever that may move, in the direction that helps.

    Parameters
    ----------
    lever : Lever
    region : str
        Where it is moved.
    limit : float
        Position at the end of its way.
    effort : float
        Effort of the whole way.
    """

    lever: Lever
    region: str
    limit: float
    effort: float

    def position(self, steps: int) -> float:
        """Position after some of the `STEPS` steps of its way."""
        return round(self.limit * steps / STEPS, 10)


def knobs_for(
    goal: Goal,
    outlook: Outlook,
    before: Scenario,
    movable: Sequence[str] | None,
    efforts: Mapping[str, float],
    limits: Limits,
) -> tuple[tuple[Knob, ...], dict[str, str]]:
    """Give the levers that help, each with the end of its range that helps, and why others do not move.

    Raises
    ------
    UnknownNameError
        Where a lever is unknown.
    InputError
        Where none helps.
    """
    near = {lever.id: lever for lever in levers_for(goal.indicator)}
    unused: dict[str, str] = {}
    if movable is None:
        chosen = []
        for name, lever in near.items():
            if name in before.levers:
                unused[name] = "set already"
            elif not lever.size_known:
                unused[name] = "size unknown"
            elif lever.record.thought_experiment:
                unused[name] = "thought experiment"
            else:
                chosen.append(name)
    else:
        for name in movable:
            if name not in all_levers():
                raise unknown("lever", name, all_levers())
        chosen = list(dict.fromkeys(movable))
    knobs = []
    for name in chosen:
        knob = _helping(all_levers()[name], goal, outlook, before, efforts, limits)
        if knob is None:
            unused[name] = "does not help by then"
        else:
            knobs.append(knob)
    if not knobs and movable is None:
        guessed = [name for name, why in unused.items() if why == "size unknown"]
        raise InputError(
            f"No lever whose size was measured raises {goal.key} by {goal.year}.",
            f"Name levers of unknown size to try them: {', '.join(guessed) or 'there are none'}.",
        )
    if not knobs:
        raise InputError(
            f"None of the levers named raises {goal.key} by {goal.year}: {', '.join(chosen)}.",
            f"Levers that act on it: {', '.join(near) or 'none'}.",
        )
    return tuple(knobs), unused


def _helping(
    lever: Lever, goal: Goal, outlook: Outlook, before: Scenario, efforts: Mapping[str, float], limits: Limits
) -> Knob | None:
    """Give a lever with the end of its range that raises the series by the year, or None where neither does."""
    region = catalog.NATION if lever.record.decided_by == "nation" else goal.region
    ends = lever.studied if limits == "studied" else lever.bounds
    at = outlook.years.index(goal.year)

    def mean_log(end: float | None) -> float:
        scenario = before if end is None else _moved(before, {lever.id: (region, end)})
        values = run(scenario, outlook).of(goal.key)[at]
        return float(np.log(np.maximum(values, 1e-300)).mean())

    gains = [(mean_log(end) - mean_log(None), end) for end in ends if end != 0.0]
    gain, end = max(gains, default=(0.0, 0.0))
    if gain <= 1e-9:
        return None
    return Knob(lever, region, end, efforts.get(lever.id, lever.record.effort))


def _moved(before: Scenario, levels: Mapping[str, tuple[str, float]]) -> Scenario:
    moved = {name: (Setting(region=region, level=level),) for name, (region, level) in levels.items()}
    return before.model_copy(update={"levers": {**before.levers, **moved}})


def setting_of(before: Scenario, knobs: Sequence[Knob], steps: Steps, goal: Goal) -> Scenario:
    """Give the scenario that moves each knob by its steps and leaves the rest as before."""
    levels = {k.lever.id: (k.region, k.position(s)) for k, s in zip(knobs, steps, strict=True) if s}
    whole = _moved(before, levels)
    return whole.model_copy(update={"id": "reach", "targets": (goal,)})


def crowded(scenario: Scenario, outlook: Outlook, key: str, crowd: int) -> Floats:
    """Paths of a series as if so many levers were moved beside those set before: each then is less certain."""
    years = outlook.years
    outside = [move(assumptions()[n], s, years) for n, each in scenario.assumptions.items() for s in each or ()]
    inside = [move(all_levers()[n], s, years) for n, each in scenario.levers.items() for s in each or ()]
    with_ = Draws(outlook.n_paths, scenario.run.seed, scenario.effects, max(crowd, len(scenario.levers)))
    return Line(ground(outlook, scenario.run.seed), [*outside, *inside], with_).of(key)
