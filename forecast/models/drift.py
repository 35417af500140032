"""Drift: the random walk with the mean change of the past, the benchmark of everything else."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecast.models.fitted import Drawn, drawn_sds, mirrored_normals, normalised, require_length
from forecast.series import Floats, Series


@dataclass(frozen=True)
class Drift:
    """Random walk with drift: ``y[t] = y[t-1] + c + e[t]``, ``c`` the mean change.

    Each path has its own drift and variance, drawn from their posterior, so that the variance at step h is
    ``sigma^2 (h + h^2 / (n - 1))`` before the tails of the variance (Hyndman & Athanasopoulos, Forecasting:
    Principles and Practice, 3rd ed., sections 5.2 and 5.5).

    Examples
    --------
    >>> from forecast.series import years
    >>> s = Series("a", "count", "flow", years(2020, 4), [3, 5, 4, 6])
    >>> Drift().fit(s).forecast(2, n_paths=100, seed=1).median.round(9).tolist()
    [7.0, 8.0]
    """

    name: str = "drift"

    def fit(self, series: Series) -> Drawn:
        """Learn the mean change and the spread around it; needs three values."""
        require_length(series, 3, self.name)
        z, scale = normalised(series)
        steps = np.diff(z)
        mean = float(steps.mean())
        squares = float(np.sum((steps - mean) ** 2))

        def draw(horizon: int, n_paths: int, rng: np.random.Generator) -> Floats:
            sd = drawn_sds(rng, n_paths, squares, steps.size - 1)[:, None]
            normals = mirrored_normals(rng, n_paths, horizon + 1)
            drifts = mean + sd / np.sqrt(steps.size) * normals[:, :1]
            out: Floats = scale * (z[-1] + np.cumsum(drifts + sd * normals[:, 1:], axis=1))
            return out

        return Drawn(series, self.name, draw)
