"""A scenario: differences from now, as a file a colleague can read."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import yaml
from pydantic import Field, field_validator, model_validator

from forecast.seeds import DEFAULT_SEED
from scenarios.lever_file import Finite, Strict, Words

SCHEMA = "ip-foresight/scenario/1"
"""First line of every scenario file."""

Year = Annotated[int, Field(ge=2000, le=2100)]
Level = str | Finite


class Setting(Strict):
    """Where a lever stands from which year on, and in which regions.

    Give either `level` (with `start`, `ramp` and `until`) or `path`.
    """

    region: str | tuple[str, ...] = "CN"
    """Where it is moved: the nation moves all provinces, a group its members."""
    level: Level | None = None
    """Name of a level of the lever, or a number within its bounds."""
    start: Year | None = None
    """First year with the new position; by default the lever's own."""
    ramp: Annotated[int, Field(ge=0, le=30)] | None = None
    """Years of phase-in: 0 is at once, 2 reaches the level two years after `start`."""
    until: Year | None = None
    """Last year; afterwards the lever is back where it stands now. Without it the move lasts."""
    path: dict[Year, Level] | None = None
    """Positions by year instead; between two years the position changes in a straight line, after the last it stays."""

    @model_validator(mode="after")
    def _one_form(self) -> Setting:
        if (self.level is None) == (self.path is None):
            raise ValueError("give either level or path")
        if self.path is not None and (self.start or self.ramp or self.until):
            raise ValueError("start, ramp and until belong to level, not to path")
        if self.path is not None and not self.path:
            raise ValueError("a path needs at least one year")
        if self.start and self.until and self.until < self.start:
            raise ValueError("until lies before start")
        if isinstance(self.region, tuple) and not self.region:
            raise ValueError("name at least one region")
        return self

    @property
    def regions(self) -> tuple[str, ...]:
        """Regions named, as a tuple."""
        return (self.region,) if isinstance(self.region, str) else self.region


class Override(Strict):
    """A reader's own size of an effect, with the reason."""

    mean: Finite
    """Log effect of the lever at its studied strength; its sign is the direction."""
    sd: Annotated[Finite, Field(ge=0)]
    why: Annotated[str, Field(min_length=3, max_length=400)]


class Goal(Strict):
    """Something to be reached."""

    region: str
    indicator: str
    year: Year
    at_least: Finite
    chance: Annotated[Finite, Field(gt=0, lt=1)] = 0.8
    plan: str = ""

    @property
    def key(self) -> str:
        """Series key, main scope."""
        return f"{self.region}.{self.indicator}"


class Run(Strict):
    """Settings of a run."""

    seed: Annotated[int, Field(ge=0, lt=2**63)] = DEFAULT_SEED


class Scenario(Strict):
    """Differences from now: outside assumptions, lever settings, own effect sizes, goals.

    The empty scenario changes nothing, exactly.

    Examples
    --------
    >>> s = Scenario(id="mine", levers={"trademark_filing_fee": (Setting(level=-0.5),)})
    >>> s.moves_anything, Scenario(id="nothing").moves_anything
    (True, False)
    """

    schema_name: Literal["ip-foresight/scenario/1"] = Field(default="ip-foresight/scenario/1", alias="schema")
    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,60}$")]
    title: Words | None = None
    description: Words | None = None
    extends: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,60}$")] | None = None
    """Id of a scenario whose settings hold where this one says nothing."""
    assumptions: dict[str, tuple[Setting, ...] | None] = Field(default_factory=dict)
    """Outside assumptions; they move my baseline and my scenario alike. None takes an inherited one back."""
    levers: dict[str, tuple[Setting, ...] | None] = Field(default_factory=dict)
    """Lever settings; they move my scenario only. None takes an inherited one back."""
    effects: dict[str, Override] = Field(default_factory=dict)
    """Own sizes by effect id, ``lever.quantity``."""
    targets: tuple[Goal, ...] = ()
    run: Run = Run()

    @field_validator("assumptions", "levers", mode="before")
    @classmethod
    def _settings(cls, value: Any) -> Any:
        """Accept the short forms: a bare level, one setting, or a list of them."""
        if not isinstance(value, dict):
            return value
        return {str(name): _as_settings(given) for name, given in value.items()}

    @property
    def moves_anything(self) -> bool:
        """Whether any lever or assumption is set."""
        return any(self.levers.values()) or any(self.assumptions.values())

    def titled(self, language: str = "en") -> str:
        """Give the title, or the id where there is none."""
        return self.title.of(language) if self.title else self.id


def _as_settings(given: Any) -> Any:
    if isinstance(given, str | int | float) and not isinstance(given, bool):
        return ({"level": given},)
    if isinstance(given, dict | Setting):
        return (given,)
    return given


def over(child: Scenario, parent: Scenario) -> Scenario:
    """Give the scenario that holds what `child` says and, where it says nothing, what `parent` says.

    A lever named by the child replaces the parent's settings of that lever whole; targets of both are kept.
    """

    def merged(mine: dict[str, Any], theirs: dict[str, Any]) -> dict[str, Any]:
        both = {**theirs, **mine}
        return {name: value for name, value in both.items() if value is not None}

    return child.model_copy(
        update={
            "extends": None,
            "assumptions": merged(child.assumptions, parent.assumptions),
            "levers": merged(child.levers, parent.levers),
            "effects": merged(child.effects, parent.effects),
            "targets": tuple(dict.fromkeys([*child.targets, *parent.targets])),
        }
    )


def to_yaml(scenario: Scenario) -> str:
    """Write a scenario as YAML; `scenarios.files.parse_scenario` reads it back as the same scenario.

    Examples
    --------
    >>> print(to_yaml(Scenario(id="cheaper", levers={"trademark_filing_fee": "halved"})))
    schema: ip-foresight/scenario/1
    id: cheaper
    levers:
      trademark_filing_fee:
      - level: halved
    <BLANKLINE>
    """
    plain = {"schema": SCHEMA, **to_plain(scenario)}
    return yaml.safe_dump(plain, sort_keys=False, allow_unicode=True, width=110)


def to_plain(scenario: Scenario) -> dict[str, Any]:
    """Give the scenario as plain mappings, lists, text and numbers, without what is left at its default."""
    plain = scenario.model_dump(exclude_defaults=True, exclude={"schema_name"})
    return {key: _lists(value) for key, value in plain.items()}


def _lists(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_lists(v) for v in value]
    if isinstance(value, dict):
        return {k: _lists(v) for k, v in value.items()}
    return value


def json_schema() -> dict[str, Any]:
    """Give the JSON Schema of scenario files, for editors."""
    return Scenario.model_json_schema(by_alias=True)
