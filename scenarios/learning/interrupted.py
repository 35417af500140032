"""Interrupted series: one series against its own past in a structural model with an intervention."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
from scipy import stats

from forecast.series import Floats
from scenarios.learning.estimate import (
    BACK,
    LEAST_BEFORE,
    YEARS_AFTER,
    Estimate,
    Impossible,
    rank_p,
    smallest_by_student,
)

YEARS_BEFORE = 10
"""Years before the event from which the drift is taken. Set by placebos: of 4 to 15 years it leaves the smallest error
over the national series (`python -m benchmarks.learn_effects --windows`)."""

PLACEBOS = 15
"""Earlier dates tried as placebos at most, each with its own years before it."""

LEAST_PLACEBOS = 4
"""With fewer the spread of placebos is not known, and the event cannot be judged."""

ALONE = 1e-6
"""Part of an intervention that must be its own, not that of drift and steps beside."""

SHORTER = (2, 4)
"""Years by which the past is cut for the range of estimates."""


def fitted(logs: Floats, path: Floats, steps: Floats | None = None) -> tuple[float, float]:
    """Give the coefficient of an intervention in a structural model, and its standard error.

    ``y_t = mu_t + beta x_t``, ``mu_t = mu_{t-1} + drift + e_t``: a random walk with drift. Its diffuse likelihood is
    that of the regression of growth on drift and changes of x, which is solved as such: a search for the variance, as
    statsmodels' `UnobservedComponents` makes it, ends elsewhere in one of some thousand cases. A drift that wanders
    itself would take most of an intervention for its own, and fifteen years do not identify its variance.

    Parameters
    ----------
    logs, path : array, shape (T,)
        Logarithms of the series and the intervention.
    steps : array, shape (T, k), optional
        Other interventions fitted beside, as changes of counting.

    Returns
    -------
    float, float
        NaN where the intervention cannot be told from the steps beside it.

    References
    ----------
    A. C. Harvey, J. Durbin, J. R. Stat. Soc. A 149 (1986), 187-227, https://doi.org/10.2307/2981553.

    Examples
    --------
    >>> y = np.array([0.0, 0.1, 0.21, 0.3, 0.4, 1.0, 1.1])  # growth of 0.1, but 0.6 in the year of the event
    >>> round(fitted(y, np.array([0, 0, 0, 0, 0, 1.0, 1.0]))[0], 2)
    0.5
    """
    growth, moved = np.diff(logs), np.diff(path)
    beside = np.ones((len(growth), 1))
    if steps is not None:
        beside = np.column_stack([beside, np.diff(steps, axis=0)])
    rank = int(np.linalg.matrix_rank(beside))

    def left(values: Floats) -> Floats:
        return np.asarray(values - beside @ np.linalg.lstsq(beside, values, rcond=None)[0])

    # what drift and steps leave of both (theorem of Frisch, Waugh and Lovell)
    own, rest = left(moved), left(growth)
    size = float(own @ own)
    if size < ALONE**2 * float(moved @ moved):
        return float("nan"), float("nan")
    beta = float(own @ rest) / size
    degrees = len(growth) - rank - 1
    variance = float(np.sum((rest - beta * own) ** 2)) / degrees if degrees > 0 else float("nan")
    return beta, (variance / size) ** 0.5


def interrupted(
    years: Sequence[int], logs: Floats, path: Floats, *, steps: Floats | None = None, taken: Collection[int] = (),
    design: str = "interrupted_series",
) -> Estimate | Impossible:  # fmt: skip
    """Estimate an intervention in one annual series, with the same intervention at every earlier date as placebos.

    Parameters
    ----------
    years : sequence of int
        Without gaps.
    logs : array, shape (T,)
        Logarithms of the series, or of its ratio to one that the event did not reach.
    path : array, shape (T,)
        0 before the event; then its share of the first year and 1, or the change of the logarithm of a price.
    steps : array, shape (T, k), optional
        Changes of counting whose size is only estimated.
    taken : collection of int
        Years in which the same lever moved at other times: no placebo may span them.
    design : str
        Name in the result.

    Returns
    -------
    Estimate or Impossible
        `size` is less the mean of the placebos: growth that slows for decades shows a fall at any date. `se` is the
        larger of the model's and the spread of placebos, which carries what the model leaves out. `p` is Student's with
        the number of placebos less one as degrees of freedom; `pre_p` the same for the nearest placebo that begins two
        years or more before the event.
    """
    moved = np.flatnonzero(path)
    if not moved.size:
        return Impossible(f"figures end in {years[-1]}", f"数据止于{years[-1]}年")
    start, end = int(moved[0]), min(len(years), _settled(path) + YEARS_AFTER)
    if start < LEAST_BEFORE + 1:
        return Impossible(
            f"{start} usable years before {years[start]}, {LEAST_BEFORE + 1} are needed",
            f"{years[start]}年前可用年份{start}个，至少需{LEAST_BEFORE + 1}个",
        )
    shape = path[start:end]
    least = _settled(shape) + 1
    starts = [
        s for s in range(start - least, max(LEAST_BEFORE, start - PLACEBOS) - 1, -1)
        if not set(years[s : min(s + len(shape), start)]) & set(taken)
    ]  # fmt: skip
    at = {s: _at(logs[:start], shape, s, steps, YEARS_BEFORE)[0] for s in starts}
    starts = [s for s in starts if np.isfinite(at[s])]
    sizes = [at[s] for s in starts]
    if len(sizes) < LEAST_PLACEBOS:
        return Impossible(
            f"{len(sizes)} earlier dates to compare with, {LEAST_PLACEBOS} are needed",
            f"可供比较的更早年份{len(sizes)}个，至少需{LEAST_PLACEBOS}个",
        )
    size, model_se = _at(logs[:end], shape, start, steps, YEARS_BEFORE)
    if not np.isfinite(size):
        return Impossible("it cannot be told from a change of counting", "无法与统计口径变化区分")
    usual, n = float(np.mean(sizes)), len(sizes)
    others = np.asarray(sizes) - usual
    se = float(np.fmax(model_se, np.std(others, ddof=1) * (1 + 1 / n) ** 0.5))
    left = [_at(logs[:end], shape, start, steps, YEARS_BEFORE - k)[0] for k in SHORTER]
    left += [_at(logs[:stop], shape, start, steps, YEARS_BEFORE)[0] for stop in range(start + least, end)]
    early = next((float(e) for e, s in zip(others, starts, strict=True) if s <= start - BACK), float("nan"))
    return Estimate(
        design, size - usual, se, _student(size - usual, se, n - 1), _student(early, se, n - 1), early,
        rank_p(size - usual, others), float(np.nanmin(left)) - usual, float(np.nanmax(left)) - usual,
        smallest_by_student(se, n - 1), 1, 0, min(start, YEARS_BEFORE), end - start,
    )  # fmt: skip


def _at(logs: Floats, shape: Floats, start: int, steps: Floats | None, before: int) -> tuple[float, float]:
    """Give coefficient and error of an intervention of that shape beginning at `start`, with so many years before."""
    low, high = max(0, start - before), min(len(logs), start + len(shape))
    path = np.concatenate([np.zeros(start - low), shape[: high - start]])
    beside = None if steps is None else steps[low:high]
    if beside is not None:  # a step that is constant here would stand for the level
        beside = beside[:, np.ptp(beside, axis=0) > 0]
    return fitted(logs[low:high], path, beside if beside is not None and beside.size else None)


def _student(size: float, se: float, degrees: int) -> float:
    return float(2 * stats.t.sf(abs(size) / se, degrees)) if se > 0 else float("nan")


def _settled(path: Floats) -> int:
    """Give the index from which the path no longer changes."""
    changes = np.flatnonzero(np.diff(path))
    return int(changes[-1]) + 1 if changes.size else 0
