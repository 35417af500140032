"""A data package against its descriptor: files, hashes, columns, types, constraints and keys."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import json
import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from forecast.errors import InputError
from forecast.findings import Finding

DESCRIPTOR = "datapackage.json"
REBUILD = "Put the file of the release back, or, where the change is meant, run python data/build_descriptor.py."


@dataclass(frozen=True)
class Rows:
    """One table as text: `lines` holds the line of the file on which each row ends."""

    file: str
    header: tuple[str, ...]
    cells: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]

    def column(self, name: str) -> list[str]:
        """Give the cells of a column."""
        at = self.header.index(name)
        return [row[at] for row in self.cells]

    def find(self, name: str, wrong: Callable[[str], bool]) -> Iterator[tuple[int, str]]:
        """Give line and text of the cells that are wrong; each different text is looked at once."""
        column = self.column(name)
        bad = {text for text in set(column) if wrong(text)}
        if bad:
            yield from ((line, text) for line, text in zip(self.lines, column, strict=True) if text in bad)


def read_descriptor(folder: Path) -> dict[str, Any]:
    """Read the descriptor of a data package.

    Raises
    ------
    InputError
        Where it is not there or no JSON.
    """
    path = folder / DESCRIPTOR
    if not path.is_file():
        raise InputError(f"{path}: not found.", f"Give the folder of a data package, which holds {DESCRIPTOR}.")
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return {resource["name"]: resource for resource in found["resources"]}
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path}: cannot be read ({error}).", REBUILD) from None


def read_rows(path: Path) -> tuple[Rows, list[Finding]]:
    """Read a table as text; rows with other than the header's number of cells are told and left out."""
    content = path.read_bytes()
    try:
        reader = csv.reader(io.StringIO(content.decode("utf-8"), newline=""))
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        what = f"byte {content[error.start]:#04x} is not UTF-8."
        return Rows(path.name, (), (), ()), [_schema(path.name, line, "", what, "Save the file as UTF-8.")]
    header: list[str] = []
    cells, lines, findings = [], [], []
    try:
        header = next(reader, [])
        for row in reader:
            if len(row) == len(header):
                cells.append(tuple(row))
                lines.append(reader.line_num)
            else:
                what = f"{len(row)} cells where the header has {len(header)}."
                findings.append(_schema(path.name, reader.line_num, "", what, "Quote text that holds commas."))
    except csv.Error as error:
        findings.append(_schema(path.name, reader.line_num, "", f"cannot be read: {error}.", "Save it as plain CSV."))
    return Rows(path.name, tuple(header), tuple(cells), tuple(lines)), findings


def check_package(folder: Path) -> tuple[dict[str, Rows], list[Finding]]:
    """Check all tables of a package against its descriptor.

    Parameters
    ----------
    folder : Path
        Folder with datapackage.json.

    Returns
    -------
    tables : dict of str to Rows
        Those whose columns are right.
    findings : list of Finding
        Of kinds hash and schema.

    Raises
    ------
    InputError
        Where there is no descriptor.
    """
    described = read_descriptor(folder)
    tables: dict[str, Rows] = {}
    findings: list[Finding] = []
    for name, resource in described.items():
        path = folder / resource["path"]
        if not path.is_file():
            findings.append(_schema(path.name, None, "", "the file is missing.", REBUILD))
            continue
        if "sha256:" + hashlib.sha256(path.read_bytes()).hexdigest() != resource["hash"]:
            what = f"the content is not that of the descriptor (sha256 {resource['hash'][7:19]}...)."
            findings.append(Finding("error", path.name, None, "", what, REBUILD, "hash"))
        rows, broken = read_rows(path)
        findings += broken
        expected = tuple(field["name"] for field in resource["schema"]["fields"])
        if broken and not rows.header:
            continue
        if rows.header != expected:
            odd = sorted(set(expected) ^ set(rows.header))
            what = f"columns differ from the descriptor: {', '.join(odd) if odd else 'another order'}."
            findings.append(_schema(path.name, 1, "", what, f"Write {', '.join(expected)}."))
            continue
        tables[name] = rows
        for field in resource["schema"]["fields"]:
            findings += _cells(rows, field)
        findings += _primary(rows, resource["schema"].get("primaryKey", []))
    for name, rows in tables.items():
        schema = described[name]["schema"]
        for key in schema.get("foreignKeys", []):
            other, (column,) = key["reference"]["resource"], key["reference"]["fields"]
            if other in tables:
                findings += _keys(rows, key["fields"][0], tables[other], column, "")
        for field in schema["fields"]:
            other, _, column = field.get("refersTo", "").partition(".")
            if other in tables:
                findings += _keys(rows, field["name"], tables[other], column, field["separator"])
    return tables, findings


