"""When registered trademarks come up for renewal, and what the accounts of the IP system make of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecast.errors import unknown
from forecast.outlook import Outlook
from forecast.series import Floats, frozen
from scenarios.flows import prepare_flows
from scenarios.ground import Ground
from scenarios.structure import OLDEST, RENEWAL_YEARS, right_structure

TRADEMARKS = ("trademark_applications", "trademark_registrations", "trademarks_in_force")


@dataclass(frozen=True, eq=False)
class Renewals:
    """The renewal queue of trademarks by year, each array of shape (n_years, n_paths).

    Parameters
    ----------
    years : tuple of int
        After the last year whose stock is known.
    due : array
        Registrations that reach 10, 20, 30 or 40 years.
    dropped : array
        Those of them that are not renewed.
    accounts : array
        Stock by the accounts: known stock, plus registrations, less cancellations and marks not renewed.
    outlook : array
        Stock of the outlook, which keeps a queue of its own and then has to meet the sums of its hierarchy.
    """

    years: tuple[int, ...]
    due: Floats
    dropped: Floats
    accounts: Floats
    outlook: Floats

    def table(self, level: float = 80.0) -> list[tuple[int, float, float, float, float, float, float]]:
        """Rows of year, median due, median dropped, stock by the accounts (median and band), stock of the outlook."""
        tail = (1 - level / 100) / 2
        low, middle, high = np.quantile(self.accounts, [tail, 0.5, 1 - tail], axis=1)
        of = [np.median(a, axis=1) for a in (self.due, self.dropped)]
        ahead = np.median(self.outlook, axis=1)
        columns = (*of, middle, low, high, ahead)
        return [(year, *(float(c[i]) for c in columns)) for i, year in enumerate(self.years)]  # type: ignore[misc]  # six columns


def renewals(outlook: Outlook, region: str = "CN") -> Renewals:
    """Give the renewal queue of a region's trademarks.

    Registrations of 2017 to 2021 were up to three times those of the years before; they come up from 2027, which a
    forecast from the stock's own past cannot see. The share renewed is hardly known (0.2 to 0.75 of those due), and
    every path draws its own.

    Raises
    ------
    UnknownNameError
        Where the outlook has no filings, registrations or stock of trademarks for the region.

    References
    ----------
    Trademark Law of the People's Republic of China (2019), articles 39 and 40: ten years, renewable.
    """
    keys = [f"{region}.{name}" for name in TRADEMARKS]
    for key in keys:
        if key not in outlook.index:
            raise unknown("series", key, outlook.keys)
    structure = right_structure("trademark", outlook.n_paths, outlook.seed)
    known = outlook.known_until[outlook.index[keys[2]]]
    first = outlook.years.index(known) + 1
    ground = Ground(outlook, outlook.seed)
    filings, grants, stock = (ground.complete(key) for key in keys)
    flows = prepare_flows(filings, grants, stock, first, structure)
    n = len(outlook.years) - first
    held_before = flows.held
    due = np.zeros((n, outlook.n_paths))
    for age in range(RENEWAL_YEARS, OLDEST, RENEWAL_YEARS):
        before = structure.survival[age - 1]
        for t in range(n):
            if t >= age:
                due[t] += grants[first + t - age] * before
            else:  # there before the first year: held at age - 1 - t, and still there a year before it is due
                held = age - 1 - t
                due[t] += held_before[held] * before / structure.survival[held]
    dropped = due * -np.expm1(-structure.hazard[RENEWAL_YEARS])
    return Renewals(
        outlook.years[first:], frozen(due), frozen(dropped), frozen(flows.graph_stock), outlook.of(keys[2])[first:]
    )
