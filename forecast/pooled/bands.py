"""Bands around the point forecasts, and paths whose years hang together."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist

import numpy as np

from forecast.pooled.gate import Learned, anchor_weights
from forecast.series import Floats

NORMAL = NormalDist()
KNOTS = np.array([0.0, *(NORMAL.inv_cdf(0.5 + level / 2) for level in (0.5, 0.8, 0.95))])
"""Normal scores of the edges of the 50, 80 and 95 percent bands."""

GROWTH = 0.7
"""Reaches are learned relative to ``step^0.7``."""

CONSTANT_SD = 0.01
"""Standard deviation of the first step of a series that has never moved, as a share of its level."""

_SCORES = np.array([NORMAL.inv_cdf((i + 0.5) / 99) for i in range(99)])


@dataclass(frozen=True, eq=False)
class Marginals:
    """Distribution of each step of N series, on the seasonally adjusted scale.

    Parameters
    ----------
    points : array, shape (N, H)
        Point forecasts: the median of the distribution.
    reach : array, shape (N, H, 2, 3)
        How far the 50, 80 and 95 percent bands reach above the point and below it, before the floor.
    positive, whole : array of bool, shape (N,)
        Whether all past values are above zero, and whether none is below.
    """

    points: Floats
    reach: Floats
    positive: np.ndarray
    whole: np.ndarray

    def at(self, scores: Floats) -> Floats:
        """Values at normal scores, shape (N, Q, H) for scores (Q,) or (Q, H): the quantile functions."""
        return _floored(self, errors(self.reach, scores))

    @property
    def means(self) -> Floats:
        """Mean of each step, shape (N, H), from 99 evenly spread quantiles."""
        out: Floats = self.at(_SCORES).mean(1)
        return out

    def row(self, i: int) -> Marginals:
        """Give one series, as an array of one."""
        one = slice(i, i + 1)
        return Marginals(self.points[one], self.reach[one], self.positive[one], self.whole[one])


def errors(reach: Floats, scores: Floats) -> Floats:
    """Errors at normal scores, shape (N, Q, H): straight between the knots, and on beyond the last.

    Examples
    --------
    >>> errors(np.array([[[[2.0, 4.0, 8.0], [1.0, 2.0, 3.0]]]]), np.r_[-KNOTS[2], 0.0, KNOTS[3]]).ravel().tolist()
    [-2.0, 0.0, 8.0]
    """
    z = scores if scores.ndim == 2 else scores[:, None]
    slope = np.diff(reach, axis=-1, prepend=0.0) / np.diff(KNOTS)
    out = np.zeros((reach.shape[0], z.shape[0], reach.shape[1]))
    for side, sign in enumerate((1.0, -1.0)):
        for i in range(3):
            part = np.maximum(sign * z - KNOTS[i], 0.0)
            if i < 2:
                part = np.minimum(part, KNOTS[i + 1] - KNOTS[i])
            out += sign * slope[:, None, :, side, i] * part
    return out


def _floored(m: Marginals, error: Floats) -> Floats:
    """Add errors to the points; what would fall below half the point slows down and never reaches zero."""
    value = m.points[:, None] + error
    if m.positive.any():
        point = np.where(m.points > 0, m.points, 1.0)[:, None]
        ratio = value / point
        soft = point * np.where(ratio < 0.5, 0.5 * np.exp(np.clip(2 * ratio - 1, -20.0, 0.0)), ratio)
        value = np.where(m.positive[:, None, None], soft, value)
    return np.where(m.whole[:, None, None], np.maximum(value, 0.0), value)


def reaches(learned: Learned, inputs: Floats, horizon: int) -> Floats:
    """Reaches of the bands above and below, in mean absolute steps, shape (N, H, 2, 3), conformal factors included."""
    count = inputs.shape[0]
    anchors = learned.anchors.size
    raw = np.logaddexp(0.0, learned.widths.outputs(inputs)).mean(0).reshape(count, 2, 3, anchors)
    steps = np.arange(1.0, horizon + 1)
    between = anchor_weights(steps, learned.anchors)
    reach = np.cumsum(raw, axis=2) @ between * steps**GROWTH
    return np.moveaxis(reach, 3, 1) * (between.T @ learned.stretch)[:, None]


def marginals(points: Floats, reach: Floats, positive: np.ndarray, whole: np.ndarray) -> Marginals:
    """Place reaches (N, H, 2, 3), in the unit of the series, around the points; none shrinks with the steps."""
    return Marginals(points, np.maximum.accumulate(np.maximum(reach, 0.0), axis=1), positive, whole)


@lru_cache(maxsize=8)
def _scores(n: int) -> Floats:
    return np.array([NORMAL.inv_cdf((i + 0.5) / n) for i in range(n)])


def connected_scores(n_paths: int, horizon: int, learned: Learned, rng: np.random.Generator) -> Floats:
    """Give normal scores of paths that hang together, (n_paths, H); each step holds the same evenly spread ones.

    A Gaussian copula with correlation ``common (i/j)^power`` between steps i < j: a chain in the logarithm of the
    step plus noise of single steps. Rows 2i and 2i + 1 mirror each other, so that the median is met
    exactly.
    """
    half = (n_paths + 1) // 2
    steps = np.arange(1, horizon + 1)
    keep = np.r_[0.0, ((steps[1:] - 1) / steps[1:]) ** learned.power]
    chain = np.zeros((half, horizon))
    shocks = rng.standard_normal((half, horizon))
    for h in range(horizon):
        chain[:, h] = keep[h] * chain[:, h - 1] + np.sqrt(1 - keep[h] ** 2) * shocks[:, h]
    mixed = np.sqrt(learned.common) * chain + np.sqrt(1 - learned.common) * rng.standard_normal((half, horizon))
    z = np.stack([mixed, -mixed], axis=1).reshape(-1, horizon)[:n_paths]
    ranks = np.argsort(np.argsort(z, axis=0, kind="stable"), axis=0, kind="stable")
    out: Floats = _scores(n_paths)[ranks]
    return out
