"""Scale-free numbers that say what kind of series one has, for many series at once."""

from __future__ import annotations

import numpy as np

from forecast.pooled.aligned import Aligned
from forecast.pooled.candidates import Candidates, names
from forecast.series import Floats

SEEN_STEPS, SEEN_LOG_STEPS = 8, 4
LOOKED_AT = (0, 2, 5)
"""Steps (from zero) at which the gate sees the candidates themselves."""
PAST_ORIGINS = 12
"""Latest origins inside the history on which naive, drift and last 3 steps are tried."""

_OWN = (
    "mean step", "spread of steps", "length", "autocorrelation 1", "autocorrelation 2", "mean log step",
    "spread of log steps", "step over level", "last 4 step sizes", "last 2 step sizes", "share of rises",
    "certainty of drift", "below maximum", "above minimum", "not positive", "recent slope over whole",
    "recent log steps over whole", "largest step", "zero steps", "last step over largest before",
    "shrinking of steps",
)  # fmt: skip
_TRIED = tuple(f"past {what}, {h} ahead" for h in (1, 3) for what in ("drift/naive", "last 3/naive", "naive"))
_GRID = tuple(
    f"{name}{scale}" for scale in ("", ", log")
    for name in (
        "alpha", "alpha of theta", "alpha of damped", "reach of damped", "phi of damped", "alpha of line",
        "share of line",
    )
)  # fmt: skip
_FIT = ("fit of smoothing", "fit of theta", "fit of damped", "fit of smoothing with drift", "fit of drift")


def feature_names(season: int) -> tuple[str, ...]:
    """Give the names of the gate's inputs, in order.

    Examples
    --------
    >>> feature_names(1)[0], len(feature_names(1))
    ('step 8 back', 161)
    """
    steps = tuple(f"step {SEEN_STEPS - i} back" for i in range(SEEN_STEPS))
    logs = tuple(f"log step {SEEN_LOG_STEPS - i} back" for i in range(SEEN_LOG_STEPS))
    seen = tuple(f"{name} at {k + 1}" for name in names(season) for k in LOOKED_AT)
    apart = tuple(f"disagreement at {k + 1}" for k in LOOKED_AT)
    return (*steps, *logs, *_OWN, *_TRIED, *_GRID, *_FIT, *seen, *apart, "level over step")


def _tail(x: Floats, width: int) -> Floats:
    out = np.zeros((x.shape[0], width))
    k = min(width, x.shape[1])
    if k:
        out[:, width - k :] = x[:, x.shape[1] - k :]
    return out


def _autocorrelation(off: Floats, lag: int) -> Floats:
    out: Floats = (off[:, lag:] * off[:, :-lag]).sum(1) / ((off * off).sum(1) + 1e-9)
    return out


def _past_errors(w: Floats, rows: Aligned, ahead: int) -> Floats:
    """Log errors of drift and last 3 steps over naive, and of naive, `ahead` steps after past origins, (N, 3)."""
    width, at = w.shape[1], np.arange(w.shape[0])
    naive, drift, local, tried = (np.zeros(w.shape[0]) for _ in range(4))
    for back in range(ahead, ahead + PAST_ORIGINS):
        origin = width - 1 - back
        if origin < 2:
            break
        known = rows.lengths - back
        use = known >= 3
        if not use.any():
            break
        here = w[:, origin]
        happened = w[:, origin + ahead] - here
        slope = (here - w[at, np.minimum(rows.first, origin - 1)]) / np.maximum(known - 1, 1)
        few = np.clip(known - 1, 1, 3)
        recent = (here - w[at, np.maximum(origin - few, 0)]) / few
        naive += use * np.abs(happened)
        drift += use * np.abs(happened - ahead * slope)
        local += use * np.abs(happened - ahead * recent)
        tried += use
    some = tried > 0
    n, d, l = (x / np.maximum(tried, 1) + 0.05 for x in (naive, drift, local))
    return np.stack([np.log(d / n), np.log(l / n), np.log(n)], 1) * some[:, None]


