"""Linear regression of growth on the growth of drivers such as R&D or GDP."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from forecast.errors import ModelRefusalError
from forecast.models.drift import Drift
from forecast.models.fitted import Drawn, drawn_sds, mirrored_normals, normalised, require_length
from forecast.outlook import Forecast
from forecast.series import Floats, Series


@dataclass(frozen=True)
class Regression:
    """Growth of a series explained by the growth of drivers in the same periods.

    ``dlog y[t] = c + sum_i b_i dlog x_i[t] + e[t]`` by least squares; plain differences instead of logarithms for
    whatever touches zero. Growth, not levels: two trends always correlate (Granger & Newbold 1974, Spurious
    regressions in econometrics, Journal of Econometrics 2(2), 111-120). Coefficients and error variance of each path
    are drawn from their posterior under flat priors (Gelman et al., Bayesian Data Analysis, 3rd ed., section 14.2), and
    each path meets one path of each driver, so the driver's own uncertainty is in the band.

    Parameters
    ----------
    drivers : tuple of Series or Forecast
        Each must cover every period of the series to be forecast. A Forecast brings its paths for the time after its
        history; path i of the result uses path i of the driver, so shared futures stay shared. A Series may reach
        into the future with known or assumed values, and goes on by drift (on logarithms where above zero) after its
        end.

    Examples
    --------
    >>> from forecast.series import years
    >>> growth = np.array([0.0, 0.02, 0.1, 0.05, 0.07, 0.01, 0.04, 0.09, 0.03, 0.06])
    >>> rd = Series("rd", "CNY", "flow", years(2012, 10), 100 * np.exp(np.cumsum(growth)))
    >>> filings = Series("filings", "count", "flow", years(2012, 9), rd.values[:9] ** 2)
    >>> f = Regression((rd,)).fit(filings).forecast(1, n_paths=100, seed=1)
    >>> bool(np.isclose(f.median[0], rd.values[9] ** 2, rtol=1e-6))
    True
    """

    drivers: tuple[Series | Forecast, ...] = ()
    name: str = "regression"

    def fit(self, series: Series) -> Drawn:
        """Estimate the coefficients; needs twice as many values as coefficients, and four more.

        Raises
        ------
        ModelRefusalError
            Where no driver is given, a driver has another frequency or does not cover the series, or does not vary.
        """
        if not self.drivers:
            raise ModelRefusalError(
                f"{series.key}: regression was given no driver.",
                "Name drivers in its settings, for example R&D expenditure or GDP.",
            )
        require_length(series, 2 * (len(self.drivers) + 1) + 4, self.name)
        z, unit = normalised(series)
        logarithm = bool(z.min() > 0)
        y = np.log(z) if logarithm else z
        known = [_known(driver, series) for driver in self.drivers]
        for driver, (values, _) in zip(self.drivers, known, strict=True):
            if np.ptp(np.diff(values)) < 1e-12:
                raise ModelRefusalError(
                    f"{series.key}: growth of driver {_history(driver).key} does not vary, so its effect is unknown.",
                    "Leave the driver out.",
                )
        design = np.column_stack([np.ones(series.n - 1)] + [np.diff(values) for values, _ in known])
        growth = np.diff(y)
        coefficients = np.linalg.lstsq(design, growth, rcond=None)[0]
        squares = float(np.sum((growth - design @ coefficients) ** 2))
        root = np.linalg.cholesky(np.linalg.pinv(design.T @ design) + 1e-14 * np.eye(design.shape[1]))
        degrees = growth.size - design.shape[1]

        def draw(horizon: int, n_paths: int, rng: np.random.Generator) -> Floats:
            sd = drawn_sds(rng, n_paths, squares, degrees)[:, None]
            drawn = coefficients + sd * (mirrored_normals(rng, n_paths, coefficients.size) @ root.T)
            steps = drawn[:, :1] + sd * mirrored_normals(rng, n_paths, horizon)
            for i, (values, driver) in enumerate(known):
                future = _future(driver, series, horizon, n_paths, rng)
                before = np.full((n_paths, 1), values[-1])
                steps = steps + drawn[:, i + 1 : i + 2] * np.diff(np.hstack([before, future]), axis=1)
            paths = y[-1] + np.cumsum(steps, axis=1)
            out: Floats = unit * (np.exp(paths) if logarithm else paths)
            return out

        return Drawn(series, self.name, draw)


def _history(driver: Series | Forecast) -> Series:
    return driver.series if isinstance(driver, Forecast) else driver


def _logged(driver: Series | Forecast) -> bool:
    futures_positive = not isinstance(driver, Forecast) or bool(driver.paths.min() > 0)
    return bool(_history(driver).values.min() > 0) and futures_positive


def _known(driver: Series | Forecast, series: Series) -> tuple[Floats, Series | Forecast]:
    """Driver over the periods of the series, on logarithms where possible, and the driver itself."""
    history = _history(driver)
    if history.periods.freq != series.periods.freq:
        raise ModelRefusalError(
            f"{series.key}: driver {history.key} has frequency {history.periods.freqstr}, the series "
            f"{series.periods.freqstr}.",
            "Bring both to one frequency.",
        )
    at = history.periods.get_indexer(series.periods)
    if np.any(at < 0):
        missing = series.periods[int(np.flatnonzero(at < 0)[0])]
        raise ModelRefusalError(
            f"{series.key}: driver {history.key} has no value for {missing}.",
            f"It must cover {series.periods[0]} to {series.periods[-1]}.",
        )
    values = history.values[at]
    return (np.log(values) if _logged(driver) else values), driver


def _future(driver: Series | Forecast, series: Series, horizon: int, n_paths: int, rng: np.random.Generator) -> Floats:
    """Paths of the driver over the periods after the series, shape (n_paths, horizon), on the scale of `_known`."""
    history, wanted = _history(driver), series.following(horizon)
    known = history.values[history.periods > series.periods[-1]][:horizon]
    paths = np.tile(known, (n_paths, 1))
    if known.size < horizon:
        rest = _after(driver, wanted[known.size :], n_paths, rng)
        paths = np.hstack([paths, rest])
    return np.log(paths) if _logged(driver) else paths


def _after(driver: Series | Forecast, wanted: pd.PeriodIndex, n_paths: int, rng: np.random.Generator) -> Floats:
    history = _history(driver)
    if isinstance(driver, Forecast):
        at = driver.periods.get_indexer(wanted)
        if np.any(at < 0):
            missing = wanted[int(np.flatnonzero(at < 0)[0])]
            raise ModelRefusalError(
                f"Driver {history.key} is forecast to {driver.periods[-1]}, {missing} is needed.",
                "Give a longer forecast of the driver.",
            )
        shared: Floats = driver.paths[np.arange(n_paths) % driver.paths.shape[0]][:, at]
        return shared
    seed = int(rng.integers(2**31))
    if not _logged(driver):
        return Drift().fit(history).forecast(len(wanted), n_paths=n_paths, seed=seed).paths
    logs = Series(history.key, "log", history.kind, history.periods, np.log(history.values), signed=True)
    out: Floats = np.exp(Drift().fit(logs).forecast(len(wanted), n_paths=n_paths, seed=seed).paths)
    return out
