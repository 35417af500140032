"""`ip-foresight forecast`: the outlook of bundled series, or of the series of a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scenarios.commands import options as o

if TYPE_CHECKING:
    import pandas as pd

    from forecast.batch import BatchConfig
    from forecast.series import Floats, Series


def forecast(
    what: Annotated[list[str], typer.Argument(metavar="SERIES... | FILE", help="Keys of bundled series, or a file.")],
    horizon: o.Horizon = 10,
    models: o.Models = "auto",
    tuned: o.Tuned = None,
    levels: o.Levels = "80,95",
    seed: o.Seed = o.DEFAULT_SEED,
    paths: Annotated[int, typer.Option("--paths", help="Futures drawn for each series and model.")] = 1000,
    out: o.Out = None,
    columns: o.Columns = "",
    frequency: o.Frequency = None,
    sheet: o.Sheet = None,
    signed: o.Signed = False,
    explain: Annotated[
        bool, typer.Option("--explain", help="Say for each series and model what stands behind the forecast.")
    ] = False,
) -> None:
    """Show the outlook of series as a table, and write it to files with --out.

    For bundled series the model "auto" is the outlook that the app shows, with sums that hold on every path; other
    models are fitted to the history of the series by itself. Exit status 1 where a series of a file failed.

    Example: ip-foresight forecast CN-ZJ.inventions_in_force --horizon 10 --out zhejiang
    Example: ip-foresight forecast CN.trademarks_in_force --explain
    Example: ip-foresight forecast figures.csv --models auto,drift
    """
    from forecast.batch import BatchConfig
    from forecast.errors import InputError

    config = BatchConfig(
        horizon,
        o.names_of(models),
        o.levels_of(levels),
        seed,
        paths,
        o.form_of(columns, frequency, sheet, signed),
        o.tuning_of(tuned, models),
    )
    files = [w for w in what if o.is_file(w)]
    if files and len(what) > 1:
        raise InputError(f'"{files[0]}" and {len(what) - 1} more were named.', "Name one file, or one or more series.")
    failed = _of_file(Path(files[0]), config, out, explain) if files else _of_series(what, config, out, explain)
    raise typer.Exit(1 if failed else 0)


def _of_series(keys: Sequence[str], config: BatchConfig, out: Path | None, explain: bool) -> int:
    from scenarios.commands.bundled import bundled_forecasts, history_of
    from scenarios.commands.explaining import show_explanation
    from scenarios.commands.finding import source_line, title_of
    from scenarios.commands.terminal import say

    found, failures = bundled_forecasts(list(dict.fromkeys(keys)), config)
    for forecast in found:
        title, title_zh = title_of(forecast.series.key)
        shown = f"{title} / {title_zh} ({forecast.series.key}), {forecast.model}"
        edges = {level: forecast.band(level) for level in config.levels}
        show_outlook(shown, forecast.series, ("middle", forecast.median), edges)
        say(source_line(forecast.series.key) + "\n")
        if explain:
            show_explanation(history_of(forecast.series.key).series, forecast, config.seed)
    for failure in failures:
        say(f"{failure[5]} {failure[6]}", stderr=True)
    if out is not None:
        from forecast.batch import failure_frame
        from forecast.catalog import data_folder
        from forecast.export import file_hash, forecast_frame

        data = {"observations.csv": file_hash(data_folder() / "observations.csv")}
        _write(forecast_frame(found, config.levels), failure_frame(failures), config, (out, data))
    return len(failures)


def _of_file(path: Path, config: BatchConfig, out: Path | None, explain: bool) -> int:
    from forecast.batch import FAILED, failure_frame, table_forecasts, table_summaries
    from forecast.errors import InputError
    from forecast.export import file_hash, summary_frame
    from forecast.tables import read_table
    from scenarios.commands.explaining import show_explanation
    from scenarios.commands.terminal import say

    table = read_table(path, form=config.form)
    if len(table.series) > 50 and out is None:
        raise InputError(f'"{path.name}" holds {len(table.series)} series.', "Use ip-foresight batch for so many.")
    failures: list[tuple[object, ...]] = []
    found = list(table_summaries(table, config, failures))
    series = {one.key: one for one in table.series}
    for one in found if len(found) <= 50 else found[:5]:
        n = one.numbers
        edges = [(n[1 + 2 * i], n[2 + 2 * i]) for i in range(len(config.levels))]
        show_outlook(
            f"{one.key}, {one.model}", series[one.key], ("mean", n[0]), dict(zip(config.levels, edges, strict=True))
        )
        say(f"Source: {path.name}.\n")
    if explain:
        for forecast in table_forecasts(table, config, []):
            show_explanation(forecast.series, forecast, config.seed)
    frame = failure_frame(failures)
    for outcome, reason, remedy, instead in frame[["outcome", "reason", "remedy", "used_instead"]].itertuples(
        index=False
    ):
        say(f"{outcome}: {reason} {remedy}" + (f" Used instead: {instead}." if instead else ""), stderr=True)
    if out is not None:
        forecasts = summary_frame(found, config.levels)
        _write(forecasts, frame, config, (out, {path.name: file_hash(path)}))
    return int(frame["outcome"].isin(FAILED).sum())


def _write(frame: pd.DataFrame, failures: pd.DataFrame, config: BatchConfig, to: tuple[Path, dict[str, str]]) -> None:
    from dataclasses import asdict

    from forecast.export import manifest, write_json, write_table
    from scenarios.commands.terminal import say

    out, data = to
    for name, table in (("forecasts", frame), ("failures", failures)):
        for ending in (".parquet", ".csv"):
            write_table(table, out / f"{name}{ending}")
    counts = {"series": int(frame["unique_id"].nunique()), "forecast_rows": len(frame)}
    settings = {**asdict(config), "form": {**asdict(config.form), "columns": dict(config.form.columns)}}
    write_json(manifest("forecast", data=data, configuration=settings, counts=counts), out / "manifest.json")
    say(f"Written to {out}: forecasts.parquet, forecasts.csv, failures.parquet, manifest.json.")


def show_outlook(
    title: str, series: Series, middle: tuple[str, Floats], edges: Mapping[float, tuple[Floats, Floats]]
) -> None:
    """Print the latest values of a series and its outlook: the middle under its name, and bands by level."""
    from scenarios.commands.terminal import figure, show_table

    unit = series.unit or "count"
    rows: list[list[str]] = [
        [str(period), figure(float(value), unit), "", *("" for _ in edges)]
        for period, value in list(zip(series.periods, series.values, strict=True))[-3:]
    ]
    for i, period in enumerate(series.following(len(middle[1]))):
        bands = [f"{figure(float(lo[i]), unit)} to {figure(float(hi[i]), unit)}" for lo, hi in edges.values()]
        rows.append([str(period), "", figure(float(middle[1][i]), unit), *bands])
    show_table(title, ["period", "known", middle[0], *(f"{level:g} in 100" for level in edges)], rows)
