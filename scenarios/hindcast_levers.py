"""Levers as they could be known on a past day, and the moves that the diary of events says were made."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from forecast import catalog
from forecast.series import Floats
from scenarios.effects import direction_only, pool_studies, shrink
from scenarios.lever_file import ActionRecord, EvidenceRecord
from scenarios.levers import Effect, Lever, levers, sized
from scenarios.moves import Move
from scenarios.studies import study

Basis = Literal["then", "later", "direction"]
"""What the size of an effect rests on: studies published by the day; studies that came later; or only the direction, as
large as the strongest measured lever at most."""

BASES: tuple[Basis, ...] = ("then", "later", "direction")
"""From firm to weak."""

STRONGEST = "ef13-patent_subsidy_filing"
"""Study of the strongest measured lever; it bounds effects of which nothing but the direction was known."""


@dataclass(frozen=True)
class Start:
    """When a move began.

    Parameters
    ----------
    day : date
        First day.
    share : float
        Share of that calendar year in which it held: 0.5 where only the year is known.
    """

    day: dt.date
    share: float

    @property
    def eve(self) -> dt.date:
        """Last day of the quarter before: what was public by then may be used."""
        return dt.date(self.day.year, 3 * ((self.day.month - 1) // 3) + 1, 1) - dt.timedelta(days=1)


def start_of(event: catalog.Event) -> Start:
    """Give when an event began.

    Examples
    --------
    >>> from forecast.catalog import events
    >>> fee = next(e for e in events() if e.date == "2017-04-01")
    >>> start_of(fee)
    Start(day=datetime.date(2017, 4, 1), share=0.75...)
    """
    parts = event.date.split("-")
    if len(parts) == 1 or len(parts[1]) == 4:
        return Start(dt.date(int(parts[0]), 1, 1), 0.5)
    day = dt.date(int(parts[0]), int(parts[1]), int(parts[2]) if len(parts) > 2 else 1)
    return Start(day, ((dt.date(day.year + 1, 1, 1) - day).days) / 365.25)


def lever_as_of(lever: Lever, day: dt.date) -> tuple[Lever, Basis]:
    """Give a lever with the sizes of its effects as they could be known on a day, and the weakest basis among them.

    Our own panel estimates are never used: they learned from the outcomes that are to be foretold.
    """
    found = [_effect_as_of(e, a, day) for e, a in zip(lever.effects, lever.record.acts_on, strict=True)]
    weakest = max((basis for _, basis in found), key=BASES.index)
    return replace(lever, effects=tuple(effect for effect, _ in found)), weakest


def _effect_as_of(effect: Effect, action: ActionRecord, day: dt.date) -> tuple[Effect, Basis]:
    record = action.evidence
    where = f"{effect.lever}, as of {day}"
    if record.by_definition or record.parameter:
        return effect, "later"
    for basis, limit in (("then", day), ("later", dt.date.max)):
        kept = _kept(record, limit)
        if kept is not None:
            size = sized(action.sign, kept, where, flipped=action.price == "relief")
            cut = effect.cut if action.cut and action.cut.evidence and basis == "later" else None
            weaker: Basis = "direction" if not size.known else basis  # type: ignore[assignment]  # the two names above
            return replace(effect, size=size, cut=cut), weaker
    pooled, grade, china = pool_studies([[study(STRONGEST)]])
    bound = record.share * abs(shrink(pooled, grade=grade, in_china=china).mean)
    return replace(effect, size=direction_only(action.sign, bound), cut=None), "direction"


def _kept(record: EvidenceRecord, day: dt.date) -> EvidenceRecord | None:
    """Give the part of an evidence record that literature published by a day supports, or None where there is none."""
    groups = [[g] if isinstance(g, str) else list(g) for g in record.studies]
    left = tuple(tuple(n for n in group if _public(n, day)) for group in groups)
    left = tuple(group for group in left if group)
    bounds = tuple(n for n in record.at_most if _public(n, day))
    if not left and not bounds:
        return None
    return record.model_copy(update={"studies": left, "panel": "", "judged": "", "at_most": () if left else bounds})


def _public(name: str, day: dt.date) -> bool:
    """Whether a study is of the literature and was public on a day; undated ones count as of their first day ever."""
    source = catalog.sources().get(study(name).source)
    if source is None:
        return False
    return day == dt.date.max or (bool(source.published) and catalog.last_day(source.published) <= day)


def position_after(lever: Lever, event: catalog.Event) -> float:
    """Give the position an event moved a lever to, measured from where it stood before.

    A price: from the dated history in the lever's file. A programme: as studied, or gone where the event ended it.
    """
    if lever.record.form == "change" and lever.record.history is not None:
        dated = sorted(lever.record.history.values.items())
        month = start_of(event).day.strftime("%Y-%m")
        after = [value for date, value in dated if date <= month][-1]
        before = [value for date, value in dated if date < month][-1]
        return after / before - 1.0
    return float(event.direction)


def move_of(lever: Lever, event: catalog.Event, years: tuple[int, ...]) -> Move:
    """Give the move of an event: in its first year for the share of the year it held, then whole."""
    start, position = start_of(event), position_after(lever, event)
    at = np.asarray(years)
    held: Floats = np.where(at < start.day.year, 0.0, np.where(at == start.day.year, start.share, 1.0))
    return Move(lever, frozenset(event.regions), position * held)


def tried() -> tuple[catalog.Event, ...]:
    """Give the events of the diary that moved a lever of ours."""
    return tuple(e for e in catalog.events() if e.lever in levers())
