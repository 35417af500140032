"""Backtest of the baseline outlook on the bundled Chinese series, from what was published at the time.

    python -m benchmarks.baseline_backtest [--paths N] [--write] [--calibrate]

At the end of each year from 2017 to 2023 the histories are read from the figures public by then, every series is
forecast, futures are shared and sums reconciled exactly as for the outlook; then the printed figures of later years
are compared. Targets that lie behind a change of definition which the vintage could not know are left out.

Error: mean absolute logarithm of actual over median, relative to drift on the same histories and targets. `alone` is
each series' own forecast (stocks by their flows where they are known), `reconciled` what the outlook holds. Writes its
section of RESULTS.md.

`--calibrate` writes `forecast/band_extra.csv`: for each kind of series (flow, stock, ratio; flows and stocks of rights
apart from those of drivers, the nation's rights apart from the provinces') and one to six years ahead the extra half
width (in usual yearly changes of the series) with which the 80 percent bands of the reconciled outlook hold 80 percent
of the figures (call it until nothing changes: sums narrow bands; of ratios, which no sum binds, the bands they have
alone). It is a running maximum over years ahead:
split conformal prediction on pooled errors, one score a forecast. Falls get less where one in ten figures falls out
below with less. It prints what coverage each vintage has with widths from the other vintages only. The vintages see one
stretch of history, in which stocks grew faster than before; their errors are far from independent.
"""

from __future__ import annotations

import argparse
import csv
import datetime as dt
import time

import numpy as np
import pandas as pd

from benchmarks.results import machine, markdown, write_section
from forecast.baseline import FIRST_YEAR, by_mechanism, coherent
from forecast.bases import EXACT, band_kind, bases_of
from forecast.catalog import breaks, indicators, regions
from forecast.histories import bundled_histories
from forecast.history import History
from forecast.keys import split_key
from forecast.limits import EXTRA_FILE, extra_table, usual_change
from forecast.metrics import crps
from forecast.models.drift import Drift
from forecast.seeds import DEFAULT_SEED

ORIGINS = range(2017, 2024)
LAST = 2025
UNREACHED = 1e3
SETTLED = 0.005
"""Later figures count as actual where their logarithm is known this well."""


def broken(region: str, indicator: str, origin: int, year: int) -> bool:
    """Whether a change of definition lies between the last known year and the target."""
    found = (b for b in breaks() if b.indicator == indicator and b.concerns(region) and b.before_basis != b.after_basis)
    return any(origin < b.year <= year and not b.comparable_growth_known for b in found)


def rows_of(origin: int, truth: dict[str, History], n_paths: int) -> list[dict[str, object]]:
    """Give one row a series and target year for one vintage."""
    vintage = bundled_histories(dt.date(origin, 12, 31).isoformat())
    now = max(int(h.series.periods[-1].year) for h in vintage.values())
    bases = bases_of(vintage, until=LAST, n_paths=n_paths, seed=DEFAULT_SEED, now=now)
    outlook, _ = coherent(bases, until=LAST, seed=DEFAULT_SEED)
    alone = by_mechanism(bases[0], seed=DEFAULT_SEED)
    found: list[dict[str, object]] = []
    for key, base in alone.items():
        region, indicator, _ = split_key(key)
        if key not in truth or base.known_until >= LAST:
            continue
        s = truth[key].series
        drift = Drift().fit(vintage[key].series.replaced(vintage[key].series.values))
        naive_paths = drift.forecast(LAST - base.known_until, n_paths=n_paths, seed=DEFAULT_SEED)
        for period, value, sd in zip(s.periods, s.values, s.log_sd, strict=True):
            year = int(period.year)
            if year <= base.known_until or year < FIRST_YEAR or sd > SETTLED or value <= 0:
                continue
            if broken(region, indicator, base.known_until, year):
                continue
            candidates = {
                "drift": naive_paths.paths[:, year - base.known_until - 1],
                "alone": base.paths[base.years.index(year)],
                "reconciled": outlook.of(key)[outlook.years.index(year)],
            }
            row: dict[str, object] = {
                "origin": origin, "key": key, "level": regions()[region].level, "indicator": indicator,
                "family": f"{indicators()[indicator].group} {indicators()[indicator].measure}",
                "ahead": year - base.known_until, "year": year, "kind": band_kind(key, base.series.kind),
            }  # fmt: skip
            falls, rises = extra_table()[band_kind(key, base.series.kind)]
            step = min(year - base.known_until, len(rises)) - 1
            now_extra = falls[step], rises[step]
            judged = candidates["alone" if row["kind"] == "ratio" else "reconciled"]
            row["score"] = score_of(value, judged, usual_change(base.series.values), now_extra)
            for name, paths in candidates.items():
                slack = EXACT * value  # a year known from part of it may be known exactly
                lo95, lo, middle, hi, hi95 = np.quantile(paths, [0.025, 0.1, 0.5, 0.9, 0.975])
                row[f"below {name}"] = value < lo - slack
                row[f"crps {name}"] = float(crps(np.log(np.maximum(paths[:, None], 1e-3 * value)), np.log([value]))[0])
                row[f"error {name}"] = abs(np.log(value / max(middle, 1e-3 * value)))
                row[f"bias {name}"] = np.log(value / max(middle, 1e-3 * value))
                row[f"in80 {name}"] = lo - slack <= value <= hi + slack
                row[f"in95 {name}"] = lo95 - slack <= value <= hi95 + slack
            found.append(row)
    return found


