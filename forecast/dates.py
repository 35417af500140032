"""Dates as users write them: years, quarters, months and days, Western and Chinese; and the frequency they imply."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Ints = NDArray[np.int64]

FREQUENCIES = {"annual": "Y", "quarterly": "Q", "monthly": "M", "weekly": "W", "daily": "D"}
"""Names of the frequencies and the first letter of their pandas aliases."""

YEAR, QUARTER, MONTH, DAY, BAD = 0, 1, 2, 3, 9
"""How finely a date is written."""

FORM_NAMES = {YEAR: "a year", QUARTER: "a quarter", MONTH: "a month", DAY: "a day"}
FIRST_YEAR, LAST_YEAR = 1500, 2500

_PATTERNS = (
    (YEAR, re.compile(r"(?P<y>\d{4})(\.0+)?\s*年?(度|末|底)?")),
    (QUARTER, re.compile(r"(?P<y>\d{4})\s*[-/. ]?\s*[Qq]\s*(?P<q>[1-4])")),
    (QUARTER, re.compile(r"(?P<y>\d{4})\s*年\s*第?\s*(?P<zq>[1-4一二三四])\s*季度?")),
    (MONTH, re.compile(r"(?P<y>\d{4})[-/.](?P<m>\d{1,2})")),
    (MONTH, re.compile(r"(?P<y>\d{4})(?P<m>0[1-9]|1[0-2])")),
    (MONTH, re.compile(r"(?P<y>\d{4})\s*[Mm]\s*(?P<m>\d{1,2})")),
    (MONTH, re.compile(r"(?P<y>\d{4})\s*年\s*(?P<m>\d{1,2})\s*月份?")),
    (DAY, re.compile(r"(?P<y>\d{4})[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})([T ][0-9:.]+(Z|[+-]\d{2}:?\d{2})?)?")),
    (DAY, re.compile(r"(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})")),
    (DAY, re.compile(r"(?P<y>\d{4})\s*年\s*(?P<m>\d{1,2})\s*月\s*(?P<d>\d{1,2})\s*[日号]")),
)


@lru_cache(maxsize=65_536)
def parse_date(text: str) -> tuple[int, int]:
    """Give how finely a date is written and the first day it means, as days since 1970.

    Parameters
    ----------
    text : str
        For example ``2025``, ``2025年``, ``2025Q1``, ``2025-06``, ``2025年6月``, ``2025-06-30``, ``20250630``.

    Returns
    -------
    form, day : int
        `form` is one of YEAR, QUARTER, MONTH, DAY, or BAD where it is no date.

    Examples
    --------
    >>> parse_date("2025年") == parse_date("2025") == (YEAR, 20089)
    True
    >>> parse_date("2025Q2") == (QUARTER, 20179), parse_date("2025-13")[0] == BAD
    (True, True)
    """
    text = unicodedata.normalize("NFKC", text).strip()
    for form, pattern in _PATTERNS:
        match = pattern.fullmatch(text)
        if match is None:
            continue
        parts = match.groupdict()
        year, month, day = int(parts["y"]), 1, 1
        if form == QUARTER:
            quarter = parts.get("q") or parts.get("zq") or ""
            month = 3 * ("1234".find(quarter) if quarter in "1234" else "一二三四".find(quarter)) + 1
        elif form in (MONTH, DAY):
            month = int(parts["m"])
            day = int(parts.get("d") or 1)
        if not FIRST_YEAR <= year <= LAST_YEAR:
            return BAD, 0
        try:
            return form, int(np.datetime64(f"{year:04d}-{month:02d}-{day:02d}", "D").astype(np.int64))
        except ValueError:
            return BAD, 0
    return BAD, 0


def parse_dates(column: pa.ChunkedArray) -> tuple[Ints, Ints]:
    """Give form and first day of each date of a column: text, whole numbers, dates or timestamps.

    Returns
    -------
    forms, days : arrays of int, shape (n,)
        As `parse_date` gives them.
    """
    if pa.types.is_temporal(column.type):
        if not (pa.types.is_timestamp(column.type) or pa.types.is_date(column.type)):
            return np.full(len(column), BAD), np.zeros(len(column), dtype=np.int64)
        if pa.types.is_timestamp(column.type) and column.type.tz is not None:
            column = pc.local_timestamp(column)
        values = pc.cast(column, pa.date32(), safe=False).to_pandas(date_as_object=False).to_numpy()
        stamps = values.astype("datetime64[D]")
        year = stamps.astype("datetime64[Y]").astype(np.int64) + 1970
        bad = np.isnat(stamps) | (year < FIRST_YEAR) | (year > LAST_YEAR)
        return np.where(bad, BAD, DAY), np.where(bad, 0, stamps.astype(np.int64))
    encoded = pc.dictionary_encode(column, null_encoding="encode").combine_chunks()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.chunk(0) if encoded.num_chunks else pa.array([], column.type).dictionary_encode()
    parsed = [parse_date(_text(value)) for value in encoded.dictionary.to_pylist()]
    table = np.array([*parsed, (BAD, 0)], dtype=np.int64).reshape(-1, 2)
    picked = table[encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)]
    return picked[:, 0], picked[:, 1]


def _text(value: object) -> str:
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else str(value)
    return str(value)


class Steps(NamedTuple):
    """Frequency of each series and the place of each row on its axis."""

    alias: NDArray[np.object_]
    """Per series: ``Y``, ``Q``, ``M``, ``W-SUN`` and so on, ``D``, or ``mixed``."""
    ordinal: Ints
    """Per row: whole number that grows by one a period."""


def steps(forms: Ints, days: Ints, starts: Ints, frequency: str | None) -> Steps:
    """Tell the frequency of each series and number its periods.

    Parameters
    ----------
    forms, days : arrays of int, shape (n,)
        As `parse_dates` gives them, rows of a series together, ascending in time.
    starts : array of int, shape (n_series,)
        First row of each series.
    frequency : str, optional
        One of `FREQUENCIES`; told from the dates where it is not given: days a year, a quarter, a month or whole weeks
        apart are annual, quarterly, monthly or weekly data, whatever the day of the month where it is always the same
        or always the last one.

    Returns
    -------
    Steps
    """
    n = len(starts)
    ends = np.append(starts[1:], len(days))
    lowest, highest = np.minimum.reduceat(forms, starts), np.maximum.reduceat(forms, starts)
    stamps = days.astype("datetime64[D]")
    months = stamps.astype("datetime64[M]").astype(np.int64)
    years_ = stamps.astype("datetime64[Y]").astype(np.int64)
    owner = np.repeat(np.arange(n), ends - starts)
    if frequency is None:
        letter = _told(highest, days, months, starts)
    else:
        letter = np.full(n, FREQUENCIES[frequency], dtype=object)
    finest = {"Y": DAY, "Q": DAY, "M": DAY, "W": DAY, "D": DAY}
    coarsest = {"Y": YEAR, "Q": QUARTER, "M": MONTH, "W": DAY, "D": DAY}
    allowed = np.array([coarsest[x] for x in letter], dtype=np.int64)
    mixed = (lowest != highest) | (lowest < allowed) | (highest > np.array([finest[x] for x in letter]))
    first = days[starts]
    weekday = (first + 3) % 7
    names = np.array(["W-SUN", "W-MON", "W-TUE", "W-WED", "W-THU", "W-FRI", "W-SAT"], dtype=object)
    alias = np.where(letter == "W", names[weekday], letter)
    alias[mixed] = "mixed"
    by_row = letter[owner]
    ordinal = np.select(
        [by_row == "Y", by_row == "Q", by_row == "M", by_row == "W"],
        [years_, months // 3, months, (days - first[owner]) // 7],
        default=days,
    ).astype(np.int64)
    return Steps(alias, ordinal)


def _told(form: Ints, days: Ints, months: Ints, starts: Ints) -> NDArray[np.object_]:
    """Letter of each series' frequency from how it is written and from the steps between its dates."""
    stamps = days.astype("datetime64[D]")
    of_month = (stamps - stamps.astype("datetime64[M]").astype("datetime64[D]")).astype(np.int64)
    is_last = (stamps + 1).astype("datetime64[M]").astype(np.int64) != months
    same = np.maximum.reduceat(of_month, starts) == np.minimum.reduceat(of_month, starts)
    monthly = (form < DAY) | same | np.logical_and.reduceat(is_last, starts)
    by_month, by_day = _common(months, starts), _common(days, starts)
    letter = np.full(len(starts), "D", dtype=object)
    letter[(by_day % 7 == 0) & (by_day > 0)] = "W"
    letter[monthly & (by_month > 0)] = "M"
    letter[monthly & (by_month > 0) & (by_month % 3 == 0)] = "Q"
    letter[monthly & (by_month > 0) & (by_month % 12 == 0)] = "Y"
    letter[(form == MONTH) & (by_month == 0)] = "M"
    letter[form == QUARTER] = "Q"
    letter[form == YEAR] = "Y"
    return letter


def _common(values: Ints, starts: Ints) -> Ints:
    """Largest step that fits between all values of each series; 0 where there is only one."""
    gaps = np.diff(values, prepend=values[:1])
    gaps[starts] = 0
    return np.asarray(np.gcd.reduceat(gaps, starts), dtype=np.int64)


@lru_cache(maxsize=65_536)
def axis(alias: str, day: int, n: int) -> pd.PeriodIndex:
    """Give `n` periods from the one that holds `day` (days since 1970); the same object for the same axis."""
    return pd.period_range(pd.Period(pd.Timestamp(day, unit="D"), freq=alias), periods=n)
