"""Many regions at once: what levers change in a whole, without working out each of its regions.

Where regions feel the same levers, everything but their baselines is shared, and the change of their sum is linear in
what is shared. Coefficients are summed over regions once; each further set of levers then costs about what one region
costs. Attribution runs hundreds of sets of levers on one whole; the numbers are those of `Line` up to rounding.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from forecast.series import Floats
from scenarios.ground import Ground
from scenarios.line import STEPS, Line
from scenarios.moves import Move
from scenarios.quantities import DIRECT
from scenarios.shifts import Shifts
from scenarios.structure import DELAY_YEARS
from scenarios.system import Flows
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
    arrivals : array, shape (DELAY_YEARS, n_active, n_paths)
        For grants: ``sum_r G_r F_r(t - j) / D_r(t)``. Empty for other steps.
    entered : array, shape (n_active, n_active, n_paths)
        For stocks: ``sum_r b_r(t) G_r(c)``, with ``b`` the outlook's stock over that of the graph. Else empty.
    entered_by_delay : array, shape (DELAY_YEARS, n_active, n_active, n_paths)
        For stocks: ``sum_r b_r(t) G_r(c) F_r(c - j) / D_r(c)``. Else empty.
    held : array, shape (OLDEST, n_active, n_paths)
        For stocks: ``sum_r b_r(t) H_r(a)``. Else empty.
    """

    level: Floats
    arrivals: Floats
    entered: Floats
    entered_by_delay: Floats
    held: Floats


def together(step: int, bases: Sequence[Floats], flows: Sequence[Flows]) -> Together:
    """Sum up regions: `step` 0 filings, 1 grants, 2 stock; `bases` of the series, each of shape (n_active, n_paths)."""
    level = np.sum(bases, axis=0)
    n, n_paths = level.shape
    arrivals = np.zeros((DELAY_YEARS if step == 1 else 0, n, n_paths))
    size = n if step == 2 else 0
    entered = np.zeros((size, size, n_paths))
    by_delay = np.zeros((DELAY_YEARS, size, size, n_paths))
    held = np.zeros((flows[0].held.shape[1] if step == 2 else 0, n, n_paths))
    for base, flow in zip(bases, flows, strict=True) if step else ():
        for j in range(DELAY_YEARS):
            at = np.maximum(np.arange(flow.first, flow.first + n) - j, 0)
            share = flow.filings[0, at] / flow.decided[0]
            if step == 1:
                arrivals[j] += base * share
                continue
            over = base / flow.graph_stock[0]
            granted = flow.grants[0, flow.first :] * share
            for c in range(n):
                by_delay[j, c, c:] += over[c:] * granted[c]
        if step == 2:
            over, granted = base / flow.graph_stock[0], flow.grants[0, flow.first :]
            for c in range(n):
                entered[c, c:] += over[c:] * granted[c]
            for age in range(held.shape[0]):
                held[age] += over * flow.held[0, age]
    return Together(level, arrivals, entered, by_delay, held)


def change(step: int, of: Together, shifts: Shifts) -> Floats | None:
    """Give what shifts change in the sum, shape (n_active, n_paths); None where they leave it alone."""
    if step == 0:
        moves = np.any(shifts.filings) or np.any(shifts.counts)
        return of.level * (shifts.filings_ratio - 1.0) if moves else None
    weights = _weights(shifts)
    rate = np.broadcast_to(shifts.rate, shifts.filings.shape)
    if step == 1:
        if not shifts.moves_grants:
            return None
        granted: Floats = (rate - 1.0) * of.level + rate * np.einsum("jtp,jtp->tp", weights, of.arrivals)
        return granted
    n, survival = rate.shape[0], shifts.structure.survival
    weights = weights * rate
    total = np.zeros_like(of.level)
    lost = shifts.lost
    for c in range(n):
        more = (rate[c] - 1.0) * of.entered[c, c:]
        if shifts.moves_grants:
            more += np.einsum("jp,jtp->tp", weights[:, c], of.entered_by_delay[:, c, c:])
            total[c:] += survival[: n - c] * more
        if lost is not None:
            total[c:] += lost[1][c, c:] * (of.entered[c, c:] + more)
    if lost is not None:
        total += np.einsum("atp,atp->tp", lost[0], of.held[: lost[0].shape[0]])
    return total


def _weights(shifts: Shifts) -> Floats:
    """Give the change of weight in grants of filings of j years before, shape (DELAY_YEARS, n_active, n_paths)."""
    n, n_paths = shifts.filings.shape
    out = np.zeros((DELAY_YEARS, n, n_paths))
    if shifts.decided_when is not None:
        for j, weight in enumerate(shifts.decisions):
            out[j] = weight - shifts.structure.delay[j]
        return out
    for j, arriving in enumerate(shifts.arriving):
        out[j, j:] = arriving
    return out


class Sums:
    """Summed baselines of a ground, made when first asked for."""

    def __init__(self, base: Ground) -> None:
        self.ground = base
        self._known: dict[tuple[object, ...], Together] = {}

    def of(self, indicator: str, leaves: Sequence[Leaf], first: int, split: frozenset[str]) -> Together:
        """Give the sums over leaves of one indicator."""
        at = (indicator, tuple(leaf.name for leaf in leaves), first, split)
        if at not in self._known:
            right, step = STEPS[indicator]
            bases = [self.ground.base(leaf)[first:] for leaf in leaves]
            flows = [self.ground.flows(right, leaf.node, first, split) for leaf in leaves]
            self._known[at] = together(step, bases, flows)
        return self._known[at]


class WholeLine(Line):
    """A line for wholes, made for many sets of levers on one key: regions that feel the same levers go together."""

    def __init__(self, sums: Sums, like: Line, moves: Sequence[Move]) -> None:
        super().__init__(like.ground, moves, like.draws, first=like.first)
        self.sums = sums

    def part_changes(self, indicator: str, leaves: Mapping[str, Leaf], parts: Sequence[str]) -> list[Floats | None]:
        """Give what moves change in the parts of a whole, some of them summed up."""
        if indicator not in STEPS:
            return super().part_changes(indicator, leaves, parts)
        groups: dict[tuple[int, ...], list[Leaf]] = {}
        for part in parts:
            if part in leaves and DIRECT + indicator not in self.felt(leaves[part].region, leaves[part].outside):
                groups.setdefault(self.felt_by(leaves[part].region, leaves[part].outside), []).append(leaves[part])
        right, step = STEPS[indicator]
        found: list[Floats | None] = []
        taken: set[str] = set()
        for group in groups.values():
            if len(group) < LEAST:
                continue
            taken |= {leaf.name for leaf in group}
            shifts = self.right_shifts(right, group[0].region, group[0].outside)
            if shifts is not None:
                found.append(change(step, self.sums.of(indicator, group, self.first, self.split), shifts))
        return found + super().part_changes(indicator, leaves, [part for part in parts if part not in taken])
