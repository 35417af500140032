"""A peer over many series, in a process of its own; prints the seconds its library's own call took.

    python -m benchmarks.batch_peers AutoETS in.parquet 5 2

The arguments: the peer, a long table, how many-th series to take, processes.
"""

from __future__ import annotations

import logging
import multiprocessing
import sys
import time
import warnings
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.batch_scale import ENSEMBLE, HORIZON, LEVELS

SAMPLES = 1000


def statsforecast(table: pd.DataFrame, names: tuple[str, ...], processes: int) -> float:
    """Forecast with the library's own loop over series and its own pool; the median of several models, if several."""
    from statsforecast import StatsForecast, models

    members = [getattr(models, name)(season_length=1) for name in names]
    columns = [str(member) for member in members]  # some call their results otherwise than their class
    # Compiled code is read, and processes warm, before the clock starts.
    few = table[table["unique_id"].isin(table["unique_id"].unique()[: 2 * processes])]
    for data in (few, table):
        began = time.perf_counter()
        library = StatsForecast(models=members, freq=1, n_jobs=processes)
        found = library.forecast(df=data, h=HORIZON, level=list(LEVELS))
        if len(names) > 1:
            for end in ("", *(f"-{side}-{level}" for level in LEVELS for side in ("lo", "hi"))):
                found[f"median{end}"] = found[[f"{column}{end}" for column in columns]].median(axis=1)
    return time.perf_counter() - began


def one_by_prophet(table: pd.DataFrame) -> np.ndarray:
    """Forecast one series as the library's users do, with its default settings."""
    for name in ("prophet", "cmdstanpy"):
        logging.getLogger(name).disabled = True
    warnings.simplefilter("ignore")
    import prophet

    model = prophet.Prophet(uncertainty_samples=SAMPLES).fit(table)
    future = model.make_future_dataframe(HORIZON, freq="YS", include_history=False)
    samples = model.predictive_samples(future)["yhat"]
    chances = [q for level in LEVELS for q in (0.5 - level / 200, 0.5 + level / 200)]
    return np.vstack([samples.mean(axis=1), np.quantile(samples, chances, axis=1)])


def by_prophet(table: pd.DataFrame, processes: int) -> float:
    """Forecast all series by a pool of processes that have loaded the library before the clock starts."""
    dated = table.assign(ds=pd.to_datetime(table["ds"].astype(str)))
    parts: list[Any] = [part[["ds", "y"]] for _, part in dated.groupby("unique_id")]
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        pool.map(one_by_prophet, parts[: 2 * processes], chunksize=1)
        began = time.perf_counter()
        pool.map(one_by_prophet, parts, chunksize=4)
        return time.perf_counter() - began


def main() -> None:
    """Measure one peer and print its seconds."""
    name, source, every, processes = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    table = pd.read_parquet(source)
    table = table[table["unique_id"].isin(table["unique_id"].unique()[::every])]
    if name == "prophet":
        print(by_prophet(table, processes))
    else:
        print(statsforecast(table, ENSEMBLE if name == "ensemble" else (name,), processes))


if __name__ == "__main__":
    main()
