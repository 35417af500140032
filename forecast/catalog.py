"""The catalogue of the bundled data: indicators, regions, sources, events, targets, breaks.

Every loader reads its table once and keeps it. Names are looked up by key, title (English or Chinese) or a usual other
name, and an unknown one is answered with the nearest.
"""

from __future__ import annotations

import calendar
import csv
import datetime as dt
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Literal, cast

from forecast.errors import InputError, UnknownNameError, unknown
from forecast.vocabulary import Break, Event, Indicator, Language, Measure, Region, Source, Target, Unit

__all__ = [
    "NATION", "Break", "Event", "Indicator", "Language", "Measure", "Region", "Source", "Target", "Unit", "breaks",
    "data_folder", "events", "find_indicator", "find_region", "indicators", "last_day", "regions", "rows_of", "sources",
    "targets", "units",
]  # fmt: skip
NATION = "CN"


def data_folder() -> Path:
    """Give the folder of the data package: inside an installed wheel, or `data` of a checkout.

    Raises
    ------
    InputError
        Where neither is there.
    """
    here = Path(__file__).resolve().parent
    for folder in (here / "bundled", here.parent / "data"):
        if (folder / "datapackage.json").is_file():
            return folder
    raise InputError(
        f"{here.parent}: no data package was found.", "Install ip-foresight again, or run from a checkout."
    )


def rows_of(path: Path) -> Iterator[dict[str, str]]:
    """Give the rows of one table of the package as dictionaries of text.

    Raises
    ------
    InputError
        Where the file is not there.
    """
    if not path.is_file():
        raise InputError(f"{path}: not found.", "Install ip-foresight again, or rebuild data/ as its README says.")
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _table(name: str) -> Iterator[dict[str, str]]:
    return rows_of(data_folder() / f"{name}.csv")


def _keys(cell: str) -> tuple[str, ...]:
    return tuple(part for part in cell.split(";") if part)


@cache
def units() -> Mapping[str, Unit]:
    """Give all units by key."""
    return MappingProxyType(
        {r["unit"]: Unit(r["unit"], r["title_en"], r["title_zh"], r["per"]) for r in _table("units")}
    )


@cache
def indicators() -> Mapping[str, Indicator]:
    """Give all indicators by key, in the order of the table.

    Examples
    --------
    >>> indicators()["inventions_in_force"].unit
    'count'
    >>> indicators()["patent_grants"].children
    ('invention_grants', 'utility_model_grants', 'design_grants')
    """
    rows = list(_table("indicators"))
    children: dict[str, list[str]] = {}
    for r in rows:
        children.setdefault(r["parent"], []).append(r["indicator"])
    return MappingProxyType({
        r["indicator"]: Indicator(
            r["indicator"], r["title_en"], r["title_zh"], r["group"], cast(Measure, r["measure"]), r["unit"],
            r["positive"] == "1", r["additive_over_regions"] == "1", r["parent"],
            tuple(children.get(r["indicator"], ())), r["numerator"], r["denominator"], float(r["per"] or 1),
            r["seed"] == "1", r["forecastable"] == "1", r["nation_scope"], r["region_scope"], r["description"],
        )
        for r in rows
    })  # fmt: skip


@cache
def regions() -> Mapping[str, Region]:
    """Give all regions by key: the nation, groups, provinces, cities.

    Examples
    --------
    >>> regions()["NE4"].members
    ('CN-LN', 'CN-JL', 'CN-HL', 'CN-NM')
    >>> len(regions()["CN"].members), regions()["CN-ZJ"].parents
    (31, ('CN', 'YRD'))
    """
    rows = list(_table("regions"))
    inside: dict[str, list[str]] = {}
    for r in rows:
        # groups overlap the provinces, so the nation is made up of provinces only
        for parent in _keys(r["parents"]) if r["level"] != "group" else ():
            inside.setdefault(parent, []).append(r["region"])
    return MappingProxyType({
        r["region"]: Region(
            r["region"], r["title_en"], r["title_zh"], cast(Literal["nation"], r["level"]), _keys(r["parents"]),
            _keys(r["members"]) or tuple(inside.get(r["region"], ())), r["iso"], r["note"],
        )
        for r in rows
    })  # fmt: skip


@cache
def sources() -> Mapping[str, Source]:
    """Give all sources by key."""
    return MappingProxyType({
        r["source_id"]: Source(
            r["source_id"], r["title"], r["publisher"], r["url"], cast(Literal["press"], r["kind"]), r["published"],
            r["retrieved"], r["licence"], r["reliability"],
        )
        for r in _table("sources")
    })  # fmt: skip


