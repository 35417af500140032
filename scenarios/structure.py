"""Structural parameters of the IP system, drawn once for all shared futures."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from scipy import special

from forecast.seeds import stream
from forecast.series import Floats, frozen
from scenarios.kernels import gamma_delay
from scenarios.studies import parameter

OLDEST = 45
"""Ages kept, in years: longer than any outlook."""

DELAY_YEARS = 8
"""Calendar years after filing in which a filing may be decided."""

DELAY_SHAPE = {"invention": 5.0, "utility_model": 6.0, "design": 6.0}
"""Shape of the gamma delay; held, because the panel does not identify it (docs/methods/scenarios.md)."""

LEGAL_TERM_FROM_GRANT = {"invention": 18, "utility_model": 10, "design": 15}
"""Longest life after grant in years: 20 years from filing less the usual delay, 10 and 15 years."""

RENEWAL_YEARS = 10
"""A trademark is renewed every ten years."""

TRADEMARK_SAME_YEAR = 0.27
"""Share of registrations that were filed in the same year; the rest were filed the year before (panel estimate)."""

CANCELLED_AT = ((0.0, 0.78), (0.01, 0.35))
"""Share of stock cancelled a year, and the non-renewal that fits the same lapses: only their combination is
identified."""

BOUNDARY_HAZARD = 40.0
"""Added to the hazard where a right ends for certain; exp(-40) is nothing."""


@lru_cache(maxsize=128)
def drawn(name: str, n_paths: int, seed: int) -> Floats:
    """Draw a structural parameter: normal, cut to its printed range, stratified.

    Returns
    -------
    array, shape (n_paths,)
        Read-only.
    """
    p = parameter(name)
    rng = stream(seed, "structure", name)
    u = (rng.permutation(n_paths) + rng.random(n_paths)) / n_paths
    if not p.se > 0:
        return frozen(np.full(n_paths, p.value))
    low = special.ndtr((p.low - p.value) / p.se) if not math.isnan(p.low) else 0.0
    high = special.ndtr((p.high - p.value) / p.se) if not math.isnan(p.high) else 1.0
    return frozen(p.value + p.se * special.ndtri(np.clip(low + u * (high - low), 1e-12, 1 - 1e-12)))


GONE = 1e-16
"""Share of a cohort below which it is gone: nothing beside one in double precision."""


@dataclass(frozen=True, eq=False)
class RightStructure:
    """How one right passes from filing to grant to lapse, on every path.

    Parameters
    ----------
    delay : array, shape (DELAY_YEARS, n_paths)
        Share of a year's filings decided j calendar years later.
    grant_rate : array, shape (n_paths,)
        Share of decisions that grant.
    pass_through : array, shape (n_paths,)
        Part of a count-only rise in filings that reaches grants.
    hazard : array, shape (OLDEST, n_paths)
        Cumulative hazard gained on reaching each age since grant; ``hazard[0]`` is 0.
    decided : array of bool, shape (OLDEST,)
        Ages at which the owner decides to keep or drop the right, where fees and services act.
    """

    delay: Floats
    grant_rate: Floats
    pass_through: Floats
    hazard: Floats
    decided: np.ndarray[tuple[int], np.dtype[np.bool_]]

    @cached_property
    def survival(self) -> Floats:
        """Share of grants still in force at each age, shape (OLDEST, n_paths)."""
        return frozen(np.exp(-np.cumsum(self.hazard, axis=0)))

    @cached_property
    def n_alive(self) -> int:
        """Ages, from 0 on, at which any of a year's grants are in force."""
        return int(np.flatnonzero((self.survival > GONE).any(axis=1))[-1]) + 1

    @cached_property
    def n_delays(self) -> int:
        """Years after filing, from 0 on, in which any are decided."""
        return int(np.flatnonzero((self.delay > GONE).any(axis=1))[-1]) + 1

    @cached_property
    def youngest(self) -> int:
        """Youngest age at which owners decide to keep or drop a right."""
        return int(np.argmax(self.decided))


@lru_cache(maxsize=16)
def right_structure(right: str, n_paths: int, seed: int) -> RightStructure:
    """Draw the structure of one right for every path."""
    return _trademark(n_paths, seed) if right == "trademark" else _patent(right, n_paths, seed)


def _patent(kind: str, n_paths: int, seed: int) -> RightStructure:
    def of(name: str) -> Floats:
        return drawn(f"recommended.{kind}.{name}", n_paths, seed)

    shape, median = of("weibull_shape"), of("median_life_years_from_grant")
    scale = median / math.log(2.0) ** (1.0 / shape)
    ages = np.arange(OLDEST, dtype=np.float64)[:, None]
    hazard = np.diff((ages / scale) ** shape, axis=0, prepend=0.0)
    term = LEGAL_TERM_FROM_GRANT[kind]
    hazard[term:] = BOUNDARY_HAZARD
    decided = (np.arange(OLDEST) > 0) & (np.arange(OLDEST) < term)
    return RightStructure(
        frozen(gamma_delay(of("grant_lag_mean_years"), DELAY_SHAPE[kind], DELAY_YEARS)),
        of("grant_rate_start_2023"), of("pass_through_filings_to_grants"), frozen(hazard), decided,
    )  # fmt: skip


def _trademark(n_paths: int, seed: int) -> RightStructure:
    rate = drawn("recommended.trademark.registration_rate", n_paths, seed)
    dropped = drawn("recommended.trademark.nonrenewal_rate", n_paths, seed)
    (c0, d0), (c1, d1) = CANCELLED_AT
    cancelled = np.clip(c0 + (d0 - dropped) / (d0 - d1) * (c1 - c0), 0.0, 0.015)
    delay = np.zeros((DELAY_YEARS, n_paths))
    delay[0], delay[1] = TRADEMARK_SAME_YEAR, 1.0 - TRADEMARK_SAME_YEAR
    ages = np.arange(OLDEST)
    renewal = (ages > 0) & (ages % RENEWAL_YEARS == 0)
    hazard = np.where(renewal[:, None], -np.log1p(-dropped), -np.log1p(-cancelled))
    hazard[0] = 0.0
    return RightStructure(frozen(delay), rate, frozen(np.ones(n_paths)), frozen(hazard), renewal)


@dataclass(frozen=True, eq=False)
class PledgeStructure:
    """Bounded diffusion of pledging among firms with inventions, on every path, each of shape (n_paths,)."""

    start_year: int
    rate: Floats
    growth: Floats
    ceiling: Floats


@lru_cache(maxsize=4)
def pledge_structure(n_paths: int, seed: int) -> PledgeStructure:
    """Draw the diffusion of pledging: rate of 2023, growth of its log odds, ceiling (assumed, wide)."""
    return PledgeStructure(
        2023,
        drawn("recommended.pledge.rate_firms_a_year_2023", n_paths, seed),
        drawn("recommended.pledge.bass_q", n_paths, seed),
        drawn("recommended.pledge.ceiling_rate_of_firms_a_year", n_paths, seed),
    )
