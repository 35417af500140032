"""Growth of the provinces by year: what the others did in a year says what to expect of one of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from forecast.catalog import NATION, regions
from forecast.evidence import Bases, Reading

LEAST_REGIONS = 5
"""Provinces whose growth of a year must be printed before their median stands for it."""
NEAR = 5
"""Years around one without growth rates whose mean stands for it."""

Growths = Mapping[int, float]


def printed_growth(readings: Iterable[Reading], bases: Bases) -> dict[int, float]:
    """Give the growth of each year that two yearly levels on the main basis, or a printed rate, tell; logarithms."""
    levels: dict[int, Reading] = {}
    rates: dict[int, Reading] = {}
    for r in readings:
        if not r.yearly or r.bound or r.basis != bases.main or r.kind not in ("level", "growth"):
            continue
        best = (levels if r.kind == "level" else rates).setdefault(r.year, r)
        if r.variance < best.variance:
            (levels if r.kind == "level" else rates)[r.year] = r
    found = {year: r.log for year, r in rates.items()}
    return found | {y: r.log - levels[y - 1].log for y, r in levels.items() if y - 1 in levels}


@dataclass(frozen=True)
class Panel:
    """Yearly growth of one indicator, by region."""

    by_region: Mapping[str, Growths]

    def expected(self, region: str) -> dict[int, tuple[float, bool]]:
        """Give the growth to expect of a region by year, logarithm, and whether it was seen.

        The median of the other provinces where five print it, else that of the nation. Years near those take the mean
        of the years within `NEAR` and are not seen; years that are further away are left out.

        Examples
        --------
        >>> provinces = ("ZJ", "SH", "BJ", "JS", "AH", "FJ")
        >>> panel = Panel({f"CN-{p}": {2020: growth} for growth, p in enumerate(provinces)})
        >>> panel.expected("CN-ZJ")[2020], panel.expected("CN-ZJ")[2021]
        ((3.0, True), (3.0, False))
        """
        others = [
            growth for key, growth in self.by_region.items() if key != region and regions()[key].level == "province"
        ]
        known = {} if region == NATION else dict(self.by_region.get(NATION, {}))
        for year in sorted({year for growth in others for year in growth}):
            values = [growth[year] for growth in others if year in growth]
            if len(values) >= LEAST_REGIONS:
                known[year] = float(np.median(values))
        found = {year: (growth, True) for year, growth in known.items()}
        for year in range(min(known, default=0) - NEAR, max(known, default=-1) + NEAR + 1) if known else ():
            near = [growth for y, growth in known.items() if abs(y - year) <= NEAR]
            if year not in found and near:
                found[year] = float(np.mean(near)), False
        return found