@cache
def events() -> tuple[Event, ...]:
    """Give all policy events, by date."""
    found = [
        Event(
            r["id"], r["date"], _keys(r["region"]), r["lever"], int(r["direction"]), r["intensity"], r["title"],
            r["description"], _keys(r["outcome_indicators"]), r["source_id"],
        )
        for r in _table("events")
    ]  # fmt: skip
    return tuple(sorted(found, key=lambda event: (event.date, event.id)))


@cache
def targets() -> tuple[Target, ...]:
    """Give all targets of plans."""
    return tuple(
        Target(
            r["region"], r["indicator"], int(r["year"]), float(r["value"]), r["unit"], r["plan"], r["source_id"],
            r["status"], r["observation_id"],
        )
        for r in _table("targets")
    )  # fmt: skip


@cache
def breaks() -> tuple[Break, ...]:
    """Give all changes of definition."""
    return tuple(
        Break(
            r["indicator"], r["region"], int(r["period"]), r["before_basis"], r["after_basis"], r["description"],
            r["comparable_growth_known"] == "1", r["source_id"],
        )
        for r in _table("breaks")
    )  # fmt: skip


def last_day(date: str) -> dt.date:
    """Give the last day that a date known to the year, month or day can mean.

    Examples
    --------
    >>> last_day("2024-02"), last_day("2023")
    (datetime.date(2024, 2, 29), datetime.date(2023, 12, 31))
    """
    parts = [int(part) for part in date.split("-")]
    year, month = parts[0], parts[1] if len(parts) > 1 else 12
    return dt.date(year, month, parts[2] if len(parts) > 2 else calendar.monthrange(year, month)[1])


_ENDINGS = (
    " province", " municipality", " autonomous region", " city", " prefecture",
    "壮族自治区", "回族自治区", "维吾尔自治区", "自治区", "省", "市", "地区",
)  # fmt: skip


def _plain(name: str) -> str:
    return " ".join(name.casefold().replace("_", " ").replace("-", " ").split())


@cache
def _names(kind: str) -> Mapping[str, str]:
    """Give plain name -> key; keys win over titles, titles over other names."""
    known: Mapping[str, Region | Indicator] = {}
    if kind != "place":
        known = regions() if kind == "region" else indicators()
    found: dict[str, str] = {_plain(key): key for key in known}
    for key, item in known.items():
        found.setdefault(_plain(item.title_en), key)
        found.setdefault(_plain(item.title_zh), key)
    for r in _table("names"):
        if r["kind"] == kind:
            found.setdefault(_plain(r["name"]), r["key"])
    return found


@cache
def _spellings(kind: str) -> frozenset[str]:
    """Give keys, titles in both languages and other names as they are written."""
    known = regions() if kind == "region" else indicators()
    titles = (title for item in known.values() for title in (item.title_en, item.title_zh))
    return frozenset((*known, *titles, *(r["name"] for r in _table("names") if r["kind"] == kind)))


def _without_ending(kind: str, name: str) -> str:
    """Give the key of a name as it is, or without the word for a kind of region at its end; blank where unknown."""
    names, plain = _names(kind), _plain(name)
    tried = (names.get(plain.removesuffix(ending), "") for ending in ("", *_ENDINGS) if plain.endswith(ending))
    return next(filter(None, tried), "")


def find_region(name: str, *, where: str = "") -> Region:
    """Give the region of that key or name.

    Parameters
    ----------
    name : str
        Key, title in English or Chinese, or a usual other name.
    where : str, optional
        File and row, for the error.

    Raises
    ------
    UnknownNameError
        With the nearest names.

    Examples
    --------
    >>> find_region("Zhejiang Province").id, find_region("内蒙古自治区").id, find_region("cn-zj").id
    ('CN-ZJ', 'CN-NM', 'CN-ZJ')
    """
    key, place = _without_ending("region", name), _without_ending("place", name)
    if key:
        return regions()[key]
    if place:
        what = f'no figures of "{name}" are bundled; it lies in {regions()[place].title_en} ({place}).'
        raise UnknownNameError(f"{where}: {what}" if where else what, f"Use {place}, or a region with figures.")
    raise unknown("region", name, _spellings("region"), where=where)


def find_indicator(name: str, *, where: str = "") -> Indicator:
    """Give the indicator of that key or name.

    Parameters
    ----------
    name : str
        Key, title in English or Chinese, or a usual other name.
    where : str, optional
        File and row, for the error.

    Raises
    ------
    UnknownNameError
        With the nearest names.

    Examples
    --------
    >>> find_indicator("valid invention patents").id, find_indicator("有效注册商标量").id
    ('inventions_in_force', 'trademarks_in_force')
    """
    key = _names("indicator").get(_plain(name))
    if key:
        return indicators()[key]
    raise unknown("indicator", name, _spellings("indicator"), where=where)
