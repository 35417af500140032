"""A view as the address of the page, and back: differences only, every part checked."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TypeVar

from dashboard.formats import LANGUAGES
from dashboard.sentences import Goal
from dashboard.view import HORIZONS, SHOWS, Own, Setting, View

Choice = TypeVar("Choice")

FIELD, ITEM = "~", "~~"
"""Marks between fields and items; browsers leave them as they are, so the address stays readable in mail."""

LONGEST = 8_000
"""Characters of one part that are looked at; a longer part is dropped unread."""

SIZE = 20.0
"""Largest size of an effect in a link, in logarithms."""

REASON = (3, 400)
"""Fewest and most characters of a reason, as in scenario files."""


@dataclass(frozen=True)
class Known:
    """What a link may name.

    Parameters
    ----------
    series : collection of str
    levers : mapping of str to (float, float)
        Allowed range of each lever.
    assumptions : mapping of str to (float, float)
    years : (int, int)
        First and last year a lever may start or a target may stand in.
    effects : collection of str
        Effects whose size a reader may set.
    """

    series: Collection[str]
    levers: Mapping[str, tuple[float, float]]
    assumptions: Mapping[str, tuple[float, float]]
    years: tuple[int, int]
    effects: Collection[str] = ()


def write(view: View, vintage: str = "") -> dict[str, str]:
    """Give the parts of the address that show a view again.

    Examples
    --------
    >>> write(View().with_lever("ip_courts", Setting(3.0, 2027, 2)))
    {'l': 'ip_courts~3~2027~2'}
    """
    plain = View()
    out: dict[str, str] = {}
    if view.lang != plain.lang:
        out["lang"] = view.lang
    if view.series != plain.series:
        out["s"] = view.series
    if view.until != plain.until:
        out["h"] = str(view.until)
    if view.levers:
        out["l"] = ITEM.join(
            FIELD.join((name, f"{s.value:.10g}", str(s.start), str(s.over))) for name, s in view.levers.items()
        )
    if view.assumptions:
        out["a"] = ITEM.join(f"{name}{FIELD}{value:.10g}" for name, value in view.assumptions.items())
    if view.effects:
        out["e"] = ITEM.join(
            FIELD.join((name, f"{own.mean:.10g}", f"{own.sd:.10g}", own.why.replace(FIELD, "–")))
            for name, own in view.effects.items()
        )
    if view.target is not None:
        out["t"] = f"{view.target.value:.10g}{FIELD}{view.target.year}"
    if view.show != plain.show:
        out["v"] = view.show
    if view.present:
        out["present"] = "1"
    if view.large:
        out["large"] = "1"
    if out and vintage:
        out["d"] = vintage
    return out


def read(parts: Mapping[str, str], known: Known) -> tuple[View, tuple[str, ...]]:
    """Read a view from an address.

    Parameters
    ----------
    parts : mapping of str to str
        Query parameters, as they came from outside.
    known : Known
        What they may name.

    Returns
    -------
    view : View
        Every part that is right, defaults for the rest.
    bad : tuple of str
        Parts that were left out, short enough to be shown.
    """
    view, bad = View(), []

    def take(key: str, use: Callable[[str], View]) -> None:
        nonlocal view
        text = parts.get(key)
        if text is None:
            return
        try:
            if len(text) > LONGEST:
                raise ValueError
            view = use(text)
        except (ValueError, KeyError, TypeError):
            bad.append(f"{key}={text[:40]}")

    take("lang", lambda text: replace(view, lang=_one_of(text, LANGUAGES)))
    take("s", lambda text: replace(view, series=_one_of(text, known.series)))
    take("h", lambda text: replace(view, until=_one_of(int(text), HORIZONS)))
    take("v", lambda text: replace(view, show=_one_of(text, SHOWS)))
    take("t", lambda text: replace(view, target=_goal(text, known)))
    take("present", lambda text: replace(view, present=_one_of(text, ("1",)) == "1"))
    take("large", lambda text: replace(view, large=_one_of(text, ("1",)) == "1"))
    levers, assumptions, effects = {}, {}, {}
    for item in _items(parts.get("l"), "l", bad):
        try:
            name, value, start, over = item.split(FIELD)
            first, last = known.years
            levers[name] = Setting(
                _within(value, known.levers[name]),
                int(_within(start, (first, last))),
                int(_within(over, (0, 15))),
            )
        except (ValueError, KeyError):
            bad.append(f"l={item[:40]}")
    for item in _items(parts.get("a"), "a", bad):
        try:
            name, value = item.split(FIELD)
            assumptions[name] = _within(value, known.assumptions[name])
        except (ValueError, KeyError):
            bad.append(f"a={item[:40]}")
    for item in _items(parts.get("e"), "e", bad):
        try:
            name, mean, sd, why = item.split(FIELD)
            effects[_one_of(name, known.effects)] = Own(
                _within(mean, (-SIZE, SIZE)), _within(sd, (0.0, SIZE)), _reason(why)
            )
        except ValueError:
            bad.append(f"e={item[:40]}")
    return replace(
        view, levers=MappingProxyType(levers), assumptions=MappingProxyType(assumptions),
        effects=MappingProxyType(effects),
    ), tuple(bad)  # fmt: skip


def _reason(text: str) -> str:
    if not REASON[0] <= len(text.strip()) <= REASON[1]:
        raise ValueError(text)
    return text.strip()


def _items(text: str | None, key: str, bad: list[str]) -> list[str]:
    if not text:
        return []
    if len(text) > LONGEST:
        bad.append(f"{key}={text[:40]}")
        return []
    return text.split(ITEM)


def _one_of(value: object, allowed: Collection[Choice]) -> Choice:
    for choice in allowed:
        if choice == value:
            return choice
    raise ValueError(value)


def _within(text: str, bounds: tuple[float, float]) -> float:
    value = float(text)
    if not math.isfinite(value) or not bounds[0] <= value <= bounds[1]:
        raise ValueError(text)
    return value


def _goal(text: str, known: Known) -> Goal:
    value, year = text.split(FIELD)
    return Goal(_within(value, (0.0, 1e16)), int(_within(year, known.years)))
