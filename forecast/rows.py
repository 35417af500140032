"""Rows of a table of a user, each checked by itself: ids, dates and numbers parsed, and what is wrong with a row."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pandas.api.types import is_scalar

from forecast.dates import BAD, parse_dates
from forecast.numbers import parse_numbers
from forecast.table_form import TableForm, finish

KINDS = ("flow", "stock", "ratio")
REMEDIES = {
    "row": "Quote text that holds the separator, and remove thousands marks.",
    "unique_id": "Name the series of each row.",
    "ds": "Write 2025, 2025-06 or 2025-06-30.",
    "y": "Remove units and thousands marks.",
    "y<0": "Counts and amounts must not be below zero.",
    "y_sd": "Give a standard deviation of 0 or more in the unit of y.",
    "kind": "Write flow, stock or ratio.",
}
"""What to do, by what is wrong."""

TEXTS = ("unit", "kind", "region", "indicator")


def parsed_rows(block: pa.Table, form: TableForm) -> pa.Table:
    """Parse the rows of a block.

    Parameters
    ----------
    block : pyarrow.Table
        As `forecast.files.file_blocks` gives it.
    form : TableForm
        How to read it.

    Returns
    -------
    pyarrow.Table
        `unique_id`, `form` and `day` (see `forecast.dates.parse_date`), `y` (NaN: unknown), `y_sd`, texts, `row`, and
        for rows that cannot be used `flaw` (what was found) and `field` (key of `REMEDIES`).
    """
    n = block.num_rows
    ids = pc.fill_null(pc.utf8_trim_whitespace(block.column("unique_id")), "")
    forms, days = parse_dates(block.column("ds"))
    values, bad = parse_numbers(block.column("y"))
    flawed = np.asarray(block.column("flaw").is_valid())
    flaw, kind = np.full(n, None, dtype=object), np.full(n, None, dtype=object)
    if flawed.any():
        flaw[:] = block.column("flaw").to_pylist()
        kind[flawed] = "row"

    def mark(where: NDArray[np.bool_], field: str, column: str, text: str) -> None:
        for at in np.flatnonzero(where & ~flawed):
            shown = "" if column == "" else _shown(block.column(column)[int(at)].as_py())
            flaw[at] = text.format(shown)
            kind[at], flawed[at] = field, True

    mark(np.asarray(pc.equal(ids, "")), "unique_id", "", "unique_id is empty")
    mark(forms == BAD, "ds", "ds", '"{}" is not a date')
    mark(bad, "y", "y", '"{}" in column y is not a number')
    if not form.signed:
        mark(np.nan_to_num(values) < 0, "y<0", "y", "{}")
    columns: dict[str, object] = {
        "unique_id": ids,
        "form": forms.astype(np.int8),
        "day": days.astype(np.int32),
        "y": values,
    }
    if "y_sd" in block.schema.names:
        spread, bad = parse_numbers(block.column("y_sd"))
        mark(bad | (np.nan_to_num(spread) < 0), "y_sd", "y_sd", '"{}" in column y_sd is not a standard deviation')
        columns["y_sd"] = np.nan_to_num(spread)
    for name in dict.fromkeys((*TEXTS, *form.statics)):
        if name in block.schema.names:
            columns[name] = pc.fill_null(block.column(name).cast(pa.string()), "")
    if "kind" in columns:
        known = pc.is_in(columns["kind"], value_set=pa.array(["", *KINDS]))
        mark(~np.asarray(known), "kind", "kind", 'kind "{}" is unknown')
    columns["row"] = block.column("row")
    columns["flaw"] = pa.array(flaw, pa.string())
    columns["field"] = pa.array(kind, pa.string())
    return pa.table(columns)


def frame_block(frame: pd.DataFrame, form: TableForm, name: str) -> pa.Table:
    """Give a data frame as one block, with the mapping of `form`; rows are numbered from 1 unless `row` is there."""
    found = form.found([str(c) for c in frame.columns], where=name)
    columns = {ours: _arrow(frame[theirs]) for ours, theirs in found.items()}
    numbers = frame["row"].to_numpy() if "row" in frame.columns else np.arange(1, len(frame) + 1)
    return finish(columns, len(frame), rows=pa.array(numbers, pa.int64()))


def _arrow(column: pd.Series) -> pa.ChunkedArray:
    if isinstance(column.dtype, pd.PeriodDtype):
        column = column.dt.to_timestamp()
    try:
        array = pa.array(column, from_pandas=False)
    except (pa.ArrowException, TypeError):
        array = pa.array([None if is_scalar(v) and pd.isna(v) else str(v) for v in column], pa.string())
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    if pa.types.is_large_string(array.type):
        array = array.cast(pa.string())
    return array if isinstance(array, pa.ChunkedArray) else pa.chunked_array([array])


def _shown(value: object) -> str:
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return text if len(text) <= 60 else text[:57] + "..."
