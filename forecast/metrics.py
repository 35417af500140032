"""Measures of forecasts: pure functions of arrays, the last axis being the steps of one forecast.

Arguments come in one order everywhere: what was forecast, what was observed, then scales and levels. Where a
function gives one number a step, the mean over steps and series is for the caller to take.
"""

from __future__ import annotations

import numpy as np

from forecast.series import Floats


def mae(forecast: Floats, observed: Floats) -> Floats:
    """Mean absolute error, ``mean |f - y|`` over the last axis.

    Parameters
    ----------
    forecast, observed : array, shape (..., horizon)

    Returns
    -------
    array, shape (...)
        In the unit of the series.

    References
    ----------
    Hyndman & Koehler (2006), Another look at measures of forecast accuracy, International Journal of Forecasting
    22(4), 679-688, section 2.1.

    Examples
    --------
    >>> float(mae(np.array([1.0, 2.0]), np.array([2.0, 5.0])))
    2.0
    """
    out: Floats = np.mean(np.abs(forecast - observed), axis=-1)
    return out


def smape(forecast: Floats, observed: Floats) -> Floats:
    """Symmetric mean absolute percentage error, ``mean 200 |f - y| / (|f| + |y|)``, 0 to 200 percent.

    A step where both are zero counts as no error.

    Parameters
    ----------
    forecast, observed : array, shape (..., horizon)

    Returns
    -------
    array, shape (...)

    References
    ----------
    Makridakis, Spiliotis & Assimakopoulos (2020), The M4 competition, International Journal of Forecasting 36(1),
    54-74, equation 1.

    Examples
    --------
    >>> float(smape(np.array([1.0]), np.array([3.0])))
    100.0
    """
    size = np.abs(forecast) + np.abs(observed)
    error = np.abs(forecast - observed)
    out: Floats = 200 * np.mean(np.divide(error, size, out=np.zeros_like(error), where=size > 0), axis=-1)
    return out


def naive_scale(history: Floats, season: int = 1) -> float:
    """Mean absolute change over a season in the past, ``mean |y[t] - y[t-m]|``: the unit of MASE.

    Parameters
    ----------
    history : array, shape (n,)
        What was known at the cutoff.
    season : int
        Season length m; 1 is used where the history is no longer than a season.

    Returns
    -------
    float
        In the unit of the series; 0 for a constant.

    Examples
    --------
    >>> naive_scale(np.array([1.0, 3.0, 2.0]))
    1.5
    """
    m = season if history.size > season else 1
    return float(np.mean(np.abs(history[m:] - history[:-m]))) if history.size > 1 else 0.0


def squared_scale(history: Floats, season: int = 1) -> float:
    """Root mean squared change over a season in the past: the unit of RMSSE; otherwise as `naive_scale`."""
    m = season if history.size > season else 1
    return float(np.sqrt(np.mean((history[m:] - history[:-m]) ** 2))) if history.size > 1 else 0.0


def mase(forecast: Floats, observed: Floats, history: Floats, season: int = 1) -> float:
    """Mean absolute scaled error, ``mean |f - y| / mean |y[t] - y[t-m]|``.

    Parameters
    ----------
    forecast, observed : array, shape (horizon,)
    history : array, shape (n,)
    season : int

    Returns
    -------
    float
        Below 1 is better than the naive forecast was inside the history; not a number for a constant history.

    References
    ----------
    Hyndman & Koehler (2006), as for `mae`, section 3.

    Examples
    --------
    >>> mase(np.array([3.0]), np.array([6.0]), np.array([1.0, 3.0, 2.0]))
    2.0
    """
    return scaled(float(mae(forecast, observed)), naive_scale(history, season))


def rmsse(forecast: Floats, observed: Floats, history: Floats, season: int = 1) -> float:
    """Root mean squared scaled error, ``sqrt(mean (f - y)^2 / mean (y[t] - y[t-m])^2)``.

    Arguments and edge case as for `mase`.

    References
    ----------
    Makridakis, Spiliotis & Assimakopoulos (2022), The M5 accuracy competition, International Journal of Forecasting
    38(4), 1346-1364, equation 1.

    Examples
    --------
    >>> rmsse(np.array([3.0]), np.array([6.0]), np.array([1.0, 2.0, 1.0]))
    3.0
    """
    return scaled(float(np.sqrt(np.mean((forecast - observed) ** 2))), squared_scale(history, season))


def scaled(error: float, scale: float) -> float:
    """Divide an error by a scale; not a number where the scale is zero."""
    return error / scale if scale > 0 else float("nan")


