"""The batch as a function from frames to frames of one fixed form, as Spark, Ray and Dask's data frames call it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pandas as pd

from forecast.batch import FAILED, BatchConfig, forecast_table

TYPES = {"O": "string", "M": "timestamp", "f": "double"}
"""Names of types in Spark by kind of column."""


def forecast_frames(frames: Iterable[pd.DataFrame], config: BatchConfig) -> Iterator[pd.DataFrame]:
    """Forecast the series of one partition, which comes as one frame or several.

    All rows of a series must be in one partition: spread the table by `unique_id` first. The numbers are those of
    `forecast.batch.forecast_table`, whatever the partitions.

    Parameters
    ----------
    frames : iterable of pandas.DataFrame
        Rows of a partition, see `forecast.tables.read_table`; a series may go on from one frame to the next.
    config : BatchConfig

    Yields
    ------
    pandas.DataFrame
        One, with the columns of `forecast_table` and `reason`. `ds` is a date always, so that all partitions are alike.
        Series without a forecast, and models that were replaced, have a row with `reason` and no numbers.

    Examples
    --------
    >>> years = [2021, 2022, 2023, 2024, 2024]
    >>> table = pd.DataFrame({"unique_id": list("aaaab"), "ds": years, "y": [1, 2, 3, 4, 5]})
    >>> (found,) = forecast_frames([table[:2], table[2:]], BatchConfig(horizon=1, models=("drift",)))
    >>> found[["unique_id", "model", "reason"]].to_numpy().tolist()
    [['a', 'drift', ''], ['b', '', 'no outlook: b: 1 value; at least 3 are needed.']]
    """
    held = [frame for frame in frames if len(frame)]
    if not held:
        yield empty_frame(config)
        return
    forecasts, failures = forecast_table(pd.concat(held, ignore_index=True), config)
    if forecasts["ds"].dtype.kind == "i":
        forecasts["ds"] = pd.to_datetime(forecasts["ds"].astype(str), format="%Y")
    failed = failures[failures["outcome"].isin(FAILED)]
    told = failed[["unique_id", "model"]].assign(reason=failed["outcome"] + ": " + failed["reason"])
    blank = empty_frame(config)
    parts = [part.reindex(columns=blank.columns).astype(blank.dtypes) for part in (forecasts.assign(reason=""), told)]
    yield pd.concat(parts, ignore_index=True)


def empty_frame(config: BatchConfig) -> pd.DataFrame:
    """Give a result without rows: what Dask calls `meta`."""
    texts = {name: "object" for name in ("model", *(["scenario"] if config.scenarios is not None else []))}
    numbers = {name: "float64" for name in ["mean", *(f"{s}-{v:g}" for v in config.levels for s in ("lo", "hi"))]}
    more = {name: "object" for name in (*config.form.statics, "reason")}
    types = {"unique_id": "object", "ds": "datetime64[us]", **texts, **numbers, **more}
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in types.items()})


def spark_schema(config: BatchConfig) -> str:
    """Give the columns of a result as Spark writes a schema.

    Examples
    --------
    >>> spark_schema(BatchConfig(horizon=1, levels=(80,)))
    '`unique_id` string, `ds` timestamp, `model` string, `mean` double, `lo-80` double, `hi-80` double, `reason` string'
    """
    columns = empty_frame(config)
    return ", ".join(f"`{name}` {TYPES[kind.kind]}" for name, kind in columns.dtypes.items())
