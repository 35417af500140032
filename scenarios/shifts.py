"""What levers do to one right, and what of it is the same in every region that feels the same levers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from forecast.series import Floats
from scenarios.compiled import grow_older
from scenarios.responses import at_zero_exact, logit_shift
from scenarios.structure import DELAY_YEARS, RightStructure


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
    like: Sequence[Shifts] = ()
    """Others of the same right: what takes long is theirs where the same levers are behind it."""

    @cached_property
    def more_filings(self) -> Floats:
        """Filings over those of the baseline, less one, shape (n_active, n_paths)."""
        excess: Floats = np.expm1(self.filings + self.counts)
        return excess

    @cached_property
    def moves_filings(self) -> bool:
        """Whether filings move."""
        return bool(np.any(self.filings) or np.any(self.counts))

    @cached_property
    def effective(self) -> Floats:
        """The same with those that raise counts alone taken at the measured pass-through."""
        excess: Floats = np.expm1(self.filings + self.structure.pass_through * self.counts)
        return excess

    @cached_property
    def more_granted(self) -> Floats | None:
        """Grant rate over that of the baseline, less one, shape (n_active, n_paths); None where nothing moves it."""
        if not np.any(self.grant_rate):
            return None
        before = self.structure.grant_rate
        return at_zero_exact(np.zeros(1), self.grant_rate, logit_shift(before, self.grant_rate) / before - 1.0)

    @cached_property
    def moves_grants(self) -> bool:
        """Whether grants move at all, and not lapses alone."""
        return self.moves_filings or bool(np.any(self.grant_rate) or np.any(self.decision_time))

    @cached_property
    def arriving(self) -> Floats | None:
        """Change of the weight of filings of j years before in each year's decisions, the grant rate apart.

        Returns
        -------
        array, shape (n_active, n_delays, n_paths), or None where as many are decided as before
        """
        change, delay = self.effective, self.structure.delay
        when = self.decided_when
        if when is None and not np.any(change):
            return None
        n, n_paths = change.shape
        out = np.zeros((n, DELAY_YEARS if when is not None else self.structure.n_delays, n_paths))
        for j in range(out.shape[1]):
            if when is not None:
                np.subtract(when[j], delay[j], out=out[:, j])
                out[j:, j] += when[j, j:] * change[: max(n - j, 0)]
            else:
                np.multiply(delay[j], change[: max(n - j, 0)], out=out[j:, j])
        return out

    @cached_property
    def decided_when(self) -> Floats | None:
        """Share of filings decided j years later when the clock of examination runs faster or slower.

        Returns
        -------
        array, shape (DELAY_YEARS, n_active, n_paths), or None where the clock runs as before
        """
        if not np.any(self.decision_time):
            return None
        for other in self.like:
            if np.array_equal(other.decision_time, self.decision_time):
                return other.decided_when
        delay, n = self.structure.delay, self.decision_time.shape[0]
        pending = np.maximum(1.0 - np.cumsum(delay, axis=0), 1e-12)
        hazard = -np.diff(np.log(pending), axis=0, prepend=0.0)
        before = np.exp(-hazard)  # share of the pending still pending a year later
        same = _same_as_before(self.decision_time)
        left = np.ones((n + DELAY_YEARS, delay.shape[1]))  # of filings by year, from DELAY_YEARS years before
        out = np.zeros((DELAY_YEARS, n, delay.shape[1]))
        for j in range(DELAY_YEARS):
            kept = np.zeros((n + DELAY_YEARS, delay.shape[1]))  # by year of decision; in the last year all are decided
            if j < DELAY_YEARS - 1:
                kept[:DELAY_YEARS] = before[j]
                for t, earlier in enumerate(same):
                    at = DELAY_YEARS + t
                    kept[at] = kept[at - 1] if earlier else np.exp(-hazard[j] * np.exp(-self.decision_time[t]))
            still = left[: n + DELAY_YEARS - j] * kept[j:]
            np.subtract(left[DELAY_YEARS - j : n + DELAY_YEARS - j], still[DELAY_YEARS - j :], out=out[j])
            left = still
        return out

    @cached_property
    def lost(self) -> Floats | None:
        """Change of the share of a year's grants in force, scenario less baseline, by year and age.

        Returns
        -------
        array, shape (n_active, n_ages, n_paths), or None where nothing shifts lapses
            Ages from `RightStructure.youngest`, at which owners first decide, to the last at which any are there.
        """
        if not np.any(self.lapse):
            return None
        for other in self.like:
            if np.array_equal(other.lapse, self.lapse):
                return other.lost
        s = self.structure
        ages = slice(s.youngest, s.n_alive)
        decided, survival = s.decided[ages], -s.survival[ages]
        hazard = s.hazard[ages][decided]
        out = np.empty((self.lapse.shape[0], *survival.shape))
        gone = np.zeros(survival.shape)  # share of those still there in the baseline that is gone, by age
        more = np.zeros(survival.shape)
        for t, earlier in enumerate(_same_as_before(self.lapse)):
            if not earlier:
                more[decided] = -np.expm1(-hazard * np.expm1(self.lapse[t]))
            grow_older(gone, more)
            np.multiply(gone, survival, out=out[t])
        return out

    @cached_property
    def kept(self) -> Floats:
        """Share of what was granted since the first active year that is in force.

        Returns
        -------
        array, shape (n_active, n_ages, n_paths) or (1, n_ages, n_paths)
            By year and age, set up to the age of the first active year's grants; by age alone where all years are alike
            in which owners of such grants decide, from the second on.
        """
        s, lost, n = self.structure, self.lost, self.lapse.shape[0]
        years = range(n - 1, n) if all(_same_as_before(self.lapse)[2:]) else range(n)
        out = np.empty((len(years), min(n, s.survival.shape[0]), self.lapse.shape[1]))
        for kept, t in zip(out, years, strict=True):
            young = slice(s.youngest, min(t + 1, s.n_alive))
            kept[: t + 1] = s.survival[: t + 1]
            if lost is not None:
                kept[young] += lost[t, : max(young.stop - young.start, 0)]
        return out


def _same_as_before(shift: Floats) -> list[bool]:
    """Whether each year's row is that of the year before, as once a lever has arrived."""
    return [False, *(np.array_equal(shift[t], shift[t - 1]) for t in range(1, shift.shape[0]))]
