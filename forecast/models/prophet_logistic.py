"""Prophet with saturating growth solved for many series at once: damped Gauss-Newton steps around the exact lasso."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from forecast.models.prophet_map import SIGMA_SD, STARTS, Designs, Flags, MapFit, moments, settle, variance_of
from forecast.series import Floats

ROUNDS = 150
"""Steps at most; what has not settled after them counts as not converged."""
STILL = 1e-8
"""A step smaller than this, relative to the coefficients, ends the search."""


def bend(d: Designs, b: Floats) -> Floats:
    """Argument of the logistic curve, shape (n, t): ``k (t - m)`` plus the hinges.

    Prophet's own form has offsets that keep the curve in one piece at each changepoint, which is the same line.
    """
    straight = b[:, None, 0] * (d.x[:, :, 0] - b[:, None, 1])
    out: Floats = straight + np.matmul(d.x[:, :, d.hinge], b[:, d.hinge, None])[..., 0]
    return out


def curve(u: Floats) -> Floats:
    """Logistic curve without overflow."""
    out: Floats = 0.5 * (1 + np.tanh(0.5 * u))
    return out


def _fitted(d: Designs, cap: Floats, b: Floats) -> tuple[Floats, Floats]:
    """Share of the cap, and residuals, each of shape (n, t); zero where padded."""
    share = curve(bend(d, b)) * d.x[:, :, 1]
    extra = np.matmul(d.x[:, :, _extra(d)], b[:, _extra(d), None])[..., 0]
    return share, d.y - cap[:, None] * share - extra


def _extra(d: Designs) -> slice:
    return slice(2 + int(d.hinge.sum()), None)


def _penalty(d: Designs, b: Floats, tau: float) -> Floats:
    out: Floats = 0.5 * (d.ridge * b**2).sum(1) + np.abs(b[:, d.hinge]).sum(1) / tau
    return out


def objective(d: Designs, cap: Floats, b: Floats, v: Floats, tau: float) -> Floats:
    """Minus the log posterior, up to a constant, shape (n,); as `forecast.models.prophet_map.objective`.

    `b` holds rate k, offset m, changes of the rate, then seasons and regressors; `cap` is over the largest magnitude.
    """
    squares = (_fitted(d, cap, b)[1] ** 2).sum(1)
    out: Floats = 0.5 * d.length * np.log(v) + squares / (2 * v) + v / (2 * SIGMA_SD**2) + _penalty(d, b, tau)
    return out


def fit_logistic(d: Designs, cap: Floats, *, tau: float = 0.05) -> MapFit:
    """Find a posterior maximum of every series with saturating growth.

    Each step takes the curve as straight around where it is, which leaves the lasso that `settle` solves exactly,
    with a damping that grows while the objective does not fall (Levenberg 1944, Quarterly of Applied Mathematics 2(2),
    164-168). The problem has several maxima; the best of the starts is given.

    Parameters
    ----------
    d : Designs
        Laid out with growth "logistic".
    cap : array, shape (n,)
        Over the largest magnitude of the values, above zero.
    tau : float
        Prophet's ``changepoint_prior_scale``.
    """
    best: MapFit | None = None
    for start in STARTS:
        b, v, ok = _descend(d, cap, tau, start)
        value = objective(d, cap, b, v, tau)
        if best is None:
            best = MapFit(b, v, value, ok)
            continue
        better = (ok & ~best.converged) | ((ok == best.converged) & (value < best.objective))
        best = MapFit(
            np.where(better[:, None], b, best.coefficients),
            np.where(better, v, best.variance),
            np.where(better, value, best.objective),
            np.where(better, ok, best.converged),
        )
    assert best is not None  # STARTS is not empty
    return best


def _start(d: Designs, cap: Floats) -> Floats:
    """Rate and offset of the curve through the first and the last value, as Prophet starts."""
    at, last = np.arange(d.length.size), d.length.astype(np.intp) - 1
    ends = np.clip(np.stack([d.y[:, 0], d.y[at, last]]) / cap, 0.01, 0.99)
    low, high = np.log(ends / (1 - ends))
    rate = np.where(np.abs(high - low) < 0.01, 0.01, high - low)
    b = np.zeros(d.ridge.shape)
    b[:, 0], b[:, 1] = rate, np.clip(-low / rate, -5.0, 5.0)
    return b


def _descend(d: Designs, cap: Floats, tau: float, start: float) -> tuple[Floats, Floats, Flags]:
    b, v = _start(d, cap), np.full(cap.size, start)
    damping, ok = np.full(cap.size, 1e-3), np.zeros(cap.size, dtype=np.bool_)
    live = np.arange(cap.size)
    for turn in range(ROUNDS):
        part, at, var, c = d.at(live), b[live], v[live], cap[live]
        share, residual = _fitted(part, c, at)
        line = _straightened(part, c, at, share)
        line = replace(line, y=residual + np.matmul(line.x, at[..., None])[..., 0])
        gram, cross = moments(line)
        held = damping[live, None]
        damped = replace(line, ridge=part.ridge + held)
        new, _, _ = settle(damped, (gram, cross + held * var[:, None] * at), (at, var), tau=tau, free=False)
        before = (residual**2).sum(1) / (2 * var) + _penalty(part, at, tau)
        squares = (_fitted(part, c, new)[1] ** 2).sum(1)
        after = squares / (2 * var) + _penalty(part, new, tau)
        moved = np.abs(new - at).max(1) / (1 + np.abs(at).max(1))
        lower = after <= before
        fresh = variance_of(part.length, np.where(lower, squares, (residual**2).sum(1)))
        if turn >= 5:  # the starting variance is kept for some steps, so that the starts lead to different places
            v[live] = fresh
        b[live] = np.where(lower[:, None], new, at)
        # A small step under little damping means an optimum; under much damping it means nothing.
        done = (moved < STILL) & (damping[live] < 1.0) & (np.abs(fresh / var - 1) < 1e-7) & (turn > 5)
        damping[live] = np.clip(np.where(lower, damping[live] / 5, damping[live] * 10), 1e-9, 1e12)
        ok[live[done]] = True
        live = live[~done]
        if live.size == 0:
            break
    return b, v, ok


def _straightened(d: Designs, cap: Floats, b: Floats, share: Floats) -> Designs:
    """Columns of derivatives of the curve by each coefficient."""
    steep = (cap[:, None] * share * (1 - share))[:, :, None]
    x = d.x.copy()
    x[:, :, d.hinge] *= steep
    x[:, :, 0] = steep[..., 0] * (d.x[:, :, 0] - b[:, None, 1])
    x[:, :, 1] = -steep[..., 0] * b[:, None, 0]
    return replace(d, x=x)
