"""Prophet's own model solved for many series at once: the exact maximum of its posterior, with NumPy alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecast.series import Floats

SIGMA_SD = 0.5
"""Prior standard deviation of the noise in Prophet's Stan program (half normal)."""
SIGMA2_FLOOR = 1e-10
"""Where the trend can pass through every point the posterior has no maximum: the noise is held at this variance."""
STARTS = (1e-4, 1e-2, 1.0)
"""Starting values of the noise variance; the joint problem is not convex in it, so the best of three is kept."""

NEAR_ROUNDS = 20
"""Steps of the reweighting that comes near the maximum."""
QUICK_ROUNDS, SURE_ROUNDS = 80, 320
"""Steps of the active set, see `settle`; what has not settled after them counts as not converged."""
SIZES = (6, 10, 16)
"""Sizes of the systems that are solved: the first that holds all active columns, so that a series always meets the
same one, and rounds the same way, whatever other series there are."""

Flags = NDArray[np.bool_]
Ints = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Designs:
    """Many regression problems of Prophet's kind, padded to one size.

    Parameters
    ----------
    x : array, shape (n, t, p)
        Columns: time, one, hinges at the changepoints, then seasonal and other regressors; zero where padded.
    y : array, shape (n, t)
        Values over their largest magnitude.
    length : array, shape (n,)
        Real number of periods of each series.
    real : bool array, shape (n, p)
        Which columns exist.
    hinge : bool array, shape (p,)
        Which columns are changepoints, with a Laplace prior.
    ridge : array, shape (n, p)
        Prior precision of the other columns.
    """

    x: Floats
    y: Floats
    length: Floats
    real: Flags
    hinge: Flags
    ridge: Floats

    def at(self, rows: Ints) -> Designs:
        """Give the problems of these numbers."""
        return Designs(self.x[rows], self.y[rows], self.length[rows], self.real[rows], self.hinge, self.ridge[rows])


@dataclass(frozen=True, eq=False)
class MapFit:
    """The posterior maximum of each series.

    Parameters
    ----------
    coefficients : array, shape (n, p)
        In the order of the design's columns.
    variance : array, shape (n,)
        Noise variance, on the scale of the values over their largest magnitude.
    objective : array, shape (n,)
        Minus the log posterior up to a constant, the quantity Stan minimises.
    converged : bool array, shape (n,)
        Whether the optimality conditions hold.
    """

    coefficients: Floats
    variance: Floats
    objective: Floats
    converged: Flags


def objective(designs: Designs, coefficients: Floats, variance: Floats, tau: float) -> Floats:
    """Minus the log posterior of Prophet with linear trend, up to a constant, shape (n,).

    ``T log s + RSS/(2 s^2) + s^2/(2 * 0.5^2) + (k^2 + m^2)/(2 * 5^2) + sum beta^2/(2 sd^2) + sum |delta|/tau``
    (Taylor & Letham 2018, Forecasting at scale, The American Statistician 72(1), and the Stan program of the package).
    """
    residual = _residual(designs, coefficients)
    penalty = 0.5 * (designs.ridge * coefficients**2).sum(1) + np.abs(coefficients[:, designs.hinge]).sum(1) / tau
    out: Floats = (
        0.5 * designs.length * np.log(variance)
        + (residual**2).sum(1) / (2 * variance)
        + variance / (2 * SIGMA_SD**2)
        + penalty
    )  # fmt: skip
    return out


