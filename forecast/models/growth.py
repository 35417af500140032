"""Saturating growth curves: logistic, Gompertz and Bass, with a ceiling as uncertain as the data leave it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from forecast.errors import InputError, ModelRefusalError
from forecast.models.fitted import (
    Drawn,
    drawn_sds,
    mirrored_normals,
    normalised,
    require_length,
    require_near,
    require_positive,
)
from forecast.models.smoothing import SMALLEST_SQUARES, pick
from forecast.series import Floats, Series

Shape = Literal["logistic", "gompertz", "bass"]

CEILINGS = np.geomspace(1.02, 30.0, 40)
"""Ceilings to weigh, in multiples of the largest value. Even steps of the logarithm: the prior knows no scale."""


@dataclass(frozen=True)
class Growth:
    """Curve that rises to a ceiling, the ceiling drawn for each path by its posterior weight.

    For each ceiling K on a grid from 1.02 to 30 times the largest value, a curve is fitted, and K is weighed by
    ``SSE^(-n/2)`` on logarithms under a prior that is flat in log K. Before the inflection data say little about K,
    and the band is as wide as that is true. Past residuals follow a first-order autoregression that fades in the
    forecast, so paths start at the last value.

    - logistic: ``K / (1 + exp(-(a + b t)))``, straight in ``log(y / (K - y))`` (Verhulst 1838)
    - Gompertz: ``K exp(-exp(-(a + b t)))``, straight in ``-log(log(K / y))`` (Gompertz 1825; Winsor 1932, PNAS 18(1))
    - Bass: ``K (1 - exp(-(p + q) t)) / (1 + q/p exp(-(p + q) t))`` for cumulative adoption (Bass 1969, Management
      Science 15(5), 215-227), its start before the data free

    Parameters
    ----------
    shape : {"logistic", "gompertz", "bass"}
        Which curve.
    ceiling : float, optional
        A ceiling known from outside, in the unit of the series; it must exceed every value.

    Examples
    --------
    >>> from forecast.series import years
    >>> t = np.arange(20)
    >>> s = Series("a", "count", "stock", years(2000, 20), 100 / (1 + np.exp(-(t - 8) / 2)))
    >>> f = Growth("logistic").fit(s).forecast(10, n_paths=100, seed=1)
    >>> bool(abs(f.median[-1] - 100) < 2)
    True
    """

    shape: Shape
    ceiling: float | None = None

    @property
    def name(self) -> str:
        """Name of the curve."""
        return self.shape

    def fit(self, series: Series) -> Drawn:
        """Weigh ceilings; needs six values, all above zero, and more at the end than at the start.

        Raises
        ------
        ModelRefusalError
            Where the series does not grow, or exceeds a given ceiling.
        """
        require_length(series, 6, self.name)
        require_positive(series, self.name)
        z, unit = normalised(series)
        require_near(series, z, self.name)
        t = np.arange(z.size, dtype=np.float64)
        slope = float(np.polyfit(t, np.log(z), 1)[0])
        if slope <= 1e-9:
            raise ModelRefusalError(
                f"{series.key}: {self.name} needs a series that grows, this one falls or stands still.",
                "Choose drift, ets or theta.",
            )
        ceilings = CEILINGS * z.max()
        if self.ceiling is not None:
            if self.ceiling <= series.values.max():
                raise ModelRefusalError(
                    f"{series.key}: the ceiling {self.ceiling:g} is not above the largest value "
                    f"{series.values.max():g}.",
                    "Give a higher ceiling, or none.",
                )
            ceilings = np.array([self.ceiling / unit])
        curves = [fit_curve(self.shape, z, float(k)) for k in ceilings]
        residuals = np.stack([np.log(z) - np.log(curve(t)) for curve in curves])
        squares = np.maximum(np.einsum("kn,kn->k", residuals, residuals), SMALLEST_SQUARES)
        log_weight = -0.5 * (z.size - 3) * np.log(squares)
        memory = _memory(residuals)
        shocks_squares = np.sum((residuals[:, 1:] - memory[:, None] * residuals[:, :-1]) ** 2, axis=1)

        def draw(horizon: int, n_paths: int, rng: np.random.Generator) -> Floats:
            chosen = pick(log_weight, n_paths, rng)
            future = np.arange(z.size, z.size + horizon, dtype=np.float64)
            means = np.stack([np.log(curve(future)) for curve in curves])[chosen]
            sd = drawn_sds(rng, n_paths, 1.0, z.size - 4) * np.sqrt(shocks_squares[chosen])
            shocks = sd[:, None] * mirrored_normals(rng, n_paths, horizon)
            apart = residuals[chosen, -1]
            for h in range(horizon):
                apart = memory[chosen] * apart + shocks[:, h]
                means[:, h] += apart
            paths: Floats = unit * np.exp(means)
            return paths

        return Drawn(series, self.name, draw)


@dataclass(frozen=True)
class Curve:
    """A growth curve with its numbers, callable on time."""

    shape: Shape
    ceiling: float
    a: float
    b: float
    start: float = 0.0

    def __call__(self, t: Floats) -> Floats:
        """Value at times `t`."""
        with np.errstate(over="ignore"):
            if self.shape == "logistic":
                out: Floats = self.ceiling / (1 + np.exp(-(self.a + self.b * t)))
            elif self.shape == "gompertz":
                out = self.ceiling * np.exp(-np.exp(-(self.a + self.b * t)))
            else:
                p, q, age = self.a, self.b, t + self.start
                faded = np.exp(-(p + q) * age)
                out = self.ceiling * (1 - faded) / (1 + q / p * faded)
        return np.maximum(out, 1e-12)


def fit_curve(shape: Shape, values: Floats, ceiling: float) -> Curve:
    """Fit the curve of one ceiling to positive `values` below it, by least squares on its straightened scale.

    Raises
    ------
    InputError
        Where the shape is unknown.
    """
    t = np.arange(values.size, dtype=np.float64)
    if shape == "logistic":
        share = values / ceiling
        b, a = np.polyfit(t, np.log(share / (1 - share)), 1, w=1 - share)  # errors are of log y, not of the logit
        return Curve(shape, ceiling, float(a), float(b))
    if shape == "gompertz":
        inner = np.log(ceiling / values)
        b, a = np.polyfit(t, -np.log(inner), 1, w=inner)
        return Curve(shape, ceiling, float(a), float(b))
    if shape == "bass":
        return _fit_bass(values, ceiling)
    raise InputError(f'growth shape "{shape}" is unknown.', "Known: logistic, gompertz, bass.")


def _fit_bass(values: Floats, ceiling: float) -> Curve:
    """Search p + q and q/p on a grid that is refined twice; the start before the data follows from the values."""
    speeds, ratios = np.geomspace(0.02, 1.5, 24), np.geomspace(0.2, 300.0, 16)
    for _ in range(3):
        speed, ratio, start = _best_bass(values, ceiling, speeds, ratios)
        speeds = speed * np.geomspace((speeds[0] / speeds[1]), (speeds[1] / speeds[0]), 9)
        ratios = ratio * np.geomspace((ratios[0] / ratios[1]), (ratios[1] / ratios[0]), 9)
    p = speed / (1 + ratio)
    return Curve("bass", ceiling, p, ratio * p, start)


def _best_bass(values: Floats, ceiling: float, speeds: Floats, ratios: Floats) -> tuple[float, float, float]:
    t = np.arange(values.size, dtype=np.float64)
    speed, ratio = (x.ravel()[:, None] for x in np.meshgrid(speeds, ratios, indexing="ij"))
    share = values / ceiling
    # Inverse of the curve: the age at which each value is reached. The start is the mean age minus time, each weighed
    # by how much a step of time changes the logarithm of the curve there.
    ages = np.log((1 + ratio * share) / (1 - share)) / speed
    weights = (1 - share) * (1 + ratio * share) / share
    start = np.maximum(np.average(ages - t, axis=1, weights=weights)[:, None], 0.01)
    faded = np.exp(-speed * (t + start))
    curve = ceiling * (1 - faded) / (1 + ratio * faded)
    errors = np.sum((np.log(values) - np.log(np.maximum(curve, 1e-12))) ** 2, axis=1)
    at = int(errors.argmin())
    return float(speed[at, 0]), float(ratio[at, 0]), float(start[at, 0])


def _memory(residuals: Floats) -> Floats:
    """First-order autocorrelation of each row, 0 to 0.95."""
    power = np.sum(residuals[:, :-1] ** 2, axis=1)
    r = np.sum(residuals[:, 1:] * residuals[:, :-1], axis=1) / np.maximum(power, 1e-300)
    out: Floats = np.clip(r, 0.0, 0.95)
    return out
