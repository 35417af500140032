"""What is known of a series before its own figures are read: pooled over the provinces, by family of indicators."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from forecast.catalog import rows_of

if TYPE_CHECKING:
    from collections.abc import Mapping


_HERE = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True)
class Prior:
    """How a logarithm moves from year to year.

    Growth is ``mu_t + g_t + e_t``; the slope ``g_t`` returns to the series' own mean ``m`` at rate ``phi``:
    ``g_t - m = phi (g_{t-1} - m) + shock``.

    Parameters
    ----------
    mu : float
        Mean growth of the family, logarithm per year, where no table by year holds it.
    tau : float
        Standard deviation of the mean growth of a series around that of its family.
    slope, level : float
        Standard deviations of a yearly shock to the slope and to the level, for a variance scale of 1.
    phi : float
        Part of a slope that is left after a year, 0 to 1.
    degrees : float
        Degrees of freedom of the variance scale, which differs by series (inverse chi-squared).
    """

    family: str
    mu: float
    tau: float
    slope: float
    level: float
    phi: float
    degrees: float


@cache
def priors() -> Mapping[str, Prior]:
    """Give the priors by family, from ``history_priors.csv``.

    Examples
    --------
    >>> priors()["stock"].degrees
    5.0
    """
    names = ("mu", "tau", "slope", "level", "phi", "degrees")
    rows = rows_of(_HERE / "history_priors.csv")
    return MappingProxyType({r["family"]: Prior(r["family"], *(float(r[name]) for name in names)) for r in rows})


@cache
def _growth() -> Mapping[tuple[str, int], float]:
    rows = rows_of(_HERE / "history_growth.csv")
    return MappingProxyType({(r["family"], int(r["year"])): float(r["mean_growth"]) for r in rows})


def mean_growth(prior: Prior, year: int) -> float:
    """Give the mean growth of a family in a year, logarithm per year.

    The median growth of the provinces over the five years that end with `year`, from ``history_growth.csv``; years
    outside the table take its nearest year, families without a table the constant of the prior.
    """
    table = _growth()
    years = _years(prior.family)
    if not years:
        return prior.mu
    return table[prior.family, min(max(year, years[0]), years[-1])]


@cache
def _years(family: str) -> tuple[int, ...]:
    return tuple(sorted(year for name, year in _growth() if name == family))


_FAMILIES = {
    "population": "population", "gdp": "economy", "gdp_usd": "economy", "rd_expenditure": "economy",
    "scientific_articles": "economy", "inventions_in_force": "inventions", "designs_in_force": "designs",
    "invention_applications": "filing", "utility_model_applications": "filing", "design_applications": "filing",
    "patent_applications": "filing", "trademark_registrations": "grant",
}  # fmt: skip


def family_of(indicator: str, measure: str, unit: str = "count") -> str:
    """Name the family whose prior an indicator takes.

    Examples
    --------
    >>> family_of("inventions_in_force", "stock"), family_of("royalty_receipts", "flow", "CNY")
    ('inventions', 'money')
    """
    if indicator in _FAMILIES:
        return _FAMILIES[indicator]
    if measure in ("stock", "ratio"):
        return measure
    if unit in ("CNY", "USD"):
        return "money"
    return "grant" if indicator.endswith("_grants") else "small"


def share_family_of(indicator: str, measure: str) -> str:
    """Name the family for the logarithm of a region's share of a larger one."""
    own = f"share_{indicator}"
    return own if own in priors() else f"share_{'flow' if measure == 'flow' else 'stock'}"
