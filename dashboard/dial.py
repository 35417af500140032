"""How a lever's position is written: percent for changes, points for growth rates, steps for programmes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from dashboard.formats import Lang, between, change
from dashboard.words import word
from forecast.catalog import indicators
from scenarios.levers import Effect, Lever
from scenarios.quantities import quantity


@dataclass(frozen=True)
class Dial:
    """A lever or an outside assumption as a control.

    Parameters
    ----------
    lever : Lever
    """

    lever: Lever

    @property
    def factor(self) -> float:
        """What a position is multiplied by before it is shown."""
        return 1.0 if self.lever.record.form == "intensity" else 100.0

    @property
    def national(self) -> bool:
        """Whether only the nation can move it."""
        return self.lever.record.decided_by == "nation"

    def unit(self, lang: Lang) -> str:
        """Give the unit of the shown number."""
        return self.lever.record.unit.of(lang)

    def written(self, value: float) -> str:
        """Write a position as the card shows it: +10, −50, 1.5."""
        text = f"{value * self.factor:+.6g}"
        return "0" if float(text) == 0 else text.replace("-", "−")

    @property
    def values(self) -> list[float]:
        """Positions that have a name, lowest first."""
        return [level.value for level in self.lever.record.levels]

    def name(self, value: float, lang: Lang) -> str:
        """Give the name of a level as its button carries it."""
        if value == 0:
            return word("as_now", lang)
        named = next(level for level in self.lever.record.levels if level.value == value)
        return (named.zh if lang == "zh" else named.en).replace("-", "−")

    def measured(self, value: float, lang: Lang) -> str:
        """Write a position with its unit, as a sentence needs it: −50%, +1 points a year; a programme has none."""
        unit = {"change": "%", "rate": word("reach_points", lang)}.get(self.lever.record.form, "")
        return self.written(value) + unit

    def with_unit(self, value: float, lang: Lang) -> str:
        """Write a position with what it is measured in, a programme's as a multiple of the one that was studied."""
        if self.lever.record.form == "intensity":
            return word("reach_programme", lang, x=self.written(value).lstrip("+"))
        return self.measured(value, lang)

    def level(self, value: float, lang: Lang) -> str:
        """Give the name of a level with its number and unit; only these between levels."""
        if value == 0:
            return word("as_now", lang)
        if value not in self.values:
            return self.with_unit(value, lang)
        name = self.name(value, lang)
        # A name that is the number already needs no number beside it.
        if any(c.isdigit() for c in name):
            return name
        return f"{name}（{self.with_unit(value, lang)}）" if lang == "zh" else f"{name} ({self.with_unit(value, lang)})"

    def outside(self, value: float, lang: Lang) -> tuple[str, str] | None:
        """Give the studied range where a position lies outside it."""
        low, high = self.lever.studied
        return None if low <= value <= high else (self.measured(low, lang), self.measured(high, lang))


def acting(lever: Lever, indicator: str) -> tuple[Effect, ...]:
    """Give the effects of a lever that move an indicator, directly or through the system."""
    return tuple(effect for effect in lever.effects if indicator in effect.indicators)


def grade_on(lever: Lever, indicator: str) -> str:
    """Give the grade of the best-evidenced effect of a lever on an indicator."""
    return min((effect.size.grade for effect in acting(lever, indicator)), default=lever.grade)


def bars(grade: str) -> str:
    """Give the bars of a grade: four for A, one for D."""
    n = 4 - "ABCD".index(grade)
    return "▮" * n + "▯" * (4 - n)


def quantity_title(name: str, lang: Lang) -> str:
    """Give the name of what an effect acts on: of the catalogue where it is an indicator, else of the engine."""
    found = name.removeprefix("indicator:")
    if found in indicators():
        return indicators()[found].title(lang)
    item = quantity(name)
    return item.title_zh if lang == "zh" else item.title_en


Badge = Literal["green", "blue", "grey", "orange"]
COLOURS: dict[str, Badge] = {"A": "green", "B": "blue", "C": "grey", "D": "orange"}


LOGS = ("log_price", "log_change")
"""Responses to relative changes, whose size is an elasticity."""


def size_words(effect: Effect, lang: Lang) -> tuple[str, str]:
    """Write the size of an effect and its 8-in-10 range: as a change for a full move, or as an elasticity.

    Returns
    -------
    size, range : str
        The size is empty where only the direction is known.
    """
    sizes = sorted(float(v) for v in effect.size.quantile(np.array([0.1, 0.5, 0.9])))
    if sizes == [1.0, 1.0, 1.0]:
        return word("one_for_one", lang), "–"
    if effect.shape in LOGS:
        # What answers to a price or an amount has no full move: its size is percent for percent.
        low, middle, high = (f"{v:+.2f}".replace("-", "−") for v in sizes)
        return (word("elasticity_of", lang, x=middle) if effect.size.known else ""), between(low, high, lang)
    lo, mid, hi = (float(np.expm1(v)) for v in sizes)
    return (change(mid) if effect.size.known else ""), between(change(lo), change(hi), lang)
