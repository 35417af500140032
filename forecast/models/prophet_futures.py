"""Futures from fitted numbers of Prophet, vectorised and seeded, and the curve without further changes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecast.errors import InputError, ModelRefusalError
from forecast.models.fitted import Drawn, mirrored_normals
from forecast.models.prophet_design import waves
from forecast.models.prophet_library import Found, Plan, given_back, library_frame
from forecast.models.prophet_logistic import curve
from forecast.outlook import Forecast
from forecast.series import Floats, Series

Regressor = Series | Forecast


@dataclass(frozen=True, eq=False)
class ProphetFit(Drawn):
    """Prophet with the numbers of one series.

    Changes of the slope come as often and as large (Laplace) as in the past, and the observation error is Gaussian
    (Taylor & Letham 2018, section 3.1.4); with flat growth there are no changes.

    Parameters
    ----------
    found : Found
        In the unit of the series.
    plan : Plan
        The settings behind them.
    cap : float
        Saturation, in the unit of the series; of no meaning without logistic growth.
    regressors : tuple of Series or Forecast
    """

    found: Found = field(kw_only=True)
    plan: Plan = field(kw_only=True)
    cap: float = field(kw_only=True, default=1.0)
    regressors: tuple[Regressor, ...] = field(kw_only=True, default=())

    def point(self, horizon: int) -> Floats:
        """Give the curve without further changes, shape (horizon,): the library's ``yhat``, uncut."""
        t = 1.0 + np.arange(1, horizon + 1) / (self.series.n - 1)
        ahead = [regressor_ahead(one, self.series, horizon).mean(axis=0) for one in self.regressors]
        out: Floats = self.found.scale * (self._trend(self._bend(t)) + self._extra(horizon, ahead))
        return out

    def to_prophet(self) -> Any:
        """Give a genuine object of the `prophet` library that holds these numbers; see `frame` for its dates.

        Returns
        -------
        prophet.Prophet
            Its ``predict(fit.frame(horizon))`` gives `point` as ``yhat``. It can be plotted and saved as any other.
        """
        past = {name: regressor_past(one, self.series) for name, one in self._named()}
        columns = {"y": self.series.values, "cap": self.cap} | past
        return given_back(self.plan, library_frame(0, self.series.n, columns), self.found)

    def frame(self, horizon: int) -> pd.DataFrame:
        """Give the table of the coming periods for the library: a day for each period, the cap, regressors."""
        n = self.series.n
        ahead = {name: regressor_ahead(one, self.series, horizon).mean(axis=0) for name, one in self._named()}
        return library_frame(n, horizon, {"cap": self.cap} | ahead)

    def _named(self) -> list[tuple[str, Regressor]]:
        return list(zip(self.plan.regressors, self.regressors, strict=True))

    def _bend(self, t: NDArray[np.floating[Any]]) -> Floats:
        """Straight piece after the last change: value, or argument of the logistic curve."""
        f = self.found
        if self.plan.growth == "flat":
            return np.full(t.size, f.m)
        hinges = np.maximum(t[:, None] - f.changes, 0.0) @ f.delta
        out: Floats = (f.k * (t - f.m) if self.plan.growth == "logistic" else f.k * t + f.m) + hinges
        return out

    def _trend(self, line: Floats) -> Floats:
        return self.cap / self.found.scale * curve(line) if self.plan.growth == "logistic" else line

    def _extra(self, horizon: int, ahead: list[Floats]) -> Floats:
        """Season and regressors, the last with the shape of `ahead`."""
        pairs = 2 * self.plan.order
        out: Floats = waves(self.plan.season, self.plan.order, self.series.n, horizon) @ self.found.beta[:pairs]
        for weight, one, values in zip(self.found.beta[pairs:], self.regressors, ahead, strict=True):
            centre, spread = standard(regressor_past(one, self.series))
            out = out + weight * (values - centre) / spread
        return out

    def paths(self, horizon: int, n_paths: int, rng: np.random.Generator) -> Floats:
        """Draw futures, shape (n_paths, horizon)."""
        f, step, half = self.found, 1.0 / (self.series.n - 1), (n_paths + 1) // 2
        line = self._bend(1.0 + step * np.arange(1, horizon + 1))
        if self.plan.growth != "flat":
            happens = rng.random((half, horizon)) < min(f.delta.size * step, 1.0)
            sizes = rng.laplace(0.0, step * (float(np.mean(np.abs(f.delta))) + 1e-8), (half, horizon))
            # A change falls somewhere inside its period, so on average half of it works in that period.
            changes = np.where(happens, sizes, 0.0)
            bent = np.cumsum(np.cumsum(changes, axis=1) - changes / 2, axis=1)
            line = line + np.stack([bent, -bent], axis=1).reshape(-1, horizon)[:n_paths]
        noise = f.sigma * mirrored_normals(rng, n_paths, horizon)
        ahead = [_by_path(regressor_ahead(one, self.series, horizon), n_paths) for one in self.regressors]
        out: Floats = f.scale * (self._trend(line) + noise + self._extra(horizon, ahead))
        return out


