"""Scenarios applied to a user's own series: what they change in the bundled series of the same region and indicator."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np

from forecast import catalog
from forecast.baseline import baseline_outlook
from forecast.errors import InputError
from forecast.export import file_hash
from forecast.keys import series_key
from forecast.outlook import Forecast, Outlook
from forecast.series import Floats, Series
from scenarios.comparison import Comparison
from scenarios.engine import run
from scenarios.files import fingerprint, parse_scenario, resolved
from scenarios.scenario import Scenario, to_yaml

UNTIL = 2040
"""Last year that effects are worked out for; later years keep the effect of the last one."""
HELD = "Later years keep its effect."


@dataclass(frozen=True)
class AppliedScenarios:
    """Scenarios for `forecast.batch.BatchConfig`: small, so that workers of any engine can be handed them.

    A series is moved where its columns `region` and `indicator` (any name of them), or its id, say what it is, and a
    bundled series of both exists. Each of its futures is multiplied by scenario over baseline of that series on the
    future of the same number; the drawn effects are shared by all series. Nothing depends on other series of the table.

    Parameters
    ----------
    texts : tuple of str
        Scenarios as YAML, everything they extend filled in.
    fingerprints : tuple of str
        Of each with the evidence and the bundled data, so that a run is not resumed with other ones.
    seed, n_paths : int
        As in the configuration of the batch.

    Examples
    --------
    >>> from scenarios.files import library
    >>> applied_scenarios([library()["continuation"]], seed=1, n_paths=100).names
    ('continuation',)
    """

    texts: tuple[str, ...]
    fingerprints: tuple[str, ...]
    seed: int
    n_paths: int

    @property
    def names(self) -> tuple[str, ...]:
        """Ids of the scenarios."""
        return _names(self.texts)

    def moves(self, series: Series) -> bool:
        """Whether any of the scenarios moves a series."""
        key = self._meant(series)[0]
        return bool(key) and any(c.moves(key) for c in _compared(self))

    def moved(self, forecast: Forecast) -> dict[str, Floats]:
        """Give the moved paths, shape (n_paths, horizon), by scenario; those that leave the series alone are absent."""
        key = self._meant(forecast.series)[0]
        if not key:
            return {}
        found = {}
        years = np.minimum(forecast.periods.year.to_numpy(), UNTIL)
        for comparison in _compared(self):
            if comparison.moves(key):
                at = years - comparison.years[0]
                before, after = comparison.of(key, "reference")[at].T, comparison.of(key)[at].T
                ratio = np.divide(after, before, out=np.ones_like(after), where=before > 0)
                # Where the futures are the bundled ones themselves, the result is that of the engine to the last digit.
                moved = np.where(forecast.paths == before, after, _capped(key, forecast.paths, ratio))
                found[comparison.scenario.id] = moved
        return found

    def remark(self, series: Series, horizon: int) -> tuple[str, str] | None:
        """Say why no scenario can move a series, or from which year on its effect is held."""
        key, remark = self._meant(series)
        if not key:
            return remark
        last = series.periods[-1].year + horizon
        if last <= UNTIL or not self.moves(series):
            return None
        return f"{series.key}: effects are worked out to {UNTIL}, the forecast goes to {last}.", HELD

    def _meant(self, series: Series) -> tuple[str, tuple[str, str]]:
        return _meant(series, _outlook(self.seed, self.n_paths).index)


def applied_scenarios(scenarios: Sequence[Scenario], *, seed: int, n_paths: int) -> AppliedScenarios:
    """Make scenarios ready for a batch; they may extend one another.

    Raises
    ------
    InputError
        Where a name or a position in one is not possible.
    """
    known = {s.id: s for s in scenarios}
    data = file_hash(catalog.data_folder() / "observations.csv")
    texts = tuple(to_yaml(resolved(s, known)) for s in scenarios)
    return AppliedScenarios(texts, tuple(fingerprint(s, data, known) for s in scenarios), seed, n_paths)


@cache
def _names(texts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(parse_scenario(text).id for text in texts)


@lru_cache(maxsize=1)
def _outlook(seed: int, n_paths: int) -> Outlook:
    return baseline_outlook(until=UNTIL, n_paths=n_paths, seed=seed)


@lru_cache(maxsize=2)
def _compared(applied: AppliedScenarios) -> tuple[Comparison, ...]:
    outlook = _outlook(applied.seed, applied.n_paths)
    return tuple(run(parse_scenario(text), outlook) for text in applied.texts)


def _meant(series: Series, known: Mapping[str, int]) -> tuple[str, tuple[str, str]]:
    """Give the bundled series, one of `known`, that a user's series is one of, or nothing and why."""
    key = series.key
    named = series.region or series.indicator
    if not named and key not in known:
        todo = "Give columns region and indicator, or leave it: it is as in the baseline."
        return "", (f"{key}: no region and indicator are named, so that no scenario moves it.", todo)
    if not str(series.periods.freqstr).startswith("Y"):
        return "", (f"{key}: scenarios move annual series only.", "It is as in the baseline.")
    try:
        found = _key(series.region, series.indicator) if named else key
    except InputError as error:
        return "", (f"{key}: {error.what}", f"{error.remedy} It is as in the baseline.")
    if found not in known:
        return "", (
            f"{key}: the outlook has no series {found}, so that no scenario moves it.",
            "It is as in the baseline.",
        )
    return found, ("", "")


@lru_cache(maxsize=4096)
def _key(region: str, indicator: str) -> str:
    return series_key(catalog.find_region(region).id, catalog.find_indicator(indicator).id)


def _capped(key: str, paths: Floats, ratio: Floats) -> Floats:
    """Move paths by a ratio; a share stays a share, be it written as a fraction or in percent."""
    moved = paths * ratio
    if catalog.indicators()[key.split(".")[1]].unit != "share":
        return moved
    whole = 1.0 if np.median(paths[:, 0]) <= 1.0 else 100.0
    capped: Floats = np.minimum(moved, np.maximum(paths, whole))
    return capped
