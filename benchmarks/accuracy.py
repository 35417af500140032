"""Accuracy, bands, time and memory of our models and of the peers on competition series.

Run ``python -m benchmarks.accuracy --help``. Each model runs in a process of its own, so time and peak memory are its
own, libraries included. Where a model gives nothing, drift's forecast is counted for it, and how often is said.
"""

from __future__ import annotations

import argparse
import os
import resource
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context

import numpy as np
import pandas as pd

from benchmarks.bars import verdicts
from benchmarks.competitions import ALIAS, SETS, Challenge, bundled, challenges, inside
from benchmarks.contenders import CONTENDERS, MEDIAN_OF, every_of
from benchmarks.results import machine, markdown, write_section
from forecast.metrics import interval_score, naive_scale, smape
from forecast.series import Floats

Forecasts = dict[str, Floats | None]
"""Forecast by name of challenge, nothing where the model failed."""


@dataclass(frozen=True, eq=False)
class Run:
    """What one contender gave: forecasts of all sets, reasons of failures, seconds and memory."""

    name: str
    forecasts: Forecasts
    failures: list[str]
    seconds: float
    megabytes: float


def asked(frequency: str, every: int) -> dict[str, list[Challenge]]:
    """Give challenges by set: of competitions, inside their training parts (``yearly-training``), or ``bundled``."""
    if frequency == "bundled":
        return bundled(every)
    alias, _, part = frequency.partition("-")
    found = {one: challenges(one, alias, every) for one in SETS}
    return {one: inside(these) for one, these in found.items()} if part else found


