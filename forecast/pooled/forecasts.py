"""Point forecasts, bands and paths of many series at once by the learned combination."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from forecast.pooled.aligned import aligned
from forecast.pooled.bands import CONSTANT_SD, KNOTS, NORMAL, Marginals, connected_scores, marginals, reaches
from forecast.pooled.candidates import candidates, names
from forecast.pooled.combine import TO_THE_MEDIAN, points
from forecast.pooled.features import LOOKED_AT, features
from forecast.pooled.gate import LONGEST, Learned, learned, season_class
from forecast.pooled.season import Adjusted, without_season
from forecast.series import Floats

CHUNK = 256
"""Series worked on together; more do not fit the processor's cache."""

FEWEST = 3
"""Fewest values a series needs."""


@dataclass(frozen=True, eq=False)
class Block:
    """Forecasts of a block of series, in its own order.

    Parameters
    ----------
    at : array of int, shape (N,)
        Positions in the sequence that was given.
    adjusted : Adjusted
        Histories without their seasons.
    marginals : Marginals
        Distribution of each step on the adjusted scale.
    weights : array, shape (N, K, S)
        Weights of the candidates at the trained steps asked for.
    moves : array, shape (N, K, S)
        What the candidates say, in units of the mean absolute step.
    unit : array, shape (N,)
        Mean absolute step, in the unit of the series.
    inputs : array, shape (N, P)
        Standardised features.
    exact : array, shape (N,)
        Share of an exact law in the points.
    """

    at: np.ndarray
    adjusted: Adjusted
    marginals: Marginals
    weights: Floats
    moves: Floats
    unit: Floats
    inputs: Floats
    exact: Floats


def blocks(series: Sequence[Floats], horizon: int, *, season: int, numbers: Learned | None = None) -> Iterator[Block]:
    """Forecast series in blocks of about equal length.

    Parameters
    ----------
    series : sequence of array
        Histories of three values or more, all of one frequency.
    horizon : int
        Steps ahead.
    season : int
        Periods in a cycle.
    numbers : Learned, optional
        What was learned; by default what the package carries for this season.
    """
    kind = season_class(season)
    numbers = numbers or learned(kind)
    longest = max(LONGEST[kind], 3 * season if kind > 1 else 0)
    order = np.argsort([-min(len(y), longest) for y in series], kind="stable")
    for begin in range(0, order.size, CHUNK):
        at = order[begin : begin + CHUNK]
        yield block([series[i] for i in at], horizon, season=season, numbers=numbers, longest=longest, at=at)


def block(
    series: Sequence[Floats], horizon: int, *, season: int, numbers: Learned, longest: int, at: np.ndarray
) -> Block:
    """Forecast series that are worked on together; `at` says where each belongs."""
    raw = aligned(series, longest=longest)
    apart = without_season(raw, season)
    rows = apart.rows
    steps = min(horizon, numbers.trained)
    found = candidates(rows, max(steps, LOOKED_AT[-1] + 1), season)
    inputs = numbers.inputs(features(rows, found))
    weights = numbers.weights(inputs, len(names(season)), steps)
    found = found.over(steps)
    point = points(rows, found, weights, horizon, to_median=TO_THE_MEDIAN[season_class(season)])
    reach = reaches(numbers, inputs, horizon) * (found.unit * found.size)[:, None, None, None]
    if found.constant.any():
        level = np.abs(rows.values[:, -1])[:, None, None, None]
        still = level * CONSTANT_SD * np.sqrt(np.arange(1.0, horizon + 1))[:, None, None] * KNOTS[1:]
        reach = np.where(found.constant[:, None, None, None], still, reach)
    lowest = np.where(raw.present, raw.values, np.inf).min(1)
    spread = marginals(point.values, reach, lowest > 0, lowest >= 0)
    return Block(at[raw.order], apart, spread, weights, found.moves, found.unit * found.size, inputs, point.exact)


@dataclass(frozen=True, eq=False)
class Quantiles:
    """Point forecasts and bands of many series, without paths.

    Parameters
    ----------
    points : array, shape (N, H)
        Point forecasts: medians.
    means : array, shape (N, H)
        Means, above the medians where the bands reach farther up.
    lower, upper : array, shape (N, L, H)
        Edges of the central bands, by level.
    """

    points: Floats
    means: Floats
    lower: Floats
    upper: Floats


def no_quantiles(series: int, levels: int, horizon: int) -> Quantiles:
    """Room for the numbers of so many series, to be filled."""
    middle, edge = (series, horizon), (series, levels, horizon)
    return Quantiles(np.empty(middle), np.empty(middle), np.empty(edge), np.empty(edge))


def quantiles(
    series: Sequence[Floats], horizon: int, *, season: int = 1, levels: Sequence[float] = (80.0, 95.0),
    numbers: Learned | None = None,
) -> Quantiles:  # fmt: skip
    """Forecast many series of one frequency.

    Parameters
    ----------
    series : sequence of array
        Histories of three values or more, finite.
    horizon : int
        Steps ahead, 1 or more.
    season : int
        Periods in a cycle: 1 annual, 4 quarterly, 12 monthly.
    levels : sequence of float
        Central bands, in percent, between 0 and 100.

    Examples
    --------
    >>> q = quantiles([np.arange(1.0, 9.0), np.array([5.0, 5.0, 5.0])], 2)
    >>> q.points.round(6).tolist(), bool((q.lower < q.points[:, None]).all())
    ([[9.0, 10.0], [5.0, 5.0]], True)
    """
    z = np.array([NORMAL.inv_cdf(0.5 + level / 200) for level in levels])
    count = len(series)
    out = no_quantiles(count, z.size, horizon)
    for part in blocks(series, horizon, season=season, numbers=numbers):
        m = part.marginals
        edges = part.adjusted.put_back(m.at(np.r_[-z, z]))
        if m.whole.any():
            edges = np.where(m.whole[:, None, None], np.maximum(edges, 0.0), edges)
        middle = part.adjusted.put_back(np.stack([m.points, m.means], axis=1))
        out.points[part.at], out.means[part.at] = middle[:, 0], middle[:, 1]
        out.lower[part.at], out.upper[part.at] = edges[:, : z.size], edges[:, z.size :]
    return out


def drawn_paths(
    series: Sequence[Floats], horizon: int, *, season: int, n_paths: int, rngs: Sequence[np.random.Generator],
    numbers: Learned | None = None,
) -> Floats:  # fmt: skip
    """Draw paths of many series of one frequency, shape (N, n_paths, H), each with its own generator.

    The paths of each step are evenly spread quantiles of the distribution that `quantiles` reports, so both agree.
    """
    numbers = numbers or learned(season_class(season))
    out = np.empty((len(series), n_paths, horizon))
    for part in blocks(series, horizon, season=season, numbers=numbers):
        m = part.marginals
        for row, i in enumerate(part.at):
            z = connected_scores(n_paths, horizon, numbers, rngs[i])
            out[i] = m.row(row).at(z)[0]
        paths = part.adjusted.put_back(out[part.at])
        out[part.at] = np.where(m.whole[:, None, None], np.maximum(paths, 0.0), paths)
    return out
