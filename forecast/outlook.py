"""Forecasts as sample paths, and an outlook: many forecasts on one set of shared paths."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from forecast.errors import InputError, unknown
from forecast.series import Floats, Series, frozen

LEVELS = (80.0, 95.0)
"""Bands that are written where none are named, in percent."""


@dataclass(frozen=True, eq=False)
class Forecast:
    """Sample paths of a series after its last period. Mean, quantiles and bands are computed from them.

    Parameters
    ----------
    series : Series
        What was forecast.
    model : str
        Name of the model.
    periods : pandas.PeriodIndex, shape (horizon,)
        The periods after the series.
    paths : array, shape (n_paths, horizon)
        Equally likely futures, in the unit of the series; read-only.
    notes : tuple of str
        What a reader should know, for example members that refused.

    Examples
    --------
    >>> from forecast.series import years
    >>> s = Series("a", "count", "flow", years(2020, 3), [1, 2, 3])
    >>> f = Forecast(s, "hand", s.following(1), [[2.0], [4.0], [6.0]])
    >>> float(f.mean[0]), float(f.quantile(0.5)[0]), float(f.chance_at_least(4.0)[0])
    (4.0, 4.0, 0.6666666666666666)
    """

    series: Series
    model: str
    periods: pd.PeriodIndex
    paths: Floats
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        paths = np.asarray(self.paths, dtype=np.float64)
        if paths.flags.writeable:
            paths = frozen(paths)
        if paths.ndim != 2 or paths.shape[1] != len(self.periods):
            raise InputError(
                f"{self.series.key}: paths have shape {paths.shape}.", f"(n_paths, {len(self.periods)}) is needed."
            )
        if not np.all(np.isfinite(paths)):
            raise InputError(f"{self.series.key}: model {self.model} gave paths that are not finite.")
        object.__setattr__(self, "paths", paths)

    @cached_property
    def mean(self) -> Floats:
        """Mean over paths, shape (horizon,)."""
        return frozen(self.paths.mean(axis=0))

    @cached_property
    def median(self) -> Floats:
        """Median over paths, shape (horizon,)."""
        return frozen(np.median(self.paths, axis=0))

    def quantile(self, q: float) -> Floats:
        """Quantile `q` (0 to 1) over paths, shape (horizon,)."""
        return frozen(np.quantile(self.paths, q, axis=0))

    def band(self, level: float) -> tuple[Floats, Floats]:
        """Central band that holds `level` percent of the paths: lower and upper edge, each of shape (horizon,)."""
        tail = (1 - level / 100) / 2
        lo, hi = np.quantile(self.paths, [tail, 1 - tail], axis=0)
        return frozen(lo), frozen(hi)

    def chance_at_least(self, value: float) -> Floats:
        """Share of paths (0 to 1) at or above `value`, by period."""
        return frozen((self.paths >= value).mean(axis=0))

    def frame(self, levels: Sequence[float] = LEVELS) -> pd.DataFrame:
        """Give the long table ``unique_id, ds, model, mean, lo-80, hi-80, ...`` of the field."""
        columns: dict[str, object] = {
            "unique_id": self.series.key,
            "ds": stamps(self.periods),
            "model": self.model,
            "mean": self.mean,
        }
        for level in levels:
            columns[f"lo-{level:g}"], columns[f"hi-{level:g}"] = self.band(level)
        return pd.DataFrame(columns)


def stamps(periods: pd.PeriodIndex) -> object:
    """Give the `ds` column of periods: whole years for annual data, else the first day of each period."""
    if str(periods.freqstr).startswith(("Y", "A")):
        return periods.year.to_numpy()
    return periods.to_timestamp().to_numpy()


@dataclass(frozen=True, eq=False)
class Outlook:
    """Annual paths of many series on one set of shared futures: path *i* is the same future in every series.

    Parameters
    ----------
    keys : tuple of str
        Series keys, in the order of the first axis.
    years : tuple of int
        Consecutive years. For years a series is known, its paths hold draws of its history.
    paths : array, shape (len(keys), len(years), n_paths)
        In each series' own unit; read-only.
    known_until : tuple of int
        Last year of each series' history, in the order of `keys`.
    seed : int
        Seed that made the paths.
    """

    keys: tuple[str, ...]
    years: tuple[int, ...]
    paths: Floats
    known_until: tuple[int, ...]
    seed: int

    def __post_init__(self) -> None:
        want = (len(self.keys), len(self.years))
        if self.paths.ndim != 3 or self.paths.shape[:2] != want:
            raise InputError(f"Outlook paths have shape {self.paths.shape}.", f"{(*want, 'n_paths')} is needed.")
        if self.paths.flags.writeable:
            object.__setattr__(self, "paths", frozen(self.paths))

    @property
    def n_paths(self) -> int:
        """Number of shared futures."""
        return int(self.paths.shape[2])

    @cached_property
    def index(self) -> dict[str, int]:
        """Position of each key on the first axis."""
        return {key: i for i, key in enumerate(self.keys)}

    def of(self, key: str) -> Floats:
        """Paths of one series, shape (len(years), n_paths).

        Raises
        ------
        UnknownNameError
            Where the outlook holds no such series.
        """
        if key not in self.index:
            raise unknown("series", key, self.keys)
        paths: Floats = self.paths[self.index[key]]
        return paths
