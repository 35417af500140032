"""A history: the past of a series as its figures leave it, with how well each year is known and from what."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.stats import t as student

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
    degrees : float
        Degrees of freedom of the bands (Student), as the series' variance is itself estimated.
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
    >>> h = History(s, np.diag([0.0, 0.01]), 10.0)
    >>> h.draws(3, seed=1).shape, float(h.draws(3, seed=1)[0, 0])
    ((3, 2), 100.0)
    """

    series: Series
    covariance: Floats
    degrees: float
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
        if self.degrees <= 2:
            raise InputError(f"{self.series.key}: {self.degrees:g} degrees of freedom.", "More than 2 are needed.")
        object.__setattr__(self, "covariance", covariance)

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
        heavy = np.sqrt((self.degrees - 2) / rng.chisquare(self.degrees, (n, 1)))
        known = self.series.log_sd == 0
        return np.asarray(self.series.values * np.exp(np.where(known, 0.0, normal * heavy)))

    def band(self, level: float) -> tuple[Floats, Floats]:
        """Give the central band that holds the truth with `level` percent chance, by year: lower and upper edge."""
        wide = self.quantile_factor(level) * np.asarray(self.series.log_sd)
        return frozen(self.series.values * np.exp(-wide)), frozen(self.series.values * np.exp(wide))

    def quantile_factor(self, level: float) -> float:
        """Give half the width of a band of `level` percent in standard deviations."""
        return quantile_factor(self.degrees, level)


def quantile_factor(degrees: float, level: float) -> float:
    """Half the width of a central band in standard deviations, for a Student distribution of unit variance.

    Examples
    --------
    >>> round(quantile_factor(1e9, 95.0), 2), round(quantile_factor(6.0, 95.0), 2)
    (1.96, 2.0)
    """
    return float(student.ppf(0.5 + level / 200, degrees) * np.sqrt((degrees - 2) / degrees))
