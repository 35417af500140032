"""Forecasts of implied rests: what a whole holds beyond the parts that are series of their own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from forecast.bases import Base
from forecast.hierarchy import Structure, Sum
from forecast.seeds import stream
from forecast.series import Floats
from forecast.sums import is_rest

LEAST_SHARE = 1e-4
"""A rest is never forecast below this share of its whole."""

SHARE_SD = 0.15
"""Spread of yearly changes of the logit of a rest's share where fewer than four years show it; wide on purpose."""

LARGEST_SD = 0.25
"""Largest spread of yearly changes: what is left between two rounded figures is mostly rounding."""


def with_rests(bases: Mapping[str, Base], whole: Structure, *, seed: int) -> dict[str, Base]:
    """Add a forecast for each implied rest whose whole has one.

    The share of the rest in the whole is a random walk on the logit scale from the last year in which whole and
    parts are all known, its spread that of the past changes.

    Parameters
    ----------
    bases : mapping of str to Base
    whole : Structure
    seed : int

    Returns
    -------
    dict of str to Base
        `bases` and the rests.
    """
    out = dict(bases)
    for s in whole.sums:
        if s.whole in bases and is_rest(s.parts[-1]):
            out[s.parts[-1]] = rest_of(s, bases, seed=seed)
    return out


def rest_of(s: Sum, bases: Mapping[str, Base], *, seed: int) -> Base:
    """Forecast the rest of one sum; see `with_rests`."""
    whole = bases[s.whole]
    parts = [bases[p] for p in s.known_parts]
    share, common = past_shares(whole, parts)
    name = s.parts[-1]
    rng = stream(seed, "rest", name)
    n_paths = whole.paths.shape[1]
    logit = np.log(share / (1 - share))
    # Shares of printed years only, and the median change: early years of bridged figures jump for no reason.
    sd = 1.4826 * float(np.median(np.abs(np.diff(logit)))) if len(logit) > 3 else SHARE_SD
    sd = min(sd, LARGEST_SD)
    last = common[-1] if common else min(b.known_until for b in (whole, *parts))
    ahead = np.array([max(y - last, 0) for y in whole.years])
    steps = rng.standard_normal((ahead.max(initial=0) + 1, n_paths)) * sd
    steps[0] = 0.0
    walk = np.cumsum(steps, axis=0)[ahead]
    paths = whole.paths / (1 + np.exp(-(logit[-1] + walk)))
    printed = np.zeros(len(whole.years), dtype=np.bool_)
    for y in common:
        t = whole.years.index(y)
        rest = whole.paths[t] - np.sum([p.paths[p.years.index(y)] for p in parts], axis=0)
        paths[t] = np.maximum(rest, 0.0)
        printed[t] = bool(whole.printed[t]) and all(bool(p.printed[p.years.index(y)]) for p in parts)
    return replace(whole, series=replace(whole.series, key=name), paths=paths, printed=printed)


def past_shares(whole: Base, parts: list[Base]) -> tuple[Floats, list[int]]:
    """Share of the rest in the years in which whole and parts are all known, oldest first, and those years.

    Where there is no such year each part counts with its share in the last year it has in common with the whole.
    """
    known = [set(range(b.years[0], b.known_until + 1)) for b in (whole, *parts)]
    common = sorted(set.intersection(*known))

    def share(part: Base, year: int) -> float:
        top = np.median(whole.paths[whole.years.index(year)])
        return float(np.median(part.paths[part.years.index(year)]) / top) if top > 0 else 0.0

    if common:
        left = [1 - sum(share(p, y) for p in parts) for y in common]
    else:
        met = [sorted(known[0] & k) for k in known[1:]]
        left = [1 - sum(share(p, years[-1]) for p, years in zip(parts, met, strict=True) if years)]
    return np.clip(np.array(left), LEAST_SHARE, 1 - LEAST_SHARE), common
