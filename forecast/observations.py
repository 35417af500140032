"""Published figures: one observation a figure, with its period, precision and source; never altered.

Labels of scope and basis that mean the same as others are read under one name, as `corrections.csv` of the data package
lists; the printed label stays on the observation.
"""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from forecast.catalog import data_folder, last_day, sources
from forecast.corrections import corrected, corrections
from forecast.figures import FigureKind, Grade, Observation, figure
from forecast.keys import main_scope, series_key, split_key
from forecast.own_figures import read_observations
from forecast.periods import Period, PeriodKind, end_of, parse_period

__all__ = [
    "PUBLICATION_LAG", "FigureKind", "Grade", "Observation", "Period", "PeriodKind", "corrections", "end_of",
    "known_by", "main_scope", "observations", "parse_period", "public_since", "read_observations", "read_package",
    "series_key", "split_key",
]  # fmt: skip

PUBLICATION_LAG = {"dataset": 330, "year": 120, "part": 45}
"""Days from the end of a period to the publication of a figure without any date.

Tables of yearbooks (sources of kind dataset) come out towards the end of the next year. Of other figures whose date is
known, half of the yearly ones appeared within 120 days and half of those of a part of a year within 45; a test
measures it.
"""


def read_package(folder: Path) -> tuple[Observation, ...]:
    """Give all figures of a data package, labels corrected as its corrections.csv lists; the package is trusted."""
    listed = corrections(folder)
    concerned = {correction.indicator for correction in listed}
    with (folder / "observations.csv").open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        next(rows)  # the columns are those of the descriptor; tests and `data check` hold that
        figures = [figure(row) for row in rows]
    return tuple(corrected(f, listed) if f.indicator in concerned else f for f in figures)


@cache
def _bundled() -> tuple[Observation, ...]:
    return read_package(data_folder())


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
    return _bundled() if as_of is None else known_by(_bundled(), as_of)
