"""What the diary of events says to try: what each event could have moved, where, since when, and beside what else."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import lru_cache

import numpy as np

from forecast import catalog
from forecast.catalog import Event
from forecast.series import Floats
from scenarios.hindcast_levers import start_of
from scenarios.learning.prior import price_change
from scenarios.learning.verdict import Name
from scenarios.levers import levers
from scenarios.quantities import SUMS, quantity

NEAR = 1
"""Years around the first treated one in which another event is a rival."""

LESS_OF = (".lapse", ".decision_time")
"""Endings of quantities that lower what lies behind them."""

OTHERS: dict[str, Name] = {
    "statistics_change": ("a change of counting", "统计口径变更"),
    "external_shock": ("the pandemic", "疫情冲击"),
    "institution_reform": ("the reform of the office", "机构改革"),
    "target_review": ("a review of targets", "目标评估"),
}
"""Events that moved no lever of ours."""


@lru_cache(maxsize=512)
def reached(event: Event) -> dict[str, str]:
    """Give the indicators an event could have moved, each with how: named, direct or behind.

    Named by the diary (sums with their parts); direct, where the lever acts on it itself; behind, in the accounts.
    """
    found = dict.fromkeys(event.outcomes, "named")
    for name in event.outcomes:
        for part in SUMS.get(name, ()):
            found.setdefault(part, "named")
    lever = levers().get(event.lever)
    if lever is not None:
        for effect in lever.effects:
            for q in effect.quantities:
                found.setdefault(quantity(q).indicators[0], "direct")
        for indicator in lever.indicators:
            found.setdefault(indicator, "behind")
    return found


def places(event: Event) -> tuple[str, ...]:
    """Give where an event was in force: ``("CN",)`` for the nation, provinces (of groups too), or cities.

    Cities are left out where their province is named beside them.
    """
    regions = catalog.regions()
    if catalog.NATION in event.regions:
        return (catalog.NATION,)
    found: dict[str, None] = {}
    for key in event.regions:
        found |= dict.fromkeys(regions[key].members if regions[key].level == "group" else (key,))
    provinces = {k for k in found if regions[k].level == "province"}
    return tuple(k for k in found if k in provinces or not any(k.startswith(f"{p}-") for p in provinces))


def first_year(event: Event) -> tuple[int, tuple[int, ...]]:
    """Give the first treated year, and the year to leave out where an event reached less than half of it.

    Examples
    --------
    >>> from forecast.catalog import events
    >>> [first_year(e) for e in events() if e.date in ("2019-10", "2017-04-01")]
    [(2017, ()), (2020, (2019,))]
    """
    start = start_of(event)
    return (start.day.year, ()) if start.share >= 0.5 else (start.day.year + 1, (start.day.year,))


def path_of(events: Sequence[Event], years: Sequence[int]) -> Floats:
    """Give the intervention by year: share of the first year, then 1; for prices the mean change of the logarithm.

    Programmes in several steps count in equal parts, so that the effect is that of all steps.

    Parameters
    ----------
    events : sequence of Event
        Of one lever; several prices add up.
    years : sequence of int

    Returns
    -------
    array, shape (years,)
    """
    at = np.asarray(years)
    total = np.zeros(len(at))
    for event in events:
        start = start_of(event)
        held = np.where(at < start.day.year, 0.0, np.where(at == start.day.year, start.share, 1.0))
        total += held * (price_change(event) or 1.0 / len(events))
    return total


def expected_sign(event: Event, indicator: str) -> int:
    """Give the sign that an event should have on an indicator, 0 where nothing says or effects disagree."""
    lever = levers().get(event.lever)
    if lever is None:
        return 0
    signs = set()
    for effect in lever.effects:
        for name in effect.quantities:
            if indicator in quantity(name).indicators:
                signs.add(effect.size.sign * (-1 if name.endswith(LESS_OF) else 1))
    if len(signs) != 1:
        return 0
    return signs.pop() * (1 if price_change(event) else event.direction)


def rivals_of(events: Sequence[Event], indicator: str, last: int) -> tuple[Event, ...]:
    """Give other levers' events in the same places, from a year before the first to the year after it, if that is used.

    For the nation these are national events; for provinces, those of the same provinces (national ones reach the
    comparison regions as well). Only indicators named or acted on directly count.
    """
    first, own = min(first_year(e)[0] for e in events), {e.lever for e in events}
    where = {p for e in events for p in places(e)}
    found = []
    for other in catalog.events():
        near = first - NEAR <= first_year(other)[0] <= min(first + NEAR, last)
        moves = reached(other).get(indicator) in ("named", "direct")
        if other.lever not in own and near and moves and where & set(places(other)):
            found.append(other)
    return tuple(found)


def spread_out(event: Event, last: int) -> tuple[Event, ...]:
    """Give the national events that had brought the same measure to everyone by the last year used."""
    return tuple(
        e for e in catalog.events()
        if e.lever == event.lever and e.direction == event.direction and e.id != event.id
        and places(e) == (catalog.NATION,) and e.year <= last
    )  # fmt: skip


def also_treated(event: Event, last: int) -> set[str]:
    """Give the provinces that had the same measure by the last year used: no comparison for this event."""
    same = (e for e in catalog.events() if e.lever == event.lever and first_year(e)[0] <= last)
    return {p for e in same for p in places(e) if p != catalog.NATION}


def named(events: Iterable[Event]) -> tuple[Name, ...]:
    """Give the names of what events moved, in English and Chinese, each once."""
    found: dict[Name, None] = {}
    for event in events:
        lever = levers().get(event.lever)
        words = OTHERS.get(event.lever, (event.lever.replace("_", " "),) * 2)
        found.setdefault((lever.title("en").lower(), lever.title("zh")) if lever else words)
    return tuple(found)


def together() -> tuple[tuple[Event, ...], ...]:
    """Give the sets of events of one lever to be judged together.

    Prices moved several times by the nation; national measures in steps not more than a year apart; measures that
    reached different provinces in different years.
    """
    found = []
    by_lever: dict[str, list[Event]] = {}
    for event in catalog.events():
        by_lever.setdefault(event.lever, []).append(event)
    for group in by_lever.values():
        prices = [e for e in group if places(e) == (catalog.NATION,) and price_change(e)]
        local = [e for e in group if _provincial(e) and e.direction > 0]
        if len(prices) > 1:
            found.append(tuple(prices))
        found += _steps([e for e in group if places(e) == (catalog.NATION,) and not price_change(e)])
        if len({first_year(e)[0] for e in local}) > 1 and len({p for e in local for p in places(e)}) > 1:
            found.append(tuple(local))
    return tuple(found)


def _steps(events: Sequence[Event]) -> list[tuple[Event, ...]]:
    """Give the runs of two or more events of one direction, each not more than a year after the one before."""
    runs: list[list[Event]] = []
    for event in events:
        last = runs[-1][-1] if runs else None
        if last and event.direction == last.direction and first_year(event)[0] - first_year(last)[0] <= NEAR:
            runs[-1].append(event)
        else:
            runs.append([event])
    return [tuple(run) for run in runs if len(run) > 1]


def moved_otherwise(events: Sequence[Event]) -> set[int]:
    """Give the years in which the lever of some national events moved nationally at other times."""
    same = (e for e in catalog.events() if e.lever == events[0].lever and e not in events)
    return {start_of(e).day.year for e in same if places(e) == (catalog.NATION,)}


def _provincial(event: Event) -> bool:
    regions = catalog.regions()
    return all(regions[p].level == "province" for p in places(event))


def since_of(events: Sequence[Event]) -> dict[str, int]:
    """Give the first treated year of each province."""
    found: dict[str, float] = {}
    for event in events:
        for place in places(event):
            found[place] = min(found.get(place, math.inf), first_year(event)[0])
    return {place: int(year) for place, year in found.items()}
