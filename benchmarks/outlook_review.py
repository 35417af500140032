"""List every series of the baseline outlook with its bands, and flag what somebody who knows the field would doubt.

    python benchmarks/outlook_review.py [--csv FILE] [--paths N] [--flags-only]

Flags: `wide` (95th over 5th percentile above 30 in 2035), `falls` (a stock whose median falls), `fast` (median growth
above 15 percent a year over ten years), `above bound` (a share above 1), `seam` (the first forecast year departs
from the last known year by more than three times the usual yearly change), `zero` (more than a twentieth of the paths
at zero), `kink` (growth of the median turns by more than a tenth, or that of an edge of the 80 % band by more than a
quarter, from one year to the next, once nothing of any series is known).
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

from forecast.baseline import baseline_outlook
from forecast.catalog import indicators
from forecast.keys import split_key
from forecast.limits import UPPER
from forecast.outlook import Outlook

NEAR, FAR = 2030, 2035
SMALL = 20
"""Values below this turn by whole units."""


def reviewed(outlook: Outlook) -> pd.DataFrame:
    """Give one row a series: last value, medians and 80 % bands of 2030 and 2035, growth a year, flags."""
    rows = []
    for key, known in zip(outlook.keys, outlook.known_until, strict=True):
        paths = outlook.of(key)
        at = {year: paths[outlook.years.index(year)] for year in (known, known + 1, NEAR, FAR)}
        _, indicator, _ = split_key(key)
        row = indicators()[indicator]
        last = float(np.median(at[known]))
        near, far = (np.quantile(at[y], [0.1, 0.5, 0.9]) for y in (NEAR, FAR))
        past = np.median(paths[: outlook.years.index(known) + 1], axis=1)
        past = past[np.isfinite(past) & (past > 0)]
        growth = (far[1] / last) ** (1 / (FAR - known)) - 1 if last > 0 else np.nan
        flags = []
        low, high = np.quantile(at[FAR], [0.05, 0.95])
        if low <= 0 or high / low > 30:
            flags.append("wide")
        if row.measure == "stock" and growth < -0.005:
            flags.append("falls")
        if growth > 0.15:
            flags.append("fast")
        if row.unit in UPPER and paths[outlook.years.index(known) :].max() > UPPER[row.unit]:
            flags.append("above bound")
        usual = np.abs(np.diff(np.log(past)))[-6:]
        step = abs(np.log(np.median(at[known + 1]) / last)) if last > 0 and np.median(at[known + 1]) > 0 else 0.0
        if usual.size >= 2 and step > 3 * max(float(usual.mean()), 0.02):
            flags.append("seam")
        if (at[FAR] <= 0).mean() > 0.05:
            flags.append("zero")
        if kink(paths[outlook.years.index(max(known + 3, max(outlook.known_until) + 2)) :]):
            flags.append("kink")
        rows.append((key, known, last, *near, *far, growth, high / low if low > 0 else np.inf, " ".join(flags)))
    names = ["key", "known", "last", "lo30", "med30", "hi30", "lo35", "med35", "hi35", "growth", "ratio", "flags"]
    return pd.DataFrame(rows, columns=names)


def kink(paths: np.ndarray) -> bool:
    """Whether median or band edges turn sharply; paths of shape (n_years, n_paths)."""
    edges = np.quantile(paths, [0.1, 0.5, 0.9], axis=1)
    if edges.shape[1] < 3 or edges.min() < SMALL:
        return False
    turn = np.abs(np.diff(np.log(edges), 2, axis=1)).max(axis=1)
    return bool(turn[1] > 0.1 or turn[[0, 2]].max() > 0.25)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--csv", type=Path)
    parser.add_argument("--paths", type=int, default=1000)
    parser.add_argument("--flags-only", action="store_true")
    arguments = parser.parse_args()
    frame = reviewed(baseline_outlook(n_paths=arguments.paths))
    if arguments.csv:
        frame.to_csv(arguments.csv, index=False)
    shown = frame[frame["flags"] != ""] if arguments.flags_only else frame
    with pd.option_context("display.width", 220, "display.max_rows", None, "display.float_format", "{:,.4g}".format):
        print(shown.to_string(index=False))
    print(f"{len(frame)} series, {(frame['flags'] != '').sum()} flagged")


if __name__ == "__main__":
    main()