def features(rows: Aligned, found: Candidates) -> Floats:
    """Describe every series.

    Parameters
    ----------
    rows : Aligned
        The histories that `found` came from.
    found : Candidates
        With a horizon of six or more.

    Returns
    -------
    array, shape (N, len(feature_names(season)))
        Zero for constant series.
    """
    real = rows.present[:, 1:] & rows.present[:, :-1]
    counts = rows.lengths - 1
    v = found.scaled / found.unit[:, None]
    d = np.diff(v, axis=1) * real
    ld = np.diff(found.logs, axis=1) * real
    mean, log_mean = d.sum(1) / counts, ld.sum(1) / counts
    off, log_off = (d - mean[:, None]) * real, (ld - log_mean[:, None]) * real
    spread = np.sqrt((off * off).sum(1) / counts)
    n = rows.lengths.astype(float)

    def mean_size(x: Floats, k: int) -> Floats:
        out: Floats = np.abs(x[:, -k:]).sum(1) / np.minimum(counts, k)
        return out

    third = np.maximum(2, rows.lengths // 3)
    age = np.arange(d.shape[1])[::-1]
    recent = (d * (age < third[:, None])).sum(1) / np.minimum(third, counts)
    log_size = np.abs(ld).sum(1) / counts
    last = v[:, -1]
    top = np.where(rows.present, v, -np.inf).max(1)
    bottom = np.where(rows.present, v, np.inf).min(1)
    before = np.abs(d[:, :-1]).max(1) if d.shape[1] > 1 else np.ones(d.shape[0])
    own = np.stack([
        mean, spread, np.log(n) - 3, _autocorrelation(off, 1), _autocorrelation(off, 2),
        np.clip(log_mean * 5, -4, 4), np.clip(np.sqrt((log_off**2).sum(1) / counts) * 5, 0, 6),
        -np.log(np.clip(np.abs(last), 0.1, 1e4)) + 2.5,
        np.log(mean_size(d, 4) + 0.05), np.log(mean_size(d, 2) + 0.05), ((d > 0) * real).sum(1) / counts - 0.5,
        np.sign(mean) * np.log1p(np.abs(mean) * np.sqrt(counts) / (spread + 0.05)),
        (last - top) / 5, (last - bottom) / np.sqrt(n), found.positive - 1.0, recent - mean,
        np.clip(np.log(log_size + 1e-6) - np.log(mean_size(ld, 4) + 1e-6), -3, 3),
        np.log(np.abs(d).max(1) + 0.05), ((np.abs(d) < 1e-9) & real).sum(1) / counts,
        np.clip(np.sign(d[:, -1]) * np.log1p(np.abs(d[:, -1]) / (before + 0.05)), -3, 3),
        np.log((mean_size(d, 3) + 0.01) / (mean_size(d, 8) + 0.01)),
    ], 1)  # fmt: skip
    tried = np.concatenate([_past_errors(v, rows, h) for h in (1, 3)], 1)
    walk = (d * d).sum(1) + 1e-3
    fits = np.clip(np.log((found.squares / found.unit[:, None] ** 2 + 1e-3) / walk[:, None]), -4, 2)
    drift_fit = np.clip(np.log(((off * off).sum(1) + 1e-3) / walk), -4, 0)
    seen = found.moves[:, :, list(LOOKED_AT)]
    apart = np.log(np.diff(np.quantile(seen, (0.25, 0.75), axis=1), axis=0)[0] + 0.05)
    seen = (np.sign(seen) * np.log1p(np.abs(seen))).reshape(len(seen), -1)
    level = np.log(np.clip(np.abs(last), 0.1, 1e4))
    out = np.concatenate([
        np.clip(_tail(d, SEEN_STEPS), -8, 8), np.clip(_tail(ld, SEEN_LOG_STEPS) * 5, -4, 4), own, tried,
        np.clip(found.parameters, -3, 3), fits, drift_fit[:, None], seen, apart, level[:, None],
    ], 1)  # fmt: skip
    out[found.constant] = 0.0
    return out
