"""Data frames of other libraries as the long table ``unique_id, ds, y``: Nixtla, sktime and Prophet."""

from __future__ import annotations

import pandas as pd

from forecast.errors import InputError

BETWEEN = "/"
"""Between the levels of a hierarchical index, in the id of a series."""


def long_table(data: pd.DataFrame | pd.Series) -> pd.DataFrame:
    """Give the long table of what another library holds; what is one already comes back as it is.

    Parameters
    ----------
    data : pandas.DataFrame or Series
        - Nixtla: columns ``unique_id, ds, y``, or `unique_id` as the index.
        - Prophet: columns ``ds, y``, one series.
        - sktime: a series with periods or dates as its index; a frame of several such columns; or a frame whose index
          has one or more levels that name the series and a last one of time.

    Returns
    -------
    pandas.DataFrame
        With `unique_id` (from sktime: the levels and, where there are several, the column, with "/" between), `ds`,
        `y`. Rows without a value are kept: they are gaps.

    Raises
    ------
    InputError
        Where the index of a frame without `ds` is no time.

    Examples
    --------
    >>> one = pd.Series([3.0, 5.0], index=pd.period_range("2023", periods=2, freq="Y"), name="filings")
    >>> long_table(one)["unique_id"].tolist()
    ['filings', 'filings']
    """
    if isinstance(data, pd.DataFrame) and "ds" in data.columns:
        return data.reset_index() if data.index.name == "unique_id" and "unique_id" not in data.columns else data
    frame = data.to_frame(data.name if data.name is not None else "series") if isinstance(data, pd.Series) else data
    time = frame.index.get_level_values(-1)
    if not (isinstance(time, pd.PeriodIndex | pd.DatetimeIndex) or _years(time)):
        if isinstance(data, pd.DataFrame):
            return data  # a table with other names of columns: the mapping decides, or the message about it
        raise InputError(
            f"The index of the series holds {time.dtype} values, which are no time.",
            "Give periods, dates or years as the index, or a table with columns unique_id, ds, y.",
        )
    parts = []
    for column in frame.columns:
        part = pd.DataFrame({"ds": time, "y": frame[column].to_numpy()})
        levels = [frame.index.get_level_values(i).astype(str) for i in range(frame.index.nlevels - 1)]
        if frame.shape[1] > 1 or not levels:
            levels.append(pd.Index([str(column)] * len(frame)))
        names = levels[0]
        for level in levels[1:]:
            names = names + BETWEEN + level
        part.insert(0, "unique_id", names.to_numpy())
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def _years(time: pd.Index) -> bool:
    """Whether whole numbers can be years; 0, 1, 2 are no time here, because no period follows from them."""
    return (
        bool(pd.api.types.is_integer_dtype(time.dtype)) and len(time) > 0 and 1000 <= time.min() <= time.max() <= 2999
    )


def wide_table(forecasts: pd.DataFrame) -> pd.DataFrame:
    """Give a result of the batch in the form Nixtla's libraries write: a column for each model, and for each band.

    Parameters
    ----------
    forecasts : pandas.DataFrame
        ``unique_id, ds, model, mean, lo-80, hi-80, ...``.

    Returns
    -------
    pandas.DataFrame
        ``unique_id, ds, <model>, <model>-lo-80, <model>-hi-80, ...``, as `utilsforecast.evaluation.evaluate` and
        `hierarchicalforecast` read it. Empty where a model gave no forecast of a series.

    Examples
    --------
    >>> table = pd.DataFrame({"unique_id": "a", "ds": [2026, 2027], "model": "drift", "mean": [3.0, 4.0], "lo-80": 1.0})
    >>> wide_table(table).columns.tolist()
    ['unique_id', 'ds', 'drift', 'drift-lo-80']
    """
    keys = ["unique_id", "ds"]
    out = forecasts[keys].drop_duplicates(ignore_index=True)
    for model, part in forecasts.groupby("model", sort=False):
        numbers = [c for c in part.columns if c == "mean" or c.startswith(("lo-", "hi-"))]
        named = {c: str(model) if c == "mean" else f"{model}-{c}" for c in numbers}
        out = out.merge(part[[*keys, *numbers]].rename(columns=named), on=keys, how="left")
    return out
