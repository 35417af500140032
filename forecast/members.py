"""What goes into a graph: single series with their readings, and the path of a larger one; and where unknowns stand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from forecast.evidence import Bases, Reading
from forecast.priors import Prior
from forecast.series import Floats

STOCK_SD = 0.036
"""Deviation of a stock from the line between two year ends (86 cases with both ends printed)."""


@dataclass(frozen=True, eq=False)
class Member:
    """One series of a graph.

    Parameters
    ----------
    key : str
        Series key.
    readings : tuple of Reading
        Only of its `bases`.
    prior : Prior
        Of its growth, or of the growth of its share.
    flow : bool
        Flow, else stock or ratio.
    parent : str
        Key of the member or path it is a share of; blank where it stands alone.
    count : float
        Typical number counted, for counted flows; 0 for others. Small counts jump.
    offsets : mapping
        Mean and standard deviation of the offset of other bases, where more is known than the pooled prior.
    growth : mapping
        Growth to expect by year, logarithm, and whether it was seen; other years take the mean of the prior.
    """

    key: str
    readings: tuple[Reading, ...]
    bases: Bases
    prior: Prior
    flow: bool
    parent: str = ""
    count: float = 0.0
    offsets: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    growth: Mapping[int, tuple[float, bool]] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Path:
    """Logarithm of a larger series as another graph left it: levels by (year, 12), deviations by (year, month)."""

    key: str
    places: Mapping[tuple[int, int], int]
    mean: Floats
    covariance: Floats

    def part(self, first: int, last: int) -> Path:
        """Give the path of some years only."""
        kept = {place: i for place, i in self.places.items() if first <= place[0] <= last}
        index = np.array(list(kept.values()), dtype=int)
        places = {place: i for i, place in enumerate(kept)}
        return Path(self.key, places, self.mean[index], self.covariance[np.ix_(index, index)])

    def log_at(self, year: int, month: int) -> tuple[float, float] | None:
        """Give mean and variance of the logarithm at the end of a month of a year, or None outside the path."""
        row: dict[int, float] = {}
        u = month / 12
        for place, weight in (((year, 12), u), ((year - 1, 12), 1 - u), ((year, month), 1.0 if month < 12 else 0.0)):
            if place in self.places:
                row[self.places[place]] = row.get(self.places[place], 0.0) + weight
            elif weight > 0 and place[1] == 12:
                return None
        index, weight_ = np.array(list(row)), np.array(list(row.values()))
        extra = 0.0 if (year, month) in self.places else STOCK_SD**2 * u * (1 - u)
        return float(weight_ @ self.mean[index]), float(
            weight_ @ self.covariance[np.ix_(index, index)] @ weight_
        ) + extra


class Places:
    """Where the unknowns of one member, or of a path, stand."""

    def __init__(self) -> None:
        self.level: dict[int, int] = {}
        self.slope: dict[int, int] = {}
        self.mean = -1
        self.inside: dict[tuple[int, int], int] = {}
        self.season: dict[int, int] = {}
        self.offset: dict[str, int] = {}
