"""Three lines on the same futures: levels, differences, growth, bands, chances, and where a difference comes from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np

from forecast import catalog
from forecast.errors import InputError, unknown
from forecast.outlook import Outlook
from forecast.series import Floats, frozen
from scenarios.line import Line
from scenarios.moves import Move
from scenarios.notices import Notice
from scenarios.policy_band import policy_band, policy_chance
from scenarios.scenario import Goal, Scenario
from scenarios.shapley import Attribution, attribution
from scenarios.tree import parse_key

if TYPE_CHECKING:
    import pandas as pd


LineName = Literal["reference", "mine", "scenario"]
ChanceName = Literal["reference", "mine", "scenario", "around_policy"]
View = Literal["level", "difference", "percent", "growth", "index"]
LINES: tuple[LineName, ...] = ("reference", "mine", "scenario")
"""Reference baseline; my baseline, with my assumptions; my scenario, with levers as well."""
CHANCES: tuple[ChanceName, ...] = (*LINES, "around_policy")
"""Of what a chance is given: the lines, and my scenario with futures as far apart as past policy events needed."""
VIEWS: tuple[View, ...] = ("level", "difference", "percent", "growth", "index")
LEVELS = (50.0, 80.0, 95.0)
"""Bands drawn, in percent of the futures."""


@dataclass(frozen=True, eq=False)
class Bands:
    """Quantiles of a series by year.

    Parameters
    ----------
    years : tuple of int
        As long as each array.
    mean, median : array
        Over the futures.
    edges : dict of float to (lower, upper)
        Central bands by level in percent.
    around_policy : (lower, upper), optional
        80 percent band as past policy events needed it; of levels that levers move.
    """

    years: tuple[int, ...]
    mean: Floats
    median: Floats
    edges: dict[float, tuple[Floats, Floats]]
    around_policy: tuple[Floats, Floats] | None = None


@dataclass(frozen=True, eq=False)
class Chances:
    """Share of futures (0 to 1) that meet a goal by year on each line.

    `around_policy` is that of the scenario with its futures as far apart as past policy events needed; without levers
    the same as `scenario`.
    """

    goal: Goal
    years: tuple[int, ...]
    reference: Floats
    mine: Floats
    scenario: Floats
    around_policy: Floats

    def at(self, line: ChanceName, year: int | None = None) -> float:
        """Chance on a line in a year, by default the goal's."""
        return float(getattr(self, line)[self.years.index(self.goal.year if year is None else year)])


def _is_share(key: str) -> bool:
    row = catalog.indicators().get(parse_key(key)[1])
    return row is not None and row.unit == "share"


