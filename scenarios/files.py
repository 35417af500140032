"""Reading scenario files: names checked against the catalogue, inheritance resolved, differences listed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pydantic import ValidationError

from forecast import catalog
from forecast.errors import InputError, UnknownNameError, unknown
from scenarios.levers import Lever, assumptions, levers, problem_lines
from scenarios.safe_yaml import Lines, read_text, read_yaml
from scenarios.scenario import Scenario, Setting, over, to_plain

LIBRARY = Path(__file__).resolve().parent / "library"
"""Folder of the bundled scenarios."""


def read_scenario(path: Path | str) -> Scenario:
    """Read one scenario file and check every name in it.

    Raises
    ------
    InputError
        With file and line: no YAML, not allowed in YAML, unknown field, wrong type, impossible value.
    UnknownNameError
        With file, line and the nearest lever, assumption, region, indicator, level or effect.
    """
    path = Path(path)
    return parse_scenario(read_text(path), where=path.name)


def parse_scenario(text: str, *, where: str = "scenario") -> Scenario:
    r"""Read a scenario from YAML text; see `read_scenario`.

    Examples
    --------
    >>> parse_scenario("id: mine\nlevers: {trademark_filing_fe: halved}")
    Traceback (most recent call last):
    forecast.errors.UnknownNameError: scenario, line 2: lever "trademark_filing_fe" is unknown. Did you...
    """
    raw, lines = read_yaml(text, where=where)
    if not isinstance(raw, dict):
        raise InputError(f"{where}, line 1: a scenario is a mapping.", "Begin with `id: my-scenario`.")
    known = {"schema", *Scenario.model_fields} - {"schema_name"}
    for field in raw:
        if field not in known:
            raise unknown("field", str(field), known, where=f"{where}, line {lines[(field,)]}")
    try:
        scenario = Scenario.model_validate(_tuples(raw), by_alias=True)
    except ValidationError as error:
        line, problem = problem_lines(error, lines)
        raise InputError(f"{where}, line {line}: {problem}.", "See docs/scenario-files.md.") from error
    check_names(scenario, where=where, lines=lines)
    return scenario


def _tuples(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_tuples(v) for v in value)
    if isinstance(value, dict):
        return {k: _tuples(v) for k, v in value.items()}
    return value


def check_names(scenario: Scenario, *, where: str = "", lines: Lines | None = None) -> None:
    """Check that every name is known and every position possible.

    Raises
    ------
    UnknownNameError, InputError
        See `read_scenario`.
    """
    place = _Places(where, lines or {})
    for block, known, kind in (("assumptions", assumptions(), "assumption"), ("levers", levers(), "lever")):
        for name, settings in getattr(scenario, block).items():
            at = place.of(block, name)
            if name not in known:
                raise unknown(kind, name, known, where=at)
            for i, setting in enumerate(settings or ()):
                _check_setting(known[name], setting, place.of(block, name, i))
    ids = {e.id for lever in [*levers().values(), *assumptions().values()] for e in lever.effects}
    for name in scenario.effects:
        if name not in ids:
            raise unknown("effect", name, ids, where=place.of("effects", name))
    for i, goal in enumerate(scenario.targets):
        at = place.of("targets", i)
        if goal.region not in catalog.regions():
            raise unknown("region", goal.region, catalog.regions(), where=at)
        if goal.indicator not in catalog.indicators():
            raise unknown("indicator", goal.indicator, catalog.indicators(), where=at)


@dataclass(frozen=True)
class _Places:
    where: str
    lines: Lines

    def of(self, *path: str | int) -> str:
        while path and path not in self.lines:
            path = path[:-1]
        line = self.lines.get(path)
        return ", ".join(filter(None, [self.where, f"line {line}" if line else ""]))


def _check_setting(lever: Lever, setting: Setting, at: str) -> None:
    for region in setting.regions:
        if region not in catalog.regions():
            raise unknown("region", region, catalog.regions(), where=at)
    for level in [setting.level] if setting.path is None else setting.path.values():
        if level is not None:
            lever.value_of(level, where=at)


@lru_cache(maxsize=1)
def library() -> Mapping[str, Scenario]:
    """Give the bundled scenarios by id.

    Examples
    --------
    >>> library()["continuation"].levers
    {}
    """
    found: dict[str, Scenario] = {}
    for path in sorted(LIBRARY.glob("*.yaml")):
        scenario = read_scenario(path)
        if scenario.id != path.stem:
            raise InputError(f"{path.name}: the scenario inside is called {scenario.id!r}.", "Name the file after it.")
        found[scenario.id] = scenario
    return MappingProxyType(found)


def resolved(scenario: Scenario, known: Mapping[str, Scenario] | None = None) -> Scenario:
    """Give the scenario with everything it inherits, by `extends`, from `known` or the library.

    Raises
    ------
    UnknownNameError
        Where it extends a scenario that is not known.
    InputError
        Where scenarios extend each other in a circle.
    """
    others = {**library(), **(known or {})}
    seen = [scenario.id]
    whole = scenario
    while whole.extends:
        if whole.extends in seen:
            raise InputError(
                f"{scenario.id}: scenarios extend each other in a circle ({' -> '.join([*seen, whole.extends])}).",
                "Take one `extends` out.",
            )
        if whole.extends not in others:
            raise unknown("scenario", whole.extends, others, where=f"{scenario.id}, extends")
        parent = others[whole.extends]
        seen.append(parent.id)
        whole = over(whole, parent).model_copy(update={"extends": parent.extends})
    return over(whole, Scenario(id="now"))


@dataclass(frozen=True)
class Difference:
    """One thing that two scenarios say differently; None stands for nothing said."""

    block: str
    name: str
    before: Any
    after: Any


def diff(a: Scenario, b: Scenario, known: Mapping[str, Scenario] | None = None) -> tuple[Difference, ...]:
    """List what differs between two scenarios once what they inherit is filled in, block by block.

    Examples
    --------
    >>> one = Scenario(id="one", levers={"trademark_filing_fee": "halved"})
    >>> [(d.block, d.name, d.after) for d in diff(one, Scenario(id="two"))]
    [('levers', 'trademark_filing_fee', None)]
    """
    left, right = to_plain(resolved(a, known)), to_plain(resolved(b, known))
    found = []
    for block in ("assumptions", "levers", "effects", "targets", "run"):
        before, after = left.get(block, {}), right.get(block, {})
        if isinstance(before, list) or isinstance(after, list):
            before, after = (
                {f"{g['region']}.{g['indicator']}.{g['year']}": g for g in side or []} for side in (before, after)
            )
        for name in dict.fromkeys([*before, *after]):
            if before.get(name) != after.get(name):
                found.append(Difference(block, name, before.get(name), after.get(name)))
    return tuple(found)


@lru_cache(maxsize=1)
def evidence_hash() -> str:
    """Hash of what effects rest on: lever files, assumptions, effects and parameters, sha256 in hex."""
    folder = catalog.data_folder()
    paths = [*sorted((folder / "levers").glob("*.yaml")), *sorted((folder / "assumptions").glob("*.yaml"))]
    paths += [folder / n for n in ("effects.csv", "effects_from_panel.csv", "parameters.csv", "regions.csv")]
    return _hash_files(folder, paths)


@lru_cache(maxsize=1)
def code_hash() -> str:
    """Hash of the program text of the scenario engine, sha256 in hex."""
    folder = Path(__file__).resolve().parent
    return _hash_files(folder, sorted(folder.glob("*.py")))


def _hash_files(folder: Path, paths: list[Path]) -> str:
    total = hashlib.sha256()
    for path in paths:
        total.update(path.relative_to(folder).as_posix().encode())
        # Line ends differ between systems; the content counts.
        total.update(hashlib.sha256(path.read_bytes().replace(b"\r\n", b"\n")).digest())
    return total.hexdigest()


def fingerprint(scenario: Scenario, data: str = "", known: Mapping[str, Scenario] | None = None) -> str:
    """Give the fingerprint of a run: sha256 over resolved scenario, evidence, code and `data` (the outlook's hash).

    Title and description do not count: they change no number.
    """
    whole = to_plain(resolved(scenario, known))
    for words in ("title", "description"):
        whole.pop(words, None)
    parts = {"scenario": whole, "evidence": evidence_hash(), "code": code_hash(), "data": data}
    return hashlib.sha256(json.dumps(parts, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


__all__ = [
    "Difference", "UnknownNameError", "check_names", "code_hash", "diff", "evidence_hash", "fingerprint", "library",
    "parse_scenario", "read_scenario", "resolved",
]  # fmt: skip
