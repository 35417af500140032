"""Why a forecast is what it is: the numbers behind it, for any model, as data; the words are the front end's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from forecast.backtest import backtest
from forecast.models.auto import AUTO, FittedAuto
from forecast.models.combination import Combination, FittedCombination
from forecast.models.drift import Drift
from forecast.models.protocol import Forecaster
from forecast.outlook import Forecast
from forecast.scoring import scores
from forecast.seeds import DEFAULT_SEED
from forecast.series import Floats, Series

PATHS = 500
"""Futures drawn for each member."""

ORIGINS = 4
"""Cutoffs of the backtest on the series itself."""


@dataclass(frozen=True, eq=False)
class Explanation:
    """What stands behind a forecast.

    Parameters
    ----------
    forecast : Forecast
    weights : mapping of str to array, shape (horizon,)
        Share of each member by step, adding up to 1: by how much the forecast would move, were the member's median to
        move a little. For the median combination that is 1 for the member in the middle, or a half each for two; for
        `auto` the learned weights of the heaviest candidates.
    members : mapping of str to array, shape (horizon,)
        Median of each member.
    drift : array, shape (horizon,)
        Median of the benchmark.
    refused : tuple of str
        Members that could not forecast this series, with the reason.
    backtest : pandas.DataFrame
        Scores on this very series (see `forecast.scoring.scores`), one row a model; empty where it is too short.
    summary : Summary
        What one sentence needs.
    features : tuple of (str, float, float)
        For `auto`: the features of the series that moved the weights most. Name, value in standard deviations from the
        training mean, and how far the forecast at the horizon would move, in the unit of the series, were the feature
        at that mean. Empty for models that have none.
    """

    forecast: Forecast
    weights: Mapping[str, Floats]
    members: Mapping[str, Floats]
    drift: Floats
    refused: tuple[str, ...]
    backtest: pd.DataFrame
    summary: Summary
    features: tuple[tuple[str, float, float], ...] = ()

    @property
    def sentence(self) -> str:
        """Say in one sentence what stands behind the forecast."""
        return sentence(self.summary, len(self.forecast.periods), self.forecast.model)


@dataclass(frozen=True)
class Summary:
    """The ingredients of one sentence about a forecast.

    Parameters
    ----------
    growth_past : float
        Growth by period of the last five periods of the history (fewer where there are fewer), 0.1 for 10%; not a
        number where that is undefined (zeros, one value).
    growth_ahead : float
        Growth by period from the last value to the median at the horizon.
    leading : str
        Member with most weight at the horizon; the model's own name where it has no members.
    lowest, highest : str
        Members with the lowest and highest median at the horizon.
    spread : float
        Distance between those two as a share of the forecast's median.
    error, error_drift : float
        MASE on this very series in its backtest, of the model and of drift; not a number where too short.
    origins : int
        Forecasts behind these two errors.
    """

    growth_past: float
    growth_ahead: float
    leading: str
    lowest: str
    highest: str
    spread: float
    error: float
    error_drift: float
    origins: int


def explain(series: Series, horizon: int, *, model: Forecaster = AUTO, seed: int = DEFAULT_SEED) -> Explanation:
    """Forecast a series and say why.

    Parameters
    ----------
    series : Series
    horizon : int
        Periods ahead. The backtest uses at most a third of the series' length.
    model : Forecaster
        `auto` or a combination; of any other model the only member is the model itself.
    seed : int

    Returns
    -------
    Explanation

    Raises
    ------
    ModelRefusalError
        Where the model refuses the series.

    Examples
    --------
    >>> from forecast.models.auto import COMBINATION
    >>> from forecast.series import years
    >>> s = Series("a", "count", "flow", years(2015, 10), [10, 12, 13, 15, 16, 18, 21, 22, 24, 27])
    >>> why = explain(s, 3, model=COMBINATION)
    >>> sorted(why.members), why.summary.origins
    (['drift', 'ets', 'theta'], 4)
    >>> why = explain(s, 3)
    >>> len(why.members), len(why.features)
    (8, 8)
    >>> why.sentence[:35]
    'After growing 11.0% a period lately'
    """
    fitted = model.fit(series)
    if isinstance(fitted, FittedCombination):
        forecast, each = fitted.with_members(horizon, n_paths=PATHS, seed=seed)
        refused = fitted.notes
    else:
        forecast = fitted.forecast(horizon, n_paths=PATHS, seed=seed)
        each, refused = {model.name: forecast}, ()
    members = {name: one.median for name, one in each.items()}
    weights = median_weights(members)
    features: tuple[tuple[str, float, float], ...] = ()
    if isinstance(fitted, FittedAuto):
        learned = fitted.explain(horizon)
        members, weights = learned.heaviest(horizon)
        features = learned.features
    drift = _drift(series, horizon, seed)
    ahead = min(horizon, max(series.n // 3, 1))
    tested = scores(backtest(series, _compared(model), ahead, origins=ORIGINS, seed=seed))
    tested = tested[tested["forecasts"] > 0].reset_index(drop=True)
    summary = _summary(series, forecast, members, weights, tested)
    return Explanation(forecast, weights, members, drift, refused, tested, summary, features)


def sentence(summary: Summary, horizon: int, model: str) -> str:
    """Put the ingredients into one English sentence; front ends that speak other languages make their own.

    Examples
    --------
    >>> sentence(Summary(0.1, 0.05, "theta", "naive", "drift", 0.2, 0.8, 1.0, 4), 5, "auto")
    'After growing 10.0% a period lately it is seen to grow 5.0% a period over the next 5; theta weighs most, the
    candidates at the horizon lie 20% apart (naive lowest, drift highest), and on this series auto missed by 0.80 of
    the usual change against 1.00 for drift in 4 backtests.'
    """

    def moves(rate: float) -> str:
        return f"{'grow' if rate >= 0 else 'fall'} {abs(rate):.1%} a period"

    past, ahead = summary.growth_past, summary.growth_ahead
    verb = moves(past).replace("grow ", "growing ").replace("fall ", "falling ") if np.isfinite(past) else ""
    first = f"After {verb} lately it is seen to " if verb else "It is seen to "
    first += f"{moves(ahead)} over the next {horizon}" if np.isfinite(ahead) else "stay without a growth rate"
    apart = f", the candidates at the horizon lie {summary.spread:.0%} apart" if np.isfinite(summary.spread) else ""
    if apart and summary.lowest != summary.highest:
        apart += f" ({summary.lowest} lowest, {summary.highest} highest)"
    tested = (
        f", and on this series {model} missed by {summary.error:.2f} of the usual change against "
        f"{summary.error_drift:.2f} for drift in {summary.origins} backtests"
        if np.isfinite(summary.error) and np.isfinite(summary.error_drift)
        else ", and the series is too short for a backtest"
    )
    return f"{first}; {summary.leading} weighs most{apart}{tested}."


def median_weights(members: Mapping[str, Floats]) -> dict[str, Floats]:
    """Share of each member in the median of all, by step.

    Examples
    --------
    >>> w = median_weights({"a": np.array([1.0, 5.0]), "b": np.array([2.0, 1.0]), "c": np.array([9.0, 2.0])})
    >>> {name: share.tolist() for name, share in w.items()}
    {'a': [0.0, 0.0], 'b': [1.0, 0.0], 'c': [0.0, 1.0]}
    """
    stacked = np.stack(list(members.values()))
    count = stacked.shape[0]
    ranks = np.argsort(np.argsort(stacked, axis=0, kind="stable"), axis=0, kind="stable")
    middle = {(count - 1) // 2, count // 2}
    shares = np.isin(ranks, list(middle)) / len(middle)
    return dict(zip(members, shares, strict=True))


def _compared(model: Forecaster) -> list[Forecaster]:
    """Give the model, its members and drift, each once."""
    members = model.members if isinstance(model, Combination) else ()
    return list({one.name: one for one in (model, *members, Drift())}.values())


def _drift(series: Series, horizon: int, seed: int) -> Floats:
    if series.n < 3:
        return np.full(horizon, np.nan)
    return Drift().fit(series).forecast(horizon, n_paths=2, seed=seed).median


def _growth(first: float, last: float, periods: int) -> float:
    return float((last / first) ** (1 / periods) - 1) if first > 0 and last > 0 and periods > 0 else float("nan")


def _summary(
    series: Series,
    forecast: Forecast,
    members: Mapping[str, Floats],
    weights: Mapping[str, Floats],
    tested: pd.DataFrame,
) -> Summary:
    back = min(5, series.n - 1)
    last, end = float(series.values[-1]), float(forecast.median[-1])
    ends = {name: float(median[-1]) for name, median in members.items()}
    lowest, highest = min(ends, key=ends.__getitem__), max(ends, key=ends.__getitem__)
    own, benchmark = (tested[tested["model"] == name] for name in (forecast.model, "drift"))
    return Summary(
        growth_past=_growth(float(series.values[series.n - 1 - back]), last, back),
        growth_ahead=_growth(last, end, len(forecast.periods)),
        leading=max(weights, key=lambda name: float(weights[name][-1])),
        lowest=lowest,
        highest=highest,
        spread=(ends[highest] - ends[lowest]) / end if end > 0 else float("nan"),
        error=float(own["mase"].iloc[0]) if len(own) else float("nan"),
        error_drift=float(benchmark["mase"].iloc[0]) if len(benchmark) else float("nan"),
        origins=int(own["forecasts"].iloc[0]) if len(own) else 0,
    )
