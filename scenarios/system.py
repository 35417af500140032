"""The IP system: filings, decisions, grants, rights in force by age, lapses, and the pledge chain.

Everything here gives excesses: scenario over baseline, less one. The statistical outlook supplies the baseline; with
no lever moved every excess is exactly nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from forecast.series import Floats
from scenarios.compiled import add_product, sum_aged
from scenarios.shifts import Shifts
from scenarios.structure import DELAY_YEARS, OLDEST, PledgeStructure, RightStructure

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

    @cached_property
    def alive(self) -> Floats:
        """Past grants of which any are in force from `first` on."""
        return self.past(self.structure.n_alive - 1)

    @cached_property
    def fresh(self) -> Floats:
        """Rights in force that were granted from `first` on, shape (n_active, n_paths)."""
        out = np.empty_like(self.decided)
        sum_aged(self.structure.survival[None], self.grants[self.first :], 0, out)
        return out

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
    decided = np.empty((n, n_paths))
    sum_aged(structure.delay[None], filed, back, decided)
    np.maximum(decided, 1e-300, out=decided)
    flows = Flows(grants, first, structure, filed, decided, np.ones(n_paths), decided)
    scale = stock[first - 1] / np.maximum(flows.held.sum(axis=0), 1e-300)
    flows = replace(flows, scale=scale)
    stock_of_graph = np.empty((n, n_paths))
    sum_aged(structure.survival[None], flows.cohorts, OLDEST, stock_of_graph)
    return replace(flows, graph_stock=np.maximum(stock_of_graph, 1e-300, out=stock_of_graph))


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


def grants_excess(flows: Flows, shifts: Shifts, out: Floats) -> Floats:
    """Grants over those of the baseline, less one, shape (n_active, n_paths), written to `out`.

    ``G_t = rate_t sum_j w_j F_{t-j} f_{t-j}`` over ``rate sum_j w_j F_{t-j}``, where extra filings that raise
    counts alone enter with the measured pass-through, and a faster office multiplies the hazard of being decided of
    every pending filing, so that each filing is decided once.
    """
    rate = shifts.more_granted
    if shifts.decided_when is not None:
        assert shifts.arriving is not None
        sum_aged(shifts.arriving, flows.filed, DELAY_YEARS - 1, out, over=flows.decided)
    elif shifts.moves_filings:
        delay = shifts.structure.delay[None, : shifts.structure.n_delays]
        sum_aged(delay, flows.filed[DELAY_YEARS - 1 :] * shifts.effective, 0, out, over=flows.decided)
    else:
        out[:] = 0.0
    if rate is not None:
        out *= 1.0 + rate
        out += rate
    return out


def stock_excess(flows: Flows, shifts: Shifts, grants: Floats | None, out: Floats) -> Floats:
    """Rights in force over those of the baseline, less one, shape (n_active, n_paths), written to `out`.

    What more grants add and what more lapses take, cohort by cohort, over the stock of the graph:
    ``(sum_c dG_c S_{t-c} + sum_c G'_c (S'_{t,t-c} - S_{t-c})) / N_t``, with dashes for the scenario; cohorts since
    `first` are summed as ``G'_c S'_{t,t-c}`` less ``G_c S_{t-c}`` in the same order, so that nothing leaves nothing.

    Parameters
    ----------
    grants : array, shape (n_active, n_paths), or None
        Excess of grants, from `grants_excess`; None where only lapses move.
    """
    entered, s, lost = flows.grants[flows.first :], shifts.structure, shifts.lost
    if lost is None:
        if grants is None:
            out[:] = 0.0
        else:
            sum_aged(s.survival[None], entered * grants, 0, out, over=flows.graph_stock)
        return out
    if grants is not None:
        before, entered = entered, np.empty_like(entered)
        add_product(before, grants, entered, start=before)
    sum_aged(shifts.kept, entered, 0, out, less=flows.fresh)
    sum_aged(lost, flows.alive, flows.alive.shape[0] - s.youngest, out, onto=True, over=flows.graph_stock)
    return out


@dataclass(frozen=True, eq=False)
class PledgeShifts:
    """What levers do to the pledge chain, each of shape (n_active, n_paths)."""

    uptake: Floats
    """Added to the yearly growth of the log odds of pledging (relative to the ceiling)."""
    ceiling: Floats
    """Log shift of the ceiling."""
    projects_per_firm: Floats
    amount_per_project: Floats


def pledge_rates(structure: PledgeStructure, shifts: PledgeShifts, first_year: int) -> tuple[Floats, Floats]:
    """Share of firms that pledge in each active year: baseline and scenario, each of shape (n_active, n_paths).

    Logistic diffusion, the Bass model without outside influence (its p is estimated at zero): the log odds of the rate
    within its ceiling grow by q a year.

    References
    ----------
    F. M. Bass, Management Science 15 (1969), 215-227, https://doi.org/10.1287/mnsc.15.5.215.
    """
    base = _diffuse(structure, np.zeros_like(shifts.uptake), np.zeros_like(shifts.ceiling), first_year)
    return base, _diffuse(structure, shifts.uptake, shifts.ceiling, first_year)


def _diffuse(s: PledgeStructure, uptake: Floats, ceiling: Floats, first_year: int) -> Floats:
    rate = np.minimum(s.rate, 0.999 * s.ceiling)
    for _ in range(s.start_year, first_year - 1):
        rate = _grown(rate, s.ceiling, s.growth)
    out = np.empty_like(uptake)
    for t in range(uptake.shape[0]):
        top = np.minimum(s.ceiling * np.exp(ceiling[t]), 0.95)
        rate = _grown(rate, top, s.growth + uptake[t])
        out[t] = rate
    return out


def _grown(rate: Floats, ceiling: Floats, growth: Floats) -> Floats:
    """One year of logistic growth; above a lowered ceiling the rate falls back towards it by the same odds."""
    inside = np.minimum(rate, ceiling * (1.0 - 1e-9))
    odds = inside / (ceiling - inside) * np.exp(growth)
    out: Floats = ceiling * odds / (1.0 + odds)
    return out


def pledge_excesses(structure: PledgeStructure, shifts: PledgeShifts, first_year: int) -> tuple[Floats, Floats, Floats]:
    """Pledging firms, projects and amounts over the baseline, less one, each of shape (n_active, n_paths).

    ``amount = firms with inventions x share that pledges x projects a firm x amount a project``; the number of
    firms is not moved by levers.
    """
    base, moved = pledge_rates(structure, shifts, first_year)
    firms: Floats = moved / base
    projects: Floats = firms * np.exp(shifts.projects_per_firm)
    amounts: Floats = projects * np.exp(shifts.amount_per_project)
    return firms - 1.0, projects - 1.0, amounts - 1.0
