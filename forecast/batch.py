"""Many series at once: one pure function, long table in, long table out, that every door and engine uses."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import pandas as pd

from forecast.errors import InputError, ModelRefusalError, unknown
from forecast.export import forecast_frame
from forecast.files import TableForm
from forecast.models import MODELS
from forecast.models.history import forecast_history
from forecast.outlook import LEVELS, Forecast
from forecast.seeds import DEFAULT_SEED
from forecast.series import Series
from forecast.shapes import LEFT_OUT, NO_OUTLOOK, Problem
from forecast.tables import Table, read_frame

FALLBACKS = ("drift", "naive")
"""What is used, in this order, where a model refuses or fails."""

FAILURE_COLUMNS = ("unique_id", "model", "outcome", "row", "field", "reason", "remedy", "used_instead")
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
        `model` names what made the numbers, also where it took the place of another.
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
    failures: list[tuple[object, ...]] = []
    forecasts = forecast_frame(table_forecasts(table, config, failures), config.levels)
    return forecasts, failure_frame(failures)


def table_forecasts(table: Table, config: BatchConfig, failures: list[tuple[object, ...]]) -> Iterator[Forecast]:
    """Give the forecasts of a table one by one, and add rows of `FAILURE_COLUMNS` for what went wrong to `failures`."""
    columns = (table.problems[name] for name in Problem._fields)
    failures += [
        (series, "", outcome, row, name, what, remedy, "")
        for series, row, name, what, remedy, outcome in zip(*columns, strict=True)
    ]
    short = set(table.problems.loc[table.problems["outcome"] == NO_OUTLOOK, "series"])
    for series in table.series:
        if series.key in short:
            continue
        made: set[str] = set()
        for name in config.models:
            found, failure = _with_fallback(series, name, config)
            if failure is not None:
                failures.append(failure)
            # A stand-in that is asked for by itself, or stood in before, is in the table once.
            wanted = found is not None and (found.model == name or found.model not in config.models)
            if found is not None and wanted and found.model not in made:
                made.add(found.model)
                yield found


def failure_frame(failures: Sequence[tuple[object, ...]]) -> pd.DataFrame:
    """Give failures as a table with fixed types, ordered by series and as they were met."""
    frame = pd.DataFrame(list(failures), columns=list(FAILURE_COLUMNS))
    frame["row"] = frame["row"].astype("Int64")
    for name in FAILURE_COLUMNS:
        if name != "row":
            frame[name] = frame[name].astype(object)
    return frame.sort_values("unique_id", kind="stable", ignore_index=True)


def _with_fallback(series: Series, name: str, config: BatchConfig) -> tuple[Forecast | None, tuple[object, ...] | None]:
    """Forecast with a model, or with the first fallback that can; a failure says why and what was used."""
    reason, remedy = "", ""
    for candidate in (name, *(f for f in FALLBACKS if f != name)):
        try:
            model = MODELS[candidate]
            # Libraries warn of slow or failed searches; the result is judged by its backtest, not by such words.
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                found = forecast_history(model, series, config.horizon, n_paths=config.n_paths, seed=config.seed)
        except ModelRefusalError as error:
            what, todo = error.what, error.remedy
        except MemoryError:
            raise
        except Exception as error:  # a model, or a library below it, may fail in any way; the batch must not
            what, todo = (
                f"{series.key}: {candidate} failed ({type(error).__name__}: {error}).",
                "Report it if it looks wrong.",
            )
        else:
            if candidate == name:
                return found, None
            return found, (series.key, name, "replaced", None, "y", reason, remedy, candidate)
        if candidate == name:
            reason, remedy = what, todo
    return None, (series.key, name, NO_OUTLOOK, None, "y", reason, remedy, "")
