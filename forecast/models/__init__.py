"""Forecasting models behind one protocol, and the one place that lists them."""

from forecast.models.arima import Arima
from forecast.models.auto import AUTO, COMBINATION
from forecast.models.drift import Drift
from forecast.models.ets import Ets
from forecast.models.gm11 import GM11
from forecast.models.growth import Growth
from forecast.models.local_trend import LocalTrend
from forecast.models.naive import Naive
from forecast.models.prophet import Prophet
from forecast.models.protocol import FittedModel, Forecaster
from forecast.models.regression import Regression
from forecast.models.seasonal_naive import SeasonalNaive
from forecast.models.theta import Theta

MODELS: dict[str, Forecaster] = {
    model.name: model
    for model in (
        AUTO,
        COMBINATION,
        Naive(),
        Drift(),
        SeasonalNaive(),
        Ets(),
        Theta(),
        Arima(),
        LocalTrend(),
        Prophet(),
        GM11(),
        Growth("logistic"),
        Growth("gompertz"),
        Growth("bass"),
        Regression(),
    )
}
"""Every model by name. A new model is one file and one line here."""

__all__ = ["MODELS", "FittedModel", "Forecaster"]
