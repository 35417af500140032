"""The IP system: filings, decisions, grants, rights in force by age, lapses, and the pledge chain.

Everything here gives ratios, scenario over baseline. The statistical outlook supplies the baseline; with no lever moved
every ratio is exactly one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecast.series import Floats
from scenarios.shifts import Shifts
from scenarios.structure import DELAY_YEARS, OLDEST, PledgeStructure, RightStructure

STATIONARY_GROWTH = 0.1
"""Yearly growth of grants assumed before the outlook begins; it shapes only the ages of the oldest rights."""


@dataclass(frozen=True, eq=False)
class Flows:
    """Baseline paths of one right in several regions.

    Parameters
    ----------
    filings, grants, stock : array, shape (n_regions, n_years, n_paths)
        From the outlook; positive.
    first : int
        Position of the first year in which anything may move, 1 or more.
    structure : RightStructure
        Delays, hazards and rates on the same paths.
    """

    filings: Floats
    grants: Floats
    stock: Floats
    first: int
    structure: RightStructure
    decided: Floats
    """Filings decided by year from `first` on, shape (n_regions, n_active, n_paths); positive."""
    held: Floats
    """Rights in force in the year before `first` at each age, shape (n_regions, OLDEST, n_paths)."""
    graph_stock: Floats
    """Stock as the graph keeps it, from `first` on, starting from the outlook's."""


def prepare_flows(filings: Floats, grants: Floats, stock: Floats, first: int, structure: RightStructure) -> Flows:
    """Work out what does not depend on any lever: decisions, ages and the graph's own stock.

    The graph starts from the outlook's stock of the year before `first`, with ages from the outlook's past grants:
    ``N_t = N_0 A_t + sum_c G_c S_{t-c}``.
    """
    n_active = grants.shape[1] - first
    decided = np.zeros_like(grants[:, first:])
    for j in range(DELAY_YEARS):
        decided += structure.delay[j] * _shifted(filings, first, j)
    survival = structure.survival
    ages = np.empty((grants.shape[0], OLDEST, grants.shape[2]))
    for age in range(OLDEST):
        at = first - 1 - age
        entered = grants[:, at] if at >= 0 else grants[:, 0] * np.exp(STATIONARY_GROWTH * at)
        ages[:, age] = entered * survival[age]
    ages /= np.maximum(ages.sum(axis=1, keepdims=True), 1e-300)
    left = np.zeros_like(grants[:, first:])
    with np.errstate(divide="ignore", invalid="ignore"):
        for age in range(OLDEST):
            for d in range(min(n_active, OLDEST - 1 - age)):
                kept = np.where(survival[age] > 0, survival[age + 1 + d] / survival[age], 0.0)
                left[:, d] += ages[:, age] * kept
    graph = stock[:, first - 1 : first] * left + _survivors(grants[:, first:], survival)
    held = ages * stock[:, first - 1 : first]
    decided = np.maximum(decided, 1e-300)
    return Flows(filings, grants, stock, first, structure, decided, held, np.maximum(graph, 1e-300))


def _shifted(values: Floats, first: int, back: int) -> Floats:
    """Values `back` years before each active year; before the outlook begins, those of its first year."""
    if back <= first:
        return values[:, first - back : values.shape[1] - back]
    out: Floats = values[:, np.maximum(np.arange(first, values.shape[1]) - back, 0)]
    return out


def _survivors(entered: Floats, survival: Floats) -> Floats:
    """Sum over cohorts of those still there: ``sum_a S_a E_{t-a}``."""
    out = entered.copy()
    n = entered.shape[1]
    for age in range(1, min(n, OLDEST)):
        out[:, age:] += survival[age] * entered[:, : n - age]
    return out


def grants_ratio(flows: Flows, shifts: Shifts) -> Floats:
    """Ratio of grants, shape (n_regions, n_active, n_paths).

    ``G_t = rate_t sum_j w_j F_{t-j} f_{t-j}`` over ``rate sum_j w_j F_{t-j}``, where extra filings that raise
    counts alone
    enter with the measured pass-through, and a faster office multiplies the hazard of being decided of every
    pending filing, so that each filing is decided once.
    """
    if shifts.decided_when is not None:
        done, part = np.zeros_like(flows.decided), np.empty_like(flows.decided)
        for j, weight in enumerate(shifts.decisions):
            done += np.multiply(_shifted(flows.filings, flows.first, j), weight, out=part)
        done /= flows.decided
        done *= shifts.rate
        return done
    extra = np.zeros_like(flows.decided)
    for j, arriving in enumerate(shifts.arriving):
        end = flows.filings.shape[1] - j
        extra[:, j:] += flows.filings[:, flows.first : end] * arriving
    extra /= flows.decided
    extra += 1.0
    extra *= shifts.rate
    return extra


def stock_ratio(flows: Flows, shifts: Shifts, grants: Floats | None) -> Floats:
    """Ratio of rights in force, shape (n_regions, n_active, n_paths).

    What more grants add and what more lapses take, cohort by cohort, over the stock of the graph:
    ``1 + (sum_c dG_c S_{t-c} + sum_c G'_c (S'_{c,t} - S_{t-c}) + sum_a H_a (K'_{a,t} - K_{a,t})) / N_t``, with
    dashes for the scenario and H the rights that were there before, by age.

    Parameters
    ----------
    grants : array, shape (n_regions, n_active, n_paths), or None
        Ratio of grants, from `grants_ratio`; None where only lapses move.
    """
    entered = flows.grants[:, flows.first :]
    if grants is None:
        change = np.zeros_like(entered)
    else:
        change = _survivors(entered * (grants - 1.0), flows.structure.survival)
        entered = entered * grants
    if shifts.lost is not None:
        of_old, of_new = shifts.lost
        change += np.einsum("rap,atp->rtp", flows.held[:, : of_old.shape[0]], of_old)
        change += np.einsum("rcp,ctp->rtp", entered, of_new)
    change /= flows.graph_stock
    change += 1.0
    # Where nearly everything lapses, differences of shares round to a hair below nothing.
    return np.maximum(change, 0.0, out=change)


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


def pledge_ratios(structure: PledgeStructure, shifts: PledgeShifts, first_year: int) -> tuple[Floats, Floats, Floats]:
    """Ratios of pledging firms, of projects and of amounts, each of shape (n_active, n_paths).

    ``amount = firms with inventions x share that pledges x projects a firm x amount a project``; the number of
    firms is not moved by levers.
    """
    base, moved = pledge_rates(structure, shifts, first_year)
    firms: Floats = moved / base
    projects: Floats = firms * np.exp(shifts.projects_per_firm)
    amounts: Floats = projects * np.exp(shifts.amount_per_project)
    return firms, projects, amounts
