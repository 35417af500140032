"""`ip-foresight scenario`: list, run and compare scenario files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scenarios.commands import hindcast, learned, reach, robust
from scenarios.commands import options as o

if TYPE_CHECKING:
    from scenarios.comparison import Comparison

app = typer.Typer(help="List, run and compare scenarios.", no_args_is_help=True)

app.command("reach")(reach.reach)
app.command("robust")(robust.robust)
app.command("hindcast")(hindcast.hindcast)
app.command("learned")(learned.learned)
app.command("learn")(learned.learn)

Chosen = Annotated[
    list[str], typer.Argument(metavar="SCENARIO...", help="Ids of the library, files, or a folder of files.")
]
SeriesKeys = Annotated[
    list[str] | None, typer.Option("--series", "-s", help="Series to show; those that change most without it.")
]
AtYear = Annotated[int, typer.Option("--year", "-y", help="Year to show.")]


@app.command(name="list")
def list_() -> None:
    """List the scenarios of the library.

    Example: ip-foresight scenario list
    """
    from scenarios.commands.terminal import show_table
    from scenarios.files import library

    rows = [
        (s.id, s.titled("en"), s.titled("zh"), ", ".join([*s.levers, *s.assumptions]) or "none")
        for s in library().values()
    ]
    show_table(f"{len(rows)} scenarios", ["id", "title", "名称", "moves"], rows, left=4)


@app.command()
def run(
    scenarios: Chosen,
    series: SeriesKeys = None,
    year: AtYear = 2035,
    levels: o.Levels = "80,95",
    out: o.Out = None,
) -> None:
    """Run scenarios on the bundled outlook: baseline and scenario on the same futures.

    With --out each scenario gets a folder: forecasts.parquet and .csv (all series that move, three lines each),
    contributions.csv, targets.csv, iamc.xlsx (the series shown, for pyam), scenario.yaml, manifest.json.

    Example: ip-foresight scenario run finance-push --series CN.ip_pledge_amount --year 2030 --out out
    """
    from scenarios.commands.running import chosen_scenarios, run_all, show_run, write_run

    for comparison in run_all(chosen_scenarios(scenarios)):
        keys = shown_series(comparison, series, year)
        show_run(comparison, keys, year, o.levels_of(levels))
        if out is not None:
            write_run(comparison, keys, o.levels_of(levels), out / comparison.scenario.id)


def shown_series(comparison: Comparison, series: list[str] | None, year: int, most: int = 8) -> list[str]:
    """Give the series asked for, or those of the nation that change most; check keys and year."""
    from forecast.errors import InputError, unknown
    from scenarios.commands.running import most_changed

    if year not in comparison.years:
        first, last = comparison.years[0], comparison.years[-1]
        raise InputError(f"--year {year} is not shown.", f"Allowed: {first} to {last}.")
    for key in series or ():
        if key not in comparison.outlook.index:
            raise unknown("series", key, comparison.outlook.keys)
    return list(series) if series else most_changed(comparison, year, most)


@app.command()
def diff(
    first: Annotated[str, typer.Argument(help="Id of the library, or a file.")],
    second: Annotated[str, typer.Argument(help="Id of the library, or a file.")],
) -> None:
    """Show what two scenarios say differently, once what they inherit is filled in.

    Example: ip-foresight scenario diff continuation my-plan.yaml
    """
    from scenarios.commands.running import chosen_scenarios
    from scenarios.commands.terminal import say, show_table
    from scenarios.files import diff as differences

    (a,), (b,) = chosen_scenarios([first]), chosen_scenarios([second])
    found = differences(a, b, {s.id: s for s in (a, b)})
    if not found:
        say(f'"{a.id}" and "{b.id}" have the same settings.')
        return

    def text(value: object) -> str:
        return "" if value is None else json.dumps(value, ensure_ascii=False, default=str)

    rows = [(d.block, d.name, text(d.before), text(d.after)) for d in found]
    show_table(f"{len(found)} differences", ["block", "name", a.id, b.id], rows, left=4)


@app.command()
def schema(out: Annotated[Path | None, typer.Option("--out", "-o", help="File to write to.")] = None) -> None:
    """Print the JSON Schema of scenario files, for editors.

    Example: ip-foresight scenario schema --out scenario.schema.json
    """
    from forecast.export import write_json
    from scenarios.commands.terminal import say
    from scenarios.scenario import json_schema

    if out is None:
        say(json.dumps(json_schema(), indent=2, ensure_ascii=False))
    else:
        write_json(json_schema(), out)
        say(f"Written to {out}.")


@app.command()
def verify(folder: Annotated[Path, typer.Argument(help="Folder written by `scenario run --out`.")]) -> None:
    """Run a saved scenario again and say what is no longer as it was; exit status 1 where results differ.

    Example: ip-foresight scenario verify out/finance-push
    """
    from forecast.catalog import data_folder
    from forecast.export import file_hash
    from scenarios.commands.bundled import shared_outlook
    from scenarios.commands.terminal import say, show_table
    from scenarios.record import made_with, verify

    seed, n_paths = made_with(folder)
    found = verify(folder, shared_outlook(seed, n_paths), data=file_hash(data_folder() / "observations.csv"))
    if not found:
        say(f"{folder}: every file and every figure is as it was.")
        return
    show_table(f"{len(found)} findings in {folder}", ["what", "detail"], [(f.what, f.detail) for f in found], left=2)
    if any(f.what in ("result differs", "file changed", "file missing") for f in found):
        raise typer.Exit(1)


@app.command()
def renewals(region: Annotated[str, typer.Option("--region", "-r", help="Code of a region.")] = "CN") -> None:
    """Show which trademarks come up for renewal by year, and the stock by the accounts beside that of the outlook.

    Example: ip-foresight scenario renewals --region CN
    """
    from forecast.seeds import DEFAULT_SEED
    from scenarios.commands.bundled import shared_outlook
    from scenarios.commands.terminal import figure, show_table
    from scenarios.renewals import renewals as queue

    found = queue(shared_outlook(DEFAULT_SEED, 1000), region)
    rows = [
        (str(year), *(figure(v, "count") for v in (due, dropped, middle)),
         f"{figure(low, 'count')} to {figure(high, 'count')}", figure(ahead, "count"))
        for year, due, dropped, middle, low, high, ahead in found.table()
    ]  # fmt: skip
    names = ["year", "due", "not renewed", "in force by the accounts", "8 in 10", "in force in the outlook"]
    show_table(f"Trademarks due for renewal, {region}", names, rows)
