"""Periods without a value, filled as unknown: the middle of what may have been, with how wide it may have been."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from forecast.series import Floats

WIDEST = 1.5
"""Largest log standard deviation given to a filled value: a factor of twenty either way."""


def filled(values: Floats, places: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Fill the gaps between known values.

    A random walk tied to both neighbours (Brownian bridge): at step ``a`` of a gap of ``g`` steps the middle lies on
    the straight line between the neighbours, with variance ``s^2 a (g - a) / g``, where ``s^2`` is the variance of a
    step, from the known steps of the series: ``s^2 = sum((d_i - g_i m)^2 / g_i) / (k - 1)`` with ``m`` the mean step.
    In logarithms where all values are above zero, else in levels, with the error turned into that of a logarithm.

    Parameters
    ----------
    values : array, shape (k,)
        Known values.
    places : array of int, shape (k,)
        Their places on the axis, ascending, the first one 0.

    Returns
    -------
    full, log_sd : arrays, shape (places[-1] + 1,)
        Known values unchanged with error 0.

    Examples
    --------
    >>> full, log_sd = filled(np.array([100.0, 110.0, 133.1]), np.array([0, 1, 3]))
    >>> full.round(1).tolist(), (log_sd > 0).tolist()
    ([100.0, 110.0, 121.0, 133.1], [False, False, True, False])
    """
    n = int(places[-1]) + 1
    logs = bool(values.min() > 0)
    x = np.log(values) if logs else values
    axis = np.arange(n)
    line = np.interp(axis, places, x)
    gaps, steps = np.diff(places), np.diff(x)
    mean = (x[-1] - x[0]) / (n - 1) if n > 1 else 0.0
    variance = float(np.sum((steps - gaps * mean) ** 2 / gaps) / max(len(steps) - 1, 1)) if len(steps) else 0.0
    if logs:
        # Steps that agree to the last digit do not make the unknown known: one percent a step at least.
        variance = max(variance, 0.01**2)
    right = np.clip(np.searchsorted(places, axis, side="left"), 1, None) if len(places) > 1 else np.zeros(n, dtype=int)
    left = right - 1
    a, g = axis - places[left], np.maximum(places[right] - places[left], 1)
    sd = np.sqrt(variance * np.maximum(a * (g - a), 0) / g)
    full = np.exp(line) if logs else line
    full[places] = values
    if not logs:
        sd = np.sqrt(np.log1p((sd / np.maximum(np.abs(full), 1e-12)) ** 2))
    sd[places] = 0.0
    return full, np.minimum(sd, WIDEST)
