"""Panels: one indicator over regions and years, with how well each figure is known."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from forecast.catalog import find_region, regions
from forecast.errors import InputError
from forecast.history import History
from forecast.series import Floats, Series, frozen

Mask = NDArray[np.bool_]

MOST_ERROR = 0.15
"""Years whose logarithm is known worse than this are left out: an estimate carries the model that filled the gap, and
what that model assumes of a year is no evidence on it. Our choice."""

USUAL_NOISE = 0.05
"""A year known to within `sd` weighs ``1 / (1 + (sd / USUAL_NOISE)^2)`` of one printed exactly. Our choice: about how
far a province's yearly figure strays from its neighbours for no reason known."""

RESTLESS = 3.0
"""Regions whose growth varies more than this many times as much as the median region's serve as nobody's comparison."""


@dataclass(frozen=True, eq=False)
class Panel:
    """Logarithms of one indicator by region and year.

    Parameters
    ----------
    indicator : str
        Name, for messages.
    regions : tuple of str
    years : tuple of int
        Ascending, without gaps.
    logs : array, shape (regions, years)
        NaN where not known well enough.
    log_sd : array, shape (regions, years)
        Standard deviation of each logarithm; 0 where printed exactly.

    Examples
    --------
    >>> p = Panel("x", ("A", "B"), (2020, 2021), np.log([[1.0, 2.0], [3.0, 6.0]]), np.zeros((2, 2)))
    >>> p.of("B").round(3).tolist()
    [1.099, 1.792]
    """

    indicator: str
    regions: tuple[str, ...]
    years: tuple[int, ...]
    logs: Floats
    log_sd: Floats

    def __post_init__(self) -> None:
        shape = (len(self.regions), len(self.years))
        for name in ("logs", "log_sd"):
            array = frozen(getattr(self, name))
            if array.shape != shape:
                raise InputError(f"{self.indicator}: {name} has shape {array.shape}.", f"Allowed: {shape}.")
            object.__setattr__(self, name, array)

    def of(self, region: str) -> Floats:
        """Give the logarithms of one region by year."""
        row: Floats = self.logs[self.regions.index(region)]
        return row

    @property
    def known(self) -> Mask:
        """Whether each figure is known well enough, shape (regions, years)."""
        return np.isfinite(self.logs)

    def weights(self) -> Floats:
        """Give the weight of each figure, 0 to 1; 0 where it is not known."""
        weight = 1.0 / (1.0 + (self.log_sd / USUAL_NOISE) ** 2)
        return frozen(np.where(self.known, weight, 0.0))

    def balanced(self, treated: Iterable[str] = (), share: float = 0.8) -> Panel:
        """Keep the years most regions are known in, and the regions known in all of these.

        Parameters
        ----------
        treated : iterable of str
            Regions that must be known in a year for it to count.
        share : float
            Of the regions known in the best year.
        """
        known = self.known
        if not known.any():
            return self._take([], [])
        enough = known.sum(axis=0) >= share * known.sum(axis=0).max()
        must = [self.regions.index(r) for r in treated if r in self.regions]
        enough &= known[must].all(axis=0)
        columns = np.flatnonzero(enough)
        rows = np.flatnonzero(known[:, columns].all(axis=1)) if columns.size else np.array([], dtype=int)
        return self._take(rows, columns)

    def calm(self, keep: Iterable[str] = ()) -> Panel:
        """Drop regions whose growth is restless (`RESTLESS`), but none of `keep`."""
        if len(self.years) < 3 or not self.regions:
            return self
        spread = np.nanstd(np.diff(self.logs, axis=1), axis=1)
        limit = RESTLESS * float(np.nanmedian(spread))
        rows = [i for i, r in enumerate(self.regions) if spread[i] <= limit or r in set(keep)]
        return self._take(rows, range(len(self.years)))

    def only(self, kept: Iterable[str]) -> Panel:
        """Keep these regions, in the panel's order."""
        names = set(kept)
        return self._take([i for i, r in enumerate(self.regions) if r in names], range(len(self.years)))

    def between(self, first: int, last: int, skip: Iterable[int] = ()) -> Panel:
        """Keep the years from `first` to `last` but those in `skip`."""
        left_out = set(skip)
        columns = [j for j, y in enumerate(self.years) if first <= y <= last and y not in left_out]
        return self._take(range(len(self.regions)), columns)

    def _take(self, rows: Iterable[int], columns: Iterable[int]) -> Panel:
        r, c = [int(i) for i in rows], [int(j) for j in columns]
        grid = np.ix_(r, c)
        names, years = tuple(self.regions[i] for i in r), tuple(self.years[j] for j in c)
        return Panel(self.indicator, names, years, self.logs[grid], self.log_sd[grid])


