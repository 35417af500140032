"""Stocks of patents in force follow their grants: what is granted comes in, what lapses leaves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from forecast.bases import Base
from forecast.keys import series_key, split_key
from forecast.limits import extra_widths, usual_change, widened
from forecast.seeds import stream
from forecast.series import Floats

GRANTS = {
    "inventions_in_force": "invention_grants",
    "utility_models_in_force": "utility_model_grants",
    "designs_in_force": "design_grants",
    "patents_in_force": "patent_grants",
}
"""Stock and the flow that feeds it, of the same region and scope."""

LATELY = 3
"""Years whose middle lapse rate goes on."""

BACK = 8
"""Years whose lapse rates say how much it varies."""

FEWEST_RATES = 2
"""Past lapse rates without which a stock keeps its own model."""

HIGHEST = 0.35
"""A lapse rate outside 0 to this says that stock and grants count different things; the stock keeps its own model."""

LEAST_SD = 0.01
"""Smallest spread of a lapse rate."""


@dataclass(frozen=True)
class Lapse:
    """Share of a stock that leaves in a year, and its spread."""

    rate: float
    sd: float


def lapse_rates(stock: Base, granted: Base) -> list[float]:
    """Give ``(N_{t-1} + G_t - N_t) / N_{t-1}`` of the last years in which all three are known, oldest first."""
    last = min(stock.known_until, granted.known_until)
    found = []
    for y in range(last - BACK + 1, last + 1):
        if y - 1 in stock.years and y in granted.years:
            before, now = (float(np.median(stock.paths[stock.years.index(x)])) for x in (y - 1, y))
            new = float(np.median(granted.paths[granted.years.index(y)]))
            if before > 0:
                found.append((before + new - now) / before)
    return found


def lapse(stock: Base, granted: Base) -> Lapse | None:
    """Give the lapse rate that goes on: the middle one of the last three years; none where figures do not fit."""
    rates = lapse_rates(stock, granted)
    if len(rates) < FEWEST_RATES:
        return None
    rate = float(np.median(rates[-LATELY:]))
    if not 0 <= rate <= HIGHEST:
        return None
    spread = 1.4826 * float(np.median(np.abs(np.array(rates) - np.median(rates))))
    return Lapse(rate, max(spread, LEAST_SD))


def stock_of_grants(level: Floats, granted: Floats, rate: Floats) -> Floats:
    """Run a stock on: ``N_t = (1 - rate) N_{t-1} + G_t``.

    Parameters
    ----------
    level : array, shape (n_paths,)
        Stock at the end of the last known year.
    granted : array, shape (n_years, n_paths)
        Grants of the years after it.
    rate : array, shape (n_paths,)

    Returns
    -------
    array, shape (n_years, n_paths)

    Examples
    --------
    >>> stock_of_grants(np.array([100.0]), np.full((2, 1), 20.0), np.array([0.1])).ravel().tolist()
    [110.0, 119.0]
    """
    out = np.empty_like(granted)
    for t in range(granted.shape[0]):
        level = (1 - rate) * level + granted[t]
        out[t] = level
    return out


def followers(bases: Mapping[str, Base]) -> dict[str, Base]:
    """Give the stocks that can follow their grants, each with the grants."""
    found = {}
    for key, stock in bases.items():
        region, indicator, scope = split_key(key)
        granted = bases.get(series_key(region, GRANTS[indicator], scope)) if indicator in GRANTS else None
        if granted is not None and granted.known_until >= stock.known_until - 1 and lapse(stock, granted) is not None:
            found[key] = granted
    return found


def with_grants(bases: Mapping[str, Base], *, seed: int) -> dict[str, Base]:
    """Let every stock of patents whose grants are known follow them, path by path.

    Lapse rates are drawn once a path, with one draw for all regions of an indicator (fees and terms are the
    nation's). Bands are widened as those of other series are, by what past vintages lacked.
    """
    out = dict(bases)
    for key, granted in followers(bases).items():
        stock = bases[key]
        known = lapse(stock, granted)
        ahead = stock.years[-1] - stock.known_until
        if known is None or ahead < 1:
            continue
        z = stream(seed, "lapse", split_key(key)[1]).standard_normal(stock.paths.shape[1])
        rate = np.clip(known.rate + known.sd * z, 0.0, HIGHEST)
        at = stock.years.index(stock.known_until)
        usual = usual_change(np.median(stock.paths[: at + 1], axis=1))
        future = stock_of_grants(stock.paths[at], granted.paths[-ahead:], rate)
        paths = stock.paths.copy()
        paths[at + 1 :] = widened(future.T, extra_widths("stock of rights", usual, ahead)).T
        out[key] = replace(stock, paths=paths)
    return out
