"""A table of any size split into partitions of whole series, and results of partitions put together in order."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from forecast.batch import FAILED, BatchConfig, failure_frame, results_frame, table_results
from forecast.export import write_json, written
from forecast.fallback import Row
from forecast.futures_table import written_beside
from forecast.tables import checked_table

ROWS = 20_000
"""Rows in a row group of a partition's result: what is in memory of each partition while results are put together."""


def split(blocks: Iterable[pa.Table], folder: Path, n: int) -> list[int]:
    """Spread rows over `n` files ``0000.arrow`` and on, all rows of a series into the same one.

    A series goes where a hash of its id says, so that neither the order of rows nor the size of blocks matters, and
    nothing but the current block is in memory.

    Parameters
    ----------
    blocks : iterable of pyarrow.Table
        See `forecast.rows.parsed_rows`.
    folder : Path
        Must exist.
    n : int
        Number of partitions.

    Returns
    -------
    list of int, shape (n,)
        Rows in each; a partition without rows has no file.
    """
    counts = np.zeros(n, dtype=np.int64)
    writers: dict[int, pa.ipc.RecordBatchFileWriter] = {}
    options = pa.ipc.IpcWriteOptions(compression="lz4")
    try:
        for block in blocks:
            encoded = block.column("unique_id").combine_chunks().dictionary_encode()
            ids = np.array(encoded.dictionary.to_pylist(), dtype=object)
            place = (pd.util.hash_array(ids, categorize=False) % np.uint64(n)).astype(np.int64)[
                encoded.indices.to_numpy()
            ]
            order = np.argsort(place, kind="stable")
            ordered = block.take(pa.array(order))
            edges = np.searchsorted(place[order], np.arange(n + 1))
            for i in np.flatnonzero(np.diff(edges)).tolist():
                if i not in writers:
                    writers[i] = pa.ipc.new_file(str(folder / f"{i:04d}.arrow"), block.schema, options=options)
                writers[i].write_table(ordered.slice(edges[i], edges[i + 1] - edges[i]))
            counts += np.diff(edges)
    finally:
        for writer in writers.values():
            writer.close()
    return [int(c) for c in counts]


def partition_rows(source: Path | bytes) -> pa.Table:
    """Read the rows of one partition from its file or from the content of it."""
    with pa.BufferReader(source) if isinstance(source, bytes) else pa.OSFile(str(source)) as file:
        return pa.ipc.open_file(file).read_all()


class Worked(NamedTuple):
    """What a partition came to, ready to be sent or kept."""

    files: dict[str, bytes]
    """Content of a Parquet file by kind: forecasts, failures, and paths where they are asked for."""
    counts: dict[str, Any]


def worked(rows: pa.Table, name: str, config: BatchConfig) -> Worked:
    """Forecast the rows of one partition; results as the content of Parquet files."""
    table = checked_table(rows, name, config.form)
    rest: list[Row] = []
    results = table_results(table, config, rest)
    futures = io.BytesIO()
    if config.with_paths:
        annual = all(str(s.periods.freqstr).startswith("Y") for s in table.series)
        summaries = list(written_beside(results, config, futures, annual=annual))
    else:
        summaries = [made.summary for made in results]
    forecasts, failures = results_frame(summaries, table, config), failure_frame(rest)
    failed = failures[failures["outcome"].isin(FAILED)]
    counts = {
        "series": len(table.series) + len(table.left_out),
        "outcomes": {str(k): int(v) for k, v in failures["outcome"].value_counts().items()},
        "groups": {str(k): int(v) for k, v in (failed["outcome"] + ": " + failed["remedy"]).value_counts().items()},
    }
    files = {"forecasts": _parquet(forecasts), "failures": _parquet(failures)}
    return Worked(files | ({"paths": futures.getvalue()} if config.with_paths else {}), counts)


def work_partition(state: Path, i: int, name: str, config: BatchConfig) -> None:
    """Forecast one partition and keep the result."""
    keep(state, i, worked(partition_rows(state / f"{i:04d}.arrow"), name, config))


