"""Prophet: piecewise linear trend with seasons, from the `prophet` library."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from forecast.errors import InputError, ModelRefusalError
from forecast.models.fitted import Drawn, mirrored_normals, normalised, require_length
from forecast.models.prophet_map import designs, fit_map
from forecast.seeds import DEFAULT_SEED
from forecast.series import Floats, Series

ENGINES = ("map", "stan")
"""Who finds the optimum."""

UNSETTLED = "prophet: the exact search did not settle; Stan's optimum was used."


@dataclass(frozen=True)
class Prophet:
    """Prophet (Taylor & Letham 2018, Forecasting at scale, The American Statistician 72(1), 37-45).

    The optimum of the library's own posterior is found here exactly (see `forecast.models.prophet_map`), or by the
    library itself through Stan. Futures are drawn here from the fitted numbers, vectorised and seeded, because the
    library has no seed argument: changes of the slope come as often and as large (Laplace) as in the past, and the
    observation error is Gaussian (section 3.1.4 of the paper).

    The library gets an even time axis of whole days by period, so that leap years do not bend the trend and a shift
    of the series by a year changes nothing. The yearly season is on only where the frequency has one, at most half
    the season length of Fourier pairs, and two whole years are there.

    Parameters
    ----------
    changepoint_prior_scale : float
        How readily the slope changes; the library's own default, 0.05, is stiff for short annual series.
    changepoint_range : float
        Share (0 to 1) of the history in which the slope may change.
    engine : {"map", "stan"}
        Who finds the optimum: the exact search, or the library as it is. Where the exact search does not settle the
        library is asked, and the forecast's notes say so.

    Examples
    --------
    >>> from forecast.series import years
    >>> s = Series("a", "count", "flow", years(2010, 12), 3.0 + 2.0 * np.arange(12))
    >>> Prophet().fit(s).forecast(1, n_paths=100, seed=1).median.round(1).tolist()
    [27.0]
    """

    name: str = "prophet"
    changepoint_prior_scale: float = 0.5
    changepoint_range: float = 0.8
    engine: str = "map"

    def __post_init__(self) -> None:
        if self.engine not in ENGINES:
            raise InputError(f'engine "{self.engine}" was asked for.', f"Allowed: {', '.join(ENGINES)}.")

    def fit(self, series: Series) -> Drawn:
        """Find the optimum; needs five values.

        Raises
        ------
        ModelRefusalError
            Where the series is too short, or Stan finds no optimum.
        """
        require_length(series, 5, self.name)
        z, unit = normalised(series)
        if np.ptp(z) < 1e-12:  # the library itself treats a constant apart; nothing is to be learned
            flat = np.full((1, 1), z[-1])
            return Drawn(series, self.name, lambda h, n, rng: unit * np.tile(flat, (n, h)))
        notes: tuple[str, ...] = ()
        found = self._exact(z, series) if self.engine == "map" else None
        if found is None:
            fitted = self._fitted(z, series)
            found = _numbers(fitted, z.size), _season(fitted, series)
            notes = (UNSETTLED,) if self.engine == "map" else ()
        numbers, season = found

        def draw(horizon: int, n_paths: int, rng: np.random.Generator) -> Floats:
            trend = numbers.futures(horizon, n_paths, rng)
            noise = numbers.sigma * mirrored_normals(rng, n_paths, horizon)
            paths: Floats = unit * (trend + noise + season(horizon))
            return paths

        return Drawn(series, self.name, draw, notes)

    def _n_changepoints(self, n: int) -> int:
        return min(25, max(1, int(n * self.changepoint_range) - 1))

    def _exact(self, z: Floats, series: Series) -> tuple[Numbers, Callable[[int], Floats]] | None:
        """Find the optimum without the library; none where the search does not settle."""
        n, bends = z.size, self._n_changepoints(z.size)
        problem = designs([z], seasons=[_waves(series, 0, n)], n_changepoints=bends, span=self.changepoint_range)
        fit = fit_map(problem, tau=self.changepoint_prior_scale)
        if not fit.converged[0]:
            return None
        scale, b = float(np.abs(z).max()), fit.coefficients[0]
        deltas, weights = b[problem.hinge], b[2 + int(problem.hinge.sum()) :]
        slope = float(b[0] + deltas.sum())
        # The last value lies at time 1: every hinge is passed, and the design holds how far.
        level = float(problem.x[0, n - 1, : 2 + deltas.size] @ b[: 2 + deltas.size])
        step, size = 1.0 / (n - 1), float(np.mean(np.abs(deltas))) + 1e-8
        sigma = float(np.sqrt(fit.variance[0]))
        numbers = Numbers(scale * level, scale * slope * step, deltas.size * step, scale * size * step, scale * sigma)

        def season(horizon: int) -> Floats:
            out: Floats = scale * (_waves(series, n, horizon) @ weights)
            return out

        return numbers, season

    def _fitted(self, z: Floats, series: Series) -> Any:
        # Imported here because prophet takes nearly a second, which `import forecast.models` must not.
        with _quiet():
            from prophet import Prophet as Library

        model = Library(
            changepoint_prior_scale=self.changepoint_prior_scale,
            changepoint_range=self.changepoint_range,
            n_changepoints=self._n_changepoints(series.n),
            yearly_seasonality=False,
            weekly_seasonality=False,
            daily_seasonality=False,
            uncertainty_samples=0,
        )
        order = _order(series)
        if order:
            model.add_seasonality("season", period=float(series.season), fourier_order=order)
        frame = pd.DataFrame({"ds": _days(0, series.n), "y": z})
        try:
            with _quiet():
                model.fit(frame, seed=DEFAULT_SEED % 2**31)
        except (RuntimeError, ValueError) as error:
            raise ModelRefusalError(
                f"{series.key}: prophet found no optimum ({error}).", "Choose ets or theta."
            ) from error
        return model


@dataclass(frozen=True, eq=False)
class Numbers:
    """The fitted trend, in normalised values and with one period as the unit of time.

    Parameters
    ----------
    level : float
        Trend at the last value.
    slope : float
        By period, after the last change.
    rate : float
        Changes of the slope by period.
    size : float
        Mean absolute change of the slope.
    sigma : float
        Standard deviation of the observation error.
    """

    level: float
    slope: float
    rate: float
    size: float
    sigma: float

    def futures(self, horizon: int, n_paths: int, rng: np.random.Generator) -> Floats:
        """Draw trends, shape (n_paths, horizon), with changes of the slope to come."""
        half = (n_paths + 1) // 2
        happens = rng.random((half, horizon)) < min(self.rate, 1.0)
        changes = np.where(happens, rng.laplace(0.0, self.size, (half, horizon)), 0.0)
        changes = np.stack([changes, -changes], axis=1).reshape(-1, horizon)[:n_paths]
        # A change falls somewhere inside its period, so on average half of it works in that period.
        slopes = self.slope + np.cumsum(changes, axis=1) - changes / 2
        out: Floats = self.level + np.cumsum(slopes, axis=1)
        return out


def _numbers(model: Any, n: int) -> Numbers:
    """Read the fitted trend off a Prophet object, whose time runs from 0 to 1 over the history."""
    scale = float(model.y_scale)
    step = 1.0 / (n - 1)
    k, m = float(model.params["k"][0][0]), float(model.params["m"][0][0])
    deltas = np.asarray(model.params["delta"])[0]
    at = np.asarray(model.changepoints_t)
    level = k + m + float(np.sum(deltas * (1.0 - at)))
    slope = k + float(np.sum(deltas))
    sigma = float(model.params["sigma_obs"][0][0])
    size = float(np.mean(np.abs(deltas))) + 1e-8
    return Numbers(scale * level, scale * slope * step, at.size * step, scale * size * step, scale * sigma)


def _order(series: Series) -> int:
    """Pairs of sine and cosine in the yearly season; none where two whole years are not there."""
    m = series.season
    return min(m // 2, 6) if m > 1 and series.n >= 2 * m else 0


def _waves(series: Series, first: int, n: int) -> Floats:
    """Seasonal columns of `n` periods from the period `first` on, as the library makes them of days since 1970."""
    days = (_days(first, n) - pd.Timestamp("1970-01-01")).days.to_numpy(dtype=np.float64)
    angles = 2 * np.pi * days[:, None] * np.arange(1, _order(series) + 1) / series.season
    out: Floats = np.stack([np.sin(angles), np.cos(angles)], axis=2).reshape(n, -1)
    return out


def _season(model: Any, series: Series) -> Callable[[int], Floats]:
    """Give a function of the horizon: the seasonal part of the periods to come, zero without seasons."""
    if not model.seasonalities:
        return np.zeros

    def of(horizon: int) -> Floats:
        future = pd.DataFrame({"ds": _days(series.n, horizon)})
        with _quiet():
            prepared = model.setup_dataframe(future.copy())
            components = model.predict_seasonal_components(prepared)
        return np.asarray(components["additive_terms"], dtype=np.float64)

    return of


@contextmanager
def _quiet() -> Iterator[None]:
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


def _days(first: int, n: int) -> pd.DatetimeIndex:
    """Days in a row, one for each period."""
    return pd.date_range("2000-01-01", periods=first + n, freq="D")[first:]
