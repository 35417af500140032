"""A history: the past of a series as its figures leave it, with how well each year is known and from what."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import gammaincinv, stdtrit

from forecast.errors import InputError
from forecast.seeds import stream
from forecast.series import Floats, Series, frozen


@dataclass(frozen=True, slots=True)
class Conflict:
    """A figure that disagrees with the others by more than its error.

    Parameters
    ----------
    ids : tuple of str
        Observations that print it.
    year : int
        Year of its period.
    gap : float
        Logarithm of the figure over what the history says of it.
    errors : float
        The gap in standard deviations of the print.
    weight : float
        What is left of its weight, 0 to 1.
    against : tuple of str
        Figures that speak against it: those that weigh most for the same quantity.
    """

    ids: tuple[str, ...]
    year: int
    gap: float
    errors: float
    weight: float
    against: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Influence:
    """By how much a year's logarithm moves when the logarithm of a figure moves by 1."""

    id: str
    year: int
    gain: float


@dataclass(frozen=True, slots=True)
class Offset:
    """A way of counting that was shifted onto the main one: logarithm of it over the main one, with its error."""

    basis: str
    mean: float
    sd: float


@dataclass(frozen=True, eq=False)
class History:
    """Past of one series.

    Parameters
    ----------
    series : Series
        Middle values by year, from the first to the last year figures tell of; `log_sd` 0 where printed exactly.
        `sources` holds the observations that weigh 5 percent or more in each year.
    covariance : array, shape (T, T)
        Covariance of the logarithms.
    degrees : array, shape (T,)
        Degrees of freedom of the band of each year (Student): few where one shock or an ill-known variance makes the
        error, many where the rounding of a print does.
    conflicts : tuple of Conflict
    influence : tuple of Influence
        Of figures on years, 5 percent or more.
    breaks : tuple of Offset
        Changes of counting that were bridged.
    parent : str
        Larger series it was read as a share of; blank where it was read alone.
    readings : int
        Independent readings behind it; copies count once.

    Examples
    --------
    >>> from forecast.series import years
    >>> s = Series("a", "count", "stock", years(2020, 2), [100.0, 120.0], [0.0, 0.1])
    >>> h = History(s, np.diag([0.0, 0.01]), np.array([10.0, 10.0]))
    >>> h.draws(3, seed=1).shape, float(h.draws(3, seed=1)[0, 0])
    ((3, 2), 100.0)
    """

    series: Series
    covariance: Floats
    degrees: Floats
    conflicts: tuple[Conflict, ...] = ()
    influence: tuple[Influence, ...] = ()
    breaks: tuple[Offset, ...] = ()
    parent: str = ""
    readings: int = 0

    def __post_init__(self) -> None:
        covariance = frozen(self.covariance)
        if covariance.shape != (self.series.n, self.series.n):
            raise InputError(
                f"{self.series.key}: covariance has shape {covariance.shape}.", f"({self.series.n}, {self.series.n})."
            )
        degrees = frozen(np.broadcast_to(np.asarray(self.degrees, dtype=np.float64), self.series.n))
        if degrees.size and degrees.min() <= 2:
            raise InputError(f"{self.series.key}: {degrees.min():g} degrees of freedom.", "More than 2 are needed.")
        object.__setattr__(self, "covariance", covariance)
        object.__setattr__(self, "degrees", degrees)

    @cached_property
    def _root(self) -> Floats:
        values, vectors = np.linalg.eigh(self.covariance)
        return np.asarray(vectors * np.sqrt(np.clip(values, 0.0, None)))

    def draws(self, n: int, seed: int) -> Floats:
        """Draw pasts, in the unit of the series, shape (n, T); years printed exactly are the same in each.

        Parameters
        ----------
        n : int
            Number of pasts, 1 or more.
        seed : int
            The same seed gives the same pasts, whatever else was drawn.
        """
        rng = stream(seed, "history", self.series.key)
        normal = rng.standard_normal((n, self.series.n)) @ self._root.T
        rank = rng.random((n, 1))
        known = self.series.log_sd == 0
        degrees = self.degrees[~known]
        # one rank for all years: a past with one far miss has others
        normal[:, ~known] *= np.sqrt((degrees - 2) / (2 * gammaincinv(degrees / 2, rank)))
        return np.asarray(self.series.values * np.exp(np.where(known, 0.0, normal)))

    def band(self, level: float) -> tuple[Floats, Floats]:
        """Give the central band that holds the truth with `level` percent chance, by year: lower and upper edge."""
        wide = quantile_factor(self.degrees, level) * np.asarray(self.series.log_sd)
        return frozen(self.series.values * np.exp(-wide)), frozen(self.series.values * np.exp(wide))


def quantile_factor(degrees: float | Floats, level: float) -> Floats:
    """Half the width of a central band in standard deviations, for a Student distribution of unit variance.

    Examples
    --------
    >>> quantile_factor(np.array([1e9, 6.0]), 95.0).round(2).tolist()
    [1.96, 2.0]
    """
    degrees = np.asarray(degrees, dtype=np.float64)
    return np.asarray(stdtrit(degrees, 0.5 + level / 200) * np.sqrt((degrees - 2) / degrees))
