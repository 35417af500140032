"""How far growth carries and how wide bands must be 7 to 17 years ahead; writes `forecast/long_horizon.csv`.

    IP_FORESIGHT_SHARED=../shared python benchmarks/long_horizon.py [--windows N] [--write]

Models are trained and calibrated on up to six steps. Here `auto` forecasts 17 years at random origins of annual World
Bank series (World Development Indicators, CC BY 4.0, years to 2005; file training/wdi_annual_to_2005.csv.gz of the
shared folder, the same as the public bulk download of the World Bank), of positive series with ten or more years before
the origin and 17 after. One indicator is at most one part in fifty of the windows. Then

- `keep`, the share of growth kept from one year to the next beyond step six, minimises the mean absolute log error of
  the median at steps 7 to 17, over series that grew by 2 to 30 percent a year before the origin (the case that matters:
  a boom that is carried on);
- `beyond`: bands are widened by an extra error, in usual yearly changes of the series, that makes the 80 percent band
  of step six hold 80 percent of these series; at step k it is that times ``beyond^((k - 6) / 6)``, chosen so that the
  bands of steps 7 to 17 hold 80 percent, over growing series again.

Half of the indicators choose, the other half is reported.
"""

from __future__ import annotations

import argparse
import csv
import os
import sys
from pathlib import Path

import numpy as np
import pandas as pd

from forecast.limits import FADE_FILE, faded, usual_change, widened
from forecast.models.auto import AUTO
from forecast.seeds import stream
from forecast.series import Series, years

STEADY, HORIZON, BEFORE, N_PATHS = 6, 17, 10, 200
KEEP = np.arange(0.80, 1.001, 0.02)
LARGE = 1e3
BEYOND = np.arange(0.7, 2.01, 0.05)


def windows(path: Path, count: int) -> list[tuple[str, np.ndarray, np.ndarray]]:
    """Draw windows: indicator, past, and the 17 years after it."""
    frame = pd.read_csv(path)
    rng = stream(1, "long horizon")
    found = []
    for (_, indicator), part in frame.groupby(["iso3", "indicator"]):
        y = part["value"].to_numpy()
        if y.size >= BEFORE + HORIZON and y.min() > 0:
            n = int(rng.integers(BEFORE, y.size - HORIZON + 1))
            found.append((str(indicator), y[max(n - 20, 0) : n], y[n : n + HORIZON]))
    order = rng.permutation(len(found))
    used: dict[str, int] = {}
    chosen = []
    for i in order:
        name = found[i][0]
        if used.get(name, 0) < max(count // 50, 1) and len(chosen) < count:
            used[name] = used.get(name, 0) + 1
            chosen.append(found[i])
    return chosen


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--windows", type=int, default=3000)
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    shared = Path(os.environ.get("IP_FORESIGHT_SHARED", Path(__file__).resolve().parents[2] / "shared"))
    source = shared / "training" / "wdi_annual_to_2005.csv.gz"
    if not source.is_file():
        sys.exit(f"{source} is not there. Set IP_FORESIGHT_SHARED to the folder that holds training/.")
    chosen = windows(source, arguments.windows)
    paths, actual, half, growing = [], [], [], []
    for i, (name, past, after) in enumerate(chosen):
        s = Series(f"w{i}", "any", "flow", years(1900, past.size), past)
        paths.append(AUTO.fit(s).forecast(HORIZON, n_paths=N_PATHS, seed=1).paths)
        actual.append(after)
        half.append(int(stream(1, "half", name).integers(2)))
        growing.append(0.02 < np.log(past[-1] / past[-6]) / 5 < 0.30)
    last = [past[-1] for _, past, _ in chosen]
    usual = [usual_change(past) for _, past, _ in chosen]
    choose, boom = np.array(half) == 0, np.array(growing)
    print(f"{len(chosen)} windows of {len({c[0] for c in chosen})} indicators, {boom.sum()} of growing series")

    def ranked(i: int, keep: float, factors: np.ndarray) -> np.ndarray:
        """Quantiles (5, horizon) of one window."""
        out = widened(faded(paths[i], last[i], steady=STEADY, keep=keep), np.tile(usual[i] * factors, (2, 1)))
        return np.quantile(out, [0.025, 0.1, 0.5, 0.9, 0.975], axis=0)

    def needed(i: int) -> float:
        """Extra width, in usual changes, with which the 80 percent band of step six just holds the actual value."""
        _, lo, mid, hi, _ = ranked(i, 1.0, np.zeros(HORIZON))[:, STEADY - 1]
        if min(lo, mid) <= 0 or usual[i] == 0:
            return LARGE
        error = np.log(actual[i][STEADY - 1] / mid)
        edge = np.log(hi / mid) if error > 0 else np.log(lo / mid)
        return float(min(np.sqrt(max(error**2 - edge**2, 0.0)) / usual[i], LARGE))

    six = float(np.quantile([needed(i) for i in np.flatnonzero(choose & boom)], 0.8))

    def measured(keep: float, beyond: float, rows: np.ndarray) -> tuple[float, ...]:
        """Mean absolute log error, its mean sign, coverage of 80 and 95 percent bands, at steps 7 to 17."""
        factors = six * beyond ** (np.maximum(np.arange(1, HORIZON + 1) - STEADY, 0) / STEADY)
        found = []
        for i in np.flatnonzero(rows):
            lo95, lo, mid, hi, hi95 = ranked(i, keep, factors)[:, STEADY:]
            a = actual[i][STEADY:]
            error = np.clip(np.log(a / np.maximum(mid, 1e-3 * last[i])), -5, 5)
            found.append((np.abs(error), error, (lo <= a) & (a <= hi), (lo95 <= a) & (a <= hi95)))
        return tuple(float(np.mean([f[k] for f in found])) for k in range(4))

    keep = float(min(KEEP, key=lambda k: measured(float(k), 1.0, choose & boom)[0]))
    beyond = float(min(BEYOND, key=lambda s: abs(measured(keep, float(s), choose & boom)[2] - 0.80)))
    print(f"extra width that step six needs here, in usual changes: {six:.2f}")
    for title, rows in (("growing, held out", ~choose & boom), ("all, held out", ~choose)):
        for k, s in ((1.0, 1.0), (keep, 1.0), (keep, beyond)):
            error, bias, c80, c95 = measured(k, s, rows)
            print(
                f"{title:18s} keep {k:.2f} beyond {s:.2f}: error {error:.3f} bias {bias:+.3f} cover {c80:.3f} {c95:.3f}"
            )
    if arguments.write:
        with FADE_FILE.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(("name", "value"))
            writer.writerows((("steady", STEADY), ("keep", f"{keep:.2f}"), ("beyond", f"{beyond:.2f}")))


if __name__ == "__main__":
    main()
