"""The band around policy events: a forecast's own band, as much wider as hindcasts say that it must be.

Bands of the outlook hold what they promise over all series and years. Around the events of the diary they held less,
with levers or without: what else happens at such times is in no lever. So beside the band of its futures a scenario
prints the band as past events needed it. Futures themselves stay as they are: widened one by one they would no longer
add up, and a lever would not move each of them in its own direction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np

from forecast.series import Floats
from scenarios.hindcasts import Hindcast, bundled_hindcasts, year_of

PROMISED = 0.8
"""Share of outcomes that the band is to hold."""


def factor_of(rows: Sequence[Hindcast], promised: float = PROMISED) -> float:
    """Give the factor on half widths, in logarithms, with which bands with levers would have held the promised share.

    Split conformal prediction with the score ``|ln(came / middle)| / |ln(edge / middle)|``: the factor is its quantile.

    Parameters
    ----------
    rows : sequence of Hindcast
        At least one.
    promised : float
        Share to be held, 0 to 1.

    References
    ----------
    H. Papadopoulos, K. Proedrou, V. Vovk, A. Gammerman, ECML 2002, 345-356, for scores relative to an own scale.

    Examples
    --------
    >>> round(factor_of(bundled_hindcasts(), 0.5), 1) < 1.0 < factor_of(bundled_hindcasts())
    True
    """
    return float(np.quantile([row.needed for row in rows], promised))


def factors_apart(rows: Sequence[Hindcast], promised: float = PROMISED) -> dict[int, float]:
    """Give for each year of events the factor learned from the events of all other years."""
    return {
        year: factor_of([r for r in rows if year_of(r) != year], promised)
        for year in sorted({year_of(r) for r in rows})
    }


def held(row: Hindcast, factors: Mapping[int, float]) -> bool:
    """Whether the band, widened by what the events of other years needed, holds what came."""
    return row.needed <= factors[year_of(row)]


@lru_cache(maxsize=1)
def policy_factor() -> float:
    """Give the factor in use, from the bundled hindcasts; never below 1."""
    return max(factor_of(bundled_hindcasts()), 1.0)


def widened(values: Floats, middle: Floats, factor: float) -> Floats:
    """Move values away from a middle: ``middle (value / middle)^factor``; what is not above zero stays.

    Parameters
    ----------
    values, middle : array
        Of shapes that go together.
    factor : float
        Above 0; 1 changes nothing.

    Examples
    --------
    >>> widened(np.array([50.0, 100.0, 200.0]), np.array(100.0), 2.0).tolist()
    [25.0, 100.0, 400.0]
    """
    positive = (values > 0) & (middle > 0)
    ratio = np.where(positive, values, 1.0) / np.where(positive, middle, 1.0)
    out: Floats = np.where(positive, middle * ratio**factor, values)
    return out


def policy_band(paths: Floats, *, share: bool, factor: float | None = None) -> tuple[Floats, Floats]:
    """Give the edges of the 80 percent band around policy events, by year.

    Parameters
    ----------
    paths : array, shape (n_years, n_paths)
        Futures of a series with levers.
    share : bool
        Whether the series is a share and ends at 1.
    factor : float, optional
        By default the one in use.

    Returns
    -------
    low, high : array, shape (n_years,)
    """
    low, middle, high = np.quantile(paths, [0.1, 0.5, 0.9], axis=1)
    by = policy_factor() if factor is None else factor
    below, above = widened(low, middle, by), widened(high, middle, by)
    return below, np.minimum(above, np.maximum(high, 1.0)) if share else above


def policy_chance(paths: Floats, at_least: float, *, factor: float | None = None) -> Floats:
    """Give the share of futures at or above a value, by year, were all of them as far apart as around policy events.

    A future lies above ``T`` once widened where it lies above ``middle (T / middle)^(1 / factor)`` before.

    Parameters
    ----------
    paths : array, shape (n_years, n_paths)
    at_least : float
    factor : float, optional
        By default the one in use.

    Examples
    --------
    >>> futures = np.exp(np.linspace(-1.0, 1.0, 201))[None, :]
    >>> before, wide = (policy_chance(futures, np.exp(0.5), factor=f)[0] for f in (1.0, 2.0))
    >>> round(float(before), 2), round(float(wide), 2)
    (0.25, 0.38)
    """
    middle = np.median(paths, axis=1)
    by = policy_factor() if factor is None else factor
    bar = widened(np.full(middle.shape, float(at_least)), middle, 1.0 / by)
    return np.asarray((paths >= bar[:, None]).mean(axis=1))
