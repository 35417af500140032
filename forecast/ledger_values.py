"""Values in the ledger that cannot be: below zero, shares above one, levels a factor of ten thousand off."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from forecast.catalog import indicators
from forecast.entries import Entry, finding, rows_beside, shown, surest
from forecast.findings import Finding

FACTORS = {3: "1,000", 4: "10,000", 6: "1,000,000", 8: "100,000,000"}
"""Powers of ten that a misread unit makes: thousand, 万 (ten thousand), million, 亿 (hundred million)."""

NEAR = 0.5
"""How close to such a factor, in powers of ten: by themselves the levels of near years differ less than threefold."""

REACH = 4
"""Years within which a level is held against the two nearest on each side; more than half must be off alike."""


def value_findings(entries: Sequence[Entry]) -> Iterator[Finding]:
    """Tell values outside what their kind allows, and levels that a misread unit would explain.

    Parameters
    ----------
    entries : sequence of Entry
        Figures, each with its line.

    Yields
    ------
    Finding
        Errors of kind value for what cannot be; warnings of kind unit for levels about 1,000, 10,000, a million or a
        hundred million times those of the years around them.
    """
    yield from _range_findings(entries)
    yield from _scale_findings([e for e in entries if e.figure.fit])


def _range_findings(entries: Sequence[Entry]) -> Iterator[Finding]:
    known = indicators()
    for e in entries:
        f = e.figure
        if f.kind == "growth" or f.unit == "fraction":
            if f.value < -1:
                yield finding(
                    "error", e, "value", f"growth of {f.value:.0%}.", "Write 0.153 for 15.3 percent.", "value"
                )
            elif f.value > 10:
                what = f"growth of {f.value:.0%} is more than tenfold."
                yield finding("warning", e, "value", what, "Write 0.153 for 15.3 percent.", "value")
        elif f.kind == "share":
            if not 0 <= f.value <= 1:
                what = f"a share of {f.value:.0%} is not between 0 and 1."
                yield finding("error", e, "value", what, "Write 0.48 for 48 percent.", "value")
        elif known[f.indicator].positive and f.value < 0:
            what = f"{shown(f.value)} is below zero."
            yield finding("error", e, "value", what, "Counts and amounts must not be below zero.", "value")


def _scale_findings(entries: Sequence[Entry]) -> Iterator[Finding]:
    series: dict[str, dict[int, list[Entry]]] = defaultdict(lambda: defaultdict(list))
    for e in entries:
        f = e.figure
        if f.kind == "level" and f.period_kind == "year" and f.value > 0:
            series[f.series][f.year].append(e)
    for found in series.values():
        years = sorted(found)
        best = {year: min(found[year], key=surest) for year in years}
        for at, year in enumerate(years):
            near = [*years[max(0, at - 2) : at], *years[at + 1 : at + 3]]
            around = [best[other] for other in near if abs(other - year) <= REACH]
            if len(around) == 1 and around[0].figure.year > year:  # of two that differ, the later one is told
                continue
            for e in found[year]:
                powers = Counter(_power(e.figure.value, other.figure.value) for other in around)
                power, times = powers.most_common(1)[0] if powers else (0, 0)
                if power and times > len(around) / 2:
                    size = f"{FACTORS[abs(power)]} times too {'large' if power > 0 else 'small'}"
                    rows = rows_beside(e, around)
                    what = f"{shown(e.figure.value)} is about {size} beside the years around it ({rows})."
                    remedy = "Look whether thousands, 万 (ten thousand) or 亿 (hundred million) were read as ones."
                    yield finding("warning", e, "value", what, remedy, "unit")


def _power(value: float, other: float) -> int:
    """Give the power of ten of a misread unit that lies between two levels; 0 where none does."""
    off = math.log10(value / other)
    power = round(off)
    return power if abs(power) in FACTORS and abs(off - power) <= NEAR else 0
