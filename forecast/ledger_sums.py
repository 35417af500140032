"""Wholes and parts in the ledger: parts that exceed their whole, and parts that do not add up to it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from forecast.catalog import indicators, regions
from forecast.entries import SLACK, Entry, finding, rows_beside, shown, surest
from forecast.findings import Finding, Severity
from forecast.hierarchy import Sum
from forecast.sums import Book, bundled_sums

LOUD = 0.01
"""From this share of the whole on it is a warning; below it a note."""

ONE_KIND = ("patent_only", "trademark_only")
"""Bases that say which kind of pledge is counted; they are not the basis of the whole because they are its parts."""

Levels = Mapping[str, Mapping[tuple[str, str], Entry]]
"""By series key, then period and basis: the surest print of a level."""


def sum_findings(entries: Sequence[Entry]) -> Iterator[Finding]:
    """Compare each printed whole with the printed parts of the same period, by region, by scope and by type.

    Only figures counted on the same basis are compared: counts of classes beside counts of applications, or two
    editions of the accounts, would differ without contradicting each other.

    Parameters
    ----------
    entries : sequence of Entry
        Figures fit for use, each with its line.

    Yields
    ------
    Finding
        On the row of the whole, where even the lowest parts the prints allow exceed it, or, where all parts are
        printed and nothing is left beside them, even the highest do not reach it.
    """
    levels = _levels(entries)
    book = Book(indicators(), regions(), frozenset(levels), lambda whole, parts: _gap(levels, whole, parts))
    for s in bundled_sums(book):
        for (period, basis), whole in levels.get(s.whole, {}).items():
            found = (_part(levels.get(key, {}), period, basis) for key in s.known_parts)
            parts = [part for part in found if part is not None]
            if parts:
                yield from _compared(s, whole, parts)


def _part(prints: Mapping[tuple[str, str], Entry], period: str, basis: str) -> Entry | None:
    return next((prints[period, b] for b in (basis, *ONE_KIND) if (period, b) in prints), None)


def _levels(entries: Sequence[Entry]) -> Levels:
    prints: dict[str, dict[tuple[str, str], list[Entry]]] = defaultdict(lambda: defaultdict(list))
    for e in entries:
        if e.figure.kind == "level":
            prints[e.figure.series][e.figure.period, e.figure.basis].append(e)
    return {key: {place: min(es, key=surest) for place, es in found.items()} for key, found in prints.items()}


def _gap(levels: Levels, whole: str, parts: Sequence[str]) -> float:
    """Share of the whole that the parts lack in the last period in which all are printed on one basis."""
    common = set(levels.get(whole, {})).intersection(*(levels.get(p, {}) for p in parts))
    if not common:
        return float("inf")
    last = max(common)
    total = levels[whole][last].figure.value
    return 1 - sum(levels[p][last].figure.value for p in parts) / total if total else float("inf")


def _compared(s: Sum, whole: Entry, parts: Sequence[Entry]) -> Iterator[Finding]:
    scale = max(abs(whole.figure.value), 1e-12)
    total = sum(p.figure.value for p in parts)
    over = sum(p.low for p in parts) - whole.high
    under = whole.low - sum(p.high for p in parts) if len(parts) == len(s.parts) else 0.0
    if max(over, under) <= SLACK * scale:
        return
    what = (
        f"{len(parts)} parts by {s.along} ({rows_beside(whole, parts)}) make {shown(total)}, the whole is "
        f"{shown(whole.figure.value)}: {total / scale - 1:+.1%}."
    )
    loud: Severity = "warning" if max(over, under) >= LOUD * scale else "note"
    remedy = "Look whether whole and parts have the same scope and date."
    yield finding(loud, whole, "value", what, remedy, "sum")
