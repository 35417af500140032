"""Wholes and parts in the ledger: parts that exceed their whole, and parts that do not add up to it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from forecast.catalog import indicators, regions
from forecast.entries import SLACK, Entry, finding, surest
from forecast.findings import Finding, Severity
from forecast.hierarchy import Sum
from forecast.sums import Book, bundled_sums

LOUD = 0.01
"""From this share of the whole on it is a warning; below it a note."""

Levels = Mapping[str, Mapping[str, Entry]]
"""By series key and period: the surest print of a level."""


def sum_findings(entries: Sequence[Entry]) -> Iterator[Finding]:
    """Compare each printed whole with the printed parts of the same period, by region, by scope and by type.

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
        for period, whole in levels.get(s.whole, {}).items():
            parts = [levels[p][period] for p in s.known_parts if period in levels.get(p, {})]
            if parts:
                yield from _compared(s, whole, parts)


def _levels(entries: Sequence[Entry]) -> Levels:
    prints: dict[str, dict[str, list[Entry]]] = defaultdict(lambda: defaultdict(list))
    for e in entries:
        if e.figure.kind == "level":
            prints[e.figure.series][e.figure.period].append(e)
    return {key: {period: min(es, key=surest) for period, es in found.items()} for key, found in prints.items()}


def _gap(levels: Levels, whole: str, parts: Sequence[str]) -> float:
    """Share of the whole that the parts lack in the last period in which all are printed."""
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
    rows = ", ".join(str(p.line) for p in parts[:6]) + (" and others" if len(parts) > 6 else "")
    what = (
        f"{len(parts)} parts by {s.along} (rows {rows}) make {total:.10g}, the whole is {whole.figure.value:.10g}: "
        f"{total / scale - 1:+.1%}."
    )
    loud: Severity = "warning" if max(over, under) >= LOUD * scale else "note"
    remedy = "Look whether whole and parts have the same scope, basis and date."
    yield finding(loud, whole, "value", what, remedy, "sum")