def drawing(**numbers: Any) -> ProphetFit:
    """Make a `ProphetFit` that draws by its own `paths`."""

    def draw(horizon: int, n_paths: int, rng: np.random.Generator) -> Floats:
        return fit.paths(horizon, n_paths, rng)

    fit = ProphetFit(draw=draw, **numbers)
    return fit


def standard(values: Floats) -> tuple[float, float]:
    """Centre and spread a regressor is standardised with, as in the library: none where it is constant or 0 and 1."""
    kinds = set(values.tolist())
    if len(kinds) < 2 or kinds == {0.0, 1.0}:
        return 0.0, 1.0
    return float(values.mean()), float(values.std(ddof=1))


def regressor_past(regressor: Regressor, series: Series) -> Floats:
    """Give the values of a regressor in the periods of a series.

    Raises
    ------
    ModelRefusalError
        Where it has another frequency or does not cover the series.
    """
    history = regressor.series if isinstance(regressor, Forecast) else regressor
    if history.periods.freq != series.periods.freq:
        raise ModelRefusalError(
            f"{series.key}: regressor {history.key} has frequency {history.periods.freqstr}, the series "
            f"{series.periods.freqstr}.",
            "Give both in one frequency.",
        )
    at = history.periods.get_indexer(series.periods)
    if (at < 0).any():
        raise ModelRefusalError(
            f"{series.key}: regressor {history.key} runs from {history.periods[0]} to {history.periods[-1]}, the "
            f"series from {series.periods[0]} to {series.periods[-1]}.",
            "A regressor must cover every period of the series; shorten the series, or leave the regressor out.",
        )
    out: Floats = history.values[at]
    return out


def regressor_ahead(regressor: Regressor, series: Series, horizon: int) -> Floats:
    """Give the values of a regressor in the periods to come, shape (1 or its paths, horizon).

    Raises
    ------
    InputError
        Where it does not reach to the end of the horizon.
    """
    wanted = series.following(horizon)
    history = regressor.series if isinstance(regressor, Forecast) else regressor
    periods, paths = history.periods, history.values[None]
    if isinstance(regressor, Forecast):
        periods = pd.PeriodIndex(periods.append(regressor.periods))
        paths = np.hstack([np.repeat(paths, regressor.paths.shape[0], axis=0), regressor.paths])
    at = periods.get_indexer(wanted)
    if (at < 0).any():
        raise InputError(
            f"{series.key}: regressor {history.key} ends in {periods[-1]}, the forecast in {wanted[-1]}.",
            "Give its known or assumed values up to there, or a forecast of it.",
        )
    out: Floats = paths[:, at]
    return out


def _by_path(values: Floats, n_paths: int) -> Floats:
    out: Floats = values[np.arange(n_paths) % values.shape[0]]
    return out
