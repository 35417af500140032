"""Many series at once: one pure function, long table in, long table out, that every door and engine uses."""

from __future__ import annotations

import warnings
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import pandas as pd

from forecast.applied import BASELINE, Scenarios, lines
from forecast.choices import Tuning
from forecast.errors import InputError, unknown
from forecast.export import Summary, summary_frame, summary_of
from forecast.fallback import Row, with_fallback
from forecast.many import auto_numbers
from forecast.models import MODELS
from forecast.models.auto import AUTO
from forecast.models.fitting import Fitted, fitted_together
from forecast.models.protocol import Forecaster
from forecast.outlook import LEVELS, Forecast
from forecast.seeds import DEFAULT_SEED
from forecast.series import Floats, Series
from forecast.shapes import LEFT_OUT, NO_OUTLOOK, Problem
from forecast.table_form import TableForm
from forecast.tables import Table, read_frame

Asked = tuple[Series, dict[str, Forecaster]]
"""A series and its models by name."""
TOGETHER = 2000
"""Series whose fits are held at a time: those of ETS take some 30 kB each."""

FAILURE_COLUMNS = ("unique_id", "model", "outcome", "row", "field", "reason", "remedy", "used_instead")
SAID = frozenset({"prophet"})
"""Models whose notes go into the failures as notes: what did the fit where the usual search did not."""
FAILED = (LEFT_OUT, NO_OUTLOOK, "replaced")
"""Outcomes that count as failures; the outcome "note" does not."""


@dataclass(frozen=True)
class BatchConfig:
    """Settings of a batch forecast.

    Parameters
    ----------
    horizon : int
        Periods ahead, 1 to 1,000.
    models : tuple of str
        Names in `forecast.models.MODELS`.
    levels : tuple of float
        Central bands in percent, between 0 and 100.
    seed : int
        Not negative.
    n_paths : int
        Futures drawn for each series and model, 100 to 100,000.
    form : TableForm
        How the input table is to be read.
    tuning : Tuning, optional
        Which model, with which settings, for which series; takes the place of `models`.
    with_paths : bool
        Whether the futures themselves are wanted. All numbers are then those of the futures, those of `auto`, too.
    scenarios : Scenarios, optional
        Applied to every series, on the same futures; see `scenarios.applied`.

    Raises
    ------
    InputError
        Where a setting is not allowed.
    """

    horizon: int
    models: tuple[str, ...] = ("auto",)
    levels: tuple[float, ...] = LEVELS
    seed: int = DEFAULT_SEED
    n_paths: int = 1000
    form: TableForm = field(default_factory=TableForm)
    tuning: Tuning | None = None
    with_paths: bool = False
    scenarios: Scenarios | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.horizon <= 1000:
            raise InputError(f"horizon {self.horizon} was asked for.", "Allowed: 1 to 1000 periods.")
        if not self.models:
            raise InputError("No model was named.", f"Known: {', '.join(sorted(MODELS))}.")
        for name in self.models:
            if name not in MODELS:
                raise unknown("model", name, MODELS)
        if len(set(self.models)) < len(self.models) or len(set(self.levels)) < len(self.levels):
            raise InputError("A model or a level is named twice.", "Name each once.")
        for level in self.levels:
            if not 0 < level < 100:
                raise InputError(f"level {level:g} was asked for.", "Levels are percent, above 0 and below 100.")
        if not 100 <= self.n_paths <= 100_000:
            raise InputError(f"{self.n_paths} paths were asked for.", "Allowed: 100 to 100000.")
        if self.seed < 0:
            raise InputError(f"seed {self.seed} was given.", "A seed is a whole number of 0 or more.")

    def wanted(self, key: str) -> dict[str, Forecaster]:
        """Give the models for the series of that key, by name."""
        if self.tuning is None:
            return {name: MODELS[name] for name in self.models}
        return {self.tuning.choice(key).model: self.tuning.forecaster(key)}


def forecast_table(frame: pd.DataFrame, config: BatchConfig) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Forecast every series of a long table.

    Pure: the result depends on the rows and the settings only, not on the order of rows, on other series in the table,
    on partitions, or on workers. No series and no model can take the batch down.

    Parameters
    ----------
    frame : pandas.DataFrame
        ``unique_id, ds, y`` (and ``y_sd, unit, kind``), see `forecast.tables.read_table`.
    config : BatchConfig

    Returns
    -------
    forecasts : pandas.DataFrame
        ``unique_id, ds, model, mean, lo-80, hi-80, ...`` ordered by series, then by `config.models`, then in time.
        `model` names what made the numbers, also where it took the place of another. With scenarios `scenario` follows
        `model`: first ``baseline``, then each; the columns of `TableForm.statics` come last.
    failures : pandas.DataFrame
        `unique_id`, `model`, `outcome` (left out: the series could not be read; no outlook: too few values; replaced:
        the model could not, another did; note: read with a remark), `row`, `field`, `reason`, `remedy`, `used_instead`.

    Raises
    ------
    InputError
        Where the table as a whole cannot be read: a column is missing.

    Examples
    --------
    >>> table = pd.DataFrame({"unique_id": "a", "ds": [2022, 2023, 2024, 2025], "y": [1.0, 2.0, 3.0, 4.0]})
    >>> forecasts, failures = forecast_table(table, BatchConfig(horizon=2, models=("drift",)))
    >>> forecasts["ds"].tolist(), len(failures)
    ([2026, 2027], 0)
    """
    return forecast_checked(read_frame(frame, form=config.form), config)


def forecast_checked(table: Table, config: BatchConfig) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Forecast a table that is read and checked already; see `forecast_table`."""
    failures: list[Row] = []
    forecasts = results_frame(table_summaries(table, config, failures), table, config)
    return forecasts, failure_frame(failures)


