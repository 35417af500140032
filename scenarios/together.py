"""Many regions at once: what levers change in a whole, without working out each of its regions.

Where regions feel the same levers, everything but their baselines is shared, and the change of their sum is linear in
what is shared. Coefficients are summed over regions once; each further set of levers then costs about what one region
costs. Attribution runs hundreds of sets of levers on one whole; the numbers are those of `Line` up to rounding.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from forecast.series import Floats
from scenarios.flows import Flows, lagged
from scenarios.ground import Ground, Part
from scenarios.line import STEPS, Line
from scenarios.moves import Move
from scenarios.quantities import DIRECT
from scenarios.shifts import Shifts
from scenarios.structure import DELAY_YEARS, OLDEST
from scenarios.sums import Change
from scenarios.tree import Leaf

LEAST = 3
"""Regions from which on it pays to take them together."""


@dataclass(frozen=True, eq=False)
class Together:
    """Baselines of one right in several regions, summed up as far as the change of their sum needs.

    Parameters
    ----------
    level : array, shape (n_active, n_paths)
        Sum of the series itself.
    arrivals : array, shape (n_active, DELAY_YEARS, n_paths)
        For grants: ``sum_r G_r F_r(t - j) / D_r(t)``. Empty for other steps.
    cohorts : array, shape (n_active, OLDEST, n_paths)
        For stocks: ``sum_r b_r(t) G_r(t - a)``, with ``b`` the outlook's stock over that of the graph. Else empty.
    by_delay : tuple of array, each of shape (n_active - c, DELAY_YEARS, n_paths)
        For stocks, for each active year c: ``sum_r b_r(t) G_r(c) F_r(c - j) / D_r(c)``. Else empty.
    """

    level: Floats
    arrivals: Floats
    cohorts: Floats
    by_delay: tuple[Floats, ...]


def together(step: int, bases: Sequence[Floats], flows: Sequence[Flows]) -> Together:
    """Sum up regions: `step` 0 filings, 1 grants, 2 stock; `bases` of the series, each of shape (n_active, n_paths)."""
    level = np.sum(bases, axis=0)
    n, n_paths = level.shape
    arrivals = np.zeros((n if step == 1 else 0, DELAY_YEARS, n_paths))
    cohorts = np.zeros((n if step == 2 else 0, OLDEST, n_paths))
    by_delay = tuple(np.zeros((n - c, DELAY_YEARS, n_paths)) for c in range(n if step == 2 else 0))
    for base, flow in zip(bases, flows, strict=True) if step else ():
        if step == 1:
            arrivals += (base / flow.decided)[:, None] * flow.arrivals
            continue
        over = base / flow.graph_stock
        cohorts += over[:, None] * lagged(flow.cohorts, OLDEST, n, OLDEST)
        decided = (flow.granted / flow.decided)[:, None] * flow.arrivals
        for c, of in enumerate(by_delay):
            of += over[c:, None] * decided[c]
    return Together(level, arrivals, cohorts, by_delay)


def change(step: int, of: Together, shifts: Shifts) -> Floats | None:
    """Give what shifts change in the sum, shape (n_active, n_paths); None where they leave it alone."""
    if step == 0:
        return of.level * shifts.more_filings if shifts.moves_filings else None
    rate, weights = shifts.more_granted, shifts.arriving
    if step == 1:
        if not shifts.moves_grants:
            return None
        granted = np.zeros_like(of.level) if rate is None else rate * of.level
        if weights is not None:
            more = np.einsum("tjp,tjp->tp", weights, of.arrivals[:, : weights.shape[1]])
            granted += more if rate is None else (1.0 + rate) * more
        return granted
    s, lost = shifts.structure, shifts.lost
    total = np.zeros_like(of.level)
    if lost is not None:
        total += np.einsum("tap,tap->tp", lost, of.cohorts[:, s.youngest : s.n_alive])
    for c in range(total.shape[0]) if shifts.moves_grants else ():
        years = np.arange(c, total.shape[0])
        more = np.zeros((years.size, total.shape[1])) if rate is None else rate[c] * of.cohorts[years, years - c]
        if weights is not None:
            weight = weights[c] if rate is None else (1.0 + rate[c]) * weights[c]
            more += np.einsum("jp,tjp->tp", weight, of.by_delay[c][:, : weight.shape[0]])
        kept = s.survival[: years.size]
        if lost is not None:
            kept = kept.copy()
            young, old = years[s.youngest : s.n_alive], slice(s.youngest, s.n_alive)
            kept[old] += lost[young, young - c - s.youngest]
        total[c:] += kept * more
    return total


class Sums:
    """Summed baselines of a ground, made when first asked for."""

    def __init__(self, base: Ground) -> None:
        self.ground = base
        self.like: dict[str, list[Shifts]] = {}
        """Shifts of other sets of levers by right, each with an own lapse or an own clock of examination."""
        self._known: dict[tuple[object, ...], Together] = {}

    def of(self, indicator: str, leaves: Sequence[Leaf], first: int, split: frozenset[str]) -> Together:
        """Give the sums over leaves of one indicator."""
        at = (indicator, tuple(leaf.name for leaf in leaves), first, split)
        if at not in self._known:
            right, step = STEPS[indicator]
            bases = [self.ground.base(leaf)[first:] for leaf in leaves]
            stack = self.ground.stack(right, first, split)
            self._known[at] = together(step, bases, [stack.of(leaf) for leaf in leaves])
        return self._known[at]


class WholeLine(Line):
    """A line for wholes, made for many sets of levers on one key: regions that feel the same levers go together."""

    def __init__(self, sums: Sums, like: Line, moves: Sequence[Move]) -> None:
        super().__init__(like.ground, moves, like.draws, first=like.first)
        self.sums = sums

    def shifts_of(self, right: str, own: Sequence[Floats]) -> Shifts:
        """Give the shifts of a right; what takes long in them is shared by all sets of levers."""
        like = self.sums.like.setdefault(right, [])
        found = replace(super().shifts_of(right, own), like=tuple(like))
        if not any(np.array_equal(found.lapse, o.lapse) for o in like) or not any(
            np.array_equal(found.decision_time, o.decision_time) for o in like
        ):
            like.append(found)
        return found

    def part_changes(self, parts: Sequence[Part]) -> list[Change]:
        """Give what moves change in the parts of a whole, some of them summed up."""
        groups: dict[tuple[str, tuple[int, ...]], list[Leaf]] = {}
        for _, indicator, leaf in parts:
            if (
                leaf is not None
                and indicator in STEPS
                and DIRECT + indicator not in self.felt(leaf.region, leaf.outside)
            ):
                groups.setdefault((indicator, self.felt_by(leaf.region, leaf.outside)), []).append(leaf)
        found: list[Change] = []
        taken: set[str] = set()
        for (indicator, _), group in groups.items():
            if len(group) < LEAST:
                continue
            right, step = STEPS[indicator]
            taken |= {leaf.name for leaf in group}
            shifts = self.right_shifts(right, group[0].region, group[0].outside)
            if shifts is not None:
                more = change(step, self.sums.of(indicator, group, self.first, self.split), shifts)
                if more is not None:
                    found.append(more)
        return found + super().part_changes([part for part in parts if part.key not in taken])
