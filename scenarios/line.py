"""One line of a comparison: every series of an outlook after some moves, worked out when it is asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from forecast import catalog
from forecast.series import Floats, frozen
from scenarios.ground import Ground
from scenarios.kernels import arrived, even
from scenarios.moves import Draws, Move, shifts
from scenarios.quantities import DIRECT, FLOWS, HIGH_VALUE, PLEDGE_AMOUNTS, PLEDGE_FIRMS, PLEDGE_PROJECTS
from scenarios.responses import logit_shift
from scenarios.shifts import Shifts
from scenarios.structure import drawn, pledge_structure, right_structure
from scenarios.sums import sealed, with_changes
from scenarios.system import PledgeShifts, grants_ratio, pledge_ratios, stock_ratio
from scenarios.tree import Leaf, key_of, parse_key

RD_ELASTICITIES = {
    "invention": "recommended.elasticity.invention_applications_to_rd",
    "utility_model": "elasticity_rd.utility_model_applications two-way, lags 0-1",
    "design": "elasticity_rd.design_applications two-way, lags 0-1",
}
"""Parameters that link R&D spending to filings; an association, not a cause (docs/methods/scenarios.md)."""

RD_LAG = (0, 1)
"""Years in which filings follow R&D, as in the panel regression."""

HIGH_VALUE_SHARE = "high_value.share_of_stock"
"""Share used where a region's own is not in the outlook."""

RIGHT_SLOTS = ("filings", "filings#counts", "grant_rate", "decision_time", "lapse")
"""What levers shift in a right, in the order of `Shifts`."""

STEPS = {name: (right, step) for right, names in FLOWS.items() for step, name in enumerate(names)}
"""Right and step (0 filings, 1 grants, 2 stock) of each indicator of a right."""


