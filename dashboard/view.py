"""What a planner is looking at: series, window, lever settings, assumptions, target. One value, never changed."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Literal

from dashboard.formats import Lang
from dashboard.sentences import Goal

Show = Literal["level", "difference", "growth", "index"]
SHOWS: tuple[Show, ...] = ("level", "difference", "growth", "index")
HORIZONS = (2028, 2030, 2035, 2040)
FIRST_SERIES = "CN-ZJ.inventions_in_force"


@dataclass(frozen=True)
class Setting:
    """Where a lever is set.

    Parameters
    ----------
    value : float
        In the lever's own unit.
    start : int
        First year it applies.
    over : int
        Years until full strength; 0 is at once.
    """

    value: float
    start: int
    over: int


@dataclass(frozen=True)
class Own:
    """A reader's own size of an effect.

    Parameters
    ----------
    mean, sd : float
        As scenario files hold them: the log effect at the studied strength (or the elasticity), its sign the direction.
    why : str
        The reason.
    """

    mean: float
    sd: float
    why: str


Settings = MappingProxyType[str, Setting]
Amounts = MappingProxyType[str, float]
Owns = MappingProxyType[str, Own]


def _nothing() -> MappingProxyType:  # type: ignore[type-arg]  # empty for both kinds of value
    return MappingProxyType({})


@dataclass(frozen=True)
class View:
    """All that a link reproduces.

    Parameters
    ----------
    series : str
        Key of the shown series.
    until : int
        Last year that is drawn.
    lang : {"en", "zh"}
    levers : mapping of str to Setting
        Only levers that are moved.
    assumptions : mapping of str to float
        Only assumptions that differ from their default.
    effects : mapping of str to Own
        Sizes of effects that the reader set, by effect.
    target : Goal, optional
        The user's own target for the series.
    show : {"level", "difference", "growth", "index"}
    present : bool
        Presentation mode: large type, no controls.
    large : bool
        Large type on every page.
    """

    series: str = FIRST_SERIES
    until: int = 2035
    lang: Lang = "en"
    levers: Settings = field(default_factory=_nothing)
    assumptions: Amounts = field(default_factory=_nothing)
    effects: Owns = field(default_factory=_nothing)
    target: Goal | None = None
    show: Show = "level"
    present: bool = False
    large: bool = False

    @property
    def moved(self) -> bool:
        """Whether a lever or an assumption differs from as now."""
        return bool(self.levers or self.assumptions)

    @property
    def plan(self) -> tuple[Settings, Amounts, Owns]:
        """All that decides a result: what is moved, and the sizes that are the reader's own."""
        return self.levers, self.assumptions, self.effects

    def with_lever(self, name: str, setting: Setting | None) -> View:
        """Give the view with a lever set, or put back where `setting` is None."""
        levers = {key: old for key, old in self.levers.items() if key != name}
        return replace(self, levers=MappingProxyType(levers if setting is None else {**levers, name: setting}))

    def with_assumption(self, name: str, value: float | None) -> View:
        """Give the view with an assumption changed, or put back where `value` is None."""
        kept = {key: old for key, old in self.assumptions.items() if key != name}
        return replace(self, assumptions=MappingProxyType(kept if value is None else {**kept, name: value}))

    def with_effect(self, name: str, own: Own | None) -> View:
        """Give the view with an own size of an effect, or with the published one where `own` is None."""
        kept = {key: old for key, old in self.effects.items() if key != name}
        return replace(self, effects=MappingProxyType(kept if own is None else {**kept, name: own}))

    def with_plan(self, other: View) -> View:
        """Give the view with everything that decides another one's result."""
        return replace(self, levers=other.levers, assumptions=other.assumptions, effects=other.effects)

    def as_now(self) -> View:
        """Give the view with nothing moved and no size of the reader's own."""
        return self.with_plan(View())
