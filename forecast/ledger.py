"""The ledger of published figures: what contradicts what, row by row.

Nothing is mended here. Disagreement between sources is a fact about the evidence; histories read it as error.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Set
from itertools import pairwise
from pathlib import Path

from forecast.catalog import breaks, data_folder, indicators, last_day, regions
from forecast.corrections import corrected, corrections
from forecast.entries import FILE, SLACK, Entry, finding, how_far, rows_beside, shown, surest
from forecast.errors import InputError
from forecast.figures import COLUMNS, figure
from forecast.findings import Finding, Severity
from forecast.ledger_sums import sum_findings
from forecast.ledger_values import value_findings
from forecast.own_figures import read_entries
from forecast.package import Rows, check_package
from forecast.periods import end_of

LOUD = {"conflict": 0.02, "growth": 0.01}
"""From this difference on a contradiction is a warning; below it a note."""
BOUNDS = {"bound_low": "printed as more than", "bound_high": "printed as less than"}
READ = ("region", "indicator", "period", "value", "fraction", "half_width", "published")
"""Fields without which a figure cannot be held against others."""
RATES = ("growth", "share")
KEEP = "Keep both; look whether one has another scope or basis."


def check(folder: str | Path) -> tuple[Finding, ...]:
    """Check a data package: its files against the descriptor, and its figures against each other.

    Parameters
    ----------
    folder : str or Path
        Folder with datapackage.json and its tables.

    Returns
    -------
    tuple of Finding
        Errors first, then warnings, then notes; by file and row. Kinds (`about`): schema (missing file, column, type,
        constraint, unknown key such as a source), hash, unit (another unit than the series has, or a level about 1,000,
        10,000, a million or a hundred million times the years around it), value (below zero, a share above one),
        conflict (sources that differ by more than their roundings), growth (a printed growth that two printed levels of
        the same basis exclude), sum (parts that exceed the whole or do not add up to it, all of the basis of the
        whole), gap (years without a level inside a series), date (published before the period was over).

    Raises
    ------
    InputError
        Where the folder holds no package.

    Examples
    --------
    >>> from forecast.catalog import data_folder
    >>> [finding for finding in check(data_folder()) if finding.severity == "error"]
    []
    """
    findings = _checked(Path(folder))[1]
    return tuple(sorted(findings, key=_order))


def check_figures(source: str | Path | bytes, *, name: str | None = None) -> tuple[Finding, ...]:
    r"""Check a user's own figures: each row, and all of them beside the bundled figures.

    Parameters
    ----------
    source : str, Path or bytes
        As `forecast.observations.read_observations` takes it.
    name : str, optional
        What to call it.

    Returns
    -------
    tuple of Finding
        What the bundled figures alone do not give: errors first, then warnings, then notes.

    Raises
    ------
    FindingsError
        Where rows cannot be read, with all that is wrong.

    Examples
    --------
    >>> own = b"region,indicator,period,value,source_id\nZhejiang,inventions_in_force,2023,400000,own\n"
    >>> print(check_figures(own, name="own.csv")[0].what)
    CN-ZJ.inventions_in_force.2023.level.own: 400,000 differs from 364,913 of s011 in row ... of observations.csv ...
    """
    bundled, known = _checked(data_folder())
    own = read_entries(source, name=name)
    return tuple(sorted(set(figure_findings([*bundled, *own])).difference(known), key=_order))


def _order(found: Finding) -> tuple[int, str, int, str, str]:
    rank = {"error": 0, "warning": 1, "note": 2}
    return rank[found.severity], found.file, found.row or 0, found.field, found.what


def _checked(folder: Path) -> tuple[list[Entry], list[Finding]]:
    """Give the figures of a package that can be read, and all findings."""
    tables, findings = check_package(folder)
    entries: list[Entry] = []
    if "observations" in tables:
        told = {(f.row, f.field) for f in findings if f.file == FILE}
        entries, unread = _entries(folder, tables["observations"], told)
        findings += unread
        findings += figure_findings(entries)
    return entries, findings


def figure_findings(entries: Iterable[Entry]) -> list[Finding]:
    """Check figures against each other; `entries` are figures with the line each stands on."""
    entries = list(entries)
    usable = [e for e in entries if e.figure.fit]
    found = [*_unit_findings(entries), *_period_findings(entries), *value_findings(entries)]
    found += _conflict_findings(usable)
    return [*found, *_growth_findings(usable), *sum_findings(usable), *_gap_findings(usable)]


def _entries(folder: Path, rows: Rows, told: Set[tuple[int | None, str]]) -> tuple[list[Entry], list[Finding]]:
    """Give the figures that can be read, and what is wrong with the dates of those that cannot.

    `told` are line and field of what the descriptor excludes already.
    """
    listed = corrections(folder) if (folder / "corrections.csv").is_file() else ()
    concerned = {correction.indicator for correction in listed}
    known, places = indicators(), regions()
    at = [rows.header.index(column) for column in COLUMNS]
    entries, unread = [], []
    for line, cells in zip(rows.lines, rows.cells, strict=True):
        if any((line, field) in told for field in READ):
            continue
        f = figure([cells[i] for i in at])
        if f.indicator not in known or f.region not in places:  # a vocabulary of the user's own
            continue
        entry = Entry(line, f)
        try:
            end_of(f.period)
        except InputError as error:
            unread.append(finding("error", entry, "period", error.what, error.remedy, "date"))
            continue
        try:
            last_day(f.published or "2000")
        except ValueError:
            what, remedy = f'"{f.published}" is not a date.', "Write 2024, 2024-05 or 2024-05-31."
            unread.append(finding("error", entry, "published", what, remedy, "date"))
            continue
        entries.append(Entry(line, corrected(f, listed)) if f.indicator in concerned else entry)
    return entries, unread


def _unit_findings(entries: list[Entry]) -> Iterator[Finding]:
    known = indicators()
    for e in entries:
        natural = {"growth": "fraction", "share": "share"}.get(e.figure.kind, known[e.figure.indicator].unit)
        growth_target = e.figure.kind == "target" and e.figure.unit == "fraction"
        if e.figure.unit != natural and not growth_target:
            what = f'the unit is "{e.figure.unit}", that of the series is "{natural}".'
            yield finding("error", e, "unit", what, f"Convert it to {natural}.", "unit")


def _period_findings(entries: list[Entry]) -> Iterator[Finding]:
    for e in entries:
        f, span = e.figure, e.figure.span
        fraction = {"asof": span.end, "span": 1.0}.get(f.period_kind, min(1.0, span.end - span.start))
        if span.kind != f.period_kind:
            what = f'"{f.period}" is no {f.period_kind}.'
            yield finding("error", e, "period_kind", what, f"Write {span.kind}, or mend the period.", "date")
        elif abs(fraction - f.fraction) > 0.01:
            what = f'fraction {f.fraction:g} does not fit "{f.period}".'
            yield finding("error", e, "fraction", what, f"Write {fraction:.4g}.", "date")
        if f.published and f.kind != "target" and last_day(f.published) < end_of(f.period):
            what = f"published {f.published}, before {f.period} was over."
            yield finding("note", e, "published", what, "Read it as a figure of the day of publication.", "date")


def _conflict_findings(entries: list[Entry]) -> Iterator[Finding]:
    """Compare each figure with the surest print of the same thing."""
    same: dict[tuple[str, ...], list[Entry]] = defaultdict(list)
    for e in entries:
        f = e.figure
        if f.kind != "target":
            kind = "level" if f.kind in ("bound_low", "bound_high") else f.kind
            same[f.region, f.indicator, f.scope, f.basis, f.period, kind, f.share_of].append(e)
    for group in same.values():
        if len(group) < 2:
            continue
        best = min(group, key=lambda e: (e.figure.kind in BOUNDS, *surest(e)))
        for e in group:
            scale = 1.0 if e.figure.kind in RATES else max(abs(best.figure.value), 1e-12)
            if max(e.low - best.high, best.low - e.high) > SLACK * scale:
                yield _conflict(e, best, scale)


def _conflict(e: Entry, best: Entry, scale: float) -> Finding:
    value, other = e.figure.value, best.figure.value
    where = f"{shown(other)} of {best.figure.source_id} in {rows_beside(e, [best])}"
    if (e.figure.kind == "bound_low" and other > value) or (e.figure.kind == "bound_high" and other < value):
        what = f"{BOUNDS[e.figure.kind]} {shown(value)}, and {where} is farther off than half_width allows."
        return finding("note", e, "half_width", what, "Widen half_width where the words allow it.", "conflict")
    far = f"{abs(value - other) * 100:.2g} points" if e.figure.kind in RATES else how_far(value, other)
    what = f"{shown(value)} differs from {where} by {far}, more than both roundings."
    loud: Severity = "warning" if abs(value - other) / scale >= LOUD["conflict"] else "note"
    return finding(loud, e, "value", what, _revision(e) or KEEP, "conflict")


def _revision(entry: Entry) -> str:
    """Name the revision of figures that breaks.csv lists for them, if any."""
    f = entry.figure
    for b in breaks():
        revised = b.before_basis == b.after_basis == f.basis and b.indicator == f.indicator
        if revised and b.concerns(f.region) and f.year >= b.year:
            return f"A known revision (breaks.csv, {b.year}): {b.description} Keep both."
    return ""


def _growth_findings(entries: list[Entry]) -> Iterator[Finding]:
    levels: dict[tuple[str, ...], list[Entry]] = defaultdict(list)
    for e in entries:
        if e.figure.kind == "level":
            levels[e.figure.region, e.figure.indicator, e.figure.scope, e.figure.period].append(e)
    for e in entries:
        f = e.figure
        before = _year_before(f.period)
        if f.kind != "growth" or not before:
            continue
        place = (f.region, f.indicator, f.scope)
        pairs = [
            (now, then)
            for now in levels.get((*place, f.period), ())
            for then in levels.get((*place, before), ())
            # a level of another basis says nothing of this growth: real beside nominal, loans beside registrations
            if now.figure.basis == then.figure.basis == f.basis and then.low > 0
        ]
        apart = [max(n.low / t.high - 1 - e.high, e.low - (n.high / t.low - 1)) for n, t in pairs]
        if apart and min(apart) > SLACK:
            now, then = pairs[apart.index(min(apart))]
            implied = now.figure.value / then.figure.value - 1
            what = (
                f"growth is printed as {f.value:+.1%}, but the levels in {rows_beside(e, [then, now])} imply "
                f"{implied:+.1%}."
            )
            loud: Severity = "warning" if min(apart) >= LOUD["growth"] else "note"
            remedy = "Look whether the year before was revised, or counted otherwise."
            yield finding(loud, e, "value", what, remedy, "growth")


def _year_before(period: str) -> str:
    """Give the same period a year before; blank for spans."""
    for start in (0, 4, 5):  # 2024-09, ytd-2024-09, asof-2024-09
        year = period[start : start + 4]
        if year.isdecimal() and (start == 0 or period[start - 1] == "-") and not period.startswith("span"):
            return f"{period[:start]}{int(year) - 1}{period[start + 4 :]}"
    return ""


def _gap_findings(entries: list[Entry]) -> Iterator[Finding]:
    yearly: dict[tuple[str, str, str], dict[int, Entry]] = defaultdict(dict)
    others: dict[tuple[str, str, str], set[int]] = defaultdict(set)
    for e in entries:
        f = e.figure
        place = (f.region, f.indicator, f.scope)
        if f.kind == "level" and f.period_kind == "year":
            yearly[place].setdefault(f.year, e)
        elif f.kind != "target":
            others[place].add(f.year)
    for place, found in yearly.items():
        years = sorted(found)
        for before, after in pairwise(years):
            missing = range(before + 1, after)
            if missing:
                other = sorted(others[place].intersection(missing))
                told = f" Other figures: {_listed(other)}." if other else ""
                what = f"no yearly level for {_listed(list(missing))}, the years before this row.{told}"
                yield finding("note", found[after], "period", what, "Add the figures where they are known.", "gap")


def _listed(years: list[int]) -> str:
    return f"{years[0]} to {years[-1]}" if len(years) > 2 else ", ".join(map(str, years))


def summary(findings: Iterable[Finding]) -> Mapping[tuple[str, str], int]:
    """Count findings by kind and severity.

    Examples
    --------
    >>> summary([Finding("note", "observations.csv", 7, "period", "", "", "gap")])
    {('gap', 'note'): 1}
    """
    counts: dict[tuple[str, str], int] = defaultdict(int)
    for f in findings:
        counts[f.about, f.severity] += 1
    return dict(sorted(counts.items()))
