"""Annual histories of all series, from published figures of every kind, with how well each year is known."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import astuple
from typing import Any, cast

import numpy as np

from forecast.history import Conflict, History, Influence, Offset
from forecast.joint import Reader, Solved, evidence_of
from forecast.observations import Observation, known_by, observations
from forecast.series import Floats, Kind, Series, years
from forecast.store import Arrays, address, code_digest, data_digest, packed, stored, unpacked

__all__ = ["Conflict", "History", "Influence", "Offset", "bundled_histories", "histories"]

CONFLICT_ERRORS, CONFLICT_GAP = 4.0, 0.003
"""A figure is in conflict when it misses the history by more than this many of its errors and 0.3 percent."""
LEAST_GAIN = 0.05
VAGUE = 0.6
"""Years at either end without a level of their own are left out where the logarithm is less known than this."""
MODULES = (
    "catalog.py", "corrections.py", "evidence.py", "factors.py", "graph.py", "histories.py", "history.py",
    "history_priors.csv", "joint.py", "keys.py", "members.py", "observations.py", "panel.py", "periods.py",
    "priors.py", "series.py", "solve.py", "store.py", "vocabulary.py",
)  # fmt: skip
"""Files of this package that a history depends on, beside the data."""


def histories(figures: Iterable[Observation], as_of: dt.date | str | None = None) -> dict[str, History]:
    """Read figures into one history a series.

    Parameters
    ----------
    figures : iterable of Observation
        Of any number of series, in any order.
    as_of : date or str, optional
        Only figures public by then are used.

    Returns
    -------
    dict of str to History
        By series key, sorted. Series of which only changes or shares of unknown wholes are printed have none.

    Examples
    --------
    >>> from forecast.observations import observations
    >>> delta = [f for f in observations() if f.region == "YRD" and f.indicator == "rd_expenditure"]
    >>> h = histories(delta)["YRD.rd_expenditure"]  # one level and the growth into it give two years
    >>> [str(p) for p in h.series.periods][:2]
    ['2021', '2022']
    """
    known = tuple(figures) if as_of is None else known_by(figures, as_of)
    done = Reader(evidence_of(known)).run()
    return {key: h for key, solved in sorted(done.items()) if (h := history_of(solved)) is not None}


def bundled_histories(as_of: dt.date | str | None = None) -> dict[str, History]:
    """Give the histories of all bundled series, kept on disk between calls.

    Parameters
    ----------
    as_of : date or str, optional
        Only figures public by then are used.
    """
    path = address("histories", data_digest(), code_digest(*MODULES), as_of or "")
    return from_arrays(stored(path, lambda: to_arrays(histories(observations(), as_of))))


def history_of(solved: Solved) -> History | None:
    """Take the history of one series out of a solved graph."""
    e, posterior = solved.evidence, solved.posterior
    graph = posterior.graph
    span = _span(solved)
    if not span:
        return None
    number = next(i for i, m in enumerate(graph.members) if m.key == e.key)
    table = posterior.dense([graph.level(e.key, year) for year in span])
    mean, covariance = table @ posterior.mean, table @ posterior.covariance @ table.T
    gains = _gains(solved, table)
    gaps, noise = posterior.gaps, graph.noise
    values = np.exp(mean)
    exact = _printed(solved, number)
    sources = []
    influence = []
    for t, year in enumerate(span):
        if year in e.zeros or year in exact:
            values[t] = 0.0 if year in e.zeros else np.exp(exact[year].log)
            covariance[t, :] = covariance[:, t] = 0.0
            ids = exact[year].ids if year in exact else ()
            sources.append(ids)
            influence += [Influence(i, year, 1.0) for i in ids]
            continue
        order = np.argsort(-np.abs(gains[t]))
        strong = [i for i in order if abs(gains[t, i]) >= LEAST_GAIN] or list(order[:1])
        # years after the last figure have none of their own
        sources.append(tuple(i for s in strong for i in graph.readings[s][1].ids if year <= e.last))
        influence += [Influence(i, year, float(gains[t, s])) for s in strong for i in graph.readings[s][1].ids]
    conflicts = []
    for i, (owner, r) in enumerate(graph.readings):
        errors = float(gaps[i] / np.sqrt(noise[i]))
        if owner == number and abs(errors) > CONFLICT_ERRORS and abs(gaps[i]) > CONFLICT_GAP:
            conflicts.append(
                Conflict(r.ids, r.year, float(gaps[i]), errors, float(posterior.weight[i]), _against(solved, i))
            )
    places = graph.places[e.key].offset
    offsets = tuple(
        Offset(b, float(posterior.mean[p]), float(np.sqrt(posterior.covariance[p, p]))) for b, p in places.items()
    )
    series = Series(
        e.key, e.unit, cast(Kind, e.measure), years(span[0], len(span)), values,
        np.sqrt(np.clip(np.diag(covariance), 0.0, None)), tuple(sources), e.region, e.indicator,
    )  # fmt: skip
    read = sum(owner == number for owner, _ in graph.readings)
    degrees = posterior.degrees_of(table, np.zeros(len(table)))
    return History(
        series, covariance, degrees, tuple(conflicts), tuple(influence), offsets, solved.parent, read
    )  # fmt: skip


def _span(solved: Solved) -> list[int]:
    """Give the years figures tell of; ends that only a far growth rate or share reaches are left out."""
    e, graph = solved.evidence, solved.posterior.graph
    span = list(range(max(e.first, graph.first), solved.last + 1))
    known = {y for r in e.readings if r.kind != "growth" for y in range(r.first_year, r.year + 1)} | e.zeros
    table = solved.posterior.dense([graph.level(e.key, year) for year in span])
    sd = np.sqrt(np.einsum("ij,jk,ik->i", table, solved.posterior.covariance, table))
    clear = [y for y, s in zip(span, sd, strict=True) if y in known or s < VAGUE]
    return list(range(clear[0], clear[-1] + 1)) if clear else []


def _printed(solved: Solved, number: int) -> dict[int, Any]:
    """Give the years whose level is printed in full and without dissent, with the reading."""
    e, posterior = solved.evidence, solved.posterior
    found: dict[int, list[int]] = {}
    for i, (owner, r) in enumerate(posterior.graph.readings):
        if owner == number and r.kind == "level" and r.yearly and not r.bound and r.basis == e.bases.main:
            found.setdefault(r.year, []).append(i)
    gaps, noise = posterior.gaps, posterior.graph.noise
    return {
        year: posterior.graph.readings[i[0]][1]
        for year, i in found.items()
        if len(i) == 1 and posterior.graph.readings[i[0]][1].exact and posterior.kept[i[0]]
        and gaps[i[0]] ** 2 < CONFLICT_ERRORS**2 * noise[i[0]]
    }  # fmt: skip


def _gains(solved: Solved, table: Floats) -> Floats:
    """Give by how much each year moves with each reading, shape (years, readings)."""
    posterior = solved.posterior
    rows = np.zeros((len(posterior.graph.readings), posterior.graph.n))
    np.add.at(rows, (np.arange(len(rows))[:, None], posterior.index), posterior.coefficient)
    gains = table @ posterior.covariance @ rows.T * (posterior.weight / posterior.graph.noise)
    return np.asarray(np.where(posterior.kept, gains, 0.0))


def _against(solved: Solved, i: int) -> tuple[str, ...]:
    """Name the figures that weigh most for the quantity a reading measures."""
    posterior = solved.posterior
    row = np.zeros((1, posterior.graph.n))
    np.add.at(row[0], posterior.index[i], posterior.coefficient[i])
    gains = np.abs(_gains(solved, row)[0])
    gains[i] = 0.0
    order = np.argsort(-gains)
    best = [j for j in order[:2] if gains[j] >= LEAST_GAIN] or list(order[: min(1, len(order) - 1)])
    return tuple(posterior.graph.readings[j][1].ids[0] for j in best)


def to_arrays(found: dict[str, History]) -> Arrays:
    """Lay histories out as arrays of numbers and one of bytes."""
    about = [
        [
            h.series.key, h.series.unit, h.series.kind, h.series.region, h.series.indicator,
            int(h.series.periods[0].year), h.series.n, h.series.sources,
            [astuple(c) for c in h.conflicts], [[i.id, i.year, round(i.gain, 4)] for i in h.influence],
            [astuple(b) for b in h.breaks], h.parent, h.readings,
        ]
        for h in found.values()
    ]  # fmt: skip
    flat = [h.covariance.ravel() for h in found.values()]
    return {
        "about": packed(about),
        "values": np.concatenate([h.series.values for h in found.values()] or [np.zeros(0)]),
        "log_sd": np.concatenate([h.series.log_sd for h in found.values()] or [np.zeros(0)]),
        "covariance": np.concatenate(flat or [np.zeros(0)]),
        "degrees": np.concatenate([h.degrees for h in found.values()] or [np.zeros(0)]),
    }


def from_arrays(arrays: Arrays) -> dict[str, History]:
    """Read what `to_arrays` laid out."""
    found: dict[str, History] = {}
    at = square = 0
    names = ("values", "log_sd", "covariance", "degrees")
    values, log_sd, covariance, degrees = (cast(Floats, arrays[name]) for name in names)
    for row in cast("list[list[Any]]", unpacked(arrays["about"])):
        key, unit, kind, region, indicator, first, n, sources, conflicts, influence, breaks, parent, read = row
        series = Series(
            key, unit, kind, years(first, n), values[at : at + n], log_sd[at : at + n],
            tuple(tuple(ids) for ids in sources), region, indicator,
        )  # fmt: skip
        found[key] = History(
            series, covariance[square : square + n * n].reshape(n, n), degrees[at : at + n],
            tuple(Conflict(tuple(c[0]), c[1], c[2], c[3], c[4], tuple(c[5])) for c in conflicts),
            tuple(Influence(*i) for i in influence), tuple(Offset(*b) for b in breaks), parent, read,
        )  # fmt: skip
        at, square = at + n, square + n * n
    return found
