"""Tables and settings that tests of batches share."""

import numpy as np
import pandas as pd

from forecast import runs
from forecast.batch import BatchConfig

DRIFT = BatchConfig(horizon=3, models=("drift",), n_paths=100)
AUTO = BatchConfig(horizon=3, models=("auto", "drift"), n_paths=100)


def walks(n: int, length: int = 12) -> pd.DataFrame:
    y = 1000 * np.exp(np.cumsum(np.random.default_rng(1).normal(0.05, 0.1, (n, length)), axis=1))
    ids = np.repeat([f"s{i:04d}" for i in range(n)], length)
    return pd.DataFrame({"unique_id": ids, "ds": np.tile(np.arange(2010, 2010 + length), n), "y": y.ravel()})


def mixed() -> pd.DataFrame:
    """Series that are good, short, gapped, negative, doubled, of text, monthly."""
    rows: list[tuple[object, object, object]] = []
    for i in range(8):
        rows += [(f"good{i}", str(2010 + t), f"{100 + 7 * t + i}") for t in range(9)]
    rows += [("gap", str(y), f"{y - 2000}") for y in (2011, 2012, 2014, 2015, 2016)]
    rows += [("short1", "2020", "5"), ("short2", "2020", "5"), ("short2", "2021", "6")]
    rows += [("three", str(y), f"{y - 2000}") for y in (2019, 2020, 2021)]
    rows += [("negative", str(y), f"{2019 - y}") for y in (2018, 2019, 2020)]
    rows += [("twice", "2018", "1"), ("twice", "2018", "2"), ("text", "2018", "12 bn")]
    rows += [("monthly", f"2020-{m:02d}", f"{m}") for m in range(1, 13)]
    return pd.DataFrame(rows, columns=["unique_id", "ds", "y"])


def frames(result: runs.BatchResult) -> tuple[pd.DataFrame, pd.DataFrame]:
    return pd.read_parquet(result.forecasts), pd.read_parquet(result.failures)
