"""What is wrong with a file, told by row: one finding each, many of them in one error."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from forecast.errors import InputError

Severity = Literal["error", "warning", "note"]
SHOWN = 20


@dataclass(frozen=True, slots=True)
class Finding:
    """Something found in a file.

    Parameters
    ----------
    severity : {"error", "warning", "note"}
        Error: cannot be used. Warning: should be looked at. Note: worth knowing.
    file : str
        Name of the file.
    row : int or None
        Line of the file, the header being 1; None where it concerns the whole file.
    field : str
        Column, or blank.
    what : str
        What was found.
    remedy : str
        What is allowed and what to do.
    about : str
        Kind of check: schema, hash, unit, value, conflict, growth, sum, gap, date.

    Examples
    --------
    >>> print(Finding("error", "mine.csv", 3, "value", '"12 bn" is not a number.', "Write plain digits.", "schema"))
    mine.csv, row 3, value: "12 bn" is not a number. Write plain digits.
    """

    severity: Severity
    file: str
    row: int | None
    field: str
    what: str
    remedy: str
    about: str

    def __str__(self) -> str:
        place = [self.file] + ([f"row {self.row}"] if self.row else []) + ([self.field] if self.field else [])
        return f"{', '.join(place)}: {self.what} {self.remedy}".rstrip()


class FindingsError(InputError):
    """A file cannot be used; `findings` holds everything that is wrong with it, the message the first twenty."""

    def __init__(self, file: str, findings: Sequence[Finding]) -> None:
        n = len(findings)
        lines = [f"{file} has {n} problem{'s' if n != 1 else ''}:", *(str(finding) for finding in findings[:SHOWN])]
        if n > SHOWN:
            lines.append(f"... and {n - SHOWN} more.")
        super().__init__("\n".join(lines))
        self.findings = tuple(findings)
