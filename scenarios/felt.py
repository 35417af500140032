"""What levers and assumptions shift where they are felt; regions that feel the same share it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from forecast.series import Floats
from scenarios.ground import Ground
from scenarios.kernels import arrived, even
from scenarios.moves import Draws, Move, shifts
from scenarios.shifts import Shifts
from scenarios.structure import drawn, pledge_structure, right_structure
from scenarios.system import PledgeShifts, pledge_excesses

RD_ELASTICITIES = {
    "invention": "recommended.elasticity.invention_applications_to_rd",
    "utility_model": "elasticity_rd.utility_model_applications two-way, lags 0-1",
    "design": "elasticity_rd.design_applications two-way, lags 0-1",
}
"""Parameters that link R&D spending to filings; an association, not a cause (docs/methods/scenarios.md)."""

RD_LAG = (0, 1)
"""Years in which filings follow R&D, as in the panel regression."""

RIGHT_SLOTS = ("filings", "filings#counts", "grant_rate", "decision_time", "lapse")
"""What levers shift in a right, in the order of `Shifts`."""

PLEDGE_SLOTS = ("uptake", "ceiling", "projects_per_firm", "amount_per_project")
"""What levers shift in the pledge chain, in the order of `PledgeShifts`."""


class Felt:
    """What moves shift in each region, from the year at position `first` on.

    Parameters
    ----------
    base : Ground
        The outlook.
    moves : sequence of Move
        What is moved; none gives the outlook itself.
    with_ : Draws
        Shared futures of effects.
    first : int, optional
        Position of the first year from which paths are worked out; by default that of the earliest move. Lines that are
        to be compared to the last bit share it.
    """

    def __init__(self, base: Ground, moves: Sequence[Move], with_: Draws, *, first: int | None = None) -> None:
        self.ground = base
        self.moves = tuple(m for m in moves if m.first < len(base.outlook.years))
        self.draws = with_
        self.first = min((m.first for m in self.moves), default=len(base.outlook.years)) if first is None else first
        self._felt_by: dict[tuple[str, bool], tuple[int, ...]] = {}
        self._felt: dict[tuple[str, bool], dict[str, Floats]] = {}
        self._shifts: dict[tuple[int, ...], dict[str, Floats]] = {}
        self._rights: dict[tuple[str, tuple[int, ...]], Shifts | None] = {}
        self._pledges: dict[tuple[int, ...], tuple[Floats, Floats, Floats] | None] = {}

    def felt_by(self, region: str, outside: bool) -> tuple[int, ...]:
        """Positions of the moves felt; regions that feel the same moves share what does not depend on the region."""
        at = (region, outside)
        if at not in self._felt_by:
            self._felt_by[at] = tuple(i for i, m in enumerate(self.moves) if m.acts_in(region, outside))
        return self._felt_by[at]

    def felt(self, region: str, outside: bool) -> dict[str, Floats]:
        """Give what moves shift in a region, by quantity, each of shape (n_active, n_paths)."""
        here = (region, outside)
        if here not in self._felt:
            self._felt[here] = self._shared(self.felt_by(region, outside))
        return self._felt[here]

    def _shared(self, at: tuple[int, ...]) -> dict[str, Floats]:
        if at not in self._shifts:
            whole = shifts([self.moves[i] for i in at], self.draws)
            part = {name: shift[self.first :] for name, shift in whole.items()}
            if "rd" in part:
                self._spread_rd(whole["rd"], part)
            self._shifts[at] = part
        return self._shifts[at]

    def _spread_rd(self, rd: Floats, part: dict[str, Floats]) -> None:
        late = arrived(rd, even(*RD_LAG))[self.first :]
        for right, name in RD_ELASTICITIES.items():
            shift = np.maximum(drawn(name, self.draws.n_paths, self.draws.seed), 0.0) * late
            slot = f"{right}.filings"
            part[slot] = part[slot] + shift if slot in part else shift

    def _slots(self, of: str, slots: Sequence[str], region: str, outside: bool) -> list[Floats] | None:
        """Give shifts by slot, zeros where nothing moves one; None where nothing moves any."""
        felt = self.felt(region, outside)
        own = [felt.get(f"{of}.{slot}") for slot in slots]
        if all(shift is None for shift in own):
            return None
        zero = np.zeros((len(self.ground.outlook.years) - self.first, self.draws.n_paths))
        return [zero if shift is None else shift for shift in own]

    def right_shifts(self, right: str, region: str, outside: bool) -> Shifts | None:
        """Give what moves shift in one right, or None where they leave it alone."""
        at = (right, self.felt_by(region, outside))
        if at not in self._rights:
            own = self._slots(right, RIGHT_SLOTS, region, outside)
            self._rights[at] = None if own is None else self.shifts_of(right, own)
        return self._rights[at]

    def shifts_of(self, right: str, own: Sequence[Floats]) -> Shifts:
        """Give the shifts of a right from those of its `RIGHT_SLOTS`."""
        filings, counts, grant_rate, decision_time, lapse = own
        structure = right_structure(right, self.draws.n_paths, self.ground.seed)
        return Shifts(structure, filings, counts, grant_rate, decision_time, lapse)

    def pledges(self, region: str, outside: bool) -> tuple[Floats, Floats, Floats] | None:
        """Give what moves change in pledging firms, projects and amounts, as `pledge_excesses`, or None."""
        at = self.felt_by(region, outside)
        if at not in self._pledges:
            own = self._slots("pledge", PLEDGE_SLOTS, region, outside)
            structure, year = pledge_structure(self.draws.n_paths, self.draws.seed), self.ground.outlook.years
            self._pledges[at] = (
                None if own is None else pledge_excesses(structure, PledgeShifts(*own), year[self.first])
            )
        return self._pledges[at]
