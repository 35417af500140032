"""A batch of any size: partitions worked off by an engine, resumed after any interruption, written whole."""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from forecast.batch import FAILED, BatchConfig, failure_frame, results_frame
from forecast.engines import Engine, finished
from forecast.errors import InputError
from forecast.export import code_hash, file_hash, manifest, unwritable, write_json, written
from forecast.files import file_blocks, row_estimate
from forecast.futures_table import futures_schema
from forecast.partitions import counts_of, in_order, schema_of, split
from forecast.rows import parsed_rows
from forecast.tables import Table

STATE = ".unfinished"
"""Folder in the output folder that holds unfinished runs, each in a folder named after its plan."""


@dataclass(frozen=True)
class Progress:
    """How far a run is: rows of input done and in all, series read and failures so far, seconds since the start."""

    rows: int
    rows_total: int
    series: int
    failures: int
    seconds: float


@dataclass(frozen=True)
class BatchResult:
    """What a run made.

    Parameters
    ----------
    forecasts, failures, manifest : Path
        Files written.
    series : int
        Series in the input.
    rows : int
        Rows of `forecasts`.
    outcomes : dict of str to int
        Failures by outcome (left out, no outlook, replaced), and notes.
    groups : dict of str to int
        Failures by what to do about them, the most frequent first.
    resumed : int
        Partitions that an earlier, interrupted call had finished.
    paths : Path, optional
        File of the futures, where they were asked for.
    """

    forecasts: Path
    failures: Path
    manifest: Path
    series: int
    rows: int
    outcomes: dict[str, int]
    groups: dict[str, int]
    resumed: int
    paths: Path | None = None

    @property
    def failed(self) -> int:
        """Number of failures; notes do not count."""
        return sum(n for outcome, n in self.outcomes.items() if outcome in FAILED)


def run_batch(
    source: str | Path, out: str | Path, config: BatchConfig, *,
    engine: Engine | None = None, progress: Callable[[Progress], None] | None = None,
) -> BatchResult:  # fmt: skip
    """Forecast every series of a file into ``forecasts.parquet``, ``failures.parquet`` and ``manifest.json``.

    With `BatchConfig.with_paths` there is ``paths.parquet`` as well, see `forecast.futures_table`.

    Interrupted at any point, the same call goes on where it stopped, and the result is the same as that of a run
    without interruption. Files appear whole or not at all. Memory depends on the size of a partition, not of the input.

    Parameters
    ----------
    source : str or Path
        See `forecast.tables.read_table`.
    out : str or Path
        Folder of the results.
    config : BatchConfig
    engine : Engine, optional
    progress : callable, optional
        Called with a `Progress` after each partition.

    Returns
    -------
    BatchResult

    Raises
    ------
    InputError
        Where the input as a whole cannot be read, the output cannot be written (the disk is full), another run is at
        work in the same folder, or a worker was stopped from outside. What is finished is kept for the next call.
    """
    source, out, engine = Path(source), Path(out), engine or Engine()
    if not source.exists():
        raise InputError(f'"{source}" does not exist.', "Check the path.")
    began = time.monotonic()
    try:
        data = file_hash(source)
    except OSError as error:
        where = error.filename or source
        raise InputError(f'"{where}" cannot be read: {error.strerror}.', "Check the file and its rights.") from error
    try:
        out.mkdir(parents=True, exist_ok=True)
        with _alone(out):
            state, sizes = _prepared(source, out, config, engine, data)
            resumed = _work_off(state, sizes, config, engine, progress, began)
            return _gathered(state, out, config, {source.name: data}, resumed)
    except pa.ArrowInvalid as error:
        _forget(out)
        raise InputError(f'Unfinished work in "{out}" is damaged.', "Call again: it starts anew.") from error
    except OSError as error:
        raise unwritable(out, error) from error


