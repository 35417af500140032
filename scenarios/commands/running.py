"""Scenarios run on the bundled outlook: chosen, shown and written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from forecast.errors import InputError, unknown
from forecast.seeds import DEFAULT_SEED

if TYPE_CHECKING:
    import pandas as pd

    from forecast.series import Floats
    from scenarios.comparison import Comparison
    from scenarios.scenario import Scenario


def chosen_scenarios(words: Sequence[str]) -> list[Scenario]:
    """Give the scenarios meant by ids of the library, files, or folders of files.

    Raises
    ------
    InputError
        Where a file or folder holds no scenario, or two scenarios have one id.
    UnknownNameError
        Where a word is neither a file nor an id.
    """
    from scenarios.files import library, read_scenario

    found: list[Scenario] = []
    for word in words:
        path = Path(word)
        if path.is_dir():
            files = sorted([*path.glob("*.yaml"), *path.glob("*.yml")])
            if not files:
                raise InputError(f'"{word}" holds no scenario files.', "Give a folder with .yaml files.")
            found += [read_scenario(file) for file in files]
        elif path.is_file() or path.suffix in (".yaml", ".yml"):
            if not path.is_file():
                raise InputError(f'"{word}" does not exist.', "Check the path.")
            found.append(read_scenario(path))
        elif word in library():
            found.append(library()[word])
        else:
            raise unknown("scenario", word, library())
    ids = [s.id for s in found]
    if twice := next((i for i in ids if ids.count(i) > 1), None):
        raise InputError(f'Two scenarios are called "{twice}".', "Give each its own id.")
    return found


def run_all(scenarios: Sequence[Scenario]) -> Iterator[Comparison]:
    """Run scenarios one after another on the bundled outlook; they may extend one another."""
    from scenarios.commands.bundled import shared_outlook
    from scenarios.engine import run

    known = {s.id: s for s in scenarios}
    for scenario in scenarios:
        yield run(scenario, shared_outlook(DEFAULT_SEED, 1000), known=known)


def most_changed(comparison: Comparison, year: int, most: int) -> list[str]:
    """Give the series that a scenario moves most in a year, in percent: the nation's, or all where it moves none."""
    import numpy as np

    keys = [key for key in comparison.changed if key.startswith("CN.") and key.count(".") == 1]
    keys = keys or list(comparison.changed)
    at = comparison.years.index(year)
    moved = {key: float(np.abs(np.nanmedian(_percent(comparison, key)[at]))) for key in keys}
    return sorted(moved, key=lambda key: (-moved[key], key))[:most]


def _percent(comparison: Comparison, key: str) -> Floats:
    return comparison.view(key, "percent", "scenario")


AROUND_POLICY = "8 in 10 around policy events"
"""Heading of the band that past policy events needed."""


def show_run(comparison: Comparison, keys: Sequence[str], year: int, levels: Sequence[float]) -> None:
    """Print a scenario's result in one year: the three lines, contributions, targets, warnings."""
    from scenarios.commands.finding import title_of, unit_of
    from scenarios.commands.terminal import figure, say, show_table

    scenario = comparison.scenario
    rows = []
    for key in keys:
        unit, at = unit_of(key) or "count", comparison.years.index(year)
        wanted = sorted({*levels, 80.0})
        mine, moved = (comparison.bands(key, "level", line, levels=wanted) for line in ("mine", "scenario"))
        change = comparison.bands(key, "percent", levels=(80.0,))
        lo, hi = change.edges[80.0]
        spans = [moved.edges[levels[0]], moved.around_policy or moved.edges[80.0]]
        rows.append([
            f"{title_of(key)[0]} ({key})", figure(mine.median[at], unit), figure(moved.median[at], unit),
            *(f"{figure(low[at], unit)} to {figure(high[at], unit)}" for low, high in spans),
            f"{change.median[at] * 100:+.1f}%", f"{lo[at] * 100:+.1f}% to {hi[at] * 100:+.1f}%",
        ])  # fmt: skip
    names = ["series", "my baseline", "scenario", f"{levels[0]:g} in 100", AROUND_POLICY, "difference", "8 in 10"]
    show_table(f"{scenario.titled('en')} / {scenario.titled('zh')} ({scenario.id}), {year}", names, rows)
    if not rows:
        say("Nothing differs from the baseline yet. Move a lever, or open an example.")
    for key in keys[:1]:
        parts = contributions(comparison, key, year)
        unit = unit_of(key) or "count"
        found = [
            (lever, figure(middle, unit), f"{figure(low, unit)} to {figure(high, unit)}")
            for lever, middle, low, high in parts[["lever", "mean", "low", "high"]].to_numpy().tolist()
            if middle or low or high
        ]
        show_table(f"What makes the difference in {key}, {year}", ["lever", "mean", "8 in 10"], found)
    for notice in comparison.notices:
        say(f"Warning: {notice.text('en')}", stderr=True)


