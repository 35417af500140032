"""Robustness: many futures times several scenarios, where each fails, what one would regret, what drives the spread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.stats import qmc

from forecast.errors import InputError, unknown
from forecast.outlook import Outlook
from forecast.series import Floats, frozen
from scenarios.effects import draws
from scenarios.engine import run
from scenarios.files import resolved
from scenarios.levers import Effect, assumptions, levers
from scenarios.moves import size_of
from scenarios.prim import Box, prim
from scenarios.scenario import Goal, Scenario, Setting

BLOCKS = 8
"""Settings of the outside assumptions that are tried, spread evenly over their studied ranges; the first is as now."""

GROWTH = "baseline growth"
"""Name of the input that holds the yearly growth of the baseline to the goal's year."""


@dataclass(frozen=True, eq=False)
class Standing:
    """How one scenario stands.

    Parameters
    ----------
    scenario : Scenario
    met : float
        Share of all futures that meet the goal.
    regret : float
        Largest shortfall against the best of the scenarios in the same future, as a share of that best.
    regret_usual : float
        The shortfall that 95 of 100 futures stay below.
    best : float
        Share of futures in which none of the others does better.
    failing : Box or None
        Conditions under which it fails more often than elsewhere; None where it never or always fails.
    drivers : dict of str to (index, half width of its 95% interval)
        First-order share of the variance of the result that each input explains; only those whose interval does not
        reach zero, the largest first. Empty without the extra ``analysis``.
    """

    scenario: Scenario
    met: float
    regret: float
    regret_usual: float
    best: float
    failing: Box | None
    drivers: dict[str, tuple[float, float]]


@dataclass(frozen=True, eq=False)
class Robustness:
    """Scenarios side by side over the same futures.

    Parameters
    ----------
    goal : Goal
    standings : tuple of Standing
        In the order given.
    n_futures : int
        Shared futures times settings of the outside assumptions.
    inputs : dict of str to array, shape (n_futures,)
        What differs between futures: growth of the baseline, positions of the assumptions, sizes of effects (as a
        change for the studied strength).
    """

    goal: Goal
    standings: tuple[Standing, ...]
    n_futures: int
    inputs: Mapping[str, Floats]


def robustness(
    scenarios: Sequence[Scenario], goal: Goal, outlook: Outlook, *, known: Mapping[str, Scenario] | None = None
) -> Robustness:
    """Try scenarios in many futures.

    Parameters
    ----------
    scenarios : sequence of Scenario
        At least one, with different ids.
    goal : Goal
        What is to be met.
    outlook : Outlook
        Reference baseline; each of its paths is tried under `BLOCKS` settings of the outside assumptions.
    known : mapping, optional
        Scenarios that these may extend.

    Returns
    -------
    Robustness
        The same for the same arguments.

    Raises
    ------
    UnknownNameError, InputError
        Where the series or year is not in the outlook, or nothing was given.
    """
    if not scenarios:
        raise InputError("No scenario was given.", "Give one or more.")
    if goal.key not in outlook.index:
        raise unknown("series", goal.key, outlook.keys)
    last = outlook.known_until[outlook.index[goal.key]]
    if not last < goal.year <= outlook.years[-1]:
        raise InputError(
            f"{goal.key}: year {goal.year} is not ahead in the outlook.", f"Allowed: {last + 1} to {outlook.years[-1]}."
        )
    whole = [resolved(s, known) for s in scenarios]
    acting = _acting(goal, outlook)
    blocks = _blocks(tuple(acting))
    at = outlook.years.index(goal.year)
    results = np.array([
        np.concatenate([run(_under(s, block), outlook).of(goal.key)[at] for block in blocks]) for s in whole
    ])  # fmt: skip
    outside = _outside(goal, outlook, blocks)
    best = results.max(axis=0)
    standings = []
    for scenario, values in zip(whole, results, strict=True):
        inputs = {**outside, **_sizes(scenario, goal, outlook, len(blocks))}
        missed = values < goal.at_least
        short = np.where(best > 0, 1.0 - values / np.where(best > 0, best, 1.0), 0.0)
        standings.append(Standing(
            scenario, float(1.0 - missed.mean()), float(short.max()), float(np.quantile(short, 0.95)),
            float((values >= best).mean()), prim(inputs, missed) if 0 < missed.mean() < 1 else None,
            drivers(inputs, values, seed=outlook.seed),
        ))  # fmt: skip
    every = {name: v for s in whole for name, v in {**outside, **_sizes(s, goal, outlook, len(blocks))}.items()}
    return Robustness(goal, tuple(standings), results.shape[1], every)


