"""`ip-foresight batch`: forecasts of every series of a file."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scenarios.commands import options as o

if TYPE_CHECKING:
    from forecast.runs import BatchResult, Progress
    from scenarios.applied import AppliedScenarios

SHEET_ROWS = 1_048_576
"""Rows of a sheet in XLSX, the header among them."""


def batch(
    source: Annotated[
        Path,
        typer.Argument(
            metavar="INPUT", help="CSV, XLSX or Parquet (a file or a folder): unique_id, ds, y; or the word bundled."
        ),
    ],
    horizon: o.Horizon,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the results.")],
    models: o.Models = "auto",
    tuned: o.Tuned = None,
    levels: o.Levels = "80,95",
    seed: o.Seed = o.DEFAULT_SEED,
    paths: Annotated[int, typer.Option("--paths", help="Futures drawn for each series and model.")] = 1000,
    write_paths: Annotated[
        bool, typer.Option("--write-paths", help="Write the futures themselves as well, paths.parquet.")
    ] = False,
    scenarios: Annotated[
        str, typer.Option("--scenarios", help="Apply these to each series: ids, files or folders, commas between them.")
    ] = "",
    columns: o.Columns = "",
    keep: Annotated[
        str, typer.Option("--keep", help="Columns of the input to keep beside the results, commas between them.")
    ] = "",
    frequency: o.Frequency = None,
    sheet: o.Sheet = None,
    signed: o.Signed = False,
    also: Annotated[str, typer.Option("--also", help="Write the results also as: csv, xlsx.")] = "",
    workers: Annotated[int | None, typer.Option("--workers", help="Processes; one a processor without it.")] = None,
    partition_rows: Annotated[int, typer.Option(help="Rows of input a process holds at a time, about.")] = 100_000,
    engine: Annotated[str, typer.Option("--engine", help="local (processes of this machine) or dask.")] = "local",
    scheduler: Annotated[
        str | None,
        typer.Option("--scheduler", help="Address of a Dask scheduler; a cluster of this machine without it."),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")] = False,
    json_lines: Annotated[
        bool, typer.Option("--json-lines", help="Print progress and summary as JSON, a line each.")
    ] = False,
) -> None:
    """Forecast every series of a table of any size.

    Writes forecasts.parquet (unique_id, ds, model, mean, lo-80, hi-80, ...), failures.parquet and manifest.json.
    Interrupted, the same command goes on where it stopped. One bad series never costs the rest: it is named in the
    failures, and the exit status is 1. More: docs/batch.md.

    Example: ip-foresight batch figures.csv --horizon 5 --out results --models auto,drift
    """
    from forecast.batch import BatchConfig
    from forecast.engines import Engine
    from forecast.errors import InputError
    from forecast.runs import run_batch
    from scenarios.commands.batch_bundled import BUNDLED, run_bundled
    from scenarios.commands.terminal import progress_bar

    kinds = o.names_of(also)
    if unknown := set(kinds) - {"csv", "xlsx"}:
        raise InputError(f'--also "{", ".join(sorted(unknown))}" is unknown.', "Known: csv, xlsx.")
    config = BatchConfig(
        horizon,
        o.names_of(models),
        o.levels_of(levels),
        seed,
        paths,
        replace(o.form_of(columns, frequency, sheet, signed), statics=o.names_of(keep)),
        o.tuning_of(tuned, models),
        write_paths,
        _applied(scenarios, seed, paths),
    )
    how = Engine(workers, partition_rows, engine, scheduler)  # type: ignore[arg-type]  # checked there, with a message
    with progress_bar(quiet or json_lines) as bar:
        task = bar.add_task("rows", total=None, rate="")
        kept: list[int] = []

        def report(now: Progress) -> None:
            # What an interrupted call had finished says nothing of the pace of this one.
            kept.append(now.series)
            rate = f"{(now.series - kept[0]) / max(now.seconds, 1e-9):,.0f} series/s, {now.failures:,} failures"
            bar.update(task, total=now.rows_total, completed=now.rows, rate=rate)
            if json_lines:
                typer.echo(json.dumps({"progress": vars(now)}))

        if str(source) == BUNDLED and not source.exists():
            result = run_bundled(out, config)
        else:
            result = run_batch(source, out, config, engine=how, progress=report)
    for kind in kinds:
        _copy(result, kind)
    if json_lines:
        typer.echo(json.dumps({"summary": _plain(result)}))
    elif not quiet:
        _summary(result)
    raise typer.Exit(1 if result.failed else 0)


def _applied(words: str, seed: int, paths: int) -> AppliedScenarios | None:
    if not words:
        return None
    from scenarios.applied import applied_scenarios
    from scenarios.commands.running import chosen_scenarios

    return applied_scenarios(chosen_scenarios(o.names_of(words)), seed=seed, n_paths=paths)


def _copy(result: BatchResult, kind: str) -> None:
    import pandas as pd

    from forecast.errors import InputError
    from forecast.export import copy_as_csv, write_table

    for path, rows in ((result.forecasts, result.rows), (result.failures, 0)):
        if kind == "csv":
            copy_as_csv(path)
        elif rows >= SHEET_ROWS:
            raise InputError(
                f"{rows:,} rows do not fit into a sheet of {SHEET_ROWS:,}; the other files are written.",
                "Take --also csv, or the Parquet file.",
            )
        else:
            write_table(pd.read_parquet(path), path.with_suffix(".xlsx"))


def _plain(result: BatchResult) -> dict[str, object]:
    return {**{k: str(v) if isinstance(v, Path) else v for k, v in vars(result).items()}, "failed": result.failed}


def _summary(result: BatchResult) -> None:
    from scenarios.commands.terminal import say, show_table

    kept = f", {result.resumed} partitions kept from an interrupted run" if result.resumed else ""
    say(f"{result.series:,} series, {result.rows:,} rows of forecasts{kept}.")
    if result.groups:
        rows = [(*group.partition(": ")[::2], f"{n:,}") for group, n in result.groups.items()]
        title = f"{result.failed:,} failure{'s' if result.failed > 1 else ''}"
        show_table(title, ["outcome", "what to do", "series"], rows[:15], left=2)
    if notes := result.outcomes.get("note"):
        say(f"{notes:,} note{'s' if notes > 1 else ''}, for example on gaps that were filled as unknown.")
    say(f"Forecasts: {result.forecasts}\nFailures:  {result.failures}\nManifest:  {result.manifest}")
    if result.paths:
        say(f"Paths:     {result.paths}")
