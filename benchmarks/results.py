"""RESULTS.md: one section a benchmark, each written by the command that it names."""

from __future__ import annotations

import os
import platform
import re
from importlib.metadata import version
from pathlib import Path

import pandas as pd

RESULTS = Path(__file__).parent / "RESULTS.md"
TITLE = "# Results\n\nEach section is written by the command it names. Edit none by hand.\n"


def write_section(name: str, title: str, command: str, body: str) -> None:
    """Put a section into RESULTS.md, in place of the one of the same name if there is one."""
    text = RESULTS.read_text(encoding="utf-8") if RESULTS.exists() else TITLE
    start, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
    section = f"{start}\n## {title}\n\nCommand: `{command}`\n\n{body.strip()}\n{end}"
    pattern = re.compile(re.escape(start) + ".*?" + re.escape(end), re.DOTALL)
    text = pattern.sub(lambda _: section, text) if pattern.search(text) else f"{text.rstrip()}\n\n{section}\n"
    RESULTS.write_text(text, encoding="utf-8")


def markdown(table: pd.DataFrame, digits: dict[str, int]) -> str:
    """Give a table in Markdown, numbers rounded to the digits of their column."""
    lines = ["| " + " | ".join(table.columns) + " |", "|" + "---|" * len(table.columns)]
    for row in table.itertuples(index=False):
        cells = [
            f"{cell:.{digits.get(column, 2)}f}" if isinstance(cell, float) else str(cell)
            for column, cell in zip(table.columns, row, strict=True)
        ]
        lines.append("| " + " | ".join("" if cell == "nan" else cell for cell in cells) + " |")
    return "\n".join(lines)


def machine(*packages: str) -> str:
    """Say on what machine and with what versions something was measured."""
    versions = ", ".join(f"{package} {version(package)}" for package in packages)
    return f"Python {platform.python_version()}, {os.cpu_count()} cores, one thread a model; {versions}."
