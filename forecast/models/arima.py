"""ARIMA of small orders."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np

from forecast.errors import ModelRefusalError
from forecast.models.fitted import Drawn, drawn_sds, mirrored_normals, normalised, require_length
from forecast.models.season import Adjusted, without_season
from forecast.series import Floats, Series

Order = tuple[int, int, int]

STATIONARY: tuple[Order, ...] = ((0, 0, 0), (1, 0, 0), (0, 0, 1))
ONCE: tuple[Order, ...] = ((0, 1, 0), (1, 1, 0), (0, 1, 1), (1, 1, 1), (2, 1, 0))
TWICE: tuple[Order, ...] = ((0, 2, 0), (0, 2, 1), (1, 2, 1), (0, 2, 2))
"""Orders to try by number of differences."""


@dataclass(frozen=True)
class Arima:
    """ARIMA(p, d, q) of small orders with constant (d below 2), by statsmodels' exact likelihood.

    The number of differences is chosen by the KPSS test at 5% as in Hyndman & Khandakar (2008), Automatic time series
    forecasting, Journal of Statistical Software 27(3); the orders by AICc among those with at most a quarter as many
    parameters as values. Seasons are taken out first (see `forecast.models.season`). Paths follow the estimated
    recursion; the error variance of each is drawn.

    Examples
    --------
    >>> from forecast.series import years
    >>> s = Series("a", "count", "flow", years(2010, 12), 3.0 + 2.0 * np.arange(12))
    >>> Arima().fit(s).forecast(2, n_paths=100, seed=1).median.round(3).tolist()
    [27.0, 29.0]
    """

    name: str = "arima"

    def fit(self, series: Series) -> Drawn:
        """Choose orders and estimate them; needs eight values."""
        require_length(series, 8, self.name)
        z, unit = normalised(series)
        adjusted = without_season(z, series.season)
        y = adjusted.values
        differences = needed_differences(y)
        fitted = _choose(y, differences, series.key)

        def draw(horizon: int, n_paths: int, rng: np.random.Generator) -> Floats:
            parameters, innovations, degrees = fitted
            sd = drawn_sds(rng, n_paths, parameters.variance * degrees, degrees)
            shocks = sd[:, None] * mirrored_normals(rng, n_paths, horizon)
            paths = parameters.onward(y, innovations, shocks)
            return unit * Adjusted.put_back(adjusted, paths)

        return Drawn(series, self.name, draw)


@dataclass(frozen=True, eq=False)
class Parameters:
    """Estimated ARIMA: orders, constant of the differenced series, coefficients and error variance."""

    order: Order
    constant: float
    ar: Floats
    ma: Floats
    variance: float

    def onward(self, y: Floats, innovations: Floats, shocks: Floats) -> Floats:
        """Continue `y` with given innovations of the past and shocks (n_paths, horizon) to come."""
        n_paths, horizon = shocks.shape
        d = self.order[1]
        w = np.diff(y, d)
        w = np.concatenate([np.tile(w[w.size - self.ar.size :], (n_paths, 1)), np.empty((n_paths, horizon))], axis=1)
        e = np.concatenate([np.tile(innovations[innovations.size - self.ma.size :], (n_paths, 1)), shocks], axis=1)
        p, q = self.ar.size, self.ma.size
        for h in range(horizon):
            past = (w[:, h : h + p][:, ::-1] - self.constant) @ self.ar
            w[:, p + h] = self.constant + past + e[:, q + h] + e[:, h : h + q][:, ::-1] @ self.ma
        paths = w[:, p:]
        for i in range(d):
            last = float(np.diff(y, d - 1 - i)[-1])
            paths = last + np.cumsum(paths, axis=1)
        return paths


def needed_differences(y: Floats) -> int:
    """Give the number of differences, 0 to 2, by repeated KPSS tests of the level at 5%.

    The statistic is ``sum S_t^2 / (n^2 s^2)`` with the Bartlett long-run variance at ``floor(4 (n/100)^(1/4))`` lags;
    critical value 0.463 (Kwiatkowski, Phillips, Schmidt & Shin 1992, Journal of Econometrics 54, 159-178, table 1).

    Examples
    --------
    >>> needed_differences(np.array([1.0, 2.0, 1.0, 2.0, 1.0, 2.0, 1.0, 2.0])), needed_differences(np.arange(20.0))
    (0, 1)
    """
    for d in (0, 1):
        w = np.diff(y, d)
        if kpss(w) <= 0.463:
            return d
    return 2


def kpss(w: Floats) -> float:
    """KPSS statistic of level stationarity; 0 for a constant."""
    n = w.size
    e = w - w.mean()
    if float(e @ e) < 1e-16 * max(float(w @ w), 1.0):
        return 0.0
    lags = int(4 * (n / 100) ** 0.25)
    variance = float(e @ e) / n
    for i in range(1, lags + 1):
        variance += 2 * (1 - i / (lags + 1)) * float(e[i:] @ e[:-i]) / n
    return float(np.sum(np.cumsum(e) ** 2) / (n**2 * max(variance, 1e-300)))


def _choose(y: Floats, d: int, key: str) -> tuple[Parameters, Floats, int]:
    """Estimate the orders that `y` can support and take the one of least AICc."""
    w = np.diff(y, d)
    if np.ptp(w) < 1e-9:  # nothing random is left, no likelihood exists
        order = (0, d, 0)
        return Parameters(order, float(w.mean()), np.zeros(0), np.zeros(0), 0.0), np.zeros(0), max(w.size - 1, 1)
    best: tuple[float, Parameters, Floats, int] | None = None
    for order in (STATIONARY, ONCE, TWICE)[d]:
        count = order[0] + order[2] + (d < 2) + 1
        if count > 2 and count > y.size / 4:
            continue
        estimated = _estimate(w, order)
        if estimated is None:
            continue
        criterion, parameters, innovations = estimated
        if best is None or criterion < best[0] - 1e-6:
            best = (criterion, parameters, innovations, w.size - count + 1)
    if best is None:
        raise ModelRefusalError(f"{key}: arima could not be estimated.", "Choose theta or ets.")
    return best[1], best[2], best[3]


def _estimate(w: Floats, order: Order) -> tuple[float, Parameters, Floats] | None:
    """Fit an ARMA with constant to the differences `w`; nothing where the likelihood has no maximum inside."""
    # Imported here because statsmodels takes over a second, which `import forecast.models` must not.
    from statsmodels.tsa.statespace.sarimax import SARIMAX

    p, d, q = order
    constant = d < 2
    centre = float(w.mean()) if constant else 0.0
    if p + q == 0:
        e = w - centre
        variance = float(e @ e) / w.size
        log_likelihood = -0.5 * w.size * (np.log(2 * np.pi * variance) + 1)
        found = Parameters(order, centre, np.zeros(0), np.zeros(0), variance)
        return _aicc(log_likelihood, 1 + constant, w.size), found, e
    size = float(np.std(w))
    try:
        with warnings.catch_warnings():
            # Starting values outside the stationary region are mended by statsmodels itself.
            warnings.simplefilter("ignore")
            model = SARIMAX((w - centre) / size, order=(p, 0, q), trend="c" if constant else "n")
            fit = model.fit(disp=False, maxiter=100)
    except (np.linalg.LinAlgError, ValueError):
        return None
    values = np.asarray(fit.params)
    ar, ma = values[constant : constant + p], values[constant + p : constant + p + q]
    near_unit = (p and np.abs(ar).sum() > 0.98) or (q and np.abs(np.roots(np.r_[1, ma])).max(initial=0) > 0.99)
    if not np.all(np.isfinite(values)) or near_unit:
        return None
    mean = centre + size * float(values[0] / (1 - ar.sum()) if constant else 0.0)
    found = Parameters(order, mean, ar, ma, float(values[-1]) * size**2)
    innovations = np.asarray(fit.resid) * size
    return _aicc(float(fit.llf) - w.size * np.log(size), values.size, w.size), found, innovations


def _aicc(log_likelihood: float, parameters: int, n: int) -> float:
    if n - parameters - 1 < 1:
        return np.inf
    return -2 * log_likelihood + 2 * parameters * n / (n - parameters - 1)
