"""Forecasts that carry the uncertainty of the past."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from forecast.errors import ModelRefusalError
from forecast.models.protocol import Forecaster
from forecast.outlook import Forecast
from forecast.seeds import stream
from forecast.series import Floats, Series

REFITS = 20
"""Draws of the past to which a cheap model is fitted anew."""

COSTLY = frozenset({"prophet", "arima", "local_trend"})
"""Models with tens of milliseconds a fit; for these the forecast is moved with the drawn end level instead."""


class History(Protocol):
    """A series that is known with error, and draws of what it may have been."""

    @property
    def series(self) -> Series:
        """The best guess of the past, with the error of each value."""
        ...

    def draws(self, n: int, seed: int) -> Floats:
        """Draw `n` pasts, shape (n, T)."""
        ...


def forecast_history(
    model: Forecaster, history: History | Series, horizon: int, *, n_paths: int, seed: int
) -> Forecast:
    """Forecast from draws of the past, so that the band holds the uncertainty of the history as well.

    An exact series is forecast as it is. Else a cheap model is fitted to each of `REFITS` draws of the past and every
    fit gives its share of the paths; draws a model refuses are passed over. A costly model is fitted once, to the best
    guess, and each path is multiplied by (where values touch zero: moved by) the ratio of a drawn last value to the
    best guess of it, which carries the uncertainty of the level but not of the trend.

    Parameters
    ----------
    model : Forecaster
    history : History or Series
        A Series with errors is drawn from independently, log-normal around its values.
    horizon, n_paths, seed : int

    Returns
    -------
    Forecast
        With the best guess as its series.

    Raises
    ------
    ModelRefusalError
        Where the model refuses the best guess of the past.

    Examples
    --------
    >>> from forecast.models.drift import Drift
    >>> from forecast.series import years
    >>> s = Series("a", "count", "stock", years(2020, 5), [10, 12, 14, 16, 18], [0.05] * 5)
    >>> loose = forecast_history(Drift(), s, 1, n_paths=200, seed=1)
    >>> tight = forecast_history(Drift(), s.replaced(s.values), 1, n_paths=200, seed=1)
    >>> bool(loose.band(80)[1][0] > tight.band(80)[1][0])
    True
    """
    best = history if isinstance(history, Series) else history.series
    fitted = model.fit(best)
    if best.exact:
        return fitted.forecast(horizon, n_paths=n_paths, seed=seed)
    count = min(n_paths if model.name in COSTLY else REFITS, n_paths)
    pasts = _independent(best, count, seed) if isinstance(history, Series) else history.draws(count, seed)
    if not best.signed:
        pasts = np.maximum(pasts, 0.0)
    if model.name in COSTLY:
        return _moved(fitted.forecast(horizon, n_paths=n_paths, seed=seed), pasts[:, -1])
    parts: list[Floats] = []
    share = -(-n_paths // count)
    for i, past in enumerate(pasts):
        try:
            own = int(stream(seed, best.key, "refit", str(i)).integers(2**31))
            part = model.fit(best.replaced(past)).forecast(horizon, n_paths=share, seed=own)
        except ModelRefusalError:
            continue
        parts.append(part.paths)
    if not parts:
        return fitted.forecast(horizon, n_paths=n_paths, seed=seed)
    paths = np.stack(parts, axis=1).reshape(-1, horizon)
    paths = paths[np.arange(n_paths) % paths.shape[0]]
    notes = fitted.forecast(1, n_paths=1, seed=seed).notes
    return Forecast(best, model.name, best.following(horizon), paths, notes)


def _independent(series: Series, n: int, seed: int) -> Floats:
    errors = stream(seed, series.key, "history").standard_normal((n, series.n))
    out: Floats = series.values * np.exp(series.log_sd * errors)
    return out


def _moved(forecast: Forecast, last: Floats) -> Forecast:
    best = float(forecast.series.values[-1])
    drawn = last[np.arange(forecast.paths.shape[0]) % last.size][:, None]
    paths = forecast.paths * (drawn / best) if best > 0 else forecast.paths + (drawn - best)
    if not forecast.series.signed:
        paths = np.maximum(paths, 0.0)
    return Forecast(forecast.series, forecast.model, forecast.periods, paths, forecast.notes)
