"""Which sums and quotients hold between the bundled series, read from the catalogue."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from forecast.catalog import Indicator, Region
from forecast.hierarchy import REST, Ratio, Sum, divided
from forecast.keys import main_scope, series_key

SCOPES = ("total", "domestic", "domestic_ex_hkmotw")
"""National scopes, each holding the next: with foreigners, with Hong Kong, Macao and Taiwan, the 31 provinces."""

CLOSE = 0.0005
"""Printed whole and parts that differ by less than this share of the whole are taken to be the same thing."""


@dataclass(frozen=True)
class Book:
    """The catalogue's indicators and regions, with the series keys that can carry a forecast.

    Parameters
    ----------
    indicators, regions : mapping of str to catalogue rows
    keys : frozenset of str
        Series at hand.
    gap : callable
        ``gap(whole, parts)``: share of the whole that the parts lack in the last year in which all are known;
        infinite where there is no such year.
    """

    indicators: Mapping[str, Indicator]
    regions: Mapping[str, Region]
    keys: frozenset[str]
    gap: Callable[[str, Sequence[str]], float]

    def of_level(self, level: str) -> list[str]:
        """Regions of a level, in the catalogue's order."""
        return [code for code, region in self.regions.items() if region.level == level]


def bundled_sums(book: Book) -> tuple[Sum, ...]:
    """Give every sum between series of the book, with derived wholes (groups of provinces) and implied rests.

    Returns
    -------
    tuple of Sum
        Along regions (provinces into groups and into the nation), scopes (residents, Hong Kong, Macao and Taiwan,
        foreigners) and types (three kinds of patents; patents and trademarks pledged).
    """
    found: list[Sum] = []
    outside: dict[tuple[str, str], str] = {}
    for name, row in book.indicators.items():
        if row.additive:
            found += nation_sums(book, name, outside)
    have = set(book.keys)
    for name, row in book.indicators.items():
        if row.additive:
            groups = group_sums(book, name)
            found += groups
            have |= {s.whole for s in groups}
    by_types = type_sums(book, have)
    found += by_types
    for s in by_types:
        if s.known_parts == s.parts:
            for inner in ("foreign", "provinces"):
                rests = tuple(outside.get((p, inner), "") for p in s.parts)
                rest = outside.get((s.whole, inner), "")
                if rest and all(rests):
                    found.append(Sum(rest, rests, "types"))
    return tuple(found)


def nation_sums(book: Book, name: str, outside: dict[tuple[str, str], str]) -> list[Sum]:
    """Give one indicator's sums in the nation; `outside` learns which part is foreign or beyond the provinces."""
    found: list[Sum] = []
    for nation in book.of_level("nation"):
        chain = [k for k in (series_key(nation, name, s) for s in SCOPES) if k in book.keys]
        foreign = series_key(nation, name, "foreign")
        total, domestic, residents = (series_key(nation, name, s) for s in SCOPES)
        for outer, inner in pairwise(chain):
            parts = [inner]
            closed = outer == total and inner == domestic and foreign in book.keys
            if outer == total and foreign in book.keys:
                parts.append(foreign)
            s = divided(outer, parts, "scopes", exhaustive=closed)
            found.append(s)
            beyond = foreign if closed else s.parts[-1]
            outside[outer, "foreign" if outer == total else "provinces"] = beyond
        main = series_key(nation, name)
        whole = chain[-1] if chain else main
        provinces = book.of_level("province")
        parts = [k for k in (series_key(p, name) for p in provinces) if k in book.keys]
        same = whole == residents or main_scope(nation, name) == book.indicators[name].region_scope
        if not parts:
            continue
        if whole not in book.keys:
            if same and len(parts) == len(provinces):
                found.append(Sum(main, tuple(parts)))
            continue
        closed = same and len(parts) == len(provinces) and abs(book.gap(whole, parts)) < CLOSE
        s = divided(whole, parts, "regions", exhaustive=closed)
        found.append(s)
        if whole == domestic and not closed:
            outside[whole, "provinces"] = s.parts[-1]
    return found


def group_sums(book: Book, name: str) -> list[Sum]:
    """Give one indicator's sums over members of groups; a group without history of its own is derived."""
    found = []
    for group in book.of_level("group"):
        members = book.regions[group].members
        parts = [k for k in (series_key(m, name) for m in members) if k in book.keys]
        whole = series_key(group, name)
        if len(parts) == len(members):
            found.append(Sum(whole, tuple(parts)))
        elif parts and whole in book.keys:
            found.append(divided(whole, parts, "regions", exhaustive=False))
    return found


def type_sums(book: Book, have: set[str]) -> list[Sum]:
    """Give sums over kinds (inventions, utility models, designs): indicators that name the same parent."""
    kinds: dict[str, list[str]] = {}
    for name, row in book.indicators.items():
        if row.parent and row.additive == book.indicators[row.parent].additive:
            kinds.setdefault(row.parent, []).append(name)
    found = []
    for parent, children in kinds.items():
        for region in book.regions:
            for scope in dict.fromkeys([main_scope(region, parent), *SCOPES, "foreign"]):
                whole = series_key(region, parent, scope)
                parts = [k for k in (series_key(region, c, scope) for c in children) if k in have]
                if whole not in have or not parts:
                    continue
                # One child alone is a selection (high-value inventions), never all there is.
                closed = len(parts) == len(children) > 1
                found.append(divided(whole, parts, "types", exhaustive=closed))
    return found


def bundled_ratios(book: Book, keys: frozenset[str]) -> tuple[Ratio, ...]:
    """Give every forecastable ratio whose numerator and denominator are both among `keys`."""
    found = []
    for name, row in book.indicators.items():
        if not (row.forecastable and row.numerator and row.denominator) or row.numerator == row.denominator:
            continue
        for region in book.regions:
            scope = main_scope(region, name)
            top, bottom = series_key(region, row.numerator, scope), series_key(region, row.denominator)
            if top in keys and bottom in keys:
                found.append(Ratio(series_key(region, name), top, bottom, row.per))
    return tuple(found)


def is_rest(key: str) -> bool:
    """Whether a node is an implied rest and no series."""
    return key.endswith(REST)
