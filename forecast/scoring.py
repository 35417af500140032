"""Scores of a backtest: one row a model, or a series and model, from the long table of `forecast.backtest`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from forecast.errors import InputError
from forecast.metrics import interval_score, quantile_loss
from forecast.outlook import LEVELS

ONE_FORECAST = ["unique_id", "cutoff"]
SIDES = (("lo", -1), ("hi", 1))
QUANTILES = {"median": 0.5} | {
    f"{side}-{level:g}": 0.5 + sign * level / 200 for level in LEVELS for side, sign in SIDES
}
"""Columns of a backtest that are quantiles, and which."""

NEEDED = ("unique_id", "model", "cutoff", "y", "mean", "crps", "scale", "squared_scale", "failure", *QUANTILES)


def scores(frame: pd.DataFrame, by: Sequence[str] = ("model",)) -> pd.DataFrame:
    """Summarise a backtest.

    Each forecast (one series, one cutoff) is scored over its steps first, and the mean over forecasts is taken then,
    as the M competitions do. The median is the point forecast, but RMSSE is of the mean. Formulas and references are
    in `forecast.metrics`.

    Parameters
    ----------
    frame : pandas.DataFrame
        As `forecast.backtest.backtest` gives it.
    by : sequence of str
        Columns to group by; ``("unique_id", "model")`` gives scores by series, ``("model", "step")`` by step.

    Returns
    -------
    pandas.DataFrame
        The columns of `by`, then ``forecasts`` (how many were scored), ``failures``, ``mae``, ``smape``, ``mase``,
        ``rmsse``, ``scaled_crps`` (CRPS over the scale of MASE), ``wql`` (weighted quantile loss over the median and
        the edges of the bands), ``coverage_80``, ``msis_80`` and the same for 95, and ``relative``: the mean of sMAPE
        and MASE, each divided by those of drift on the same forecasts; missing where drift was not among the models.
        Sorted by `relative` inside the order of the other columns of `by`.

    Raises
    ------
    InputError
        Where a column is missing.

    Examples
    --------
    >>> from forecast.backtest import backtest
    >>> from forecast.series import Series, years
    >>> s = Series("a", "count", "flow", years(2015, 8), [1, 2, 3, 4, 5, 6, 7, 9])
    >>> scores(backtest(s, ["naive", "drift"], 1, origins=1))[["model", "mae", "mase"]].round(3).values.tolist()
    [['drift', 1.0, 1.0], ['naive', 2.0, 2.0]]
    """
    missing = [column for column in (*NEEDED, *by) if column not in frame.columns]
    if missing:
        raise InputError(f"The backtest table has no column {', '.join(missing)}.", "Give a table made by `backtest`.")
    by = list(by)
    failed = frame["failure"].fillna("") != ""
    rows = _by_row(frame[~failed])
    keys = list(dict.fromkeys([*ONE_FORECAST, "model", *by]))
    one = rows.groupby(keys, observed=True, sort=False).mean(numeric_only=True).reset_index()
    one = _by_forecast(one)
    grouped = one.groupby(by, observed=True, sort=False)
    out = grouped[_MEANS].mean()
    out.insert(0, "forecasts", grouped.size())
    sums = rows.groupby(by, observed=True, sort=False)[["quantile_loss", "size"]].sum()
    out["wql"] = sums["quantile_loss"] / sums["size"].where(sums["size"] > 0)
    drift = one[one["model"] == "drift"]
    if len(drift):
        pairing = [key for key in keys if key != "model"]
        paired = one.merge(drift[[*pairing, "smape", "mase"]], on=pairing, suffixes=("", "_drift"))
        sums = paired.groupby(by, observed=True, sort=False)[["smape", "mase", "smape_drift", "mase_drift"]].sum()
        ratios = [sums[name] / sums[f"{name}_drift"].where(sums[f"{name}_drift"] > 0) for name in ("smape", "mase")]
        out["relative"] = pd.concat(ratios, axis=1).mean(axis=1)
    else:
        out["relative"] = np.nan
    counts = frame[failed].drop_duplicates(keys).groupby(by, observed=True, sort=False).size()
    out = out.join(counts.rename("failures"), how="outer")
    out[["failures", "forecasts"]] = out[["failures", "forecasts"]].fillna(0).astype(int)
    out = out.reset_index().sort_values([*(b for b in by if b != "model"), "relative", "mase"], ignore_index=True)
    return out[[*by, "forecasts", "failures", *_MEANS, "wql", "relative"]]


_BANDS = [f"{name}_{level:g}" for level in LEVELS for name in ("coverage", "msis")]
_MEANS = ["mae", "smape", "mase", "rmsse", "scaled_crps", *_BANDS]


def _by_row(frame: pd.DataFrame) -> pd.DataFrame:
    """Errors of each step."""
    y, middle = frame["y"].to_numpy(float), frame["median"].to_numpy(float)
    out = frame.copy()
    out["mae"] = np.abs(middle - y)
    size = np.abs(middle) + np.abs(y)
    out["smape"] = 200 * np.divide(np.abs(middle - y), size, out=np.zeros_like(size), where=size > 0)
    out["squares"] = (frame["mean"].to_numpy(float) - y) ** 2
    losses = [quantile_loss(frame[column].to_numpy(float), y, q) for column, q in QUANTILES.items()]
    out["quantile_loss"] = 2 * np.mean(losses, axis=0)
    out["size"] = np.abs(y)
    for level in LEVELS:
        low, high = (frame[f"{side}-{level:g}"].to_numpy(float) for side in ("lo", "hi"))
        out[f"coverage_{level:g}"] = ((y >= low) & (y <= high)).astype(float)
        out[f"msis_{level:g}"] = interval_score(low, high, y, level)
    return out


def _by_forecast(one: pd.DataFrame) -> pd.DataFrame:
    """Scale the mean errors of each forecast; a constant past has no scale and drops out of scaled means."""
    scale = one["scale"].where(one["scale"] > 0)
    one["mase"] = one["mae"] / scale
    one["rmsse"] = np.sqrt(one["squares"]) / one["squared_scale"].where(one["squared_scale"] > 0)
    one["scaled_crps"] = one["crps"] / scale
    for level in LEVELS:
        one[f"msis_{level:g}"] /= scale
    return one
