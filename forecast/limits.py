"""Bounds that futures keep: shares below one, growth that fades, levels that near a ceiling."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

import numpy as np

from forecast.series import Floats

UPPER = {"share": 1.0, "score": 100.0}
"""Largest possible value by unit."""

FADE_FILE = Path(__file__).with_name("long_horizon.csv")
"""Fade of growth and stretch of bands, written by ``benchmarks/long_horizon.py``."""


@cache
def fade() -> dict[str, float]:
    """Constants of `faded`, as estimated on several thousand long annual series."""
    with FADE_FILE.open(encoding="utf-8", newline="") as file:
        return {row["name"]: float(row["value"]) for row in csv.DictReader(file)}


def faded(paths: Floats, last: float, *, steady: int, keep: float, stretch: float) -> Floats:
    """Let the growth of the median path fade beyond the horizon for which models were trained.

    With ``m_k`` the logarithm of the median path at step k and ``d_k`` what a path deviates from it,
    ``m'_k = m'_{k-1} + keep^(k - steady) (m_k - m_{k-1})`` and ``d'_k = d_k stretch^((k - steady) / steady)`` for
    k > steady; nearer steps stay as they are. Growth observed over a few years says less and less about growth ten
    years on: the constants come from ``benchmarks/long_horizon.py``.

    Parameters
    ----------
    paths : array, shape (n_paths, horizon)
        Not negative. Paths of a series that may be zero keep their zeros.
    last : float
        Last known value.
    steady : int
        Last step that stays as it is.
    keep : float
        Share of growth (in logs) that is kept from one year to the next, 0 to 1.
    stretch : float
        Factor on deviations each `steady` years beyond.

    Returns
    -------
    array, shape (n_paths, horizon)

    Examples
    --------
    >>> faded(np.array([[2.0, 4.0, 8.0]]), 1.0, steady=1, keep=0.5, stretch=1.0).round(3).tolist()
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
    out[:, steady:] = np.exp(new) * (paths[:, steady:] / median[steady:]) ** (stretch ** (beyond / steady))
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
