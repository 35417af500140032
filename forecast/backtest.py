"""Backtests by rolling origin: forecast from cutoffs in the past, compare with what happened, one long table out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context

import numpy as np
import pandas as pd

from forecast.errors import InputError
from forecast.metrics import crps, naive_scale, squared_scale
from forecast.models.history import History, forecast_history
from forecast.models.protocol import Forecaster
from forecast.models.settings import model_named
from forecast.outlook import LEVELS, Forecast, stamps
from forecast.scoring import scores
from forecast.seeds import DEFAULT_SEED
from forecast.series import Floats, Series

PATHS = 500
"""Futures drawn for each forecast of a backtest."""

KEYS = ["unique_id", "model", "cutoff", "step", "ds"]
EDGES = [f"{side}-{level:g}" for level in LEVELS for side in ("lo", "hi")]
COLUMNS = [*KEYS, "y", "mean", "median", *EDGES, "crps", "scale", "squared_scale", "failure"]
"""Columns of a backtest. `scale` and `squared_scale` are those of MASE and RMSSE at the cutoff."""

Progress = Callable[[int, int], None]
"""Called with the number of series done and the number of all."""


@dataclass(frozen=True)
class Task:
    """Forecasts of one series from one state of knowledge.

    Parameters
    ----------
    known : tuple of History or Series
        What was known at each cutoff.
    truth : Series
        What is known now.
    models : tuple of Forecaster
    horizon, seed : int
    """

    known: tuple[History | Series, ...]
    truth: Series
    models: tuple[Forecaster, ...]
    horizon: int
    seed: int


Runner = Callable[[Callable[[Task], pd.DataFrame], Sequence[Task]], Iterator[pd.DataFrame]]
"""A way to run tasks, giving their tables in order: `one_by_one` or `in_processes`."""


def one_by_one(progress: Progress | None = None) -> Runner:
    """Run tasks in this process, one after another."""

    def run(work: Callable[[Task], pd.DataFrame], tasks: Sequence[Task]) -> Iterator[pd.DataFrame]:
        for done, task in enumerate(tasks, start=1):
            yield work(task)
            if progress is not None:
                progress(done, len(tasks))

    return run


def in_processes(workers: int, progress: Progress | None = None) -> Runner:
    """Run tasks in `workers` new processes; results are the same as of `one_by_one`, in the same order.

    A script that calls this must guard its own start with ``if __name__ == "__main__":``.
    """

    def run(work: Callable[[Task], pd.DataFrame], tasks: Sequence[Task]) -> Iterator[pd.DataFrame]:
        # Forking is unsafe where threads run, and the app's server has threads.
        with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
            for done, table in enumerate(pool.map(work, tasks, chunksize=max(1, len(tasks) // (8 * workers))), start=1):
                yield table
                if progress is not None:
                    progress(done, len(tasks))

    return run


def backtest(
    series: Series | Sequence[Series],
    models: Mapping[str, Forecaster] | Sequence[str | Forecaster],
    horizon: int,
    *,
    origins: int | Sequence[pd.Period] = 3,
    seed: int = DEFAULT_SEED,
    run: Runner | None = None,
) -> pd.DataFrame:
    """Forecast each series from several cutoffs in its past with each model.

    Parameters
    ----------
    series : Series or sequence of Series
    models : names, or models, or a mapping such as `forecast.models.MODELS`
    horizon : int
        Periods ahead.
    origins : int or sequence of pandas.Period
        How many cutoffs, one period apart, the last one leaving `horizon` known periods; or the cutoffs themselves
        (last period known), in which case steps beyond the known end are left out.
    seed : int
    run : Runner, optional
        `one_by_one()` (the default) or `in_processes(workers)`, either with a progress callback.

    Returns
    -------
    pandas.DataFrame
        One row for each series, model, cutoff and step: ``unique_id, model, cutoff, step, ds, y, mean, median, lo-80,
        hi-80, lo-95, hi-95, crps, scale, squared_scale, failure``. Where a model refused or failed, numbers are
        missing and `failure` says why; it is empty elsewhere.

    Raises
    ------
    InputError
        Where `horizon` or `origins` is below 1, two series have one key, or two models one name.
    UnknownNameError
        Where a model is not registered.

    Examples
    --------
    >>> from forecast.series import years
    >>> s = Series("a", "count", "flow", years(2015, 8), [1, 2, 3, 4, 5, 6, 7, 9])
    >>> table = backtest(s, ["naive", "drift"], 2, origins=1)
    >>> table[["model", "cutoff", "step", "y", "median"]].round(6).values.tolist()
    [['naive', 2020, 1, 7.0, 6.0], ['naive', 2020, 2, 9.0, 6.0],
     ['drift', 2020, 1, 7.0, 7.0], ['drift', 2020, 2, 9.0, 8.0]]
    """
    every = [series] if isinstance(series, Series) else list(series)
    chosen = _models(models)
    _check(every, chosen, horizon)
    if isinstance(origins, int) and origins < 1:
        raise InputError(f"{origins} origins were asked for.", "Give 1 or more, or a list of cutoffs.")
    tasks = [Task(_cut(one, horizon, origins), one, chosen, horizon, seed) for one in every]
    return _gathered(run or one_by_one(), tasks)


def backtest_histories(
    known: Callable[[str], Mapping[str, History | Series]],
    truth: Mapping[str, Series],
    models: Mapping[str, Forecaster] | Sequence[str | Forecaster],
    horizon: int,
    *,
    as_of: Sequence[str],
    seed: int = DEFAULT_SEED,
) -> pd.DataFrame:
    """Backtest in real time: forecast from what was known on each date, not from today's version of the past.

    Parameters
    ----------
    known : callable
        Gives the histories as they were known on a date, for example ``bundled_histories``.
    truth : mapping of str to Series
        Today's values to compare with. Periods up to the last one known on a date are not scored.
    models, horizon, seed
        As for `backtest`. Forecasts come from `forecast_history`, so errors of the past widen the bands.
    as_of : sequence of str
        Dates such as ``"2022-06-30"``.

    Returns
    -------
    pandas.DataFrame
        As of `backtest`, and the date in a further first column `as_of`.

    Examples
    --------
    >>> from forecast.series import years
    >>> final = Series("a", "count", "flow", years(2015, 6), [1, 2, 3, 4, 5, 6])
    >>> early = Series("a", "count", "flow", years(2015, 4), [1, 2, 3, 5])
    >>> table = backtest_histories(lambda day: {"a": early}, {"a": final}, ["naive"], 2, as_of=["2019-03-01"])
    >>> table[["as_of", "cutoff", "y", "median"]].round(6).values.tolist()
    [['2019-03-01', 2018, 5.0, 5.0], ['2019-03-01', 2018, 6.0, 5.0]]
    """
    chosen = _models(models)
    _check(list(truth.values()), chosen, horizon)
    tables = []
    for day in as_of:
        then = known(day)
        tasks = [
            Task((then[key],), one, chosen, horizon, seed)
            for key, one in truth.items()
            if key in then and _series(then[key]).periods[-1] < one.periods[-1]
        ]
        table = _gathered(one_by_one(), tasks)
        table.insert(0, "as_of", day)
        tables.append(table)
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=["as_of", *COLUMNS])


def _check(series: Sequence[Series], models: Sequence[Forecaster], horizon: int) -> None:
    if horizon < 1:
        raise InputError(f"horizon {horizon} was asked for.", "Give 1 or more periods.")
    for what, names in (("series", [s.key for s in series]), ("model", [m.name for m in models])):
        twice = sorted({name for name in names if names.count(name) > 1}) if len(set(names)) < len(names) else []
        if twice:
            raise InputError(f'{what} "{twice[0]}" was given twice.', "Give each name once.")


def _models(models: Mapping[str, Forecaster] | Sequence[str | Forecaster]) -> tuple[Forecaster, ...]:
    if isinstance(models, Mapping):
        return tuple(models.values())
    return tuple(model_named(model) if isinstance(model, str) else model for model in models)


def _cut(series: Series, horizon: int, origins: int | Sequence[pd.Period]) -> tuple[Series, ...]:
    """Parts of the series up to each cutoff, the earliest first."""
    if isinstance(origins, int):
        first = max(series.n - horizon - origins + 1, 1)
        cutoffs = [series.periods[n - 1] for n in range(first, series.n - horizon + 1)]
    else:
        cutoffs = [cutoff for cutoff in origins if series.periods[0] <= cutoff < series.periods[-1]]
    return tuple(series.until(cutoff) for cutoff in cutoffs)


def _series(known: History | Series) -> Series:
    return known if isinstance(known, Series) else known.series


def _gathered(run: Runner, tasks: Sequence[Task]) -> pd.DataFrame:
    tables = [table for table in run(work, tasks) if len(table)]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=COLUMNS)


def work(task: Task) -> pd.DataFrame:
    """Run one task; whatever a model raises becomes a row."""
    tables = []
    for known in task.known:
        past = _series(known)
        for model in task.models:
            failure, found = "", None
            try:
                found = forecast_history(model, known, task.horizon, n_paths=PATHS, seed=task.seed)
            except Exception as error:  # a model that fails in a way of its own must not cost the others' results
                failure = str(error) or type(error).__name__
            tables.append(_rows(task, past, model.name, found, failure))
    if tables:
        filled = [table for table in tables if len(table)]
        return pd.concat(filled, ignore_index=True) if filled else pd.DataFrame(columns=COLUMNS)
    short = f"{task.truth.key}: {task.truth.n} values leave no cutoff with {task.horizon} known periods after it."
    names = [model.name for model in task.models]
    return pd.DataFrame({"unique_id": task.truth.key, "model": names, "failure": short}).reindex(columns=COLUMNS)


def _rows(task: Task, past: Series, model: str, found: Forecast | None, failure: str) -> pd.DataFrame:
    periods = past.following(task.horizon)
    at = task.truth.periods.get_indexer(periods)
    seen = at >= 0
    count = int(seen.sum())
    columns: dict[str, object] = dict.fromkeys(COLUMNS, np.full(count, np.nan))
    columns |= {
        "unique_id": task.truth.key,
        "model": model,
        "cutoff": np.asarray(stamps(past.periods[-1:]))[0],
        "step": np.arange(1, task.horizon + 1)[seen],
        "ds": np.asarray(stamps(periods[seen])),
        "y": task.truth.values[at[seen]],
        "scale": naive_scale(past.values, past.season),
        "squared_scale": squared_scale(past.values, past.season),
        "failure": failure,
    }
    if found is not None:
        numbers: dict[str, Floats] = {"mean": found.mean[seen], "median": found.median[seen]}
        for level in LEVELS:
            low, high = found.band(level)
            numbers |= {f"lo-{level:g}": low[seen], f"hi-{level:g}": high[seen]}
        numbers["crps"] = crps(found.paths[:, seen], task.truth.values[at[seen]])
        columns |= numbers
    return pd.DataFrame(columns, index=range(count))


__all__ = ["COLUMNS", "backtest", "backtest_histories", "in_processes", "one_by_one", "scores"]
