"""What the catalogue holds: unit, indicator, region, source, policy event, plan target, change of definition."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Measure = Literal["flow", "stock", "ratio"]
Language = Literal["en", "zh"]


@dataclass(frozen=True, slots=True)
class Unit:
    """What one of a value is; `fraction` is growth, `share` part of a whole, both 0.1 for 10 percent."""

    id: str
    title_en: str
    title_zh: str
    per: str

    @property
    def money(self) -> bool:
        """Whether it is an amount of money."""
        return self.id in ("CNY", "USD")


@dataclass(frozen=True, slots=True)
class Indicator:
    """Something that is counted.

    `parent` is the indicator of which it is a part and `children` are its parts. For ratios `numerator`, `denominator`
    and `per` say how it is formed. `nation_scope` and `region_scope` are the main scopes; blank where no such figure
    exists.
    """

    id: str
    title_en: str
    title_zh: str
    group: str
    measure: Measure
    unit: str
    positive: bool
    additive: bool
    parent: str
    children: tuple[str, ...]
    numerator: str
    denominator: str
    per: float
    seed: bool
    forecastable: bool
    nation_scope: str
    region_scope: str
    description: str

    def title(self, language: Language = "en") -> str:
        """Give the name in English or Chinese."""
        return self.title_zh if language == "zh" else self.title_en


@dataclass(frozen=True, slots=True)
class Region:
    """A nation, group of provinces, province or city.

    `members` are the regions directly inside it. Those of the nation and of groups make up the whole (`complete`);
    the cities of a province are only those with figures.
    """

    id: str
    title_en: str
    title_zh: str
    level: Literal["nation", "group", "province", "city"]
    parents: tuple[str, ...]
    members: tuple[str, ...]
    iso: str
    note: str

    @property
    def complete(self) -> bool:
        """Whether the members make up the whole region."""
        return self.level in ("nation", "group")

    def title(self, language: Language = "en") -> str:
        """Give the name in English or Chinese."""
        return self.title_zh if language == "zh" else self.title_en


@dataclass(frozen=True, slots=True)
class Source:
    """Where figures stand; `published` is as exact as known, or blank."""

    id: str
    title: str
    publisher: str
    url: str
    kind: Literal["official", "press", "repost", "law_firm", "paper", "dataset"]
    published: str
    retrieved: str
    licence: str
    reliability: str


@dataclass(frozen=True, slots=True)
class Event:
    """A dated policy event: a lever moved up (+1) or down (-1) in some regions."""

    id: str
    date: str
    regions: tuple[str, ...]
    lever: str
    direction: int
    intensity: str
    title: str
    description: str
    outcomes: tuple[str, ...]
    source_id: str

    @property
    def year(self) -> int:
        """First year in which it was in force."""
        return int(self.date[:4])


@dataclass(frozen=True, slots=True)
class Target:
    """A target of a plan and what became of it."""

    region: str
    indicator: str
    year: int
    value: float
    unit: str
    plan: str
    source_id: str
    status: str
    observation_id: str


@dataclass(frozen=True, slots=True)
class Break:
    """A change of definition: `before_basis` up to the year before, `after_basis` from `year` on."""

    indicator: str
    region: str
    year: int
    before_basis: str
    after_basis: str
    description: str
    comparable_growth_known: bool
    source_id: str

    def concerns(self, region: str) -> bool:
        """Whether it concerns a region."""
        return self.region in ("*", region)
