"""Series laid out as Prophet lays them out: time from 0 to 1, changepoints, columns of seasons and regressors."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from forecast.models.prophet_map import Designs
from forecast.series import Floats

SLOPE_SD = 5.0
"""Prior standard deviation of slope and offset in Prophet's Stan program (Taylor & Letham 2018, and its source)."""
EXTRA_SD = 10.0
"""Prophet's default ``seasonality_prior_scale``, and that of regressors."""
WIDTHS = (10, 14, 18, 24, 32, 48, 72, 120, 240)
"""Rows of the arrays that series are put into: the first that holds all values, so that the same series always works
in an array of the same shape, and rounds the same way, whatever other series there are."""
GROWTHS = ("linear", "flat", "logistic")
"""Trends: piecewise linear, none, or piecewise logistic below a cap."""

FIRST_DAY = 10_957
"""1 January 2000 in days since 1970, where the even time axis starts."""


def width(n: int) -> int:
    """Give the rows of the array for a series of `n` values.

    Examples
    --------
    >>> width(11), width(500)
    (14, 500)
    """
    return next((w for w in WIDTHS if n <= w), n)


def changepoints(t: Floats, n_changepoints: int = 25, span: float = 0.8) -> Floats:
    """Give the changepoint times Prophet places: evenly over the first `span` of the history, not at its first point.

    Examples
    --------
    >>> changepoints(np.linspace(0, 1, 6))
    array([0.2, 0.4, 0.6])
    """
    size = int(np.floor(t.size * span))
    n = min(n_changepoints, size - 1)
    if n <= 0:
        return np.zeros(1)  # Prophet puts a dummy changepoint at the start, which bends the whole line
    out: Floats = t[np.linspace(0, size - 1, n + 1).round().astype(int)[1:]]
    return out


def season_order(season: int, n: int) -> int:
    """Pairs of sine and cosine in the yearly season; none where two whole years are not there."""
    return min(season // 2, 6) if season > 1 and n >= 2 * season else 0


def waves(season: int, order: int, first: int, n: int) -> Floats:
    """Seasonal columns, shape (n, 2 order), of `n` periods from number `first` on, as the library makes them of days.

    Examples
    --------
    >>> waves(4, 1, 0, 4).round(6).tolist()[0] == waves(4, 1, 4, 1).round(6).tolist()[0]
    True
    """
    if order == 0:
        return np.zeros((n, 0))
    days = np.arange(first, first + n, dtype=np.float64) + FIRST_DAY
    angles = 2 * np.pi * days[:, None] * np.arange(1, order + 1) / season
    out: Floats = np.stack([np.sin(angles), np.cos(angles)], axis=2).reshape(n, -1)
    return out


def designs(
    values: Sequence[Floats], *, extras: Sequence[Floats] | None = None, n_changepoints: int = 25, span: float = 0.8,
    growth: str = "linear",
) -> Designs:  # fmt: skip
    """Lay out series on an even time axis from 0 to 1, as Prophet does.

    Parameters
    ----------
    values : sequence of array
        The values of each series, in any unit.
    extras : sequence of array, optional
        For each series its seasonal columns and regressors, shape (t, k) with one k for all.
    n_changepoints, span : int, float
        Prophet's ``n_changepoints`` and ``changepoint_range``.
    growth : {"linear", "flat", "logistic"}
        With flat growth there is no slope and no changepoint.

    Returns
    -------
    Designs
        Padded to the `width` of the longest; hinges before extras.
    """
    lengths = np.array([v.size for v in values])
    n, rows = lengths.size, width(int(lengths.max()))
    hinges = changepoints(np.linspace(0.0, 1.0, rows), n_changepoints, span).size
    k = extras[0].shape[1] if extras else 0
    x, y = np.zeros((n, rows, 2 + hinges + k)), np.zeros((n, rows))
    real = np.zeros((n, 2 + hinges + k), dtype=np.bool_)
    real[:, 1], real[:, 2 + hinges :] = True, True
    for length in np.unique(lengths):
        at, t = np.flatnonzero(lengths == length), np.linspace(0.0, 1.0, length)
        bends = changepoints(t, n_changepoints, span)
        x[at, :length, 1] = 1.0
        if growth != "flat":
            x[at, :length, 0] = t
            x[at, :length, 2 : 2 + bends.size] = np.maximum(t[:, None] - bends, 0.0)
            real[at, : 2 + bends.size] = True
    for i, v in enumerate(values):
        y[i, : v.size] = v / (np.abs(v).max() or 1.0)
        if extras:
            x[i, : v.size, 2 + hinges :] = extras[i]
    place = np.arange(2 + hinges + k)
    hinge = (place >= 2) & (place < 2 + hinges)
    ridge = np.where(hinge, 0.0, np.where(place < 2, SLOPE_SD**-2, EXTRA_SD**-2))
    return Designs(x, y, lengths.astype(np.float64), real, hinge, np.broadcast_to(ridge, (n, place.size)))
