"""Values in the ledger that cannot be: below zero, shares above one, levels a factor of ten thousand off."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from statistics import median

from forecast.catalog import indicators
from forecast.entries import Entry, finding, shown, surest
from forecast.findings import Finding

FACTORS = {3: "1,000", 4: "10,000", 6: "1,000,000", 8: "100,000,000"}
"""Powers of ten that a misread unit makes: thousand, 万 (ten thousand), million, 亿 (hundred million)."""

NEAR = 0.5
"""A level this close to such a factor, in powers of ten, is told: growth between neighbours is less than threefold."""

REACH = 2
"""Years on each side that a level is held against."""


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
        usual = {year: math.log10(min(found[year], key=surest).figure.value) for year in years}
        for year in years:
            around = [other for other in years if 0 < abs(other - year) <= REACH]
            if not around or (len(around) == 1 and around[0] > year):  # of two that differ, the later one is told
                continue
            middle = median(usual[other] for other in around)
            rows = ", ".join(str(min(found[other], key=surest).line) for other in around)
            for e in found[year]:
                off = math.log10(e.figure.value) - middle
                power = round(abs(off))
                if power in FACTORS and abs(abs(off) - power) <= NEAR:
                    size = f"{FACTORS[power]} times too {'large' if off > 0 else 'small'}"
                    what = f"{shown(e.figure.value)} is about {size} beside the years around it (rows {rows})."
                    remedy = "Look whether thousands, 万 (ten thousand) or 亿 (hundred million) were read as ones."
                    yield finding("warning", e, "value", what, remedy, "unit")
