"""Periods of published figures: years, parts of years, dates of stocks, spans of years."""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import Literal, NamedTuple

from forecast.catalog import last_day
from forecast.errors import InputError

PeriodKind = Literal["year", "half", "quarter", "month", "ytd", "asof", "span"]


class Period(NamedTuple):
    """Part of a calendar year: `start` and `end` in years after 1 January of `year`.

    A year is (0, 1), January to September (0, 0.75), the end of June (0.5, 0.5). A span of several years starts below
    zero and ends in its last year.
    """

    kind: PeriodKind
    year: int
    start: float
    end: float


@cache
def parse_period(period: str) -> Period:
    """Read the text of a period.

    Parameters
    ----------
    period : str
        ``2023``; ``2024-H1``; ``2024-Q3``; ``2024-09``; ``ytd-2024-09``; ``asof-2025-06``; ``span-2016-2020`` or
        ``span-202310-202512``.

    Raises
    ------
    InputError
        Where it is none of these.

    Examples
    --------
    >>> parse_period("ytd-2024-09")
    Period(kind='ytd', year=2024, start=0.0, end=0.75)
    >>> parse_period("span-2019-2020").start
    -1.0
    """
    try:
        return _parsed(period)
    except (ValueError, IndexError):
        raise InputError(
            f'period "{period}" cannot be read.',
            "Write 2023, 2024-H1, 2024-Q3, 2024-09, ytd-2024-09, asof-2025-06 or span-2016-2020.",
        ) from None


def _month(text: str) -> int:
    if len(text) != 2 or not 1 <= int(text) <= 12:
        raise ValueError(text)
    return int(text)


def _year(text: str) -> int:
    if len(text) != 4 or not text.isdecimal() or not 1800 <= int(text) <= 2200:
        raise ValueError(text)
    return int(text)


def _parsed(period: str) -> Period:
    parts = period.split("-")
    if len(parts) > 3:
        raise ValueError(period)
    if parts[0] == "span":
        first, last = parts[1], parts[2]
        year, from_year = _year(last[:4]), _year(first[:4])
        end = _month(last[4:]) / 12 if last[4:] else 1.0
        start = from_year - year + ((_month(first[4:]) - 1) / 12 if first[4:] else 0.0)
        if start >= end:
            raise ValueError(period)
        return Period("span", year, start, end)
    if parts[0] in ("ytd", "asof"):
        year, end = _year(parts[1]), _month(parts[2]) / 12
        return Period("ytd", year, 0.0, end) if parts[0] == "ytd" else Period("asof", year, end, end)
    year = _year(parts[0])
    if len(parts) == 1:
        return Period("year", year, 0.0, 1.0)
    if len(parts) != 2:
        raise ValueError(period)
    part = parts[1]
    if part in ("H1", "H2"):
        return Period("half", year, (int(part[1]) - 1) / 2, int(part[1]) / 2)
    if part in ("Q1", "Q2", "Q3", "Q4"):
        return Period("quarter", year, (int(part[1]) - 1) / 4, int(part[1]) / 4)
    month = _month(part)
    return Period("month", year, (month - 1) / 12, month / 12)


def end_of(period: str) -> dt.date:
    """Give the last day of a period.

    Examples
    --------
    >>> end_of("2024-H1"), end_of("asof-2025-06"), end_of("2023")
    (datetime.date(2024, 6, 30), datetime.date(2025, 6, 30), datetime.date(2023, 12, 31))
    """
    parsed = parse_period(period)
    return last_day(f"{parsed.year}-{round(parsed.end * 12):02d}")
