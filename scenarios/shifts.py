"""What levers do to one right, and what of it is the same in every region that feels the same levers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from forecast.series import Floats
from scenarios.responses import at_zero_exact, logit_shift
from scenarios.structure import DELAY_YEARS, OLDEST, RightStructure

GONE = 1e-16
"""Share in force below which a cohort is gone: nothing beside one in double precision."""


@dataclass(frozen=True, eq=False)
class Shifts:
    """What levers do to one right in some regions, each of shape (n_active, n_paths); zero where nothing moves."""

    structure: RightStructure
    """Delays, hazards and rates on the same paths."""
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

    @cached_property
    def filings_ratio(self) -> Floats:
        """Ratio of filings, shape (n_active, n_paths)."""
        ratio: Floats = np.exp(self.filings + self.counts)
        return ratio

    @cached_property
    def effective(self) -> Floats:
        """Ratio of filings with those that raise counts alone taken at the measured pass-through."""
        ratio: Floats = np.exp(self.filings + self.structure.pass_through * self.counts)
        return ratio

    @cached_property
    def rate(self) -> Floats:
        """Ratio of the grant rate, shape (n_active, n_paths)."""
        before = self.structure.grant_rate
        return at_zero_exact(np.ones(1), self.grant_rate, logit_shift(before, self.grant_rate) / before)

    @cached_property
    def moves_grants(self) -> bool:
        """Whether grants move at all, and not lapses alone."""
        return any(np.any(s) for s in (self.filings, self.counts, self.grant_rate, self.decision_time))

    @cached_property
    def arriving(self) -> tuple[Floats, ...]:
        """Part of each year's filings, more or fewer, that is decided j years later, up to the last year shown."""
        change = self.effective - 1.0
        n = change.shape[0]
        if not np.any(change):
            return ()
        last = int(np.flatnonzero(self.structure.delay.any(axis=1))[-1])
        return tuple(self.structure.delay[j] * change[: n - j] for j in range(min(last + 1, n)))

    @cached_property
    def decided_when(self) -> Floats | None:
        """Share of filings decided j years later when the clock of examination runs faster or slower.

        Returns
        -------
        array, shape (DELAY_YEARS, n_active, n_paths), or None where the clock runs as before
        """
        if not np.any(self.decision_time):
            return None
        delay = self.structure.delay
        pending = np.maximum(1.0 - np.cumsum(delay, axis=0), 1e-12)
        hazard = -np.diff(np.log(pending), axis=0, prepend=0.0)
        n_active = self.decision_time.shape[0]
        speed = np.concatenate([np.ones((DELAY_YEARS, delay.shape[1])), np.exp(-self.decision_time)])
        out = np.zeros((DELAY_YEARS, n_active, delay.shape[1]))
        for filed in range(n_active + DELAY_YEARS):  # position of the filing year in `speed`
            left, run = np.ones(delay.shape[1]), np.zeros(delay.shape[1])
            for j in range(DELAY_YEARS):
                t = filed - DELAY_YEARS + j
                if t >= n_active:
                    break
                run = run + hazard[j] * speed[filed + j]
                still = np.exp(-run) if j < DELAY_YEARS - 1 else np.zeros(delay.shape[1])
                if t >= 0:
                    out[j, t] = left - still
                left = still
        return out

    @cached_property
    def decisions(self) -> tuple[Floats, ...]:
        """Where the clock moves: weight of filings of j years before in each year's grants, the rate apart."""
        assert self.decided_when is not None  # asked for only then
        n = self.effective.shape[0]
        padded = np.concatenate([np.ones((DELAY_YEARS, self.effective.shape[1])), self.effective])
        found = [share * padded[DELAY_YEARS - j : DELAY_YEARS - j + n] for j, share in enumerate(self.decided_when)]
        return tuple(found)

    @cached_property
    def lost(self) -> tuple[Floats, Floats] | None:
        """Change of the share in force: of rights there before, by age; and of each later year's grants.

        Returns
        -------
        tuple of array, or None where nothing shifts lapses
            Shapes (n_ages, n_active, n_paths) and (n_active, n_active, n_paths): scenario less baseline, in year t.
        """
        if not np.any(self.lapse):
            return None
        s, more, n = self.structure, np.expm1(self.lapse), self.lapse.shape[0]
        lapsing = np.where(s.decided[:, None], s.hazard, 0.0)
        alive = np.flatnonzero((s.survival > GONE).any(axis=1))
        n_ages = min(int(alive[-1]), OLDEST - 1)
        old = np.zeros((n_ages, n, more.shape[1]))
        for age in range(n_ages):
            ages = np.arange(age + 1, min(age + 1 + n, n_ages + 1))
            kept = s.survival[ages] / s.survival[age]
            old[age, : ages.size] = kept * np.expm1(-np.cumsum(lapsing[ages] * more[: ages.size], axis=0))
        new = np.zeros((n, n, more.shape[1]))
        for cohort in range(n):
            ages = np.arange(1, min(n - cohort, n_ages + 1))
            run = np.cumsum(lapsing[ages] * more[cohort + ages], axis=0)
            new[cohort, cohort + ages] = s.survival[ages] * np.expm1(-run)
        return old, new
