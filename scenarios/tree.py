"""Which series make up which: leaves that levers move, and wholes that are summed again on every path."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from forecast import catalog
from scenarios.quantities import OF_THEIR_OWN, SUMS

NATION = catalog.NATION
CHAIN = ("total", "domestic", "domestic_ex_hkmotw")
"""National scopes, each holding the next."""
FOREIGN = "foreign"


@dataclass(frozen=True, eq=False)
class Leaf:
    """A series, or the rest of a whole, that is moved by a ratio of its own.

    Parameters
    ----------
    name : str
        Series key, or the key of the whole with ``~rest``.
    region : str
        Whose levers count.
    outside : bool
        Whether it holds applicants from outside the mainland only.
    minus : tuple of str
        For a rest: keys subtracted from the whole (whose key is `name` without ``~rest``).
    node : str
        What is behind it, the same for filings, grants and stock: region, or region with scope.
    """

    name: str
    region: str
    outside: bool
    minus: tuple[str, ...]
    node: str

    @property
    def is_rest(self) -> bool:
        """Whether it is a rest and no series of its own."""
        return bool(self.minus)

    @property
    def place(self) -> tuple[str, str, bool]:
        """What is behind it and whose levers count: the same for filings, grants and stock that move together."""
        return self.node, self.region, self.outside


@dataclass(frozen=True)
class Branch:
    """The series of one indicator: leaves, and wholes with their parts in an order in which they can be summed."""

    leaves: tuple[Leaf, ...]
    wholes: tuple[tuple[str, tuple[str, ...]], ...]


def main_scope(indicator: str, region: str) -> str:
    """Scope that a key without scope has."""
    row = catalog.indicators()[indicator]
    return row.nation_scope if region == NATION else row.region_scope


def key_of(region: str, indicator: str, scope: str = "") -> str:
    """Series key of a region, indicator and scope; the main scope is left out.

    Examples
    --------
    >>> key_of("CN-ZJ", "inventions_in_force", "resident"), key_of("CN", "inventions_in_force", "foreign")
    ('CN-ZJ.inventions_in_force', 'CN.inventions_in_force.foreign')
    """
    return f"{region}.{indicator}" + ("" if scope in ("", main_scope(indicator, region)) else f".{scope}")


def parse_key(key: str) -> tuple[str, str, str]:
    """Region, indicator and scope of a series key; the scope is blank for the main one."""
    region, _, rest = key.partition(".")
    indicator, _, scope = rest.partition(".")
    return region, indicator, scope


def indicators_of(keys: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
    """Group keys of known regions and indicators by indicator."""
    found: dict[str, list[str]] = {}
    for key in keys:
        region, indicator, _ = parse_key(key)
        if region in catalog.regions() and indicator in catalog.indicators():
            found.setdefault(indicator, []).append(key)
    return MappingProxyType({name: tuple(of) for name, of in found.items()})


def branch(indicator: str, keys: Iterable[str], split: frozenset[str] = frozenset()) -> Branch:
    """Give leaves and wholes of one indicator.

    Parameters
    ----------
    indicator : str
        Name in the catalogue.
    keys : iterable of str
        Keys of this indicator at hand.
    split : frozenset of str
        Cities that are moved on their own, so that their province becomes the sum of them and of its rest.
    """
    have = dict.fromkeys(keys)
    regions = catalog.regions()
    additive = catalog.indicators()[indicator].additive
    leaves: list[Leaf] = []
    wholes: list[tuple[str, tuple[str, ...]]] = []

    def leaf(key: str, region: str, outside: bool, node: str) -> str:
        leaves.append(Leaf(key, region, outside, (), node))
        return key

    def rest(whole: str, minus: tuple[str, ...], region: str, outside: bool, node: str) -> str:
        leaves.append(Leaf(f"{whole}~rest", region, outside, minus, node))
        return f"{whole}~rest"

    def whole(key: str, parts: tuple[str, ...], region: str, outside: bool, node: str) -> None:
        wholes.append((key, (*parts, rest(key, parts, region, outside, node))))

    main = {r: f"{r}.{indicator}" for r in regions if f"{r}.{indicator}" in have}
    for region in main:
        level = regions[region].level
        if level == "city":
            leaf(main[region], region, False, region)
        elif level == "province":
            cities = tuple(main[c] for c in regions[region].members if c in split and c in main) if additive else ()
            if cities:
                whole(main[region], cities, region, False, f"{region}~rest")
            else:
                leaf(main[region], region, False, region)
    provinces = tuple(main[p] for p in regions[NATION].members if p in main) if additive else ()
    for region in main:
        if regions[region].level == "group":
            members = tuple(main[m] for m in regions[region].members if m in main) if additive else ()
            if members:
                whole(main[region], members, region, False, f"{region}~rest")
            else:
                leaf(main[region], region, False, region)

    national = {scope: key_of(NATION, indicator, scope) for scope in (*CHAIN, FOREIGN)}
    chain = [s for s in CHAIN if national[s] in have]
    if not chain and NATION in main:
        chain = [main_scope(indicator, NATION)]
        national[chain[0]] = main[NATION]
    taken = {national[s] for s in chain}
    foreign = national[FOREIGN] if national[FOREIGN] in have else ""
    if foreign:
        taken.add(leaf(foreign, NATION, True, f"{NATION}~foreign"))
    for i, scope in reversed(list(enumerate(chain))):
        key = national[scope]
        if i == len(chain) - 1:
            if provinces:
                complete = len(provinces) == len(regions[NATION].members)
                whole(key, provinces, NATION, complete and scope != CHAIN[-1], f"{NATION}~{scope}")
            else:
                leaf(key, NATION, False, NATION)
        elif scope == "total" and chain[i + 1] == "domestic" and foreign:
            wholes.append((key, (national["domestic"], foreign)))
        else:
            whole(key, (national[chain[i + 1]],), NATION, True, f"{NATION}~{scope}")
    for key in have:
        region, _, scope = parse_key(key)
        if key not in taken and (scope or region == NATION):
            leaf(key, region, scope == FOREIGN, region)
    return Branch(tuple(leaves), tuple(wholes))


def kinds_of(region: str, indicator: str, scope: str, have: Container[str]) -> tuple[str, ...]:
    """Give the series of the kinds that a sum consists of, among those at hand, in the scope of the whole.

    Nothing where there are none, or where the whole answers for itself as long as one is missing.

    Examples
    --------
    >>> kinds_of("CN-ZJ", "patent_grants", "", {"CN-ZJ.invention_grants", "CN-ZJ.design_grants"})
    ('CN-ZJ.invention_grants', 'CN-ZJ.design_grants')
    >>> kinds_of("CN-SH", "ip_pledge_amount", "", {"CN-SH.patent_pledge_amount"})
    ()
    """
    kinds = SUMS.get(indicator, ())
    exact = [key_of(region, kind, scope or main_scope(indicator, region)) for kind in kinds]
    plain = [key_of(region, kind, scope) for kind in kinds]
    found = tuple(a if a in have else b for a, b in zip(exact, plain, strict=True) if a in have or b in have)
    return found if indicator not in OF_THEIR_OWN or len(found) == len(kinds) else ()