def score_of(value: float, paths: np.ndarray, usual: float, now: tuple[float, float]) -> float:
    """Give the extra half width, in usual changes, with which the 80 percent band would just hold a value.

    Negative for a value below the median. `now` is the extra width that the paths have already, falls and rises.
    """
    lo, middle, hi = np.quantile(paths, [0.1, 0.5, 0.9])
    if min(lo, middle) <= 0 or usual == 0:
        return UNREACHED
    error = np.log(value / middle)
    edge, has = (np.log(hi / middle), now[1]) if error > 0 else (np.log(lo / middle), now[0])
    needed = np.sqrt(max(error**2 - edge**2 + (has * usual) ** 2, 0.0)) / usual
    return float(np.sign(error) * min(needed, UNREACHED))


def widths_of(frame: pd.DataFrame) -> pd.DataFrame:
    """Give extra widths of falls and rises by kind and years ahead (six stands for six and more)."""
    groups = frame.groupby(["kind", "years ahead"])["score"]
    both = groups.agg(lambda s: s.abs().quantile(0.8)).groupby(level=0).cummax()
    below = groups.agg(lambda s: (-s).clip(lower=0).quantile(0.9)).groupby(level=0).cummax()
    return pd.DataFrame({"fall": np.minimum(both, below), "rise": both})


def calibrate(frame: pd.DataFrame) -> None:
    """Write the widths, and print the coverage that each vintage has with those of the others."""
    widths = widths_of(frame)
    shares = []
    for origin, part in frame.groupby("origin"):
        index = pd.MultiIndex.from_frame(part[["kind", "years ahead"]])
        others = widths_of(frame[frame["origin"] != origin]).reindex(index)
        score = part["score"].to_numpy()
        held = (score <= others["rise"].to_numpy()) & (-score <= others["fall"].to_numpy())
        shares.append((origin, len(part), float(held.mean())))
    print(pd.DataFrame(shares, columns=["vintage", "n", "coverage of 80 percent bands, widths of other vintages"]))
    with EXTRA_FILE.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("kind", "ahead", "fall", "rise"))
        rows = zip(widths.index, widths.to_numpy(), strict=True)
        writer.writerows((*at, *(f"{value:.3f}" for value in both)) for at, both in rows)
    print(widths.unstack().round(2).to_string())


def summed(frame: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Give errors relative to drift, coverage and bias of the reconciled outlook by group."""
    out = []
    for name, part in frame.groupby(by, sort=True):
        drift = part["error drift"].mean()
        out.append((
            *(name if isinstance(name, tuple) else (name,)), len(part), drift,
            part["error alone"].mean() / drift, part["error reconciled"].mean() / drift,
            part["crps alone"].mean() / part["crps drift"].mean(),
            part["crps reconciled"].mean() / part["crps drift"].mean(),
            part["bias reconciled"].mean(),
            100 * part["in80 alone"].mean(), 100 * part["in80 reconciled"].mean(),
            100 * part["in95 alone"].mean(), 100 * part["in95 reconciled"].mean(),
            100 * part["below reconciled"].mean(),
        ))  # fmt: skip
    return pd.DataFrame(out, columns=[
        *by, "n", "drift", "alone", "reconciled", "CRPS alone", "CRPS rec.", "bias", "80 alone", "80 rec.",
        "95 alone", "95 rec.", "below 80",
    ])  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--paths", type=int, default=300)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--calibrate", action="store_true")
    parser.add_argument("--origins", type=int, nargs="+", default=list(ORIGINS), help="years at whose end to stand")
    parser.add_argument("--csv")
    arguments = parser.parse_args()
    begin = time.perf_counter()
    truth = bundled_histories()
    frame = pd.DataFrame([row for origin in arguments.origins for row in rows_of(origin, truth, arguments.paths)])
    if arguments.csv:
        frame.to_csv(arguments.csv, index=False)
    frame["years ahead"] = np.minimum(frame["ahead"], 6)
    frame["all"] = "all"
    if arguments.calibrate:
        calibrate(frame)
        return
    digits = dict.fromkeys(("drift", "alone", "reconciled", "CRPS alone", "CRPS rec.", "bias"), 3) | dict.fromkeys(
        ("80 alone", "80 rec.", "95 alone", "95 rec.", "below 80"), 0
    )
    groups = ("level", "years ahead", "family", "origin", "all")
    body = [
        f"{len(frame)} forecasts of {frame['key'].nunique()} series from {len(arguments.origins)} vintages (end of "
        f"{arguments.origins[0]} to end of {arguments.origins[-1]}), {arguments.paths} paths. `drift`: its mean "
        "absolute log error; `alone`, `reconciled`: errors relative to it; `CRPS`: of logarithms, relative to drift's; "
        "`bias`: mean log of actual over median; `80`, `95`: percent of actual figures inside the bands; `below 80`: "
        "percent below the reconciled 80 percent band (10 is right). Six years ahead stands for six and more.",
        *(markdown(summed(frame, [name]), digits) for name in groups),
        machine("numpy", "pandas"),
    ]
    print("\n\n".join(body))
    print(f"{time.perf_counter() - begin:.0f} s")
    if arguments.write:
        command = "python -m benchmarks.baseline_backtest --write"
        write_section("baseline", "Baseline outlook on the bundled series, by vintage", command, "\n\n".join(body))


if __name__ == "__main__":
    main()
