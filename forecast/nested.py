"""What a search over models and settings is worth: measured on a last origin that the search never saw."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from forecast.backtest import backtest
from forecast.choices import Choice, Tuning
from forecast.errors import InputError
from forecast.scoring import scores
from forecast.seeds import DEFAULT_SEED
from forecast.series import Series

FEWEST_KNOWN = 5
"""Values a series must have before the earliest origin."""


def searchable(series: Series, horizon: int) -> Series:
    """Give the part of a series that a search may see: all but the last `horizon` periods.

    Examples
    --------
    >>> from forecast.series import years
    >>> str(searchable(Series("a", "count", "flow", years(2001, 20), np.arange(20.0)), 3).periods[-1])
    '2017'
    """
    return series.until(series.periods[-1] - horizon)


def scaled_crps(
    series: Sequence[Series], choice: Choice, horizon: int, *, origins: int = 4, seed: int = DEFAULT_SEED
) -> pd.Series:
    """Score a choice by rolling origins: mean CRPS over the scale of MASE, by key of the series.

    Where the model refuses at an origin, its score there is that of drift, which the batch uses instead.

    Parameters
    ----------
    series : sequence of Series
        As `searchable` gives them, in a search.
    choice : Choice
    horizon : int
        Periods ahead.
    origins : int
        Cutoffs, one period apart, the last one leaving `horizon` known periods.

    Raises
    ------
    InputError
        Where a series is too short for so many origins.
    """
    for one in series:
        if one.n < FEWEST_KNOWN + horizon + origins - 1:
            raise InputError(
                f"{one.key} has {one.n} values, too few for {origins} origins and {horizon} periods ahead.",
                f"Needed: {FEWEST_KNOWN + horizon + origins - 1}; take fewer origins, or leave the series out.",
            )
    table = backtest(series, [choice.forecaster()], horizon, origins=origins, seed=seed)
    if (table["failure"] != "").any():
        missed = table.loc[table["failure"] != "", ["unique_id", "cutoff"]].drop_duplicates()
        instead = backtest(series, ["drift"], horizon, origins=origins, seed=seed).merge(missed)
        table = pd.concat([table[table["failure"] == ""], instead], ignore_index=True)
        table["model"] = choice.model
    found = scores(table, ["unique_id"]).set_index("unique_id")["scaled_crps"]
    return found.reindex([one.key for one in series])


def honest_gain(
    series: Sequence[Series], tuning: Tuning, horizon: int, *, origins: int = 4, seed: int = DEFAULT_SEED
) -> pd.DataFrame:
    """Compare a tuned configuration with `auto`, where it was searched for and where it was not.

    A search picks what happened to do well at the origins it saw, so its gain there is too good by construction
    (Varma & Simon 2006, Bias in error estimation when using cross-validation for model selection, BMC Bioinformatics
    7, 91). The last origin, which leaves the last `horizon` periods to be forecast, was held out.

    Parameters
    ----------
    series : sequence of Series
        Whole, as they are known now; the search must have seen no more of each than `searchable` gives.
    tuning : Tuning
        What the search found.
    horizon, origins, seed : int
        As in the search.

    Returns
    -------
    pandas.DataFrame
        By `unique_id`: `model` chosen, and scaled CRPS of both: `searched_tuned`, `searched_auto`, `held_out_tuned`,
        `held_out_auto`. The ratio of the means of the last two, less one, is the honest change.

    Examples
    --------
    >>> from forecast.series import years
    >>> s = Series("a", "count", "flow", years(2001, 20), 10 + np.arange(20.0) + np.tile([0, 1, -1, 2], 5))
    >>> table = honest_gain([s], Tuning(Choice("drift")), 2)
    >>> table["model"].tolist(), bool((table.iloc[0, 1:] > 0).all())
    (['drift'], True)
    """
    out = pd.DataFrame({"model": [tuning.choice(s.key).model for s in series]}, index=[s.key for s in series])
    out.index.name = "unique_id"
    for column, seen, many in (
        ("searched", [searchable(s, horizon) for s in series], origins),
        ("held_out", list(series), 1),
    ):
        tuned = [scaled_crps([one], tuning.choice(one.key), horizon, origins=many, seed=seed) for one in seen]
        out[f"{column}_tuned"] = np.concatenate([part.to_numpy() for part in tuned])
        out[f"{column}_auto"] = scaled_crps(seen, Choice("auto"), horizon, origins=many, seed=seed).to_numpy()
    return out
