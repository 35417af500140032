"""Shared futures: whole sample paths are put in an order such that path *i* is the same future in every series."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from forecast.seeds import stream
from forecast.series import Floats

SHARES_FILE = Path(__file__).with_name("futures.csv")
"""Shares of variance, written by ``benchmarks/shared_futures.py`` from errors of the past."""

COMPONENTS = ("all", "family", "indicator", "region", "region_family")
"""What a future has in common: everything, a family of indicators, one indicator, one region, a family in a region."""


@dataclass(frozen=True)
class Place:
    """Where a series stands among the others.

    Parameters
    ----------
    indicator, family, region : str
        Keys; the family is group and measure of the indicator (``patents.flow``).
    national : bool
        Whether the series is the nation's, which local chances hardly move.
    scope : str
        Names a part whose own chances are not those of the main scopes (``foreign``); empty otherwise.
    """

    indicator: str
    family: str
    region: str
    national: bool = False
    scope: str = ""


@cache
def shares() -> dict[str, float]:
    """Shares of variance by component, and ``nation``: what a national series has in common with its provinces."""
    with SHARES_FILE.open(encoding="utf-8", newline="") as file:
        return {row["component"]: float(row["share"]) for row in csv.DictReader(file)}


def loadings(place: Place, share: dict[str, float]) -> dict[tuple[str, ...], float]:
    """Give the weight of each named factor in the score of a series; squares add up to 1.

    For a region ``z = sum_c sqrt(share_c) F_c + sqrt(1 - sum_c share_c) e``. For the nation the components it shares
    with all its provinces (all, family, indicator) are scaled so that they make the share ``nation``, and the rest is
    its own: a sum over provinces averages local chances out.

    Parameters
    ----------
    place : Place
    share : dict of str to float
        As `shares` gives them.

    Returns
    -------
    dict
        (component, name...) -> weight.
    """
    names = {
        "all": ("all",),
        "family": ("family", place.family),
        "indicator": ("indicator", place.indicator),
        "region": ("region", place.region),
        "region_family": ("region_family", place.region, place.family),
    }
    common = ("all", "family", "indicator")
    if place.national:
        total = sum(share[c] for c in common)
        used = {c: share[c] / total * share["nation"] for c in common}
    else:
        used = {c: share[c] for c in COMPONENTS}
    own = ("own", place.region, place.indicator, place.scope)
    return {names[c]: float(np.sqrt(v)) for c, v in used.items()} | {own: float(np.sqrt(1 - sum(used.values())))}


def scores(places: list[Place], *, n_paths: int, seed: int) -> Floats:
    """Draw the common futures as Gaussian scores.

    Parameters
    ----------
    places : list of Place
    n_paths, seed : int
        Each factor has its own stream, so a series keeps its scores whatever other series there are.

    Returns
    -------
    array, shape (len(places), n_paths)
        Standard normal by row, correlated by what the rows have in common.
    """
    factors: dict[tuple[str, ...], Floats] = {}
    out = np.zeros((len(places), n_paths))
    for row, place in enumerate(places):
        for name, weight in loadings(place, shares()).items():
            if name not in factors:
                factors[name] = stream(seed, "future", *name).standard_normal(n_paths)
            out[row] += weight * factors[name]
    return out


def reordered(paths: Floats, score: Floats, *, by: Floats | None = None) -> Floats:
    """Put whole paths in the order of `score`: the highest path of a series goes where its score is highest.

    The Gaussian copula, imposed by ranks on whole paths, so that each series keeps exactly the paths its model drew,
    years of one path still hanging together: Iman and Conover (1982), Communications in Statistics B11(3), 311-334;
    for forecast ensembles Clark and others (2004), Journal of Hydrometeorology 5(1), 243-262. The rank of a path is
    that of its mean logarithm over the years.

    Parameters
    ----------
    paths : array, shape (n_paths, horizon)
        Not negative.
    score : array, shape (n_paths,)
    by : array, shape (n_paths, any), optional
        What ranks the paths, where it is not all of `paths` (the future without the past, say).

    Returns
    -------
    array, shape (n_paths, horizon)
        The same rows in another order.

    Examples
    --------
    >>> reordered(np.array([[1.0], [5.0], [3.0]]), np.array([0.1, -2.0, 0.9])).ravel().tolist()
    [3.0, 1.0, 5.0]
    """
    height = height_of(paths if by is None else by)
    out = np.empty_like(paths)
    out[np.argsort(score, kind="stable")] = paths[np.argsort(height, kind="stable")]
    return out


def height_of(paths: Floats) -> Floats:
    """Mean logarithm of each path over its years, zeros counted as the smallest positive value."""
    positive = paths[paths > 0]
    floor = positive.min() if positive.size else 1.0
    out: Floats = np.log(np.maximum(paths, floor)).mean(axis=1)
    return out