def fit_map(designs: Designs, *, tau: float = 0.05) -> MapFit:
    """Find the posterior maximum of every series.

    For a given noise variance this is a lasso in the changepoints with a ridge in the rest: iterative reweighting
    comes near, then an active set makes it exact (signs fixed, coefficients that change sign dropped one at a time,
    the worst violator of the optimality conditions added), the variance following in closed form. Every sum runs
    along the axes of one series, so its numbers do not depend on the others.

    Parameters
    ----------
    designs : Designs
        The problems.
    tau : float
        Prophet's ``changepoint_prior_scale``.

    Returns
    -------
    MapFit
        The best of the starts in `STARTS`, series by series.
    """
    n = designs.y.shape[0]
    gram, cross = moments(designs)
    tried = [_near(designs, gram, cross, tau, start) for start in STARTS]
    kept = _different(tried, designs.hinge)
    row = np.tile(np.arange(n), len(STARTS))[kept]
    b, v = (np.concatenate(part)[kept] for part in zip(*tried, strict=True))
    each = designs.at(row)
    b, v, ok = settle(each, (gram[row], cross[row]), (b, v), tau=tau)
    value = objective(each, b, v, tau)
    # Of what settled the lowest, and of equals the earlier start.
    order = np.lexsort((np.arange(row.size), value, ~ok, row))
    best = order[np.r_[True, np.diff(row[order]) > 0]]
    return MapFit(b[best], v[best], value[best], ok[best])


def moments(designs: Designs) -> tuple[Floats, Floats]:
    """Products of the columns with one another, shape (n, p, p), and with the values, shape (n, p)."""
    flipped = np.swapaxes(designs.x, 1, 2)
    return np.matmul(flipped, designs.x), np.matmul(flipped, designs.y[..., None])[..., 0]


def _residual(d: Designs, b: Floats) -> Floats:
    out: Floats = d.y - np.matmul(d.x, b[..., None])[..., 0]
    return out


def variance_of(length: Floats, squares: Floats) -> Floats:
    """Root of ``v^2 / sd^2 + T v - RSS = 0``, the condition for the noise variance."""
    a = 1 / SIGMA_SD**2
    # written so that small sums of squares keep their digits
    v = 2 * squares / (length + np.sqrt(length**2 + 4 * a * squares))
    out: Floats = np.maximum(v, SIGMA2_FLOOR)
    return out


def _near(d: Designs, gram: Floats, cross: Floats, tau: float, start: float) -> tuple[Floats, Floats]:
    """Come near the maximum by iteratively reweighted ridge with a shrinking floor."""
    n, p = cross.shape
    v: Floats = np.full(n, start)
    b: Floats = np.zeros((n, p))
    scale = np.full((n, p), 0.1)
    eye = np.arange(p)
    for floor in np.geomspace(1e-1, 1e-7, NEAR_ROUNDS):
        weight = np.where(d.hinge, 1 / (tau * np.sqrt(scale**2 + floor**2)), d.ridge)
        a = gram.copy()
        a[:, eye, eye] += weight * v[:, None] + ~d.real
        b = np.asarray(np.linalg.solve(a, cross[..., None])[..., 0], dtype=np.float64)
        scale = np.abs(b)
        v = variance_of(d.length, (_residual(d, b) ** 2).sum(1))
    return b, v


def _different(tried: list[tuple[Floats, Floats]], hinge: Flags) -> Ints:
    """Numbers, over all starts in a row, of those that did not come where an earlier one came."""
    n = tried[0][1].size
    kept: list[Ints] = []
    for i, (b, v) in enumerate(tried):
        fresh = np.ones(n, dtype=np.bool_)
        for b0, v0 in tried[:i]:
            same = (np.abs(np.log(v / v0)) < 1e-3) & (np.abs(b - b0)[:, hinge].sum(1) < 1e-3)
            fresh &= ~same
        kept.append(i * n + np.flatnonzero(fresh))
    return np.concatenate(kept)


