"""Baseline flows of the IP system: what was filed, decided, granted and kept in force, at one place or at many."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from forecast.series import Floats
from scenarios.compiled import Places, sum_aged
from scenarios.structure import DELAY_YEARS, OLDEST, RightStructure
from scenarios.tree import Leaf

STATIONARY_GROWTH = 0.1
"""Yearly growth of grants assumed before the outlook begins; it shapes only the ages of the oldest rights."""


@dataclass(frozen=True, eq=False)
class Flows:
    """Baseline paths of one right in a region.

    Parameters
    ----------
    grants : array, shape (n_years, n_paths)
        From the outlook; positive.
    first : int
        Position of the first year in which anything may move, 1 or more.
    structure : RightStructure
        Delays, hazards and rates on the same paths.
    filed : array, shape (DELAY_YEARS - 1 + n_active, n_paths)
        Filings of the years whose decisions fall in active ones; before the outlook begins, those of its first year.
    decided : array, shape (n_active, n_paths)
        Filings decided by year; positive.
    scale : array, shape (n_paths,)
        Factor on past grants that leaves the outlook's stock in the year before `first`.
    graph_stock : array, shape (n_active, n_paths)
        Stock as the graph keeps it, starting from the outlook's; positive.
    """

    grants: Floats
    first: int
    structure: RightStructure
    filed: Floats
    decided: Floats
    scale: Floats
    graph_stock: Floats

    def past(self, back: int) -> Floats:
        """Grants of so many years before `first`, scaled to the stock they left, shape (back, n_paths)."""
        known, out = min(back, self.first), np.empty((back, self.grants.shape[1]))
        np.multiply(self.grants[self.first - known : self.first], self.scale, out=out[back - known :])
        before = np.exp(STATIONARY_GROWTH * np.arange(known - back, 0.0))
        np.multiply(before[:, None], self.grants[0] * self.scale, out=out[: back - known])
        return out

    @property
    def alive(self) -> Floats:
        """Past grants of which any are in force from `first` on."""
        return self.past(self.structure.n_alive - 1)

    @property
    def granted(self) -> Floats:
        """Grants from `first` on, shape (n_active, n_paths)."""
        return self.grants[self.first :]

    @property
    def fresh(self) -> Floats:
        """Rights in force that were granted from `first` on, shape (n_active, n_paths)."""
        return summed(self.structure.survival, self.granted, 0, self.decided.shape[0])

    @property
    def cohorts(self) -> Floats:
        """Grants by year: those of the past, then those since, shape (OLDEST + n_active, n_paths)."""
        return np.concatenate([self.past(OLDEST), self.grants[self.first :]])

    @property
    def arrivals(self) -> Floats:
        """Filings of j years before each active year, shape (n_active, DELAY_YEARS, n_paths)."""
        return lagged(self.filed, DELAY_YEARS - 1, self.filed.shape[0] - DELAY_YEARS + 1, DELAY_YEARS)

    @property
    def held(self) -> Floats:
        """Rights in force in the year before `first` at each age, shape (OLDEST, n_paths)."""
        return self.past(OLDEST)[::-1] * self.structure.survival


def prepare_flows(filings: Floats, grants: Floats, stock: Floats, first: int, structure: RightStructure) -> Flows:
    """Work out what does not depend on any lever: decisions, ages and the graph's own stock.

    The graph starts from the outlook's stock of the year before `first`, with ages from the outlook's past grants:
    ``N_t = sum_c G_c S_{t-c}``, with grants before `first` scaled so that they leave the stock of that year.

    Parameters
    ----------
    filings, grants, stock : array, shape (n_years, n_paths)
        From the outlook; positive.
    first : int
        Position of the first year in which anything may move, 1 or more.
    structure : RightStructure
        Delays, hazards and rates on the same paths.
    """
    filings, grants = np.ascontiguousarray(filings), np.ascontiguousarray(grants)
    n, n_paths, back = grants.shape[0] - first, grants.shape[1], DELAY_YEARS - 1
    past = filings if first >= back else np.concatenate([np.repeat(filings[:1], back - first, axis=0), filings])
    filed = past[max(first - back, 0) :]
    decided = np.maximum(summed(structure.delay, filed, back, n), 1e-300)
    flows = Flows(grants, first, structure, filed, decided, np.ones(n_paths), decided)
    scale = stock[first - 1] / np.maximum(flows.held.sum(axis=0), 1e-300)
    flows = replace(flows, scale=scale)
    return replace(flows, graph_stock=np.maximum(summed(structure.survival, flows.cohorts, OLDEST, n), 1e-300))


def summed(weights: Floats, entered: Floats, at: int, n: int) -> Floats:
    """Give ``sum_a weights[a] entered[at + t - a]`` for n years t, shape (n, n_paths); see `sum_aged`.

    Examples
    --------
    >>> summed(np.array([[1.0], [0.5]]), np.array([[8.0], [0.0], [4.0]]), 0, 3)[:, 0].tolist()
    [8.0, 4.0, 4.0]
    """
    out = np.empty((n, entered.shape[1]))
    sum_aged(weights[None], entered[None], at, np.zeros(1, dtype=np.int64), out[None])
    return out


def lagged(values: Floats, at: int, n: int, lags: int) -> Floats:
    """Give a view of shape (n, lags, n_paths): ``[t, j]`` is ``values[at + t - j]``.

    Examples
    --------
    >>> lagged(np.arange(5.0)[:, None], 2, 3, 2)[:, :, 0].tolist()
    [[2.0, 1.0], [3.0, 2.0], [4.0, 3.0]]
    """
    values = np.ascontiguousarray(values)
    row, path = values.strides
    return np.ndarray((n, lags, values.shape[1]), values.dtype, values, at * row, (row, -row, path))


class Stack:
    """Baseline flows of one right at many places, each worked out when first asked for.

    Arrays are those of `Flows` with a first axis of places, unset where nobody asked. All places have the same
    structure, so that one pass over memory serves those that feel the same levers.

    Parameters
    ----------
    leaves : sequence of Leaf
        All that may be asked for; leaves with the same node, region and applicants share a place.
    prepare : callable
        Gives the flows behind a leaf.
    structure : RightStructure
        Of the right.
    n_active : int
        Years from the first on in which anything may move.
    """

    def __init__(
        self, leaves: Sequence[Leaf], prepare: Callable[[Leaf], Flows], structure: RightStructure, n_active: int
    ) -> None:
        self.index = {at: i for i, at in enumerate(dict.fromkeys(leaf.place for leaf in leaves))}
        self._prepare = prepare
        self._flows: dict[int, Flows] = {}
        n_paths = structure.delay.shape[1]

        def empty(n: int) -> Floats:
            return np.empty((len(self.index), n, n_paths))

        self.filed = empty(DELAY_YEARS - 1 + n_active)
        self.alive = empty(structure.n_alive - 1)
        self.decided, self.granted, self.fresh, self.graph_stock = (empty(n_active) for _ in range(4))

    def of(self, leaf: Leaf) -> Flows:
        """Flows behind a leaf."""
        place = self.index[leaf.place]
        if place not in self._flows:
            flows = self._prepare(leaf)
            for name in ("filed", "alive", "decided", "granted", "fresh", "graph_stock"):
                getattr(self, name)[place] = getattr(flows, name)
            own = {name: getattr(self, name)[place] for name in ("filed", "decided", "graph_stock")}
            self._flows[place] = replace(flows, **own)  # so that nothing is held twice
        return self._flows[place]

    def places(self, leaves: Sequence[Leaf]) -> Places:
        """Positions of leaves on the first axis, whose flows are there from now on."""
        for leaf in leaves:
            self.of(leaf)
        return np.array([self.index[leaf.place] for leaf in leaves], dtype=np.int64)
