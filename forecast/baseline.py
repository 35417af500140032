"""The baseline outlook: every bundled series on one set of shared futures, with sums that hold on every path."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from forecast.bases import Base, Bools, HistoryLike, bases_of
from forecast.catalog import NATION, indicators, regions
from forecast.futures import Place, reordered, scores
from forecast.hierarchy import Ratio, Structure, structure
from forecast.histories import bundled_histories
from forecast.keys import split_key
from forecast.limits import UPPER
from forecast.mechanisms import with_ceilings, with_renewals
from forecast.outlook import Outlook
from forecast.outlook_store import stored_outlook
from forecast.ratios import with_leading_ratios
from forecast.reconcile import reconcile
from forecast.rests import with_rests
from forecast.rights import with_grants
from forecast.seeds import DEFAULT_SEED
from forecast.series import Floats
from forecast.sums import Book, bundled_ratios, bundled_sums, is_rest

FIRST_YEAR = 2010
"""First year of an outlook: the province panel starts here, so a picture shows the whole of it."""


def place_of(base: Base) -> Place:
    """Give the place of a series among the shared futures."""
    region, indicator, scope = split_key(base.series.key)
    row = indicators()[indicator]
    # Nested national scopes are nearly the same thing; foreign owners and special parts have chances of their own.
    apart = "" if scope in ("total", "domestic", "domestic_ex_hkmotw", "resident") else scope
    return Place(indicator, f"{row.group}.{row.measure}", region, region == NATION, apart)


def in_shared_futures(bases: Mapping[str, Base], *, seed: int) -> dict[str, Base]:
    """Put the paths of every series in the order of the shared futures."""
    keys = list(bases)
    n_paths = bases[keys[0]].paths.shape[1]
    z = scores([place_of(bases[k]) for k in keys], n_paths=n_paths, seed=seed)
    out = {}
    for key, score in zip(keys, z, strict=True):
        base = bases[key]
        ahead = [y > base.known_until for y in base.years]
        rank_by = base.paths[ahead] if any(ahead) else base.paths
        out[key] = replace(base, paths=reordered(base.paths.T, score, by=rank_by.T).T)
    return out


def gap_between(bases: Mapping[str, Base], whole: str, parts: Sequence[str]) -> float:
    """Give the share of a whole that its parts lack in the last year all are printed; infinite where there is none."""
    members = [bases[k] for k in (whole, *parts)]
    printed = [{y for y, known in zip(b.years, b.printed, strict=True) if known} for b in members]
    common = set.intersection(*printed)
    if not common:
        return float("inf")
    values = [b.paths[b.years.index(max(common)), 0] for b in members]
    return float(1 - sum(values[1:]) / values[0])


def stacked(bases: Mapping[str, Base], nodes: Sequence[str], years: Sequence[int]) -> tuple[Floats, Bools]:
    """Give paths (n_nodes, n_years, n_paths), NaN where a node has none, and which of them are printed."""
    n_paths = next(iter(bases.values())).paths.shape[1]
    paths = np.full((len(nodes), len(years), n_paths), np.nan)
    printed = np.zeros((len(nodes), len(years)), dtype=np.bool_)
    for i, key in enumerate(nodes):
        if key in bases:
            base = bases[key]
            begin = max(base.years[0], years[0])
            n = base.years[-1] - begin + 1
            at, own = begin - years[0], begin - base.years[0]
            paths[i, at : at + n] = base.paths[own:]
            printed[i, at : at + n] = base.printed[own:]
    return paths, printed


def with_ratios(paths: Floats, printed: Bools, index: Mapping[str, int], ratios: Sequence[Ratio]) -> None:
    """Write each ratio as numerator over denominator wherever both are there and its own figure is not printed.

    On the rare path on which a part outgrows its whole a share is held at 1.
    """
    for r in ratios:
        i = index[r.key]
        with np.errstate(divide="ignore", invalid="ignore"):
            quotient = r.per * paths[index[r.numerator]] / paths[index[r.denominator]]
        bound = UPPER.get(indicators()[split_key(r.key)[1]].unit)
        if bound is not None:
            quotient = np.minimum(quotient, bound)
        use = np.isfinite(quotient).all(axis=1) & ~printed[i]
        paths[i, use] = quotient[use]


def outlook_of(
    histories: Mapping[str, HistoryLike], *, until: int, n_paths: int, seed: int
) -> tuple[Outlook, dict[str, str]]:
    """Make the outlook of any set of histories of catalogue series, and say which were left out and why."""
    now = max(int(h.series.periods[-1].year) for h in histories.values())
    return coherent(bases_of(histories, until=until, n_paths=n_paths, seed=seed, now=now), until=until, seed=seed)


def by_mechanism(bases: Mapping[str, Base], *, seed: int) -> dict[str, Base]:
    """Put single forecasts on shared futures and let stocks follow their flows, before sums are met."""
    bases = in_shared_futures(with_ceilings(bases, seed=seed), seed=seed)
    return with_leading_ratios(with_grants(with_renewals(bases, seed=seed), seed=seed))


def coherent(
    forecasts: tuple[Mapping[str, Base], dict[str, str]], *, until: int, seed: int
) -> tuple[Outlook, dict[str, str]]:
    """Bring single forecasts (as `bases_of` gives them, with the refusals) onto shared futures that add up."""
    bases, refused = forecasts
    bases = by_mechanism(bases, seed=seed)
    book = Book(indicators(), regions(), frozenset(bases), lambda whole, parts: gap_between(bases, whole, parts))
    whole = structure(bases, bundled_sums(book))
    own = {key: base.known_until for key, base in bases.items()}
    bases = with_rests(bases, whole, seed=seed)
    years = tuple(range(FIRST_YEAR, until + 1))
    ratios = bundled_ratios(book, frozenset(k for k in whole.nodes if not is_rest(k)))
    keys = sorted({k for k in (*whole.nodes, *(r.key for r in ratios)) if not is_rest(k)})
    index = {key: i for i, key in enumerate(keys)}
    paths, printed = stacked(bases, keys, years)
    for part in whole.components():
        node_paths, node_printed = stacked(bases, part.nodes, years)
        last = max(own[k] for k in part.nodes if k in own)
        coherent = reconcile(node_paths, node_printed, part, informed=np.array([y <= last for y in years]))
        for key, i in part.index.items():
            if key in index:
                paths[index[key]] = coherent[i]
    known = known_until(own, whole, ratios)
    with_ratios(paths, printed, index, ratios)
    paths.setflags(write=False)
    return Outlook(tuple(keys), years, paths, tuple(known[k] for k in keys), seed), refused


def known_until(own: Mapping[str, int], whole: Structure, ratios: Sequence[Ratio]) -> dict[str, int]:
    """Last known year of every series: its own, or that of the part known the least far for derived ones."""
    known = dict(own)
    for key in whole.order:
        for s in whole.sums:
            if s.whole == key and key not in known and all(p in known for p in s.parts):
                known[key] = min(known[p] for p in s.parts)
    for r in ratios:
        known.setdefault(r.key, min(known[r.numerator], known[r.denominator]))
    return known


def baseline_outlook(
    as_of: dt.date | None = None,
    *,
    until: int = 2040,
    n_paths: int = 1000,
    seed: int = DEFAULT_SEED,
    histories: Mapping[str, HistoryLike] | None = None,
) -> Outlook:
    """Give the outlook of every bundled series that can carry a forecast.

    Parameters
    ----------
    as_of : datetime.date, optional
        Only figures published by then are used.
    until : int
        Last year.
    n_paths, seed : int
        Number of shared futures, and the seed that makes them.
    histories : mapping of str to History, optional
        Use these instead of the bundled ones; nothing is cached then.

    Returns
    -------
    Outlook
        Years from 2010 to `until`. Printed years hold the published figure on every path, other known years draws of
        the history, later years futures; NaN before a series begins. Counts and amounts are whole units, and in every
        year in which not all members of a sum are printed the sum holds exactly.
    """
    if histories is not None:
        return outlook_of(histories, until=until, n_paths=n_paths, seed=seed)[0]
    return bundled(as_of, until=until, n_paths=n_paths, seed=seed)[0]


def baseline_refusals(
    as_of: dt.date | None = None, *, until: int = 2040, n_paths: int = 1000, seed: int = DEFAULT_SEED
) -> dict[str, str]:
    """Give the bundled series without an outlook, each with the reason; arguments as in `baseline_outlook`."""
    return bundled(as_of, until=until, n_paths=n_paths, seed=seed)[1]


def bundled(as_of: dt.date | None, *, until: int, n_paths: int, seed: int) -> tuple[Outlook, dict[str, str]]:
    """Give outlook and refusals of the bundled histories, from the disk cache where they are there."""

    def compute() -> tuple[Outlook, dict[str, str]]:
        return outlook_of(bundled_histories(as_of), until=until, n_paths=n_paths, seed=seed)

    return stored_outlook(compute, as_of, until, n_paths, seed)
