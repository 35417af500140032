"""Why a pooled forecast is what it is, as data."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecast.pooled.candidates import names
from forecast.pooled.combine import TO_THE_MEDIAN
from forecast.pooled.features import feature_names
from forecast.pooled.forecasts import blocks
from forecast.pooled.gate import learned, season_class
from forecast.series import Floats

MOST = 8
"""Features that are reported."""


@dataclass(frozen=True, eq=False)
class Explanation:
    """Weights, candidates and features behind one forecast.

    Parameters
    ----------
    candidates : tuple of str, length K
        Names of the candidates.
    weights : array, shape (K, S)
        Learned weight of each candidate at each trained step; sums to one over candidates.
    paths : array, shape (K, S)
        What each candidate says, in the unit of the series.
    to_the_median : float
        Share (0 to 1) of the plain median of all candidates in the forecast beside the learned weights.
    exact : float
        Share (0 to 1) of an exact law (straight line or steady growth) that replaces the candidates.
    features : tuple of (str, float, float)
        Name, value in standard deviations from the training mean, and how far the forecast of the last trained step
        asked for would move, in the unit of the series, were the feature at its training mean; largest first.
    """

    candidates: tuple[str, ...]
    weights: Floats
    paths: Floats
    to_the_median: float
    exact: float
    features: tuple[tuple[str, float, float], ...]

    def heaviest(self, horizon: int) -> tuple[dict[str, Floats], dict[str, Floats]]:
        """Give paths and weights, by name and of shape (horizon,), of the `MOST` heaviest candidates.

        Their weights are scaled to add up to one; steps beyond the trained ones repeat the last.
        """
        top = np.argsort(-self.weights.mean(1), kind="stable")[:MOST]
        share = self.weights[top] / self.weights[top].sum(0)
        more = ((0, 0), (0, max(horizon - share.shape[1], 0)))
        paths, share = np.pad(self.paths[top], more, mode="edge"), np.pad(share, more, mode="edge")
        labels = [self.candidates[i] for i in top]
        return dict(zip(labels, paths, strict=True)), dict(zip(labels, share, strict=True))

    @property
    def sentence(self) -> str:
        """The three heaviest candidates at the last step and the feature that mattered most, in words."""
        last = self.weights[:, -1]
        top = np.argsort(-last)[:3]
        parts = ", ".join(f"{self.candidates[i]} ({last[i]:.0%})" for i in top)
        if self.exact >= 0.5:
            return "The history follows an exact law, which is continued."
        why = f"; what decided most is {self.features[0][0]}" if self.features else ""
        return f"Heaviest candidates: {parts}{why}."


def explained(values: Floats, horizon: int, *, season: int = 1) -> Explanation:
    """Explain the forecast of one series.

    Examples
    --------
    >>> e = explained(np.array([3.0, 5.0, 4.0, 6.0, 7.0, 9.0, 8.0]), 3)
    >>> e.weights.sum(0).round(9).tolist(), len(e.features)
    ([1.0, 1.0, 1.0], 8)
    """
    kind = season_class(season)
    numbers, to_median = learned(kind), TO_THE_MEDIAN[kind]
    part = next(iter(blocks([values], horizon, season=season, numbers=numbers)))
    x, moves, unit = part.inputs[0], part.moves[0], float(part.unit[0])
    k, steps = moves.shape
    without = np.tile(x, (x.size, 1))
    np.fill_diagonal(without, 0.0)
    final = numbers.weights(without, k, steps)[:, :, -1] @ moves[:, -1]
    change = (final - part.weights[0, :, -1] @ moves[:, -1]) * (1 - to_median) * unit
    order = np.argsort(-np.abs(change), kind="stable")[:MOST]
    labels = feature_names(season)
    last = part.adjusted.rows.values[0, -1]
    paths = part.adjusted.put_back((last + unit * moves)[None])[0]
    return Explanation(
        names(season), part.weights[0], paths, to_median, float(part.exact[0]),
        tuple((labels[i], float(x[i]), float(change[i])) for i in order),
    )  # fmt: skip
