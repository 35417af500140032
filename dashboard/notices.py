"""What just happened and what to know about it, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dashboard import cache, state
from dashboard.dial import Dial
from dashboard.formats import Lang, change
from dashboard.subject import Subject
from dashboard.view import Setting, View
from dashboard.words import word
from scenarios.levers import Lever, assumptions, levers

if TYPE_CHECKING:
    from scenarios.comparison import Comparison

KEPT = 60
"""Results that a session remembers for the what-changed notice."""

AT_THE_CARD = ("outside evidence", "set by nation", "thought experiment", "cut", "size unknown", "nothing moves")
"""Warnings that stand at the card of their lever; all others stand under the sentence."""


def engine_notices(result: Comparison, lang: Lang) -> list[str]:
    """Give the engine's warnings that concern the whole picture."""
    return [item.text(lang) for item in result.notices if item.kind not in AT_THE_CARD]


def changed_words(result: Comparison, named: Subject, year: int, view: View) -> str:
    """Say what the last change did to the shown year; empty where nothing was changed yet."""
    last, lang = state.notice(), view.lang
    at = result.years.index(year)
    value = float(np.median(result.of(named.key, "scenario")[at]))
    remember(named.key, year, view, value)
    if last is None:
        return ""
    if isinstance(last, state.Notice):
        return word(last.key, lang, **dict(last.slots))
    lever = levers().get(last.lever) or assumptions().get(last.lever)
    if lever is None or last.before.series.split(".")[0] != view.series.split(".")[0]:
        return ""
    slots = {"lever": lever.title(lang), "old": _written(lever, last.old, lang), "new": _written(lever, last.new, lang)}
    before = _before(named.key, year, last.before)
    if before is not None and before == value:
        outcome = cache.indicator_title(lever.indicators[0], lang) if lever.indicators else ""
        return word("changed_nothing", lang, indicator=named.inline(lang), outcome=outcome, **slots)
    slots |= {"year": str(year), "value": named.figure(value, lang)}
    if not before:
        # Several levers moved before the page was drawn: what this one did alone was never shown.
        return word("changed_now", lang, **slots)
    return word("changed", lang, d=change(value / before - 1), **slots)


def _before(key: str, year: int, view: View) -> float | None:
    """Give the middle of the shown year before the change, as it was shown then; None where it was not shown."""
    return _medians().get((key, year, repr(view.plan)))


def remember(key: str, year: int, view: View, median: float) -> None:
    """Keep what is shown now, so that the next change can be told against it."""
    kept = _medians()
    kept[key, year, repr(view.plan)] = median
    while len(kept) > KEPT:
        kept.pop(next(iter(kept)))


def _medians() -> dict[tuple[str, int, str], float]:
    found: dict[tuple[str, int, str], float] = state.keep("medians", dict)
    return found


def _written(lever: Lever, setting: Setting | None, lang: Lang) -> str:
    if setting is None:
        return word("as_now", lang)
    text = Dial(lever).level(setting.value, lang)
    if lever.record.kind == "assumption":
        return text
    return (
        f"{text}, {word('from_year', lang, year=setting.start).lower()}"
        if lang == "en"
        else (f"{text}（{word('from_year', lang, year=setting.start)}）")
    )
