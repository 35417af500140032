"""Interrupted series: one series against its own past in a structural model with an intervention."""

from __future__ import annotations

from collections.abc import Sequence

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
    spread,
)

YEARS_BEFORE = 15
"""Years before the event that are used at most: growth of earlier decades says nothing of today's. Our choice."""

LEAST_LEAD = 4
"""Years before a placebo in time that the model needs to know the drift from."""

SHORTER = (2, 4)
"""Years by which the past is cut for the range of estimates."""


def fitted(logs: Floats, path: Floats, steps: Floats | None = None) -> tuple[float, float]:
    """Give the coefficient of an intervention in a structural model, and its standard error.

    ``y_t = mu_t + beta x_t``, ``mu_t = mu_{t-1} + drift + e_t``: a random walk with drift, diffuse likelihood. A drift
    that wanders itself would take most of an intervention for its own, and fifteen years do not identify its variance.

    Parameters
    ----------
    logs, path : array, shape (T,)
        Logarithms of the series and the intervention.
    steps : array, shape (T, k), optional
        Other interventions fitted beside, as changes of counting.

    References
    ----------
    A. C. Harvey, J. Durbin, J. R. Stat. Soc. A 149 (1986), 187-227, https://doi.org/10.2307/2981553.

    Examples
    --------
    >>> y = np.array([0.0, 0.1, 0.21, 0.3, 0.4, 1.0, 1.1])  # growth of 0.1, but 0.6 in the year of the event
    >>> round(fitted(y, np.array([0, 0, 0, 0, 0, 1.0, 1.0]))[0], 2)
    0.5
    """
    from statsmodels.tsa.statespace.structural import UnobservedComponents

    exog = np.column_stack([path] if steps is None else [path, steps])
    unit = float(np.std(np.diff(logs))) or 1.0  # the optimiser stops early where variances are far from one
    # regression in the state: its error comes from the smoother, not from an outer product of few gradients
    model = UnobservedComponents(
        logs / unit, level="random walk with drift", exog=exog, mle_regression=False, use_exact_diffuse=True
    )
    found = model.fit(disp=False)
    at = found.model.state_names.index("beta.x1")
    return unit * float(found.smoothed_state[at, -1]), unit * float(np.sqrt(found.smoothed_state_cov[at, at, -1]))


def interrupted(
    years: Sequence[int], logs: Floats, path: Floats, *, steps: Floats | None = None,
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
    design : str
        Name in the result.

    Returns
    -------
    Estimate or Impossible
        `se` is the larger of the model's and the spread of placebos, which carries what the model leaves out; `p` is
        Student's with the years before less two as degrees of freedom; `pre_p` the same for the event moved back by
        two years, on years before the event only.
    """
    moved = np.flatnonzero(path)
    if not moved.size:
        return Impossible(f"figures end in {years[-1]}", f"数据止于{years[-1]}年")
    start = int(moved[0])
    low, high = max(0, start - YEARS_BEFORE), min(len(years), int(_settled(path)) + YEARS_AFTER)
    n_before = start - low
    if n_before < LEAST_BEFORE + 1:
        return Impossible(
            f"{start} usable years before {years[start]}, {LEAST_BEFORE + 1} are needed",
            f"{years[start]}年前可用年份{start}个，至少需{LEAST_BEFORE + 1}个",
        )
    y, x = logs[low:high], path[low:high]
    s = None if steps is None else _useful(steps[low:high])
    size, model_se = fitted(y, x, s)
    before = None if s is None else _useful(s[:n_before])
    shifted = _moved_back(x, n_before)
    sizes = [fitted(y[:n_before], one, before)[0] for one in shifted]
    se = max(model_se, spread(sizes)) if sizes else model_se
    degrees = n_before - 2
    early = next(
        (b for b, one in zip(sizes, shifted, strict=True) if np.flatnonzero(one)[0] <= n_before - BACK), float("nan")
    )
    left = [
        fitted(y[k:], x[k:], None if s is None else _useful(s[k:]))[0] for k in SHORTER if n_before - k >= LEAST_BEFORE
    ]
    after = len(y) - n_before
    whole = range(_settled(x) - n_before + 1, after)
    left += [fitted(y[: n_before + k], x[: n_before + k], _first(s, n_before + k))[0] for k in whole]
    return Estimate(
        design, size, se, _student(size, se, degrees), _student(early, se, degrees), early, rank_p(size, sizes),
        min(left, default=float("nan")), max(left, default=float("nan")), smallest_by_student(se, degrees), 1, 0,
        n_before, after,
    )  # fmt: skip


def _first(steps: Floats | None, n: int) -> Floats | None:
    return None if steps is None else _useful(steps[:n])


def _student(size: float, se: float, degrees: int) -> float:
    return float(2 * stats.t.sf(abs(size) / se, degrees)) if se > 0 else float("nan")


def _settled(path: Floats) -> int:
    """Give the index from which the path no longer changes."""
    changes = np.flatnonzero(np.diff(path))
    return int(changes[-1]) + 1 if changes.size else 0


def _useful(steps: Floats) -> Floats | None:
    """Keep the steps that change within the years at hand; a constant one would stand for the level."""
    kept = steps[:, np.ptp(steps, axis=0) > 0]
    return kept if kept.shape[1] else None


def _moved_back(path: Floats, n_before: int) -> list[Floats]:
    """Give the path moved back year by year, within the years before the event, nearest first.

    A path that takes several years moves back as far as it still ends before the event.
    """
    shape = path[n_before:]
    least = _settled(shape) + 1
    found = []
    for start in range(n_before - least, LEAST_LEAD - 1, -1):
        one = np.full(n_before, shape[-1] if shape.size else 0.0)
        one[:start] = 0.0
        part = shape[: n_before - start]
        one[start : start + part.size] = part
        found.append(one)
    return found