def crps(paths: Floats, observed: Floats) -> Floats:
    """Continuous ranked probability score of sample paths, one number a step, in the unit of the series.

    ``mean |x_i - y| - sum_ij |x_i - x_j| / (2 n^2)``; for a single path it is the absolute error.

    Parameters
    ----------
    paths : array, shape (n_paths, horizon)
    observed : array, shape (horizon,)

    Returns
    -------
    array, shape (horizon,)

    References
    ----------
    Gneiting & Raftery (2007), Strictly proper scoring rules, prediction, and estimation, Journal of the American
    Statistical Association 102(477), 359-378, equation 21.

    Examples
    --------
    >>> crps(np.array([[0.0], [2.0]]), np.array([1.0])).tolist()
    [0.5]
    """
    n = paths.shape[0]
    ordered = np.sort(paths, axis=0)
    # sum_ij |x_i - x_j| = 2 sum_i (2i - n - 1) x_(i) for sorted values, i from 1
    weights = 2 * np.arange(1, n + 1) - n - 1
    spread = 2 * (weights @ ordered) / n**2
    out: Floats = np.mean(np.abs(paths - observed), axis=0) - spread / 2
    return out


def quantile_loss(forecast: Floats, observed: Floats, q: float | Floats) -> Floats:
    """Quantile (pinball) loss, ``max(q (y - f), (q - 1) (y - f))``, one number an element.

    Parameters
    ----------
    forecast : array
        Forecast quantile.
    observed : array
        Same shape, or one that broadcasts.
    q : float or array
        Which quantile, 0 to 1.

    References
    ----------
    Koenker & Bassett (1978), Regression quantiles, Econometrica 46(1), 33-50.

    Examples
    --------
    >>> quantile_loss(np.array([4.0, 4.0]), np.array([5.0, 3.0]), 0.9).round(9).tolist()
    [0.9, 0.1]
    """
    error = observed - forecast
    out: Floats = np.maximum(q * error, (q - 1) * error)
    return out


def weighted_quantile_loss(forecast: Floats, observed: Floats, quantiles: Floats) -> float:
    """Weighted quantile loss, ``2 mean_q sum QL_q / sum |y|``, over all steps (and series) given.

    Parameters
    ----------
    forecast : array, shape (n_quantiles, ...)
    observed : array, shape (...)
    quantiles : array, shape (n_quantiles,)

    Returns
    -------
    float
        A share of the observed total; not a number where that is zero.

    References
    ----------
    Park, Robins, Wu & Smola (2022), Learning quantile functions without quantile crossing, AISTATS 2022, section 5;
    as used by Amazon Forecast and GluonTS.

    Examples
    --------
    >>> weighted_quantile_loss(np.array([[4.0, 4.0]]), np.array([5.0, 3.0]), np.array([0.5]))
    0.25
    """
    q = np.asarray(quantiles).reshape(-1, *([1] * np.ndim(observed)))
    total = 2 * float(np.sum(quantile_loss(forecast, observed, q))) / q.size
    return scaled(total, float(np.sum(np.abs(observed))))


def coverage(lower: Floats, upper: Floats, observed: Floats) -> Floats:
    """Share (0 to 1) of the last axis where ``lower <= y <= upper``.

    Examples
    --------
    >>> float(coverage(np.array([0.0, 0.0]), np.array([1.0, 1.0]), np.array([1.0, 2.0])))
    0.5
    """
    out: Floats = np.mean((observed >= lower) & (observed <= upper), axis=-1)
    return out


def interval_score(lower: Floats, upper: Floats, observed: Floats, level: float) -> Floats:
    """Interval score, ``(u - l) + 2/a (l - y)+ + 2/a (y - u)+`` with ``a = 1 - level/100``, one number an element.

    Parameters
    ----------
    lower, upper, observed : array
        Same shape, in the unit of the series.
    level : float
        Nominal coverage in percent.

    References
    ----------
    Gneiting & Raftery (2007), as for `crps`, equation 43.

    Examples
    --------
    >>> interval_score(np.array([0.0]), np.array([1.0]), np.array([1.5]), 80).round(9).tolist()
    [6.0]
    """
    a = 1 - level / 100
    out: Floats = upper - lower + 2 / a * (np.maximum(lower - observed, 0) + np.maximum(observed - upper, 0))
    return out


def mean_scaled_interval_score(lower: Floats, upper: Floats, observed: Floats, scale: float, level: float) -> float:
    """Mean scaled interval score: the mean of `interval_score` over steps, divided by `naive_scale` of the history.

    Parameters
    ----------
    lower, upper, observed : array, shape (horizon,)
    scale : float
        `naive_scale` of what was known at the cutoff.
    level : float
        Nominal coverage in percent.

    References
    ----------
    Makridakis, Spiliotis & Assimakopoulos (2020), as for `smape`, equation 3.

    Examples
    --------
    >>> round(mean_scaled_interval_score(np.array([0.0]), np.array([1.0]), np.array([1.5]), 2.0, 80), 9)
    3.0
    """
    return scaled(float(np.mean(interval_score(lower, upper, observed, level))), scale)
