"""The stock of registered trademarks: new ones come in, cohorts expire after ten years unless renewed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecast.seeds import stream
from forecast.series import Floats

TERM = 10
"""Years a registration lasts before it must be renewed (Trademark Law of China, article 39)."""


@dataclass(frozen=True)
class Renewal:
    """How trademarks leave the stock, with the spread of what is known about it.

    Parameters
    ----------
    lost, lost_sd : float
        Share of an expiring cohort that is not renewed.
    lost_range : tuple of float
        Values outside are not drawn.
    net_lapse, net_lapse_sd : float
        Lapses of a year as a share of the stock before, in the years before the wave. Non-renewal and cancellations
        are not identified apart: given what is lost of expiring cohorts, cancellations are what is left of it.
    """

    lost: float
    lost_sd: float
    lost_range: tuple[float, float]
    net_lapse: float
    net_lapse_sd: float


def renewal_draws(renewal: Renewal, *, n_paths: int, seed: int) -> tuple[Floats, Floats]:
    """Draw the share lost of expiring cohorts and the net lapse rate, each of shape (n_paths,)."""
    rng = stream(seed, "trademark renewals")
    lost = np.clip(renewal.lost + renewal.lost_sd * rng.standard_normal(n_paths), *renewal.lost_range)
    lapse = np.maximum(renewal.net_lapse + renewal.net_lapse_sd * rng.standard_normal(n_paths), 0.0)
    return lost, lapse


def expiries(registered: Floats, lost: Floats) -> Floats:
    """Trademarks whose ten years end in each year, shape (n_years, n_paths).

    Parameters
    ----------
    registered : array, shape (n_years, n_paths)
        New registrations a year, the earliest first.
    lost : array, shape (n_paths,)
        Share not renewed; what is renewed expires again ten years later.

    Examples
    --------
    >>> e = expiries(np.r_[np.full(1, 8.0), np.zeros(20)][:, None], np.array([0.5]))
    >>> e[[10, 20], 0].tolist()
    [8.0, 4.0]
    """
    due = np.zeros_like(registered)
    for t in range(TERM, registered.shape[0]):
        due[t] = registered[t - TERM] + (1 - lost) * due[t - TERM]
    return due


def stock_paths(stock: Floats, registered: Floats, due: Floats, lost: Floats, cancelled: Floats) -> Floats:
    """Run the stock on: ``N_t = N_{t-1} + R_t - lost E_t - cancelled N_{t-1}``.

    Parameters
    ----------
    stock : array, shape (n_paths,)
        Stock at the end of the last known year.
    registered, due : array, shape (n_years, n_paths)
        New registrations and expiring ones of the years after it.
    lost, cancelled : array, shape (n_paths,)
        Share of expiring trademarks that are not renewed; share of the stock cancelled in a year.

    Returns
    -------
    array, shape (n_years, n_paths)

    Examples
    --------
    >>> one = np.ones(1)
    >>> two = np.ones((2, 1))
    >>> stock_paths(100 * one, 10 * two, 4 * two, 0.5 * one, 0.01 * one).round(2).ravel().tolist()
    [107.0, 113.93]
    """
    out = np.empty_like(registered)
    level = stock
    for t in range(registered.shape[0]):
        level = np.maximum(level * (1 - cancelled) + registered[t] - lost * due[t], 0.0)
        out[t] = level
    return out
