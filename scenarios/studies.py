"""Published effect sizes and structural parameters as the data package holds them."""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from forecast.catalog import data_folder
from forecast.errors import InputError, unknown

Grade = str
"""A measured here, B well studied, C before and after only, D direction known, size unknown."""


@dataclass(frozen=True)
class Study:
    """One published finding: a size with its unit, or only a sign.

    Parameters
    ----------
    id, lever, outcome : str
        What moved what.
    effect : float
        In `unit`: ``elasticity``, ``percent``, ``log``, ``sign`` or another unit that cannot be turned into a log
        effect. unit : str
        See `effect`.
    low, high, se : float
        As printed; NaN where the source gives none.
    lag : tuple of int, optional
        Years after the move in which the effect was seen, first and last.
    country, design, grade, source, verdict, context : str
        Where, how, how firm, and where it stands. `verdict` is filled for our own panel estimates only.
    """

    id: str
    lever: str
    outcome: str
    effect: float
    unit: str
    low: float
    high: float
    se: float
    lag: tuple[int, int] | None
    country: str
    design: str
    grade: Grade
    source: str
    verdict: str
    context: str

    @property
    def log_size(self) -> float:
        """The effect in logarithms (an elasticity is one already).

        Raises
        ------
        InputError
            Where the unit has no logarithm, as for a bare sign.
        """
        return self._in_logs(self.effect)

    @property
    def in_china(self) -> bool:
        """Whether the study is of China."""
        return self.country == "China"

    def _in_logs(self, value: float) -> float:
        if self.unit in ("elasticity", "log"):
            return value
        if self.unit == "percent":
            return math.log1p(value / 100.0)
        raise InputError(
            f"effects.csv, {self.id}: an effect in {self.unit} has no size in logarithms.",
            "Name it under `direction`, or use rows in percent, log or elasticity.",
        )

    @property
    def log_se(self) -> float:
        """Standard error in logarithms: as printed, else a fifth of the spread, else NaN.

        Printed spreads are mostly ranges between estimates; ``(high - low) / (2 x 1.96)`` reads them as 95 percent
        intervals, and `effects.pool` puts a floor under the result.
        """
        if not math.isnan(self.se) and self.unit in ("elasticity", "log"):
            return self.se
        if not (math.isnan(self.low) or math.isnan(self.high)):
            return abs(self._in_logs(self.high) - self._in_logs(self.low)) / (2 * 1.96)
        return math.nan


@dataclass(frozen=True)
class Parameter:
    """A structural number estimated from the evidence: value, standard deviation to draw from, and range."""

    name: str
    value: float
    se: float
    low: float
    high: float
    note: str


def _number(text: str) -> float:
    return float(text) if text.strip() else math.nan


def _rows(name: str) -> list[dict[str, str]]:
    path = data_folder() / name
    if not path.is_file():
        raise InputError(f"{path} is missing.", "Install the package again; it carries its data.")
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@lru_cache(maxsize=1)
def studies() -> MappingProxyType[str, Study]:
    """Give every row of effects.csv and effects_from_panel.csv by id."""
    found: dict[str, Study] = {}
    for row in [*_rows("effects.csv"), *_rows("effects_from_panel.csv")]:
        first, last = _number(row["lag_from"]), _number(row["lag_to"])
        found[row["id"]] = Study(
            id=row["id"], lever=row["lever"], outcome=row["outcome"], effect=_number(row["effect"]), unit=row["unit"],
            low=_number(row["low"]), high=_number(row["high"]), se=_number(row["se"]),
            lag=None if math.isnan(first) else (int(first), int(last if not math.isnan(last) else first)),
            country=row["country"], design=row["design"], grade=row["grade"], source=row["source_id"],
            verdict=row.get("verdict", ""), context=row["context"],
        )  # fmt: skip
    return MappingProxyType(found)


def study(name: str, *, where: str = "") -> Study:
    """Give one study by id.

    Raises
    ------
    UnknownNameError
        With the nearest ids.
    """
    if name not in studies():
        raise unknown("effect", name, studies(), where=where)
    return studies()[name]


@lru_cache(maxsize=1)
def parameters() -> MappingProxyType[str, Parameter]:
    """Give the rows of parameters.csv meant for use, by name; where a name has several rows, the last."""
    return MappingProxyType(
        {
            row["name"]: Parameter(
                row["name"], _number(row["value"]), _number(row["se"]), _number(row["low"]), _number(row["high"]),
                row["note"],
            )
            for row in _rows("parameters.csv")
            if row["value"].strip()
        }
    )  # fmt: skip


def parameter(name: str) -> Parameter:
    """Give one structural parameter by name.

    Raises
    ------
    UnknownNameError
        With the nearest names.
    """
    if name not in parameters():
        raise unknown("parameter", name, parameters(), where="parameters.csv")
    return parameters()[name]
