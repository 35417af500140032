"""Structural parameters estimated from histories: lags, rates of grants and lapses, elasticities, with intervals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from forecast.errors import InputError
from forecast.seeds import DEFAULT_SEED, stream
from forecast.series import Floats
from scenarios.kernels import gamma_delay

RESAMPLES = 400
"""Resamples of provinces behind each interval."""


@dataclass(frozen=True)
class Estimate:
    """An estimated parameter.

    Parameters
    ----------
    value : float
    se : float
        Standard deviation over resamples of provinces, or over years.
    low, high : float
        Interval of 95 percent.
    n : int
        Provinces or years behind it.
    """

    value: float
    se: float
    low: float
    high: float
    n: int


def from_years(values: Sequence[float]) -> Estimate:
    """Give mean and spread of yearly rates: the interval is that of another year's rate, not of the mean.

    Rates of years move together over provinces, so that years are what there are few of.

    Examples
    --------
    >>> one = from_years([0.04, 0.05, 0.06])
    >>> round(one.value, 3), round(one.se, 3), one.n
    (0.05, 0.01, 3)
    """
    found = np.asarray(values, dtype=np.float64)
    if found.size < 2:
        raise InputError(f"{found.size} years of a rate.", "At least 2 are needed.")
    middle, sd = float(found.mean()), float(found.std(ddof=1))
    return Estimate(middle, sd, middle - 1.96 * sd, middle + 1.96 * sd, int(found.size))


def lapse_rates(stock: Floats, grants: Floats) -> Floats:
    """Give lapses of a year over the stock before: ``(N_{t-1} + G_t - N_t) / N_{t-1}``.

    Parameters
    ----------
    stock, grants : array, shape (..., n_years)
        Rights in force at the end of each year, rights granted in it.

    Returns
    -------
    array, shape (..., n_years - 1)

    Examples
    --------
    >>> lapse_rates(np.array([100.0, 110.0]), np.array([0.0, 15.0])).tolist()
    [0.05]
    """
    before = stock[..., :-1]
    return np.asarray((before + grants[..., 1:] - stock[..., 1:]) / before)


def decided(filings: Floats, mean_lag: float, shape: float, length: int) -> Floats:
    """Give filings that come to a decision in each year, for gamma lags of a mean in years.

    Parameters
    ----------
    filings : array, shape (..., n_years)
    mean_lag, shape : float
        Of the gamma distribution, see `scenarios.kernels.gamma_delay`.
    length : int
        Calendar years of the lag kept.

    Returns
    -------
    array, shape (..., n_years - length + 1)
        Of the years for which all filings are known.
    """
    weights = gamma_delay(np.array([mean_lag]), shape, length)[:, 0]
    n = filings.shape[-1] - length + 1
    if n < 1:
        raise InputError(f"{filings.shape[-1]} years of filings.", f"At least {length} are needed for the lag.")
    return np.asarray(sum(w * filings[..., length - 1 - j : length - 1 - j + n] for j, w in enumerate(weights)))


def within(table: Floats) -> Floats:
    """Take means of provinces and of years off a table of shape (n_provinces, n_years)."""
    return np.asarray(table - table.mean(axis=1, keepdims=True) - table.mean(axis=0, keepdims=True) + table.mean())


def grant_lag(filings: Floats, grants: Floats, *, shape: float, length: int, grid: Floats) -> Estimate:
    """Estimate the mean lag from filing to grant, by least squares over a grid of lags.

    The grants of a province in a year are its filings that come to a decision, times a rate of the province and one of
    the year: ``log G = a_r + b_t + log sum_j w_j(m) F_{t-j}``. The interval comes from resampled provinces.

    Parameters
    ----------
    filings : array, shape (n_provinces, n_years + length - 1)
    grants : array, shape (n_provinces, n_years)
        Of the last years.
    shape : float
        Of the gamma distribution; the panel does not identify it.
    grid : array
        Mean lags tried, in years.
    """
    logs = np.log(grants)
    gaps = np.stack([logs - np.log(decided(filings, float(m), shape, length)) for m in grid])

    def best(rows: np.ndarray) -> float:
        return float(grid[int(np.argmin([np.sum(within(gap[rows]) ** 2) for gap in gaps]))])

    return _resampled(best, grants.shape[0], "lag")


def elasticity(outcome: Floats, driver: Floats) -> Estimate:
    """Estimate by how many percent an outcome is higher where a driver is one percent higher.

    Slope of ``log y = a_r + b_t + e log x`` within provinces and years; the interval comes from resampled provinces
    (pairs cluster bootstrap, Cameron, Gelbach and Miller 2008).

    Parameters
    ----------
    outcome, driver : array, shape (n_provinces, n_years)

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> x = np.exp(rng.normal(size=(20, 8)))
    >>> round(elasticity(3 * x**0.4, x).value, 6)
    0.4
    """
    y, x = np.log(outcome), np.log(driver)

    def slope(rows: np.ndarray) -> float:
        a, b = within(y[rows]), within(x[rows])
        return float(np.sum(a * b) / np.sum(b * b))

    return _resampled(slope, y.shape[0], "elasticity")


def _resampled(statistic: Callable[[np.ndarray], float], n: int, name: str) -> Estimate:
    rng = stream(DEFAULT_SEED, "estimation", name)
    found = np.array([statistic(rng.integers(0, n, n)) for _ in range(RESAMPLES)])
    low, high = np.quantile(found, [0.025, 0.975])
    return Estimate(statistic(np.arange(n)), float(found.std(ddof=1)), float(low), float(high), n)
