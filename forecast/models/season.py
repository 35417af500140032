"""Seasonal adjustment by classical decomposition, for models that have no season of their own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecast.series import Floats


@dataclass(frozen=True, eq=False)
class Adjusted:
    """A series without its season.

    Parameters
    ----------
    values : array, shape (n,)
        Seasonally adjusted.
    pattern : array, shape (season,)
        Factors (or amounts) of the periods after the series, the next one first.
    multiplied : bool
        Whether the pattern is multiplied rather than added.
    """

    values: Floats
    pattern: Floats
    multiplied: bool

    def put_back(self, paths: Floats) -> Floats:
        """Give paths (n_paths, horizon) with the season in them again."""
        tiled = np.resize(self.pattern, paths.shape[1])
        return paths * tiled if self.multiplied else paths + tiled


def without_season(values: Floats, season: int) -> Adjusted:
    """Take the season out where there is one.

    The test is the one of the M4 benchmarks: the autocorrelation at lag m beyond its 90% limit,
    ``1.645 sqrt((1 + 2 sum r_i^2) / n)`` with i below m (Makridakis, Spiliotis & Assimakopoulos 2020, International
    Journal of Forecasting 36(1), 54-74). Decomposition: centred moving average of length m, mean ratio (or difference)
    by season (Hyndman & Athanasopoulos, Forecasting: Principles and Practice, 3rd ed., section 3.4).

    Examples
    --------
    >>> y = np.tile([1.0, 2.0, 3.0, 2.0], 5)
    >>> np.ptp(without_season(y, 4).values).round(6).tolist()
    0.0
    """
    n, m = values.size, season
    flat = Adjusted(values, np.zeros(1), False)
    if m == 1 or n < 3 * m or not _is_seasonal(values, m):
        return flat
    multiplied = bool(values.min() > 0)
    weights = np.ones(m) / m if m % 2 else np.r_[0.5, np.ones(m - 1), 0.5] / m
    trend = np.convolve(values, weights, mode="valid")
    inside = np.arange(n)[m // 2 : m // 2 + trend.size]
    apart = values[inside] / trend if multiplied else values[inside] - trend
    pattern = np.array([apart[inside % m == j].mean() for j in range(m)])
    pattern = pattern / pattern.mean() if multiplied else pattern - pattern.mean()
    if multiplied and pattern.min() < 0.01:
        return flat
    whole = np.resize(pattern, n)
    adjusted = values / whole if multiplied else values - whole
    return Adjusted(adjusted, np.roll(pattern, -(n % m)), multiplied)


def _is_seasonal(values: Floats, m: int) -> bool:
    # A trend alone makes all autocorrelations high, so the test is on the values without their straight line.
    t = np.arange(values.size)
    centred = values - np.polyval(np.polyfit(t, values, 1), t)
    power = float(centred @ centred)
    if power <= 1e-20 * float(values @ values):
        return False
    r = np.array([float(centred[i:] @ centred[:-i]) / power for i in range(1, m + 1)])
    limit = 1.645 * np.sqrt((1 + 2 * np.sum(r[:-1] ** 2)) / values.size)
    return bool(r[-1] > limit)
