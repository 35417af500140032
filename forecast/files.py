"""Files of users as blocks of rows, in a stream: CSV in the usual encodings, XLSX, Parquet, told by their content."""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa

from forecast.delimited import csv_blocks
from forecast.errors import InputError
from forecast.table_form import TableForm, finish, wrong_type
from forecast.workbooks import xlsx_blocks

BLOCK = 1 << 21
"""Bytes of text in a block; some sixteen are read ahead."""


def file_blocks(source: Path | bytes, name: str, form: TableForm) -> Iterator[pa.Table]:
    """Give the rows of a file, a block at a time.

    Parameters
    ----------
    source : Path or bytes
        File, folder of Parquet files, or the content of a file.
    name : str
        What to call it in messages.
    form : TableForm
        How to read it.

    Yields
    ------
    pyarrow.Table
        Columns `unique_id`, `ds`, `y` and those of `OPTIONAL` that are there (text or as typed in the file), `row`
        (as a spreadsheet counts: the header of a CSV or XLSX is row 1) and `flaw` (null, or what is wrong).

    Raises
    ------
    InputError
        Where the file is missing, empty, too large, of another type, in another encoding, damaged, or lacks a column.
    """
    if isinstance(source, Path):
        if source.is_dir():
            yield from _parquet_blocks(source, name, form)
            return
        if not source.exists():
            raise InputError(f'"{source}" does not exist.', "Check the path.")
    _check_size(source, name, form.limit)
    start = _head(source)
    if not start.strip(b"\xef\xbb\xbf \r\n\t"):
        raise InputError(f'"{name}" is empty.', "Give a table with the columns unique_id, ds, y.")
    if start[:4] == b"PAR1":
        yield from _parquet_blocks(source, name, form)
    elif start[:4] == b"PK\x03\x04":
        yield from xlsx_blocks(_stream(source), name, form)
    elif (b"\0" in start and start[:2] not in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or start[:5] == b"%PDF-":
        raise wrong_type(name)
    else:
        encoding = _encoding(source, name)
        yield from csv_blocks(_stream(source), name, form, encoding, BLOCK)


def _stream(source: Path | bytes) -> BinaryIO:
    try:
        return io.BytesIO(source) if isinstance(source, bytes) else source.open("rb")
    except OSError as error:
        raise InputError(f'"{source!s}" cannot be read: {error.strerror}.', "Check the file and its rights.") from error


def _head(source: Path | bytes) -> bytes:
    with _stream(source) as stream:
        return stream.read(1 << 16)


def _check_size(source: Path | bytes, name: str, limit: int | None) -> None:
    size = len(source) if isinstance(source, bytes) else source.stat().st_size
    if limit is not None and size > limit:
        raise InputError(
            f'"{name}" has {_size(size)}; the limit is {_size(limit)}.', "Use the command line for large batches."
        )


def _size(n: int) -> str:
    return f"{n / 1e6:.1f} MB" if n >= 1e5 else f"{n / 1e3:.1f} kB"


def _encoding(source: Path | bytes, name: str) -> str:
    """Find the encoding by reading the whole file once: byte order marks, then UTF-8, then GB18030."""
    start = _head(source)
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if start.startswith(mark):
            candidates: tuple[str, ...] = (encoding,)
            break
    else:
        candidates = ("utf-8", "gb18030")
    for encoding in candidates:
        decoder = codecs.getincrementaldecoder(encoding)()
        try:
            with _stream(source) as stream:
                while chunk := stream.read(1 << 20):
                    decoder.decode(chunk)
                decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            continue
        return encoding
    raise InputError(f"{name} is not readable as UTF-8 or GB18030.", "Save as UTF-8.")


def parquet_fragments(source: Path | bytes, name: str) -> list[tuple[str, Path | bytes]]:
    """Give the Parquet files behind a path: itself, or all those in a folder in the order of their names."""
    if isinstance(source, bytes) or not source.is_dir():
        return [(name, source)]
    parts = [
        p
        for p in sorted(source.rglob("*.parquet"))
        if not any(part.startswith((".", "_")) for part in p.relative_to(source).parts)
    ]
    if not parts:
        raise InputError(
            f'"{name}" holds no Parquet files.', "Give a CSV, XLSX or Parquet file or a folder of Parquet files."
        )
    return [(f"{name}/{p.relative_to(source).as_posix()}", p) for p in parts]


def _parquet_blocks(source: Path | bytes, name: str, form: TableForm) -> Iterator[pa.Table]:
    import pyarrow.parquet as pq

    first: pa.Schema | None = None
    for where, part in parquet_fragments(source, name):
        try:
            # Read ahead, it would hold the whole file by its end.
            file = pq.ParquetFile(_stream(part), pre_buffer=False)
        except (pa.ArrowException, OSError) as error:
            raise InputError(f'"{where}" is damaged or not a Parquet file.', "Write it again.") from error
        hive = _hive(source, part)
        found = form.found([*file.schema_arrow.names, *hive], where=where)
        seen = 0
        batches = file.iter_batches(batch_size=100_000, columns=[c for c in found.values() if c not in hive])
        while True:
            try:
                batch = next(batches, None)
            except (pa.ArrowException, OSError) as error:
                raise InputError(f'"{where}", after row {seen}, is damaged.', "Write the file again.") from error
            if batch is None:
                break
            n = batch.num_rows
            columns = {
                ours: pa.array([hive[theirs]] * n, pa.string()) if theirs in hive else _plain(batch.column(theirs))
                for ours, theirs in found.items()
            }
            table = finish(columns, n, rows=pa.array(range(seen + 1, seen + n + 1), pa.int64()))
            first = first or table.schema
            yield table if table.schema == first else _alike(table, first, where)
            seen += n


def _hive(source: Path | bytes, part: Path | bytes) -> dict[str, str]:
    """Columns that stand in the names of folders (``region=CN-ZJ/part-0.parquet``)."""
    from urllib.parse import unquote

    if isinstance(source, bytes) or isinstance(part, bytes) or source == part:
        return {}
    pairs = (p.partition("=") for p in part.relative_to(source).parts[:-1] if "=" in p)
    return {key: unquote(value) for key, _, value in pairs}


def _plain(column: pa.Array) -> pa.Array:
    """Undo dictionaries and decimals, which the checks need not know."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        column = column.dictionary_decode()
        kind = column.type
    if pa.types.is_decimal(kind):
        return column.cast(pa.float64())
    if pa.types.is_large_string(kind):
        return column.cast(pa.string())
    return column


def _alike(table: pa.Table, schema: pa.Schema, where: str) -> pa.Table:
    try:
        return table.select(schema.names).cast(schema)
    except (pa.ArrowException, KeyError) as error:
        raise InputError(
            f'"{where}" has other columns or types than the files before it.', "Write all alike."
        ) from error


def row_estimate(source: Path) -> int:
    """Guess the number of rows of a file, to choose how finely to split it; nothing else depends on it."""
    import pyarrow.parquet as pq

    start = b"PAR1" if source.is_dir() else _head(source)
    if start[:4] == b"PAR1":
        try:
            return sum(pq.read_metadata(_stream(part)).num_rows for _, part in parquet_fragments(source, source.name))
        except (pa.ArrowException, OSError):
            return 1
    size = source.stat().st_size
    if start[:4] == b"PK\x03\x04":
        return size // 8
    return size * max(start.count(b"\n"), 1) // max(len(start), 1)
