"""The four ways to show a scenario: level, difference, growth, index."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from dashboard import cache, state
from dashboard.page import say
from dashboard.picture import FanOptions, Line, Past, Rows, apart, fan, window
from dashboard.plan import ahead
from dashboard.sentences import Goal, policy_band
from dashboard.spread import Spread, growth, index, spread
from dashboard.start import focus_year
from dashboard.subject import Subject
from dashboard.view import Show
from forecast.series import Floats
from scenarios.policy_band import policy_factor

if TYPE_CHECKING:
    from scenarios.comparison import Comparison, LineName

OF_ROLE: dict[str, LineName] = {"base": "reference", "reference": "reference", "mine": "mine", "A": "scenario"}


@dataclass(frozen=True)
class Drawn:
    """A chart ready to be drawn: its template, data, options, the lines in it and a remark for the reader."""

    kind: str
    frames: dict[str, Rows]
    options: dict[str, Any]
    lines: Sequence[Line]
    remark: str = ""


def shown(
    show: Show,
    named: Subject,
    result: Comparison,
    lines: Sequence[Line],
    *,
    goal: Goal | None,
    height: int,
    paths: Rows,
) -> Drawn:
    """Give the chart of one view.

    Parameters
    ----------
    show : {"level", "difference", "growth", "index"}
    named : Subject
    result : Comparison
    lines : sequence of Line
        Lines of the level view; the other views show the same ones.
    goal : Goal, optional
        Drawn in the level view.
    height : int
        Pixels.
    paths : list of dict
        Single futures, for the level view.
    """
    if show == "difference":
        return _difference(named, result, height)
    if show == "growth":
        return _growth(named, result, lines, height)
    if show == "index":
        return _index(named, result, lines, height)
    view = state.view()
    past = cache.past(named.key, view.lang)
    span = window(past.first, cache.known_until(named.key), view.until)
    reference = tuple(line for line in lines if line.role == "reference") if len(lines) > 1 else ()
    wide = around_policy(named, result, lines)
    remark = "" if wide is None else policy_words(named, result, wide.spread, goal)
    hairlines = (*reference, wide) if wide is not None else reference
    options = FanOptions(span[0], height, goal, hairlines, paths)
    frames = fan(named, lines, past, view.lang, until=span[1], options=options)
    return Drawn("fan", frames, {"unit": named.unit, "window": span, "height": height}, lines, remark)


def around_policy(named: Subject, result: Comparison, lines: Sequence[Line]) -> Line | None:
    """Give the scenario's line with its bands as past policy events needed them; None where no lever moves it."""
    if lines[-1].role != "A" or not result.by_levers(named.key):
        return None
    return replace(lines[-1], spread=lines[-1].spread.around_policy(share=named.unit == "share"))


def policy_words(named: Subject, result: Comparison, wide: Spread, goal: Goal | None) -> str:
    """Say what the dotted edges of the scenario are, in the year that the sentence below speaks of."""
    view = state.view()
    year, p = focus_year(view.until, cache.known_until(named.key), goal), math.nan
    if goal is not None and goal.year == year:
        p = float(result.chance_around_policy(named.key, goal.value)[result.years.index(year)])
    return policy_band(named, year, wide.at(year), policy_factor(), view.lang, p=p)


def _difference(named: Subject, result: Comparison, height: int) -> Drawn:
    view = state.view()
    years, moved = ahead(result, named.key, "scenario")
    mine = ahead(result, named.key, "mine")[1]
    line = Line("A", say("my_scenario"), spread(years, moved - mine))
    span = (int(years[0]), max(view.until, int(years[0]) + 1))
    # The gap between two lines of nothing: an axis around zero, cut nowhere.
    frames = fan(named, [line], Past(), view.lang, until=span[1], options=FanOptions(None, height, cap=math.inf))
    data = {name: frames[name] for name in ("bands", "lines", "frame")}
    last = float(line.spread.until(view.until).table[3, -1])
    table = line.spread.until(view.until).table
    gap = 19.0 / max(height - 45.0, 60.0) * float(max(table[6].max(), 0.0) - min(table[0].min(), 0.0))
    at = apart([last, 0.0], gap)
    names = (f"{say('my_scenario')} {named.signed(last, view.lang)}", say("mine" if view.assumptions else "baseline"))
    data["ends"] = [
        {"x": span[1], "y_at": place, "label": name, "role": role}
        for place, name, role in zip(at, names, ("A", "mine"), strict=True)
    ]
    data["zero"] = [{"y": 0}]
    options = {"unit": named.unit, "window": span, "height": height}
    return Drawn("difference", data, options, [line], say("difference_note"))


def _history(named: Subject) -> tuple[list[int], Floats]:
    series = cache.history(named.key)
    return [p.year for p in series.periods], series.values


def _growth(named: Subject, result: Comparison, lines: Sequence[Line], height: int) -> Drawn:
    """Show the change on the year before."""
    view = state.view()
    made = [replace(line, spread=_grown(*ahead(result, named.key, OF_ROLE[line.role]))) for line in lines]
    years, values = _history(named)
    hist = [
        {"x": y, "y": float(b / a - 1), "part": 0}
        for y, a, b in zip(years[1:], values[:-1], values[1:], strict=True)
        if a > 0
    ]
    unit = replace(named, unit="change")
    return _plain(unit, made, Past(hist=hist), height, say("growth_note"), view.until)


def _grown(years: tuple[int, ...], paths: Floats) -> Spread:
    return spread(years[1:], growth(paths))


def _index(named: Subject, result: Comparison, lines: Sequence[Line], height: int) -> Drawn:
    view = state.view()
    base = cache.known_until(named.key)
    made = []
    for line in lines:
        years, paths = ahead(result, named.key, OF_ROLE[line.role])
        made.append(replace(line, spread=spread(years, index(paths, paths[0]))))
    years_, values = _history(named)
    scale = values[-1] if values[-1] else 1.0
    hist = [{"x": y, "y": float(100 * v / scale), "part": 0} for y, v in zip(years_, values, strict=True)]
    unit = replace(named, unit="index")
    return _plain(unit, made, Past(hist=hist), height, say("index_note", year=base), view.until)


def _plain(named: Subject, lines: Sequence[Line], past: Past, height: int, remark: str, until: int) -> Drawn:
    view = state.view()
    known = cache.known_until(named.key)
    first = int(past.hist[0]["x"]) if past.hist else known
    span = window(first, known, until)
    frames = fan(named, lines, past, view.lang, until=span[1], options=FanOptions(span[0], height))
    return Drawn("fan", frames, {"unit": named.unit, "window": span, "height": height}, lines, remark)
