"""The batch under other engines: the same numbers from Dask's data frames and Spark, in any partitions."""

import os
import shutil
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from forecast.batch import BatchConfig, forecast_table
from forecast.other_engines import empty_frame, forecast_frames, spark_schema
from forecast.table_form import TableForm

CONFIG = BatchConfig(horizon=2, models=("auto", "drift"), n_paths=100)


def table(n: int = 24) -> pd.DataFrame:
    y = 1000 * np.exp(np.cumsum(np.random.default_rng(4).normal(0.05, 0.1, (n, 9)), axis=1))
    ids = np.repeat([f"s{i:02d}" for i in range(n)], 9)
    good = pd.DataFrame({"unique_id": ids, "ds": np.tile(np.arange(2016, 2025), n), "y": y.ravel()})
    return pd.concat([good, pd.DataFrame({"unique_id": ["short"], "ds": [2024], "y": [5.0]})], ignore_index=True)


def expected() -> pd.DataFrame:
    forecasts, _ = forecast_table(table(), CONFIG)
    return forecasts.assign(ds=pd.to_datetime(forecasts["ds"].astype(str), format="%Y"))


def same(found: pd.DataFrame) -> None:
    """Hold a result of any engine to that of the function; the one series that failed is a row with its reason."""
    told = found[found["reason"] != ""]
    assert told[["unique_id", "reason"]].to_numpy().tolist() == [
        ["short", "no outlook: short: 1 value; at least 3 are needed."]
    ]
    assert told["mean"].isna().all()
    numbers = found[found["reason"] == ""].sort_values(["unique_id", "model", "ds"], ignore_index=True)
    wanted = expected().sort_values(["unique_id", "model", "ds"], ignore_index=True)
    pd.testing.assert_frame_equal(numbers.drop(columns="reason"), wanted, check_dtype=False, check_exact=True)


def test_frames_of_a_partition_may_cut_through_a_series() -> None:
    """Spark hands a partition over in frames of so many rows, whatever stands in them."""
    whole = table()
    frames = [whole[begin : begin + 10] for begin in range(0, len(whole), 10)]
    (found,) = forecast_frames(iter(frames), CONFIG)
    same(found)
    assert dict(found.dtypes) == dict(empty_frame(CONFIG).dtypes)


def test_a_partition_without_rows_or_without_forecasts_has_all_columns_and_types() -> None:
    config = BatchConfig(horizon=2, levels=(80,), form=TableForm(statics=("area",)))
    only_short = table().tail(1).assign(area="north")
    for frames in ([], [only_short[:0]], [only_short]):
        (found,) = forecast_frames(frames, config)
        assert dict(found.dtypes) == dict(empty_frame(config).dtypes)
    assert spark_schema(config).endswith("`lo-80` double, `hi-80` double, `area` string, `reason` string")


@pytest.mark.slow
def test_under_dask_s_data_frames() -> None:
    dd = pytest.importorskip("dask.dataframe", reason="the extra [dask] is not installed")

    def forecast(frame: pd.DataFrame) -> pd.DataFrame:
        return pd.concat(forecast_frames([frame], CONFIG))

    frame = dd.from_pandas(table().sample(frac=1, random_state=3), npartitions=5)
    spread = frame.shuffle("unique_id", npartitions=4)
    found = spread.map_partitions(forecast, meta=empty_frame(CONFIG)).compute(scheduler="sync")
    same(found)


@pytest.mark.slow
@pytest.mark.skipif(not (shutil.which("java") or os.environ.get("JAVA_HOME")), reason="Spark needs Java")
def test_under_spark(monkeypatch: pytest.MonkeyPatch) -> None:
    sql = pytest.importorskip("pyspark.sql", reason="the extra [spark] is not installed")
    monkeypatch.setenv("PYSPARK_PYTHON", sys.executable)
    monkeypatch.setenv(
        "PYTHONPATH", os.pathsep.join([str(Path(__file__).parent.parent), os.environ.get("PYTHONPATH", "")])
    )
    session = sql.SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
    spark = session.config("spark.sql.execution.arrow.maxRecordsPerBatch", "7").getOrCreate()
    try:
        rows = spark.createDataFrame(table().sample(frac=1, random_state=3)).repartition(3, "unique_id")
        same(rows.mapInPandas(lambda frames: forecast_frames(frames, CONFIG), spark_schema(CONFIG)).toPandas())
    finally:
        spark.stop()
