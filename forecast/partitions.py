"""A table of any size split into partitions of whole series, and results of partitions put together in order."""

from __future__ import annotations

import io
import json
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from forecast.batch import FAILED, BatchConfig, failure_frame, results_frame, table_results
from forecast.export import write_json, written
from forecast.fallback import Row
from forecast.futures_table import written_beside
from forecast.tables import checked_table

ROWS = 1000
"""Rows in a row group of a partition's result: what is in memory of each partition while results are put together.

Few, because there are as many of these groups in memory as there are partitions.
"""
OPEN = 400
"""Files open at a time; systems allow 1,024 or more."""


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
        Number of partitions, cut at the square of `OPEN`; more than `OPEN` are made in two steps.

    Returns
    -------
    list of int, shape (n,)
        Rows in each; a partition without rows has no file.
    """
    n = min(n, OPEN**2)
    if n <= OPEN:
        return [int(c) for c in _spread(blocks, folder, n)]
    counts = np.zeros(n, dtype=np.int64)
    with tempfile.TemporaryDirectory(dir=folder) as coarse:
        _spread(blocks, Path(coarse), n, together=OPEN)
        for path in sorted(Path(coarse).iterdir()):
            counts += _spread(_kept_blocks(path), folder, n)
            path.unlink()
    return [int(c) for c in counts]


def _spread(blocks: Iterable[pa.Table], folder: Path, n: int, *, together: int = 1) -> NDArray[np.int64]:
    """Write the rows of each partition, or of so many neighbouring ones together, to a file; give rows a partition."""
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
            counts += np.bincount(place, minlength=n)
            file = place // together
            order = np.argsort(file, kind="stable")
            ordered = block.take(pa.array(order))
            edges = np.searchsorted(file[order], np.arange(n // together + 2))
            for i in np.flatnonzero(np.diff(edges)).tolist():
                if i not in writers:
                    writers[i] = pa.ipc.new_file(str(folder / f"{i:04d}.arrow"), block.schema, options=options)
                writers[i].write_table(ordered.slice(edges[i], edges[i + 1] - edges[i]))
    finally:
        for writer in writers.values():
            writer.close()
    return counts


def _kept_blocks(path: Path) -> Iterator[pa.Table]:
    with pa.OSFile(str(path)) as file, pa.ipc.open_file(file) as reader:
        for i in range(reader.num_record_batches):
            yield pa.Table.from_batches([reader.get_batch(i)])


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


def in_order(paths: list[Path], folder: Path) -> Iterator[pa.Table]:
    """Give the rows of sorted result files in the order of `unique_id`, a part at a time.

    Each file is ordered by `unique_id`, and no id is in two files. As ids are spread by a hash, the ids of the largest
    file cut all files into parts of about the same size; so about one file's worth of rows is in memory, plus a row
    group of each. Years become dates where any file holds dates.

    Parameters
    ----------
    paths : list of Path
        Parquet files with the columns `unique_id`, maybe `ds`, and others, all alike.
    folder : Path
        Where more than `OPEN` files are put together to fewer first.
    """
    rows = {path: pq.read_metadata(path).num_rows for path in paths}
    full = [path for path in paths if rows[path]]
    if not full:
        return
    ids = pc.unique(pq.read_table(max(full, key=rows.__getitem__), columns=["unique_id"]).column("unique_id"))
    cuts = [ids[i * len(ids) // len(full)].as_py() for i in range(1, len(full))]
    if len(full) <= OPEN:
        yield from _merge(full, cuts)
        return
    with tempfile.TemporaryDirectory(dir=folder) as between:
        while len(full) > OPEN:
            groups = [full[i : i + OPEN] for i in range(0, len(full), OPEN)]
            full = [_merged(group, cuts, Path(between) / f"{len(groups)}-{i}") for i, group in enumerate(groups)]
        yield from _merge(full, cuts)


def _merged(paths: list[Path], cuts: list[str], target: Path) -> Path:
    writer: pq.ParquetWriter | None = None
    for part in _merge(paths, cuts[:: max(len(cuts) // len(paths), 1)]):
        writer = writer or pq.ParquetWriter(target, part.schema)
        writer.write_table(part, row_group_size=ROWS)
    if writer is not None:
        writer.close()
    return target


def _merge(paths: list[Path], cuts: list[str]) -> Iterator[pa.Table]:
    files = [pq.ParquetFile(path, pre_buffer=False) for path in paths]
    dates = any(pa.types.is_timestamp(f.schema_arrow.field("ds").type) for f in files if "ds" in f.schema_arrow.names)
    cursors = [_Cursor(file, dates) for file in files]
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
