"""Keys of series: region, indicator and scope in one name."""

from __future__ import annotations

from functools import cache

from forecast.catalog import NATION, indicators
from forecast.errors import unknown


@cache
def main_scope(region: str, indicator: str) -> str:
    """Give the main scope of an indicator in a region.

    Raises
    ------
    UnknownNameError
        For an unknown indicator.

    Examples
    --------
    >>> main_scope("CN", "inventions_in_force"), main_scope("CN-ZJ", "inventions_in_force")
    ('domestic_ex_hkmotw', 'resident')
    """
    known = indicators()
    if indicator not in known:
        raise unknown("indicator", indicator, known)
    found = known[indicator]
    if region == NATION:
        return found.nation_scope or "total"
    if found.region_scope:
        return found.region_scope
    # no region has a figure yet: rights belong to residents, everything else is a plain total
    return "resident" if found.group in ("patents", "trademarks") else "total"


def series_key(region: str, indicator: str, scope: str = "") -> str:
    """Name a series: ``region.indicator`` for the main scope, ``region.indicator.scope`` for any other.

    Examples
    --------
    >>> series_key("CN-ZJ", "inventions_in_force"), series_key("CN", "inventions_in_force", "domestic")
    ('CN-ZJ.inventions_in_force', 'CN.inventions_in_force.domestic')
    """
    if not scope or scope == main_scope(region, indicator):
        return f"{region}.{indicator}"
    return f"{region}.{indicator}.{scope}"


def split_key(key: str) -> tuple[str, str, str]:
    """Give region, indicator and scope of a series key.

    Examples
    --------
    >>> split_key("CN.inventions_in_force")
    ('CN', 'inventions_in_force', 'domestic_ex_hkmotw')
    """
    region, indicator, scope = [*key.split(".", 2), "", ""][:3]
    return region, indicator, scope or main_scope(region, indicator)
