"""The protocol every model keeps."""

from __future__ import annotations

from typing import Protocol

from forecast.outlook import Forecast
from forecast.series import Series


class FittedModel(Protocol):
    """A model with the parameters of one series."""

    def forecast(self, horizon: int, *, n_paths: int, seed: int) -> Forecast:
        """Draw `n_paths` futures over `horizon` periods; the same seed gives the same paths."""
        ...


class Forecaster(Protocol):
    """A way to forecast. It holds settings and nothing of any series."""

    @property
    def name(self) -> str:
        """Name in the registry, tables and charts."""
        ...

    def fit(self, series: Series) -> FittedModel:
        """Learn from a series.

        Raises
        ------
        ModelRefusalError
            Where the series is too short or otherwise outside what the model can do.
        """
        ...
