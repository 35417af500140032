"""One line of a comparison: every series of an outlook after some moves, worked out when it is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import repeat

import numpy as np

from forecast import catalog
from forecast.series import Floats, frozen
from scenarios.compiled import add_products, raise_by
from scenarios.felt import Felt
from scenarios.flows import Stack
from scenarios.ground import Ground, Part, Place
from scenarios.moves import Draws, Move
from scenarios.quantities import DIRECT, FLOWS, HIGH_VALUE, PLEDGE_AMOUNTS, PLEDGE_FIRMS, PLEDGE_PROJECTS
from scenarios.responses import logit_shift
from scenarios.structure import drawn
from scenarios.sums import Change, Room, sealed, with_changes
from scenarios.system import grants_excess, stock_excess
from scenarios.tree import Leaf, key_of

HIGH_VALUE_SHARE = "high_value.share_of_stock"
"""Share used where a region's own is not in the outlook."""

WHOLE_RUN = 3
"""Arrays that a whole run needs for every series of the outlook, at most."""

STEPS = {name: (right, step) for right, names in FLOWS.items() for step, name in enumerate(names)}
"""Right and step (0 filings, 1 grants, 2 stock) of each indicator of a right."""

PLEDGES = {name: i for i, names in enumerate((PLEDGE_FIRMS, PLEDGE_PROJECTS, PLEDGE_AMOUNTS)) for name in names}
"""Place of each pledge indicator in the chain of firms, projects and amounts."""


