"""Cheap point forecasts of many series at once: what the learned combination weighs."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from forecast.pooled.aligned import Aligned, Ints
from forecast.pooled.smoothers import Smoothed, damped, simple, theta, with_share_of_line
from forecast.series import Floats

LEVEL = (
    "naive", "mean of 5", "smoothing", "drift", "sure drift", "median step", "last step", "last two steps",
    "last 3 steps", "last 6 steps", "last 10 steps", "slope", "line", "theta", "damped trend", "smoothing with drift",
    "step regression", "momentum",
)  # fmt: skip
"""Worked on the values themselves."""
LOG = (
    "drift", "sure drift", "median step", "last step", "last 3 steps", "last 6 steps", "slope", "theta",
    "damped trend", "smoothing with drift", "step regression", "momentum",
)  # fmt: skip
"""Worked on logarithms too; where a value is not above zero they equal those on the values."""
ROOT = ("theta", "damped trend", "smoothing with drift")
"""Worked on square roots too; where a value is below zero they equal those on the values."""
SEASONAL = ("seasonal naive", "seasonal drift")
"""Only for frequencies with seasons."""

FARTHEST_LOG_STEP = float(np.log(4.0))
"""Logarithmic candidates grow at most as fast as the fastest step seen, and never more than fourfold a period."""
FREE_STEPS = 6
FADE = 0.9
"""After `FREE_STEPS` the allowed growth of logarithmic candidates fades by this factor a period."""


def names(season: int) -> tuple[str, ...]:
    """Give the names of the candidates, in the order of the axis.

    Examples
    --------
    >>> len(names(1)), names(4)[-1]
    (33, 'seasonal drift')
    """
    plain = LEVEL + tuple(f"{n}, log" for n in LOG) + tuple(f"{n}, root" for n in ROOT)
    return plain + SEASONAL if season > 1 else plain


@dataclass(frozen=True, eq=False)
class Candidates:
    """Candidate forecasts of N aligned series.

    Parameters
    ----------
    moves : array, shape (N, K, H)
        ``(forecast - last value) / unit``.
    unit : array, shape (N,)
        Mean absolute step of the history, in units of `size`; 1 where the history is constant.
    size : array, shape (N,)
        Mean absolute value of the history, in the unit of the series.
    constant : array of bool, shape (N,)
        Where no step differs from zero.
    scaled, logs : array, shape (N, T)
        The values over `size`, and their logarithms (zero where they have none).
    positive : array of bool, shape (N,)
        Where all values are above zero.
    parameters, squares : array, shape (N, P), (N, Q)
        Smoothing parameters and smallest sums of squared errors, for the features.
    """

    moves: Floats
    unit: Floats
    size: Floats
    constant: np.ndarray
    scaled: Floats
    logs: Floats
    positive: np.ndarray
    parameters: Floats
    squares: Floats

    def over(self, steps: int) -> Candidates:
        """Give the same with the first `steps` steps only."""
        return replace(self, moves=self.moves[:, :, :steps])


def allowance(steps: Floats) -> Floats:
    """Periods of full growth that a logarithmic candidate may make up to each step.

    Examples
    --------
    >>> allowance(np.array([1.0, 6.0, 7.0])).round(3).tolist()
    [1.0, 6.0, 6.9]
    """
    late = np.maximum(steps - FREE_STEPS, 0)
    out: Floats = np.minimum(steps, FREE_STEPS) + FADE * (1 - FADE**late) / (1 - FADE)
    return out


def straight_line(z: Floats, rows: Aligned) -> tuple[Floats, Floats, Floats]:
    """Least-squares line of each row: centre (S, N), slope (S, N) and fitted values (S, N, T)."""
    n = rows.lengths
    time = (np.arange(z.shape[-1]) - rows.first[:, None] - ((n - 1) / 2)[:, None]) * rows.present
    slope = (z * time).sum(-1) / (time * time).sum(-1)
    centre = z.sum(-1) / n
    return centre, slope, centre[..., None] + slope[..., None] * time


def middle(steps: Floats, real: np.ndarray, counts: Ints) -> Floats:
    """Median of the real entries along the last axis."""
    ordered = np.sort(np.where(real, steps, np.inf), axis=-1)
    low = np.broadcast_to(((counts - 1) // 2)[..., None], (*ordered.shape[:-1], 1))
    high = np.broadcast_to((counts // 2)[..., None], (*ordered.shape[:-1], 1))
    out: Floats = 0.5 * (np.take_along_axis(ordered, low, -1) + np.take_along_axis(ordered, high, -1))[..., 0]
    return out


def _all(z: Floats, rows: Aligned, steps: Floats) -> tuple[dict[str, Floats], dict[str, Smoothed]]:
    """Every candidate on every scale, each of shape (S, N, H), as a forecast on that scale."""
    n, width, at = rows.lengths, z.shape[-1], np.arange(z.shape[1])
    real = rows.present[:, 1:] & rows.present[:, :-1]
    d = np.diff(z, axis=-1) * real
    last, count = z[..., -1:], (n - 1)
    mean = (last[..., 0] - z[:, at, rows.first]) / count
    line = straight_line(z, rows)
    typical = middle(d, real, count)
    smooths = {
        "smoothing": simple(z, rows, steps),
        "theta": theta(z, rows, steps, line),
        "damped trend": damped(z, rows, steps, typical),
        "smoothing with drift": with_share_of_line(z, rows, steps, line),
    }

    def local(k: int) -> Floats:
        back = np.minimum(k, count)
        return (last[..., 0] - z[:, at, width - 1 - back]) / back

    off = (d - mean[..., None]) * real
    spread = (off * off).sum(-1)
    power = (d * d).sum(-1)
    r = (off[..., 1:] * off[..., :-1]).sum(-1) / (spread + 1e-12 * power + 1e-300)
    r = np.clip(r, -0.5, 0.8) * count / (n + 4.0)
    recent = d[..., -6:]
    keep = np.clip((recent[..., 1:] * recent[..., :-1]).sum(-1) / ((recent[..., :-1] ** 2).sum(-1) + 1e-300), 0.0, 0.98)
    # Squared t-statistic of the mean step: drift in so far as it is certain.
    sure = mean * mean * count / (mean * mean * count + spread / np.maximum(count - 1, 1) + 1e-300)
    two = np.minimum(2, count)
    tail = min(5, width)
    mean_of_5 = z[..., -tail:].sum(-1) / np.minimum(n, 5)
    flat = np.ones(steps.size)

    def onward(slope: Floats, by: Floats = steps) -> Floats:
        return last + slope[..., None] * by

    out = {
        "naive": last * flat,
        "mean of 5": mean_of_5[..., None] * flat,
        "drift": onward(mean),
        "sure drift": onward(mean * sure),
        "median step": onward(typical),
        "last step": onward(d[..., -1], np.cumsum(0.7**steps)),
        "last two steps": onward((last[..., 0] - z[:, at, width - 1 - two]) / two, np.cumsum(0.85**steps)),
        "last 3 steps": onward(local(3)),
        "last 6 steps": onward(local(6)),
        "last 10 steps": onward(local(10)),
        "slope": onward(line[1]),
        "line": line[0][..., None] + line[1][..., None] * (((n - 1) / 2)[:, None] + steps),
        "step regression": onward(mean) + off[..., -1:] * np.cumsum(r[..., None] ** steps, axis=-1),
        "momentum": last + d[..., -1:] * np.cumsum(keep[..., None] ** steps, axis=-1),
        **{name: s.paths for name, s in smooths.items()},
    }
    return out, smooths


def candidates(rows: Aligned, horizon: int, season: int) -> Candidates:
    """Forecast every series with every candidate.

    Parameters
    ----------
    rows : Aligned
        Seasonally adjusted histories, two values or more.
    horizon : int
        Steps ahead.
    season : int
        Periods in a cycle, 1 for annual data.

    Returns
    -------
    Candidates
        K is ``len(names(season))``.
    """
    steps = np.arange(1.0, horizon + 1)
    present, real = rows.present, rows.present[:, 1:] & rows.present[:, :-1]
    size = np.abs(rows.values).sum(1) / rows.lengths
    size = np.where(size > 0, size, 1.0)
    v = rows.values / size[:, None]
    unit = np.abs(np.diff(v, axis=1) * real).sum(1) / (rows.lengths - 1)
    constant = unit <= 1e-12
    unit = np.where(constant, 1.0, unit)
    lowest = np.where(present, v, np.inf).min(1)
    positive, whole = lowest > 1e-6, lowest >= 0
    logs = np.where(present & positive[:, None], np.log(np.where(present & positive[:, None], v, 1.0)), 0.0)
    roots = np.sqrt(np.where(whole[:, None], np.maximum(v, 0.0), 0.0))
    found, smooths = _all(np.stack([v, logs, roots]), rows, steps)
    last = v[:, -1:]
    moves = [found[name][0] - last for name in LEVEL]
    fastest = np.minimum(np.abs(np.diff(logs, axis=1) * real).max(1), FARTHEST_LOG_STEP)[:, None] * allowance(steps)
    for name in LOG:
        grown = np.clip(found[name][1] - logs[:, -1:], -fastest, fastest)
        moves.append(np.where(positive[:, None], last * np.expm1(grown), found[name][0] - last))
    for name in ROOT:
        moves.append(np.where(whole[:, None], np.maximum(found[name][2], 0.0) ** 2, found[name][0]) - last)
    if season > 1:
        ahead = np.arange(horizon)
        back = np.minimum(season, rows.lengths - 1)
        column = v.shape[1] - back[:, None] + ahead % back[:, None]
        year_ago = np.take_along_axis(v, np.minimum(column, v.shape[1] - 1), axis=1)
        moves += [year_ago - last, year_ago - last + (found["drift"][0] - last)]
    reach = 32.0 + 8.0 * steps
    stacked = np.clip(np.stack(moves, 1) / unit[:, None, None], -reach, reach)
    stacked[constant] = 0.0
    kinds = ("smoothing", "theta", "damped trend", "smoothing with drift")
    return Candidates(
        stacked, unit, size, constant, v, logs, positive,
        np.concatenate([smooths[k].parameters[s] for s in (0, 1) for k in kinds], 1),
        np.stack([smooths[k].squares[0] for k in kinds], 1),
    )  # fmt: skip
