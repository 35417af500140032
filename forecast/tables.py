"""Tables of users at the border: read once, checked once, and turned into series; what is wrong is told by row."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from forecast.errors import InputError
from forecast.files import file_blocks
from forecast.frames import long_table
from forecast.outlook import stamps
from forecast.rows import frame_block, parsed_rows
from forecast.series import Series
from forecast.shapes import LEFT_OUT, NOTE, Problem, checked_series
from forecast.table_form import TableForm

PROBLEM_COLUMNS = Problem._fields


@dataclass(frozen=True, eq=False)
class Table:
    """Series read from a table of a user, and what was wrong with it.

    Parameters
    ----------
    name : str
        File or what the table is called in messages.
    series : tuple of Series
        Ordered by key. Gaps are filled as unknown, with a log standard deviation.
    problems : pandas.DataFrame
        One row a problem: `series`, `row` (as a spreadsheet counts; missing where it concerns the whole series),
        `field`, `what` was found, `remedy`, and `outcome`: ``left out``, ``no outlook`` (read, but too short for one)
        or ``note`` (read).
    statics : pandas.DataFrame
        The columns of `TableForm.statics`, one row a series, `unique_id` as the index.
    """

    name: str
    series: tuple[Series, ...]
    problems: pd.DataFrame
    statics: pd.DataFrame = field(default_factory=pd.DataFrame)

    @property
    def left_out(self) -> tuple[str, ...]:
        """Keys of the series that could not be read."""
        return tuple(sorted(set(self.problems.loc[self.problems["outcome"] == LEFT_OUT, "series"]) - {""}))

    def summary(self) -> str:
        """Say in one sentence how much was read."""
        out, n = self.left_out, len(self.series)
        if not out:
            return f"{n} of {n} series were read."
        listed = ", ".join(f'"{key}"' for key in out[:8]) + (", ..." if len(out) > 8 else "")
        return f"{n} of {n + len(out)} series were read. {len(out)} were left out: {listed}."

    def frame(self) -> pd.DataFrame:
        """Give the series as one long table, see `series_frame`."""
        return series_frame(self.series)


def read_table(source: str | Path | bytes, *, name: str | None = None, form: TableForm | None = None) -> Table:
    r"""Read a long table ``unique_id, ds, y`` (and ``y_sd, unit, kind, region, indicator`` where they are there).

    CSV (comma, semicolon or tab; UTF-8, UTF-16 with a mark, GB18030 and so GBK), XLSX, Parquet (a file or a folder of
    partitions). What a file is is told by its content, never by its name. One bad series never costs the rest.

    Parameters
    ----------
    source : str, Path or bytes
        A path, or the content of a file.
    name : str, optional
        What to call it in messages; the name of the file where it is not given.
    form : TableForm, optional
        Mapping of columns, frequency, sheet, sign, largest size.

    Returns
    -------
    Table

    Raises
    ------
    InputError
        Where nothing can be read: no such file, empty, too large, of another type, in another encoding, damaged, or a
        needed column is missing.

    Examples
    --------
    >>> table = read_table(b"unique_id,ds,y\na,2023,5\na,2024,6\na,2025,8\nb,2025,12 bn\n", name="mine.csv")
    >>> [(s.key, s.n) for s in table.series], table.problems["what"][0]
    ([('a', 3)], 'mine.csv, row 5: "12 bn" in column y is not a number.')
    """
    path = source if isinstance(source, bytes) else Path(source)
    name = name or ("the table" if isinstance(path, bytes) else path.name)
    form = form or TableForm()
    blocks = [parsed_rows(block, form) for block in file_blocks(path, name, form)]
    if not sum(block.num_rows for block in blocks):
        raise InputError(f'"{name}" is empty.', "Give a table with the columns unique_id, ds, y.")
    return checked_table(pa.concat_tables(blocks), name, form)


def read_frame(frame: pd.DataFrame | pd.Series, *, name: str = "the table", form: TableForm | None = None) -> Table:
    """Check a data frame, of ours or of another library (see `forecast.frames.long_table`), as a file is checked.

    Examples
    --------
    >>> read_frame(pd.DataFrame({"unique_id": "a", "ds": [2023, 2024, 2025], "y": [1.0, 2.0, 3.0]})).series[0].n
    3
    """
    form = form or TableForm()
    return checked_table(parsed_rows(frame_block(long_table(frame), form, name), form), name, form)


def checked_table(rows: pa.Table, name: str, form: TableForm) -> Table:
    """Turn parsed rows (see `forecast.rows.parsed_rows`) into checked series."""
    series, problems = checked_series(rows, name, form)
    statics, remarks = _statics(rows, form.statics)
    problems += remarks
    frame = pd.DataFrame(problems, columns=list(PROBLEM_COLUMNS))
    frame["row"] = frame["row"].astype("Int64")
    return Table(name, tuple(series), frame.sort_values(["series", "row"], kind="stable", ignore_index=True), statics)


def _statics(rows: pa.Table, names: tuple[str, ...]) -> tuple[pd.DataFrame, list[Problem]]:
    """Give the last value in time of each static column by series, and a note where a series has several."""
    if not names:
        return pd.DataFrame(), []
    frame = rows.select(["unique_id", "day", "row", *names]).to_pandas()
    frame = frame.sort_values(["unique_id", "day", "row"], ignore_index=True)
    frame[list(names)] = frame[list(names)].astype(object).where(frame[list(names)] != "", None)
    by_series = frame.groupby("unique_id")[list(names)]
    last, several = by_series.last(), by_series.nunique() > 1
    remarks = [
        Problem(
            str(key),
            None,
            name,
            f"{key}: column {name} has several values.",
            f'"{last.loc[key, name]}" is kept, the latest.',
            NOTE,
        )
        for name in names
        for key in several.index[several[name]]
    ]
    return last, remarks


def series_frame(series: tuple[Series, ...] | list[Series]) -> pd.DataFrame:
    """Give series as the long table of the border, so that reading it again gives the same series.

    Returns
    -------
    pandas.DataFrame
        `unique_id`, `ds` (whole years where all series are annual, else the first day of each period), `y`, `unit`,
        `kind`, and `y_sd` (in the unit of y) where a value is not exact.
    """
    if not series:
        return pd.DataFrame({"unique_id": [], "ds": [], "y": [], "unit": [], "kind": []})
    annual = all(str(s.periods.freqstr).startswith("Y") for s in series)
    parts = []
    for s in series:
        ds = stamps(s.periods) if annual else s.periods.to_timestamp().to_numpy()
        part = pd.DataFrame({"unique_id": s.key, "ds": ds, "y": s.values, "unit": s.unit, "kind": s.kind})
        part["y_sd"] = s.values * np.sqrt(np.expm1(s.log_sd**2))
        parts.append(part)
    out = pd.concat(parts, ignore_index=True)
    return out if (out["y_sd"] > 0).any() else out.drop(columns="y_sd")
