"""Build graphs: unknowns of every series and what is known of them before their figures."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from forecast.evidence import Reading
from forecast.graph import Graph, Row, padded
from forecast.members import Member, Path, Places

START_VARIANCE = 16.0
SLOPE_START = 2.0
SEASON_MEAN = -0.12
OFFSET_SD, MERGER_SD = 0.20, 0.5
PARALLEL_SD, PART_OFFSET_SD = 0.015, 0.06
FIXED, BRIDGE = -1, -2
"""Owners of factors that are no yearly shock of a member: always as given, and deviations inside a year."""


class _Factors:
    """Collects unknowns and prior factors, one a row."""

    def __init__(self) -> None:
        self.n = 0
        self.rows: list[Row] = []
        self.targets: list[float] = []
        self.variances: list[float] = []
        self.owners: list[int] = []

    def unknown(self) -> int:
        self.n += 1
        return self.n - 1

    def put(self, row: Row, target: float, variance: float, owner: int = FIXED) -> None:
        self.rows.append(row)
        self.targets.append(target)
        self.variances.append(variance)
        self.owners.append(owner)

    def bridge(
        self, places: Mapping[int, int], sd: float, owner: int, mean: Callable[[float], float] = lambda _: 0.0
    ) -> None:
        """Tie deviations at months to zero at both ends of the year: a Brownian bridge around `mean`."""
        before, held = 0.0, -1
        for month in sorted(places):
            u, place = month / 12, places[month]
            left = (1 - u) / (1 - before)
            variance = sd**2 * (u - before) * left
            if held < 0:
                self.put({place: 1.0}, mean(u), variance, owner)
            else:
                self.put({place: 1.0, held: -left}, mean(u) - left * mean(before), variance, owner)
            before, held = u, place


def build(
    members: Sequence[Member],
    path: Path | None = None,
    years: tuple[int, int] | None = None,
    dates: Sequence[tuple[int, int]] = (),
) -> Graph:
    """Build the graph of some series.

    Parameters
    ----------
    members : sequence of Member
        A parent before its shares.
    path : Path, optional
        Larger series, known from another graph, of which members are shares; only its years are used.
    years : (int, int), optional
        Widen the graph to these years.
    dates : sequence of (year, month)
        Dates inside a year at which smaller series will ask for members that are stocks.
    """
    wanted = [(r.reach, r.year) for m in members for r in m.readings] + ([years] if years else [])
    first, last = min(a for a, _ in wanted), max(b for _, b in wanted)
    factors, places = _Factors(), {}
    if path is not None:
        path = path.part(first, last)
        held = Places()
        for (year, month), _ in path.places.items():
            place = factors.unknown()
            if month == 12:
                held.level[year] = place
            else:
                held.inside[year, month] = place
        places[path.key] = held
    for number, member in enumerate(members):
        places[member.key] = _lay(factors, number, member, (first, last), dates)
    read = tuple((i, r) for i, m in enumerate(members) for r in m.readings)
    index, coefficient = padded(factors.rows)
    return Graph(
        tuple(members), path, first, last, factors.n, places, index, coefficient, np.array(factors.targets),
        np.array(factors.variances), np.array(factors.owners), read,
        np.array([_noise(members[i], r) for i, r in read]),
    )  # fmt: skip


def _noise(member: Member, reading: Reading) -> float:
    """Give the variance of a reading; the ratio of two ways of counting is not a constant."""
    variance = reading.variance
    if reading.basis != member.bases.main and reading.kind != "growth":
        if reading.basis in member.bases.parallel:
            variance += PARALLEL_SD**2
        if member.flow and not reading.yearly and reading.kind == "level":
            variance += PART_OFFSET_SD**2 * (1 - (reading.end - reading.start) / 12)
    return variance


def _lay(
    factors: _Factors, number: int, member: Member, years: tuple[int, int], dates: Sequence[tuple[int, int]]
) -> Places:
    prior, held = member.prior, Places()
    span = range(years[0], years[1] + 1)
    held.level = {year: factors.unknown() for year in span}
    held.slope = {year: factors.unknown() for year in span}
    held.mean = factors.unknown()
    cuts: dict[int, set[int]] = defaultdict(set)
    for reading in member.readings:
        for year in (reading.year, reading.year - 1)[: 2 if reading.kind == "growth" else 1]:
            if reading.kind != "span":
                cuts[year].update({reading.start, reading.end} - {0, 12})
    if not member.flow:
        for year, month in dates:
            cuts[year].add(month)
    held.inside = {
        (year, month): factors.unknown() for year in sorted(cuts) if year > years[0] for month in sorted(cuts[year])
    }
    if member.flow:
        held.season = {month: factors.unknown() for month in sorted({month for _, month in held.inside})}
    held.offset = {basis: factors.unknown() for basis in member.bases.all[1:]}
    level_variance = prior.level**2 + (min(1.0, 2 / member.count) if member.count else 0.0)
    logs = sorted(r.log for r in member.readings if r.kind in ("level", "span"))
    start = 0.0 if member.parent else logs[len(logs) // 2] if logs else 10.0
    factors.put({held.level[years[0]]: 1.0}, start, START_VARIANCE)
    factors.put({held.mean: 1.0}, 0.0, prior.tau**2)
    factors.put(
        {held.slope[years[0]]: 1.0, held.mean: -1.0}, 0.0, SLOPE_START * prior.slope**2 / (1 - prior.phi**2), number
    )
    for year in span[1:]:
        step = {held.level[year]: 1.0, held.level[year - 1]: -1.0, held.slope[year]: -1.0}
        mean, seen = member.growth.get(year, (prior.mu, False))
        factors.put(step, mean, level_variance + (0.0 if seen else prior.common**2), number)
        turn = {held.slope[year]: 1.0, held.slope[year - 1]: -prior.phi, held.mean: -(1 - prior.phi)}
        factors.put(turn, 0.0, prior.slope**2, number)
    for year in sorted({year for year, _ in held.inside}):
        factors.bridge({m: place for (y, m), place in held.inside.items() if y == year}, prior.inside, BRIDGE)
    if held.season:
        factors.bridge(held.season, prior.season, FIXED, lambda u: SEASON_MEAN * u * (1 - u))
    for basis, place in held.offset.items():
        mean, sd = member.offsets.get(basis, (0.0, MERGER_SD if "merged" in basis + member.bases.main else OFFSET_SD))
        factors.put({place: 1.0}, mean, sd**2)
    return held