def keep(state: Path, i: int, result: Worked) -> None:
    """Write the result of a partition; its counts are written last and say that it is done."""
    for kind, content in result.files.items():
        with written(state / f"{i:04d}.{kind}.parquet") as path:
            path.write_bytes(content)
    write_json(result.counts, state / f"{i:04d}.json")


def _parquet(frame: pd.DataFrame) -> bytes:
    sink = io.BytesIO()
    frame.to_parquet(sink, index=False, row_group_size=ROWS, schema=schema_of(frame))
    return sink.getvalue()


def schema_of(frame: pd.DataFrame) -> pa.Schema:
    """Types of a result, the same where a column happens to be empty: text stays text."""
    schema = pa.Schema.from_pandas(frame, preserve_index=False)
    for at, part in enumerate(schema):
        if pa.types.is_null(part.type):
            schema = schema.set(at, part.with_type(pa.string()))
    return schema.remove_metadata()


def counts_of(state: Path, i: int) -> dict[str, Any]:
    """Give the counts of a finished partition: series, outcomes, and failures grouped by what to do about them."""
    counts: dict[str, Any] = json.loads((state / f"{i:04d}.json").read_text(encoding="utf-8"))
    return counts


def in_order(paths: list[Path]) -> Iterator[pa.Table]:
    """Give the rows of sorted result files in the order of `unique_id`, a part at a time.

    Each file is ordered by `unique_id`, and no id is in two files. As ids are spread by a hash, the ids of the largest
    file cut all files into parts of about the same size; so about one file's worth of rows is in memory, plus a row
    group of each. Years become dates where any file holds dates.

    Parameters
    ----------
    paths : list of Path
        Parquet files with the columns `unique_id`, maybe `ds`, and others, all alike.
    """
    files = [pq.ParquetFile(path) for path in paths]
    files = [file for file in files if file.metadata.num_rows]
    if not files:
        return
    dates = any(pa.types.is_timestamp(f.schema_arrow.field("ds").type) for f in files if "ds" in f.schema_arrow.names)
    cursors = [_Cursor(file, dates) for file in files]
    largest = max(files, key=lambda file: file.metadata.num_rows)
    ids = pc.unique(largest.read(columns=["unique_id"]).column("unique_id")).to_pylist()
    cuts = [ids[i * len(ids) // len(files)] for i in range(1, len(files))]
    for bound in [*cuts, None]:
        parts = [cursor.until(bound) for cursor in cursors]
        part = pa.concat_tables([p for p in parts if p.num_rows] or parts[:1])
        if part.num_rows:
            order = pa.table({"id": part.column("unique_id"), "at": pa.array(np.arange(part.num_rows))})
            yield part.take(pc.sort_indices(order, sort_keys=[("id", "ascending"), ("at", "ascending")]))


class _Cursor:
    """Reads one result file forward."""

    def __init__(self, file: pq.ParquetFile, dates: bool) -> None:
        self._groups = iter(range(file.metadata.num_row_groups))
        self._file, self._dates = file, dates
        self._held: pa.Table | None = None

    def until(self, bound: str | None) -> pa.Table:
        """Give the rows not given yet whose id comes before `bound`; all of them where it is None."""
        taken: list[pa.Table] = []
        while True:
            if self._held is None or not self._held.num_rows:
                group = next(self._groups, None)
                if group is None:
                    break
                self._held = self._dated(self._file.read_row_group(group))
            n = self._held.num_rows
            before = n if bound is None else int(pc.sum(pc.less(self._held.column("unique_id"), bound)).as_py() or 0)
            taken.append(self._held.slice(0, before))
            self._held = self._held.slice(before)
            if before < n:
                break
        return pa.concat_tables(taken) if taken else self._dated(self._file.schema_arrow.empty_table())

    def _dated(self, table: pa.Table) -> pa.Table:
        at = table.schema.get_field_index("ds")
        if not self._dates or at < 0 or pa.types.is_timestamp(table.column("ds").type):
            return table
        years = table.column("ds").to_numpy().astype(np.int64)
        return table.set_column(at, "ds", pa.array((years - 1970).astype("datetime64[Y]").astype("datetime64[us]")))
