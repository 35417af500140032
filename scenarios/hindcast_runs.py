"""Would it have worked? Dated policy events tried on what was known on their eve, and scored by what happened."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Iterator, Sequence
from functools import cache

import numpy as np

from forecast import catalog
from forecast.baseline import baseline_outlook
from forecast.histories import bundled_histories
from forecast.metrics import crps
from forecast.observations import observations
from forecast.outlook import Outlook
from forecast.seeds import DEFAULT_SEED
from forecast.series import Floats
from scenarios.engine import compare
from scenarios.hindcast_levers import BASES, Basis, lever_as_of, move_of, start_of, tried
from scenarios.hindcasts import Hindcast
from scenarios.levers import levers
from scenarios.moves import Move
from scenarios.scenario import Scenario

YEARS_AFTER = 3
"""Calendar years judged: that of the event and those after it."""

N_PATHS = 500

LEAST_KNOWN = 3
"""Years from 2010 on that must be known of a series on the eve; with more the fee cuts of 2013 and 2015 go untried."""

MOST_SERIES = 4
"""Series judged of one event and region: the nearest to the lever."""

FIRST_DAY = dt.date(2012, 1, 1)
"""Earlier events have too little before them: most series begin in 2009 or 2010."""


def outlook_as_of(day: dt.date, *, until: int, n_paths: int = N_PATHS, seed: int = DEFAULT_SEED) -> Outlook:
    """Give the outlook that would have been made on a day; it is not kept on disk."""
    return baseline_outlook(until=until, n_paths=n_paths, seed=seed, histories=bundled_histories(day))


def hindcasts(
    events: Sequence[catalog.Event] | None = None,
    *,
    now: Outlook,
    then: Callable[[dt.date, int], Outlook] | None = None,
    report: Callable[[str], None] = lambda _: None,
) -> list[Hindcast]:
    """Try events of the diary and score them.

    Parameters
    ----------
    events : sequence of Event, optional
        By default all that moved a lever since 2012.
    now : Outlook
        Today's; in years that are printed it holds what came.
    then : callable, optional
        Day and last year -> outlook of that day; by default `outlook_as_of`.
    report : callable
        Told each quarter before its events are tried.

    Returns
    -------
    list of Hindcast
        By quarter, series, year. Events without a series that was known long enough before and printed after have none.
        Events of one quarter are tried together, each lever once a region.
    """
    make = then or (lambda day, until: outlook_as_of(day, until=until))
    found: list[Hindcast] = []
    by_eve: dict[dt.date, list[catalog.Event]] = {}
    for event in tried() if events is None else events:
        if start_of(event).day >= FIRST_DAY and any(_judged(event, region, now) for region in event.regions):
            by_eve.setdefault(start_of(event).eve, []).append(event)
    for eve, group in sorted(by_eve.items()):
        report(f"{eve}: {', '.join(e.title for e in group)}")
        found += _of_quarter(group, make(eve, eve.year + YEARS_AFTER + 1), now)
    return found


def _judged(event: catalog.Event, region: str, now: Outlook) -> list[str]:
    """Give series of a region that the lever moves and that are printed in a year after the event, nearest first."""
    begin = start_of(event).day.year
    wanted = dict.fromkeys([*levers()[event.lever].indicators, *event.outcomes])
    keys = [f"{region}.{name}" for name in wanted if f"{region}.{name}" in now.index]
    return [k for k in keys if any(printed(now, k, y) is not None for y in range(begin, begin + YEARS_AFTER))]


def printed(now: Outlook, key: str, year: int) -> float | None:
    """Give what was printed for a series and year: the same on every path; None where it is not."""
    if year not in now.years or year > now.known_until[now.index[key]]:
        return None
    values = now.of(key)[now.years.index(year)]
    same = np.isfinite(values).all() and values.max() == values.min() and values[0] > 0
    return float(values[0]) if same else None


def _of_quarter(events: Sequence[catalog.Event], then: Outlook, now: Outlook) -> Iterator[Hindcast]:
    eve = start_of(events[0]).eve
    once = {(e.lever, e.regions): e for e in reversed(events)}
    known = {e.lever: lever_as_of(levers()[e.lever], eve) for e in once.values()}
    moves = [move_of(known[e.lever][0], e, then.years) for e in once.values()]
    comparison = compare(Scenario(id="hindcast"), then, outside=(), inside=moves)
    series: dict[str, None] = {}
    for event in events:
        for region in event.regions:
            own = [k for k in _judged(event, region, now) if _long_enough(then, k) and comparison.moves(k)]
            series |= dict.fromkeys(own[:MOST_SERIES])
    for key in series:
        acting = [e for e, m in zip(once.values(), moves, strict=True) if _acts(m, key)]
        basis: Basis = max((known[e.lever][1] for e in acting), key=BASES.index, default="direction")
        first = then.known_until[then.index[key]]
        begin = min(start_of(e).day.year for e in events)
        names = [";".join(sorted({str(getattr(e, name)) for e in acting})) for name in ("id", "lever")]
        for year in range(max(begin, first + 1), begin + YEARS_AFTER):
            came, at = printed(now, key, year), then.years.index(year)
            if came is not None:
                given = str(eve), names[0], names[1], key.split(".")[0], basis
                yield _scored(given, key, year, first, came, then.of(key)[at], comparison.of(key)[at])


def _acts(move: Move, key: str) -> bool:
    """Whether a move is felt in a series: its lever names the indicator, its region or one around it is moved."""
    region, indicator = key.split(".")[:2]
    return indicator in move.lever.indicators and move.acts_in(region, False)


def _long_enough(then: Outlook, key: str) -> bool:
    if key not in then.index:
        return False
    known = then.of(key)[: then.years.index(then.known_until[then.index[key]]) + 1]
    return int(np.isfinite(known).all(axis=1).sum()) >= LEAST_KNOWN


def _scored(
    given: tuple[str, str, str, str, Basis], key: str, year: int, known: int, came: float, without: Floats,
    with_: Floats,
) -> Hindcast:  # fmt: skip
    def one(paths: Floats) -> tuple[float, float, float, float, float, bool]:
        low, middle, high = (float(q) for q in np.quantile(paths, [0.1, 0.5, 0.9]))
        score = float(crps(paths[:, None], np.array([came]))[0]) / came
        return middle, low, high, score, math.log(max(middle, 1e-12) / came), low <= came <= high

    a, b = one(without), one(with_)
    cause, note = ("", "") if b[5] else _cause(given[1], key, year, known, came > b[2])
    return Hindcast(
        *given, key, year, known, came, a[0], b[0], a[1], a[2], b[1], b[2], a[3], b[3], a[4], b[4], a[5], b[5],
        cause, note,
    )  # fmt: skip


def _cause(tried_: str, key: str, year: int, known: int, above: bool) -> tuple[str, str]:
    """Say what a miss comes from, by what the data package knows.

    In this order: the count was defined anew in between, and the figures used are on either side of it; other events
    of the diary that act on the series in that direction fell in between, and were not applied; the last figure known
    on the eve was three or more years old; else the trend changed for a reason that is not in the diary.
    """
    anew = counted_anew(key, known, year)
    if anew:
        return "definition", ";".join(anew)
    region, indicator = key.split(".")[:2]
    side = 1 if above else -1
    others = []
    for other in tried():
        began = start_of(other).day.year
        if other.id in tried_.split(";") or not known < began <= year or not {region, "CN"} & set(other.regions):
            continue
        signs = {e.size.sign * other.direction for e in levers()[other.lever].effects if indicator in e.indicators}
        if side in signs:
            others.append(other.id)
    if others:
        return "events", ";".join(others)
    return ("history", str(known)) if year - known >= YEARS_AFTER else ("trend", "")


def counted_anew(key: str, known: int, year: int) -> list[str]:
    """Give the changes of definition between what was known and what came, as ``indicator.year``.

    Only those that the figures used stand on either side of: no forecast can be judged across them.
    """
    region, indicator = key.split(".")[:2]
    return [
        f"{b.indicator}.{b.year}"
        for b in catalog.breaks()
        if b.indicator == indicator and b.concerns(region) and known < b.year <= year and _counted_anew(key, b, year)
    ]


@cache
def _bases(key: str) -> tuple[tuple[int, str], ...]:
    """Give year and basis of the printed levels of a series."""
    return tuple((o.year, o.basis) for o in observations() if o.series == key and o.kind == "level")


def _counted_anew(key: str, change: catalog.Break, year: int) -> bool:
    """Whether what came was printed on the new basis, and what was known before on the old one."""
    before = any(y < change.year and basis == change.before_basis for y, basis in _bases(key))
    return before and (year, change.after_basis) in _bases(key)
