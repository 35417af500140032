"""The report of the demo: one page that stands by itself."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from forecast.export import written

if TYPE_CHECKING:
    from forecast.outlook import Outlook
    from scenarios.comparison import Comparison

TEMPLATE = Path(__file__).with_name("report.html")
YEARS = (2027, 2030, 2035)


def write_report(
    outlook: Outlook, found: Sequence[Comparison], shown: Sequence[str], out: Path, *, pictures: bool
) -> None:
    """Write ``index.html``: outlook and scenarios in tables, pictures inside the page, links to all files."""
    import jinja2
    import numpy as np

    from scenarios.commands.finding import source_line, title_of, unit_of
    from scenarios.commands.terminal import figure

    years = [y for y in YEARS if y in outlook.years]
    series = []
    for key in shown:
        unit, paths, known = unit_of(key), outlook.of(key), outlook.known_until[outlook.index[key]]
        cells = []
        for year in years:
            low, middle, high = np.quantile(paths[outlook.years.index(year)], [0.1, 0.5, 0.9])
            cells.append((figure(float(middle), unit), f"{figure(float(low), unit)} to {figure(float(high), unit)}"))
        latest = figure(float(np.median(paths[outlook.years.index(known)])), unit)
        en, zh = title_of(key)
        series.append(
            {
                "en": en,
                "zh": zh,
                "key": key,
                "latest": latest,
                "known": known,
                "cells": cells,
                "source": source_line(key),
            }
        )
    scenarios = []
    for comparison in found:
        s = comparison.scenario
        changes = []
        for key in shown:
            bands = comparison.bands(key, "percent", levels=(80.0,))
            at, (low, high) = comparison.years.index(years[-1]), bands.edges[80.0]
            changes.append((f"{bands.median[at] * 100:+.1f}%", f"{low[at] * 100:+.1f}% to {high[at] * 100:+.1f}%"))
        picture = out / "scenarios" / s.id / "difference.png"
        scenarios.append({
            "id": s.id, "en": s.titled("en"), "zh": s.titled("zh"),
            "text": s.description.of("en") if s.description else "", "changes": changes,
            "notices": [n.text("en") for n in comparison.notices], "picture": _inside(picture) if pictures else "",
        })  # fmt: skip
    indicators = sorted(p.stem for p in (out / "outlook" / "pictures").glob("*.png")) if pictures else []
    drawn = list(dict.fromkeys(key.split(".")[1] for key in shown)) if pictures else []
    page = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string(
        TEMPLATE.read_text(encoding="utf-8")
    )
    with written(out / "index.html") as path:
        path.write_text(
            page.render(
                years=years, series=series, scenarios=scenarios, indicators=indicators, n_series=len(outlook.keys),
                n_paths=outlook.n_paths, seed=outlook.seed, last=outlook.years[-1],
                pictures=[_inside(out / "outlook" / "pictures" / f"{i}.png") for i in drawn],
            ),
            encoding="utf-8",
        )  # fmt: skip


def _inside(path: Path) -> str:
    """Give a picture as text that a page can hold, or nothing where it was not drawn."""
    return f"data:image/png;base64,{base64.b64encode(path.read_bytes()).decode()}" if path.is_file() else ""
