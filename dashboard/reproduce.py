"""The same numbers again outside the browser: the command, the lines of Python, and a notebook that checks itself."""

from __future__ import annotations

import json

FILE = "my-scenario.yaml"


def command(series: str, year: int) -> str:
    """Give the command that gives the numbers of a view.

    Examples
    --------
    >>> command("CN-ZJ.inventions_in_force", 2035)
    'ip-foresight scenario run my-scenario.yaml --series CN-ZJ.inventions_in_force --year 2035 --out out'
    """
    return f"ip-foresight scenario run {FILE} --series {series} --year {year} --out out"


def python(series: str, year: int) -> str:
    """Give the lines of Python that give the same median."""
    return (
        "from forecast.baseline import baseline_outlook\n"
        "from scenarios.engine import run\n"
        "from scenarios.files import read_scenario\n\n"
        f'result = run(read_scenario("{FILE}"), baseline_outlook())\n'
        f'bands = result.bands("{series}")\n'
        f"print(bands.median[result.years.index({year})])"
    )


def notebook(title: str, words: str, text: str, series: str, expected: dict[int, float]) -> bytes:
    """Give a notebook that runs the scenario and compares its medians with those of the page.

    Parameters
    ----------
    title, words : str
        What the page said.
    text : str
        The scenario as YAML; it travels inside the notebook.
    series : str
        Key of the series.
    expected : dict of int to float
        Medians by year as the page had them, in the unit of the series.
    """
    shown = {year: float(value) for year, value in expected.items()}
    cells = [
        _words(f"# {title}\n\n{words}"),
        _code(f"SCENARIO = {text!r}\nSERIES = {series!r}\nSHOWN = {shown!r}"),
        _code(
            "from forecast.baseline import baseline_outlook\n"
            "from scenarios.engine import run\n"
            "from scenarios.files import parse_scenario\n\n"
            "result = run(parse_scenario(SCENARIO), baseline_outlook())\n"
            "bands = result.bands(SERIES)"
        ),
        _code(
            "import pandas as pd\n\n"
            "low, high = bands.edges[80.0]\n"
            'table = pd.DataFrame({"median": bands.median, "lo-80": low, "hi-80": high}, index=bands.years)\n'
            "table.loc[min(SHOWN) :]"
        ),
        _code(
            "import math\n\n"
            "here = table['median']\n"
            "different = {y: v for y, v in SHOWN.items() if not math.isclose(here[y], v, rel_tol=1e-9)}\n"
            'assert not different, f"Other data, code or settings than the page had: {different}"'
        ),
    ]
    made = {
        "cells": [{**cell, "id": f"cell-{i}"} for i, cell in enumerate(cells)],
        "metadata": {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(made, ensure_ascii=False, indent=1).encode()


def _words(text: str) -> dict[str, object]:
    return {"cell_type": "markdown", "metadata": {}, "source": text}


def _code(text: str) -> dict[str, object]:
    return {"cell_type": "code", "metadata": {}, "source": text, "outputs": [], "execution_count": None}
