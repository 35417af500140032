"""Staggered difference in differences: regions treated in different years against those not treated yet or ever."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

import numpy as np

from forecast.errors import InputError
from forecast.seeds import DEFAULT_SEED, stream
from forecast.series import Floats
from scenarios.learning.estimate import (
    BACK,
    YEARS_AFTER,
    Estimate,
    Impossible,
    needs,
    rank_p,
    smallest_by_placebos,
    spread,
)
from scenarios.learning.panel import Mask, Panel
from scenarios.learning.synthetic import prepared

ASSIGNMENTS = 199
"""Random assignments of the same years to other regions. Errors clustered by region mean little with fewer than ten
treated ones; a rank among assignments holds with any number."""


def staggered(
    panel: Panel, since: Mapping[str, int], *, skip: Iterable[int] = (), seed: int = DEFAULT_SEED
) -> Estimate | Impossible:
    """Give the mean effect over treated regions and years by Gardner's two steps.

    Step one fits effects of region and year on untreated figures only; step two averages what treated figures differ
    from them, so that regions treated early are never a comparison for later ones.

    Parameters
    ----------
    panel : Panel
    since : mapping of str to int
        First treated year of each treated region; all other regions are taken as never treated.
    skip : iterable of int
        Years left out.
    seed : int
        For the assignments drawn.

    Returns
    -------
    Estimate or Impossible
        `p` is the rank of the effect, and `pre_p` of the slope before treatment, among random assignments (Fisher's
        test); `se` is the larger of the error clustered by region and the spread over assignments, the effect taken
        off.

    References
    ----------
    J. Gardner, Two-stage differences in differences, 2022, https://arxiv.org/abs/2207.05943.
    T. Conley, C. Taber, Rev. Econ. Stat. 93 (2011), 113-125, for inference with few treated.
    """
    since = {r: y for r, y in since.items() if panel.years and y <= panel.years[-1]}
    if len(since) < 2:
        return Impossible("fewer than two treated regions have figures after", "事件后有数据的处理地区不足两个")
    first, last = min(since.values()), max(since.values())
    ready = prepared(panel, tuple(since), first, skip, last=last + YEARS_AFTER - 1)
    if isinstance(ready, Impossible):
        return ready
    starts = np.array([since.get(r, 9999) for r in ready.regions])
    years, weights = np.asarray(ready.years), ready.weights()
    size, clustered = by_pyfixest(ready, since)
    mask = years >= starts[:, None]
    slope = slope_before(ready.logs, years, starts, weights)
    size_early = two_steps(np.where(mask, np.nan, ready.logs), years >= starts[:, None] - BACK, weights)
    rng = stream(seed, "assignments", panel.indicator, *sorted(since))
    unmoved = ready.logs - size * mask
    chance, errors, slopes = [], [], []
    for _ in range(ASSIGNMENTS):
        other = starts[rng.permutation(len(starts))]
        chance.append(two_steps(ready.logs, years >= other[:, None], weights))
        errors.append(two_steps(unmoved, years >= other[:, None], weights))
        slopes.append(slope_before(ready.logs, years, other, weights))
    left = []
    for one in since:
        kept = np.array([r != one for r in ready.regions])
        left.append(two_steps(ready.logs[kept], mask[kept], weights[kept]))
    p, before = rank_p(size, chance), sum(y < first for y in ready.years)
    return Estimate(
        "staggered_did", size, max(spread(errors), clustered), p, rank_p(slope, slopes), size_early, p, min(left),
        max(left), smallest_by_placebos(errors), len(since), len(starts) - len(since), before,
        len(ready.years) - before,
    )  # fmt: skip


def by_pyfixest(ready: Panel, since: Mapping[str, int]) -> tuple[float, float]:
    """Give the effect and its standard error clustered by region, as `pyfixest` computes Gardner's two steps."""
    try:
        import pandas as pd
        from pyfixest import did2s
    except ImportError as error:
        raise InputError(f"Difference in differences: {needs('pyfixest')}") from error

    n, t = ready.logs.shape
    table = pd.DataFrame(
        {
            "y": ready.logs.ravel(),
            "region": np.repeat(np.arange(n), t),
            "year": np.tile(ready.years, n),
            "weight": ready.weights().ravel(),
        }
    )
    starts = np.repeat([since.get(r, 9999) for r in ready.regions], t)
    table["treated"] = (table["year"].to_numpy() >= starts).astype(int)
    fit = did2s(
        table, yname="y", first_stage="~ 0 | region + year", second_stage="~ treated", treatment="treated",
        cluster="region", weights="weight",
    )  # fmt: skip
    clustered = float(fit.se().iloc[0])
    return float(fit.coef().iloc[0]), clustered if math.isfinite(clustered) else 0.0


def two_steps(logs: Floats, treated: Mask, weights: Floats) -> float:
    """Give Gardner's estimate on arrays; the same as `by_pyfixest`, fast enough for hundreds of assignments.

    Parameters
    ----------
    logs, weights : array, shape (regions, years)
        NaN is left out.
    treated : array of bool, shape (regions, years)

    Examples
    --------
    Two by two, by hand: (5 - 3) - (2 - 1) = 1.

    >>> y, w = np.array([[1.0, 2.0], [3.0, 5.0]]), np.ones((2, 2))
    >>> round(two_steps(y, np.array([[False, False], [False, True]]), w), 12)
    1.0
    """
    known = np.isfinite(logs)
    effects = _fixed_effects(logs, known & ~treated, weights)
    at = known & treated
    return float(np.average((logs - effects)[at], weights=weights[at])) if at.any() else math.nan


def slope_before(logs: Floats, years: Floats, starts: Floats, weights: Floats) -> float:
    """Give how much faster treated regions grew a year before treatment than the others did, in logarithms."""
    use = np.isfinite(logs) & (years < starts[:, None])
    lead = np.where(starts[:, None] < 9999, years - starts[:, None], 0.0) * np.ones_like(logs)
    y, x = (a - _fixed_effects(a, use, weights) for a in (logs, lead))
    w = np.where(use, weights, 0.0)
    below = float(np.sum(w * x * x))
    return float(np.nansum(w * x * np.where(use, y, 0.0)) / below) if below > 1e-12 else math.nan


def _fixed_effects(values: Floats, use: Mask, weights: Floats) -> Floats:
    """Give the effects of region plus year, shape (regions, years), fitted by least squares on the cells in `use`."""
    n, t = values.shape
    row, column = np.nonzero(use)
    root = np.sqrt(weights[row, column])
    design = np.zeros((row.size, n + t))
    design[np.arange(row.size), row] = root
    design[np.arange(row.size), n + column] = root
    found = np.linalg.lstsq(design, root * values[row, column], rcond=None)[0]
    return np.asarray(found[:n, None] + found[n:])
