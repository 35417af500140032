"""Everything that is measured: our registered models and the peers, behind one kind of function."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from forecast.models import MODELS
from forecast.seeds import DEFAULT_SEED
from forecast.series import Floats, Series

PATHS = 1000
QUANTILES = (0.5, 0.1, 0.9, 0.025, 0.975)
"""Rows of a forecast: the point, then the edges of the 80% and the 95% band."""

One = Callable[[Series, int], Floats]
"""Forecast of one series over a horizon, shape (5, horizon), see `QUANTILES`."""

Many = Callable[[Sequence[Series], Sequence[int]], list[Floats | str]]
"""Forecasts of many series; a text in place of a forecast says why there is none."""


@dataclass(frozen=True)
class Contender:
    """A model to measure.

    Parameters
    ----------
    source : str
        Whose model it is.
    load : callable
        Imports what is needed and gives the function to measure; its time is part of the model's.
    every : int
        By default only every so many-th series is forecast, for the slow ones.
    """

    source: str
    load: Callable[[], Many]
    every: int = 1


def one_after_another(forecast: One) -> Many:
    """Turn a function of one series into one of many; a failure becomes its text."""

    def many(series: Sequence[Series], horizons: Sequence[int]) -> list[Floats | str]:
        out: list[Floats | str] = []
        for one, horizon in zip(series, horizons, strict=True):
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")  # peers warn thousands of times of short series
                    found = forecast(one, horizon)
                out.append(found if np.all(np.isfinite(found)) else "not finite")
            except Exception as error:  # whatever a peer raises counts as its failure on this series
                out.append(f"{type(error).__name__}: {error}")
        return out

    return many


def ours(name: str) -> Callable[[], Many]:
    """Measure a registered model, series by series."""

    def load() -> Many:
        model = MODELS[name]

        def forecast(series: Series, horizon: int) -> Floats:
            found = model.fit(series).forecast(horizon, n_paths=PATHS, seed=DEFAULT_SEED)
            return np.quantile(found.paths, QUANTILES, axis=0)

        return one_after_another(forecast)

    return load


def auto_at_once() -> Many:
    """Measure `auto` by its door for many series, which gives points and bands without drawing paths."""
    from forecast.models.auto import forecast_many

    def many(series: Sequence[Series], horizons: Sequence[int]) -> list[Floats | str]:
        out: list[Floats | str] = ["not forecast"] * len(series)
        for horizon in sorted(set(horizons)):
            at = [i for i, h in enumerate(horizons) if h == horizon]
            found = forecast_many([series[i] for i in at], horizon, levels=(80.0, 95.0))
            for row, i in enumerate(at):
                edges = [side[row, level] for level in (0, 1) for side in (found.lower, found.upper)]
                out[i] = np.stack([found.points[row], *edges])
        return out

    return many


def statsforecast(name: str) -> Callable[[], Many]:
    """Measure a model class of statsforecast with its own intervals."""

    def load() -> Many:
        from statsforecast import models

        kind = getattr(models, name)

        def forecast(series: Series, horizon: int) -> Floats:
            model = kind() if name == "RandomWalkWithDrift" else kind(season_length=series.season)
            found = model.forecast(np.array(series.values), h=horizon, level=[80, 95])
            return np.stack([found[key] for key in ("mean", "lo-80", "hi-80", "lo-95", "hi-95")])

        return one_after_another(forecast)

    return load


def statsmodels_ets() -> Many:
    """Measure statsmodels' ETS, best of its additive-error forms by AICc, with its own intervals."""
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel

    def forecast(series: Series, horizon: int) -> Floats:
        y = pd.Series(np.array(series.values))
        m = series.season
        seasonal = {"seasonal": "add", "seasonal_periods": m} if m > 1 and y.size >= 2 * m + 3 else {}
        fits = []
        for trend, damped in ((None, False), ("add", False), ("add", True)):
            model = ETSModel(y, error="add", trend=trend, damped_trend=damped, **seasonal)
            fits.append(model.fit(disp=False))
        best = min((fit for fit in fits if np.isfinite(fit.aicc)), key=lambda fit: fit.aicc)
        found = best.get_prediction(start=y.size, end=y.size + horizon - 1)
        rows = [np.asarray(found.predicted_mean)]
        for level in (80, 95):
            edges = found.pred_int(alpha=1 - level / 100)
            rows += [edges.iloc[:, 0].to_numpy(), edges.iloc[:, 1].to_numpy()]
        return np.stack(rows)

    return one_after_another(forecast)


