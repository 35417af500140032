"""Seasonal naive: each season repeats its last value."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecast.errors import ModelRefusalError
from forecast.models.fitted import Drawn, drawn_sds, mirrored_normals, normalised, require_length
from forecast.series import Floats, Series


@dataclass(frozen=True)
class SeasonalNaive:
    """Seasonal random walk: ``y[t] = y[t-m] + e[t]``, ``m`` the season length of the frequency.

    Reference: Hyndman & Athanasopoulos, Forecasting: Principles and Practice, 3rd ed., section 5.2.

    Examples
    --------
    >>> import pandas as pd
    >>> quarters = pd.period_range("2023Q1", periods=8, freq="Q")
    >>> s = Series("a", "count", "flow", quarters, [1, 2, 3, 4, 2, 3, 4, 5])
    >>> SeasonalNaive().fit(s).forecast(4, n_paths=100, seed=1).median.round(9).tolist()
    [2.0, 3.0, 4.0, 5.0]
    """

    name: str = "seasonal_naive"

    def fit(self, series: Series) -> Drawn:
        """Learn the spread of changes over a season; needs one season and two values more.

        Raises
        ------
        ModelRefusalError
            Where the frequency has no season (annual data), or the series is too short.
        """
        m = series.season
        if m == 1:
            raise ModelRefusalError(
                f"{series.key}: {self.name} needs a frequency with seasons, the series is annual.",
                "Choose naive, which is the same for annual data.",
            )
        require_length(series, m + 2, self.name)
        z, scale = normalised(series)
        changes = z[m:] - z[:-m]
        squares = float(changes @ changes)

        def draw(horizon: int, n_paths: int, rng: np.random.Generator) -> Floats:
            errors = drawn_sds(rng, n_paths, squares, changes.size)[:, None] * mirrored_normals(rng, n_paths, horizon)
            paths = np.empty((n_paths, horizon))
            for h in range(horizon):
                paths[:, h] = (paths[:, h - m] if h >= m else z[h - m]) + errors[:, h]
            return scale * paths

        return Drawn(series, self.name, draw)