def results_frame(summaries: Iterable[Summary], table: Table, config: BatchConfig) -> pd.DataFrame:
    """Put means and bands of a table together as `forecast_table` describes."""
    frame = summary_frame(summaries, config.levels, scenarios=config.scenarios is not None)
    for name in config.form.statics:
        frame[name] = frame["unique_id"].map(table.statics[name]).astype(object)
    return frame


class Made(NamedTuple):
    """Mean and bands of one series by one model, and the futures they come from where such were drawn."""

    summary: Summary
    paths: Floats | None


def table_summaries(table: Table, config: BatchConfig, failures: list[Row]) -> Iterator[Summary]:
    """Give means and bands of a table in order, and add what went wrong to `failures`."""
    return (made.summary for made in table_results(table, config, failures))


def table_results(table: Table, config: BatchConfig, failures: list[Row]) -> Iterator[Made]:
    """Give what a table comes to in order, and add what went wrong to `failures`.

    The learned combination works on all exact series at once, without paths; everything else draws paths, and so does
    it where paths are asked for or a scenario moves the series.
    """
    failures += _problems(table)
    scenarios = config.scenarios
    asked = [(series, config.wanted(series.key)) for series in _long_enough(table)]
    sure = [s for s, models in asked if s.exact and AUTO in models.values()]
    quick = {} if config.with_paths else _quick([s for s in sure if not (scenarios and scenarios.moves(s))], config)
    for series, models, ready in _with_fits(asked):
        made: set[str] = set()
        if scenarios is not None and (remark := scenarios.remark(series, config.horizon)):
            failures.append((series.key, "", "note", None, "scenario", *remark, ""))
        for name, model in models.items():
            if model is AUTO and series.key in quick:
                numbers = quick.pop(series.key)
                for line in (BASELINE, *scenarios.names) if scenarios else ("",):
                    yield Made(Summary(series.key, name, series.periods, numbers, line), None)
                continue
            one = (name, ready.model(series, model))
            found = _one_of(series, one, config=config, failures=failures, made=made, others=models)
            if found is not None:
                for line, moved in lines(found, scenarios):
                    yield Made(summary_of(moved, config.levels)._replace(scenario=line), moved.paths)


def _with_fits(asked: list[Asked]) -> Iterator[tuple[Series, dict[str, Forecaster], Fitted]]:
    """Give each series and its models with the fits that were made together, `TOGETHER` series at a time."""
    for begin in range(0, len(asked), TOGETHER):
        block = asked[begin : begin + TOGETHER]
        ready = fitted_together([(s, tuple(models.values())) for s, models in block])
        for series, models in block:
            yield series, models, ready


def _quick(series: list[Series], config: BatchConfig) -> dict[str, Floats]:
    """Give the numbers of `auto` by key, without those series that it cannot do: their failures are met one by one."""
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            numbers = auto_numbers(series, config.horizon, levels=config.levels)
    except MemoryError:
        raise
    except Exception:  # one series may fail in any way; alone, each of the others gets the same numbers
        if len(series) <= 1:
            return {}
        half = len(series) // 2
        return _quick(series[:half], config) | _quick(series[half:], config)
    return {s.key: n for s, n in zip(series, numbers, strict=True) if np.isfinite(n).all()}


def table_forecasts(table: Table, config: BatchConfig, failures: list[Row]) -> Iterator[Forecast]:
    """Give the forecasts of a table one by one with their paths; see `table_summaries`."""
    failures += _problems(table)
    asked = [(series, config.wanted(series.key)) for series in _long_enough(table)]
    for series, models, ready in _with_fits(asked):
        made: set[str] = set()
        for name, model in models.items():
            one = (name, ready.model(series, model))
            found = _one_of(series, one, config=config, failures=failures, made=made, others=models)
            if found is not None:
                yield found


def _problems(table: Table) -> list[Row]:
    columns = (table.problems[name] for name in Problem._fields)
    return [
        (series, "", outcome, row, name, what, remedy, "")
        for series, row, name, what, remedy, outcome in zip(*columns, strict=True)
    ]


def _long_enough(table: Table) -> list[Series]:
    short = set(table.problems.loc[table.problems["outcome"] == NO_OUTLOOK, "series"])
    return [series for series in table.series if series.key not in short]


def _one_of(
    series: Series, asked: tuple[str, Forecaster], *, config: BatchConfig, failures: list[Row], made: set[str],
    others: Collection[str],
) -> Forecast | None:  # fmt: skip
    """Forecast with a model or its stand-in, but give no stand-in that is asked for by itself or stood in before."""
    name, model = asked
    found, failure = with_fallback(
        series, name, model, horizon=config.horizon, n_paths=config.n_paths, seed=config.seed
    )
    if failure is not None:
        failures.append(failure)
    if found is None or found.model in made or (found.model != name and found.model in others):
        return None
    if name in SAID:
        failures.extend((series.key, name, "note", None, "y", note, "", "") for note in found.notes)
    made.add(found.model)
    return found


def failure_frame(failures: Sequence[Row]) -> pd.DataFrame:
    """Give failures as a table with fixed types, ordered by series and as they were met."""
    frame = pd.DataFrame(list(failures), columns=list(FAILURE_COLUMNS))
    frame["row"] = frame["row"].astype("Int64")
    for name in FAILURE_COLUMNS:
        if name != "row":
            frame[name] = frame[name].astype(object)
    return frame.sort_values("unique_id", kind="stable", ignore_index=True)
