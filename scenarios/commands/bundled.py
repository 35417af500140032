"""Forecasts of bundled series: the shared outlook for "auto", the models themselves for all others."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from forecast.errors import InputError, ModelRefusalError, unknown
from scenarios.commands.finding import unit_of

if TYPE_CHECKING:
    from forecast.batch import BatchConfig
    from forecast.histories import History
    from forecast.outlook import Forecast, Outlook

UNTIL = 2040
"""Last year of the bundled outlook."""


@cache
def shared_outlook(seed: int, n_paths: int) -> Outlook:
    """Give the bundled outlook, read from the disk where it was made before."""
    from forecast.baseline import baseline_outlook

    return baseline_outlook(until=UNTIL, n_paths=n_paths, seed=seed)


def outlook_forecast(outlook: Outlook, key: str, horizon: int) -> Forecast:
    """Give the part of an outlook that lies after the history of a series, as a forecast.

    Raises
    ------
    UnknownNameError
        Where the outlook holds no such series.
    InputError
        Where `horizon` reaches beyond the outlook.
    """
    import numpy as np

    from forecast.outlook import Forecast
    from forecast.series import Series, years

    paths = outlook.of(key)
    known = outlook.known_until[outlook.index[key]]
    first = known + 1 - outlook.years[0]
    if known + horizon > outlook.years[-1]:
        until = outlook.years[-1]
        raise InputError(
            f"{key}: horizon {horizon} reaches to {known + horizon}; the outlook goes from {known + 1} to {until}.",
            f"Allowed: 1 to {until - known}.",
        )
    past = paths[:first]
    values, there = np.median(past, axis=1), np.isfinite(past).all(axis=1)
    begin = int(np.flatnonzero(~there).max(initial=-1)) + 1
    series = Series(
        key,
        unit_of(key),
        "stock",
        years(outlook.years[begin], first - begin),
        values[begin:],
        signed=bool((values[begin:] < 0).any()),
    )
    return Forecast(series, "auto", series.following(horizon), paths[first : first + horizon].T)


def bundled_forecasts(keys: list[str], config: BatchConfig) -> tuple[list[Forecast], list[tuple[object, ...]]]:
    """Forecast bundled series with every model asked for.

    Returns
    -------
    forecasts : list of Forecast
    failures : list of tuple
        Rows of `forecast.batch.FAILURE_COLUMNS`: models that cannot forecast a series.
    """
    from forecast.models import MODELS
    from forecast.models.history import forecast_history

    found: list[Forecast] = []
    failures: list[tuple[object, ...]] = []
    for key in keys:
        for name, model in config.wanted(key).items():
            try:
                if model is MODELS["auto"]:
                    outlook = shared_outlook(config.seed, config.n_paths)
                    found.append(outlook_forecast(outlook, key, config.horizon))
                else:
                    history = history_of(key)
                    found.append(
                        forecast_history(model, history, config.horizon, n_paths=config.n_paths, seed=config.seed)
                    )
            except ModelRefusalError as error:
                failures.append((key, name, "no outlook", None, "y", error.what, error.remedy, ""))
    return found, failures


def history_of(key: str) -> History:
    """Give the history of a bundled series.

    Raises
    ------
    UnknownNameError
        Where there is none, with the nearest keys.
    """
    from forecast.histories import bundled_histories

    known = bundled_histories()
    if key not in known:
        raise unknown("series", key, known)
    return known[key]
