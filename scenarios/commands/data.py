"""`ip-foresight data`: check and list the evidence."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from forecast.findings import Finding
from scenarios.commands import options as o

app = typer.Typer(help="Check and list the evidence.", no_args_is_help=True)


@app.command()
def check(
    source: Annotated[
        Path | None,
        typer.Argument(
            help="Folder of a data package, figures of your own (region, indicator, period, value, source_id), or a "
            "table of series (unique_id, ds, y); the bundled data without it."
        ),
    ] = None,
    notes: Annotated[bool, typer.Option("--notes", help="Show notes too.")] = False,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Write all findings to a .csv, .xlsx or .parquet file.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print all findings as JSON, notes too, and nothing else.")
    ] = False,
    columns: o.Columns = "",
    frequency: o.Frequency = None,
    sheet: o.Sheet = None,
    signed: o.Signed = False,
) -> None:
    """Check data: schema errors, conflicts between sources, units, gaps; each with its row.

    Errors cannot be used, warnings should be looked at, notes are worth knowing (docs/data.md explains each kind). Exit
    status 1 where there are errors.

    Example: ip-foresight data check
    Example: ip-foresight data check figures.csv
    Example: ip-foresight data check my-package --json
    """
    from forecast.catalog import data_folder

    if source is None or (source / "datapackage.json").exists():
        from forecast.ledger import check as check_package

        findings = check_package(source or data_folder())
        _tell(findings, f"{source or 'the bundled data'}", notes, out, as_json)
    elif _holds_figures(source):
        from forecast.ledger import check_figures

        _tell(check_figures(source), f"{source}, beside the bundled data", notes, out, as_json)
    else:
        _check_table(source, o.form_of(columns, frequency, sheet, signed), out, as_json)


def _holds_figures(source: Path) -> bool:
    """Whether a file has the columns of published figures, not those of a table of series."""
    if not source.is_file():
        return False
    with source.open("rb") as file:
        header = file.readline(10_000).decode("utf-8-sig", errors="replace")
    columns = {cell.strip().strip('"') for cell in header.split(",")}
    return {"indicator", "period"} <= columns and "unique_id" not in columns


def _tell(findings: Sequence[Finding], what: str, notes: bool, out: Path | None, as_json: bool) -> None:
    import pandas as pd

    from forecast.export import write_table
    from forecast.ledger import summary
    from scenarios.commands.terminal import say, say_wrapped

    failed = any(f.severity == "error" for f in findings)
    names = ["severity", "about", "file", "row", "field", "what", "remedy"]
    if out is not None:
        write_table(pd.DataFrame([[getattr(f, n) for n in names] for f in findings], columns=names), out)
    if as_json:
        say(json.dumps([{n: getattr(f, n) for n in names} for f in findings], ensure_ascii=False, indent=1))
        raise typer.Exit(1 if failed else 0)
    for finding in findings:
        if notes or finding.severity != "note":
            say_wrapped(f"{finding.severity}: {finding}")
    counts = summary(findings)
    for severity in ("error", "warning", "note"):
        kinds = {about: n for (about, s), n in counts.items() if s == severity}
        listed = ", ".join(f"{n:,} {about}" for about, n in sorted(kinds.items(), key=lambda kind: -kind[1]))
        say(f"{sum(kinds.values()):,} {severity}{'' if sum(kinds.values()) == 1 else 's'}{listed and f': {listed}'}")
    hidden = any(f.severity == "note" for f in findings) and not notes
    say(f"Checked: {what}.{' Show notes with --notes.' if hidden else ''}")
    raise typer.Exit(1 if failed else 0)


def _check_table(source: Path, form: object, out: Path | None, as_json: bool) -> None:
    from forecast.export import write_table
    from forecast.tables import read_table
    from scenarios.commands.terminal import say, say_wrapped

    table = read_table(source, form=form)  # type: ignore[arg-type]  # a TableForm; the class loads pyarrow
    if out is not None:
        write_table(table.problems, out)
    if as_json:
        say(table.problems.to_json(orient="records", force_ascii=False, indent=1))
    else:
        for outcome, what, remedy in table.problems[["outcome", "what", "remedy"]].itertuples(index=False):
            say_wrapped(f"{outcome}: {what} {remedy}")
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
