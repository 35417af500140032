"""The way of counting to assume for figures that do not say: that of most bundled figures of their year."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cache
from itertools import pairwise

from forecast.catalog import NATION, breaks, data_folder, rows_of
from forecast.figures import Observation
from forecast.periods import parse_period


@cache
def _bases() -> dict[tuple[str, bool], dict[int, str]]:
    """Give by indicator and whether it is the nation, and by year, the basis most figures have."""
    all_years: Counter[tuple[str, bool, str]] = Counter()
    by_year: Counter[tuple[str, bool, int, str]] = Counter()
    for row in rows_of(data_folder() / "observations.csv"):
        key = row["indicator"], row["region"] == NATION
        all_years[*key, row["basis"]] += 1
        by_year[*key, parse_period(row["period"]).year, row["basis"]] += 1
    rows = Counter[tuple[str, bool]]()
    for (indicator, nation, _), n in all_years.items():
        rows[indicator, nation] += n
    usual: dict[tuple[str, bool], dict[int, str]] = {}
    for (indicator, nation, year, basis), _ in by_year.most_common():
        # a basis with a handful of figures is a curiosity, even where it is the only one of a year
        if all_years[indicator, nation, basis] >= 0.05 * rows[indicator, nation]:
            usual.setdefault((indicator, nation), {}).setdefault(year, basis)
    return usual


def usual_basis(region: str, indicator: str, year: int) -> str:
    """Give the basis most bundled figures of an indicator have in a year, or in the nearest year with figures.

    Examples
    --------
    >>> usual_basis("CN-ZJ", "invention_applications", 2016), usual_basis("CN-ZJ", "invention_applications", 2030)
    ('received', 'fee_paid')
    """
    years = _bases().get((indicator, region == NATION))
    return years[min(years, key=lambda y: (abs(y - year), -y))] if years else "standard"


def joined(figures: Sequence[Observation], blank: Iterable[str]) -> tuple[Observation, ...]:
    """Put the figures of a series on one basis where those assumed for its years cannot be read as one.

    They can where each followed the other once and `breaks.csv` links them for all regions, as applications received
    and those with fees paid. Where they alternate, or nothing links them, all take that of the last year.

    Parameters
    ----------
    figures : sequence of Observation
        Of any series.
    blank : iterable of str
        Ids of those whose basis was assumed; the others stay.
    """
    assumed = set(blank)
    groups: dict[str, list[Observation]] = defaultdict(list)
    for f in figures:
        if f.id in assumed:
            groups[f.series].append(f)
    last: dict[str, str] = {}
    for series, group in groups.items():
        ordered = sorted(group, key=lambda f: (f.span.year, f.id))
        steps = [(a.basis, b.basis) for a, b in pairwise(ordered) if a.basis != b.basis]
        links = {
            (b.before_basis, b.after_basis) for b in breaks() if b.indicator == ordered[0].indicator and b.region == "*"
        }
        if len(steps) > 1 or any(step not in links for step in steps):
            last[series] = ordered[-1].basis
    return tuple(
        replace(f, basis=last[f.series], printed_basis=last[f.series]) if f.id in assumed and f.series in last else f
        for f in figures
    )
