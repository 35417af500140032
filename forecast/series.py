"""A series: values of one quantity over consecutive periods, each with how well it is known."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecast.errors import InputError

Kind = Literal["flow", "stock", "ratio"]
Floats = NDArray[np.float64]

SEASONS = {"Y": 1, "A": 1, "Q": 4, "M": 12, "W": 52, "D": 7, "h": 24}
"""Season length by frequency (first letter of the pandas period alias)."""


def frozen(values: object) -> Floats:
    """Give a read-only float copy of an array."""
    out = np.array(values, dtype=np.float64)
    out.setflags(write=False)
    return out


@dataclass(frozen=True, eq=False)
class Series:
    """Values of one quantity over consecutive periods.

    Parameters
    ----------
    key : str
        Name of the series. Bundled ones are ``region.indicator`` or ``region.indicator.scope``; a user's own is
        any ``unique_id``.
    unit : str
        What one is counted in: ``count``, ``CNY``, ``share``, ...
    kind : {"flow", "stock", "ratio"}
        Flow over the period, stock at its end, or a ratio.
    periods : pandas.PeriodIndex, shape (n,)
        Consecutive and ascending.
    values : array, shape (n,)
        Finite, in `unit`; not negative unless `signed`.
    log_sd : array, shape (n,), optional
        Standard deviation of the logarithm of each value; 0 (the default) is exact.
    sources : tuple of tuple of str, optional
        Ids of the observations behind each value.
    region, indicator : str, optional
        Keys of the catalogue where the series is a bundled one.
    signed : bool
        Whether values below zero make sense (they do not for counts and amounts).

    Raises
    ------
    InputError
        Where lengths differ, periods have holes, a value is not finite, or is negative without `signed`.

    Examples
    --------
    >>> s = Series("CN-ZJ.inventions_in_force", "count", "stock", years(2023, 3), [367_000, 424_700, 488_000])
    >>> s.n, s.season, str(s.periods[-1])
    (3, 1, '2025')
    """

    key: str
    unit: str
    kind: Kind
    periods: pd.PeriodIndex
    values: Floats
    log_sd: Floats = field(default_factory=lambda: np.zeros(0))
    sources: tuple[tuple[str, ...], ...] = ()
    region: str = ""
    indicator: str = ""
    signed: bool = False

    def __post_init__(self) -> None:
        values = frozen(self.values)
        log_sd = frozen(self.log_sd if np.size(self.log_sd) else np.zeros(values.size))
        if not (len(self.periods) == values.size == log_sd.size):
            raise InputError(
                f"{self.key}: {len(self.periods)} periods, {values.size} values and {log_sd.size} errors were given.",
                "Give one of each per period.",
            )
        if values.size == 0:
            raise InputError(f"{self.key}: the series is empty.", "Give at least one value.")
        # `astype` says the same a hundred times slower, and is called for every series of a batch.
        steps = np.diff(self.periods.asi8)  # type: ignore[attr-defined]  # the stubs lack it
        if np.any(steps != 1):
            at = int(np.flatnonzero(steps != 1)[0])
            raise InputError(
                f"{self.key}: period {self.periods[at + 1]} follows {self.periods[at]}.",
                "Periods must be consecutive and ascending; read tables with gaps through `read_table`.",
            )
        if not np.all(np.isfinite(values)):
            at = int(np.flatnonzero(~np.isfinite(values))[0])
            raise InputError(f"{self.key}, {self.periods[at]}: {values[at]} is not a number.", "Leave the period out.")
        if not self.signed and values.min() < 0:
            at = int(values.argmin())
            raise InputError(
                f"{self.key}, {self.periods[at]}: {values[at]:g} is below zero.",
                "Counts and amounts must not be below zero.",
            )
        object.__setattr__(self, "values", values)
        object.__setattr__(self, "log_sd", log_sd)

    @property
    def n(self) -> int:
        """Number of periods."""
        return int(self.values.size)

    @property
    def season(self) -> int:
        """Periods in a seasonal cycle: 1 for annual, 4 for quarterly, 12 for monthly data."""
        return SEASONS.get(str(self.periods.freqstr)[0], 1)

    @property
    def exact(self) -> bool:
        """Whether every value is known exactly."""
        return not np.any(self.log_sd > 0)

    def following(self, horizon: int) -> pd.PeriodIndex:
        """Give the `horizon` periods after the last one."""
        return pd.period_range(self.periods[-1] + 1, periods=horizon, freq=self.periods.freq)

    def until(self, last: pd.Period) -> Series:
        """Give the part of the series up to and including period `last`."""
        keep = int(np.sum(self.periods <= last))
        return Series(
            self.key, self.unit, self.kind, self.periods[:keep], self.values[:keep], self.log_sd[:keep],
            self.sources[:keep], self.region, self.indicator, self.signed,
        )  # fmt: skip

    def replaced(self, values: Floats) -> Series:
        """Give the same series with other, exactly known values (a draw of the past, for example)."""
        return Series(
            self.key, self.unit, self.kind, self.periods, values, np.zeros(self.n), self.sources,
            self.region, self.indicator, self.signed,
        )  # fmt: skip


@lru_cache(maxsize=4096)
def years(first: int, n: int) -> pd.PeriodIndex:
    """Give `n` consecutive calendar years from `first` as annual periods.

    Examples
    --------
    >>> [str(p) for p in years(2024, 2)]
    ['2024', '2025']
    """
    return pd.period_range(str(first), periods=n, freq="Y")
