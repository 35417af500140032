"""Policy levers and outside assumptions, each read from a file of its own."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from pydantic import ValidationError

from forecast import catalog
from forecast.errors import InputError, unknown
from scenarios.effects import RIVALS_SPREAD, Normal, Size, direction_only, measured, pool_studies, shrink, update
from scenarios.lever_file import ActionRecord, EvidenceRecord, LeverFile, Words
from scenarios.quantities import QUANTITIES, quantity
from scenarios.safe_yaml import Lines, read_text, read_yaml
from scenarios.studies import Study, parameter, study


@dataclass(frozen=True)
class Effect:
    """What a lever does to one quantity: a distribution with its evidence.

    Parameters
    ----------
    lever : str
        Whose effect it is.
    quantities : tuple of str
        What it acts on, all with the same draws.
    size : Size
        For a rise of the lever's response by one.
    cut : Size or None
        For a fall, where cuts have evidence of their own; None where a fall mirrors a rise.
    cut_share : tuple of float or None
        Beta parameters of the part of a rise that a fall undoes.
    shape : str
        Name in `scenarios.responses.SHAPES`.
    lag : tuple of int
        First and last year after the move in which the effect arrives, in equal steps.
    counts_only : bool
        Whether extra filings are granted at the measured pass-through only.
    price : str
        Part in the price channel, or blank.
    studies : tuple of Study
        Findings used, first those of size, then those of direction.
    left_out : mapping
        Findings not used, with the reason.
    parameter : str
        Name of a structural parameter used instead of studies, or blank.
    why : Words
        The mechanism in one sentence.
    """

    lever: str
    quantities: tuple[str, ...]
    size: Size
    cut: Size | None
    cut_share: tuple[float, float] | None
    shape: str
    lag: tuple[int, int]
    counts_only: bool
    price: str
    studies: tuple[Study, ...]
    left_out: Mapping[str, str]
    parameter: str
    why: Words

    @property
    def id(self) -> str:
        """Name of the effect: lever and first quantity."""
        return f"{self.lever}.{self.quantities[0]}"

    @property
    def indicators(self) -> tuple[str, ...]:
        """Indicators it moves, nearest first."""
        return tuple(dict.fromkeys(i for q in self.quantities for i in quantity(q).indicators))

    @property
    def sources(self) -> tuple[str, ...]:
        """Ids of sources.csv behind it."""
        return tuple(dict.fromkeys(s.source for s in self.studies if s.source.startswith("s")))


@dataclass(frozen=True)
class Lever:
    """Something a planner can turn, or (kind ``assumption``) something outside that may turn out otherwise.

    A position is the distance from now: 0 is as now, in the form the file says (relative change, intensity of a
    programme, points of yearly growth).
    """

    record: LeverFile
    effects: tuple[Effect, ...]
    events: tuple[catalog.Event, ...]

    @property
    def id(self) -> str:
        """Name in scenario files."""
        return self.record.id

    @property
    def bounds(self) -> tuple[float, float]:
        """Hard limits of the position."""
        return self.record.bounds

    @property
    def studied(self) -> tuple[float, float]:
        """Range that studies cover; outside it bands widen."""
        return self.record.studied

    @property
    def grade(self) -> str:
        """Grade of its best-evidenced effect."""
        return min(effect.size.grade for effect in self.effects)

    @property
    def size_known(self) -> bool:
        """Whether the size of any of its effects was measured."""
        return any(effect.size.known for effect in self.effects)

    @property
    def indicators(self) -> tuple[str, ...]:
        """Indicators it moves, nearest first."""
        return tuple(dict.fromkeys(i for effect in self.effects for i in effect.indicators))

    @property
    def sources(self) -> tuple[str, ...]:
        """Ids of sources.csv behind its effects and its history."""
        of_events = (event.source_id for event in self.events if event.source_id)
        return tuple(dict.fromkeys([*(s for effect in self.effects for s in effect.sources), *of_events]))

    def title(self, language: str = "en") -> str:
        """Give the name in English or Chinese."""
        return self.record.title.of(language)

    def value_of(self, level: str | float, *, where: str = "") -> float:
        """Give the position of a named level or of a number.

        Raises
        ------
        UnknownNameError
            With the nearest level.
        InputError
            Where a number lies outside the bounds.
        """
        if isinstance(level, str):
            named = {lv.id: lv.value for lv in self.record.levels}
            if level not in named:
                raise unknown(f"level of {self.id}", level, named, where=where)
            return named[level]
        low, high = self.bounds
        if not low <= level <= high:
            prefix = f"{where}: " if where else ""
            raise InputError(f"{prefix}{self.id}: {level:g} is not possible.", f"Allowed: {low:g} to {high:g}.")
        return float(level)


def _studies_of(record: EvidenceRecord, where: str) -> tuple[list[list[Study]], tuple[Study, ...]]:
    names = [[g] if isinstance(g, str) else list(g) for g in record.studies]
    groups = [[study(n, where=where) for n in group] for group in names]
    others = [*filter(None, [record.judged, record.panel, record.hazard_of]), *record.at_most, *record.direction]
    for name in record.left_out:
        study(name, where=where)
    return groups, tuple(s for g in groups for s in g) + tuple(study(n, where=where) for n in others)


def sized(sign: int, record: EvidenceRecord, where: str, *, flipped: bool = False) -> Size:
    """Compute an effect from the findings a lever file names; nothing is typed in.

    `flipped` says that the findings are about the opposite move (fees, where the lever is relief from them).
    """
    if record.parameter:
        p = parameter(record.parameter)
        return measured(sign, Normal(record.share * p.value, record.share * p.se), "C")
    if record.by_definition:
        return Size(sign, record.share, 0.0, True, "C")  # a definition is no evidence; what follows from it has its own
    if record.judged:
        row = study(record.judged, where=where)
        return measured(sign, Normal(record.share * row.log_size, record.share * row.log_se), row.grade)
    if record.at_most:
        pooled, grade, china = pool_studies([[study(n, where=where)] for n in record.at_most])
        return direction_only(sign, record.share * abs(shrink(pooled, grade=grade, in_china=china).mean))
    groups, _ = _studies_of(record, where)
    pooled, grade, china = pool_studies(groups)
    factor = -record.share if flipped else record.share
    if record.hazard_of:
        factor /= math.log(
            study(record.hazard_of, where=where).effect
        )  # below zero: a share that falls is a hazard that rises
    pooled = Normal(factor * pooled.mean, abs(factor) * pooled.sd)
    prior = shrink(pooled, grade=grade, in_china=china)
    if not record.panel:
        return measured(sign, prior, grade, pooled=pooled, prior=prior)
    own = study(record.panel, where=where)
    if own.verdict == "not identified":
        raise InputError(
            f"{where}: {own.id} is not identified.", "Keep the prior; name usable or suggestive rows only."
        )
    data = Normal(own.log_size, RIVALS_SPREAD * own.log_se)
    return measured(sign, update(prior, data), grade, pooled=pooled, prior=prior, data=data)


def _effect(lever: str, action: ActionRecord, where: str) -> Effect:
    groups, found = _studies_of(action.evidence, where)
    names = (action.quantity,) if isinstance(action.quantity, str) else action.quantity
    for name in names:
        if name.startswith("indicator:"):
            if name.removeprefix("indicator:") not in catalog.indicators():
                raise unknown("indicator", name.removeprefix("indicator:"), catalog.indicators(), where=where)
        elif name not in QUANTITIES:
            raise unknown("quantity", name, QUANTITIES, where=where)
    lags = [s.lag for group in groups for s in group if s.lag]
    seen = (min(first for first, _ in lags), max(last for _, last in lags)) if lags else None
    lag = action.lag or seen
    if lag is None or lag[0] > lag[1]:
        raise InputError(f"{where}: the effect on {names[0]} has no lag.", "Give `lag: [first, last]` in years.")
    size = sized(action.sign, action.evidence, where, flipped=action.price == "relief")
    cut = sized(action.sign, action.cut.evidence, where) if action.cut and action.cut.evidence else None
    return Effect(
        lever, names, size, cut, action.cut.share_of_rise if action.cut else None, action.shape, lag,
        action.counts_only, action.price, found, MappingProxyType(dict(action.evidence.left_out)),
        action.evidence.parameter, action.why,
    )  # fmt: skip


def problem_lines(error: ValidationError, lines: Lines) -> tuple[int, str]:
    """Give the line of the first problem of a file and what it is, in words."""
    first = error.errors()[0]
    path = tuple(p for p in first["loc"] if isinstance(p, str | int))
    while path and path not in lines:
        path = path[:-1]
    field = ".".join(str(p) for p in first["loc"])
    return lines.get(path, 1), f"{field or 'file'}: {first['msg']}"


def read_lever(path: Path) -> Lever:
    """Read one lever file.

    Raises
    ------
    InputError
        With file and line, where a field is missing, unknown or wrong, or a name in it is not known.
    """
    raw, lines = read_yaml(read_text(path), where=path.name)
    try:
        record = LeverFile.model_validate(_tuples(raw))
    except ValidationError as error:
        line, problem = problem_lines(error, lines)
        raise InputError(f"{path.name}, line {line}: {problem}.", "See docs/scenario-files.md.") from error
    if record.id != path.stem:
        raise InputError(f"{path.name}: the lever inside is called {record.id!r}.", "Name the file after the lever.")
    effects = tuple(
        _effect(record.id, action, f"{path.name}, line {lines.get(('acts_on', i), 1)}")
        for i, action in enumerate(record.acts_on)
    )
    return Lever(record, effects, tuple(e for e in catalog.events() if e.lever == record.id))


def _tuples(value: object) -> object:
    """Give lists as tuples: the strict records take no lists."""
    if isinstance(value, list):
        return tuple(_tuples(v) for v in value)
    if isinstance(value, dict):
        return {k if not isinstance(k, int) else str(k): _tuples(v) for k, v in value.items()}
    return value


def _folder(name: str) -> Mapping[str, Lever]:
    found = [read_lever(path) for path in sorted((catalog.data_folder() / name).glob("*.yaml"))]
    return MappingProxyType({lever.id: lever for lever in found})


@lru_cache(maxsize=1)
def levers() -> Mapping[str, Lever]:
    """Give all levers of data/levers by id. A user adds one by adding a file.

    Examples
    --------
    >>> levers()["trademark_filing_fee"].title("zh")
    '商标注册费'
    """
    return _folder("levers")


@lru_cache(maxsize=1)
def assumptions() -> Mapping[str, Lever]:
    """Give all outside assumptions of data/assumptions by id."""
    return _folder("assumptions")


@lru_cache(maxsize=1)
def effects() -> tuple[Effect, ...]:
    """Give the effects of all levers, in the order of levers."""
    return tuple(effect for lever in levers().values() for effect in lever.effects)
