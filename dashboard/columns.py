"""The names of a file's columns, so that a user can say which is what. Reading itself is done by `forecast.tables`."""

from __future__ import annotations

import csv
import io


def columns_of(data: bytes) -> list[str]:
    r"""Give the column names of a CSV, XLSX or Parquet file; an empty list where it is none of them.

    Parameters
    ----------
    data : bytes
        The whole file.

    Examples
    --------
    >>> columns_of("地区,年份,数值\n浙江,2024,1\n".encode("gb18030"))
    ['地区', '年份', '数值']
    """
    try:
        if data[:4] == b"PAR1":
            import pyarrow.parquet as pq

            return [str(name) for name in pq.read_schema(io.BytesIO(data)).names]
        if data[:2] == b"PK":
            import openpyxl

            sheet = openpyxl.load_workbook(io.BytesIO(data), read_only=True).worksheets[0]
            first = next(sheet.iter_rows(max_row=1, values_only=True), ())
            return [str(cell) for cell in first if cell is not None]
        return _delimited(data)
    except (ValueError, OSError, KeyError, StopIteration):
        # Whatever is wrong with the file is told by the reader, with row and remedy.
        return []


def _delimited(data: bytes) -> list[str]:
    line = data.splitlines()[0] if data else b""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = line.decode(encoding)
        except UnicodeDecodeError:
            continue
        mark = max(",;\t", key=text.count)
        return [name.strip() for name in next(csv.reader([text], delimiter=mark), []) if name.strip()]
    return []