class Line(Felt):
    """Every series of an outlook after some moves.

    A series moves by its excess: scenario over baseline, less one. What it changes is added to the baseline, and
    what parts change is added up in their wholes, so that sums hold on every path.

    Parameters
    ----------
    base, moves, with_, first
        As in `Felt`.
    """

    def __init__(self, base: Ground, moves: Sequence[Move], with_: Draws, *, first: int | None = None) -> None:
        super().__init__(base, moves, with_, first=first)
        cities = {r for m in self.moves for r in m.regions if catalog.regions()[r].level == "city"}
        self.split = frozenset(cities)
        self.room = Room((len(base.outlook.years) - self.first, with_.n_paths))
        self._values: dict[str, Floats | None] = {}
        self._changes: dict[str, Floats | None] = {}
        self._excesses: dict[tuple[object, ...], Floats | None] = {}
        self._stacked: dict[tuple[str, int], Floats] = {}

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
        keys = self.ground.outlook.keys
        if self.moves and not self._values:
            self.room.reserve(WHOLE_RUN * len(keys))
            for name in STEPS:
                self._work_out_leaves(name)
        found = {key: self.moved(key) for key in keys}
        return {key: paths for key, paths in found.items() if paths is not None}

    def _work_out_leaves(self, indicator: str) -> None:
        """Work out all series of filings, grants or stocks that are moved by an excess of their own."""
        right, step = STEPS[indicator]
        leaves = self.ground.branch(indicator, self.split)[0].leaves
        self._work_out_right(right, step, leaves)
        if step == 0 or (right, step) not in self._stacked:
            return
        stack = self.ground.stack(right, self.first, self.split)
        own = [leaf for leaf in leaves if not leaf.is_rest and self._only_by_right(indicator, leaf)]
        moved = self.room.many(len(own))
        rows = np.array([self.ground.outlook.index[leaf.name] for leaf in own], dtype=np.int64)
        raise_by(self.ground.paths, rows, self.first, self._stacked[right, step], stack.places(own), moved)
        self._values |= zip((leaf.name for leaf in own), sealed(moved), strict=True)

    def _only_by_right(self, indicator: str, leaf: Leaf) -> bool:
        excess = self.excess(indicator, leaf)
        return excess is not None and self._shift(leaf.region, leaf.outside, DIRECT + indicator) is None

    def parts(self, key: str) -> tuple[str, ...]:
        """Keys that a series is the sum of, a rest last; nothing for a series of its own."""
        place = self.ground.place(key, self.split)
        return () if place is None else place.kinds or place.parts

    def _work_out(self, key: str) -> Floats | None:
        place = self.ground.place(key, self.split)
        if place is None:
            return None
        if place.quotient:
            return self._quotient(place)
        base = self.ground.of(key)[self.first :]
        if place.leaf is not None and place.is_leaf:
            excess = self.excess(place.indicator, place.leaf)
            if excess is None:
                return None
            moved = self.room.new()
            add_products(base, (base, excess), None, moved)
            return sealed(moved)
        return with_changes(base, self.part_changes(self.ground.parts(place, self.split)), self.room)

    def _change(self, key: str) -> Floats | None:
        """Give what moves change in a whole, from `first` on."""
        if key not in self._changes:
            moved, base = self.moved(key), self.ground.of(key)[self.first :]
            self._changes[key] = None if moved is None else np.subtract(moved, base, out=self.room.new())
        return self._changes[key]

    def part_changes(self, parts: Sequence[Part]) -> list[Change]:
        """Give what moves change in parts of a whole, from `first` on; leaves that share an excess go together."""
        shared: dict[int, tuple[Floats, list[Leaf]]] = {}
        found: list[Change] = []
        for part in parts:
            if part.leaf is None:
                change = self._change(part.key)
                if change is not None:
                    found.append(change)
                continue
            excess = self.excess(part.indicator, part.leaf)
            if excess is not None:
                shared.setdefault(id(excess), (excess, []))[1].append(part.leaf)
        for excess, group in shared.values():
            one = self.ground.base(group[0])[self.first :] if len(group) == 1 else None
            found.append((self.ground.total(self.first, tuple(group)) if one is None else one, excess))
        return found

    def _quotient(self, place: Place) -> Floats | None:
        row = place.row
        top, bottom = (self._part_excess(place, name) for name in (row.numerator, row.denominator))
        direct = self._shift(place.region, False, DIRECT + row.id)
        if top is None and bottom is None and direct is None:
            return None
        base = self.ground.of(place.key)[self.first :]
        moved = self.room.new()
        if top is None:
            np.copyto(moved, base)
        else:
            add_products(base, (base, top), None, moved)
        if bottom is not None:
            moved /= 1.0 + bottom
        if row.unit == "share":
            np.minimum(moved, np.maximum(base, 1.0), out=moved)  # a part never exceeds its whole
        if direct is not None:
            moved = logit_shift(np.minimum(moved, 1.0), direct) if row.unit == "share" else moved * np.exp(direct)
        return sealed(moved)

    def _part_excess(self, place: Place, indicator: str) -> Floats | None:
        """Excess of a numerator or denominator, from its series where there is one, else from the system."""
        if indicator not in catalog.indicators():
            return None  # a count that is in no table of ours (enterprises): nothing moves it
        for key in (key_of(place.region, indicator, place.scope), key_of(place.region, indicator)):
            of = self.ground.place(key, self.split) if key in self.ground.outlook.index else None
            if of is None:
                continue
            if of.is_leaf and of.leaf is not None:
                return self.excess(indicator, of.leaf)
            change = self._change(key)
            if change is None:
                return None
            base = self.ground.of(key)[self.first :]
            return np.divide(change, base, out=np.zeros_like(change), where=base > 0)
        return self.excess(indicator, Leaf(key_of(place.region, indicator), place.region, False, (), place.region))

    def excess(self, indicator: str, leaf: Leaf) -> Floats | None:
        """Give scenario over baseline, less one, at a leaf, (n_active, n_paths); None where nothing moves it."""
        at = (indicator, leaf.name, leaf.outside)
        if at not in self._excesses:
            found = self._system_excess(indicator, leaf)
            direct = self._shift(leaf.region, leaf.outside, DIRECT + indicator)
            if direct is not None:
                found = both(found, self._direct_excess(indicator, leaf, direct))
            self._excesses[at] = found
        return self._excesses[at]

    def _direct_excess(self, indicator: str, leaf: Leaf, shift: Floats) -> Floats:
        if catalog.indicators()[indicator].unit != "share":
            return self._grown(leaf, DIRECT + indicator, shift)
        base = np.clip(self.ground.base(leaf)[self.first :], 1e-9, 1.0 - 1e-9)
        return np.where(shift == 0.0, 0.0, logit_shift(base, shift) / base - 1.0)

    def _system_excess(self, indicator: str, leaf: Leaf) -> Floats | None:
        if indicator in STEPS:
            return self._right_excess(*STEPS[indicator], leaf)
        if indicator in PLEDGES:
            chain = self.pledges(leaf.region, leaf.outside)
            return None if chain is None else chain[PLEDGES[indicator]]
        if indicator == HIGH_VALUE:
            return self._high_value_excess(leaf)
        if indicator == "rd_expenditure":
            shift = self._shift(leaf.region, leaf.outside, "rd")
            return None if shift is None else self._grown(leaf, "rd", shift)
        return None

    def _grown(self, leaf: Leaf, name: str, shift: Floats) -> Floats:
        """Excess of a quantity that is moved in logarithms, the same wherever the same moves are felt."""
        at = (name, self.felt_by(leaf.region, leaf.outside))
        if at not in self._excesses:
            self._excesses[at] = np.expm1(shift)
        found = self._excesses[at]
        assert found is not None
        return found

    def _shift(self, region: str, outside: bool, name: str) -> Floats | None:
        return self.felt(region, outside).get(name)

    def _right_excess(self, right: str, step: int, leaf: Leaf) -> Floats | None:
        at = (right, step, leaf.place)
        if at not in self._excesses:
            self._work_out_right(right, step, [leaf])
        return self._excesses[at]

    def _work_out_right(self, right: str, step: int, leaves: Sequence[Leaf]) -> None:
        """Work out excesses of one right at leaves, together at those that feel the same."""
        groups: dict[tuple[int, ...], dict[tuple[str, str, bool], Leaf]] = {}
        for leaf in leaves:
            if (right, step, leaf.place) not in self._excesses:
                groups.setdefault(self.felt_by(leaf.region, leaf.outside), {})[leaf.place] = leaf
        for group in map(list, map(dict.values, groups.values())):
            found = self.right_shifts(right, group[0].region, group[0].outside)
            excesses: Iterable[Floats | None] = repeat(None)
            if found is not None and step == 0:
                excesses = repeat(found.more_filings if found.moves_filings else None)
            elif found is not None and (step == 2 or found.moves_grants):
                stack = self.ground.stack(right, self.first, self.split)
                places, out = stack.places(group), self._stack_of(right, step, stack)
                if step == 1:
                    grants_excess(stack, places, found, out)
                else:
                    self._work_out_right(right, 1, group)
                    grants = self._stacked[right, 1] if found.moves_grants else None
                    stock_excess(stack, places, found, grants, out)
                excesses = (out[place] for place in places)
            for leaf, excess in zip(group, excesses, strict=False):
                self._excesses[right, step, leaf.place] = excess

    def _stack_of(self, right: str, step: int, stack: Stack) -> Floats:
        if (right, step) not in self._stacked:
            self._stacked[right, step] = self.room.many(len(stack.index))
        return self._stacked[right, step]

    def _high_value_excess(self, leaf: Leaf) -> Floats | None:
        stock = self._right_excess("invention", 2, leaf)
        shift = self._shift(leaf.region, leaf.outside, "high_value.share")
        if shift is None:
            return stock
        at = ("high_value.share", self.felt_by(leaf.region, leaf.outside))
        if at not in self._excesses:
            share = np.clip(drawn(HIGH_VALUE_SHARE, self.draws.n_paths, self.draws.seed), 0.01, 0.99)
            self._excesses[at] = np.where(shift == 0.0, 0.0, logit_shift(share, shift) / share - 1.0)
        return both(stock, self._excesses[at])


def both(one: Floats | None, other: Floats | None) -> Floats | None:
    """Excess of two together, ``(1 + a) (1 + b) - 1``; either may be none.

    Examples
    --------
    >>> both(np.array([0.5]), np.array([1.0]))
    array([2.])
    """
    if one is None or other is None:
        return other if one is None else one
    together: Floats = one * other
    together += one
    together += other
    return together
