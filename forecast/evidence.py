"""From published figures to readings: the logarithm each figure measures, of which period, and how well."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from forecast.catalog import breaks
from forecast.keys import series_key
from forecast.periods import parse_period

if TYPE_CHECKING:
    from forecast.observations import Observation

SOURCE_SD = {"high": 0.0005, "medium": 0.001, "low": 0.01}
"""Standard deviation of the logarithm of a printed level beyond rounding, by grade (311 repeated figures)."""
GROWTH_SD = {"high": 0.001, "medium": 0.002, "low": 0.01}
"""The same of a printed growth factor, which may stand on a revised base year (149 growth rates with both levels)."""
SPAN_SD = 0.04
"""The same of a sum over years, whose first and last year are often only implied."""
SPAN_ONLY = "not for fitting: covers several years"

WHOLE_UNITS = ("count", "persons")

ReadingKind = Literal["level", "growth", "share", "span"]


@dataclass(frozen=True, slots=True)
class Reading:
    """What one figure, or several copies of it, says of a series.

    Parameters
    ----------
    ids : tuple of str
        Observations that print it.
    kind : {"level", "growth", "share", "span"}
        Level; level over the one a year before; level over that of `whole`; sum over `years` years.
    year : int
        Year of the period (the last one of a span).
    start, end : int
        Months of the year gone at the start and at the end of the period; (0, 12) is the whole year. Dated stocks
        have `start` equal to `end`, and the end of December is (12, 12).
    basis : str
        How it was counted.
    log, variance : float
        Logarithm of the figure (of 1 + growth) and the variance of its error.
    years : int
        Years in a span.
    whole : str
        Key of the series a share is of.
    bound : bool
        Whether it is a bound, read as a wide level.
    exact : bool
        Whether it is printed in full: to the last unit counted, or to better than one part in ten thousand.
    """

    ids: tuple[str, ...]
    kind: ReadingKind
    year: int
    start: int
    end: int
    basis: str
    log: float
    variance: float
    years: int = 1
    whole: str = ""
    bound: bool = False
    exact: bool = False

    @property
    def yearly(self) -> bool:
        """Whether it covers a whole year, or the end of one."""
        return self.end == 12 and self.start in (0, 12)

    @property
    def dated(self) -> bool:
        """Whether it is a stock at a date inside the year."""
        return self.start == self.end < 12

    @property
    def first_year(self) -> int:
        """First year whose level it tells something of: the end of the year before is nearer to a date in spring."""
        spring = self.dated and self.end < 6
        return self.year - (self.kind == "growth" or spring) - (self.years - 1)

    @property
    def years_told(self) -> frozenset[int]:
        """Years it measures, or compares with another."""
        back = (self.kind == "growth" or self.dated) + (self.years - 1)
        return frozenset(range(self.year - back, self.year + 1))

    @property
    def reach(self) -> int:
        """First year whose level enters its formula: a date lies between two year ends, a part of a year on a trend."""
        return self.year - (self.kind == "growth") - (not self.yearly) - (self.years - 1)


def readable(figure: Observation) -> bool:
    """Whether a figure measures a logarithm: no target, no zero, nothing marked unfit but sums over whole years."""
    if figure.kind == "growth":
        return figure.fit and figure.value > -1
    if figure.value <= 0 or figure.kind == "target":
        return False
    return figure.fit or _sum_over_years(figure)


def _sum_over_years(figure: Observation) -> bool:
    if figure.period_kind != "span" or figure.kind != "level" or figure.measure != "flow":
        return False
    period = parse_period(figure.period)
    whole_years = period.start == int(period.start) and period.end == 1.0
    return whole_years and period.start >= -9 and figure.note.endswith(SPAN_ONLY) and "growth" not in figure.note


def reading(figure: Observation) -> Reading:
    """Read one figure.

    The error of a logarithm has variance ``(half_width / value)^2 / 3 + source_sd^2``. A bound is read as a level in
    the middle of the values it allows: ``log(v + 0.6 h)``, standard deviation ``0.9 h / (v sqrt 3)`` and its mirror.

    Examples
    --------
    >>> from forecast.observations import observations
    >>> figure = next(f for f in observations() if f.id == "CN.gdp.2020.level.s148")
    >>> reading(figure).year, reading(figure).yearly
    (2020, True)
    """
    period = parse_period(figure.period)
    start, end = round(period.start * 12), round(period.end * 12)
    if figure.measure == "flow" and figure.period_kind == "asof":
        start = 0  # a count up to a date
    elif figure.measure != "flow" and figure.period_kind != "span" and end < 12:
        start = end  # a stock or ratio of part of a year is that at its end
    value, half = figure.value, figure.half_width
    source = SOURCE_SD[figure.grade]
    kind: ReadingKind = "level"
    exact = not figure.approx and (half <= 1e-4 * value or (half <= 0.5 and figure.unit in WHOLE_UNITS))
    if exact and figure.unit in WHOLE_UNITS and half <= 0.5:
        half = 0.0  # an integer is not rounded
    if figure.kind == "growth":
        kind, value, source = "growth", 1 + value, GROWTH_SD[figure.grade]
    elif figure.kind == "share":
        kind = "share"
    elif figure.kind in ("bound_low", "bound_high"):
        value, half = (
            (value + 0.6 * half if figure.kind == "bound_low" else max(value - 0.6 * half, 0.2 * value)),
            (0.9 * half * max(value, 1e-300) / figure.value),
        )
    years = 1
    if figure.period_kind == "span":
        kind, years, start, source = "span", 1 - round(period.start), 0, max(source, SPAN_SD)
    return Reading(
        (figure.id,), kind, period.year, start, end, figure.basis, math.log(value),
        (half / value) ** 2 / 3 + source**2, years, series_key(*figure.whole) if kind == "share" else "",
        figure.kind.startswith("bound"), exact and figure.kind == "level" and figure.period_kind != "span",
    )  # fmt: skip


def readings(figures: Iterable[Observation]) -> tuple[Reading, ...]:
    """Read figures of one series; copies that agree within their rounding become one reading.

    Repeats are copies of one press release far more often than independent measurements, so the most precise one
    stands for all and the error is not divided by their number. Prints that disagree stay apart.
    """
    found: dict[tuple[object, ...], list[Reading]] = defaultdict(list)
    usable = [(figure, reading(figure)) for figure in figures if readable(figure)]
    for figure, one in sorted(usable, key=lambda pair: (pair[1].variance, pair[0].id)):
        group = found[one.kind, one.year, one.start, one.end, one.basis, one.years, one.whole, figure.kind]
        for i, kept in enumerate(group):
            # half a rounding of both; the variance of a uniform error is half^2 / 3
            if abs(kept.log - one.log) <= math.sqrt(3 * kept.variance) + math.sqrt(3 * one.variance):
                group[i] = replace(kept, ids=kept.ids + one.ids)
                break
        else:
            group.append(one)
    flat = [one for group in found.values() for one in group]
    return tuple(sorted(flat, key=lambda one: (one.year, one.start, one.end, one.kind, one.ids)))


@dataclass(frozen=True, slots=True)
class Bases:
    """Ways of counting that are read as one series.

    `main` is the one the history is on; `following` came before or after it without overlap; `parallel` run beside it.
    """

    main: str
    following: tuple[str, ...] = ()
    parallel: tuple[str, ...] = ()

    @property
    def all(self) -> tuple[str, ...]:
        """All of them, the main one first."""
        return (self.main, *self.following, *self.parallel)


def bases_of(region: str, indicator: str, rows: Sequence[Reading]) -> Bases:
    """Choose the bases to read together: those that the table of breaks links, around the one with most figures.

    The main one is the fullest in yearly levels of the last fifteen years, or the newest of those that follow each
    other. Others stay out; `breaks.csv` says which may be joined.
    """
    links = {
        (b.before_basis, b.after_basis)
        for b in breaks()
        if b.indicator == indicator and b.region in (region, "*") and b.before_basis != b.after_basis
    }
    years: dict[str, set[int]] = defaultdict(set)
    count: dict[str, int] = defaultdict(int)
    for row in rows:
        count[row.basis] += 1
        if row.kind == "level" and row.yearly:
            years[row.basis].add(row.year)
    parts: list[set[str]] = []
    for basis in sorted(count):
        joined = [part for part in parts if any((basis, o) in links or (o, basis) in links for o in part)]
        parts = [part for part in parts if part not in joined] + [{basis}.union(*joined)]
    part = max(parts, key=lambda p: (len(set().union(*(years[b] for b in p))), sum(count[b] for b in p), sorted(p)))
    last = max((max(years[b], default=0) for b in part), default=0)
    main = max(sorted(part), key=lambda b: (sum(y > last - 15 for y in years[b]), len(years[b]), count[b]))
    while True:
        newer = [
            b for b in sorted(part)
            if (main, b) in links and len(years[b]) >= 3 and min(years[b]) >= max(years[main], default=0)
        ]  # fmt: skip
        if not newer:
            break
        main = newer[0]
    parallel = tuple(sorted(b for b in part - {main} if len(years[b] & years[main]) >= 2))
    return Bases(main, tuple(sorted(part - {main} - set(parallel))), parallel)