def statsmodels_theta() -> Many:
    """Measure statsmodels' theta model with its own intervals."""
    from statsmodels.tsa.forecasting.theta import ThetaModel

    def forecast(series: Series, horizon: int) -> Floats:
        y = pd.Series(np.array(series.values), index=series.periods)
        model = ThetaModel(y, period=max(series.season, 2), deseasonalize=series.season > 1)
        fit = model.fit(disp=False)
        rows = [fit.forecast(horizon).to_numpy()]
        for level in (80, 95):
            edges = fit.prediction_intervals(horizon, alpha=1 - level / 100)
            rows += [edges["lower"].to_numpy(), edges["upper"].to_numpy()]
        return np.stack(rows)

    return one_after_another(forecast)


def stock_prophet() -> Many:
    """Measure Prophet with its default settings on dates, as most people call it."""
    logging.getLogger("cmdstanpy").setLevel(logging.CRITICAL)
    logging.getLogger("prophet").setLevel(logging.CRITICAL)
    import prophet

    logging.getLogger("cmdstanpy").disabled = True

    def forecast(series: Series, horizon: int) -> Floats:
        rng = np.random.get_state()
        np.random.seed(1)  # the library draws from NumPy's global state
        edges = []
        ds = series.periods.to_timestamp()
        future = pd.DataFrame({"ds": series.following(horizon).to_timestamp()})
        model = prophet.Prophet(uncertainty_samples=PATHS)
        model.fit(pd.DataFrame({"ds": ds, "y": np.array(series.values)}))
        middle = model.predict(future)["yhat"].to_numpy()
        samples = model.predictive_samples(future)["yhat"]
        for q in QUANTILES[1:]:
            edges.append(np.quantile(samples, q, axis=1))
        np.random.set_state(rng)
        return np.stack([middle, *edges])

    return one_after_another(forecast)


SLOW = {"prophet": 5}
"""Of our models: forecast only every so many-th series by default."""

SLOW_SEASONAL = {
    "sf_auto_arima": 20, "sf_auto_ces": 5, "prophet": 20, "prophet_stock": 20, "arima": 5, "local_trend": 5,
    "sm_ets": 5, "sm_theta": 5,
}  # fmt: skip
"""The same for quarterly and monthly series, which take some of them seconds each."""

SLOW_BUNDLED = {"sf_auto_ces": 5, "sf_auto_arima": 5, "sm_ets": 5, "sm_theta": 5, "prophet_stock": 5}
"""The same for the bundled series, so smooth that some peers' optimisers take a second each."""

CONTENDERS: dict[str, Contender] = {
    **{
        name: Contender("IP Foresight", ours(name), SLOW.get(name, 1))
        for name in MODELS
        if name not in ("regression", "auto")  # the first has no drivers here
    },
    "auto": Contender("IP Foresight", auto_at_once),
    "auto_paths": Contender("IP Foresight", ours("auto")),
    "sf_drift": Contender("statsforecast", statsforecast("RandomWalkWithDrift")),
    "sf_auto_ets": Contender("statsforecast", statsforecast("AutoETS")),
    "sf_dot": Contender("statsforecast", statsforecast("DynamicOptimizedTheta")),
    "sf_auto_theta": Contender("statsforecast", statsforecast("AutoTheta")),
    "sf_auto_ces": Contender("statsforecast", statsforecast("AutoCES")),
    "sf_auto_arima": Contender("statsforecast", statsforecast("AutoARIMA")),
    "sm_ets": Contender("statsmodels", statsmodels_ets),
    "sm_theta": Contender("statsmodels", statsmodels_theta),
    "prophet_stock": Contender("Prophet", stock_prophet, 5),
}
"""Everything by name. `auto_paths` is `auto` series by series with 1,000 paths each; `auto` gives bands only."""


def every_of(name: str, frequency: str) -> int:
    """Say every how many-th series a contender forecasts by default."""
    if frequency == "bundled":
        return SLOW_BUNDLED.get(name, 1)
    seasonal = frequency.startswith(("quarterly", "monthly"))
    return SLOW_SEASONAL.get(name, 1) if seasonal else CONTENDERS[name].every


MEDIAN_OF = ("sf_auto_ets", "sf_dot", "sf_auto_ces", "sf_auto_arima")
"""Peers whose median is a peer of its own, `sf_median` (the SCUM of the M4 competition)."""
