"""What our own figures taught about each event: the committed table, read but never computed at run time."""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, fields
from functools import lru_cache
from pathlib import Path

from forecast.catalog import data_folder

TABLE = "learned_effects.csv"
"""Name in the data package."""


@dataclass(frozen=True)
class Learned:
    """One event (or several of one lever together), one indicator, one design.

    Parameters
    ----------
    events : str
        Ids of the diary, with semicolons between them.
    lever : str
        What they moved.
    region : str
        Where: keys with semicolons between them.
    indicator : str
        What is judged; of the nation, the series.
    reach : str
        named (by the diary), direct (the lever acts on it) or behind (in the accounts).
    design : str
        synthetic_control, staggered_did, interrupted_series, interrupted_against_foreign, or none.
    unit : str
        log, or elasticity where a price was moved.
    first_year, last_year : int
        First treated year and last year used; 0 where none.
    n_treated, n_control, n_before, n_after : int
        Regions and years.
    estimate, se, p : float
        Mean effect after, its standard error, its chance if there were no effect; NaN where there is no estimate.
    pre_trend_p, placebo_time, placebo_p, left_low, left_high, smallest : float
        Checks; see `scenarios.learning.estimate.Estimate`.
    verdict : str
        usable, suggestive or not identified.
    prior_mean, prior_sd, posterior_mean, posterior_sd : float
        What the literature says and what is held now; NaN where there is no prior.
    rivals : str
        Ids of other events that may have done it.
    why_en, why_zh : str
        The reason in a sentence.
    """

    events: str
    lever: str
    region: str
    indicator: str
    reach: str
    design: str
    unit: str
    first_year: int
    last_year: int
    n_treated: int
    n_control: int
    n_before: int
    n_after: int
    estimate: float
    se: float
    p: float
    pre_trend_p: float
    placebo_time: float
    placebo_p: float
    left_low: float
    left_high: float
    smallest: float
    verdict: str
    prior_mean: float
    prior_sd: float
    posterior_mean: float
    posterior_sd: float
    rivals: str
    why_en: str
    why_zh: str

    @property
    def estimated(self) -> bool:
        """Whether a design could be run."""
        return not math.isnan(self.estimate)

    def why(self, language: str) -> str:
        """Give the reason in ``"en"`` or ``"zh"``."""
        return self.why_zh if language == "zh" else self.why_en


COLUMNS = tuple(f.name for f in fields(Learned))
"""Columns of the table, in order."""

FIRM = {"usable": 0, "suggestive": 1, "not identified": 2}
"""Verdicts from firm to weak."""


def write_learned(rows: Iterable[Learned], path: Path) -> None:
    """Write rows as a table, numbers to four digits, blank where there are none."""
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(COLUMNS)
        out.writerows([_text(value) for value in asdict(row).values()] for row in rows)


def _text(value: object) -> str:
    if isinstance(value, float):
        return "" if math.isnan(value) else f"{value:.4g}"
    return str(value)


def read_learned(path: Path) -> tuple[Learned, ...]:
    """Read such a table."""
    kinds: dict[str, Callable[[str], object]] = {"int": int, "float": lambda t: float(t) if t else math.nan}
    of = {f.name: kinds.get(str(f.type), str) for f in fields(Learned)}
    with path.open(encoding="utf-8", newline="") as file:
        rows = [{k: of[k](v) for k, v in row.items()} for row in csv.DictReader(file)]
    return tuple(Learned(**row) for row in rows)  # type: ignore[arg-type]  # each cell is read as its column's type


@lru_cache(maxsize=1)
def learned() -> tuple[Learned, ...]:
    """Give the bundled table, written by `benchmarks/learn_effects.py`; empty where the package has none."""
    path = data_folder() / TABLE
    return read_learned(path) if path.is_file() else ()


def learned_for(lever: str) -> tuple[Learned, ...]:
    """Give what was learned about a lever: firm verdicts first, then estimates, then the smallest detectable effect.

    Parameters
    ----------
    lever : str
        Id of a lever; of one without events in the diary, nothing.
    """
    return tuple(sorted((r for r in learned() if r.lever == lever), key=_order))


def learned_about(words: Iterable[str]) -> tuple[Learned, ...]:
    """Give the rows that hold all of these words in event, lever, region, indicator, design or verdict."""
    asked = [w.casefold() for w in words]

    def text(r: Learned) -> str:
        return f"{r.events} {r.lever} {r.region} {r.indicator} {r.design} {r.verdict}".casefold()

    return tuple(sorted((r for r in learned() if all(w in text(r) for w in asked)), key=_order))


def _order(row: Learned) -> tuple[int, bool, float, str]:
    return FIRM[row.verdict], not row.estimated, row.smallest if row.estimated else math.inf, row.events
