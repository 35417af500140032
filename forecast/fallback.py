"""What is used where a model refuses a series or fails on it, and why."""

from __future__ import annotations

import warnings

from forecast.errors import ModelRefusalError
from forecast.models import MODELS
from forecast.models.history import forecast_history
from forecast.models.protocol import Forecaster
from forecast.outlook import Forecast
from forecast.series import Series
from forecast.shapes import NO_OUTLOOK

Row = tuple[object, ...]
"""Values of `forecast.batch.FAILURE_COLUMNS`."""
FALLBACKS = ("drift", "naive")
"""What is used, in this order, where a model refuses or fails."""


def with_fallback(
    series: Series, name: str, model: Forecaster, *, horizon: int, n_paths: int, seed: int
) -> tuple[Forecast | None, Row | None]:
    """Forecast with a model, or with the first fallback that can; a failure says why and what was used."""
    reason, remedy = "", ""
    for by, candidate in ((name, model), *((f, MODELS[f]) for f in FALLBACKS if f != name)):
        try:
            # Libraries warn of slow or failed searches; the result is judged by its backtest, not by such words.
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                found = forecast_history(candidate, series, horizon, n_paths=n_paths, seed=seed)
        except ModelRefusalError as error:
            what, todo = error.what, error.remedy
        except MemoryError:
            raise
        except Exception as error:  # a model, or a library below it, may fail in any way; the batch must not
            what, todo = (
                f"{series.key}: {by} failed ({type(error).__name__}: {error}).",
                "Report it if it looks wrong.",
            )
        else:
            if candidate is model:
                return found, None
            return found, (series.key, name, "replaced", None, "y", reason, remedy, by)
        if candidate is model:
            reason, remedy = what, todo
    return None, (series.key, name, NO_OUTLOOK, None, "y", reason, remedy, "")
