"""Estimate what forecast errors of different series have in common, and write `forecast/futures.csv`.

    python benchmarks/shared_futures.py [--write]

For every bundled history with enough printed years, forecasts are made at each origin from 2013 to 2020 from the years
before, and the error of a window is the mean logarithm of actual over forecast one to three years ahead. Errors are
divided by the root mean square of their series, and no mean is taken off: a bias that all series of a family share, and
that nobody could have known at the origin, is the most common of all futures. (Centred errors gave a correlation of
0.40 within an indicator in place of 0.61, and bands of the nation that held 69 percent of figures in place of 80.)
Products of two series' errors at the same origin estimate their correlation; averages over pairs of a kind (same
indicator, same family, same region, ...) are explained by components of variance: least squares without negative
shares.
"""

from __future__ import annotations

import argparse
import csv
from itertools import combinations

import numpy as np
from scipy.optimize import nnls

from forecast.bases import EXACT
from forecast.catalog import NATION, indicators
from forecast.futures import COMPONENTS, SHARES_FILE
from forecast.histories import bundled_histories
from forecast.keys import split_key
from forecast.models.auto import AUTO
from forecast.seeds import DEFAULT_SEED

ORIGINS = range(2013, 2021)
AHEAD = 3
LEAST_YEARS = 5
LEAST_ORIGINS = 6


def errors() -> dict[str, np.ndarray]:
    """Give standardised errors by series, one an origin; NaN where a window is not printed."""
    found = {}
    for key, history in bundled_histories().items():
        s = history.series
        scope = split_key(key)[2]
        if scope not in ("resident", "total", "domestic_ex_hkmotw", "domestic") or s.values.min() <= 0:
            continue
        if key.startswith(f"{NATION}.") and len(key.split(".")) == 3 and f"{NATION}.{s.indicator}" in found:
            continue  # one scope speaks for the nation
        rows = []
        for origin in ORIGINS:
            n = int(np.sum(s.periods.year <= origin))
            printed = s.log_sd[max(n - LEAST_YEARS, 0) : n + AHEAD] <= EXACT
            if n < LEAST_YEARS or n + AHEAD > s.n or not printed.all():
                rows.append(np.nan)
                continue
            past = s.until(s.periods[n - 1])
            median = AUTO.fit(past).forecast(AHEAD, n_paths=100, seed=DEFAULT_SEED).median
            rows.append(float(np.mean(np.log(s.values[n : n + AHEAD] / np.maximum(median, 1e-9)))))
        error = np.array(rows)
        if np.isfinite(error).sum() >= LEAST_ORIGINS:
            found[key] = error
    return {key: error / np.sqrt(np.nanmean(error**2)) for key, error in found.items()}


def family_of(indicator: str) -> str:
    """Give group and measure of an indicator."""
    row = indicators()[indicator]
    return f"{row.group}.{row.measure}"


def kind_of(a: str, b: str) -> tuple[bool, bool, bool, bool]:
    """Say what two series share: nation and province, indicator, family, region."""
    (ra, ia, _), (rb, ib, _) = split_key(a), split_key(b)
    return (NATION in (ra, rb), ia == ib, family_of(ia) == family_of(ib), ra == rb)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    z = errors()
    pairs: dict[tuple[bool, bool, bool, bool], list[float]] = {}
    for a, b in combinations(z, 2):
        product = z[a] * z[b]
        if np.isfinite(product).sum() >= LEAST_ORIGINS:
            pairs.setdefault(kind_of(a, b), []).append(float(np.nanmean(product)))
    print(f"{len(z)} series, {sum(map(len, pairs.values()))} pairs")
    for kind, found in sorted(pairs.items()):
        print(
            dict(zip(("nation", "indicator", "family", "region"), kind, strict=True)),
            len(found),
            np.mean(found).round(3),
        )

    rows, wanted = [], []
    for (nation, same, family, region), found in pairs.items():
        if not nation:
            rows.append([1.0, float(family), float(same), float(region), float(region and family)])
            wanted.append(float(np.mean(found)))
    share, _ = nnls(np.array(rows), np.array(wanted))
    common = share[0] + share[1] + share[2]
    met = float(np.mean(pairs[True, True, True, False]))
    nation = min(met**2 / common, 0.95)
    table = [*zip(COMPONENTS, share, strict=True), ("nation", nation)]
    for name, value in table:
        print(f"{name:15s} {value:.3f}")
    if arguments.write:
        with SHARES_FILE.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(("component", "share"))
            writer.writerows((name, f"{value:.4f}") for name, value in table)


if __name__ == "__main__":
    main()
