"""The dynamic optimised theta model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecast.models.fitted import Drawn, drawn_sds, mirrored_normals, normalised, require_length
from forecast.models.season import without_season
from forecast.models.smoothing import pick, solve
from forecast.series import Floats, Series

ALPHAS = np.r_[0.01, np.arange(0.05, 1.0, 0.05), 0.99]
WEIGHTS = np.r_[0.0, 0.25, np.arange(0.4, 1.0, 0.1), 0.95, 1.0]
"""Weights ``1 - 1/theta`` of the straight line; theta = 2, the standard method, is 0.5."""


@dataclass(frozen=True)
class Theta:
    """Dynamic optimised theta model: exponential smoothing plus a part of the straight line through the past.

    ``y[t] = l[t-1] + (1 - 1/theta) ((1-a)^(t-1) A[t-1] + (1 - (1-a)^t)/a B[t-1]) + e[t]`` with ``l[t] = a y[t] +
    (1-a) l[t-1]`` and ``A, B`` the intercept and slope of the least-squares line through ``y[1..t]``. Smoothing ``a``
    and ``theta`` of each path are drawn by their posterior weight on a grid; ``l[0]`` is least squares. Seasonal data
    are adjusted first (see `forecast.models.season`). Reference: Fiorucci, Pellegrini, Louzada, Petropoulos & Koehler
    (2016), Models for optimising the theta method, International Journal of Forecasting 32(4), 1151-1161.

    Parameters
    ----------
    power : float
        Box-Cox power of the scale on which the model works, 1 for the values themselves, 0 for logarithms. The square
        root did best or nearly so on rolling origins inside the training parts of M1, M3 and Tourism (mean of sMAPE
        and MASE relative to drift: power 0 1.001, 0.25 0.974, 0.5 0.976, 0.75 0.985, 1 1.001). Values that touch zero
        are taken as they are.

    Examples
    --------
    >>> from forecast.series import years
    >>> s = Series("a", "count", "flow", years(2010, 10), 5.0 + np.arange(10))
    >>> Theta().fit(s).forecast(1, n_paths=100, seed=1).median.shape
    (1,)
    """

    name: str = "theta"
    power: float = 0.5

    def fit(self, series: Series) -> Drawn:
        """Weigh the parameters; needs four values."""
        require_length(series, 4, self.name)
        z, scale = normalised(series)
        adjusted = without_season(z, series.season)
        power = self.power if adjusted.values.min() > 0 else 1.0
        y = bent(adjusted.values, power)
        alpha, weight = (x.ravel() for x in np.meshgrid(ALPHAS, WEIGHTS, indexing="ij"))
        errors, unit, level, reach = _one_step(y, alpha, weight)
        start, squares, log_weight = solve(unit[:, 1:, None], errors[:, 1:])
        ends = level + reach * start[:, 0]

        def draw(horizon: int, n_paths: int, rng: np.random.Generator) -> Floats:
            chosen = pick(log_weight, n_paths, rng)
            sd = drawn_sds(rng, n_paths, 1.0, series.n - 2) * np.sqrt(squares[chosen])
            shocks = sd[:, None] * mirrored_normals(rng, n_paths, horizon)
            paths = _onward(y, alpha[chosen], weight[chosen], ends[chosen], shocks)
            return scale * adjusted.put_back(straightened(paths, power))

        return Drawn(series, self.name, draw)


def bent(values: Floats, power: float) -> Floats:
    """Box & Cox (1964): ``(y^p - 1)/p``, the logarithm for p = 0."""
    if power == 1.0:
        return values
    out: Floats = np.log(values) if power == 0.0 else (values**power - 1) / power
    return out


def straightened(values: Floats, power: float) -> Floats:
    """Inverse of `bent`; what lies below the range of the transform becomes zero."""
    if power == 1.0:
        return values
    out: Floats = np.exp(values) if power == 0.0 else np.maximum(power * values + 1, 0.0) ** (1 / power)
    return out


def _line(n: int, mean: Floats | float, slope: Floats | float, value: Floats | float) -> tuple[Floats, Floats, Floats]:
    """Mean, intercept and slope of the least-squares line after value number `n` (Fiorucci et al. 2016, eq. 9)."""
    new_slope = ((n - 2) * slope + 6 / n * (value - mean)) / (n + 1)
    new_mean = ((n - 1) * mean + value) / n
    return np.asarray(new_mean), np.asarray(new_mean - (n + 1) / 2 * new_slope), np.asarray(new_slope)


def _one_step(y: Floats, alpha: Floats, weight: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Errors with ``l[0] = 0``, minus their derivative by ``l[0]``, last level with ``l[0] = 0`` and its derivative."""
    n = y.size
    errors, unit = np.empty((alpha.size, n)), np.empty((alpha.size, n))
    level, reach = np.zeros(alpha.size), np.ones(alpha.size)
    mean: Floats | float = 0.0
    intercept: Floats | float = 0.0
    slope: Floats | float = 0.0
    for t in range(1, n + 1):
        expected = level + weight * (reach * intercept + (1 - (1 - alpha) * reach) / alpha * slope)
        errors[:, t - 1] = y[t - 1] - expected
        unit[:, t - 1] = reach
        level = alpha * y[t - 1] + (1 - alpha) * level
        # The first slope is undefined and multiplied by zero in later steps, so the line starts flat.
        mean, intercept, slope = (y[0], y[0], 0.0) if t == 1 else _line(t, mean, slope, y[t - 1])
        reach = reach * (1 - alpha)
    return errors, unit, level, reach


def _onward(y: Floats, alpha: Floats, weight: Floats, level: Floats, shocks: Floats) -> Floats:
    """Simulate the model after its data, shape (n_paths, horizon)."""
    n = y.size
    t = np.arange(1, n + 1)
    slope_now = float(np.polyfit(t, y, 1)[0])
    mean = np.full(level.size, y.mean())
    slope = np.full(level.size, slope_now)
    intercept = mean - (n + 1) / 2 * slope
    reach = (1 - alpha) ** n
    paths = np.empty_like(shocks)
    for h in range(shocks.shape[1]):
        value = level + weight * (reach * intercept + (1 - (1 - alpha) * reach) / alpha * slope) + shocks[:, h]
        paths[:, h] = value
        level = alpha * value + (1 - alpha) * level
        mean, intercept, slope = _line(n + h + 1, mean, slope, value)
        reach = reach * (1 - alpha)
    return paths
