"""Simulated evidence of each kind: the bands of the histories hold the true levels as often as they say."""

from dataclasses import replace

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
from forecast.solve import solve

PRIOR = Prior("hand", 0.08, 0.05, 0.07, 0.03, 0.6, 5.0)
SERIES, SD = 400, 0.01
KINDS: dict[str, tuple[ReadingKind, int, int, bool]] = {
    "levels of years": ("level", 12, 12, False),
    "growth of years": ("growth", 12, 12, False),
    "stocks at a date": ("level", 6, 6, False),
    "growth at a date": ("growth", 6, 6, False),
    "flows of half a year": ("level", 0, 6, True),
    "growth of half a year": ("growth", 0, 6, True),
}


def drawn(graph: Graph, rng: np.random.Generator) -> Floats:
    """Draw all unknowns from the prior factors, shocks of a series with a common, uncertain scale."""
    table = np.zeros((len(graph.target), graph.n))
    np.add.at(table, (np.arange(len(table))[:, None], graph.index), graph.coefficient)
    scale = PRIOR.degrees / rng.chisquare(PRIOR.degrees)
    variance = np.where(graph.owner >= 0, graph.variance * scale, graph.variance)
    # the level of the first year is left wide by the prior; its middle serves as well
    start = graph.places["a"].level[graph.first]
    shock = rng.standard_normal(len(table)) * np.sqrt(variance)
    shock[np.flatnonzero((table[:, start] != 0) & (graph.variance > 10))] = 0.0
    return np.asarray(np.linalg.solve(table, graph.target + shock))


NARROW = pytest.mark.xfail(
    strict=True,
    reason="Known shortfall: beside growth rates alone the 80 % band holds 76 % (docs/methods/histories.md).",
)


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=NARROW) if name == "growth of years" else name for name in KINDS]
)
def test_bands_of_80_and_95_percent_hold_simulated_levels_within_3_points(name: str) -> None:
    kind, start, end, flow = KINDS[name]
    span = (0, 12) if flow else (12, 12)
    empty = [Reading((f"l{y}",), "level", y, *span, "standard", 9.0, SD**2) for y in (2010, 2014, 2019)]
    empty += [Reading((f"k{y}",), kind, y, start, end, "standard", 9.0, SD**2) for y in (2012, 2016, 2017, 2021)]
    rng = stream(7, "coverage", name)
    held: list[tuple[bool, bool]] = []
    for _ in range(SERIES):
        graph = build([Member("a", tuple(empty), Bases("standard"), PRIOR, flow=flow)])
        truth = drawn(graph, rng)
        printed = []
        for reading in empty:
            row, constant = graph.row(0, reading, truth)
            log = constant + sum(w * truth[i] for i, w in row.items()) + SD * rng.standard_normal()
            printed.append(replace(reading, log=float(log)))
        graph = build([Member("a", tuple(printed), Bases("standard"), PRIOR, flow=flow)])
        found = solve(graph)
        for year in range(2010, 2022):
            at = graph.places["a"].level[year]
            gap, sd = abs(found.mean[at] - truth[at]), float(np.sqrt(found.covariance[at, at]))
            inside = [bool(gap <= quantile_factor(float(found.degrees[0]), p) * sd) for p in (80.0, 95.0)]
            held.append((inside[0], inside[1]))
    shares = 100 * np.mean(held, axis=0)
    assert abs(shares[0] - 80) <= 3, shares
    assert abs(shares[1] - 95) <= 3, shares
