"""How an effect arrives over the years: weights of the years after a lever moved."""

from __future__ import annotations

import numpy as np
from scipy import special

from forecast.series import Floats


def even(first: int, last: int) -> Floats:
    """Give weights of an effect that arrives in equal steps from year `first` to year `last` after the move.

    Parameters
    ----------
    first, last : int
        Years after the move, 0 being the year itself; ``0 <= first <= last``. Studies print such a range.

    Returns
    -------
    array, shape (last + 1,)
        Not negative, summing to 1.

    Examples
    --------
    >>> even(1, 2).tolist()
    [0.0, 0.5, 0.5]
    """
    weights = np.zeros(last + 1)
    weights[first:] = 1.0 / (last - first + 1)
    return weights


def geometric(keep: float, length: int) -> Floats:
    """Give weights that fall by the factor `keep` (0 to 1) a year: Koyck's distributed lag, cut after `length` years.

    References
    ----------
    L. M. Koyck, Distributed Lags and Investment Analysis, North-Holland 1954.

    Examples
    --------
    >>> geometric(0.5, 3).round(3).tolist()
    [0.571, 0.286, 0.143]
    """
    weights = keep ** np.arange(length, dtype=np.float64)
    normal: Floats = weights / weights.sum()
    return normal


def arrived(path: Floats, weights: Floats) -> Floats:
    """Give how much of a lever's path has arrived by each year: ``a_t = sum_j w_j x_{t-j}``.

    Parameters
    ----------
    path : array, shape (n_years,) or (n_years, n_paths)
        Distance of the lever from where it stands now; zero before the first year, because what the lever did in the
        past is in the baseline already.
    weights : array
        Kernel, summing to 1.

    Examples
    --------
    >>> arrived(np.array([0.0, 1.0, 1.0, 1.0]), even(0, 1)).tolist()
    [0.0, 0.5, 1.0, 1.0]
    """
    out: Floats = np.zeros_like(path, dtype=np.float64)
    for j, weight in enumerate(weights[: path.shape[0]]):
        out[j:] += weight * path[: path.shape[0] - j]
    return out


def gamma_delay(mean: Floats, shape: float, length: int) -> Floats:
    """Give the share of a year's filings that is decided in each later calendar year.

    The delay of one filing is gamma distributed; filings are spread evenly over their year. With
    ``I(x) = integral of the distribution function from 0 to x = x F(x; k) - m F(x; k + 1)`` the share decided *j*
    calendar years later is ``I(j + 1) - 2 I(j) + I(j - 1)``.

    Parameters
    ----------
    mean : array, shape (n_paths,)
        Mean delay in years.
    shape : float
        Shape of the gamma distribution, above 0.
    length : int
        Number of years kept; the rest of the weight goes to the last of them.

    Returns
    -------
    array, shape (length, n_paths)
        Each column sums to 1.

    Examples
    --------
    >>> gamma_delay(np.array([2.8]), 5.0, 8)[:, 0].round(2).tolist()
    [0.01, 0.14, 0.32, 0.28, 0.16, 0.07, 0.02, 0.01]
    """
    x = np.arange(length + 1, dtype=np.float64)[:, None]
    scale = mean[None, :] / shape
    total = x * special.gammainc(shape, x / scale) - mean * special.gammainc(shape + 1.0, x / scale)
    done = np.diff(total, axis=0)  # share decided by the end of year j
    weights = np.diff(done, axis=0, prepend=0.0)
    weights[-1] += 1.0 - done[-1]
    out: Floats = np.maximum(weights, 0.0)
    return out
