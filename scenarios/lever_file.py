"""The form of a lever file, checked field by field; `scenarios.levers` turns it into a lever."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Finite = Annotated[float, Field(allow_inf_nan=False)]
Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,60}$")]


class Strict(BaseModel):
    """Nothing unknown, nothing changed after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Words(Strict):
    """The same words in English and Chinese."""

    en: Annotated[str, Field(min_length=1, max_length=600)]
    zh: Annotated[str, Field(min_length=1, max_length=600)]

    def of(self, language: str) -> str:
        """Give the words in ``"en"`` or ``"zh"``."""
        return self.zh if language == "zh" else self.en


class EvidenceRecord(Strict):
    """Which findings an effect rests on. Exactly one field says how large it is."""

    studies: tuple[str | tuple[str, ...], ...] = ()
    """Ids of effects.csv to pool; an inner list holds versions of one study."""
    judged: str = ""
    """Id of a row that is a judgement over several estimates already, used as it stands."""
    by_definition: bool = False
    """The position is the change itself, as for an assumption about growth."""
    panel: str = ""
    """Id of our own panel estimate that updates the pooled studies."""
    parameter: str = ""
    """Name in parameters.csv, used as it stands."""
    at_most: tuple[str, ...] = ()
    """Direction known, size unknown: ids whose pooled, shrunk size is hardly exceeded."""
    hazard_of: str = ""
    """Id of the share renewed that `studies` refer to: an effect e on the log of a share s is -e / -ln(s) on its
    log hazard."""
    share: Annotated[Finite, Field(gt=0, le=2)] = 1.0
    """Part of `at_most` or of the pooled size that this lever can reach, for example per year of a three-year
    programme."""
    direction: tuple[str, ...] = ()
    """Ids that say the direction only."""
    left_out: dict[str, str] = Field(default_factory=dict)
    """Ids that were not used, each with the reason."""

    @model_validator(mode="after")
    def _one_way_to_a_size(self) -> EvidenceRecord:
        if sum(map(bool, (self.studies, self.parameter, self.judged, self.at_most, self.by_definition))) != 1:
            raise ValueError("give exactly one of studies, parameter, judged, at_most and by_definition")
        if self.hazard_of and not self.studies:
            raise ValueError("hazard_of goes with studies")
        return self


class CutRecord(Strict):
    """How a fall of the lever works: from evidence of its own, or as a random part of the rise."""

    evidence: EvidenceRecord | None = None
    share_of_rise: tuple[Finite, Finite] | None = None
    """Parameters of a beta distribution for the part of the rise's effect that a cut undoes."""


class ActionRecord(Strict):
    """One quantity, or several with the same draws, and how the lever acts on it."""

    quantity: str | tuple[str, ...]
    sign: Literal[-1, 1]
    shape: Literal["step", "hill", "log_price", "log_change"] = "step"
    evidence: EvidenceRecord
    cut: CutRecord | None = None
    lag: tuple[Annotated[int, Field(ge=0, le=10)], Annotated[int, Field(ge=0, le=10)]] | None = None
    counts_only: bool = False
    """Raises filings without raising what is behind them; grants then follow by the measured pass-through only."""
    price: Literal["", "fee", "relief", "refund"] = ""
    """Part in the price channel of the quantity: the fee, official relief from it, or a refund that cannot exceed
    it."""
    why: Words


class LevelRecord(Strict):
    """A named position of the lever."""

    id: Key
    value: Finite
    en: Annotated[str, Field(min_length=1, max_length=40)]
    zh: Annotated[str, Field(min_length=1, max_length=20)]


class HistoryRecord(Strict):
    """What the lever did in the past, where the diary holds numbers."""

    unit: Words
    values: dict[str, Finite]
    """Date (year or year-month) to value."""


class LeverFile(Strict):
    """A lever as its file holds it."""

    id: Key
    kind: Literal["lever", "assumption"] = "lever"
    title: Words
    group: Key
    unit: Words
    form: Literal["change", "intensity", "rate"]
    """change: relative to now, -0.5 is half. intensity: 1 is the programme as studied. rate: added to a yearly
    growth rate."""
    bounds: tuple[Finite, Finite]
    studied: tuple[Finite, Finite]
    levels: Annotated[tuple[LevelRecord, ...], Field(min_length=3, max_length=5)]
    start: Annotated[int, Field(ge=2024, le=2060)] = 2027
    ramp: Annotated[int, Field(ge=0, le=15)] = 0
    decided_by: Literal["nation", "province", "nation and province", "nobody"]
    reaches: Literal["everyone", "residents"] = "residents"
    """Whether applicants from outside the mainland are reached by a national move as well."""
    thought_experiment: Words | None = None
    effort: Annotated[Finite, Field(gt=0)] = 1.0
    """Effort of moving from now to the first bound, for goal seeking; a user may set another."""
    acts_on: Annotated[tuple[ActionRecord, ...], Field(min_length=1)]
    history: HistoryRecord | None = None
    notes: tuple[Words, ...] = ()

    @model_validator(mode="after")
    def _consistent(self) -> LeverFile:
        low, high = self.bounds
        if not low < high:
            raise ValueError("bounds must be [low, high] with low below high")
        if not low <= self.studied[0] <= self.studied[1] <= high:
            raise ValueError("studied must lie within bounds")
        if not low <= 0 <= high:
            raise ValueError("0, as now, must lie within bounds")
        values = [level.value for level in self.levels]
        if values.count(0) != 1 or len(set(values)) != len(values) or len({lv.id for lv in self.levels}) != len(values):
            raise ValueError("levels need distinct ids and values, one of them 0, as now")
        if values != sorted(values):
            raise ValueError("levels must ascend")
        if not all(low <= v <= high for v in values):
            raise ValueError("levels must lie within bounds")
        return self
