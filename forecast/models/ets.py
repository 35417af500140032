"""Exponential smoothing (ETS) with additive errors on the level or the logarithm of the values."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecast.models.fitted import Drawn, drawn_sds, mirrored_normals, normalised, require_length
from forecast.models.smoothing import Form, Smoothed, aicc, pick, smooth
from forecast.series import Floats, Series


@dataclass(frozen=True)
class Ets:
    """Exponential smoothing: no trend, trend or damped trend, level or log scale, chosen by AICc.

    On the log scale trend and season are multiplicative. Smoothing parameters of each path are drawn by their
    posterior weight, initial states are least squares (see `forecast.models.smoothing`). Reference: Hyndman, Koehler,
    Ord & Snyder (2008), Forecasting with Exponential Smoothing, chapters 2, 5 and 7.

    Parameters
    ----------
    logarithms : bool
        Whether the log scale may be chosen, where all values are above zero.

    Examples
    --------
    >>> from forecast.series import years
    >>> s = Series("a", "count", "flow", years(2010, 10), 100 * 1.2 ** np.arange(10))
    >>> (Ets().fit(s).forecast(1, n_paths=100, seed=1).median / s.values[-1]).round(6).tolist()
    [1.2]
    """

    name: str = "ets"
    logarithms: bool = True

    def fit(self, series: Series) -> Drawn:
        """Choose a form and weigh its parameters; needs five values."""
        require_length(series, 5, self.name)
        z, scale = normalised(series)
        scales = [z, np.log(z)] if self.logarithms and z.min() > 0 else [z]
        # log|dy/dz| makes the likelihoods of level and log scale comparable.
        jacobian = np.array([0.0, 2 * float(np.sum(scales[1]))]) if len(scales) > 1 else np.zeros(1)
        best: tuple[float, Form, Smoothed, int] | None = None
        for form in forms(series.n, series.season):
            run = smooth(np.stack(scales), form, form.grid())
            scores = aicc(run.squares.min(axis=0), series.n, form.parameters) + jacobian
            at = int(np.argmin(scores))
            if best is None or scores[at] < best[0] - 1e-9:
                best = (float(scores[at]), form, run, at)
        assert best is not None  # the form without trend and season always fits five values
        _, form, run, at = best

        def draw(horizon: int, n_paths: int, rng: np.random.Generator) -> Floats:
            paths = paths_of(run, at, form, series.n, horizon, n_paths, rng)
            return scale * (np.exp(paths) if at else paths)

        return Drawn(series, self.name, draw)


def forms(n: int, season: int) -> list[Form]:
    """Forms that `n` values can support, from few to many parameters."""
    seasons = [1, season] if 1 < season <= 24 and n >= 2 * season + 3 else [1]
    every = [Form(trend, damped, m) for m in seasons for trend, damped in ((False, False), (True, False), (True, True))]
    return [form for form in every if n - form.parameters - 1 >= 1]


def paths_of(
    run: Smoothed, at: int, form: Form, n: int, horizon: int, n_paths: int, rng: np.random.Generator
) -> Floats:
    """Draw paths, shape (n_paths, horizon), of series `at` of a smoothing run over `n` values."""
    chosen = pick(run.log_weight[:, at], n_paths, rng)
    alpha, beta, phi, gamma = run.grid[chosen].T
    degrees = n - form.states
    sd = drawn_sds(rng, n_paths, 1.0, degrees) * np.sqrt(run.squares[chosen, at])
    errors = sd[:, None] * mirrored_normals(rng, n_paths, horizon)
    level, slope = run.level[chosen, at].copy(), run.slope[chosen, at].copy()
    seasons = run.seasons[chosen, at].copy()
    paths = np.empty((n_paths, horizon))
    for h in range(horizon):
        s, e = h % form.season, errors[:, h]
        level += phi * slope
        paths[:, h] = level + seasons[:, s] + e
        level += alpha * e
        slope = phi * slope + beta * e
        seasons[:, s] += gamma * e
    return paths
