"""Labels of scope, basis or period that are read otherwise than printed; values are never touched."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Literal, cast

from forecast.catalog import data_folder, rows_of
from forecast.figures import Observation


@dataclass(frozen=True, slots=True)
class Correction:
    """A label that is read otherwise than printed, for the rows it fits; `applied` says where that happens."""

    id: str
    indicator: str
    region: str
    scope: str
    first_year: int
    last_year: int
    observation_ids: frozenset[str]
    column: Literal["scope", "basis", "period"]
    printed: str
    read_as: str
    applied: Literal["evidence", "reading"]
    reason: str
    source_id: str

    def fits(self, observation: Observation) -> bool:
        """Whether it concerns an observation as it is printed."""
        if self.applied == "evidence":
            return observation.id in self.observation_ids
        return (
            observation.indicator == self.indicator
            and self.region in ("*", observation.region)
            and self.scope in ("", observation.scope)
            and getattr(observation, self.column) == self.printed
            and self.first_year <= observation.year <= self.last_year
            and (not self.observation_ids or observation.id in self.observation_ids)
        )

    def applied_to(self, observation: Observation) -> Observation:
        """Give the observation with the corrected label; nothing else changes, the value least of all."""
        changes: dict[str, Any] = {"correction": self.id}
        if self.applied == "reading":
            changes[self.column] = self.read_as
        elif self.column != "period":  # the table holds the corrected label already; only the printed one is added
            changes[f"printed_{self.column}"] = self.printed
        return replace(observation, **changes)


@cache
def corrections(folder: Path | None = None) -> tuple[Correction, ...]:
    """Give all corrected labels of a data package, by default the bundled one."""
    return tuple(
        Correction(
            r["id"], r["indicator"], r["region"], r["scope"],
            int(r["first_year"] or -9999), int(r["last_year"] or 9999),
            frozenset(r["observation_ids"].split(";")) - {""}, cast(Literal["scope"], r["column"]), r["printed"],
            r["read_as"], cast(Literal["reading"], r["applied"]), r["reason"], r["source_id"],
        )
        for r in rows_of((folder or data_folder()) / "corrections.csv")
    )  # fmt: skip


def corrected(observation: Observation, listed: Iterable[Correction]) -> Observation:
    """Give an observation under the labels it is read by."""
    for correction in listed:
        if correction.fits(observation):
            observation = correction.applied_to(observation)
    return observation
