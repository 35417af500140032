"""The learned combination over many series at once, to the last digit the same whatever other series there are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from forecast.models.auto import forecast_many
from forecast.pooled.forecasts import CHUNK, Quantiles
from forecast.pooled.gate import LONGEST, season_class
from forecast.series import Floats, Series

WIDTHS = (8, 12, 16, 20, 24, 32, 45, 60, 80, 120)
"""Columns of the arrays that series are put into: the first that holds all values that are used."""


def auto_numbers(series: Sequence[Series], horizon: int, *, levels: Sequence[float]) -> Floats:
    """Give means and bands of exact series by `forecast.models.auto.forecast_many`.

    Sums and products of matrices round differently in arrays of different shapes, by the last digit. So that a series
    gets the same numbers alone, in any partition and beside any others, it always works in an array of `CHUNK` rows
    and of as many columns as its own length says; rows that are left are filled with straight lines.

    Parameters
    ----------
    series : sequence of Series
        Each exact, with three values or more.
    horizon : int
        Steps ahead.
    levels : sequence of float
        Central bands in percent, L of them.

    Returns
    -------
    array, shape (N, 1 + 2 L, horizon)
        Mean, then lower and upper edge of each level.

    Examples
    --------
    >>> from forecast.series import years
    >>> s = Series("a", "count", "flow", years(2010, 8), 5.0 + np.arange(8))
    >>> auto_numbers([s], 2, levels=(80,)).shape
    (1, 3, 2)
    """
    out = np.empty((len(series), 1 + 2 * len(levels), horizon))
    groups: dict[tuple[int, int], list[int]] = {}
    for i, one in enumerate(series):
        groups.setdefault(_shape(one), []).append(i)
    for (_, width), members in groups.items():
        line = _line(series[members[0]], width)
        # One row in each block is a line of full width, so that the width does not depend on the others.
        for begin in range(0, len(members), CHUNK - 1):
            at = members[begin : begin + CHUNK - 1]
            rows = [series[i] for i in at] + [line] * (CHUNK - len(at))
            found = forecast_many(rows, horizon, levels=levels)
            out[at] = _stacked(found, len(at))
    return out


def _shape(series: Series) -> tuple[int, int]:
    kind, season = season_class(series.season), series.season
    longest = max(LONGEST[kind], 3 * season if kind > 1 else 0)
    used = min(series.n, longest)
    return season, next((w for w in WIDTHS if used <= w <= longest), longest)


def _line(like: Series, width: int) -> Series:
    periods = pd.period_range(like.periods[0], periods=width, freq=like.periods.freq)
    return Series("", "", "flow", periods, np.arange(1.0, width + 1))


def _stacked(found: Quantiles, n: int) -> Floats:
    edges = np.stack([found.lower[:n], found.upper[:n]], axis=2)
    out: Floats = np.concatenate([found.means[:n, None], edges.reshape(n, -1, found.points.shape[1])], axis=1)
    return out
