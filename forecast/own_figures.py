"""A user's own figures: a CSV in the columns of observations.csv, most of them optional, checked as a whole."""

from __future__ import annotations

import csv
import io
import math
import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import cast

from forecast.catalog import NATION, Indicator, data_folder, find_indicator, find_region, last_day, regions, rows_of
from forecast.corrections import corrected, corrections
from forecast.entries import Entry
from forecast.errors import InputError, unknown
from forecast.figures import COLUMNS, FigureKind, Grade, Observation
from forecast.findings import Finding, FindingsError
from forecast.keys import main_scope
from forecast.periods import Period, parse_period
from forecast.usual_bases import joined, usual_basis

REQUIRED = ("region", "indicator", "period", "value", "source_id")
KINDS = ("level", "growth", "share", "bound_low", "bound_high", "target")
LARGEST = 64 * 1024 * 1024
_DATE = re.compile(r"\d{4}(-\d\d(-\d\d)?)?")

LONGEST = 131_072
"""Characters of one cell at most, the usual limit of the csv module."""


def read_observations(source: str | Path | bytes, *, name: str | None = None) -> tuple[Observation, ...]:
    r"""Read a user's own figures.

    Parameters
    ----------
    source : str, Path or bytes
        Path or content of a CSV file (UTF-8 or GB18030) with at least the columns region, indicator, period, value and
        source_id; region and indicator by key or name. Any other column of observations.csv may be there. Blank cells
        get: kind level; the main scope; the unit of the indicator; the basis the bundled figures of that year have
        (one for the whole series where these cannot be joined);
        half_width half of the last printed digit; grade medium; fit 1; an id made of the rest.
    name : str, optional
        What to call it in messages.

    Returns
    -------
    tuple of Observation
        In the order of the file.

    Raises
    ------
    FindingsError
        With everything that is wrong, by row: missing or unknown columns, text in a number, NaN, unknown region,
        indicator, scope or unit, a period that cannot be read, ids that occur twice.

    Examples
    --------
    >>> own = read_observations(b"region,indicator,period,value,source_id\nZhejiang,GDP,2025,9.4e12,own\n")
    >>> own[0].id, own[0].unit, own[0].series
    ('CN-ZJ.gdp.2025.level.own', 'CNY', 'CN-ZJ.gdp')
    """
    return tuple(entry.figure for entry in read_entries(source, name=name))


def read_entries(source: str | Path | bytes, *, name: str | None = None) -> tuple[Entry, ...]:
    """Read a user's own figures as `read_observations` does, each with the line it stands on and the file's name."""
    name = name or ("the table" if isinstance(source, bytes) else Path(source).name)
    reader = csv.reader(io.StringIO(_text(source, name), newline=""))
    try:
        header = [cell.strip() for cell in next(reader, [])]
        findings = _header_findings(header, name)
        if findings:
            raise FindingsError(name, findings)
        found: list[Observation] = []
        lines: list[int] = []
        seen: dict[str, int] = {}
        blank: set[str] = set()
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if max(map(len, cells)) > LONGEST:
                # the limit of the csv module is one for the whole process, and libraries raise it
                raise csv.Error(f"field larger than field limit ({LONGEST})")
            row = _Row(name, reader.line_num, dict(zip(header, (c.strip() for c in cells), strict=False)))
            if len(cells) != len(header):
                row.add("", f"{len(cells)} cells where the header has {len(header)}.", "Quote text that holds commas.")
            else:
                figure = row.figure()
                first = seen.setdefault(figure.id, row.number)
                if first != row.number:
                    row.add("id", f'"{figure.id}" stands in row {first} already.', "Keep one, or give each its own id.")
                found.append(corrected(figure, corrections()))
                lines.append(row.number)
                if not row.cell("basis"):
                    blank.add(figure.id)
            findings += row.findings
    except csv.Error as error:
        raise InputError(f"{name}, row {reader.line_num}: {error}.", "Save it again as plain CSV.") from None
    if findings:
        raise FindingsError(name, findings)
    if not found:
        raise InputError(f"{name} holds no figures.", f"Give rows with {', '.join(REQUIRED)}.")
    return tuple(Entry(line, figure, name) for line, figure in zip(lines, joined(found, blank), strict=True))


def _text(source: str | Path | bytes, name: str) -> str:
    if not isinstance(source, bytes):
        path = Path(source)
        if not path.is_file():
            raise InputError(f"{path}: not found.", "Give the path of a CSV file.")
        with path.open("rb") as file:
            source = file.read(LARGEST + 1)
    if len(source) > LARGEST:
        raise InputError(f"{name} is larger than {LARGEST >> 20} MB.", "Give single figures, not raw records.")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = source.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise InputError(f"{name} is not a text file in UTF-8 or GB18030.", "Save it as CSV in UTF-8.")


def _header_findings(header: list[str], name: str) -> list[Finding]:
    findings = []
    for column in REQUIRED:
        if column not in header:
            what = f'column "{column}" is missing.'
            findings.append(Finding("error", name, 1, column, what, f"Needed: {', '.join(REQUIRED)}.", "schema"))
    for column, times in Counter(header).items():
        if column not in COLUMNS:
            error = unknown("column", column, COLUMNS)
            findings.append(Finding("error", name, 1, column, error.what, error.remedy, "schema"))
        elif times > 1:
            what = f'column "{column}" stands {times} times.'
            findings.append(Finding("error", name, 1, column, what, "Keep one of them.", "schema"))
    return findings


@cache
def _scopes() -> frozenset[str]:
    """Give the scopes in use."""
    return frozenset(row["scope"] for row in rows_of(data_folder() / "observations.csv"))


