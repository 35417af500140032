"""Seasonal adjustment of many series at once, with indices shrunk by their own uncertainty."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from forecast.pooled.aligned import Aligned
from forecast.series import Floats

SMALLEST_INDEX = 0.05
"""Series with a factor below this are adjusted by differences."""


@dataclass(frozen=True, eq=False)
class Adjusted:
    """Series without their seasons.

    Parameters
    ----------
    rows : Aligned
        Seasonally adjusted values.
    pattern : array, shape (N, season)
        Factors (or amounts) of the periods after the series, the next one first.
    multiplied : array of bool, shape (N,)
        Whether the pattern is multiplied rather than added.
    """

    rows: Aligned
    pattern: Floats
    multiplied: NDArray[np.bool_]

    def put_back(self, values: Floats) -> Floats:
        """Give values (N, ..., H) with the season in them again."""
        n, season = self.pattern.shape
        horizon = values.shape[-1]
        tiled = self.pattern[:, np.arange(horizon) % season].reshape(n, *(1,) * (values.ndim - 2), horizon)
        multiplied = self.multiplied.reshape(n, *(1,) * (values.ndim - 1))
        out: Floats = np.where(multiplied, values * tiled, values + tiled)
        return out


def without_season(rows: Aligned, season: int) -> Adjusted:
    """Take the season out by classical decomposition.

    Ratios (differences where a value is not above zero) to the centred moving average, averaged by season (Hyndman &
    Athanasopoulos, Forecasting: Principles and Practice, 3rd ed., section 3.4), shrunk towards none by the James-Stein
    rule (Miller & Williams 2003, International Journal of Forecasting 19(4), 669-684). A pattern needs two and a half
    cycles of values.

    Examples
    --------
    >>> from forecast.pooled.aligned import aligned
    >>> y = np.tile([1.0, 2.0, 3.0, 2.0], 5)
    >>> a = without_season(aligned([y], longest=60), 4)
    >>> a.rows.values.round(9)[0, :4].tolist(), a.pattern.round(9).tolist()
    ([2.0, 2.0, 2.0, 2.0], [[0.5, 1.0, 1.5, 1.0]])
    """
    count, width = rows.values.shape
    if season == 1 or width < 2.5 * season:
        return Adjusted(rows, np.zeros((count, max(season, 1))), np.zeros(count, dtype=bool))
    positive = np.where(rows.present, rows.values, np.inf).min(1) > 0
    factors, multiplied = _indices(rows, season, positive)
    bad = positive & (factors.min(1) < SMALLEST_INDEX)
    if bad.any():
        other, multiplied = _indices(rows, season, positive & ~bad)
        factors = np.where(bad[:, None], other, factors)
    phase = (width - 1 - np.arange(width)) % season
    whole = factors[:, phase]
    values = np.where(multiplied[:, None], rows.values / np.where(multiplied[:, None], whole, 1.0), rows.values - whole)
    pattern = factors[:, -(np.arange(season) + 1) % season]
    return Adjusted(replace(rows, values=np.where(rows.present, values, 0.0)), pattern, multiplied)


def _indices(rows: Aligned, season: int, multiplied: NDArray[np.bool_]) -> tuple[Floats, NDArray[np.bool_]]:
    """Index of each season counted back from the last value, shape (N, season)."""
    y = rows.values
    width, half = y.shape[1], season // 2
    total = np.concatenate([np.zeros((y.shape[0], 1)), np.cumsum(y, axis=1)], axis=1)
    inside = np.arange(half, width - half)
    if season % 2:
        trend = (total[:, inside + half + 1] - total[:, inside - half]) / season
    else:
        trend = (
            total[:, inside + half] - total[:, inside - half] + 0.5 * (y[:, inside + half] - y[:, inside - half])
        ) / season
    real = (inside - half >= rows.first[:, None]) & (rows.lengths >= 2.5 * season)[:, None]
    m = multiplied[:, None]
    apart = np.where(m, y[:, inside] / np.where(m & real, trend, 1.0) - 1.0, y[:, inside] - trend) * real
    phase = (width - 1 - inside) % season
    member = (phase[:, None] == np.arange(season)).astype(float)
    cells = np.maximum(real @ member, 1.0)
    index = (apart @ member) / cells
    index = index - index.mean(1, keepdims=True)
    left = (apart - index[:, phase]) * real
    noise = (left * left).sum(1) / np.maximum(real.sum(1) - season, 1) / cells.mean(1)
    signal = (index * index).sum(1) / (season - 1)
    keep = np.where(
        signal > 0, np.maximum(signal - noise * (season - 3) / (season - 1), 0.0) / np.maximum(signal, 1e-300), 0.0
    )
    index = index * keep[:, None]
    return np.where(m, 1.0 + index, index), multiplied
