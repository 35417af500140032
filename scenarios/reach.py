"""Reaching a target: which levers meet it with a wanted chance, at the least effort, in which other ways, or not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from forecast import catalog
from forecast.errors import InputError, unknown
from forecast.outlook import Outlook
from forecast.series import Floats, frozen
from scenarios.engine import run
from scenarios.files import resolved
from scenarios.levers import levers as all_levers
from scenarios.reach_knobs import STEPS, Knob, Limits, Steps, crowded, knobs_for, setting_of
from scenarios.reach_search import Search
from scenarios.scenario import Goal, Scenario

Kind = Literal["least", "other", "own", "few", "even", "best"]
"""least effort; without the main lever of that; only levers the region decides; a single lever; all levers the same
share of their way; the highest chance there is."""

SPACINGS = (0.01, 0.02, 0.05, 0.1)
"""Distances between chances of the frontier; the smallest that needs at most `MOST_POINTS` of them is used."""

MOST_POINTS = 8

DISTINCT = 0.2
"""Least distance between two ways: half the sum of differences between their shares of effort by lever, 0 to 1."""


@dataclass(frozen=True, eq=False)
class Way:
    """One setting of the levers.

    Parameters
    ----------
    kind : Kind
        What it stands for.
    steps : tuple of int
        Hundredths of the way of each knob.
    effort : float
        1 is one lever of ordinary weight moved its whole way.
    chance : float
        Share of the futures that meet the target, by an exact run of `scenario`.
    around_policy : float
        The same with futures as far apart as past policy events needed.
    scenario : Scenario
        Ready to run, save or share; it holds what held before as well.
    """

    kind: Kind
    steps: Steps
    effort: float
    chance: float
    around_policy: float
    scenario: Scenario


@dataclass(frozen=True, eq=False)
class Reach:
    """Answer to "which levers reach this?".

    Parameters
    ----------
    goal : Goal
        Target value, year and wanted chance.
    knobs : tuple of Knob
        Levers that could move; the order of steps in every way.
    now : float
        Chance without any of them.
    best : Way
        The highest chance found, at the least effort.
    ways : tuple of Way
        Distinct ways to reach the goal, the least effort first; none where it is not reachable.
    frontier : tuple of Way
        Least effort for rising chances.
    certain : float
        Value that the best way reaches with the wanted chance.
    later : int or None
        First later year in which the best way reaches the goal with the wanted chance; None within the outlook.
    unused : dict of str to str
        Levers that were named or could be thought of, and why they do not move.
    runs : int
        Exact runs made.
    """

    goal: Goal
    knobs: tuple[Knob, ...]
    now: float
    best: Way
    ways: tuple[Way, ...]
    frontier: tuple[Way, ...]
    certain: float
    later: int | None
    unused: Mapping[str, str]
    runs: int

    @property
    def reachable(self) -> bool:
        """Whether the wanted chance was reached."""
        return bool(self.ways)

    def positions(self, way: Way) -> list[tuple[Knob, float, float]]:
        """Levers a way moves: knob, position, effort; the most effort first."""
        rows = [(k, k.position(s), k.effort * s / STEPS) for k, s in zip(self.knobs, way.steps, strict=True) if s]
        return sorted(rows, key=lambda row: (-row[2], row[0].lever.id))


def reach(
    goal: Goal,
    outlook: Outlook,
    *,
    movable: Sequence[str] | None = None,
    efforts: Mapping[str, float] | None = None,
    within: Scenario | None = None,
    limits: Limits = "studied",
) -> Reach:
    """Find the settings of levers that meet a goal with its chance at the least effort.

    Parameters
    ----------
    goal : Goal
        Series, value, year and chance (0 to 1).
    outlook : Outlook
        Reference baseline; the chance is counted on its futures.
    movable : sequence of str, optional
        Ids of levers that may move. By default those that move the indicator and whose size was measured; levers of
        unknown size move only where named here.
    efforts : mapping of str to float, optional
        Effort of the whole way of a lever, above 0; by default that of the lever's file.
    within : Scenario, optional
        What holds already: assumptions, and levers that stay where it sets them.
    limits : {"studied", "possible"}
        How far levers may go.

    Returns
    -------
    Reach
        The same for the same arguments. Every way was run exactly.

    Raises
    ------
    UnknownNameError
        Where the series or a lever is unknown.
    InputError
        Where the year is not in the outlook, or an effort is not above 0.

    Examples
    --------
    >>> flat = Outlook(("CN.trademark_applications",), tuple(range(2025, 2031)), np.full((1, 6, 200), 7e6), (2025,), 1)
    >>> goal = Goal(region="CN", indicator="trademark_applications", year=2030, at_least=7.3e6, chance=0.8)
    >>> found = reach(goal, flat, movable=["trademark_filing_fee"])
    >>> found.reachable, found.ways[0].chance >= 0.8, found.now
    (True, True, 0.0)
    """
    _check(goal, outlook, efforts or {})
    before = resolved(within or Scenario(id="now"))
    at = outlook.years.index(goal.year)
    knobs, unused = knobs_for(goal, outlook, before, movable, efforts or {}, limits)
    floor = np.log(goal.at_least)

    def margins(steps: Steps, crowd: int | None) -> Floats:
        scenario = setting_of(before, knobs, steps, goal)
        values = run(scenario, outlook).of(goal.key) if crowd is None else crowded(scenario, outlook, goal.key, crowd)
        return frozen(np.log(np.maximum(values[at], 1e-300)) - floor)

    search = Search(margins, [k.effort for k in knobs])
    return _Answer(goal, knobs, search, before).whole(outlook, unused)


@dataclass(frozen=True)
class _Answer:
    goal: Goal
    knobs: tuple[Knob, ...]
    search: Search
    before: Scenario

    def whole(self, outlook: Outlook, unused: Mapping[str, str]) -> Reach:
        search, goal = self.search, self.goal
        now, best = search.chance(search.zero), search.best(search.full)
        top = search.chance(best)
        best = (search.least(top, search.full, among=[best]) or best) if top else best
        # An answer for a higher chance answers a lower one too: from the top down no chance costs more than a higher.
        chances = sorted({*_chances(now, top), *([goal.chance] if goal.chance <= top else [])}, reverse=True)
        found: dict[float, Steps] = {}
        for chance in chances:
            least = search.least(chance, search.full, among=[best, *found.values()])
            assert least is not None  # `best` reaches it
            found[chance] = least
        ways: tuple[Way, ...] = ()
        if goal.chance in found:
            ways = self._ways(found[goal.chance], [*found.values(), best])
        frontier = [self._way("least", found[chance]) for chance in sorted(found)]
        best_way = self._way("best", best)
        margins = np.sort(search.margins(best))
        # A hair below, so that rounding does not lose the path that decides.
        certain = float(np.exp(margins[margins.size - search.needed(goal.chance)])) * goal.at_least * (1.0 - 1e-12)
        by_year = run(best_way.scenario, outlook).chance(goal.key, goal.at_least)
        later = next(
            (y for y, p in zip(outlook.years, by_year, strict=True) if y > goal.year and p >= goal.chance), None
        )
        return Reach(
            goal, self.knobs, now, best_way, ways, _rising([*frontier, best_way]), certain, later, unused,
            len(search.known),
        )  # fmt: skip

    def _way(self, kind: Kind, steps: Steps) -> Way:
        of, scenario = self.search, setting_of(self.before, self.knobs, steps, self.goal)
        return Way(kind, steps, of.effort(steps), of.chance(steps), of.around_policy(steps), scenario)

    def _ways(self, least: Steps, known: Sequence[Steps]) -> tuple[Way, ...]:
        """Give distinct ways to the goal; each is left out where it is not reachable or not distinct."""
        kept = [self._way("least", least)]
        if not any(least):
            return tuple(kept)
        for kind, steps in (
            ("own", self._own(known)), ("other", self._other(least, known)), ("few", self._few(least)),
            ("even", self._even()),
        ):  # fmt: skip
            if steps is not None and all(self._apart(steps, way.steps) >= DISTINCT for way in kept):
                kept.append(self._way(kind, steps))  # type: ignore[arg-type]  # the four kinds above
        first, *rest = kept
        return (first, *sorted(rest, key=lambda way: (way.effort, way.kind)))

    def _apart(self, a: Steps, b: Steps) -> float:
        shares = [self.search.efforts * np.asarray(s) for s in (a, b)]
        return float(np.abs(shares[0] / shares[0].sum() - shares[1] / shares[1].sum()).sum() / 2)

    def _other(self, least: Steps, known: Sequence[Steps]) -> Steps | None:
        """Give the least effort without the main lever; where it is needed, with as little of it as can be."""
        main = int(np.argmax(self.search.efforts * np.asarray(least)))
        for part in (0.0, 0.25, 0.5, 0.75):
            caps = tuple(int(least[i] * part) if i == main else STEPS for i in range(len(least)))
            found = self.search.least(self.goal.chance, caps, among=known)
            if found is not None:
                return found
        return None

    def _own(self, known: Sequence[Steps]) -> Steps | None:
        """Give the least effort with levers that the goal's own region decides."""
        caps = tuple(0 if k.lever.record.decided_by == "nation" else STEPS for k in self.knobs)
        if self.goal.region == catalog.NATION or not any(caps) or all(caps):
            return None
        return self.search.least(self.goal.chance, caps, among=known)

    def _few(self, least: Steps) -> Steps | None:
        """Give the least effort among single levers."""
        singles = [s for s in self.search.known if sum(map(bool, s)) == 1]
        found = [s for s in singles if self.search.reached(s, self.goal.chance) and s != least]
        return min(found, key=lambda s: (self.search.effort(s), s), default=None)

    def _even(self) -> Steps | None:
        """Give the same share of the way for every lever, the smallest that reaches the goal."""
        ways = [(s,) * len(self.knobs) for s in range(STEPS + 1)]
        if not self.search.reached(ways[-1], self.goal.chance):
            return None
        low, high = 0, STEPS
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if self.search.reached(ways[middle], self.goal.chance) else (middle, high)
        return ways[high]


