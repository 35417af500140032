"""Scenarios applied to the forecasts of a batch: the same futures with and without them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from forecast.outlook import Forecast
from forecast.series import Floats, Series

BASELINE = "baseline"
"""What the line without a scenario is called."""


class Scenarios(Protocol):
    """Scenarios that move series of regions and indicators; `scenarios.applied` makes them."""

    @property
    def names(self) -> tuple[str, ...]:
        """Ids of the scenarios."""
        ...

    def moves(self, series: Series) -> bool:
        """Whether any of them moves a series."""
        ...

    def moved(self, forecast: Forecast) -> dict[str, Floats]:
        """Give the moved paths by scenario, without those that leave the series alone."""
        ...

    def remark(self, series: Series, horizon: int) -> tuple[str, str] | None:
        """Say why none of them can move a series, or from when on not, and what to do; None where all is well."""
        ...


def lines(forecast: Forecast, scenarios: Scenarios | None) -> Iterator[tuple[str, Forecast]]:
    """Give a forecast, and on the same futures what each scenario makes of it, by name."""
    if scenarios is None:
        yield "", forecast
        return
    yield BASELINE, forecast
    moved = scenarios.moved(forecast)
    for name in scenarios.names:
        if name in moved:
            yield name, Forecast(forecast.series, forecast.model, forecast.periods, moved[name], forecast.notes)
        else:
            yield name, forecast
