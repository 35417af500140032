"""What a picture or sentence needs of many futures: their middle and their bands, by year."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecast.series import Floats, frozen
from scenarios.policy_band import policy_factor, widened

QUANTILES = (0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975)
FIELDS = ("lo95", "lo80", "lo50", "y", "hi50", "hi80", "hi95")


@dataclass(frozen=True, eq=False)
class Spread:
    """Quantiles of many futures by year.

    Parameters
    ----------
    years : tuple of float
        Whole for annual data.
    table : array, shape (7, len(years))
        Rows in the order of `FIELDS`: the edges of the 95, 80 and 50% band and the median between them.
    """

    years: tuple[float, ...]
    table: Floats

    def __post_init__(self) -> None:
        object.__setattr__(self, "table", frozen(self.table))

    def at(self, year: float) -> Point:
        """Give the middle and the bands of one year."""
        return Point(*(float(v) for v in self.table[:, self.years.index(year)]))

    def until(self, last: float) -> Spread:
        """Give the part up to and including year `last`."""
        n = sum(year <= last for year in self.years)
        return Spread(self.years[:n], self.table[:, :n])

    def around_policy(self, *, share: bool = False) -> Spread:
        """Give the bands as past policy events needed them; a share ends at 1."""
        table = widened(self.table, self.table[3], policy_factor())
        return Spread(self.years, np.minimum(table, np.maximum(self.table, 1.0)) if share else table)

    def rows(self, role: str) -> list[dict[str, float | str]]:
        """Give one row a year for a chart, rounded to 5 figures so that little travels."""
        short = _short(self.table)
        return [
            {"x": year, "role": role, **{field: float(short[i, j]) for i, field in enumerate(FIELDS)}}
            for j, year in enumerate(self.years)
        ]


@dataclass(frozen=True)
class Point:
    """The middle and the bands of one year."""

    lo95: float
    lo80: float
    lo50: float
    y: float
    hi50: float
    hi80: float
    hi95: float

    @property
    def wide(self) -> bool:
        """Whether the 80% band spans more than threefold: the range says more than its middle."""
        return self.lo80 > 0 and self.hi80 / self.lo80 > 3


def spread(years: tuple[float, ...], paths: Floats) -> Spread:
    """Give the bands of futures.

    Parameters
    ----------
    years : tuple of int
    paths : array, shape (len(years), n_paths)

    Examples
    --------
    >>> s = spread((2030,), np.arange(101.0)[None, :])
    >>> s.at(2030).y, s.at(2030).lo80, s.at(2030).hi95
    (50.0, 10.0, 97.5)
    """
    return Spread(years, np.quantile(paths, QUANTILES, axis=1))


def growth(paths: Floats) -> Floats:
    """Change on the year before, by path; the first year has none and is left out.

    Parameters
    ----------
    paths : array, shape (years, n_paths)

    Returns
    -------
    array, shape (years - 1, n_paths)
        Relative change; zero where the year before is zero.
    """
    before = paths[:-1]
    return np.where(before != 0, paths[1:] / np.where(before != 0, before, 1.0) - 1.0, 0.0)


def index(paths: Floats, base: Floats) -> Floats:
    """Level relative to a base value per path, 100 at the base."""
    return 100.0 * paths / np.where(base != 0, base, 1.0)


def yearly(first: float, last: float, years: int) -> float:
    """Mean growth a year between two values, as a ratio; NaN where it makes no sense."""
    if years <= 0 or first <= 0 or last <= 0:
        return float("nan")
    return float((last / first) ** (1 / years) - 1)


def chances(paths: Floats, target: float) -> Floats:
    """Share of futures at or above `target` by year, from paths of shape (years, n_paths)."""
    return frozen((paths >= target).mean(axis=1))


def twenty(values: Floats) -> Floats:
    """Twenty equally likely values out of many: the quantiles in the middle of twenty equal parts."""
    return frozen(np.quantile(values, (np.arange(20) + 0.5) / 20))


def _short(table: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        power = np.where(table != 0, 10.0 ** (4 - np.floor(np.log10(np.abs(np.where(table != 0, table, 1.0))))), 1.0)
    return np.asarray(np.round(table * power) / power)