def _chances(now: float, top: float) -> list[float]:
    """Give round chances above the one now, up to the highest."""
    for spacing in SPACINGS:
        found = [round(spacing * k, 2) for k in range(1, round(1 / spacing)) if now < round(spacing * k, 2) <= top]
        if len(found) <= MOST_POINTS:
            break
    return found[-MOST_POINTS:]


def _rising(ways: Sequence[Way]) -> tuple[Way, ...]:
    """Keep the ways of which none has a higher chance for as little effort."""
    kept: list[Way] = []
    for way in sorted(ways, key=lambda w: (w.effort, -w.chance)):
        if not kept or way.chance > kept[-1].chance:
            kept.append(way)
    return tuple(kept)


def _check(goal: Goal, outlook: Outlook, efforts: Mapping[str, float]) -> None:
    if goal.key not in outlook.index:
        raise unknown("series", goal.key, outlook.keys)
    known = outlook.known_until[outlook.index[goal.key]]
    if not known < goal.year <= outlook.years[-1]:
        allowed = f"Allowed: {known + 1} to {outlook.years[-1]}."
        raise InputError(f"{goal.key}: year {goal.year} is not ahead in the outlook.", allowed)
    if not goal.at_least > 0:
        raise InputError(f"{goal.key}: a target of {goal.at_least:g} is always met.", "Give a value above 0.")
    for name, effort in efforts.items():
        if name not in all_levers():
            raise unknown("lever", name, all_levers())
        if not 0 < effort < float("inf"):
            raise InputError(f"{name}: an effort of {effort:g} is not possible.", "Give a number above 0.")
