"""Forecasts of a file of any size as they are made: no folder of results, memory bounded by a partition."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from forecast.batch import BatchConfig, forecast_checked
from forecast.files import file_blocks, row_estimate
from forecast.partitions import partition_rows, split
from forecast.rows import parsed_rows
from forecast.tables import checked_table


class Part(NamedTuple):
    """Forecasts and failures of some whole series; see `forecast.batch.forecast_table` for the columns."""

    forecasts: pd.DataFrame
    failures: pd.DataFrame


def stream_forecasts(source: str | Path, config: BatchConfig, *, rows_at_once: int = 20_000) -> Iterator[Part]:
    """Forecast the series of a file part by part, in this process.

    The numbers are those of `forecast.runs.run_batch`; the order of series is not. The whole file is read once before
    the first part comes, and is kept on disk meanwhile, in a temporary folder.

    Parameters
    ----------
    source : str or Path
        See `forecast.tables.read_table`.
    config : BatchConfig
    rows_at_once : int
        Rows of input in a part, about; all rows of a series are in one part.

    Yields
    ------
    Part

    Raises
    ------
    InputError
        Where the file as a whole cannot be read.
    """
    path = Path(source)
    blocks = (parsed_rows(block, config.form) for block in file_blocks(path, path.name, config.form))
    with tempfile.TemporaryDirectory(prefix="ip-foresight-") as folder:
        n = max(-(-row_estimate(path) // rows_at_once), 1) if path.exists() else 1
        for i, size in enumerate(split(blocks, Path(folder), n)):
            if size:
                rows = partition_rows(Path(folder) / f"{i:04d}.arrow")
                yield Part(*forecast_checked(checked_table(rows, path.name, config.form), config))
