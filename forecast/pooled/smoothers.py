"""Exponential smoothing of many series on small grids of parameters, averaged by fit instead of optimised.

Every function takes ``z`` of shape (S, N, T): S scales (values, logarithms, square roots) of the same N aligned
series. Grid points are weighted by ``SSE^(-n/2)``, the likelihood of Gaussian errors with the variance profiled out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecast.pooled.aligned import Aligned, Ints
from forecast.series import Floats

SMALLEST_SQUARES = 1e-24
"""Sums of squares below this, on values of average size one, are rounding."""

THETA_ALPHA = np.linspace(0.1, 1.0, 10)
_LINE_ALPHA, _LINE_SHARE = (
    g.ravel() for g in np.meshgrid([0.05, 0.2, 0.4, 0.6, 0.8, 1.0], [0.0, 0.25, 0.5, 0.75, 1.0, 1.25], indexing="ij")
)
_HOLT_ALPHA, _HOLT_BETA, _HOLT_PHI = (
    g.ravel() for g in np.meshgrid([0.1, 0.35, 0.6, 0.85, 1.0], [0.0, 0.15, 0.4, 1.0], [0.8, 0.92, 1.0], indexing="ij")
)


@dataclass(frozen=True, eq=False)
class Smoothed:
    """Forecasts of one smoother and what its grid says of the series.

    Parameters
    ----------
    paths : array, shape (S, N, H)
        Point forecasts on the scale of `z`.
    squares : array, shape (S, N)
        Smallest sum of squared one-step errors on the grid.
    parameters : array, shape (S, N, P)
        Grid averages of the smoothing parameters.
    """

    paths: Floats
    squares: Floats
    parameters: Floats


def _weights(squares: Floats, lengths: Ints) -> Floats:
    logs = -0.5 * lengths[:, None] * np.log(np.maximum(squares, SMALLEST_SQUARES))
    out: Floats = np.exp(logs - logs.max(axis=-1, keepdims=True))
    out /= out.sum(axis=-1, keepdims=True)
    return out


def _simple(z: Floats, rows: Aligned, alpha: Floats, drift: Floats, start: Floats) -> tuple[Floats, Floats]:
    """Last levels and sums of squares of ``l = l + d + alpha e``, each of shape (S, N, G)."""
    level, squares = start.copy(), np.zeros_like(start)
    for column, m in enumerate(rows.begun):
        if m:
            ahead = level[:, :m] + drift[:, :m]
            error = z[:, :m, column, None] - ahead
            squares[:, :m] += error * error
            level[:, :m] = ahead + alpha * error
    return level, squares


def simple(z: Floats, rows: Aligned, steps: Floats) -> Smoothed:
    """Smooth exponentially, for flat forecasts (Brown 1959)."""
    first = z[:, np.arange(z.shape[1]), rows.first]
    start = np.repeat(first[..., None], THETA_ALPHA.size, axis=-1)
    level, squares = _simple(z, rows, THETA_ALPHA, np.zeros_like(start), start)
    w = _weights(squares, rows.lengths)
    return Smoothed(
        np.repeat((w * level).sum(-1)[..., None], steps.size, axis=-1),
        squares.min(-1),
        (w * THETA_ALPHA).sum(-1)[..., None],
    )


def theta(z: Floats, rows: Aligned, steps: Floats, line: tuple[Floats, Floats, Floats]) -> Smoothed:
    """Theta method: half the straight line, half the smoothed line of doubled curvature.

    Assimakopoulos & Nikolopoulos (2000), International Journal of Forecasting 16(4), 521-530. `line` holds centre,
    slope and fitted values of the least-squares line.
    """
    centre, slope, fitted = line
    bent = 2 * z - fitted
    smooth = simple(bent, rows, steps)
    half = (rows.lengths - 1) / 2
    straight = centre[..., None] + slope[..., None] * (half[:, None] + steps)
    return Smoothed(0.5 * (straight + smooth.paths), smooth.squares, smooth.parameters)


def with_share_of_line(z: Floats, rows: Aligned, steps: Floats, line: tuple[Floats, Floats, Floats]) -> Smoothed:
    """Exponential smoothing with a share of the line's slope as drift, over smoothing, share and two starts.

    What an optimised theta amounts to (Hyndman & Billah 2003, International Journal of Forecasting 19(2), 287-290).
    """
    _, slope, fitted = line
    at = np.arange(z.shape[1])
    alpha, share = np.tile(_LINE_ALPHA, 2), np.tile(_LINE_SHARE, 2)
    drift = slope[..., None] * share
    half = _LINE_ALPHA.size
    start = np.empty_like(drift)
    start[..., :half] = z[:, at, rows.first][..., None]
    start[..., half:] = fitted[:, at, rows.first][..., None]
    level, squares = _simple(z, rows, alpha, drift, start)
    w = _weights(squares, rows.lengths)
    paths = (w * level).sum(-1)[..., None] + (w * drift).sum(-1)[..., None] * steps
    return Smoothed(paths, squares.min(-1), np.stack([(w * alpha).sum(-1), (w * share).sum(-1)], -1))


def damped(z: Floats, rows: Aligned, steps: Floats, start_slope: Floats) -> Smoothed:
    """Damped trend of Gardner & McKenzie (1985), Management Science 31(10), 1237-1246, started at `start_slope`."""
    first = z[:, np.arange(z.shape[1]), rows.first]
    level = np.repeat(first[..., None], _HOLT_PHI.size, axis=-1)
    slope = np.repeat(start_slope[..., None], _HOLT_PHI.size, axis=-1)
    squares = np.zeros_like(level)
    reach = _HOLT_ALPHA * _HOLT_BETA
    for column, m in enumerate(rows.begun):
        if m:
            fading = slope[:, :m] * _HOLT_PHI
            ahead = level[:, :m] + fading
            error = z[:, :m, column, None] - ahead
            squares[:, :m] += error * error
            level[:, :m] = ahead + _HOLT_ALPHA * error
            slope[:, :m] = fading + reach * error
    w = _weights(squares, rows.lengths)
    onward = np.cumsum(_HOLT_PHI[:, None] ** steps, axis=1)
    paths = (w * level).sum(-1)[..., None] + (w * slope) @ onward
    parameters = np.stack([(w * g).sum(-1) for g in (_HOLT_ALPHA, reach, _HOLT_PHI)], -1)
    return Smoothed(paths, squares.min(-1), parameters)
