"""The IP system: filings, decisions, grants, rights in force by age, lapses, and the pledge chain.

Everything here gives excesses: scenario over baseline, less one. The statistical outlook supplies the baseline; with
no lever moved every excess is exactly nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecast.series import Floats
from scenarios.compiled import Places, sum_aged
from scenarios.flows import Stack
from scenarios.shifts import Shifts
from scenarios.structure import DELAY_YEARS, PledgeStructure


def grants_excess(stack: Stack, places: Places, shifts: Shifts, out: Floats) -> None:
    """Work out grants over those of the baseline, less one, at places that feel the same.

    ``G_t = rate_t sum_j w_j F_{t-j} f_{t-j}`` over ``rate sum_j w_j F_{t-j}``, where extra filings that raise
    counts alone enter with the measured pass-through, and a faster office multiplies the hazard of being decided of
    every pending filing, so that each filing is decided once.

    Parameters
    ----------
    out : array, shape (n_places, n_active, n_paths)
        Written to at `places`.
    """
    rate = shifts.more_granted
    if shifts.decided_when is not None:
        assert shifts.arriving is not None
        sum_aged(shifts.arriving, stack.filed, DELAY_YEARS - 1, places, out, over=stack.decided)
    elif shifts.moves_filings:
        delay, more = shifts.structure.delay[None, : shifts.structure.n_delays], shifts.effective[None]
        sum_aged(delay, stack.filed, DELAY_YEARS - 1, places, out, times=more, over=stack.decided)
    else:
        out[places] = 0.0
    if rate is not None:
        for place in places:
            out[place] *= 1.0 + rate
            out[place] += rate


def stock_excess(stack: Stack, places: Places, shifts: Shifts, grants: Floats | None, out: Floats) -> None:
    """Work out rights in force over those of the baseline, less one, at places that feel the same.

    What more grants add and what more lapses take, cohort by cohort, over the stock of the graph:
    ``(sum_c dG_c S_{t-c} + sum_c G'_c (S'_{t,t-c} - S_{t-c})) / N_t``, with dashes for the scenario; cohorts since
    `first` are summed as ``G'_c S'_{t,t-c}`` less ``G_c S_{t-c}`` in the same order, so that nothing leaves nothing.

    Parameters
    ----------
    grants : array, shape (n_places, n_active, n_paths), or None
        Excess of grants, from `grants_excess`; None where only lapses move.
    out : array, shape (n_places, n_active, n_paths)
        Written to at `places`.
    """
    s, lost = shifts.structure, shifts.lost
    if lost is not None:
        older, held = (lost, stack.alive, stack.alive.shape[1] - s.youngest), stack.graph_stock
        sum_aged(shifts.kept, stack.granted, 0, places, out, plus=grants, less=stack.fresh, older=older, over=held)
    elif grants is not None:
        sum_aged(s.survival[None], stack.granted, 0, places, out, times=grants, over=stack.graph_stock)
    else:
        out[places] = 0.0


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
