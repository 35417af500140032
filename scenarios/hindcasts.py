"""Hindcasts: what levers would have foretold on the eve of policy events, beside what came. The table and its sums."""

from __future__ import annotations

import csv
import datetime as dt
import math
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, fields
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from forecast.catalog import data_folder

if TYPE_CHECKING:
    from scenarios.hindcast_levers import Basis

TABLE = "hindcasts.csv"
"""Name in the data package."""


@dataclass(frozen=True)
class Hindcast:
    """One series and year after policy events: foretold on their eve without and with the levers, and what came.

    Parameters
    ----------
    as_of : str
        Last day of the quarter before the events, ISO date: nothing public later was used, but sizes of effects where
        `basis` says so.
    events, levers : str
        Ids of the events of that quarter that act on the series, and their levers, with semicolons between them.
    region : str
        Of the series.
    basis : str
        then, later or direction, the weakest among the levers; see `scenarios.hindcast_levers.Basis`.
    unique_id : str
        Series judged.
    ds, known_until : int
        Year judged, and last year known on the eve.
    actual : float
        What was printed since.
    without, with_lever : float
        Medians without and with the levers.
    lo_80, hi_80 : float
        80% band without the levers.
    lo_80_with, hi_80_with : float
        80% band with them.
    crps, crps_with : float
        Relative to what came: 0.1 is a tenth of it.
    error, error_with : float
        ``ln(median / actual)``.
    inside, inside_with : bool
        Whether the band held what came.
    cause : str
        Of a miss: definition, events, history or trend; blank where the band with the levers held what came.
    cause_note : str
        Ids of what else happened, or the change of definition.
    """

    as_of: str
    events: str
    levers: str
    region: str
    basis: Basis
    unique_id: str
    ds: int
    known_until: int
    actual: float
    without: float
    with_lever: float
    lo_80: float
    hi_80: float
    lo_80_with: float
    hi_80_with: float
    crps: float
    crps_with: float
    error: float
    error_with: float
    inside: bool
    inside_with: bool
    cause: str = ""
    cause_note: str = ""

    @property
    def helped(self) -> bool:
        """Whether the levers made the forecast better (CRPS)."""
        return self.crps_with < self.crps

    @property
    def needed(self) -> float:
        """Distance of what came from the middle with levers, over the band's half width on that side, in logarithms.

        Above 1 is a miss.
        """
        edge = self.hi_80_with if self.actual >= self.with_lever else self.lo_80_with
        room = abs(math.log(max(edge, 1e-12) / self.with_lever))
        return abs(math.log(self.actual / self.with_lever)) / max(room, 1e-12)


def year_of(row: Hindcast) -> int:
    """Give the year of the events; those of one year share what else came.

    Examples
    --------
    >>> sorted({year_of(row) for row in bundled_hindcasts() if row.as_of == "2018-12-31"})
    [2019]
    """
    return (dt.date.fromisoformat(row.as_of) + dt.timedelta(days=1)).year


@dataclass(frozen=True)
class Summary:
    """Scores of hindcasts: number, events, coverage of the 80% bands, mean CRPS and mean absolute log error."""

    n: int
    events: int
    inside: float
    inside_with: float
    crps: float
    crps_with: float
    error: float
    error_with: float
    helped: float


def summary(rows: Iterable[Hindcast]) -> Summary:
    """Sum up hindcasts; NaN where there are none."""
    found = list(rows)

    def mean(name: str) -> float:
        return float(np.mean([abs(getattr(r, name)) for r in found])) if found else math.nan

    events = {event for row in found for event in row.events.split(";")}
    names = ("inside", "inside_with", "crps", "crps_with", "error", "error_with", "helped")
    return Summary(len(found), len(events), *(mean(name) for name in names))


COLUMNS = tuple(f.name for f in fields(Hindcast))
"""Columns of the table, in order."""


def write_hindcasts(rows: Iterable[Hindcast], path: Path) -> None:
    """Write hindcasts as a table, six digits each."""
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(COLUMNS)
        out.writerows([_text(value) for value in asdict(row).values()] for row in rows)


def _text(value: object) -> str:
    if isinstance(value, bool):
        return str(int(value))
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def read_hindcasts(path: Path) -> tuple[Hindcast, ...]:
    """Read a table of hindcasts."""
    kinds: dict[str, Callable[[str], object]] = {"bool": lambda t: t == "1", "int": int, "float": float}
    of = {f.name: kinds.get(str(f.type), str) for f in fields(Hindcast)}
    with path.open(encoding="utf-8", newline="") as file:
        rows = [{k: of[k](v) for k, v in row.items()} for row in csv.DictReader(file)]
    return tuple(Hindcast(**row) for row in rows)  # type: ignore[arg-type]  # each cell is read as its column's type


@lru_cache(maxsize=1)
def bundled_hindcasts() -> tuple[Hindcast, ...]:
    """Give the bundled hindcasts, written by `benchmarks/hindcasts.py`."""
    return read_hindcasts(data_folder() / TABLE)