def contributions(comparison: Comparison, key: str, year: int) -> pd.DataFrame:
    """Give the parts of a difference: `unique_id, ds, lever, mean, low, high` (80%), exact sums on every path."""
    import pandas as pd

    rows = comparison.attribution(key).table(year)
    names = ["unique_id", "ds", "lever", "mean", "low", "high"]
    return pd.DataFrame([(key, year, *row) for row in rows], columns=names)


def chances(comparison: Comparison) -> pd.DataFrame:
    """Give the chance of each target on the three lines, and that of the scenario around policy events."""
    import pandas as pd

    from scenarios.comparison import CHANCES

    rows = []
    for goal in comparison.goals:
        found = comparison.chances(goal)
        of = [found.at(line) for line in CHANCES]
        rows.append((goal.key, goal.year, goal.at_least, goal.plan, *of))
    names = ["unique_id", "ds", "at_least", "plan", *(f"chance_{line}" for line in CHANCES)]
    return pd.DataFrame(rows, columns=names)


def write_run(
    comparison: Comparison, keys: Sequence[str], levels: Sequence[float], out: Path, *, quiet: bool = False
) -> None:
    """Write everything of a run into a folder, with the scenario's text and a manifest."""
    import pandas as pd

    from forecast.catalog import data_folder
    from forecast.export import file_hash, manifest, write_json, write_table, written
    from scenarios.commands.terminal import say
    from scenarios.exchange import iamc, write_iamc
    from scenarios.files import evidence_hash, fingerprint
    from scenarios.record import seal
    from scenarios.scenario import to_yaml

    frame = comparison.frame(levels=levels)
    last = comparison.years[-1]
    shares = [contributions(comparison, key, last) for key in keys]
    tables = {"forecasts": frame, "targets": chances(comparison)}
    if shares:
        tables["contributions"] = pd.concat(shares, ignore_index=True)
    for name, table in tables.items():
        write_table(table, out / f"{name}.parquet")
        write_table(table, out / f"{name}.csv")
    write_iamc(iamc(comparison, keys), out / "iamc.xlsx")
    text = to_yaml(comparison.scenario)
    with written(out / "scenario.yaml") as path:
        path.write_text(text, encoding="utf-8")
    data = {"observations.csv": file_hash(data_folder() / "observations.csv"), "effects and levers": evidence_hash()}
    settings = {
        "scenario": text, "levels": list(levels), "outlook_seed": comparison.outlook.seed,
        "effects_seed": comparison.scenario.run.seed, "n_paths": comparison.outlook.n_paths,
        "fingerprint": fingerprint(comparison.scenario, data["observations.csv"]),
        "seal": seal(out, data=data["observations.csv"]),
    }  # fmt: skip
    counts = {"series": frame["unique_id"].nunique(), "forecast_rows": len(frame)}
    write_json(manifest("scenario run", data=data, configuration=settings, counts=counts), out / "manifest.json")
    if not quiet:
        names = ", ".join(f"{name}.parquet" for name in tables)
        say(f"Written to {out}: {names}, iamc.xlsx, scenario.yaml, manifest.json.")


@cache
def headline() -> tuple[str, ...]:
    """Give the series a reader looks at first: inventions, trademarks and pledges of the nation and of Zhejiang."""
    return (
        "CN.inventions_in_force", "CN.trademarks_in_force", "CN.ip_pledge_amount",
        "CN-ZJ.inventions_in_force", "CN-ZJ.trademarks_in_force", "CN-ZJ.patent_pledge_amount",
    )  # fmt: skip