class Line:
    """Every series of an outlook after some moves.

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
        cities = {r for m in self.moves for r in m.regions if catalog.regions()[r].level == "city"}
        self.split = frozenset(cities)
        self._values: dict[str, Floats | None] = {}
        self._deltas: dict[str, Floats | None] = {}
        self._classes: dict[tuple[int, ...], dict[str, Floats]] = {}
        self._felt: dict[tuple[str, bool], tuple[int, ...]] = {}
        self._shifts: dict[tuple[str, tuple[int, ...]], Shifts | None] = {}
        self._pledges: dict[tuple[int, ...], tuple[Floats, Floats, Floats] | None] = {}
        self._ratios: dict[tuple[object, ...], Floats | None] = {}

    def of(self, key: str) -> Floats:
        """Paths of a series, shape (n_years, n_paths); where nothing moves it, the outlook's own array."""
        moved = self.moved(key)
        base = self.ground.outlook.of(key)
        if moved is None:
            return base
        return frozen(np.concatenate([base[: self.first], moved]))

    def moved(self, key: str) -> Floats | None:
        """Paths of a series from `first` on, or None where nothing moves it."""
        if key not in self._values:
            self._values[key] = self._work_out(key) if self.moves else None
        return self._values[key]

    def all_moved(self) -> dict[str, Floats]:
        """Every series that moves, from `first` on."""
        found = {key: self.moved(key) for key in self.ground.outlook.keys}
        return {key: paths for key, paths in found.items() if paths is not None}

    def parts(self, key: str) -> tuple[str, ...]:
        """Keys that a series is the sum of, a rest last; nothing for a series of its own."""
        _, indicator, _ = parse_key(key)
        if indicator not in catalog.indicators():
            return ()
        kinds = self.ground.kinds(key)
        if kinds:
            return kinds
        return self.ground.branch(indicator, self.split)[2].get(key, ())

    def _work_out(self, key: str) -> Floats | None:
        region, indicator, scope = parse_key(key)
        if indicator not in catalog.indicators() or region not in catalog.regions():
            return None
        row = catalog.indicators()[indicator]
        if row.numerator and row.denominator and row.numerator != row.denominator:
            return self._quotient(key, region, row, scope)
        base = self.ground.of(key)[self.first :]
        kinds = self.ground.kinds(key)
        if kinds:
            return with_changes(base, [self._delta(kind) for kind in kinds])
        _, leaves, wholes = self.ground.branch(indicator, self.split)
        if key in wholes:
            return with_changes(base, self.part_changes(indicator, leaves, wholes[key]))
        if key not in leaves:
            return None
        ratio = self.ratio(indicator, leaves[key])
        return None if ratio is None else sealed(base * ratio)

    def _delta(self, key: str) -> Floats | None:
        if key not in self.ground.outlook.index:
            return None
        if key not in self._deltas:
            moved = self.moved(key)
            self._deltas[key] = None if moved is None else moved - self.ground.of(key)[self.first :]
        return self._deltas[key]

    def part_changes(self, indicator: str, leaves: Mapping[str, Leaf], parts: Sequence[str]) -> list[Floats | None]:
        """Give what moves change in the parts of a whole, from `first` on."""
        return [self._part_delta(indicator, leaves, part) for part in parts]

    def _part_delta(self, indicator: str, leaves: Mapping[str, Leaf], part: str) -> Floats | None:
        if part not in leaves or not leaves[part].is_rest:
            return self._delta(part)
        ratio = self.ratio(indicator, leaves[part])
        return None if ratio is None else self.ground.base(leaves[part])[self.first :] * (ratio - 1.0)

    def _quotient(self, key: str, region: str, row: catalog.Indicator, scope: str) -> Floats | None:
        top, bottom = (self._part_ratio(region, name, scope) for name in (row.numerator, row.denominator))
        direct = self._shift(region, False, DIRECT + row.id)
        if top is None and bottom is None and direct is None:
            return None
        base = self.ground.of(key)[self.first :]
        ratio = np.ones_like(base) if top is None else top
        if bottom is not None:
            ratio = ratio / bottom
        moved = base * ratio
        if row.unit == "share":
            moved = np.minimum(moved, np.maximum(base, 1.0))  # a part never exceeds its whole
        if direct is not None:
            moved = logit_shift(np.minimum(moved, 1.0), direct) if row.unit == "share" else moved * np.exp(direct)
        return sealed(moved)

    def _part_ratio(self, region: str, indicator: str, scope: str) -> Floats | None:
        """Ratio of a numerator or denominator, from its series where there is one, else from the system."""
        if indicator not in catalog.indicators():
            return None  # a count that is in no table of ours (enterprises): nothing moves it
        for key in (key_of(region, indicator, scope), key_of(region, indicator)):
            if key in self.ground.outlook.index:
                moved = self.moved(key)
                if moved is None:
                    return None
                base = self.ground.of(key)[self.first :]
                return np.divide(moved, base, out=np.ones_like(moved), where=base > 0)
        return self.ratio(indicator, Leaf(key_of(region, indicator), region, False, (), region))

    def ratio(self, indicator: str, leaf: Leaf) -> Floats | None:
        """Give scenario over baseline of an indicator at a leaf, (n_active, n_paths); None where nothing moves it."""
        at = (indicator, leaf.node, leaf.region, leaf.outside, leaf.name if self._by_level(indicator) else "")
        if at not in self._ratios:
            found = self._system_ratio(indicator, leaf)
            direct = self._shift(leaf.region, leaf.outside, DIRECT + indicator)
            if direct is not None:
                factor = self._direct_ratio(indicator, leaf, direct)
                found = factor if found is None else found * factor
            self._ratios[at] = found
        return self._ratios[at]

    def _by_level(self, indicator: str) -> bool:
        return catalog.indicators()[indicator].unit == "share" or indicator == HIGH_VALUE

    def _direct_ratio(self, indicator: str, leaf: Leaf, shift: Floats) -> Floats:
        if catalog.indicators()[indicator].unit != "share":
            factor: Floats = np.exp(shift)
            return factor
        base = np.clip(self.ground.base(leaf)[self.first :], 1e-9, 1.0 - 1e-9)
        ratio: Floats = np.where(shift == 0.0, 1.0, logit_shift(base, shift) / base)
        return ratio

    def _system_ratio(self, indicator: str, leaf: Leaf) -> Floats | None:
        if indicator in STEPS:
            right, step = STEPS[indicator]
            return self._right_ratio(right, step, leaf)
        if indicator in (*PLEDGE_AMOUNTS, *PLEDGE_PROJECTS, *PLEDGE_FIRMS):
            return self._pledge_ratio(indicator, leaf)
        if indicator == HIGH_VALUE:
            return self._high_value_ratio(leaf)
        if indicator == "rd_expenditure":
            shift = self._shift(leaf.region, leaf.outside, "rd")
            return None if shift is None else np.exp(shift)
        return None

    def _shift(self, region: str, outside: bool, name: str) -> Floats | None:
        return self.felt(region, outside).get(name)

    def felt_by(self, region: str, outside: bool) -> tuple[int, ...]:
        """Positions of the moves felt; regions that feel the same moves share what does not depend on the region."""
        at = (region, outside)
        if at not in self._felt:
            self._felt[at] = tuple(i for i, m in enumerate(self.moves) if m.acts_in(region, outside))
        return self._felt[at]

    def felt(self, region: str, outside: bool) -> dict[str, Floats]:
        """Give what moves shift in a region, by quantity, each of shape (n_active, n_paths)."""
        felt = self.felt_by(region, outside)
        if felt not in self._classes:
            whole = shifts([self.moves[i] for i in felt], self.draws)
            part = {name: shift[self.first :] for name, shift in whole.items()}
            if "rd" in part:
                self._spread_rd(whole["rd"], part)
            self._classes[felt] = part
        return self._classes[felt]

    def _spread_rd(self, rd: Floats, part: dict[str, Floats]) -> None:
        late = arrived(rd, even(*RD_LAG))[self.first :]
        for right, name in RD_ELASTICITIES.items():
            shift = np.maximum(drawn(name, self.draws.n_paths, self.draws.seed), 0.0) * late
            slot = f"{right}.filings"
            part[slot] = part[slot] + shift if slot in part else shift

    def right_shifts(self, right: str, region: str, outside: bool) -> Shifts | None:
        """Give what moves shift in one right, or None where they leave it alone."""
        at = (right, self.felt_by(region, outside))
        if at not in self._shifts:
            felt = self.felt(region, outside)
            own = [felt.get(f"{right}.{slot}") for slot in RIGHT_SLOTS]
            zero = np.zeros((len(self.ground.outlook.years) - self.first, self.draws.n_paths))
            moved = any(shift is not None for shift in own)
            self._shifts[at] = self.shifts_of(right, [zero if s is None else s for s in own]) if moved else None
        return self._shifts[at]

    def shifts_of(self, right: str, own: Sequence[Floats]) -> Shifts:
        """Give the shifts of a right from those of its `RIGHT_SLOTS`."""
        filings, counts, grant_rate, decision_time, lapse = own
        structure = right_structure(right, self.draws.n_paths, self.ground.seed)
        return Shifts(structure, filings, counts, grant_rate, decision_time, lapse)

    def _right_ratio(self, right: str, step: int, leaf: Leaf) -> Floats | None:
        at = ("right", right, step, leaf.node, leaf.region, leaf.outside)
        if at in self._ratios:
            return self._ratios[at]
        found = self.right_shifts(right, leaf.region, leaf.outside)
        ratio: Floats | None = None
        if found is not None and step == 0:
            ratio = found.filings_ratio if np.any(found.filings) or np.any(found.counts) else None
        elif found is not None and step == 1:
            if found.moves_grants:
                ratio = grants_ratio(self.ground.flows(right, leaf.node, self.first, self.split), found)
        elif found is not None:
            flows, grants = (
                self.ground.flows(right, leaf.node, self.first, self.split),
                self._right_ratio(right, 1, leaf),
            )
            ratio = stock_ratio(flows, found, grants)
        self._ratios[at] = ratio
        return ratio

    def _high_value_ratio(self, leaf: Leaf) -> Floats | None:
        stock = self._right_ratio("invention", 2, leaf)
        shift = self._shift(leaf.region, leaf.outside, "high_value.share")
        if shift is None:
            return stock
        share = np.clip(drawn(HIGH_VALUE_SHARE, self.draws.n_paths, self.draws.seed), 0.01, 0.99)
        ratio = np.where(shift == 0.0, 1.0, logit_shift(share, shift) / share)
        return ratio if stock is None else stock * ratio

    def _pledge_ratio(self, indicator: str, leaf: Leaf) -> Floats | None:
        at = self.felt_by(leaf.region, leaf.outside)
        if at not in self._pledges:
            self._pledges[at] = self._pledge_chain(self.felt(leaf.region, leaf.outside))
        found = self._pledges[at]
        if found is None:
            return None
        firms, projects, amounts = found
        if indicator in PLEDGE_FIRMS:
            return firms
        return projects if indicator in PLEDGE_PROJECTS else amounts

    def _pledge_chain(self, felt: dict[str, Floats]) -> tuple[Floats, Floats, Floats] | None:
        slots = ("uptake", "ceiling", "projects_per_firm", "amount_per_project")
        own = [felt.get(f"pledge.{slot}") for slot in slots]
        if all(shift is None for shift in own):
            return None
        zero = np.zeros((len(self.ground.outlook.years) - self.first, self.draws.n_paths))
        chain = PledgeShifts(*(zero if shift is None else shift for shift in own))
        structure = pledge_structure(self.draws.n_paths, self.draws.seed)
        return pledge_ratios(structure, chain, self.ground.outlook.years[self.first])
