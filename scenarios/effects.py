"""From studies to effects: pooling, shrinkage, updating, and draws on shared futures."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy import special

from forecast.seeds import stream
from forecast.series import Floats, frozen
from scenarios.studies import Grade, Study

SHRINK = 0.7
"""Part of a published size that is kept: small effects are rarely printed, so printed ones are too large on
average. Our choice; a reader may change it in a scenario's `effects`."""

GRADE_SPREAD = {"A": 1.0, "B": 1.5, "C": 2.5, "D": 4.0}
"""Factor on the standard deviation by grade of evidence. Our choice, to be set by hindcasts."""

ABROAD_SPREAD = 1.5
"""Further factor where none of the studies is of China. Our choice."""

ASSUMED_ERROR = {"A": 0.2, "B": 0.3, "C": 0.5, "D": 1.0}
"""Least standard error of a study as a share of its size. Abstracts print no errors, or ranges between estimates
that are too narrow to be taken for intervals. Our choice."""

RIVALS_SPREAD = 1.5
"""Factor on the standard error of our own "suggestive" panel estimates, for the rival explanations named beside
them."""

SIZE_UNKNOWN_QUANTILE = 0.95
"""Where only the direction is known, this share of the draws lies below the bound the lever file names."""


@dataclass(frozen=True)
class Normal:
    """A size and its standard deviation, in logarithms."""

    mean: float
    sd: float


def pool(sizes: Sequence[float], errors: Sequence[float]) -> Normal:
    """Pool studies by random effects and give what a new place should expect.

    ``tau^2 = max(0, (Q - (k - 1)) / (S1 - S2 / S1))`` with ``w = 1 / se^2``, ``S1 = sum w``, ``S2 = sum w^2`` and
    ``Q = sum w (y - ybar)^2``; weights then are ``1 / (se^2 + tau^2)``. The standard deviation is predictive:
    ``sqrt(1 / sum w* + tau^2)``, since a planner acts in a place of its own.

    Parameters
    ----------
    sizes, errors : sequence of float
        Log effects and their standard errors, above 0.

    References
    ----------
    R. DerSimonian and N. Laird, Controlled Clinical Trials 7 (1986), 177-188, https://doi.org/10.1016/0197-2456(86)90046-2.
    J. Higgins, S. Thompson, D. Spiegelhalter, J. R. Stat. Soc. A 172 (2009), 137-159, for the predictive form.

    Examples
    --------
    >>> pool([0.3, 0.3], [0.1, 0.1]).sd
    0.0707...
    """
    y = np.asarray(sizes, dtype=np.float64)
    w = 1.0 / np.asarray(errors, dtype=np.float64) ** 2
    tau2 = 0.0
    if y.size > 1:
        q = float(np.sum(w * (y - np.average(y, weights=w)) ** 2))
        tau2 = max(0.0, (q - (y.size - 1)) / float(w.sum() - (w**2).sum() / w.sum()))
    w = 1.0 / (1.0 / w + tau2)
    return Normal(float(np.average(y, weights=w)), math.sqrt(1.0 / float(w.sum()) + tau2))


def shrink(pooled: Normal, *, grade: Grade, in_china: bool) -> Normal:
    """Take part of a published size and widen it by the grade of its evidence.

    Examples
    --------
    >>> shrink(Normal(-0.4, 0.1), grade="B", in_china=False)
    Normal(mean=-0.27999..., sd=0.225...)
    """
    spread = GRADE_SPREAD[grade] * (1.0 if in_china else ABROAD_SPREAD)
    return Normal(SHRINK * pooled.mean, spread * pooled.sd)


def update(prior: Normal, data: Normal) -> Normal:
    """Give the precision-weighted mean of a prior and an estimate from our own panel (normal, known variances).

    References
    ----------
    A. Gelman et al., Bayesian Data Analysis, 3rd ed., section 2.5.

    Examples
    --------
    >>> update(Normal(0.0, 1.0), Normal(1.0, 1.0))
    Normal(mean=0.5, sd=0.707...)
    """
    w0, w1 = prior.sd**-2, data.sd**-2
    return Normal((w0 * prior.mean + w1 * data.mean) / (w0 + w1), (w0 + w1) ** -0.5)


