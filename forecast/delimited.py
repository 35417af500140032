"""Comma, semicolon and tab separated text as blocks of rows, with true row numbers even after broken rows."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv

from forecast.errors import InputError
from forecast.table_form import ALONE, TableForm, finish

SEPARATORS = (",", ";", "\t")
BROKEN = 20_000
"""Broken rows in a block."""


def csv_blocks(stream: BinaryIO, name: str, form: TableForm, encoding: str, block: int) -> Iterator[pa.Table]:
    """Give the rows of delimited text as `forecast.files.file_blocks` describes; all columns as text.

    A row with more or fewer fields than the header is kept with its `flaw`, so that its series is left out by name.
    """
    header, separator = _header(stream, encoding, form)
    found = form.found(header, where=name)
    ragged: list[Any] = []

    def keep(row: Any) -> str:
        ragged.append(row)
        return "skip"

    stream.seek(0)
    try:
        reader = pacsv.open_csv(
            stream,
            read_options=pacsv.ReadOptions(use_threads=False, block_size=block, encoding=encoding),
            parse_options=pacsv.ParseOptions(
                delimiter=separator, newlines_in_values=True, invalid_row_handler=keep, ignore_empty_lines=False
            ),
            convert_options=pacsv.ConvertOptions(
                column_types={theirs: pa.string() for theirs in found.values()},
                include_columns=list(found.values()),
                strings_can_be_null=False,
            ),
        )
    except pa.ArrowException as error:
        raise InputError(
            f"{name} cannot be read as a table: {_first(error)}.", "Save it again as CSV in UTF-8."
        ) from error
    before = np.zeros(0, dtype=np.int64)
    valid = rows = 0
    while True:
        try:
            batch = reader.read_next_batch()
        except StopIteration:
            break
        except pa.ArrowException as error:
            raise InputError(
                f"{name}, after row {valid + 1}: {_first(error)}.", "Check the quotes around there and save it again."
            ) from error
        n = batch.num_rows
        fresh = _taken(ragged)
        before = np.append(before, [r.number - 2 - j for j, r in enumerate(fresh, before.size)]).astype(np.int64)
        index = np.arange(valid, valid + n)
        numbers = index + 2 + np.searchsorted(before, index, side="right")
        columns = {ours: batch.column(batch.schema.get_field_index(theirs)) for ours, theirs in found.items()}
        table = _without_blank(finish(columns, n, rows=pa.array(numbers)), tuple(found))
        valid, rows = valid + n, rows + table.num_rows
        yield table
        rows += len(fresh)
        yield from _broken(fresh, found, header, separator, table.schema)
    # Where all rows of a block are broken, the reader goes on to the next block by itself.
    fresh = _taken(ragged)
    empty = finish({ours: pa.array([], pa.string()) for ours in found}, 0, rows=pa.array([], pa.int64()))
    rows += len(fresh)
    yield from _broken(fresh, found, header, separator, empty.schema)
    if not rows:
        raise InputError(f'"{name}" has a header and no rows.', "Give at least one row of unique_id, ds, y.")


def _taken(rows: list[Any]) -> list[Any]:
    """Take all rows out of a list to which the reader may add others meanwhile."""
    n = len(rows)
    taken = rows[:n]
    del rows[:n]
    return taken


def _header(stream: BinaryIO, encoding: str, form: TableForm) -> tuple[list[str], str]:
    """Names of the columns and the separator that finds the most of ours among them."""
    stream.seek(0)
    text = io.TextIOWrapper(stream, encoding="utf-8-sig" if encoding == "utf-8" else encoding, newline="")
    line = ""
    while not line.strip("\r\n"):
        line = text.readline(1 << 20)
        if not line:
            break
    text.detach()
    ours = {form.columns.get(name, name) for name in ("unique_id", "ds", "y")}
    rows = {separator: next(csv.reader([line], delimiter=separator), []) for separator in SEPARATORS}
    best = max(SEPARATORS, key=lambda s: (len(ours & set(rows[s])), len(rows[s])))
    return rows[best], best


def _without_blank(table: pa.Table, names: tuple[str, ...]) -> pa.Table:
    """Leave out lines with nothing in them; spreadsheets write such lines at the end."""
    blank = np.ones(table.num_rows, dtype=bool)
    for name in names:
        blank &= np.asarray(pa.compute.equal(table.column(name), "").combine_chunks())
        if not blank.any():
            return table
    return table.filter(pa.array(~blank))


def _broken(
    ragged: list[Any], found: dict[str, str], header: list[str], separator: str, schema: pa.Schema
) -> Iterator[pa.Table]:
    """Give broken rows with their flaws, some at a time."""
    position = header.index(found["unique_id"]) if "unique_id" in found else None
    records: list[dict[str, object]] = []
    for row in ragged:
        fields = next(csv.reader([row.text or ""], delimiter=separator), [])
        record: dict[str, object] = dict.fromkeys(found, "")
        if position is None:
            record["unique_id"] = ALONE
        else:
            record["unique_id"] = fields[position] if position < len(fields) else ""
        record["row"] = row.number
        record["flaw"] = f"{row.actual_columns} fields where the header has {row.expected_columns}"
        records.append(record)
        if len(records) == BROKEN:
            yield pa.Table.from_pylist(records, schema=schema)
            records = []
    if records:
        yield pa.Table.from_pylist(records, schema=schema)


def _first(error: Exception) -> str:
    return str(error).splitlines()[0].rstrip(".")
