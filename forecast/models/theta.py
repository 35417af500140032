"""The dynamic optimised theta model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from forecast.errors import ModelRefusalError
from forecast.models.fitted import Draw, Drawn, by_length, drawn_sds, mirrored_normals, normalised
from forecast.models.season import Adjusted, without_season
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
        found = self.fit_many([series])[0]
        if isinstance(found, ModelRefusalError):
            raise found
        return found

    def fit_many(self, series: Sequence[Series]) -> list[Drawn | ModelRefusalError]:
        """Fit every series, those of one length and season at once; each gets the same numbers as alone."""
        return by_length(series, self._together, fewest=4, model=self.name)

    def _together(self, series: list[Series]) -> list[Drawn]:
        scaled = [normalised(one) for one in series]
        adjusted = [without_season(z, one.season) for one, (z, _) in zip(series, scaled, strict=True)]
        powers = [self.power if one.values.min() > 0 else 1.0 for one in adjusted]
        y = np.stack([bent(one.values, power) for one, power in zip(adjusted, powers, strict=True)])
        found = weighed(y)
        return [
            Drawn(one, self.name, _drawing(y[i], found.of(i), adjusted[i], (powers[i], scaled[i][1])))
            for i, one in enumerate(series)
        ]


@dataclass(frozen=True, eq=False)
class Weighed:
    """Theta models of series under G parameter values; of one series without the first axis.

    Parameters
    ----------
    squares, log_weight, level : array, shape (N, G)
        Sum of squared errors, logarithm of the posterior density, last level.
    """

    squares: Floats
    log_weight: Floats
    level: Floats

    def of(self, i: int) -> Weighed:
        """Give the part of series number `i`."""
        return Weighed(self.squares[i], self.log_weight[i], self.level[i])


def weighed(y: Floats) -> Weighed:
    """Weigh the parameters of the grid for series of one length, shape (N, n), each as if it were alone.

    Examples
    --------
    >>> found = weighed(np.array([5.0 + np.arange(10), np.tile([1.0, 3.0], 5)]))
    >>> found.squares.shape == (2, ALPHAS.size * WEIGHTS.size)
    True
    """
    errors, unit, level, reach = _one_step(y, *_grid())
    start, squares, log_weight = solve(unit[:, 1:, None], errors[:, :, 1:])
    return Weighed(squares, log_weight, level + reach * start[..., 0])


def _grid() -> tuple[Floats, Floats]:
    alpha, weight = (x.ravel() for x in np.meshgrid(ALPHAS, WEIGHTS, indexing="ij"))
    return alpha, weight


def _drawing(y: Floats, found: Weighed, adjusted: Adjusted, scale: tuple[float, float]) -> Draw:
    power, unit = scale

    def draw(horizon: int, n_paths: int, rng: np.random.Generator) -> Floats:
        alpha, weight = _grid()
        chosen = pick(found.log_weight, n_paths, rng)
        sd = drawn_sds(rng, n_paths, 1.0, y.size - 2) * np.sqrt(found.squares[chosen])
        shocks = sd[:, None] * mirrored_normals(rng, n_paths, horizon)
        paths = _onward(y, alpha[chosen], weight[chosen], found.level[chosen], shocks)
        return unit * adjusted.put_back(straightened(paths, power))

    return draw


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
    """Errors with ``l[0] = 0``, minus their derivative by ``l[0]``, last level with ``l[0] = 0`` and its derivative.

    Shapes (N, G, n), (G, n), (N, G), (G,).
    """
    n = y.shape[1]
    errors, unit = np.empty((n, y.shape[0], alpha.size)), np.empty((alpha.size, n))
    level, reach = np.zeros((y.shape[0], alpha.size)), np.ones(alpha.size)
    mean = intercept = slope = np.zeros((y.shape[0], 1))
    for t in range(1, n + 1):
        value = y[:, t - 1, None]
        expected = level + weight * (reach * intercept + (1 - (1 - alpha) * reach) / alpha * slope)
        errors[t - 1] = value - expected
        unit[:, t - 1] = reach
        level = alpha * value + (1 - alpha) * level
        # The first slope is undefined and multiplied by zero in later steps, so the line starts flat.
        mean, intercept, slope = (value, value, 0 * value) if t == 1 else _line(t, mean, slope, value)
        reach = reach * (1 - alpha)
    return np.ascontiguousarray(np.moveaxis(errors, 0, 2)), unit, level, reach


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
