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

    Growth is ``mu_t + g_t + e_t``, with ``mu_t`` what the other provinces did in that year (`forecast.panel`); the
    slope ``g_t`` returns to the series' own mean ``m`` at rate ``phi``: ``g_t - m = phi (g_{t-1} - m) + shock``.

    Parameters
    ----------
    mu : float
        Mean growth of the family, logarithm per year, for years of which other provinces say nothing.
    tau : float
        Standard deviation of the mean growth of a series around that of its family.
    slope, level : float
        Standard deviations of a yearly shock to the slope and to the level, for a variance scale of 1.
    phi : float
        Part of a slope that is left after a year, 0 to 1.
    degrees : float
        Degrees of freedom of the variance scale, which differs by series (inverse chi-squared).
    common : float
        Standard deviation of what all provinces share in a year around `mu`; added where it is not known.
    inside : float
        Standard deviation of deviations inside a year at its middle, doubled: of a stock from the line between two year
        ends, of a flow (part of the year) from an even one.
    season : float
        The same of what lasts from year to year in a flow.
    width : float
        Factor on the errors of unprinted years, for families whose bands left out too many or too few figures.
    """

    family: str
    mu: float
    tau: float
    slope: float
    level: float
    phi: float
    degrees: float
    common: float = 0.0
    inside: float = 0.036
    season: float = 0.09
    width: float = 1.0


@cache
def priors() -> Mapping[str, Prior]:
    """Give the priors by family, from ``history_priors.csv``.

    Examples
    --------
    >>> priors()["small"].degrees
    4.0
    """
    names = ("mu", "tau", "slope", "level", "phi", "degrees", "common", "inside", "season", "width")
    rows = rows_of(_HERE / "history_priors.csv")
    return MappingProxyType({r["family"]: Prior(r["family"], *(float(r[name]) for name in names)) for r in rows})


_FAMILIES = {
    "population": "population", "gdp": "economy", "gdp_usd": "economy", "rd_expenditure": "economy",
    "scientific_articles": "economy",
    "invention_applications": "filing", "utility_model_applications": "filing", "design_applications": "filing",
    "patent_applications": "filing", "trademark_registrations": "grant",
}  # fmt: skip


def family_of(indicator: str, measure: str, unit: str = "count") -> str:
    """Name the family whose prior an indicator takes.

    Examples
    --------
    >>> family_of("inventions_in_force", "stock"), family_of("royalty_receipts", "flow", "CNY")
    ('stock', 'money')
    """
    if indicator in _FAMILIES:
        return _FAMILIES[indicator]
    if measure in ("stock", "ratio"):
        return measure
    if unit in ("CNY", "USD"):
        return "money"
    return "grant" if indicator.endswith("_grants") else "small"


def prior_of(indicator: str, measure: str, unit: str = "count") -> Prior:
    """Give the prior of an indicator: its own where a panel of provinces told it, else that of its family.

    Examples
    --------
    >>> prior_of("gdp", "flow", "CNY").family, prior_of("royalty_receipts", "flow", "CNY").family
    ('gdp', 'money')
    """
    return priors().get(indicator) or priors()[family_of(indicator, measure, unit)]


def share_family_of(indicator: str, measure: str) -> str:
    """Name the family for the logarithm of a region's share of a larger one."""
    family = "small" if family_of(indicator, measure) == "small" else "flow" if measure == "flow" else "stock"
    own = f"share_{indicator}"
    return own if own in priors() else f"share_{family}"
