"""Bounds that futures keep: shares below one, growth that fades, levels that near a ceiling."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

import numpy as np
from scipy.special import ndtri

from forecast.series import Floats

UPPER = {"share": 1.0, "score": 100.0}
"""Largest possible value by unit."""

FADE_FILE = Path(__file__).with_name("long_horizon.csv")
"""Fade of growth and stretch of bands, written by ``benchmarks/long_horizon.py``."""


EXTRA_FILE = Path(__file__).with_name("band_extra.csv")
"""Extra half width of bands by kind of series and steps ahead, written by ``benchmarks/baseline_backtest.py``."""


USUAL_YEARS = 8
"""Years over which the usual yearly change of a series is taken."""

LARGEST_CHANGE = 0.3
"""Usual changes above this (a programme in its first years) do not go on, and the model's own bands are wide there."""


@cache
def fade() -> dict[str, float]:
    """Give the constants of `faded` and of the widening beyond, estimated on long annual series."""
    with FADE_FILE.open(encoding="utf-8", newline="") as file:
        return {row["name"]: float(row["value"]) for row in csv.DictReader(file)}


@cache
def extra_table() -> dict[str, tuple[tuple[float, ...], tuple[float, ...]]]:
    """Give extra half widths (falls, rises) one, two, ... steps ahead, in usual yearly changes, by kind of series."""
    with EXTRA_FILE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    kinds = dict.fromkeys(row["kind"] for row in rows)
    return {
        kind: (
            tuple(float(row["fall"]) for row in rows if row["kind"] == kind),
            tuple(float(row["rise"]) for row in rows if row["kind"] == kind),
        )
        for kind in kinds
    }


def usual_change(values: Floats) -> float:
    """Give the mean size of the last eight yearly changes of the logarithm, at most `LARGEST_CHANGE`.

    0 where a value is not positive: bands are then left as the model gives them.

    Examples
    --------
    >>> round(usual_change(np.array([100.0, 110.0, 99.0])), 4)
    0.1003
    """
    recent = values[-(USUAL_YEARS + 1) :]
    if recent.size < 2 or recent.min() <= 0:
        return 0.0
    return float(min(np.abs(np.diff(np.log(recent))).mean(), LARGEST_CHANGE))


def extra_widths(kind: str, usual: float, horizon: int) -> Floats:
    """Give the extra half widths of 80 percent bands, in logarithms, at steps 1 to `horizon`, shape (2, horizon).

    First row falls, second rises. Near steps have what past bands lacked; beyond them it grows by ``beyond`` every
    ``steady`` years, as the errors of long series do.
    """
    near = np.array(extra_table()[kind])
    constants = fade()
    steps = np.arange(1, horizon + 1)
    last = usual * near[:, np.minimum(steps, near.shape[1]) - 1]
    out: Floats = last * constants["beyond"] ** (np.maximum(steps - constants["steady"], 0) / constants["steady"])
    return out


def faded(paths: Floats, last: float, *, steady: int, keep: float) -> Floats:
    """Let the growth of the median path fade beyond the horizon for which models were trained.

    With ``m_k`` the logarithm of the median path at step k, ``m'_k = m'_{k-1} + keep^(k - steady) (m_k - m_{k-1})``
    for k > steady; nearer steps stay as they are, and deviations from the median keep their size in logarithms. Growth
    of a few years says less and less about growth ten years on: ``benchmarks/long_horizon.py`` estimates `keep`.

    Parameters
    ----------
    paths : array, shape (n_paths, horizon)
        Not negative.
    last : float
        Last known value.
    steady : int
        Last step that stays as it is.
    keep : float
        Share of growth (in logs) that is kept from one year to the next, 0 to 1.

    Returns
    -------
    array, shape (n_paths, horizon)

    Examples
    --------
    >>> faded(np.array([[2.0, 4.0, 8.0]]), 1.0, steady=1, keep=0.5).round(3).tolist()
    [[2.0, 2.828, 3.364]]
    """
    horizon = paths.shape[1]
    median = np.median(paths, axis=0)
    if horizon <= steady or last <= 0 or median.min() <= 0:
        return paths
    m = np.log(median)
    beyond = np.arange(1, horizon - steady + 1)
    new = m[steady - 1] + np.cumsum(np.diff(m)[steady - 1 :] * keep**beyond)
    out: Floats = paths.copy()
    out[:, steady:] = np.exp(new) * paths[:, steady:] / median[steady:]
    return out