@dataclass(frozen=True, eq=False)
class Comparison:
    """A scenario beside the baselines it starts from. Series are worked out when asked for.

    Parameters
    ----------
    scenario : Scenario
        With everything it inherits.
    outlook : Outlook
        Reference baseline.
    mine, moved : Line
        My baseline and my scenario.
    levers : tuple of Move
        What the scenario moves.
    notices : tuple of Notice
        Warnings; the result stands.
    """

    scenario: Scenario
    outlook: Outlook
    mine: Line
    moved: Line
    levers: tuple[Move, ...]
    notices: tuple[Notice, ...]

    @property
    def years(self) -> tuple[int, ...]:
        """Years of the outlook."""
        return self.outlook.years

    def of(self, key: str, line: LineName = "scenario") -> Floats:
        """Paths of a series, shape (n_years, n_paths); where nothing moves it, the outlook's own array.

        Raises
        ------
        UnknownNameError
            Where the outlook holds no such series.
        """
        if key not in self.outlook.index:
            raise unknown("series", key, self.outlook.keys)
        if line == "reference":
            return self.outlook.of(key)
        return (self.mine if line == "mine" else self.moved).of(key)

    def moves(self, key: str) -> bool:
        """Whether my scenario differs from the reference baseline in a series."""
        return self.moved.moved(key) is not None

    def by_levers(self, key: str) -> bool:
        """Whether levers, and not assumptions alone, move a series."""
        mine, moved = self.mine.moved(key), self.moved.moved(key)
        return moved is not None and (mine is None or not np.array_equal(mine, moved))

    @cached_property
    def changed(self) -> tuple[str, ...]:
        """Keys of all series that my scenario moves."""
        return tuple(self.moved.all_moved())

    def view(
        self, key: str, what: View = "level", line: LineName = "scenario", *, index_year: int | None = None
    ) -> Floats:
        """Paths of a series as level, difference, percent difference, yearly growth or index.

        Parameters
        ----------
        what : {"level", "difference", "percent", "growth", "index"}
            ``difference`` and ``percent`` are my scenario against my baseline, and my baseline against the reference;
            ``percent`` and ``growth`` are fractions (0.1 is 10 percent); ``index`` is 100 in `index_year`.
        index_year : int, optional
            By default the last year the series is known.

        Returns
        -------
        array, shape (n_years, n_paths)
            NaN where there is nothing to divide by, as growth in the first year.
        """
        paths = self.of(key, line)
        if what == "level":
            return paths
        with np.errstate(divide="ignore", invalid="ignore"):
            if what == "growth":
                return frozen(np.concatenate([np.full((1, paths.shape[1]), np.nan), paths[1:] / paths[:-1] - 1.0]))
            if what == "index":
                known = self.outlook.known_until[self.outlook.index[key]]
                return frozen(100.0 * paths / paths[self._at(known if index_year is None else index_year)])
            before = self.of(key, "mine" if line == "scenario" else "reference")
            if what == "difference":
                return frozen(paths - before)
            if what == "percent":
                return frozen(np.where(paths == before, 0.0, paths / before - 1.0))
        raise InputError(f"View {what!r} is unknown.", f"Known: {', '.join(VIEWS)}.")

    def _at(self, year: int) -> int:
        if year not in self.years:
            raise InputError(f"Year {year} is not shown.", f"Shown: {self.years[0]} to {self.years[-1]}.")
        return self.years.index(year)

    def bands(
        self, key: str, what: View = "level", line: LineName = "scenario", *, levels: Sequence[float] = LEVELS
    ) -> Bands:
        """Mean, median and central bands of a view by year; see `view`."""
        paths = self.view(key, what, line)
        tails = [t for level in levels for t in ((1 - level / 100) / 2, (1 + level / 100) / 2)]
        cuts = np.quantile(paths, [0.5, *tails], axis=1)
        edges = {level: (frozen(cuts[1 + 2 * i]), frozen(cuts[2 + 2 * i])) for i, level in enumerate(levels)}
        wide = None
        if what == "level" and line == "scenario" and self.by_levers(key):
            wide = policy_band(paths, share=_is_share(key))
        return Bands(self.years, frozen(paths.mean(axis=1)), frozen(cuts[0]), edges, wide)

    def chance(self, key: str, at_least: float, line: LineName = "scenario") -> Floats:
        """Share of futures (0 to 1) at or above a value, by year."""
        return frozen((self.of(key, line) >= at_least).mean(axis=1))

    def chance_around_policy(self, key: str, at_least: float) -> Floats:
        """Chance by year with futures of the scenario as far apart as past policy events needed; see `Chances`."""
        wide = policy_chance(self.of(key), at_least) if self.by_levers(key) else self.chance(key, at_least)
        return frozen(wide)

    def chances(self, goal: Goal) -> Chances:
        """Chance of a goal by year on the three lines."""
        reference, mine, moved = (self.chance(goal.key, goal.at_least, line) for line in LINES)
        wide = self.chance_around_policy(goal.key, goal.at_least)
        return Chances(goal, self.years, reference, mine, moved, wide)

    @cached_property
    def goals(self) -> tuple[Goal, ...]:
        """Goals of the scenario, then plan targets of the catalogue, of series and years that the outlook holds."""
        official = [
            Goal(region=t.region, indicator=t.indicator, year=t.year, at_least=t.value, plan=t.plan)
            for t in catalog.targets()
            if t.observation_id.count(".span-") == 0
        ]
        wanted = dict.fromkeys([*self.scenario.targets, *official])
        return tuple(g for g in wanted if g.key in self.outlook.index and g.year in self.years)

    def ahead(self, other: Comparison, key: str, year: int) -> float:
        """Share of the same futures in which this scenario is above another in a series and year; ties count half."""
        a, b = self.of(key)[self._at(year)], other.of(key)[self._at(year)]
        return float((a > b).mean() + 0.5 * (a == b).mean())

    def attribution(self, key: str) -> Attribution:
        """Split the difference to the reference baseline by lever and assumptions, exactly on every path (Shapley)."""
        return attribution(self.outlook, key, mine=self.mine, whole=self.moved, levers=self.levers)

    def by_region(self, key: str) -> dict[str, Floats]:
        """Split the change of a whole (my scenario against my baseline) by its parts, exactly on every path.

        Returns
        -------
        dict of str to array, shape (n_years, n_paths)
            Part keys, a rest ending in ``~rest``; the key itself where it has no parts. Sums to the difference.
        """
        change = self.view(key, "difference")
        parts = self.moved.parts(key)
        found = {part: self.view(part, "difference") for part in parts if part in self.outlook.index}
        left = change - sum(found.values()) if found else change
        if not found or np.any(left):
            found[f"{key}~rest" if found else key] = frozen(left)
        return found

    def whole(self, line: LineName = "scenario") -> Outlook:
        """Give a line as an outlook of its own, all series worked out."""
        if line == "reference":
            return self.outlook
        source = self.mine if line == "mine" else self.moved
        paths = np.array(self.outlook.paths)
        for key, moved in source.all_moved().items():
            paths[self.outlook.index[key], source.first :] = moved
        return Outlook(self.outlook.keys, self.years, paths, self.outlook.known_until, self.outlook.seed)

    def frame(
        self, keys: Iterable[str] | None = None, what: View = "level", *, levels: Sequence[float] = (80.0, 95.0)
    ) -> pd.DataFrame:
        """Give the long table ``unique_id, ds, model, scenario, mean, median, lo-80, ...``: series by year by line.

        Of levels, ``lo-80-policy`` and ``hi-80-policy`` are the edges of `Bands.around_policy`; NaN where levers move
        nothing.

        Parameters
        ----------
        keys : iterable of str, optional
            By default all series that the scenario moves.
        """
        import pandas as pd

        blocks = []
        for key in self.changed if keys is None else keys:
            for line in LINES:
                bands = self.bands(key, what, line, levels=levels)
                name = self.scenario.id if line == "scenario" else f"{line} baseline"
                columns: dict[str, object] = {
                    "unique_id": key, "ds": list(self.years), "model": "auto", "scenario": name,
                    "mean": bands.mean, "median": bands.median,
                }  # fmt: skip
                for level, (low, high) in bands.edges.items():
                    columns[f"lo-{level:g}"], columns[f"hi-{level:g}"] = low, high
                if what == "level":
                    wide = bands.around_policy or (np.nan, np.nan)
                    columns["lo-80-policy"], columns["hi-80-policy"] = wide
                blocks.append(pd.DataFrame(columns))
        edges = [f"{end}-{level:g}" for level in levels for end in ("lo", "hi")]
        edges += ["lo-80-policy", "hi-80-policy"] if what == "level" else []
        empty = pd.DataFrame(columns=["unique_id", "ds", "model", "scenario", "mean", "median", *edges])
        return pd.concat(blocks, ignore_index=True) if blocks else empty
