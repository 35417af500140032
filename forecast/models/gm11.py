"""The grey model GM(1,1), a local habit: shown because readers ask for it, never part of the default."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecast.models.fitted import Drawn, normalised, require_length, require_near, require_positive
from forecast.series import Floats, Series

RESAMPLES = 200
"""Refits on resampled residuals."""

FADE = 0.9
"""What is left of the bound of growth from one step to the next."""


@dataclass(frozen=True)
class GM11:
    """Grey model of first order and one variable: an exponential through the running sums.

    With running sums ``x1[k] = y[1] + ... + y[k]`` and background ``z[k] = (x1[k] + x1[k-1]) / 2``, least squares of
    ``y[k] = -a z[k] + b`` gives ``x1[k+1] = (y[1] - b/a) exp(-a k) + b/a``, whose differences are the forecast (Deng
    1982, Control problems of grey systems, Systems & Control Letters 1(5), 288-294; Liu & Lin 2010, Grey Systems,
    section 4.1). Bands are a residual bootstrap: the model is refitted to fitted values times resampled relative
    residuals, and each step of a path has such a residual, too.

    Guard: left alone the exponential explodes (mean MASE 7 to 32 on M1, M3 and Tourism). A path therefore never grows
    or falls faster by step than the largest relative change of the past, and this bound fades by a tenth each step. A
    note says where growth was held.

    Examples
    --------
    >>> from forecast.series import years
    >>> s = Series("a", "count", "flow", years(2019, 5), 100 * 1.1 ** np.arange(5))
    >>> (GM11().fit(s).forecast(1, n_paths=50, seed=1).median / s.values[-1]).round(2).tolist()
    [1.1]
    """

    name: str = "gm11"

    def fit(self, series: Series) -> Drawn:
        """Fit the exponential; needs four values, all above zero."""
        require_length(series, 4, self.name)
        require_positive(series, self.name)
        z, unit = normalised(series)
        require_near(series, z, self.name)
        n = z.size
        fitted = grey_curve(z, np.arange(n, dtype=np.float64))
        safe = np.maximum(fitted, 1e-3 * z.min())
        residuals = z[1:] / safe[1:]
        residuals = residuals / residuals.mean()
        limits = np.array([np.min(z[1:] / z[:-1]), np.max(z[1:] / z[:-1])])
        limits = np.array([min(limits[0], 1.0), max(limits[1], 1.0)])
        bounded = _bounded(grey_curve(z, np.arange(n, n + 10.0))[None], z[-1], limits)[1]
        notes = (
            (f"{self.name}: growth held: by step at most {limits[1] - 1:.0%}, the largest seen, fading.",)
            if bounded
            else ()
        )

        def draw(horizon: int, n_paths: int, rng: np.random.Generator) -> Floats:
            future = np.arange(n, n + horizon, dtype=np.float64)
            copies = min(RESAMPLES, n_paths)
            redrawn = safe * np.where(np.arange(n) == 0, z[0] / safe[0], rng.choice(residuals, (copies, n)))
            curves = np.stack([grey_curve(row, future) for row in redrawn])
            curves = _bounded(curves, z[-1], limits)[0][np.arange(n_paths) % copies]
            paths: Floats = unit * curves * rng.choice(residuals, (n_paths, horizon))
            return paths

        return Drawn(series, self.name, draw, notes)


def grey_curve(values: Floats, at: Floats) -> Floats:
    """Values of the grey model of `values`, shape (n,), at positions `at` (0 is the first value).

    Examples
    --------
    >>> grey_curve(np.array([1.0, 1.0, 1.0, 1.0]), np.arange(3.0, 6.0)).round(6).tolist()
    [1.0, 1.0, 1.0]
    """
    sums = np.cumsum(values)
    background = (sums[1:] + sums[:-1]) / 2
    design = np.stack([-background, np.ones(values.size - 1)], axis=1)
    a, b = np.linalg.lstsq(design, values[1:], rcond=None)[0]
    if abs(a) < 1e-9:  # no growth: the limit of the formula below
        curve = np.full(at.size, b)
    else:
        curve = (1 - np.exp(a)) * (values[0] - b / a) * np.exp(-np.clip(a * at, -300, 300))
    return np.where(at == 0, values[0], curve)


def _bounded(curves: Floats, last: float, limits: Floats) -> tuple[Floats, bool]:
    """Hold growth from step to step within fading limits; also say whether growth was held."""
    out = np.empty_like(curves)
    before = np.full(curves.shape[0], last)
    held = False
    for h in range(curves.shape[1]):
        low, high = 1 + (limits - 1) * FADE**h
        held = held or bool(np.any(curves[:, h] > before * high * (1 + 1e-6)))
        out[:, h] = before = np.clip(curves[:, h], before * low, before * high)
    return out, held
