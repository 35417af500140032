"""Published figures: one observation a figure, with its period, precision and source; never altered.

Labels of scope and basis that mean the same as others are read under one name, as `corrections.csv` of the data package
lists; the printed label stays on the observation.
"""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Literal, cast

from forecast.catalog import NATION, Measure, data_folder, last_day, sources
from forecast.corrections import corrections
from forecast.keys import main_scope, series_key, split_key
from forecast.periods import Period, PeriodKind, end_of, parse_period

__all__ = [
    "PUBLICATION_LAG", "FigureKind", "Grade", "Observation", "Period", "PeriodKind", "corrections", "end_of",
    "known_by", "main_scope", "observations", "parse_period", "public_since", "series_key", "split_key",
]  # fmt: skip
FigureKind = Literal["level", "growth", "share", "bound_low", "bound_high", "target"]
Grade = Literal["high", "medium", "low"]


@dataclass(frozen=True, slots=True)
class Observation:
    """One published figure.

    `value` is in `unit` and as published: 0.102 for a growth of 10.2 percent. The true value of a level lies within
    `half_width` of it; that of a ``bound_low`` in [value, value + 2 half_width]; of a ``bound_high`` in
    [value - 2 half_width, value]. `fit` is false for figures that may not enter a model; `note` says why.
    `printed_scope` and `printed_basis` are the labels before `correction` (an id of corrections.csv, or blank).
    """

    id: str
    region: str
    indicator: str
    scope: str
    period: str
    period_kind: PeriodKind
    fraction: float
    kind: FigureKind
    measure: Measure
    value: float
    unit: str
    half_width: float
    approx: bool
    basis: str
    grade: Grade
    source_id: str
    published: str
    fit: bool
    share_of: str
    note: str
    printed_scope: str
    printed_basis: str
    correction: str = ""

    @property
    def series(self) -> str:
        """Key of the series it belongs to."""
        return series_key(self.region, self.indicator, self.scope)

    @property
    def span(self) -> Period:
        """Its period as numbers."""
        return parse_period(self.period)

    @property
    def year(self) -> int:
        """Year of its period (the last one of a span)."""
        return parse_period(self.period).year

    @property
    def whole(self) -> tuple[str, str, str]:
        """For a share: region, indicator and scope of the whole; `share_of` leaves out `total` and `resident`."""
        region, indicator, scope = [*self.share_of.split("."), "", ""][:3]
        return region, indicator, scope or ("total" if region == NATION else main_scope(region, indicator))


PUBLICATION_LAG = {"dataset": 330, "year": 120, "part": 45}
"""Days from the end of a period to the publication of a figure without any date.

Tables of yearbooks (sources of kind dataset) come out towards the end of the next year. Of other figures whose date is
known, half of the yearly ones appeared within 120 days and half of those of a part of a year within 45; a test
measures it.
"""


def _corrected(observation: Observation) -> Observation:
    for correction in corrections():
        if correction.indicator == observation.indicator and correction.fits(observation):
            observation = correction.applied_to(observation)
    return observation


@cache
def _all() -> tuple[Observation, ...]:
    concerned = {correction.indicator for correction in corrections()}
    found = []
    with (data_folder() / "observations.csv").open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        next(rows)  # the columns are those of the descriptor; tests and `data check` hold that
        for (
            id_, region, indicator, scope, period, period_kind, fraction, kind, measure, value, unit, half_width,
            approx, basis, grade, source, published, fit, share_of, note,
        ) in rows:  # fmt: skip
            figure = Observation(
                id_, region, indicator, scope, period, cast(PeriodKind, period_kind), float(fraction),
                cast(FigureKind, kind), cast(Measure, measure), float(value), unit, float(half_width), approx == "1",
                basis, cast(Grade, grade), source, published, fit == "1", share_of, note, scope, basis,
            )  # fmt: skip
            found.append(_corrected(figure) if indicator in concerned else figure)
    return tuple(found)


def public_since(observation: Observation) -> dt.date:
    """Give the day from which a figure is taken to be public.

    The date of the figure where it has one, else that of its source, else the end of its period plus `PUBLICATION_LAG`.
    A date known only to the month or year counts from its last day, so that nothing is known too early.
    """
    source = sources().get(observation.source_id)
    date = observation.published or (source.published if source else "")
    if date:
        return last_day(date)
    lag = "dataset" if source and source.kind == "dataset" else "year" if observation.period_kind == "year" else "part"
    return end_of(observation.period) + dt.timedelta(days=PUBLICATION_LAG[lag])


def known_by(figures: Iterable[Observation], as_of: dt.date | str) -> tuple[Observation, ...]:
    """Give the figures that were public on a day (a date, or text such as ``2021-06-30``, ``2021-06``, ``2021``)."""
    day = last_day(as_of) if isinstance(as_of, str) else as_of
    return tuple(figure for figure in figures if public_since(figure) <= day)


def observations(as_of: dt.date | str | None = None) -> tuple[Observation, ...]:
    """Give all bundled figures, or those that were public on a day.

    Parameters
    ----------
    as_of : date or str, optional
        Only what was published by then; see `public_since`.

    Returns
    -------
    tuple of Observation
        In the order of the table; labels corrected as `corrections` lists.

    Examples
    --------
    >>> len(observations()) > len(observations(as_of="2015-12-31")) > 0
    True
    """
    return _all() if as_of is None else known_by(_all(), as_of)
