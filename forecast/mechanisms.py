"""What a statistical model cannot see in a short boom: rights that expire, and markets that fill."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache

import numpy as np

from forecast.bases import Base
from forecast.catalog import NATION, data_folder, rows_of
from forecast.keys import series_key, split_key
from forecast.limits import bounded
from forecast.renewals import Renewal, expiries, renewal_draws, stock_paths
from forecast.seeds import stream
from forecast.series import Floats

OWNERS = series_key(NATION, "invention_owner_enterprises")
STOCK = series_key(NATION, "trademarks_in_force")
REGISTERED = series_key(NATION, "trademark_registrations")
CEILED = {
    "amount": ("ip_pledge_amount", "patent_pledge_amount"),
    "projects": ("ip_pledge_projects", "patent_pledge_projects"),
}
MOST_CANCELLED = 0.015
"""Largest share of the stock cancelled in a year that the estimates allow (`recommended.trademark.nonrenewal_rate`)."""


@cache
def parameter(name: str) -> tuple[float, float, float, float]:
    """Give value, standard error, low and high of a recommended parameter of data/parameters.csv."""
    for row in rows_of(data_folder() / "parameters.csv"):
        if row["name"] == f"recommended.{name}":
            return float(row["value"]), float(row["se"]), float(row["low"]), float(row["high"])
    raise LookupError(f"data/parameters.csv holds no recommended.{name}")


def drawn(name: str, *, n_paths: int, seed: int) -> Floats:
    """Draw a recommended positive parameter: log-normal with its mean and spread, inside its range."""
    value, se, low, high = parameter(name)
    spread = np.sqrt(np.log1p((se / value) ** 2))
    z = stream(seed, "parameter", name).standard_normal(n_paths)
    out: Floats = np.clip(value * np.exp(spread * z - spread**2 / 2), low, high)
    return out


def pledge_ceiling(owners: Floats, what: str, *, seed: int) -> Floats:
    """Draw the ceiling of registered pledging, by path and year.

    Enterprises with inventions x the largest share of them that may pledge in a year x projects a firm, and for
    amounts x yuan a project. The figures do not identify that share (from 165,000 projects a year upward every
    ceiling fits them alike), so it is an assumption with a wide spread: 0.28 (0.15 to 0.5).

    Parameters
    ----------
    owners : array, shape (n_years, n_paths)
        Enterprises with inventions.
    what : {"amount", "projects"}
    seed : int

    Returns
    -------
    array, shape (n_years, n_paths)
    """
    n = owners.shape[1]
    rate = drawn("pledge.ceiling_rate_of_firms_a_year", n_paths=n, seed=seed)
    ceiling: Floats = owners * rate * drawn("pledge.projects_per_firm", n_paths=n, seed=seed)
    if what == "amount":
        ceiling = ceiling * drawn("pledge.amount_per_project_CNY", n_paths=n, seed=seed)
    return ceiling


def with_ceilings(bases: Mapping[str, Base], *, seed: int) -> dict[str, Base]:
    """Bend pledge series under their ceilings; regions have the nation's room, relative to their own level."""
    out = dict(bases)
    if OWNERS not in bases:
        return out
    owners = bases[OWNERS]
    for what, indicators in CEILED.items():
        nation = bases.get(series_key(NATION, indicators[0]))
        if nation is None:
            continue
        ceiling = pledge_ceiling(owners.paths, what, seed=seed)
        for key, base in bases.items():
            region, indicator, _ = split_key(key)
            if indicator not in indicators:
                continue
            first = base.known_until
            rows = [min(max(y - owners.years[0], 0), len(owners.years) - 1) for y in range(first, base.years[-1] + 1)]
            upper = ceiling[rows].T
            known = base.years.index(first)
            last = base.paths[known]
            if region != NATION and first in nation.years:
                upper = upper * np.median(last) / np.median(nation.paths[nation.years.index(first)])
            paths = base.paths.copy()
            paths[known + 1 :] = bounded(base.paths[known + 1 :].T, last, upper).T
            out[key] = replace(base, paths=paths)
    return out


def with_renewals(bases: Mapping[str, Base], *, seed: int) -> dict[str, Base]:
    """Let the trademark stock follow registrations, expiries ten years on and cancellations.

    The nation's stock runs on from its last known year by `stock_paths`. Every other trademark stock keeps its own
    model's paths times what the mechanism changed at the nation's median: provinces hold the same cohorts.
    """
    if STOCK not in bases or REGISTERED not in bases:
        return dict(bases)
    stock, registered = bases[STOCK], bases[REGISTERED]
    lost_value, lost_sd, low, high = parameter("trademark.nonrenewal_rate")
    lapse, lapse_sd, _, _ = parameter("trademark.net_lapse_rate")
    renewal = Renewal(lost_value, lost_sd, (low, high), lapse, lapse_sd)
    lost, net = renewal_draws(renewal, n_paths=stock.paths.shape[1], seed=seed)
    due = expiries(registered.paths, lost)
    start = stock.known_until
    known, now = stock.years.index(start), registered.years.index(start)
    level = stock.paths[known]
    cancelled = np.clip(net - lost * due[now] / level, 0.0, MOST_CANCELLED)
    future = slice(now + 1, now + 1 + len(stock.years) - known - 1)
    paths = stock.paths.copy()
    paths[known + 1 :] = stock_paths(level, registered.paths[future], due[future], lost, cancelled)
    change = dict(zip(stock.years, np.median(paths, axis=1) / np.median(stock.paths, axis=1), strict=True))
    out = dict(bases)
    out[STOCK] = replace(stock, paths=paths)
    for key, base in bases.items():
        if key != STOCK and split_key(key)[1] == split_key(STOCK)[1]:
            begin = change.get(base.known_until, 1.0)
            factor = [change.get(y, 1.0) / begin if y > base.known_until else 1.0 for y in base.years]
            out[key] = replace(base, paths=base.paths * np.array(factor)[:, None])
    return out
