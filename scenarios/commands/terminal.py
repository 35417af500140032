"""What is shown on a terminal: tables, figures in a few digits, a progress bar."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress

WIDTH = 140
"""Columns where the output is no terminal: a file or a pipe has no width to fit."""


def console(*, stderr: bool = False) -> Console:
    """Give the console; plain text where the output is no terminal."""
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    return Console(
        file=stream, width=None if stream.isatty() else WIDTH, highlight=False, soft_wrap=not stream.isatty()
    )


def show_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]], *, left: int = 1) -> None:
    """Print a table; the first `left` columns are text, the others figures."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(title=Text(title, style="bold"), title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for i, name in enumerate(columns):
        table.add_column(name, justify="left" if i < left else "right", overflow="fold")
    for row in rows:
        table.add_row(*(Text(str(cell)) for cell in row))
    console().print(table)


def say(text: str, *, stderr: bool = False) -> None:
    """Print a line as it is; brackets in names mean nothing special."""
    print(text, file=sys.stderr if stderr else sys.stdout)


def say_wrapped(text: str) -> None:
    """Print a paragraph: folded between words to a terminal, later lines set in; one line to a file or a pipe."""
    if not sys.stdout.isatty():
        say(text)
        return
    from rich.padding import Padding
    from rich.text import Text

    first, *more = Text(text).wrap(console(), console().width - 2)
    console().print(first)
    for line in more:
        console().print(Padding(line, (0, 0, 0, 2)))


def figure(value: float, unit: str = "count") -> str:
    """Write a result of a model in three figures.

    Examples
    --------
    >>> figure(891_734), figure(1_214_000), figure(8.54e11, "CNY"), figure(0.0744, "share"), figure(-3.14159, "index")
    ('892,000', '1.21 m', 'CNY 854 bn', '7.44%', '-3.14')
    """
    if not math.isfinite(value):
        return ""
    if unit in ("share", "fraction"):
        return f"{value * 100:.3g}%"
    if unit in ("CNY", "USD"):
        for size, name in ((1e12, " tn"), (1e9, " bn"), (1e6, " m")):
            if abs(value) >= size:
                return f"{unit} {_three(value / size)}{name}"
        return f"{unit} {_three(value)}"
    return f"{_three(value / 1e6)} m" if abs(value) >= 1e6 else _three(value)


def _three(value: float) -> str:
    if value == 0:
        return "0"
    digits = max(0, 2 - math.floor(math.log10(abs(value))))
    rounded = float(f"{value:.3g}")
    return f"{rounded:,.{digits}f}" if digits else f"{rounded:,.0f}"


@contextmanager
def progress_bar(quiet: bool = False) -> Iterator[Progress]:
    """Give a progress bar with rate and time left on stderr; none where that is no terminal, or with `quiet`."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    with Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(), console=console(stderr=True), transient=True,
        disable=quiet or not sys.stderr.isatty(),
    ) as bar:  # fmt: skip
        yield bar
