"""The `prophet` library itself: its own fit through Stan, and genuine objects of its class with numbers found here."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from forecast.seeds import DEFAULT_SEED
from forecast.series import Floats


@dataclass(frozen=True)
class Plan:
    """What the library is asked for.

    Parameters
    ----------
    growth : str
    tau, span : float
        ``changepoint_prior_scale`` and ``changepoint_range``.
    season, order : int
        Periods in a year, and pairs of waves; order 0 is no season.
    regressors : tuple of str
        Names of further columns.
    """

    growth: str
    tau: float
    span: float
    season: int
    order: int
    regressors: tuple[str, ...] = ()

    def model(self) -> Any:
        """Give a Prophet object that is not fitted."""
        # Imported here because prophet takes nearly a second, which `import forecast.models` must not.
        with quiet():
            from prophet import Prophet as Library

        model = Library(
            growth=self.growth,
            changepoint_prior_scale=self.tau,
            changepoint_range=self.span,
            yearly_seasonality=False,
            weekly_seasonality=False,
            daily_seasonality=False,
            uncertainty_samples=0,
        )
        if self.order:
            model.add_seasonality("season", period=float(self.season), fourier_order=self.order)
        for name in self.regressors:
            model.add_regressor(name)
        return model


@dataclass(frozen=True, eq=False)
class Found:
    """Parameters as the library holds them, with time from 0 to 1 and values over `scale`.

    Parameters
    ----------
    k, m : float
        Slope and offset (logistic: rate and midpoint).
    delta, changes : array, shape (S,)
        Changes of the slope, and when.
    beta : array, shape (K,)
        Of the seasonal columns and then of the regressors.
    sigma : float
        Standard deviation of the observation error.
    scale : float
        Largest magnitude of the values.
    """

    k: float
    m: float
    delta: Floats
    changes: Floats
    beta: Floats
    sigma: float
    scale: float


def library_frame(first: int, n: int, columns: Mapping[str, object]) -> pd.DataFrame:
    """Table for the library: days in a row from number `first` on, one for each period, and further columns."""
    days = pd.date_range("2000-01-01", periods=first + n, freq="D")[first:]
    return pd.DataFrame({"ds": days, **columns})


def fit_by_stan(plan: Plan, frame: pd.DataFrame) -> Found:
    """Fit with the library as it is.

    Raises
    ------
    RuntimeError, ValueError
        Where Stan finds no optimum.
    """
    model = plan.model()
    with quiet():
        model.fit(frame, seed=DEFAULT_SEED % 2**31)
    p = {name: np.asarray(value, dtype=np.float64).ravel() for name, value in model.params.items()}
    beta = p["beta"] if plan.order or plan.regressors else np.zeros(0)
    changes = np.asarray(model.changepoints_t, dtype=np.float64)
    return Found(
        float(p["k"][0]), float(p["m"][0]), p["delta"], changes, beta, float(p["sigma_obs"][0]), float(model.y_scale)
    )


def given_back(plan: Plan, frame: pd.DataFrame, found: Found) -> Any:
    """Give an object of the library's class that predicts with these numbers, without Stan."""
    model = plan.model()
    with quiet():
        model.preprocess(frame)
    if model.changepoints_t.size != found.delta.size:
        raise AssertionError("The library has other changepoints than were fitted.")
    # Without any extra column the library keeps one of zeros.
    beta = found.beta if found.beta.size else np.zeros(1)
    model.params = {
        "k": np.array([[found.k]]),
        "m": np.array([[found.m]]),
        "delta": found.delta[None],
        "beta": beta[None],
        "sigma_obs": np.array([[found.sigma]]),
    }
    return model


@contextmanager
def quiet() -> Iterator[None]:
    """Keep the libraries' progress lines and their warnings of pandas' future away from the reader of a forecast."""
    loggers = [logging.getLogger(name) for name in ("prophet", "prophet.plot", "cmdstanpy")]
    before = [(logger.disabled, logger) for logger in loggers]
    for logger in loggers:
        logger.disabled = True
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for disabled, logger in before:
            logger.disabled = disabled