def panel_of(indicator: str, found: Mapping[str, History], *, most_error: float = MOST_ERROR) -> Panel:
    """Give the panel of the provinces from histories; years that are estimates are left out.

    Parameters
    ----------
    indicator : str
    found : mapping
        Histories by series key, as of `forecast.histories.bundled_histories`.
    most_error : float
        Largest standard deviation of a logarithm that counts as known.
    """
    series = {r: found[f"{r}.{indicator}"].series for r in regions()["CN"].members if f"{r}.{indicator}" in found}
    return panel_of_series(indicator, series, most_error=most_error)


def panel_of_series(indicator: str, series: Mapping[str, Series], *, most_error: float = MOST_ERROR) -> Panel:
    """Give the panel of annual series by region."""
    if not series:
        return Panel(indicator, (), (), np.zeros((0, 0)), np.zeros((0, 0)))
    first = min(int(s.periods[0].year) for s in series.values())
    last = max(int(s.periods[-1].year) for s in series.values())
    logs, errors = (np.full((len(series), last - first + 1), math.nan) for _ in range(2))
    for i, s in enumerate(series.values()):
        at = int(s.periods[0].year) - first
        good = (s.values > 0) & (s.log_sd <= most_error)
        logs[i, at : at + s.n] = np.where(good, np.log(np.where(s.values > 0, s.values, 1.0)), math.nan)
        errors[i, at : at + s.n] = s.log_sd
    return Panel(indicator, tuple(series), tuple(range(first, last + 1)), logs, np.nan_to_num(errors))


def read_panel(path: Path, indicator: str = "") -> Panel:
    """Read a panel of your own: CSV with the columns region, year, value and, where known, log_sd.

    Regions may be provinces, cities or units of any other kind; names of our regions are turned into their keys.

    Parameters
    ----------
    path : Path
        UTF-8, with a header. `log_sd` is the standard deviation of the value's logarithm; blank or missing is exact.
    indicator : str, optional
        Name in what is printed; the file's name without it.

    Raises
    ------
    InputError
        With file, row and field, where a column is missing, a cell is no number, a value is not above 0 or a region
        has two figures for one year.
    """
    if not path.is_file():
        raise InputError(f"{path}: not found.", "Give the path of a CSV file with region, year and value.")
    cells: dict[tuple[str, int], tuple[float, float]] = {}
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        missing = [c for c in ("region", "year", "value") if c not in (reader.fieldnames or ())]
        if missing:
            raise InputError(
                f"{path.name}, row 1: no column {', '.join(missing)}.",
                "Allowed: region, year, value and optionally log_sd. Rename the columns.",
            )
        for number, row in enumerate(reader, start=2):
            key = (region_key(row["region"]), int(_cell(row, "year", path, number)))
            value, sd = _cell(row, "value", path, number), _cell(row, "log_sd", path, number, blank=0.0)
            if key in cells:
                raise InputError(
                    f"{path.name}, row {number}, year: a second figure for {key[0]} in {key[1]}.",
                    "Allowed: one figure a region and year. Keep one of them.",
                )
            if not (value > 0 and sd >= 0):
                raise InputError(
                    f"{path.name}, row {number}, value: {value:g} with log_sd {sd:g}.",
                    "Allowed: values above 0, log_sd 0 or more. Leave out rows without a figure.",
                )
            cells[key] = (value, sd)
    if not cells:
        raise InputError(f"{path.name}: no rows.", "Give one row a region and year.")
    names = tuple(dict.fromkeys(region for region, _ in cells))
    span = range(min(y for _, y in cells), max(y for _, y in cells) + 1)
    logs, errors = np.full((len(names), len(span)), math.nan), np.zeros((len(names), len(span)))
    for (region, year), (value, sd) in cells.items():
        at = names.index(region), year - span[0]
        logs[at], errors[at] = (math.log(value) if sd <= MOST_ERROR else math.nan), sd
    return Panel(indicator or path.stem, names, tuple(span), logs, errors)


def region_key(name: str) -> str:
    """Give the key of one of our regions, or the name as it is for a unit of another kind."""
    try:
        return find_region(name).id
    except InputError:
        return name.strip()


def _cell(row: Mapping[str, str | None], field: str, path: Path, number: int, blank: float | None = None) -> float:
    text = (row.get(field) or "").strip()
    if not text and blank is not None:
        return blank
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or (field == "year" and value != int(value)):
        raise InputError(
            f"{path.name}, row {number}, {field}: {text or 'blank'}.", "Allowed: a number. Correct or drop the row."
        )
    return value
