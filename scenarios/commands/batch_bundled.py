"""The bundled series as the input of a batch: the numbers of the app, as tables."""

from __future__ import annotations

import io
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from forecast.errors import InputError

if TYPE_CHECKING:
    from forecast.batch import BatchConfig
    from forecast.runs import BatchResult

BUNDLED = "bundled"
"""What stands in the place of a file's name."""


def run_bundled(out: Path, config: BatchConfig) -> BatchResult:
    """Forecast every bundled series; see `forecast.runs.run_batch` for the files.

    With the model `auto` the numbers are those of the app and of ``ip-foresight forecast``: one outlook of all series,
    whose sums hold on every path. Other models are fitted to the history of each series by itself.

    Raises
    ------
    InputError
        Where columns of a file were named, the horizon reaches beyond the outlook, or the output cannot be written.
    """
    from forecast.applied import lines
    from forecast.batch import FAILED, Made, failure_frame
    from forecast.catalog import data_folder
    from forecast.export import file_hash, manifest, summary_frame, summary_of, write_json, write_table, written
    from forecast.futures_table import written_beside
    from forecast.runs import BatchResult, settings_of
    from scenarios.commands.bundled import bundled_forecasts, shared_outlook

    if config.form.columns or config.form.statics:
        raise InputError("Columns were named, but the bundled series are no table.", "Leave --columns and --keep out.")
    keys = list(shared_outlook(config.seed, config.n_paths).keys)
    found, rows = bundled_forecasts(keys, config)
    results = (
        Made(summary_of(moved, config.levels)._replace(scenario=line), moved.paths)
        for forecast in found
        for line, moved in lines(forecast, config.scenarios)
    )
    paths = out / "paths.parquet" if config.with_paths else None
    sink = io.BytesIO()
    summaries = written_beside(results, config, sink, annual=True) if paths else (made.summary for made in results)
    forecasts = summary_frame(summaries, config.levels, scenarios=config.scenarios is not None)
    failures = failure_frame(rows)
    files = (out / "forecasts.parquet", out / "failures.parquet", out / "manifest.json")
    write_table(forecasts, files[0])
    write_table(failures, files[1])
    if paths:
        with written(paths) as temporary:
            temporary.write_bytes(sink.getvalue())
    data = {"observations.csv": file_hash(data_folder() / "observations.csv")}
    outcomes = Counter(failures["outcome"].tolist())
    failed = failures[failures["outcome"].isin(FAILED)]
    groups = Counter((failed["outcome"] + ": " + failed["remedy"]).tolist())
    counts = {"series": len(keys), "forecast_rows": len(forecasts), "failures": dict(sorted(outcomes.items()))}
    write_json(manifest("batch", data=data, configuration=settings_of(config), counts=counts), files[2])
    return BatchResult(*files, len(keys), len(forecasts), dict(outcomes), dict(groups.most_common()), 0, paths)
