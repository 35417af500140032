"""Finding Prophet's optimum: ours over many series at once against the library's own with a pool of two processes.

    python -m benchmarks.prophet_batch --every 5 [--write]

Fits only, on the yearly series of M1, M3 and Tourism with the library's default settings; no forecasts are drawn.
"""

from __future__ import annotations

import argparse
import logging
import multiprocessing
import time

import numpy as np
import pandas as pd

from benchmarks.competitions import SETS, challenges
from benchmarks.results import machine, markdown, write_section
from forecast.models.prophet_map import designs, fit_map, objective
from forecast.series import Floats

TAU = 0.05
"""The library's default ``changepoint_prior_scale``."""

TOLERANCE = 1e-4
"""Difference in log posterior that counts as none."""


def stock(values: Floats) -> tuple[Floats, float]:
    """Fit with the library; give slope, offset, changes of the slope, and the noise variance."""
    for name in ("prophet", "prophet.plot", "cmdstanpy"):
        logging.getLogger(name).disabled = True
    import prophet

    model = prophet.Prophet(
        yearly_seasonality=False, weekly_seasonality=False, daily_seasonality=False, uncertainty_samples=0
    )
    model.fit(pd.DataFrame({"ds": pd.date_range("2000-01-01", periods=values.size, freq="D"), "y": values}))
    found = model.params
    coefficients = np.concatenate([np.ravel(found[name]) for name in ("k", "m", "delta")])
    return coefficients, float(np.ravel(found["sigma_obs"])[0]) ** 2


def main() -> None:
    """Measure both on the same series and print, or write, the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--every", type=int, default=5, help="only every so many-th series")
    parser.add_argument("--write", action="store_true", help="put the table into RESULTS.md")
    options = parser.parse_args()
    series = [np.array(c.series.values) for name in SETS for c in challenges(name, "yearly", options.every)]

    begin = time.perf_counter()
    fit = fit_map(designs(series), tau=TAU)
    ours = time.perf_counter() - begin
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        pool.map(stock, series[:2], chunksize=1)  # the library is loaded before the clock starts
        begin = time.perf_counter()
        theirs_found = pool.map(stock, series, chunksize=8)
        theirs = time.perf_counter() - begin

    gaps = np.array([
        objective(designs([y]), b[None], np.array([v]), TAU)[0] for y, (b, v) in zip(series, theirs_found, strict=True)
    ]) - fit.objective  # fmt: skip
    settled = fit.converged
    n = len(series)
    table = pd.DataFrame({
        "fit by": ["ours, one process", "the library, two processes"],
        "series": [n, n],
        "series per second": [n / ours, n / theirs],
    })  # fmt: skip
    body = (
        f"{markdown(table, {'series per second': 0})}\n\nOurs is {theirs / ours:.0f} times as fast. It did not settle "
        f"on {int((~settled).sum())} series, which the model gives to the library. On the others its objective is "
        f"worse by more than {TOLERANCE:g} on {int((gaps[settled] < -TOLERANCE).sum())}, better by more than 0.1 on "
        f"{int((gaps[settled] > 0.1).sum())}, at most by {gaps[settled].max():.1f}. Fits only, without drawing "
        f"futures.\n\n{machine('prophet', 'numpy')}"
    )
    print(body)
    if options.write:
        command = f"python -m benchmarks.prophet_batch --every {options.every} --write"
        write_section("prophet batch", "Finding Prophet's optimum over many series", command, body)


if __name__ == "__main__":
    main()
