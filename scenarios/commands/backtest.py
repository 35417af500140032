"""`ip-foresight backtest`: how well models would have done."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scenarios.commands import options as o

if TYPE_CHECKING:
    from forecast.series import Series

SHOWN = ("forecasts", "failures", "mase", "smape", "scaled_crps", "coverage_80", "coverage_95", "relative")


def backtest(
    what: Annotated[list[str], typer.Argument(metavar="SERIES... | FILE", help="Keys of bundled series, or a file.")],
    horizon: o.Horizon = 5,
    models: o.Models = "auto,drift,ets,theta",
    origins: Annotated[int, typer.Option("--origins", help="Cutoffs in the past, one period apart.")] = 3,
    seed: o.Seed = o.DEFAULT_SEED,
    by_series: Annotated[bool, typer.Option("--by-series", help="Show the scores of each series.")] = False,
    out: o.Out = None,
    columns: o.Columns = "",
    frequency: o.Frequency = None,
    sheet: o.Sheet = None,
    signed: o.Signed = False,
) -> None:
    """Forecast from cutoffs in the past and compare with what came.

    Scores: MASE and sMAPE of the middle, CRPS over the scale of MASE, share of values inside the bands, and the mean of
    MASE and sMAPE relative to drift (below 1 is better). With --out all forecasts are written as well.

    Example: ip-foresight backtest CN-ZJ.inventions_in_force --horizon 3
    Example: ip-foresight backtest figures.csv --models auto,drift --by-series
    """
    from forecast.backtest import backtest as run_backtest
    from forecast.errors import InputError
    from forecast.scoring import scores
    from scenarios.commands.terminal import say, show_table

    series = _series(what, o.form_of(columns, frequency, sheet, signed))
    names = o.names_of(models)
    table = run_backtest(series, names, horizon, origins=origins, seed=seed)
    if not (table["failure"] == "").any():
        why = str(table["failure"].iloc[0]) if len(table) else "no series is long enough."
        raise InputError(f"No forecast could be made: {why}", "Take a shorter --horizon, or fewer --origins.")
    by = ["unique_id", "model"] if by_series or len(series) == 1 else ["model"]
    found = scores(table, by)
    kept = [c for c in SHOWN if c in found.columns]
    rows = [[*(str(row[c]) for c in by), *(_short(row[c]) for c in kept)] for row in found.to_dict("records")]
    show_table(f"{len(series)} series, {origins} cutoffs, {horizon} periods ahead", [*by, *kept], rows, left=len(by))
    for failure in sorted(set(table["failure"]) - {""})[:10]:
        say(failure, stderr=True)
    if out is not None:
        from forecast.export import manifest, write_json, write_table

        for name, frame in (("backtest", table), ("scores", found)):
            write_table(frame, out / f"{name}.parquet")
            write_table(frame, out / f"{name}.csv")
        settings = {"models": names, "horizon": horizon, "origins": origins, "seed": seed, "what": what}
        counts = {"series": len(series), "rows": len(table)}
        data = _hashes(what)
        write_json(manifest("backtest", data=data, configuration=settings, counts=counts), out / "manifest.json")
        say(f"Written to {out}: backtest.parquet, scores.csv, manifest.json.")


def _short(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.3f}" if value == value else ""
    return f"{value:,}" if isinstance(value, int) else str(value)


def _series(what: Sequence[str], form: object) -> list[Series]:
    from forecast.errors import InputError

    files = [w for w in what if o.is_file(w)]
    if not files:
        from scenarios.commands.bundled import history_of

        return [history_of(key).series for key in dict.fromkeys(what)]
    if len(what) > 1:
        raise InputError(f'"{files[0]}" and {len(what) - 1} more were named.', "Name one file, or one or more series.")
    from forecast.tables import read_table
    from scenarios.commands.terminal import say

    table = read_table(Path(files[0]), form=form)  # type: ignore[arg-type]  # a TableForm; the class loads pyarrow
    if not table.series:
        first = table.problems.iloc[0]
        raise InputError(f"{table.summary()} {first['what']}", str(first["remedy"]))
    if table.left_out:
        say(table.summary(), stderr=True)
    return list(table.series)


def _hashes(what: Sequence[str]) -> dict[str, str]:
    from forecast.catalog import data_folder
    from forecast.export import file_hash

    path = Path(what[0]) if o.is_file(what[0]) else data_folder() / "observations.csv"
    return {path.name: file_hash(path)}
