"""Naive: the last value stays, a random walk around it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecast.models.fitted import Drawn, drawn_sds, mirrored_normals, normalised, require_length
from forecast.series import Floats, Series


@dataclass(frozen=True)
class Naive:
    """Random walk without drift: ``y[t] = y[t-1] + e[t]``.

    Steps are Gaussian given their variance, which is drawn for each path from its posterior
    (Hyndman & Athanasopoulos, Forecasting: Principles and Practice, 3rd ed., section 5.2).

    Examples
    --------
    >>> from forecast.series import years
    >>> s = Series("a", "count", "flow", years(2020, 4), [3, 5, 4, 6])
    >>> Naive().fit(s).forecast(2, n_paths=100, seed=1).median.round(9).tolist()
    [6.0, 6.0]
    """

    name: str = "naive"

    def fit(self, series: Series) -> Drawn:
        """Learn the size of a step; needs two values."""
        require_length(series, 2, self.name)
        z, scale = normalised(series)
        steps = np.diff(z)
        squares = float(steps @ steps)

        def draw(horizon: int, n_paths: int, rng: np.random.Generator) -> Floats:
            sd = drawn_sds(rng, n_paths, squares, steps.size)
            walk = np.cumsum(sd[:, None] * mirrored_normals(rng, n_paths, horizon), axis=1)
            out: Floats = scale * (z[-1] + walk)
            return out

        return Drawn(series, self.name, draw)
