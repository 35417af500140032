"""The Gaussian graph of one or several series: its unknowns, what is known of them, and what figures measure.

Unknowns of a series: the logarithm of the level of each year ``x_t`` (of its share of a larger series, where it is read
as one), the slope ``g_t``, the mean growth ``m``, deviations inside a year ``w_t(u)`` and the lasting seasonal ones
``a(u)`` at the months figures need, and the offset ``d_b`` of every other way of counting. `docs/methods/histories.md`
holds the formulas; `forecast.factors` builds graphs, `forecast.solve` solves them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecast.evidence import Reading
from forecast.members import Member, Path, Places
from forecast.series import Floats

Integers = NDArray[np.int64]
Row = dict[int, float]

TREND = 1.2
"""Growth lowers the first part of a year: by ``1.2 u (1 - u) / 2`` of it for the months up to u."""
GROWTH_INSIDE = (-0.5, 0.8)
"""Growth beyond these bounds no longer tilts the year: the tilt is a straight line fitted to moderate growth."""


@dataclass(frozen=True, eq=False)
class Graph:
    """A graph ready to be solved; `row` gives what a reading measures, linear around a guess of the unknowns."""

    members: tuple[Member, ...]
    path: Path | None
    first: int
    last: int
    n: int
    places: Mapping[str, Places]
    index: Integers
    coefficient: Floats
    target: Floats
    variance: Floats
    owner: Integers
    readings: tuple[tuple[int, Reading], ...]
    noise: Floats

    @property
    def logs(self) -> Floats:
        """Logarithms the readings print."""
        return np.array([r.log for _, r in self.readings])

    def level(self, key: str, year: int) -> Row:
        """Give the row of the logarithm of a level at the end of (or over) a year, parents included."""
        row: Row = {self.places[key].level[year]: 1.0}
        parent = self._parent(key)
        if parent:
            _add(row, self.level(parent, year), 1.0)
        return row

    def _parent(self, key: str) -> str:
        return next((m.parent for m in self.members if m.key == key), "")

    def date(self, key: str, year: int, month: int) -> Row:
        """Give the row of the logarithm of a stock at the end of a month: on the line between two year ends, plus w."""
        if month == 12:
            return self.level(key, year)
        u, row = month / 12, Row()
        places = self.places[key]
        _add(row, {places.level[year]: u, places.level[year - 1]: 1 - u}, 1.0)
        if (year, month) in places.inside:
            _add(row, {places.inside[year, month]: 1.0}, 1.0)
        parent = self._parent(key)
        if parent:
            _add(row, self.date(parent, year, month), 1.0)
        return row

    def part(self, key: str, year: int, months: tuple[int, int], guess: Floats) -> tuple[Row, float]:
        """Give the row and constant of the logarithm of a flow over part of a year, linear around `guess`.

        ``x_t + log((q - p) + D(q) - D(p))`` with ``D(u) = w_t(u) + a(u) - 1.2 u (1 - u) / 2 (x_t - x_{t-1})``.
        """
        places, (p, q) = self.places[key], months
        row = self.level(key, year)
        growth_row = dict(row)
        _add(growth_row, self.level(key, year - 1), -1.0)
        growth = _value(growth_row, guess)
        inside = GROWTH_INSIDE[0] < growth < GROWTH_INSIDE[1]
        growth = min(max(growth, GROWTH_INSIDE[0]), GROWTH_INSIDE[1])
        total, tilt = (q - p) / 12, Row()
        for month, sign in ((q, 1.0), (p, -1.0)):
            if 0 < month < 12:
                u = month / 12
                slope = -TREND * u * (1 - u) / 2
                w, a = places.inside[year, month], places.season[month]
                total += sign * (guess[w] + guess[a] + slope * growth)
                _add(tilt, {w: sign, a: sign}, 1.0)
                if inside:
                    _add(tilt, growth_row, sign * slope)
        share = max(total, 0.15 * (q - p) / 12)
        _add(row, tilt, 1 / share)
        return row, math.log(share) - _value(tilt, guess) / share

    def row(self, member: int, reading: Reading, guess: Floats) -> tuple[Row, float]:
        """Give the row and constant of what a reading measures."""
        key = self.members[member].key
        if reading.kind == "span":
            return self._sum(key, reading, guess)
        row, constant = self._figure(key, reading, reading.year, guess)
        offset = self.places[key].offset.get(reading.basis)
        if reading.kind == "growth":
            before, other = self._figure(key, reading, reading.year - 1, guess)
            _add(row, before, -1.0)
            return row, constant - other
        if offset is not None:
            _add(row, {offset: 1.0}, 1.0)
        if reading.kind == "share":
            of, other = self._figure(reading.whole, reading, reading.year, guess)
            _add(row, of, -1.0)
            constant -= other
        return row, constant

    def _figure(self, key: str, reading: Reading, year: int, guess: Floats) -> tuple[Row, float]:
        if reading.yearly:
            return self.level(key, year), 0.0
        if reading.dated:
            return self.date(key, year, reading.end), 0.0
        return self.part(key, year, (reading.start, reading.end), guess)

    def _sum(self, key: str, reading: Reading, guess: Floats) -> tuple[Row, float]:
        parts = [self.level(key, year) for year in range(reading.year - reading.years + 1, reading.year + 1)]
        logs = np.array([_value(part, guess) for part in parts])
        top = float(logs.max())
        whole = top + math.log(float(np.exp(logs - top).sum()))
        row: Row = {}
        for part, log in zip(parts, logs, strict=True):
            _add(row, part, math.exp(log - whole))
        return row, whole - _value(row, guess)


def _add(row: Row, other: Mapping[int, float], factor: float) -> None:
    for place, value in other.items():
        row[place] = row.get(place, 0.0) + factor * value


def _value(row: Mapping[int, float], guess: Floats) -> float:
    return sum(value * float(guess[place]) for place, value in row.items())


def padded(rows: Sequence[Mapping[int, float]]) -> tuple[Integers, Floats]:
    """Give rows of few entries as two tables: places and values, filled up with zeros."""
    width = max((len(row) for row in rows), default=1)
    index, value = np.zeros((len(rows), width), dtype=np.int64), np.zeros((len(rows), width))
    for i, row in enumerate(rows):
        index[i, : len(row)], value[i, : len(row)] = list(row), list(row.values())
    return index, value
