"""The IP system: filings, decisions, grants, rights in force by age, lapses, and the pledge chain.

Everything here gives ratios, scenario over baseline. The statistical outlook supplies the baseline; with no lever moved
every ratio is exactly one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecast.series import Floats
from scenarios.responses import at_zero_exact, logit_shift
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
    """Filings decided by year from `first` on, shape (n_regions, n_active, n_paths)."""
    ages: Floats
    """Share of the stock before `first` at each age, shape (n_regions, OLDEST, n_paths)."""
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
    return Flows(filings, grants, stock, first, structure, decided, ages, np.maximum(graph, 1e-300))


def _shifted(values: Floats, first: int, back: int) -> Floats:
    """Values `back` years before each active year; before the outlook begins, those of its first year."""
    at = np.maximum(np.arange(first, values.shape[1]) - back, 0)
    out: Floats = values[:, at]
    return out


def _survivors(entered: Floats, survival: Floats) -> Floats:
    """Sum over cohorts of those still there: ``sum_a S_a E_{t-a}``."""
    out = entered.copy()
    n = entered.shape[1]
    for age in range(1, min(n, OLDEST)):
        out[:, age:] += survival[age] * entered[:, : n - age]
    return out


@dataclass(frozen=True, eq=False)
class Shifts:
    """What levers do to one right in some regions, each of shape (n_active, n_paths); zero where nothing moves."""

    filings: Floats
    """Log shift of filings with as much behind them as the average."""
    counts: Floats
    """Log shift of filings that raises counts alone."""
    grant_rate: Floats
    """Shift of the log odds that a decision grants."""
    decision_time: Floats
    """Log shift of the time to decide; negative is faster."""
    lapse: Floats
    """Log shift of the hazard of lapse at ages where owners decide."""


def filings_ratio(shifts: Shifts) -> Floats:
    """Ratio of filings, shape (n_active, n_paths)."""
    ratio: Floats = np.exp(shifts.filings + shifts.counts)
    return ratio


def grants_ratio(flows: Flows, shifts: Shifts) -> Floats:
    """Ratio of grants, shape (n_regions, n_active, n_paths).

    ``G_t = rate_t sum_j w_j F_{t-j} f_{t-j}`` over ``rate sum_j w_j F_{t-j}``, where extra filings that raise
    counts alone
    enter with the measured pass-through, and a faster office multiplies the hazard of being decided of every
    pending filing, so that each filing is decided once.
    """
    s = flows.structure
    effective = np.exp(shifts.filings + s.pass_through * shifts.counts)
    n_active = effective.shape[0]
    rate = at_zero_exact(1.0, shifts.grant_rate, logit_shift(s.grant_rate, shifts.grant_rate) / s.grant_rate)  # type: ignore[arg-type]  # a ratio of one
    decided = np.maximum(flows.decided, 1e-300)
    if np.any(shifts.decision_time):
        weights = _decided_when(s.delay, shifts.decision_time)
        done = np.zeros_like(decided)
        padded = np.concatenate([np.ones((DELAY_YEARS, effective.shape[1])), effective])
        for j in range(DELAY_YEARS):
            at = np.arange(n_active) + DELAY_YEARS - j
            done += (weights[j] * padded[at]) * _shifted(flows.filings, flows.first, j)
        moved: Floats = rate * (done / decided)
        return moved
    extra = np.zeros_like(decided)
    change = effective - 1.0
    if np.any(change):
        for j in range(min(DELAY_YEARS, n_active)):
            if np.any(s.delay[j]):
                end = flows.filings.shape[1] - j
                extra[:, j:] += flows.filings[:, flows.first : end] * (s.delay[j] * change[: n_active - j])
        extra /= decided
    ratio: Floats = rate * (1.0 + extra)
    return ratio


def _decided_when(delay: Floats, time_shift: Floats) -> Floats:
    """Share of filings decided j years later in each active year when the clock of examination runs faster or slower.

    Returns
    -------
    array, shape (DELAY_YEARS, n_active, n_paths)
    """
    pending = np.maximum(1.0 - np.cumsum(delay, axis=0), 1e-12)
    hazard = -np.diff(np.log(pending), axis=0, prepend=0.0)
    n_active = time_shift.shape[0]
    speed = np.concatenate([np.ones((DELAY_YEARS, delay.shape[1])), np.exp(-time_shift)])
    out = np.zeros((DELAY_YEARS, n_active, delay.shape[1]))
    for t in range(n_active):
        for j in range(DELAY_YEARS):
            filed = t + DELAY_YEARS - j  # position of the filing year in `speed`
            run = np.zeros(delay.shape[1])
            for a in range(j):
                run += hazard[a] * speed[filed + a]
            before = np.exp(-run)
            after = np.exp(-(run + hazard[j] * speed[filed + j])) if j < DELAY_YEARS - 1 else 0.0
            out[j, t] = before - after
    return out


def stock_ratio(flows: Flows, shifts: Shifts, grants: Floats) -> Floats:
    """Ratio of rights in force, shape (n_regions, n_active, n_paths).

    Parameters
    ----------
    grants : array, shape (n_regions, n_active, n_paths)
        Ratio of grants, from `grants_ratio`.
    """
    extra = flows.grants[:, flows.first :] * (grants - 1.0)
    if not np.any(shifts.lapse):
        ratio: Floats = 1.0 + _survivors(extra, flows.structure.survival) / flows.graph_stock
        return ratio
    return graph_stock(flows, shifts, grants) / flows.graph_stock


def graph_stock(flows: Flows, shifts: Shifts, grants: Floats) -> Floats:
    """Stock of the graph under the scenario, cohort by cohort, shape (n_regions, n_active, n_paths)."""
    s = flows.structure
    n_active = grants.shape[1]
    factor = np.exp(shifts.lapse)
    entered = flows.grants[:, flows.first :] * grants
    before = flows.stock[:, flows.first - 1]
    out = np.zeros_like(grants)
    for age in range(OLDEST):  # rights that were there before, by age
        run = np.zeros(factor.shape[1])
        share = flows.ages[:, age] * before
        for t in range(min(n_active, OLDEST - 1 - age)):
            run = run + s.hazard[age + 1 + t] * (factor[t] if s.decided[age + 1 + t] else 1.0)
            if run.min() > BOUNDARY:
                break
            out[:, t] += share * np.exp(-run)
    for cohort in range(n_active):
        run = np.zeros(factor.shape[1])
        out[:, cohort] += entered[:, cohort]
        for t in range(cohort + 1, min(n_active, cohort + OLDEST)):
            age = t - cohort
            run = run + s.hazard[age] * (factor[t] if s.decided[age] else 1.0)
            out[:, t] += entered[:, cohort] * np.exp(-run)
    return out


BOUNDARY = 39.0
"""Cumulative hazard beyond which a cohort is gone."""


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
