"""The models of this program as a forecaster of sktime, for its pipelines, splitters and evaluation."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from sktime.forecasting.base import BaseForecaster

from forecast.choices import Choice
from forecast.errors import ModelRefusalError
from forecast.models.drift import Drift
from forecast.models.naive import Naive
from forecast.outlook import Forecast
from forecast.seeds import DEFAULT_SEED
from forecast.series import Series


class IPForesight(BaseForecaster):  # type: ignore[misc]  # sktime has no types
    """Forecast with `auto`, or another model, inside sktime.

    Point forecasts are the mean of the paths, intervals and quantiles come from them. Values below zero are taken to
    make sense where the series has some. Where the model refuses a series, drift or the last value stands in, as in the
    batch; `model_` says which. Steps of the past are not forecast. Several columns, panels and hierarchies are fitted
    series by series, by sktime itself.

    Parameters
    ----------
    model : str, default="auto"
        Name in `forecast.models.MODELS`.
    settings : dict, optional
        Fields of the model, as in forecast.toml.
    n_paths : int, default=1000
        Futures drawn.
    seed : int, optional
        The same one gives the same numbers.

    Examples
    --------
    >>> import pandas as pd
    >>> from forecast.sktime_adapter import IPForesight
    >>> y = pd.Series([3.0, 5.0, 6.0, 9.0, 10.0], index=pd.period_range("2021", periods=5, freq="Y"))
    >>> forecaster = IPForesight("drift").fit(y, fh=[1, 2])
    >>> forecaster.predict().round(2).tolist()
    [11.75, 13.5]
    """

    _tags: ClassVar[dict[str, Any]] = {
        "authors": ["ip-foresight"],
        "maintainers": ["ip-foresight"],
        "python_dependencies": [],
        "y_inner_mtype": "pd.Series",
        "X_inner_mtype": "pd.DataFrame",
        "capability:multivariate": False,
        "capability:exogenous": False,
        "capability:missing_values": False,
        "capability:insample": False,
        "capability:pred_int": True,
        "capability:pred_int:insample": False,
        "requires-fh-in-fit": False,
        "enforce_index_type": None,
    }

    def __init__(
        self,
        model: str = "auto",
        settings: dict[str, Any] | None = None,
        n_paths: int = 1000,
        seed: int | None = None,
    ) -> None:
        self.model = model
        self.settings = settings
        self.n_paths = n_paths
        self.seed = seed
        with warnings.catch_warnings():
            # sktime warns that its default will change; it is set here, because updates refit, which needs the data.
            warnings.filterwarnings("ignore", message=".*remember_data", category=FutureWarning)
            super().__init__()
        self.set_config(remember_data=True)

    def _fit(self, y: pd.Series, X: pd.DataFrame | None, fh: Any) -> IPForesight:
        series = _series(y)
        wanted = Choice(self.model, tuple((self.settings or {}).items())).forecaster()
        for model in (wanted, Drift(), Naive()):
            try:
                model.fit(series)
            except ModelRefusalError:
                continue
            self._chosen, self._own, self.model_ = model, series, model.name
            return self
        # One value is a level and no more.
        self._chosen, self._own, self.model_ = Naive(), _twice(series), "naive"
        return self

    def _paths(self, fh: Any) -> tuple[Forecast, np.ndarray]:
        """Futures up to the farthest step, and which steps are asked for."""
        steps = np.asarray(fh.to_relative(self.cutoff).to_numpy(), dtype=np.int64)
        seed = DEFAULT_SEED if self.seed is None else self.seed
        # Fitted anew: sktime wants to pickle its forecasters, and what is fitted holds functions.
        fitted = self._chosen.fit(self._own)
        return fitted.forecast(int(steps.max()), n_paths=self.n_paths, seed=seed), steps - 1

    def _predict(self, fh: Any, X: pd.DataFrame | None) -> pd.Series:
        found, at = self._paths(fh)
        index = fh.to_absolute_index(self.cutoff)
        return pd.Series(found.mean[at], index=index, name=self._y.name)

    def _predict_quantiles(self, fh: Any, X: pd.DataFrame | None, alpha: Sequence[float]) -> pd.DataFrame:
        found, at = self._paths(fh)
        name = self._get_varnames()[0]
        columns = pd.MultiIndex.from_product([[name], list(alpha)])
        numbers = np.quantile(found.paths[:, at], list(alpha), axis=0).T
        return pd.DataFrame(numbers, index=fh.to_absolute_index(self.cutoff), columns=columns)

    @classmethod
    def get_test_params(cls, parameter_set: str = "default") -> list[dict[str, Any]]:
        """Give settings that sktime's own checks try."""
        return [{}, {"model": "theta", "settings": {"power": 0.0}, "n_paths": 200, "seed": 1}]


def _series(y: pd.Series) -> Series:
    """Give a series of ours; where the index is no calendar, steps take the place of years."""
    values = np.asarray(y, dtype=np.float64)
    index = y.index
    if isinstance(index, pd.DatetimeIndex) and (index.freq is not None or len(index) > 2):
        alias = index.freqstr or pd.infer_freq(index)
        index = index.to_period() if alias else index
    if not isinstance(index, pd.PeriodIndex):
        index = pd.period_range("1000", periods=len(y), freq="Y")
    return Series("series", "count", "flow", index, values, signed=bool(values.min() < 0))


def _twice(series: Series) -> Series:
    periods = pd.period_range(series.periods[0] - 1, periods=2, freq=series.periods.freq)
    return Series(series.key, series.unit, series.kind, periods, np.repeat(series.values, 2), signed=series.signed)
