"""The forecast to bet on where nothing else is asked for: a combination learned over tens of thousands of windows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from forecast.errors import InputError, ModelRefusalError
from forecast.models.combination import Combination
from forecast.models.drift import Drift
from forecast.models.ets import Ets
from forecast.models.fitted import check_size, require_length
from forecast.models.theta import Theta
from forecast.outlook import LEVELS, Forecast
from forecast.pooled.explain import Explanation, explained
from forecast.pooled.forecasts import FEWEST, Quantiles, drawn_paths, no_quantiles, quantiles
from forecast.seeds import stream
from forecast.series import Series

COMBINATION = Combination("combination", (Drift(), Ets(), Theta()))
"""Untrained median of drift, exponential smoothing and theta."""


@dataclass(frozen=True)
class Auto:
    """Learned combination of cheap candidates with learned bands.

    See `docs/methods/auto.md` for recipe and measurements, and ``forecast/pooled/MODEL_CARD.md`` for what it was
    trained on. The median of the paths is the point forecast; where bands reach farther up than down, the mean lies
    above it. Quarterly and monthly series are seasonally adjusted first.

    Examples
    --------
    >>> from forecast.series import years
    >>> s = Series("a", "count", "flow", years(2010, 8), [100, 110, 121, 133.1, 146.41, 161.051, 177.1561, 194.87171])
    >>> Auto().fit(s).forecast(2, n_paths=200, seed=1).median.round(2).tolist()
    [214.37, 235.82]
    """

    name: str = "auto"

    def fit(self, series: Series) -> FittedAuto:
        """Keep the series: nothing is learned from one series alone. Needs three values."""
        require_length(series, FEWEST, self.name)
        return FittedAuto(series, self.name)


@dataclass(frozen=True, eq=False)
class FittedAuto:
    """The learned combination and one series."""

    series: Series
    model: str = "auto"

    def forecast(self, horizon: int, *, n_paths: int, seed: int) -> Forecast:
        """Draw futures whose median is the point forecast and whose years hang together."""
        check_size(self.series, horizon, n_paths)
        rng = stream(seed, self.series.key, self.model)
        paths = drawn_paths([self.series.values], horizon, season=self.series.season, n_paths=n_paths, rngs=[rng])[0]
        return Forecast(self.series, self.model, self.series.following(horizon), paths)

    def explain(self, horizon: int) -> Explanation:
        """Say which candidates carry the forecast and which features of the series decided that."""
        return explained(self.series.values, horizon, season=self.series.season)


def forecast_many(series: Sequence[Series], horizon: int, *, levels: Sequence[float] = LEVELS) -> Quantiles:
    """Give medians, means and bands of many series in their order, without paths; about 100 microseconds a series.

    Parameters
    ----------
    series : sequence of Series
        Of any frequencies, each with three values or more.
    horizon : int
        Steps ahead.
    levels : sequence of float
        Central bands, in percent, between 0 and 100.

    Raises
    ------
    InputError
        Where the horizon is below 1 or a level is not between 0 and 100.
    ModelRefusalError
        Where a series is too short; the message names it.

    Examples
    --------
    >>> from forecast.series import years
    >>> s = Series("a", "count", "flow", years(2010, 8), 5.0 + np.arange(8))
    >>> forecast_many([s, s], 2).points.round(6).tolist()
    [[13.0, 14.0], [13.0, 14.0]]
    """
    if horizon < 1:
        raise InputError(f"horizon {horizon} was asked for.", "It must be 1 or more.")
    wrong = [level for level in levels if not 0 < level < 100]
    if wrong:
        raise InputError(f"level {wrong[0]:g} was asked for.", "Levels are percentages between 0 and 100.")
    short = next((s for s in series if s.n < FEWEST), None)
    if short is not None:
        raise ModelRefusalError(
            f"{short.key}: auto needs at least {FEWEST} values, the series has {short.n}.",
            "Give a longer history, or take it out and forecast it with naive.",
        )
    seasons = np.array([s.season for s in series])
    out = no_quantiles(len(series), len(levels), horizon)
    for season in np.unique(seasons):
        at = np.flatnonzero(seasons == season)
        part = quantiles([series[i].values for i in at.tolist()], horizon, season=int(season), levels=levels)
        out.points[at], out.means[at], out.lower[at], out.upper[at] = part.points, part.means, part.lower, part.upper
    return out


AUTO = Auto()
"""The learned combination."""
