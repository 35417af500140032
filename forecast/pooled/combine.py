"""From weights to point forecasts: shrinking to the median, exact laws, steps beyond the trained ones, floors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecast.pooled.aligned import Aligned
from forecast.pooled.candidates import Candidates
from forecast.series import Floats

TO_THE_MEDIAN = {1: 0.3, 4: 0.05, 12: 0.05}
"""Share of the plain median of all candidates, by class of season. For annual series it costs nothing on nested windows
and makes the combination travel better to kinds of series never seen; among seasonal candidates the median is poor."""

EXACT, NOISY = 1e-5, 1e-3
"""Residuals over steps below which a history is an exact law, and above which it is not one at all."""

BEYOND = 0.9
"""Factor by which the step fades each period after the last trained step, or after an exact law's own length."""

LOWEST = 0.2
"""Falls of positive series below this share of the last value slow down and never reach zero."""


@dataclass(frozen=True, eq=False)
class Points:
    """Point forecasts of N series.

    Parameters
    ----------
    values : array, shape (N, H)
        On the seasonally adjusted scale, in the unit of each series.
    weights : array, shape (N, K, S)
        Weight of each candidate at each trained step, after shrinking is left out.
    exact : array, shape (N,)
        Share of the exact law in the forecast.
    """

    values: Floats
    weights: Floats
    exact: Floats


def exactness(rows: Aligned, found: Candidates) -> tuple[Floats, NDArray[np.bool_]]:
    """Say how far histories follow an exact law: equal steps, or equal logarithmic steps.

    A law needs four values and residuals below 1e-5 of the typical step; from there to 1e-3 it fades out.

    Returns
    -------
    share : array, shape (N,)
        1 for an exact law, 0 for none.
    grows : array of bool, shape (N,)
        Whether the law is exact growth rather than the straight line.
    """
    real = rows.present[:, 1:] & rows.present[:, :-1]

    def roughness(x: Floats) -> Floats:
        d = np.diff(x, axis=1) * real
        mean = d.sum(1) / (rows.lengths - 1)
        out: Floats = (np.abs(d - mean[:, None]) * real).max(1) / (np.abs(mean) + 1e-9)
        return out

    line, growth = roughness(found.scaled), np.where(found.positive, roughness(found.logs), np.inf)
    fading = np.log(np.maximum(np.minimum(line, growth), 1e-300) / NOISY) / np.log(EXACT / NOISY)
    share = np.where((rows.lengths >= 4) & ~found.constant, np.clip(fading, 0.0, 1.0), 0.0)
    return share, growth < line


def faded(steps: Floats, free: Floats) -> Floats:
    """Periods of full growth up to each step where growth fades after `free` steps, shape (N, H).

    Examples
    --------
    >>> faded(np.array([1.0, 2.0, 3.0]), np.array([2.0])).round(3).tolist()
    [[1.0, 2.0, 2.9]]
    """
    late = np.maximum(steps - free[:, None], 0.0)
    out: Floats = np.minimum(steps, free[:, None]) + BEYOND * (1 - BEYOND**late) / (1 - BEYOND)
    return out


def law(rows: Aligned, found: Candidates, grows: NDArray[np.bool_], horizon: int) -> Floats:
    """Continue exact laws for as many periods as were seen, then fade, shape (N, H), in units of `found.size`."""
    periods = faded(np.arange(1.0, horizon + 1), rows.lengths.astype(float))
    back = (rows.lengths - 1)[:, None]
    at = np.arange(rows.lengths.size)
    last = found.scaled[:, -1:]
    step = (last - found.scaled[at, rows.first][:, None]) / back
    growth = (found.logs[:, -1:] - found.logs[at, rows.first][:, None]) / back
    with np.errstate(over="ignore"):
        grown = last * np.exp(np.where(grows[:, None], np.minimum(growth * periods, 600.0), 0.0))
    return np.where(grows[:, None], grown, last + step * periods)


def points(rows: Aligned, found: Candidates, weights: Floats, horizon: int, *, to_median: float) -> Points:
    """Weigh the candidates.

    Parameters
    ----------
    rows, found
        Histories and their candidates over S trained steps.
    weights : array, shape (N, K, S)
        Shares over K that sum to one.
    horizon : int
        Steps asked for; those beyond S continue with the mean of the last three steps, fading.
    to_median : float
        Share of the plain median of all candidates.
    """
    trained = found.moves.shape[2]
    mixed = (1 - to_median) * (weights * found.moves).sum(1) + to_median * np.median(found.moves, axis=1)
    near = mixed[:, : min(horizon, trained)]
    if horizon > trained:
        pace = (mixed[:, -1] - mixed[:, max(trained - 4, 0)]) / min(3, trained - 1)
        later = faded(np.arange(1.0, horizon - trained + 1), np.zeros(len(mixed)))
        near = np.concatenate([near, mixed[:, -1:] + pace[:, None] * later], 1)
    last = found.scaled[:, -1:]
    value = last + found.unit[:, None] * near
    lowest = np.where(rows.present, found.scaled, np.inf).min(1)
    value = floored(value, last, lowest > 0, lowest >= 0)
    share, grows = exactness(rows, found)
    some = share > 0
    if some.any():
        exact = law(rows, found, grows, horizon)
        # Exact growth never reaches zero by itself, and a fall that follows a law goes on as far as the law says.
        exact = np.where(grows[:, None], exact, floored(exact, last, lowest > 0, lowest >= 0))
        value = np.where(some[:, None], (1 - share[:, None]) * value + share[:, None] * exact, value)
    return Points(value * found.size[:, None], weights, share)


def floored(value: Floats, last: Floats, positive: NDArray[np.bool_], whole: NDArray[np.bool_]) -> Floats:
    """Keep series without values below zero from falling below it; positive ones approach it without reaching it."""
    ratio = value / np.where(last == 0, 1.0, last)
    soft = last * np.where(ratio < LOWEST, LOWEST * np.exp(np.clip(ratio / LOWEST - 1, -8.0, 0.0)), ratio)
    return np.where(positive[:, None], soft, np.where(whole[:, None], np.maximum(value, 0.0), value))
