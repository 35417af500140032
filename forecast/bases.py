"""Forecasts of single series before they are made to agree: history, model, fading growth, bounds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from forecast.catalog import NATION, indicators
from forecast.errors import ModelRefusalError
from forecast.limits import UPPER, bounded, extra_widths, fade, faded, usual_change, widened
from forecast.models.auto import AUTO
from forecast.models.protocol import Forecaster
from forecast.series import Floats, Series

Bools = NDArray[np.bool_]

EXACT = 0.002
"""A year whose logarithm is known this well is printed: its paths hold the figure itself and it never moves."""

FEWEST_YEARS = 3
"""Years with figures that a series needs: a level and two changes."""

OLDEST = 8
"""A series whose last figure is older than this many years says nothing about the years ahead."""

GROUPS = 16
"""Distinct pasts for which an inexact series is forecast."""


class HistoryLike(Protocol):
    """What is needed of a history."""

    @property
    def series(self) -> Series:
        """Levels with their errors."""
        ...

    def draws(self, n: int, seed: int) -> Floats:
        """Sample paths of the past, shape (n, n_years)."""
        ...


@dataclass(frozen=True, eq=False)
class Base:
    """Paths of one series over past and future, on its own.

    Parameters
    ----------
    series : Series
    years : tuple of int
        From the first year of the history to the last of the forecast.
    paths : array, shape (n_years, n_paths)
    printed : array of bool, shape (n_years,)
        Years whose figure is known.
    """

    series: Series
    years: tuple[int, ...]
    paths: Floats
    printed: Bools

    @property
    def known_until(self) -> int:
        """Last year of the history."""
        return int(self.series.periods[-1].year)


def refusal(history: HistoryLike, now: int) -> str:
    """Say why a history cannot carry a forecast; empty where it can.

    Parameters
    ----------
    history : History
    now : int
        Last complete year of the data.
    """
    s = history.series
    told = [int(p.year) for p, x in zip(s.periods, s.sources or [("own",)] * s.n, strict=True) if x]
    if len(told) < FEWEST_YEARS:
        return f"{len(told)} years with figures; {FEWEST_YEARS} are needed"
    last = told[-1]
    if last < now - OLDEST:
        return f"the last figure is of {last}, more than {OLDEST} years before {now}"
    return ""


def pasts(series: Series, draws: Floats) -> list[tuple[NDArray[np.intp], Floats]]:
    """Sum up draws of a past in a few groups that differ in recent growth.

    An exact series has one past. Otherwise draws are sorted by growth over the last three years, which is what
    a forecast reacts to, and cut into `GROUPS` groups, each represented by its geometric mean.

    Returns
    -------
    list of (positions of the draws, representative past)
    """
    n, T = draws.shape
    if series.exact or T < 2 or np.all(draws == draws[0]):
        return [(np.arange(n), draws[0])]
    safe = np.maximum(draws, 1e-300)
    order = np.argsort(np.log(safe[:, -1]) - np.log(safe[:, -1 - min(3, T - 1)]), kind="stable")
    found = []
    for members in np.array_split(order, min(GROUPS, n)):
        own = draws[members]
        found.append((members, np.exp(np.log(own).mean(axis=0)) if own.min() > 0 else own.mean(axis=0)))
    return found


def printed_draws(history: HistoryLike, *, n_paths: int, seed: int) -> Floats:
    """Draw pasts, shape (n_paths, n_years), with printed years at their figure."""
    s = history.series
    if s.exact:
        return np.tile(s.values, (n_paths, 1))
    return np.where(s.log_sd <= EXACT, s.values, history.draws(n_paths, seed))


def band_kind(key: str, kind: str) -> str:
    """Give the row of ``band_extra.csv`` for a series: its kind, rights apart from drivers, the nation's apart.

    Grants swing with the office's programmes and stocks of rights grew for decades; output and people do neither. The
    nation's usual yearly change is smaller than a province's, but a change of policy moves it as much.

    Examples
    --------
    >>> band_kind("CN-ZJ.inventions_in_force", "stock"), band_kind("CN-ZJ.population", "stock")
    ('stock of rights', 'stock')
    >>> band_kind("CN.invention_grants", "flow")
    'national flow of rights'
    """
    region, _, rest = key.split("#")[0].partition(".")
    row = indicators().get(rest.split(".")[0])
    if kind == "ratio" or row is None or row.group == "drivers":
        return kind
    return f"national {kind} of rights" if region == NATION else f"{kind} of rights"


def base_of(history: HistoryLike, *, until: int, n_paths: int, seed: int, model: Forecaster = AUTO) -> Base:
    """Forecast one history on its own.

    Raises
    ------
    ModelRefusalError
        Where the model cannot forecast the series.
    """
    s = history.series
    first, last = int(s.periods[0].year), int(s.periods[-1].year)
    draws = printed_draws(history, n_paths=n_paths, seed=seed)
    future = np.empty((n_paths, max(until - last, 0)))
    constants = fade()
    if future.shape[1]:
        for g, (members, past) in enumerate(pasts(s, draws)):
            one = replace(s.replaced(past), key=f"{s.key}#{g}" if members.size < n_paths else s.key)
            paths = model.fit(one).forecast(future.shape[1], n_paths=members.size, seed=seed).paths
            paths = faded(paths, past[-1], steady=int(constants["steady"]), keep=constants["keep"])
            paths = widened(paths, extra_widths(band_kind(s.key, s.kind), usual_change(past), future.shape[1]))
            ratio = draws[members, -1] / past[-1] if past[-1] > 0 else np.ones(members.size)
            future[members] = paths * ratio[:, None]
        if s.unit in UPPER:
            future = bounded(future, draws[:, -1], UPPER[s.unit])
    years = tuple(range(first, until + 1))
    paths = np.concatenate([draws, future], axis=1).T[: len(years)]
    printed = np.r_[s.log_sd <= EXACT, np.zeros(future.shape[1], bool)][: len(years)]
    return Base(s, years, paths, printed)


def bases_of(
    histories: Mapping[str, HistoryLike], *, until: int, n_paths: int, seed: int, now: int
) -> tuple[dict[str, Base], dict[str, str]]:
    """Forecast every history that can carry a forecast; give the others with the reason."""
    found: dict[str, Base] = {}
    refused: dict[str, str] = {}
    for key, history in histories.items():
        reason = refusal(history, now)
        if not reason:
            try:
                found[key] = base_of(history, until=until, n_paths=n_paths, seed=seed)
            except ModelRefusalError as error:
                reason = error.what
        if reason:
            refused[key] = reason
    return found, refused
