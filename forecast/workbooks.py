"""Workbooks (XLSX): a sheet as blocks of rows, and tables as a sheet."""

from __future__ import annotations

import datetime as dt
import math
import zipfile
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pandas as pd
import pyarrow as pa

from forecast.errors import InputError, unknown
from forecast.table_form import TableForm, finish, wrong_type

UNPACKED = 2 << 30
"""Most bytes a workbook may unpack to: a small file made to fill the memory is refused."""


def xlsx_blocks(stream: BinaryIO, name: str, form: TableForm) -> Iterator[pa.Table]:
    """Give the rows of one sheet as `forecast.files.file_blocks` describes; all cells as text."""
    import openpyxl

    try:
        with zipfile.ZipFile(stream) as archive:
            if "xl/workbook.xml" not in archive.namelist():
                raise wrong_type(name)
            if sum(entry.file_size for entry in archive.infolist()) > UNPACKED:
                raise InputError(f'"{name}" unpacks to more than {UNPACKED >> 30} GB.', "Save it as CSV or Parquet.")
        stream.seek(0)
        book = openpyxl.load_workbook(stream, read_only=True, data_only=True)
        if form.sheet is not None and form.sheet not in book.sheetnames:
            raise unknown("sheet", form.sheet, book.sheetnames, where=name)
        sheet = book[form.sheet or book.sheetnames[0]]
        # Some programs write a wrong size of the sheet; without it all cells are read.
        sheet.reset_dimensions()
        rows = enumerate(sheet.iter_rows(values_only=True), start=1)
        header = next(((n, row) for n, row in rows if any(cell is not None for cell in row)), None)
        if header is None:
            raise InputError(f'"{name}" is empty.', "Give a table with the columns unique_id, ds, y.")
        names = [_text(cell).strip() for cell in header[1]]
        found = form.found(names, where=name)
        places = {ours: names.index(theirs) for ours, theirs in found.items()}
        any_row = False
        while chunk := list(islice(rows, 50_000)):
            kept = [(n, row) for n, row in chunk if any(cell is not None for cell in row)]
            if not kept:
                continue
            any_row = True
            columns = {
                ours: pa.array([_text(row[place]) if place < len(row) else "" for _, row in kept], pa.string())
                for ours, place in places.items()
            }
            yield finish(columns, len(kept), rows=pa.array([n for n, _ in kept], pa.int64()))
        if not any_row:
            raise InputError(f'"{name}" has a header and no rows.', "Give at least one row of unique_id, ds, y.")
    except (zipfile.BadZipFile, KeyError, OSError, SyntaxError, TypeError, ValueError, EOFError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f'"{name}" is damaged or not an XLSX workbook.', "Save it again and try once more.") from error


def _text(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return str(cell)
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat() if cell.time() == dt.time(0) else cell.isoformat()
    return str(cell)


def write_sheets(sheets: Mapping[str, pd.DataFrame], path: Path) -> None:
    """Write tables as the sheets of a workbook; text is always text, never a formula."""
    import openpyxl
    from openpyxl.cell import WriteOnlyCell

    book = openpyxl.Workbook(write_only=True)
    for title, frame in sheets.items():
        sheet = book.create_sheet(title[:31])
        for row in ([str(c) for c in frame.columns], *frame.itertuples(index=False, name=None)):
            cells = []
            for value in row:
                cell = WriteOnlyCell(sheet, value=_plain(value))
                if isinstance(value, str):
                    cell.data_type = "s"
                cells.append(cell)
            sheet.append(cells)
    with path.open("wb") as file:
        book.save(file)


def _plain(value: object) -> object:
    if isinstance(value, str):
        # Control characters cannot stand in XML; openpyxl would refuse the whole table for one of them.
        return "".join(c for c in value if c >= " " or c in "\t\n")[:32_767]
    if value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and not math.isfinite(value)):
        return None
    if isinstance(value, np.generic):
        return value.item()
    return value
