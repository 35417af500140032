"""Prophet over many series: ours against the library's own, each with two processes, on the same series.

    python -m benchmarks.prophet_batch --every 5 [--write]

The yearly series of M1, M3 and Tourism with the library's default settings, fitted and forecast six periods ahead with
1,000 draws for the bands; and the objective of both solutions, by one formula.
"""

from __future__ import annotations

import argparse
import logging
import multiprocessing
import time
import warnings
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.competitions import SETS, challenges
from benchmarks.results import machine, markdown, write_section
from forecast.export import summary_of
from forecast.models.prophet import Prophet
from forecast.models.prophet_design import designs
from forecast.models.prophet_map import fit_map, objective
from forecast.series import Floats, Series

TAU = 0.05
"""The library's default ``changepoint_prior_scale``."""
TOLERANCE = 1e-4
"""Difference in log posterior that counts as none."""
AHEAD, PATHS, LEVELS = 6, 1000, (80.0, 95.0)
PROCESSES = 2


def stock(values: Floats) -> tuple[Floats, float, float]:
    """Fit and forecast with the library; give coefficients, noise variance, and seconds for the fit."""
    for name in ("prophet", "prophet.plot", "cmdstanpy"):
        logging.getLogger(name).disabled = True
    warnings.simplefilter("ignore")
    import prophet

    begin = time.perf_counter()
    model = prophet.Prophet(
        yearly_seasonality=False, weekly_seasonality=False, daily_seasonality=False, uncertainty_samples=PATHS
    )
    model.fit(pd.DataFrame({"ds": pd.date_range("2000-01-01", periods=values.size, freq="D"), "y": values}))
    fit = time.perf_counter() - begin
    model.predict(model.make_future_dataframe(AHEAD, include_history=False))
    found = model.params
    coefficients = np.concatenate([np.ravel(found[name]) for name in ("k", "m", "delta")])
    return coefficients, float(np.ravel(found["sigma_obs"])[0]) ** 2, fit


def ours(series: list[Series]) -> int:
    """Fit and forecast all with the model that the batch uses; give how many the exact search left to Stan."""
    fits = Prophet(changepoint_prior_scale=TAU).fit_many(series)
    left = 0
    for fit in fits:
        assert not isinstance(fit, Exception)
        left += bool(fit.notes)
        summary_of(fit.forecast(AHEAD, n_paths=PATHS, seed=1), LEVELS)
    return left


def timed(work: Any, tasks: list[Any], chunk: int) -> tuple[list[Any], float]:
    """Run tasks in a pool whose processes have loaded everything before the clock starts."""
    with multiprocessing.get_context("spawn").Pool(PROCESSES) as pool:
        pool.map(work, tasks[:PROCESSES], chunksize=1)
        begin = time.perf_counter()
        found = pool.map(work, tasks, chunksize=chunk)
        return found, time.perf_counter() - begin


def main() -> None:
    """Measure both on the same series and print, or write, the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--every", type=int, default=5, help="only every so many-th series")
    parser.add_argument("--write", action="store_true", help="put the table into RESULTS.md")
    options = parser.parse_args()
    series = [c.series for name in SETS for c in challenges(name, "yearly", options.every)]
    values = [np.array(s.values) for s in series]

    begin = time.perf_counter()
    Prophet(changepoint_prior_scale=TAU).fit_many(series)
    alone = time.perf_counter() - begin
    fit = fit_map(designs(values), tau=TAU)
    # A partition for each process, as the batch has them.
    left, seconds = timed(ours, [series[i::PROCESSES] for i in range(PROCESSES)], 1)
    theirs, stock_seconds = timed(stock, values, 8)

    problem = designs(values)
    stans = np.zeros_like(fit.coefficients)
    for i, (b, _, _) in enumerate(theirs):
        stans[i, : b.size] = b
    gaps = objective(problem, stans, np.array([v for _, v, _ in theirs]), TAU) - fit.objective
    n = len(series)
    fits = sum(one[2] for one in theirs)
    table = pd.DataFrame({
        "what": ["ours, two processes", "the library, two processes", "ours, fits only, one process",
                 "the library, fits only, seconds of both processes"],
        "series": n,
        "milliseconds a series": [1000 * s / n for s in (seconds, stock_seconds, alone, fits)],
    })  # fmt: skip
    body = (
        f"{markdown(table, {'milliseconds a series': 2})}\n\nOurs is {stock_seconds / seconds:.0f} times as fast as "
        f"the library on the same two processors, fit and {PATHS} draws over {AHEAD} periods included. The exact "
        f"search left {sum(left)} series to the library. Its objective is worse than Stan's by more than "
        f"{TOLERANCE:g} on {int((gaps < -TOLERANCE).sum())} series, better by more than 0.1 on "
        f"{int((gaps > 0.1).sum())}, at most by {gaps.max():.1f}.\n\n{machine('prophet', 'numpy')}"
    )
    print(body)
    if options.write:
        command = f"python -m benchmarks.prophet_batch --every {options.every} --write"
        write_section("prophet batch", "Prophet over many series", command, body)


if __name__ == "__main__":
    main()