def _acting(goal: Goal, outlook: Outlook) -> list[str]:
    """Give the outside assumptions that move the series by the year."""
    at = outlook.years.index(goal.year)
    base = outlook.of(goal.key)[at]
    found = []
    for name, lever in assumptions().items():
        probe = Scenario(id="probe", assumptions={name: (Setting(level=lever.studied[1]),)})
        if not np.array_equal(run(probe, outlook).of(goal.key)[at], base):
            found.append(name)
    return found


@lru_cache(maxsize=16)
def _blocks(names: tuple[str, ...]) -> tuple[Mapping[str, float], ...]:
    """Give settings of assumptions spread evenly over their studied ranges (Halton), the first as now."""
    if not names:
        return ({},)
    points = qmc.Halton(len(names), scramble=False).random(BLOCKS)[1:]
    ranges = [assumptions()[name].studied for name in names]
    spread = [
        {name: round(low + u * (high - low), 6) for name, u, (low, high) in zip(names, point, ranges, strict=True)}
        for point in points
    ]
    return (dict.fromkeys(names, 0.0), *spread)


def _under(scenario: Scenario, block: Mapping[str, float]) -> Scenario:
    """Give a scenario under other outside assumptions; those it sets itself stay."""
    extra = {name: (Setting(level=value),) for name, value in block.items() if value != 0.0}
    return scenario.model_copy(update={"assumptions": {**extra, **scenario.assumptions}})


def _outside(goal: Goal, outlook: Outlook, blocks: Sequence[Mapping[str, float]]) -> dict[str, Floats]:
    key, last = goal.key, outlook.known_until[outlook.index[goal.key]]
    paths = outlook.of(key)
    before, after = paths[outlook.years.index(last)], paths[outlook.years.index(goal.year)]
    with np.errstate(divide="ignore", invalid="ignore"):
        growth = np.where((before > 0) & (after > 0), (after / before) ** (1.0 / (goal.year - last)) - 1.0, -1.0)
    found = {GROWTH: frozen(np.tile(growth, len(blocks)))}
    for name in blocks[0]:
        found[name] = frozen(np.repeat([block[name] for block in blocks], outlook.n_paths))
    return found


def _sizes(scenario: Scenario, goal: Goal, outlook: Outlook, n_blocks: int) -> dict[str, Floats]:
    """Give the size of the main effect of each lever on every future, as a change for the studied strength."""
    found = {}
    for name in scenario.levers:
        effects = [e for e in levers()[name].effects if goal.indicator in e.indicators]
        if effects and scenario.levers[name]:
            drawn = draws(
                size_of(effects[0], scenario.effects), _stream_of(effects[0]), outlook.n_paths, scenario.run.seed
            )
            found[name] = frozen(np.tile(np.expm1(np.abs(drawn)), n_blocks))
    return found


def _stream_of(effect: Effect) -> str:
    """Name under which the engine draws an effect: fees and reliefs share the price of what they act on."""
    return f"price.{effect.quantities[0]}" if effect.price in ("fee", "relief") else effect.id