def pool_studies(groups: Sequence[Sequence[Study]]) -> tuple[Normal, Grade, bool]:
    """Pool studies, versions of one study counting once.

    Parameters
    ----------
    groups : sequence of sequence of Study
        Each inner sequence holds the versions of one study; their sizes and errors are averaged.

    Returns
    -------
    tuple
        Pooled size, the grade most of them have (the weaker where tied), and whether any is of China.
    """
    sizes, errors = [], []
    for versions in groups:
        sizes.append(float(np.mean([s.log_size for s in versions])))
        floors = [ASSUMED_ERROR[s.grade] * abs(s.log_size) for s in versions]
        printed = [s.log_se for s in versions]
        errors.append(
            float(np.mean([max(f, 0.0 if math.isnan(p) else p) for f, p in zip(floors, printed, strict=True)]))
        )
    grades = [versions[0].grade for versions in groups]
    grade = max(sorted(set(grades), reverse=True), key=grades.count)
    return pool(sizes, errors), grade, any(s.in_china for versions in groups for s in versions)


@dataclass(frozen=True)
class Size:
    """How large an effect is, as a distribution on one side of zero.

    Parameters
    ----------
    sign : {-1, 1}
        Direction of the effect when the lever rises.
    mean, sd : float
        Of the size without its sign, in logarithms (or log odds). For ``size unknown`` the scale of a half-normal
        stands in `sd` and its mean in `mean`.
    known : bool
        Whether a size was measured at all. False means: direction known, size unknown.
    grade : str
        A to D.
    pooled, prior, data : Normal, optional
        Steps on the way, signed: the pooled studies, after shrinkage, and our own panel's estimate where one was used.
    """

    sign: int
    mean: float
    sd: float
    known: bool
    grade: Grade
    pooled: Normal | None = None
    prior: Normal | None = None
    data: Normal | None = None

    @property
    def taught(self) -> float:
        """Share of the prior variance our own panel removed, 0 to 1: ``1 - sd_post^2 / sd_prior^2``."""
        if self.data is None or self.prior is None:
            return 0.0
        return 1.0 - (self.sd / self.prior.sd) ** 2

    def quantile(self, uniform: Floats, *, widen: float = 1.0) -> Floats:
        """Give signed sizes at uniform numbers; widening keeps the mean.

        A measured size is gamma distributed with the given mean and standard deviation, so that it keeps its sign and
        widening never moves its middle by truncation. An unknown size is half-normal.

        Parameters
        ----------
        uniform : array
            Between 0 and 1.
        widen : float
            Factor on the standard deviation, 1 or more.
        """
        if not self.known:
            half: Floats = self.sign * self.sd * widen * special.ndtri(0.5 + 0.5 * uniform)
            return half
        sd = self.sd * widen
        if self.mean == 0.0 or sd == 0.0:
            return np.full(uniform.shape, self.sign * self.mean)
        shape = (self.mean / sd) ** 2
        drawn: Floats = self.sign * special.gammaincinv(shape, uniform) * (sd**2 / self.mean)
        return drawn


def measured(sign: int, posterior: Normal, grade: Grade, **steps: Normal | None) -> Size:
    """Make a size from a pooled one; a mean on the wrong side of zero counts as zero with its spread as unknown."""
    mean = sign * posterior.mean
    if mean <= 0.0:
        return Size(sign, posterior.sd * math.sqrt(2 / math.pi), posterior.sd, False, "D", **steps)
    return Size(sign, mean, posterior.sd, True, grade, **steps)


def direction_only(sign: int, at_most: float) -> Size:
    """Make the size of an effect of which only the direction is known.

    Half-normal with 95 percent of the draws below `at_most`: ``sd = at_most / z(0.975)``.

    Parameters
    ----------
    sign : {-1, 1}
        The known direction.
    at_most : float
        Log effect that the lever hardly exceeds: what the strongest measured lever of its kind did.

    Examples
    --------
    >>> round(float(direction_only(1, 0.2).quantile(np.array(0.95))), 6)
    0.2
    """
    sd = at_most / float(special.ndtri(0.5 + 0.5 * SIZE_UNKNOWN_QUANTILE))
    return Size(sign, sd * math.sqrt(2 / math.pi), sd, False, "D")


@lru_cache(maxsize=4096)
def draws(size: Size, name: str, n_paths: int, seed: int, widen: float = 1.0) -> Floats:
    """Draw an effect for every shared future; the same name and seed give the same draws in every scenario.

    Returns
    -------
    array, shape (n_paths,)
        Signed, read-only. Stratified: one draw from each of `n_paths` equal parts of the distribution, in random order,
        so that a few hundred paths already show its tails.
    """
    rng = stream(seed, "effect", name)
    uniform = (rng.permutation(n_paths) + rng.random(n_paths)) / n_paths
    return frozen(size.quantile(np.clip(uniform, 1e-9, 1 - 1e-9), widen=widen))