def _schema(file: str, line: int | None, field: str, what: str, remedy: str) -> Finding:
    return Finding("error", file, line, field, what, remedy, "schema")


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text)) and "_" not in text
    except ValueError:
        return False


def _is_date(text: str) -> bool:
    try:
        return bool(dt.date.fromisoformat(text))
    except ValueError:
        return False


_TYPES: dict[str, tuple[Callable[[str], bool], str]] = {
    "string": (lambda text: True, ""),
    "number": (_is_number, "Write plain digits."),
    "integer": (lambda text: bool(re.fullmatch(r"[+-]?\d+", text)), "Write a whole number."),
    "boolean": (lambda text: text in ("0", "1"), "Write 0 or 1."),
    "date": (_is_date, "Write a day as 2025-06-30."),
}


def _cells(rows: Rows, field: dict[str, Any]) -> Iterator[Finding]:
    name, constraints = field["name"], field.get("constraints", {})
    fits, remedy = _TYPES[field["type"]]
    number = field["type"] in ("number", "integer")
    rules: list[tuple[Callable[[str], bool], str, str]] = [
        (lambda text: bool(text) and not fits(text), f'"{{}}" is no {field["type"]}.', remedy),
    ]
    if constraints.get("required"):
        rules.append((lambda text: not text, "the cell is blank.", "Fill it."))
    if "enum" in constraints:
        allowed = {str(value) for value in constraints["enum"]}
        remedy_enum = f"Write {', '.join(sorted(allowed))}."
        rules.append((lambda text: bool(text) and text not in allowed, '"{}" is not allowed.', remedy_enum))
    if "pattern" in constraints:
        pattern = re.compile(constraints["pattern"])
        rules.append((
            lambda text: bool(text) and not pattern.fullmatch(text), '"{}" has another form.', field["description"],
        ))  # fmt: skip
    if number and "minimum" in constraints:
        least = constraints["minimum"]
        rules.append((lambda text: _is_number(text) and float(text) < least, f"{{}} is below {least}.", "Check it."))
    if number and "maximum" in constraints:
        most = constraints["maximum"]
        rules.append((lambda text: _is_number(text) and float(text) > most, f"{{}} is above {most}.", "Check it."))
    for wrong, what, to_do in rules:
        for line, text in rows.find(name, wrong):
            yield _schema(rows.file, line, name, what.format(text[:60]), to_do)


def _primary(rows: Rows, key: Sequence[str]) -> Iterator[Finding]:
    if not key:
        return
    seen: dict[tuple[str, ...], int] = {}
    for line, values in zip(rows.lines, zip(*(rows.column(name) for name in key), strict=True), strict=True):
        first = seen.setdefault(values, line)
        if first != line:
            what = f'"{", ".join(values)}" stands in row {first} already.'
            yield _schema(rows.file, line, ", ".join(key), what, "Keep one of them.")


def _keys(rows: Rows, name: str, other: Rows, column: str, separator: str) -> Iterator[Finding]:
    known = set(other.column(column)) | {"", "*"}
    split = (lambda text: text.split(separator)) if separator else (lambda text: [text])
    for line, text in rows.find(name, lambda text: not known.issuperset(split(text))):
        strange = ", ".join(f'"{key}"' for key in split(text) if key not in known)
        yield _schema(rows.file, line, name, f"{strange} is not in {other.file}.", f"Add it there, or mend {name}.")