def _solved(gram: Floats, right: Floats, diagonal: Floats, on: Flags) -> Floats:
    """Solve for the active columns of each row, the others zero."""
    out = np.zeros_like(right)
    count = on.sum(1)
    sizes = np.array([*(s for s in SIZES if s < on.shape[1]), on.shape[1]])
    size = sizes[np.searchsorted(sizes, count)]
    order = np.argsort(~on, axis=1, kind="stable")
    for k in np.unique(size):
        at = np.flatnonzero(size == k)
        columns, i = order[at, :k], at[:, None]
        off = ~on[i, columns]
        a = gram[at[:, None, None], columns[:, :, None], columns[:, None, :]]
        a[off] = 0.0
        np.swapaxes(a, 1, 2)[off] = 0.0
        eye = np.arange(k)
        a[:, eye, eye] += np.where(off, 1.0, diagonal[i, columns])
        rhs = np.where(off, 0.0, right[i, columns])
        out[i, columns] = np.linalg.solve(a, rhs[..., None])[..., 0]
    return out


def settle(
    d: Designs, moment: tuple[Floats, Floats], at: tuple[Floats, Floats], *, tau: float, free: bool = True
) -> tuple[Floats, Floats, Flags]:
    """Make a near solution exact by an active set.

    Parameters
    ----------
    d : Designs
    moment : tuple of array
        See `moments`.
    at : tuple of array
        Coefficients, shape (n, p), and noise variance, shape (n,), to start from.
    tau : float
    free : bool
        Whether the variance follows the coefficients; otherwise it stays.

    Returns
    -------
    tuple
        Coefficients, variance, and whether the conditions of an optimum hold.
    """
    b, v = at[0].copy(), at[1].copy()
    n = b.shape[0]
    active = d.real & (~d.hinge | (np.abs(b) > 1e-5))
    b = np.where(active, b, 0.0)
    sign = np.where(d.hinge, np.sign(b), 0.0)
    live: Ints = np.arange(n)
    part, gram, cross = d, moment[0], moment[1]
    for turn in range(QUICK_ROUNDS + SURE_ROUNDS):
        on, s, var = active[live], sign[live], v[live]
        target = _solved(gram, cross - s * (var / tau)[:, None], part.ridge * var[:, None], on)
        old = b[live]
        flips = on & d.hinge & (target * s < 0)
        some: Flags = np.asarray(flips.any(1))
        with np.errstate(divide="ignore", invalid="ignore"):
            step = np.where(flips, np.clip(old / (old - target), 0.0, 1.0), np.inf)
        first = step.argmin(1)
        new = np.where(some[:, None], old + np.minimum(step.min(1), 1.0)[:, None] * (target - old), target)
        rows = np.flatnonzero(some)
        new[rows, first[rows]] = 0.0
        on[rows, first[rows]] = False
        residual = _residual(part, new)
        fresh = variance_of(part.length, (residual**2).sum(1)) if free else var
        # At first the variance follows every step, which is quick but can go round in circles; what is left then takes
        # turns, the coefficients to their end and then the variance, which lowers the objective each time.
        taking_turns = turn >= QUICK_ROUNDS or not free
        gradient = -np.matmul(np.swapaxes(part.x, 1, 2), residual[..., None])[..., 0]
        by = tau / (var if taking_turns else fresh)
        # What rounding leaves of a sum of squares near zero is no violation.
        slack = 1e-6 + 1e-14 * by * part.length
        violation = np.where(~on & part.real & d.hinge, np.abs(gradient) * by[:, None] - 1, -1.0)
        worst = violation.argmax(1)
        optimal: Flags = violation.max(1) <= slack
        same: Flags = np.abs(fresh / var - 1) < 1e-9
        add = np.flatnonzero(~some & ~optimal & (same | taking_turns))
        on[add, worst[add]] = True
        s[add, worst[add]] = -np.sign(gradient[add, worst[add]])
        if taking_turns:
            fresh = np.where(~some & optimal, fresh, var)
        b[live], v[live], active[live], sign[live] = new, fresh, on, s
        left = np.flatnonzero(some | ~same | ~optimal)
        if left.size < live.size:
            live, part, gram, cross = live[left], part.at(left), gram[left], cross[left]
        if live.size == 0:
            break
    ok = np.ones(n, dtype=np.bool_)
    ok[live] = False
    return b, v, ok