def drivers(inputs: Mapping[str, Floats], result: Floats, *, seed: int) -> dict[str, tuple[float, float]]:
    """Give the first-order indices of inputs whose 95% interval does not reach zero, the largest first.

    Of given samples, so that the futures at hand are used and nothing is run again.

    Returns
    -------
    dict of str to (float, float)
        Index and half width of its interval (bootstrap); empty without SALib.

    References
    ----------
    S. Tarantola, D. Gatelli, T. Mara, Reliability Engineering & System Safety 91 (2006), 717-727; bias correction of
    J.-Y. Tissot and C. Prieur, same journal 107 (2012), 205-213; as in SALib.
    """
    try:
        from SALib.analyze import rbd_fast  # type: ignore[import-untyped]  # it ships no types
    except ImportError:
        return {}
    names = [name for name, values in inputs.items() if np.ptp(values) > 0]
    if not names or np.ptp(result) == 0:
        return {}
    table = np.column_stack([inputs[name] for name in names])
    problem = {"num_vars": len(names), "names": names, "bounds": [[float(c.min()), float(c.max())] for c in table.T]}
    every = max(1, result.size // 2000)  # two thousand points say as much, in a fraction of the time
    found = rbd_fast.analyze(problem, table[::every], np.asarray(result)[::every], num_resamples=50, seed=seed % 2**31)
    pairs = {n: (float(s), float(c)) for n, s, c in zip(names, found["S1"], found["S1_conf"], strict=True) if s > c}
    return dict(sorted(pairs.items(), key=lambda item: -item[1][0]))


def condition_words(box: Box, language: str = "en") -> str:
    """Say in words under which conditions a scenario fails.

    Examples
    --------
    >>> condition_words(Box({"baseline growth": (float("-inf"), 0.04)}, 0.82, 0.6, 0.3, 0.5))
    'Misses in 82% of the futures in which the baseline grows by less than 4.0% a year (30% of all; 60% of its misses).'
    """
    chinese = language == "zh"
    parts = [_limit_words(name, low, high, chinese) for name, (low, high) in box.limits.items()]
    if not parts:
        return (
            f"在各种情形下同样可能未达标（{box.base:.0%}）。" if chinese
            else f"Misses in {box.base:.0%} of all futures; no condition stands out."
        )  # fmt: skip
    if chinese:
        return (
            f"在{'且'.join(parts)}的未来情形中，{box.density:.0%}未达标（此类情形占全部的{box.mass:.0%}，"
            f"占其未达标情形的{box.coverage:.0%}）。"
        )
    return (
        f"Misses in {box.density:.0%} of the futures in which {' and '.join(parts)} "
        f"({box.mass:.0%} of all; {box.coverage:.0%} of its misses)."
    )


def input_title(name: str, language: str = "en") -> str:
    """Name an input of a future."""
    if name == GROWTH:
        return "基准增速" if language == "zh" else "growth of the baseline"
    known = {**levers(), **assumptions()}
    return known[name].title(language) if name in known else name


def _limit_words(name: str, low: float, high: float, chinese: bool) -> str:
    lever = levers().get(name)
    form = "" if name == GROWTH or lever is not None else assumptions()[name].record.form
    scale, unit = (1.0, "") if form == "intensity" else (100.0, "%")

    def number(value: float) -> str:
        return f"{value * scale:.1f}{unit}" if unit else f"{value:.2f}"

    title = input_title(name, "zh" if chinese else "en")
    if chinese:
        what = "基准年均增速" if name == GROWTH else f"“{title}”{'的效应' if lever is not None else ''}"
        if np.isinf(low):
            return f"{what}低于{number(high)}"
        return f"{what}高于{number(low)}" if np.isinf(high) else f"{what}在{number(low)}至{number(high)}之间"
    what = (
        "the baseline grows by" if name == GROWTH else f'"{title}" {"works by" if lever is not None else "stands at"}'
    )
    tail = " a year" if name == GROWTH else ""
    if np.isinf(low):
        return f"{what} less than {number(high)}{tail}"
    return f"{what} {f'more than {number(low)}' if np.isinf(high) else f'{number(low)} to {number(high)}'}{tail}"
