"""How a table of a user is to be read, and the shape of its blocks: what readers of all kinds of files share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pyarrow as pa

from forecast.errors import InputError

NEEDED = ("unique_id", "ds", "y")
ALONE = "series"
"""Id of the one series of a table that names none, as those for Prophet do."""
PROPHET = frozenset({"ds", "y", "cap", "floor", "y_sd", "unit", "kind"})
"""Columns such a table may have: nothing else that could be a forgotten id."""
RESULTS = frozenset({*NEEDED, "row", "flaw", "form", "day", "field", "model", "scenario", "mean", "paths"})
"""Names that a column kept beside the results cannot have."""
OPTIONAL = ("y_sd", "unit", "kind", "region", "indicator")


@dataclass(frozen=True)
class TableForm:
    """How a table of a user is to be read.

    Parameters
    ----------
    columns : mapping of str to str
        Names in the file by ours, for example ``{"unique_id": "region", "y": "grants"}``.
    frequency : {"annual", "quarterly", "monthly", "weekly", "daily"}, optional
        Told from the dates of each series where it is not given.
    sheet : str, optional
        Sheet of a workbook; the first one where it is not given.
    signed : bool
        Whether values below zero make sense.
    limit : int, optional
        Most bytes the door takes.
    statics : tuple of str
        Columns that say something about a series as a whole, kept as text beside its results.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    frequency: str | None = None
    sheet: str | None = None
    signed: bool = False
    limit: int | None = None
    statics: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in self.columns:
            if name not in NEEDED + OPTIONAL:
                raise InputError(f'"{name}" cannot be mapped to a column.', f"Known: {', '.join(NEEDED + OPTIONAL)}.")
        for name in self.statics:
            if name in RESULTS or name.startswith(("lo-", "hi-")) or self.statics.count(name) > 1:
                raise InputError(f'Column "{name}" cannot be kept beside the results.', "Results have such a column.")
        from forecast.dates import FREQUENCIES

        if self.frequency is not None and self.frequency not in FREQUENCIES:
            raise InputError(f'frequency "{self.frequency}" is unknown.', f"Known: {', '.join(FREQUENCIES)}.")

    def found(self, names: list[str], *, where: str) -> dict[str, str]:
        """Give the column of the file for each of ours that is there.

        Raises
        ------
        InputError
            Where a needed column is missing or stands there twice.
        """
        wanted = {ours: self.columns.get(ours, ours) for ours in NEEDED + OPTIONAL}
        known = PROPHET | {wanted[ours] for ours in ("ds", "y", "y_sd", "unit", "kind")} | set(self.statics)
        if "unique_id" not in self.columns and {wanted["ds"], wanted["y"]} <= set(names) <= known:
            del wanted["unique_id"]
        wanted |= {name: name for name in self.statics if name not in wanted}
        for ours, theirs in wanted.items():
            if names.count(theirs) > 1:
                raise InputError(f'{where}: column "{theirs}" stands there twice.', "Keep one.")
            if theirs not in names and (ours in NEEDED or ours in self.columns or ours in self.statics):
                listed = ", ".join(str(n) for n in names[:12]) + (", ..." if len(names) > 12 else "")
                raise InputError(
                    f'{where}: column "{theirs}" is missing. Found: {listed or "none"}.',
                    "Needed: unique_id, ds, y.",
                )
        return {ours: theirs for ours, theirs in wanted.items() if theirs in names}


def finish(columns: Mapping[str, pa.Array], n: int, *, rows: pa.Array) -> pa.Table:
    """Put a block together: ids as text, row numbers and flaws beside them."""
    out = dict(columns)
    if "unique_id" not in out:
        out = {"unique_id": pa.array([ALONE] * n, pa.string()), **out}
    if not pa.types.is_string(out["unique_id"].type):
        out["unique_id"] = out["unique_id"].cast(pa.string())
    return pa.table({**out, "row": rows, "flaw": pa.nulls(n, pa.string())})


def wrong_type(name: str) -> InputError:
    """Make the error for a file that is no table."""
    return InputError(f'"{name}" is not a CSV, XLSX or Parquet file.', "Save it as one of these and try again.")
