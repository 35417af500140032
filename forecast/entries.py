"""A figure of the ledger with the line it stands on, and findings about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from forecast.figures import Observation
from forecast.findings import Finding, Severity

FILE = "observations.csv"
SLACK = 0.001
"""Differences below 0.1 percent (of levels) or 0.1 point (of growth) are rounding in the making of a print."""
GRADE = {"high": 0, "medium": 1, "low": 2}


@dataclass(frozen=True, slots=True)
class Entry:
    """A figure, the line of its row, and the file it stands in."""

    line: int
    figure: Observation
    file: str = FILE

    @property
    def low(self) -> float:
        """Lower end of what the print allows."""
        f = self.figure
        return f.value - (0 if f.kind == "bound_low" else 2 * f.half_width if f.kind == "bound_high" else f.half_width)

    @property
    def high(self) -> float:
        """Upper end of what the print allows."""
        f = self.figure
        return f.value + (2 * f.half_width if f.kind == "bound_low" else 0 if f.kind == "bound_high" else f.half_width)


def finding(severity: Severity, entry: Entry, field: str, what: str, remedy: str, about: str) -> Finding:
    """Make a finding on the row of an entry."""
    return Finding(severity, entry.file, entry.line, field, f"{entry.figure.id}: {what}", remedy, about)


def rows_beside(entry: Entry, others: Sequence[Entry]) -> str:
    """Name the rows of other entries, and their file where it is another than that of the entry; six at most."""
    parts = []
    for file in dict.fromkeys(other.file for other in others):
        lines = [str(other.line) for other in others if other.file == file]
        first, last = (lines[:6], "others") if len(lines) > 6 else (lines[:-1], lines[-1])
        named = f"{', '.join(first)} and {last}" if first else last
        parts.append(f"row{'s' if len(lines) > 1 else ''} {named}{'' if file == entry.file else f' of {file}'}")
    return " and ".join(parts)


def surest(entry: Entry) -> tuple[int, float, int]:
    """Rank prints of the same thing, the surest first: by grade of the source, then by rounding, then by row."""
    return GRADE[entry.figure.grade], entry.figure.half_width, entry.line


def shown(value: float) -> str:
    """Write a figure in plain digits, as it is printed.

    Examples
    --------
    >>> shown(3.7e10), shown(0.0198), shown(21636.0)
    ('37,000,000,000', '0.0198', '21,636')
    """
    return f"{value:,.15g}"


def how_far(value: float, other: float) -> str:
    """Say how far a value is from another: percent of the other, or how many times it, from tenfold on.

    Examples
    --------
    >>> how_far(0.0198, 0.0191), how_far(27060.0, 2.706e8)
    ('3.7%', 'a factor of 10,000')
    """
    small, large = sorted((abs(value), abs(other)))
    if small > 0 and large / small >= 10:
        return f"a factor of {float(f'{large / small:.3g}'):,.15g}"
    return f"{abs(value - other) / max(abs(other), 1e-12):.1%}"