@contextmanager
def _alone(out: Path) -> Iterator[None]:
    """Hold the output folder; the system lets go of it when the process ends, however it ends."""
    try:
        import fcntl
    except ImportError:  # Windows has no such lock; two runs into one folder are then not told apart
        yield
        return
    with (out / ".lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise InputError(f'Another run is writing to "{out}".', "Wait for it, or choose another folder.") from error
        yield


def _prepared(source: Path, out: Path, config: BatchConfig, engine: Engine, data: str) -> tuple[Path, list[int]]:
    """Give the folder of the unfinished run and the rows of its partitions, splitting the input where there is none."""
    plan = json.dumps({"data": data, "code": code_hash(), "config": asdict(config)}, sort_keys=True, default=dict)
    # Each plan has a folder of its own: an orphan of a killed run with other settings cannot write into this one.
    state = out / STATE / hashlib.sha256(plan.encode()).hexdigest()[:16]
    if (state / "plan.json").exists():
        return state, json.loads((state / "plan.json").read_text(encoding="utf-8"))["sizes"]
    _forget(out)
    state.mkdir(parents=True)
    estimate = row_estimate(source)
    # Futures take a hundred times the place of what they are summed up to.
    rows = max(engine.partition_rows // (10 if config.with_paths else 1), 1)
    n = max(-(-estimate // rows), engine.processes if estimate > 5000 else 1)
    blocks = (parsed_rows(block, config.form) for block in file_blocks(source, source.name, config.form))
    sizes = split(blocks, state, n)
    # The plan is written last and at once: a state with a plan is complete.
    write_json({"plan": plan, "sizes": sizes, "name": source.name}, state / "plan.json")
    return state, sizes


def _forget(out: Path) -> None:
    """Remove all unfinished runs; plans first, so that a kill meanwhile leaves no half of one to go on from."""
    for plan in (out / STATE).glob("*/plan.json"):
        plan.unlink()
    shutil.rmtree(out / STATE, ignore_errors=True)


def _work_off(
    state: Path, sizes: list[int], config: BatchConfig, engine: Engine,
    progress: Callable[[Progress], None] | None, began: float,
) -> int:  # fmt: skip
    """Work off all partitions that are not done; give how many were."""
    name = json.loads((state / "plan.json").read_text(encoding="utf-8"))["name"]
    full = {i for i, size in enumerate(sizes) if size}
    kept = {i for i in full if (state / f"{i:04d}.json").exists()}
    rows = series = failures = 0

    def report(new: Iterable[int]) -> None:
        nonlocal rows, series, failures
        for i in new:
            counts = counts_of(state, i)
            rows, series = rows + sizes[i], series + counts["series"]
            failures += sum(counts["outcomes"].get(outcome, 0) for outcome in FAILED)
        if progress is not None:
            progress(Progress(rows, sum(sizes), series, failures, time.monotonic() - began))

    report(kept)
    with contextlib.closing(finished(engine, state, sorted(full - kept), name=name, config=config)) as done:
        for i in done:
            report([i])
    return len(kept)


def settings_of(config: BatchConfig) -> dict[str, object]:
    """Give every setting as plain values, for a manifest."""
    return {**asdict(config), "form": {**asdict(config.form), "columns": dict(config.form.columns)}}


def _gathered(state: Path, out: Path, config: BatchConfig, data: dict[str, str], resumed: int) -> BatchResult:
    """Put the results of all partitions together and remove the unfinished run."""
    done = sorted(int(path.stem) for path in state.glob("[0-9]*.json"))
    nothing = results_frame([], Table("", (), pd.DataFrame(), pd.DataFrame(columns=list(config.form.statics))), config)
    kinds = {"forecasts": schema_of(nothing), "failures": schema_of(failure_frame([]))}
    if config.with_paths:
        kinds["paths"] = futures_schema(config, annual=True)
    rows: dict[str, int] = {}
    # A manifest says that the files beside it are whole and of one run.
    for name in ("manifest.json", "paths.parquet"):
        (out / name).unlink(missing_ok=True)
    for kind, schema in kinds.items():
        rows[kind] = 0
        with written(out / f"{kind}.parquet") as path:
            writer: pq.ParquetWriter | None = None
            for part in in_order([state / f"{i:04d}.{kind}.parquet" for i in done], state):
                writer = writer or pq.ParquetWriter(path, part.schema)
                writer.write_table(part)
                rows[kind] += part.num_rows
            if writer is None:
                writer = pq.ParquetWriter(path, schema)
            writer.close()
    outcomes: Counter[str] = Counter()
    groups: Counter[str] = Counter()
    series = 0
    for i in done:
        counts = counts_of(state, i)
        outcomes.update(counts["outcomes"])
        groups.update(counts["groups"])
        series += counts["series"]
    totals = {"series": series, "forecast_rows": rows["forecasts"], "failures": dict(sorted(outcomes.items()))}
    write_json(manifest("batch", data=data, configuration=settings_of(config), counts=totals), out / "manifest.json")
    _forget(out)
    (out / ".lock").unlink(missing_ok=True)
    files = (out / "forecasts.parquet", out / "failures.parquet", out / "manifest.json")
    paths = out / "paths.parquet" if config.with_paths else None
    return BatchResult(*files, series, rows["forecasts"], dict(outcomes), dict(groups.most_common()), resumed, paths)