class _Row:
    """One row of a user's file while it is checked."""

    def __init__(self, file: str, number: int, cells: dict[str, str]) -> None:
        self.file, self.number, self.cells = file, number, cells
        self.findings: list[Finding] = []

    def add(self, field: str, what: str, remedy: str) -> None:
        self.findings.append(Finding("error", self.file, self.number, field, what, remedy, "schema"))

    def cell(self, field: str, default: str = "") -> str:
        return self.cells.get(field) or default

    def number_in(self, field: str, default: float = math.nan) -> float:
        text = self.cell(field)
        if not text and not math.isnan(default):
            return default
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not math.isfinite(value) or "_" in text:
            self.add(field, f'"{text}" is not a number.', "Write plain digits without units and thousands marks.")
            return math.nan
        return value

    def one_of(self, field: str, allowed: tuple[str, ...], default: str) -> str:
        text = self.cell(field, default)
        if text not in allowed:
            self.add(field, f'"{text}" is not allowed.', f"Write {', '.join(allowed[:-1])} or {allowed[-1]}.")
        return text

    def figure(self) -> Observation:
        """Give the observation of the row; what is wrong with it is in `findings`."""
        region, indicator = "", None
        try:
            region = find_region(self.cell("region")).id
        except InputError as error:
            self.add("region", error.what, error.remedy)
        try:
            indicator = find_indicator(self.cell("indicator"))
        except InputError as error:
            self.add("indicator", error.what, error.remedy)
        period = Period("year", 2000, 0.0, 1.0)
        try:
            period = parse_period(self.cell("period"))
        except InputError as error:
            self.add("period", error.what, error.remedy)
        kind = cast(FigureKind, self.one_of("kind", KINDS, "level"))
        scope = self.cell("scope", main_scope(region, indicator.id) if region and indicator else "total")
        if scope not in _scopes():
            strange = unknown("scope", scope, _scopes())
            self.add("scope", strange.what, strange.remedy)
        published = self.cell("published")
        if published and not _is_date(published):
            self.add("published", f'"{published}" is not a date.', "Write 2024, 2024-05 or 2024-05-31.")
        if not self.cell("source_id"):
            self.add("source_id", "the source is blank.", "Name where the figure stands.")
        value = self.number_in("value")
        if not math.isnan(value):
            self.plausible(value, kind, indicator)
        half_width = self.number_in("half_width", half_of_last_digit(self.cell("value")))
        if half_width < 0:
            self.add("half_width", f"{half_width:g} is below zero.", "Give half of the last printed digit.")
        unit = self.unit(kind, indicator)
        key = indicator.id if indicator else ""
        basis = self.cell("basis", usual_basis(region, key, period.year))
        plain = scope == "total" or (scope == "resident" and region != NATION)
        parts = (region, key, "" if plain else scope, self.cell("period"), kind, self.cell("source_id"))
        for field, derived in (("period_kind", period.kind), ("measure", indicator.measure if indicator else "")):
            if derived and self.cell(field, derived) != derived:
                self.add(field, f'"{self.cell(field)}" does not fit.', f"Leave it blank or write {derived}.")
        return Observation(
            self.cell("id", ".".join(part for part in parts if part)), region, key, scope, self.cell("period"),
            period.kind, period.end if period.kind == "asof" else min(1.0, period.end - period.start), kind,
            indicator.measure if indicator else "flow", value, unit, half_width,
            self.one_of("approx", ("0", "1"), "0") == "1", basis,
            cast(Grade, self.one_of("grade", ("high", "medium", "low"), "medium")), self.cell("source_id"), published,
            self.one_of("fit", ("0", "1"), "1") == "1", self.share_of(kind), self.cell("note"), scope, basis,
        )  # fmt: skip

    def unit(self, kind: str, indicator: Indicator | None) -> str:
        natural = {"growth": "fraction", "share": "share"}.get(kind, indicator.unit if indicator else "")
        unit = self.cell("unit", natural)
        if natural and unit != natural:
            self.add("unit", f'"{unit}" is not the unit of this figure.', f"Convert it to {natural}.")
        return unit

    def plausible(self, value: float, kind: str, indicator: Indicator | None) -> None:
        if kind == "growth" and not -1 <= value <= 10:
            self.add("value", f"growth of {value:g} is {value:.0%}.", "Write 0.153 for 15.3 percent.")
        elif kind == "share" and not 0 <= value <= 1:
            self.add("value", f"a share of {value:g} is {value:.0%}.", "Write 0.48 for 48 percent.")
        elif kind not in ("growth", "share") and indicator and indicator.positive and value < 0:
            self.add("value", f"{value:g} is below zero.", "Counts and amounts must not be below zero.")

    def share_of(self, kind: str) -> str:
        text = self.cell("share_of")
        if kind == "share" or text:
            region, indicator = [*text.split("."), ""][:2]
            try:
                find_indicator(indicator)
                if region not in regions():
                    raise unknown("region", region, regions())
            except InputError as error:
                self.add("share_of", error.what, f"{error.remedy} Write region.indicator of the whole, CN.gdp.")
        return text


def _is_date(text: str) -> bool:
    try:
        return bool(_DATE.fullmatch(text) and last_day(text))
    except ValueError:  # a day that its month does not have
        return False


def half_of_last_digit(text: str) -> float:
    """Give half of the last printed digit of a number.

    Examples
    --------
    >>> half_of_last_digit("451000"), half_of_last_digit("0.073"), half_of_last_digit("9.4e12")
    (0.5, 0.0005, 50000000000.0)
    """
    mantissa, _, exponent = text.lower().partition("e")
    decimals = len(mantissa.partition(".")[2])
    try:
        return float(f"5e{int(exponent or 0) - decimals - 1}")
    except ValueError:  # the cell is no number and is told so by its own check
        return 0.0
