"""A published figure: one observation, with its period, precision and source; never altered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, cast

from forecast.catalog import NATION, Measure
from forecast.keys import main_scope, series_key
from forecast.periods import Period, PeriodKind, parse_period

FigureKind = Literal["level", "growth", "share", "bound_low", "bound_high", "target"]
Grade = Literal["high", "medium", "low"]

COLUMNS = (
    "id", "region", "indicator", "scope", "period", "period_kind", "fraction", "kind", "measure", "value", "unit",
    "half_width", "approx", "basis", "grade", "source_id", "published", "fit", "share_of", "note",
)  # fmt: skip
"""Columns of observations.csv, in order."""


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


def figure(cells: list[str]) -> Observation:
    """Make an observation of the cells of one row of observations.csv, in the order of `COLUMNS`.

    Raises
    ------
    ValueError
        Where there are other than twenty cells or a number cannot be read.
    """
    (
        id_, region, indicator, scope, period, period_kind, fraction, kind, measure, value, unit, half_width, approx,
        basis, grade, source, published, fit, share_of, note,
    ) = cells  # fmt: skip
    return Observation(
        id_, region, indicator, scope, period, cast(PeriodKind, period_kind), float(fraction), cast(FigureKind, kind),
        cast(Measure, measure), float(value), unit, float(half_width), approx == "1", basis, cast(Grade, grade), source,
        published, fit == "1", share_of, note, scope, basis,
    )  # fmt: skip
