"""Options that several commands share, and how their text is read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from forecast.errors import InputError
from forecast.seeds import DEFAULT_SEED

if TYPE_CHECKING:
    from forecast.choices import Tuning
    from forecast.table_form import TableForm

Horizon = Annotated[int, typer.Option("--horizon", "-H", help="Periods ahead.")]
Models = Annotated[str, typer.Option("--models", "-m", help="Models, with commas between them.")]
Tuned = Annotated[
    Path | None, typer.Option("--config", help="A tuned configuration, forecast.toml; takes the place of --models.")
]
Levels = Annotated[str, typer.Option("--levels", help="Bands in percent, with commas between them.")]
Seed = Annotated[int, typer.Option("--seed", help="Seed of the futures; the same one gives the same numbers.")]
Out = Annotated[Path | None, typer.Option("--out", "-o", help="Folder for the results.")]
Columns = Annotated[
    str, typer.Option("--columns", help='Names of the columns in the file, as "unique_id=region,y=grants".')
]
Frequency = Annotated[
    str | None,
    typer.Option("--frequency", help="annual, quarterly, monthly, weekly or daily; told from the dates without it."),
]
Sheet = Annotated[str | None, typer.Option("--sheet", help="Sheet of a workbook; the first one without it.")]
Signed = Annotated[bool, typer.Option("--signed", help="Values below zero make sense.")]

__all__ = [
    "DEFAULT_SEED", "Columns", "Frequency", "Horizon", "Levels", "Models", "Out", "Seed", "Sheet", "Signed", "Tuned",
    "form_of", "is_file", "levels_of", "names_of", "tuning_of",
]  # fmt: skip


def names_of(text: str) -> tuple[str, ...]:
    """Read names with commas between them.

    Examples
    --------
    >>> names_of("auto, drift")
    ('auto', 'drift')
    """
    return tuple(part.strip() for part in text.replace("，", ",").split(",") if part.strip())


def levels_of(text: str) -> tuple[float, ...]:
    """Read levels in percent with commas between them.

    Raises
    ------
    InputError
        Where one is no number.

    Examples
    --------
    >>> levels_of("80,95")
    (80.0, 95.0)
    """
    try:
        return tuple(float(part.removesuffix("%")) for part in names_of(text))
    except ValueError as error:
        raise InputError(f'--levels "{text}" is not a list of numbers.', 'Write for example "80,95".') from error


def form_of(columns: str, frequency: str | None, sheet: str | None, signed: bool) -> TableForm:
    """Put the options on reading a table together.

    Raises
    ------
    InputError
        Where `columns` is not of the form ``ours=theirs,...``.
    """
    from forecast.table_form import TableForm

    mapping = {}
    for part in names_of(columns):
        ours, equals, theirs = part.partition("=")
        if not equals or not theirs:
            raise InputError(f'--columns "{part}" names no column of the file.', 'Write for example "y=grants".')
        mapping[ours.strip()] = theirs.strip()
    return TableForm(mapping, frequency, sheet, signed)


def tuning_of(path: Path | None, models: str) -> Tuning | None:
    """Read the tuned configuration where one is named.

    Raises
    ------
    InputError
        Where it cannot be read, or models are named as well.
    """
    if path is None:
        return None
    if models != "auto":
        raise InputError(f'Both --config "{path}" and --models "{models}" were given.', "Give one of them.")
    from forecast.tuning import read_tuning

    return read_tuning(path)


def is_file(text: str) -> bool:
    """Tell whether a word on the command line means a file or folder, not a series."""
    return Path(text).suffix.lower() in (".csv", ".txt", ".tsv", ".xlsx", ".parquet", ".xls", ".ods", ".json") or (
        Path(text).exists()
    )
