"""Forecasting models behind one protocol, and the one place that lists them."""

from forecast.models.auto import AUTO
from forecast.models.drift import Drift
from forecast.models.ets import Ets
from forecast.models.naive import Naive
from forecast.models.protocol import FittedModel, Forecaster
from forecast.models.seasonal_naive import SeasonalNaive
from forecast.models.theta import Theta

MODELS: dict[str, Forecaster] = {
    model.name: model
    for model in (
        AUTO,
        Naive(),
        Drift(),
        SeasonalNaive(),
        Ets(),
        Theta(),
    )
}
"""Every model by name. A new model is one file and one line here."""

__all__ = ["MODELS", "FittedModel", "Forecaster"]
