"""Simulated evidence of each kind: the bands of the histories hold the true levels as often as they say."""

import math
from dataclasses import dataclass, replace

import numpy as np
import pytest

from forecast.evidence import Bases, Reading, ReadingKind
from forecast.factors import build
from forecast.graph import Graph
from forecast.history import quantile_factor
from forecast.members import Member
from forecast.priors import Prior
from forecast.seeds import stream
from forecast.series import Floats
from forecast.solve import SHOCK_DEGREES, solve

PRIOR = Prior("hand", 0.08, 0.02, 0.07, 0.03, 0.6, 5.0, inside=0.085)
SHARE = Prior("share by hand", 0.0, 0.02, 0.04, 0.02, 0.6, 5.0)
SERIES, SD = 500, 0.01


@dataclass(frozen=True)
class Kind:
    """A kind of evidence to be printed of the years between a few levels."""

    kind: ReadingKind
    start: int = 12
    end: int = 12
    flow: bool = False
    years: int = 1
    whole: str = ""
    bound: bool = False
    sd: float = SD


KINDS = {
    "levels of years": Kind("level"),
    "growth of years": Kind("growth"),
    "stocks at a date": Kind("level", 6, 6),
    "growth at a date": Kind("growth", 6, 6),
    "flows of half a year": Kind("level", 0, 6, flow=True),
    "growth of half a year": Kind("growth", 0, 6, flow=True),
    "flows of a quarter inside a year": Kind("level", 3, 6, flow=True),
    "shares of a larger series": Kind("share", whole="whole"),
    "bounds": Kind("level", bound=True, sd=0.09),
    "sums over three years": Kind("span", 0, 12, flow=True, years=3),
    "levels on another basis": Kind("level"),
}


def members(kind: Kind, readings: list[Reading], whole: list[Reading], basis: str) -> list[Member]:
    """Give the series, and the one it is a share of where it is read as such."""
    bases = Bases("standard", (basis,) if basis != "standard" else ())
    if not kind.whole:
        return [Member("a", tuple(readings), bases, PRIOR, flow=kind.flow)]
    plain = Bases("standard")
    return [
        Member("whole", tuple(whole), plain, PRIOR, flow=False),
        Member("a", tuple(readings), bases, SHARE, flow=False, parent="whole"),
    ]


def drawn(graph: Graph, rng: np.random.Generator) -> Floats:
    """Draw all unknowns: shocks are Student around a scale of the series that is itself uncertain."""
    table = np.zeros((len(graph.target), graph.n))
    np.add.at(table, (np.arange(len(table))[:, None], graph.index), graph.coefficient)
    scales = np.array([m.prior.degrees / rng.chisquare(m.prior.degrees) for m in graph.members])
    own = graph.owner >= 0
    variance = np.where(own, graph.variance * scales[np.where(own, graph.owner, 0)], graph.variance)
    heavy = np.where(own, rng.standard_t(SHOCK_DEGREES, len(table)), rng.standard_normal(len(table)))
    shock = heavy * np.sqrt(variance)
    shock[graph.variance > 10] = 0.0  # the first level is left wide by the prior; its middle serves as well
    return np.asarray(np.linalg.solve(table, graph.target + shock))


def printed(graph: Graph, truth: Floats, rng: np.random.Generator) -> dict[str, Reading]:
    """Print what the truth says, each figure with its error."""
    found = {}
    for member, reading in graph.readings:
        row, constant = graph.row(member, reading, truth)
        log = constant + sum(w * truth[i] for i, w in row.items())
        found[reading.ids[0]] = replace(reading, log=float(log + math.sqrt(reading.variance) * rng.standard_normal()))
    return found


@pytest.mark.slow
@pytest.mark.parametrize("name", KINDS)
def test_bands_of_80_and_95_percent_hold_simulated_levels_within_3_points(name: str) -> None:
    kind = KINDS[name]
    span = (0, 12) if kind.flow else (12, 12)
    basis = "other" if name == "levels on another basis" else "standard"
    years = (2012, 2016, 2017, 2021)
    empty = [Reading((f"l{y}",), "level", y, *span, "standard", 9.0, SD**2) for y in (2010, 2014, 2019)]
    empty += [
        Reading(
            (f"k{y}",), kind.kind, y, kind.start, kind.end, basis, 9.0, kind.sd**2, kind.years, kind.whole, kind.bound
        )
        for y in years
    ]
    whole = [Reading((f"w{y}",), "level", y, 12, 12, "standard", 12.0, SD**2) for y in range(2010, 2022)]
    rng = stream(7, "coverage", name)
    held: list[list[bool]] = []
    for _ in range(SERIES):
        graph = build(members(kind, empty, whole, basis))
        truth = drawn(graph, rng)
        told = printed(graph, truth, rng)
        again = [[told[r.ids[0]] for r in rows] for rows in (empty, whole if kind.whole else [])]
        graph = build(members(kind, *again, basis))
        found = solve(graph)
        rows = [graph.level("a", year) for year in range(2010, 2022)]
        table = found.dense(rows)
        gaps = np.abs(table @ (found.mean - truth))
        sds = np.sqrt(np.einsum("ij,jk,ik->i", table, found.covariance, table))
        degrees = found.degrees_of(table, np.zeros(len(rows)))
        inside = [gaps <= quantile_factor(degrees, p) * sds for p in (80.0, 95.0)]
        held += np.transpose(inside).tolist()
    shares = 100 * np.mean(held, axis=0)
    assert abs(shares[0] - 80) <= 3, shares
    assert abs(shares[1] - 95) <= 3, shares
