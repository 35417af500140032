"""What a design makes of an event: an estimate with its checks, and the smallest effect it could have shown."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from forecast.series import Floats

LEAST_BEFORE, LEAST_CONTROLS = 5, 10
"""Years before and comparison regions that a design needs: with fewer, no placebo says anything."""

YEARS_AFTER = 3
"""An effect is the mean over this many years from the first treated one, as far as figures go."""

BACK = 2
"""Years by which the placebo in time is moved back."""

POWER, LEVEL = 0.8, 0.05
"""The smallest detectable effect is seen with this chance in a two-sided test at this level."""


@dataclass(frozen=True)
class Estimate:
    """The effect of an event on one indicator by one design, in logarithms (or as an elasticity).

    Parameters
    ----------
    design : str
        synthetic_control, staggered_did, interrupted or interrupted_against_foreign.
    size, se : float
        Mean effect after, and its standard error; for the provincial designs the spread of placebos.
    p : float
        Two-sided, of the test that decides: rank among placebos where there are many, else Student.
    pre_p : float
        Chance of what is seen when the event is moved back by two years; small means that something moved before.
    placebo_time : float
        Estimate of that event moved back.
    placebo_p : float
        Rank of the estimate among placebos, ``(1 + number as large) / (1 + number)``.
    left_low, left_high : float
        Range of the estimate when one comparison (or two years) is left out; NaN where it cannot be done.
    smallest : float
        Effect that would have been seen with 80 percent chance.
    n_treated, n_control, n_before, n_after : int
        Regions with and without the event, years before and after.
    """

    design: str
    size: float
    se: float
    p: float
    pre_p: float
    placebo_time: float
    placebo_p: float
    left_low: float
    left_high: float
    smallest: float
    n_treated: int
    n_control: int
    n_before: int
    n_after: int


@dataclass(frozen=True)
class Impossible:
    """A design that cannot be run, with the reason in words (English and Chinese)."""

    en: str
    zh: str


def rank_p(size: float, placebos: Sequence[float] | Floats) -> float:
    """Give the chance of an effect as large among placebos: ``(1 + #{|placebo| >= |size|}) / (1 + #placebos)``.

    References
    ----------
    A. Abadie, A. Diamond, J. Hainmueller, J. Am. Stat. Assoc. 105 (2010), 493-505, section 3.4; the event itself is
    counted in, so that the test keeps its level.

    Examples
    --------
    >>> rank_p(-2.0, [1.0, -3.0, 0.5])
    0.5
    """
    e = np.abs(np.asarray(placebos, dtype=np.float64))
    return float((1 + np.sum(e >= abs(size) - 1e-12)) / (1 + e.size))


def smallest_by_placebos(placebos: Sequence[float] | Floats) -> float:
    """Give the effect that would stand out of placebos with 80 percent chance.

    ``c + q``: c is the size that 95 percent of placebos stay below, q the 80th percentile of the placebos and their
    mirror images, since an effect of that size is met by noise of either sign.

    Examples
    --------
    >>> round(smallest_by_placebos(np.linspace(-1, 1, 20001)), 3)  # uniform: 0.95 + 0.6
    1.55
    """
    e = np.asarray(placebos, dtype=np.float64)
    return float(np.quantile(np.abs(e), 1 - LEVEL) + np.quantile(np.concatenate([e, -e]), POWER))


def smallest_by_student(se: float, degrees: float) -> float:
    """Give ``(t(0.975) + t(0.8)) se``, the effect seen with 80 percent chance at the 5 percent level.

    References
    ----------
    H. S. Bloom, Evaluation Review 19 (1995), 547-556, https://doi.org/10.1177/0193841X9501900504.

    Examples
    --------
    >>> round(smallest_by_student(1.0, 1e9), 2)
    2.8
    """
    return float((stats.t.ppf(1 - LEVEL / 2, degrees) + stats.t.ppf(POWER, degrees)) * se)


def spread(placebos: Sequence[float] | Floats) -> float:
    """Give the root mean square of placebos: their size if the truth is no effect."""
    return float(np.sqrt(np.mean(np.square(placebos)))) if len(placebos) else math.nan


def needs(library: str) -> str:
    """Give what to do where a library of the extra is missing."""
    return f"{library} is not installed. Run: pip install 'ip-foresight[learning]'"