def widened(paths: Floats, extra: Floats) -> Floats:
    """Widen paths around their median, in logarithms, falls no deeper than rises are high.

    With ``d`` the logarithm of a path over the median, a fall at rank i is first limited to the rise at the mirrored
    rank: additive errors take counts to zero, where no count of the panel has gone. Then an independent Gaussian error
    is added rank by rank, ``d' = sign(d) sqrt(d^2 + (extra z / z_80)^2)`` with z the normal score of the rank and
    z_80 = 1.2816, so that the distance from the median to the edge of the 80 percent band grows from w to
    ``sqrt(w^2 + extra^2)``: narrow bands, which know nothing of changes of policy, widen, wide ones hardly, and long
    tails grow no longer. Steps whose median reaches zero stay as they are.

    Parameters
    ----------
    paths : array, shape (n_paths, horizon)
        Not negative.
    extra : array, shape (2, horizon)
        Falls, rises.

    Returns
    -------
    array, shape (n_paths, horizon)

    Examples
    --------
    >>> widened(np.array([[0.0], [2.0], [4.0]]), np.zeros((2, 1))).ravel().tolist()
    [1.0, 2.0, 4.0]
    """
    median = np.median(paths, axis=0)
    if median.min() <= 0:
        return paths
    order = np.argsort(paths, axis=0, kind="stable")
    ranked = np.take_along_axis(paths, order, axis=0)
    with np.errstate(divide="ignore"):
        d = np.log(ranked / median)
    d = np.where(d < 0, np.maximum(d, -np.maximum(d[::-1], 0.0)), d)
    n = paths.shape[0]
    z = ndtri((np.arange(n) + 0.5) / n)[:, None] / ndtri(0.9)
    d = np.sign(z) * np.sqrt(d**2 + (np.where(z < 0, extra[0], extra[1]) * z) ** 2)
    out = np.empty_like(paths)
    np.put_along_axis(out, order, median * np.exp(d), axis=0)
    return out


def bounded(paths: Floats, last: Floats, upper: Floats | float) -> Floats:
    """Bend paths so that they stay below `upper`; the first small step stays what it was.

    With ``D = ln p - ln p_0`` the change a model gives, ``x = p_0 / (1 - p_0/U_0) exp(D / (1 - p_0/U_0))`` and
    ``p' = x U / (x + U)``. For a constant bound this adds ``D / (1 - p_0/U)`` to the logit of p/U: Verhulst's logistic
    growth, with today's growth measured at the room left today. Far below the bound nothing changes to first order.

    Parameters
    ----------
    paths : array, shape (n_paths, horizon)
        Not negative; zeros stay.
    last : array, shape (n_paths,)
        Last level of each path.
    upper : float or array, shape (n_paths, horizon + 1)
        Bound from the year of `last` on: a constant (1 for a share), or one draw a path where nobody knows it.

    Returns
    -------
    array, shape (n_paths, horizon)
        Between 0 and `upper`.

    Examples
    --------
    >>> bounded(np.array([[0.011, 2.0]]), np.array([0.01]), 1.0).round(4).tolist()
    [[0.011, 0.6806]]
    """
    U = np.broadcast_to(upper, (paths.shape[0], paths.shape[1] + 1))
    p0 = np.clip(last / U[:, 0], 1e-9, 1 - 1e-6)[:, None]
    positive = paths > 0
    with np.errstate(over="ignore", divide="ignore"):
        change = np.log(np.where(positive, paths, 1.0)) - np.log(p0 * U[:, :1])
        # x U / (x + U) = U / (1 + U/x), which survives an x too large for a number
        inverse = (1 - p0) / (p0 * U[:, :1]) * np.exp(-change / (1 - p0))
    out: Floats = np.where(positive, U[:, 1:] / (1 + U[:, 1:] * inverse), 0.0)
    return out
