"""An outlook made ready for scenarios: what adds up to what, and the baseline flows of the IP system."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple

import numpy as np

from forecast import catalog
from forecast.outlook import Outlook
from forecast.series import Floats, frozen
from scenarios.flows import STATIONARY_GROWTH, Flows, Stack, prepare_flows
from scenarios.quantities import FLOWS
from scenarios.structure import right_structure
from scenarios.tree import NATION, Branch, Leaf, branch, indicators_of, key_of, kinds_of, parse_key


@dataclass(frozen=True, eq=False)
class Place:
    """Where a series stands in the system.

    Parameters
    ----------
    key, region, indicator, scope : str
        The series.
    row : Indicator
        Of the catalogue.
    kinds, parts : tuple of str
        Series of kinds that it sums up; else parts that it is the whole of.
    leaf : Leaf or None
        Where it is moved by an excess of its own.
    """

    key: str
    region: str
    indicator: str
    scope: str
    row: catalog.Indicator
    kinds: tuple[str, ...]
    parts: tuple[str, ...]
    leaf: Leaf | None

    @cached_property
    def is_leaf(self) -> bool:
        """Whether it is moved by an excess of its own, or by nothing."""
        return not (self.quotient or self.kinds or self.parts)

    @cached_property
    def quotient(self) -> bool:
        """Whether it follows from two others."""
        return bool(self.row.numerator and self.row.denominator and self.row.numerator != self.row.denominator)


class Part(NamedTuple):
    """A part of a whole: a leaf, which moves by an excess of its own, or a whole again (`leaf` is None)."""

    key: str
    indicator: str
    leaf: Leaf | None


LEAST = 1e-12
"""Below every count: flows are divided by."""

TOTALS = 128
"""Sums of leaves kept, those last used."""

STACKS = 12
"""Stacks of flows kept, those last used: of four rights, from three first years."""


class Ground:
    """An outlook made ready: its branches and, once used, the baseline flows of the IP system.

    It holds caches of pure results only; the same outlook gives the same numbers in any order of use.
    """

    def __init__(self, outlook: Outlook, seed: int) -> None:
        self.outlook = outlook
        self.seed = seed
        self.keys = indicators_of(outlook.keys)
        self.paths = np.ascontiguousarray(outlook.paths, dtype=np.float64)
        """Baseline paths in the order of the outlook's keys, shape (n_series, n_years, n_paths)."""
        self._places: dict[tuple[str, frozenset[str]], Place | None] = {}
        self._branches: dict[
            tuple[str, frozenset[str]], tuple[Branch, dict[str, Leaf], dict[str, tuple[str, ...]]]
        ] = {}
        self._parts: dict[tuple[str, frozenset[str]], tuple[Part, ...]] = {}
        self._rests: dict[tuple[str, tuple[str, ...]], Floats] = {}
        self.total = lru_cache(maxsize=TOTALS)(self._total)
        """Sum of the baselines of leaves from the year at position `first` on, shape (n_active, n_paths)."""
        self.stack = lru_cache(maxsize=STACKS)(self._stack)
        """Baseline flows of one right, from the year at position `first` on."""

    def branch(
        self, indicator: str, split: frozenset[str]
    ) -> tuple[Branch, dict[str, Leaf], dict[str, tuple[str, ...]]]:
        """Give an indicator's branch with its leaves and wholes by name."""
        at = (indicator, split)
        if at not in self._branches:
            found = branch(indicator, self.keys.get(indicator, ()), split)
            self._branches[at] = (found, {leaf.name: leaf for leaf in found.leaves}, dict(found.wholes))
        return self._branches[at]

    def of(self, key: str) -> Floats:
        """Baseline paths of a series; as `Outlook.of`, without the cost of a view into a file."""
        paths: Floats = self.paths[self.outlook.index[key]]
        return paths

    def place(self, key: str, split: frozenset[str]) -> Place | None:
        """Give where a series stands; None where the region or indicator is none of the catalogue's."""
        at = (key, split)
        if at not in self._places:
            region, indicator, scope = parse_key(key)
            row, found = catalog.indicators().get(indicator), None
            if row is not None and region in catalog.regions():
                _, leaves, wholes = self.branch(indicator, split)
                kinds = kinds_of(region, indicator, scope, self.outlook.index)
                found = Place(key, region, indicator, scope, row, kinds, wholes.get(key, ()), leaves.get(key))
            self._places[at] = found
        return self._places[at]

    def parts(self, place: Place, split: frozenset[str]) -> tuple[Part, ...]:
        """Give the parts of a whole that something may move."""
        at = (place.key, split)
        if at not in self._parts:
            leaves, found = self.branch(place.indicator, split)[1], []
            for key in place.kinds or place.parts:
                if key in leaves and leaves[key].is_rest:
                    found.append(Part(key, place.indicator, leaves[key]))
                    continue
                of = self.place(key, split) if key in self.outlook.index else None
                if of is not None and not (of.is_leaf and of.leaf is None):
                    found.append(Part(key, of.indicator, of.leaf if of.is_leaf else None))
            self._parts[at] = tuple(found)
        return self._parts[at]

    def base(self, leaf: Leaf) -> Floats:
        """Baseline paths of a leaf, shape (n_years, n_paths); a rest is what its whole holds beyond the parts."""
        if not leaf.is_rest:
            return self.of(leaf.name)
        at = leaf.name, leaf.minus
        if at not in self._rests:
            rest = self.of(leaf.name.removesuffix("~rest")).copy()
            for part in leaf.minus:
                rest -= self.of(part)
            self._rests[at] = frozen(np.maximum(rest, 0.0))
        return self._rests[at]

    def _total(self, first: int, leaves: tuple[Leaf, ...]) -> Floats:
        return frozen(np.sum([self.base(leaf)[first:] for leaf in leaves], axis=0))

    def _stack(self, right: str, first: int, split: frozenset[str]) -> Stack:
        leaves = [leaf for name in FLOWS[right] for leaf in self.branch(name, split)[0].leaves]
        alone = [Leaf(region, region, False, (), region) for region in catalog.regions()]  # behind ratios
        structure = right_structure(right, self.outlook.n_paths, self.seed)

        def prepare(leaf: Leaf) -> Flows:
            return self._flows(right, leaf.node, first, split)

        return Stack([*leaves, *alone], prepare, structure, len(self.outlook.years) - first)

    def _flows(self, right: str, node: str, first: int, split: frozenset[str]) -> Flows:
        n_years, n_paths = len(self.outlook.years), self.outlook.n_paths
        own = [self._behind(name, node, split) for name in FLOWS[right]]
        flat = np.ones((n_years, n_paths))
        stock = own[2] if own[2] is not None else own[1] if own[1] is not None else flat
        grants = own[1] if own[1] is not None else stock
        filings = own[0] if own[0] is not None else grants
        filings, grants, stock = (_positive(a) for a in (filings, grants, stock))
        if first == 0:
            filings, grants, stock = (np.concatenate([a[:1], a]) for a in (filings, grants, stock))
        structure = right_structure(right, n_paths, self.seed)
        return prepare_flows(filings, grants, stock, max(first, 1), structure)

    def complete(self, key: str) -> Floats:
        """Baseline paths of a series of counts, positive in every year, carried back before its first figure."""
        return _positive(self.of(key))

    def _behind(self, indicator: str, node: str, split: frozenset[str]) -> Floats | None:
        """Paths of an indicator behind a node; the nation's where the node has none."""
        tree = self.branch(indicator, split)[0]
        for leaf in tree.leaves:
            if leaf.node == node:
                return self.base(leaf)
        for key in (key_of(NATION, indicator, "domestic"), key_of(NATION, indicator)):
            if key in self.outlook.index:
                return self.of(key)
        return None


@lru_cache(maxsize=3)
def ground(outlook: Outlook, seed: int) -> Ground:
    """Make an outlook ready once."""
    return Ground(outlook, seed)


def _positive(flow: Floats) -> Floats:
    """Give a flow above nothing in every year; where it is so already, itself, so that it is not held twice."""
    filled = _back_filled(flow)
    return filled if filled.min() >= LEAST else np.maximum(filled, LEAST)


def _back_filled(flow: Floats) -> Floats:
    """Go on backwards, at the growth cohorts had before the outlook, into years from before the first figure."""
    unknown = np.isnan(flow).any(axis=1)
    if not unknown.any():
        return flow
    first = int(np.argmin(unknown))
    filled = flow.copy()
    for at in range(first):
        filled[at] = flow[first] * np.exp(STATIONARY_GROWTH * (at - first))
    return filled
