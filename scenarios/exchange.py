"""Results in the long format of the Integrated Assessment Modeling Consortium (IAMC), which pyam and others read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from forecast import catalog
from forecast.errors import InputError, unknown
from scenarios.comparison import LINES, Comparison
from scenarios.tree import parse_key

if TYPE_CHECKING:
    import pandas as pd

INDEX = ("model", "scenario", "region", "variable", "unit")
"""Columns before the year, in the order of the format."""


def variable_of(key: str) -> str:
    """Give the name of a series as an IAMC variable: group, indicator, and the scope where it is not the main one.

    Examples
    --------
    >>> variable_of("CN-ZJ.inventions_in_force"), variable_of("CN.inventions_in_force.foreign")
    ('Patents|Invention patents in force', 'Patents|Invention patents in force|Foreign')
    """
    _, indicator, scope = parse_key(key)
    row = catalog.indicators()[indicator]
    words = [
        row.group.replace("_", " ").capitalize(),
        row.title_en,
        *([scope.replace("_", " ").capitalize()] * bool(scope)),
    ]
    # The bar divides levels, and the star is pyam's wildcard.
    return "|".join(word.replace("|", "/").replace("*", "") for word in words)


def model_name() -> str:
    """Give the name and version that stand in the column `model`."""
    try:
        return f"IP Foresight {version('ip-foresight')}"
    except PackageNotFoundError:
        return "IP Foresight"


def iamc(
    comparison: Comparison, keys: Iterable[str] | None = None, *, percentiles: Sequence[float] = (2.5, 10, 50, 90, 97.5)
) -> pd.DataFrame:
    """Give the three lines of a comparison as an IAMC long table.

    Parameters
    ----------
    comparison : Comparison
    keys : iterable of str, optional
        By default all series that the scenario moves.
    percentiles : sequence of float
        Of the futures, 0 to 100. They become variables of their own, ``...|90.0th Percentile``; the variable itself is
        the mean, which alone may be added up.

    Returns
    -------
    pandas.DataFrame
        `model`, `scenario` (the scenario's id, or ``reference baseline`` and ``mine baseline``), `region` (English
        title), `variable`, `unit`, `year`, `value`; years without a figure are left out.

    Raises
    ------
    UnknownNameError
        Where the outlook holds no such series.
    InputError
        Where a percentile does not lie between 0 and 100.

    References
    ----------
    D. Huppmann et al., pyam: Analysis and visualisation of integrated assessment and macro-energy scenarios,
    Open Research Europe 1 (2021), 74, https://doi.org/10.12688/openreseurope.13633.2.
    """
    import pandas as pd

    if any(not 0 <= p <= 100 for p in percentiles):
        raise InputError(f"Percentiles are {list(percentiles)}.", "Give numbers from 0 to 100.")
    blocks = []
    for key in comparison.changed if keys is None else keys:
        region, indicator, _ = parse_key(key)
        if key not in comparison.outlook.index:
            raise unknown("series", key, comparison.outlook.keys)
        if region not in catalog.regions() or indicator not in catalog.indicators():
            continue  # a series of the reader's own: no agreed name for it
        names = (catalog.regions()[region].title_en, variable_of(key), catalog.indicators()[indicator].unit)
        for line in LINES:
            paths = comparison.of(key, line)
            cuts = np.quantile(paths, np.asarray(percentiles) / 100, axis=1)
            scenario = comparison.scenario.id if line == "scenario" else f"{line} baseline"
            tails = ["", *(f"|{p:.1f}th Percentile" for p in percentiles)]
            for tail, values in zip(tails, [paths.mean(axis=1), *cuts], strict=True):
                blocks.append((model_name(), scenario, names[0], names[1] + tail, names[2], values))
    years = list(comparison.years)
    columns: dict[str, object] = {
        name: np.repeat(np.array([block[i] for block in blocks], dtype=object), len(years))
        for i, name in enumerate(INDEX)
    }
    columns["year"] = np.tile(np.array(years, dtype=np.int64), len(blocks))
    columns["value"] = np.concatenate([np.zeros(0), *(block[5] for block in blocks)])
    frame = pd.DataFrame(columns)
    there = np.isfinite(np.asarray(columns["value"], dtype=np.float64))
    return frame.loc[there].reset_index(drop=True)


def write_iamc(frame: pd.DataFrame, path: Path) -> None:
    """Write an IAMC table: Parquet in the long form, CSV and XLSX in the wide one of its template (sheet ``data``).

    Raises
    ------
    InputError
        Where the ending is another one, or the file cannot be written.
    """
    from forecast.export import write_table, written
    from forecast.workbooks import write_sheets

    if path.suffix.lower() not in (".csv", ".xlsx"):
        write_table(frame, path)
        return
    wide = frame.pivot(index=list(INDEX), columns="year", values="value").reset_index()
    wide.columns = [str(c).capitalize() for c in wide.columns]
    if path.suffix.lower() == ".csv":
        write_table(wide, path)
        return
    with written(path) as temporary:
        write_sheets({"data": wide}, temporary)
