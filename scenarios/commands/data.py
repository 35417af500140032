"""`ip-foresight data`: check and list the evidence."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from scenarios.commands import options as o

app = typer.Typer(help="Check and list the evidence.", no_args_is_help=True)


@app.command()
def check(
    source: Annotated[
        Path | None,
        typer.Argument(help="Folder of a data package, or a table of your own; the bundled data without it."),
    ] = None,
    notes: Annotated[bool, typer.Option("--notes", help="Show notes too.")] = False,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Write all findings to a .csv, .xlsx or .parquet file.")
    ] = None,
    columns: o.Columns = "",
    frequency: o.Frequency = None,
    sheet: o.Sheet = None,
    signed: o.Signed = False,
) -> None:
    """Check data: schema errors, conflicts between sources, units, gaps; each with its row.

    Exit status 1 where there are errors.

    Example: ip-foresight data check
    Example: ip-foresight data check figures.csv
    """
    if (source is not None and not source.is_dir()) or (
        source is not None and not (source / "datapackage.json").exists()
    ):
        _check_table(source, o.form_of(columns, frequency, sheet, signed), out)
        return
    import pandas as pd

    from forecast.catalog import data_folder
    from forecast.export import write_table
    from forecast.ledger import check as check_package
    from scenarios.commands.terminal import say

    folder = source or data_folder()
    findings = check_package(folder)
    counts = {kind: sum(f.severity == kind for f in findings) for kind in ("error", "warning", "note")}
    for finding in findings:
        if notes or finding.severity != "note":
            say(f"{finding.severity}: {finding}")
    if out is not None:
        names = ["severity", "about", "file", "row", "field", "what", "remedy"]
        write_table(pd.DataFrame([[getattr(f, n) for n in names] for f in findings], columns=names), out)
    say(f"{counts['error']} errors, {counts['warning']} warnings, {counts['note']} notes in {folder.name}.")
    raise typer.Exit(1 if counts["error"] else 0)


def _check_table(source: Path, form: object, out: Path | None) -> None:
    from forecast.export import write_table
    from forecast.tables import read_table
    from scenarios.commands.terminal import say

    table = read_table(source, form=form)  # type: ignore[arg-type]  # a TableForm; the class loads pyarrow
    for outcome, what, remedy in table.problems[["outcome", "what", "remedy"]].itertuples(index=False):
        say(f"{outcome}: {what} {remedy}")
    if out is not None:
        write_table(table.problems, out)
    say(table.summary())
    raise typer.Exit(1 if (table.problems["outcome"] == "left out").any() else 0)


@app.command(name="list")
def list_(
    words: Annotated[list[str] | None, typer.Argument(help="Words in English or Chinese; all must fit.")] = None,
    figures: Annotated[bool, typer.Option("--figures", help="Show the published figures with their sources.")] = False,
    most: Annotated[int, typer.Option("--most", help="Most rows to show.")] = 40,
) -> None:
    """Find series by words in English or Chinese.

    Example: ip-foresight data list zhejiang invention
    Example: ip-foresight data list 浙江 质押
    """
    from scenarios.commands.finding import found_series, published
    from scenarios.commands.terminal import say, show_table

    found = found_series(tuple(words or ()))
    if not found:
        from forecast.errors import InputError

        raise InputError(
            f'No series fits "{" ".join(words or ())}".', "Take fewer or other words; data list shows all."
        )
    rows = [(f.key, f.title, f.title_zh, f.unit, f"{f.figures}", f.last) for f in found]
    show_table(f"{len(found):,} series", ["series", "title", "名称", "unit", "figures", "latest"], rows[:most], left=4)
    if len(found) > most:
        say(f"{len(found) - most:,} more; add a word, or --most {len(found)}.")
    if figures:
        for f in found[:most]:
            lines = [
                (o_.period, o_.kind, f"{o_.value:g}", o_.unit, o_.source_id, title) for o_, title in published(f.key)
            ]
            show_table(f.key, ["period", "kind", "value", "unit", "source", "published by"], lines, left=2)