def measured(name: str, frequency: str, every: int) -> Run:
    """Forecast all sets with one contender; meant for a process of its own."""
    these = [challenge for found in asked(frequency, every).values() for challenge in found]
    began = time.perf_counter()
    forecast = CONTENDERS[name].load()
    found = forecast([c.series for c in these], [c.future.size for c in these])
    seconds = time.perf_counter() - began
    failures = [one for one in found if isinstance(one, str)]
    named = {c.name: None if isinstance(one, str) else one for c, one in zip(these, found, strict=True)}
    return Run(name, named, failures, seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def alone(name: str, frequency: str, every: int) -> Run:
    """Run `measured` in a new process with one thread."""
    os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"))
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(measured, name, frequency, every).result()


def median_of(runs: dict[str, Run]) -> Run | None:
    """Give the median of the statsforecast members as a run of its own, on the series that all of them were run on."""
    members = [runs[name] for name in MEDIAN_OF if name in runs]
    if len(members) < len(MEDIAN_OF):
        return None
    forecasts: Forecasts = {}
    for name in members[0].forecasts:
        if all(name in run.forecasts for run in members):
            kept = [one for run in members if (one := run.forecasts[name]) is not None]
            forecasts[name] = np.median(kept, axis=0) if kept else None
    seconds = sum(run.seconds * len(forecasts) / len(run.forecasts) for run in members)
    return Run("sf_median", forecasts, [], seconds, max(run.megabytes for run in members))


def errors(run: Run, drift: Run, given: dict[str, list[Challenge]]) -> pd.DataFrame:
    """Errors of each challenge the run has, in place of failures those of drift; a constant past has no scale."""
    rows = []
    for one, these in given.items():
        for challenge in these:
            if challenge.name not in run.forecasts:
                continue
            found = run.forecasts[challenge.name]
            middle, *edges = drift.forecasts[challenge.name] if found is None else found  # type: ignore[misc]  # drift never fails
            y, past = challenge.future, challenge.series
            scale = naive_scale(past.values, past.season)
            if scale == 0:
                continue
            row: dict[str, object] = {"set": one, "name": challenge.name, "smape": float(smape(middle, y))}
            row["mase"] = np.mean(np.abs(middle - y)) / scale
            for level, low, high in ((80, *edges[:2]), (95, *edges[2:])):
                row[f"cov{level}"] = np.mean((y >= low) & (y <= high))
                row[f"msis{level}"] = np.mean(interval_score(low, high, y, level)) / scale
            rows.append(row)
    return pd.DataFrame(rows).set_index("name")


def source_of(name: str) -> str:
    """Say whose model a run is of."""
    if name in CONTENDERS:
        return CONTENDERS[name].source
    return "statsforecast" if name.startswith("sf_") else "IP Foresight"


def report(runs: dict[str, Run], given: dict[str, list[Challenge]]) -> pd.DataFrame:
    """Table of results, best first: means over series by set, and over sets."""
    drift = errors(runs["drift"], runs["drift"], given)
    rows = []
    for name, run in runs.items():
        mine = errors(run, runs["drift"], given)
        # a slow model may have met no series of a small set
        by_set = mine.groupby("set").mean().reindex(list(given))
        drift_by_set = drift.loc[mine.index].groupby("set").mean().reindex(list(given))
        ratios = by_set[["smape", "mase"]] / drift_by_set[["smape", "mase"]]
        row: dict[str, object] = {
            "model": name,
            "of": source_of(name),
            "relative": float(np.nanmean(ratios.to_numpy())),
        }
        for one in given:
            row[f"{one} sMAPE"] = float(by_set.loc[one, "smape"])
            row[f"{one} MASE"] = float(by_set.loc[one, "mase"])
        for column in ("cov80", "cov95", "msis80", "msis95"):
            row[column] = float(by_set[column].mean())
        row |= {"series": len(mine), "failed": len(run.failures), "s": run.seconds, "MB": run.megabytes}
        row["ms each"] = 1000 * run.seconds / len(mine)
        rows.append(row)
    return pd.DataFrame(rows).sort_values("relative", ignore_index=True)


def bands(runs: dict[str, Run], given: dict[str, list[Challenge]]) -> pd.DataFrame:
    """Coverage in percent and mean scaled interval score of each set, in the order of `runs`."""
    rows = []
    for name, run in runs.items():
        by_set = errors(run, runs["drift"], given).groupby("set").mean(numeric_only=True)
        row: dict[str, object] = {"model": name}
        for column, scale in (("cov80", 100), ("cov95", 100), ("msis95", 1)):
            row |= {f"{one} {column}": float(by_set.loc[one, column] * scale) for one in by_set.index}
        rows.append(row)
    return pd.DataFrame(rows)


FREQUENCIES = [*ALIAS, *(f"{alias}-training" for alias in ALIAS), "bundled"]

DIGITS = {"relative": 3, "cov80": 3, "cov95": 3, "msis80": 1, "msis95": 1, "s": 1, "ms each": 2, "MB": 0} | {
    f"{one} {column}": 1 for one in (*SETS, "patents", "drivers", "others") for column in ("cov80", "cov95", "msis95")
}

NOTES = """
`relative` is the mean over the sets of sMAPE and MASE, each divided by those of drift on the same series (lower
is better, drift is 1). `cov` is the share of outcomes inside the band, mean of sets (nominal 0.80 and 0.95); `msis` the
mean scaled interval score, mean of sets. MASE is scaled by the mean absolute (seasonal) change of the whole history.
`failed` counts series a model gave nothing for; drift's forecast stands in. `s` includes loading the model's libraries,
`MB` is the peak of the model's process. Slow models were run on every so many-th series only where `series` is smaller;
their `relative` compares with drift on those. `auto` goes through its door for many series and gives points and bands,
as the peers do; `auto_paths` draws 1,000 paths of each series besides. `sf_median` is the median of AutoETS,
DynamicOptimizedTheta, AutoCES and AutoARIMA of statsforecast, quantile by quantile. The competitions carry no calendar:
`auto` was trained on their training parts and on World Bank series to 2005, whose years overlap the test years.
"""


def unfit(frequency: str) -> tuple[str, ...]:
    """Give the contenders that do not forecast series of a frequency, or were never meant to."""
    return (
        ("seasonal_naive",) if frequency.startswith(("yearly", "bundled")) else ("gm11", "logistic", "gompertz", "bass")
    )


def main() -> None:
    """Measure, print and, if asked for, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", default="", help=f"comma-separated, of {', '.join(CONTENDERS)}; default all")
    parser.add_argument("--frequency", default="yearly", choices=FREQUENCIES)
    parser.add_argument("--every", type=int, default=1, help="only every so many-th series, for all models")
    parser.add_argument("--full", action="store_true", help="slow models on all series, too")
    parser.add_argument("--write", action="store_true", help="write the section of RESULTS.md")
    args = parser.parse_args()
    wanted = [name for name in args.models.split(",") if name] or [
        name for name in CONTENDERS if name not in unfit(args.frequency)
    ]
    unknown = sorted(set(wanted) - set(CONTENDERS))
    if unknown:
        parser.error(f"unknown models {', '.join(unknown)}; known: {', '.join(CONTENDERS)}")
    runs: dict[str, Run] = {}
    for name in dict.fromkeys(["drift", *wanted]):
        every = args.every * (1 if args.full else every_of(name, args.frequency))
        runs[name] = alone(name, args.frequency, every)
        hint = f" (for example: {runs[name].failures[0][:90]})" if runs[name].failures else ""
        print(f"{name}: {runs[name].seconds:.1f} s, {len(runs[name].failures)} failed{hint}", flush=True)
    median = median_of(runs)
    if median is not None:
        runs[median.name] = median
    given = asked(args.frequency, args.every)
    table = report(runs, given)
    print(table.round(3).to_string(index=False))
    by_set = bands({name: runs[name] for name in table["model"]}, given)
    print(by_set.round(1).to_string(index=False))
    parts = [markdown(table, DIGITS), NOTES.strip(), "Bands by set:", markdown(by_set, DIGITS)]
    if args.frequency == "yearly" and "auto" in runs:
        parts += ["Bars that the project set itself:", *verdicts(table, by_set)]
        print("\n".join(parts[5:]))
    if args.write:
        options = f" --frequency {args.frequency}" + (f" --every {args.every}" if args.every > 1 else "")
        options += (" --full" if args.full else "") + (f" --models {args.models}" if args.models else "")
        body = "\n\n".join([*parts, machine("statsforecast", "statsmodels", "prophet", "numpy")])
        alias, _, part = args.frequency.partition("-")
        title = f"Accuracy on {alias} series of M1, M3 and Tourism" + (", inside their training parts" if part else "")
        if alias == "bundled":
            title = "Accuracy on the bundled Chinese series, by rolling origin"
        write_section(f"accuracy {args.frequency}", title, f"python -m benchmarks.accuracy{options} --write", body)


if __name__ == "__main__":
    main()
