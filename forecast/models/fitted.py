"""What fitted models have in common: a way to draw paths, and checks that lead to a refusal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from forecast.errors import InputError, ModelRefusalError
from forecast.outlook import Forecast
from forecast.seeds import stream
from forecast.series import Floats, Series

Draw = Callable[[int, int, np.random.Generator], Floats]
"""``draw(horizon, n_paths, rng)`` gives paths of shape (n_paths, horizon) in the unit of the series."""

TOGETHER = 64
"""Series fitted at a time by `by_length`: arrays that stay in the processor's cache."""
FEWEST_DEGREES = 4
"""Fewest degrees of freedom an error variance is drawn with: with fewer, the mean of a path may not exist."""


@dataclass(frozen=True, eq=False)
class Drawn:
    """A fitted model whose futures come from one pure function.

    Parameters
    ----------
    series : Series
        What was learned from.
    model : str
        Name of the model.
    draw : callable
        ``draw(horizon, n_paths, rng)``, see `Draw`.
    notes : tuple of str
        Carried into the forecast.
    """

    series: Series
    model: str
    draw: Draw
    notes: tuple[str, ...] = ()

    def forecast(self, horizon: int, *, n_paths: int, seed: int) -> Forecast:
        """Draw futures; counts and amounts are cut at zero.

        Raises
        ------
        InputError
            Where `horizon` or `n_paths` is below 1, or paths grow beyond what a number can hold.
        """
        check_size(self.series, horizon, n_paths)
        rng = stream(seed, self.series.key, self.model)
        with np.errstate(over="ignore"):
            paths = self.draw(horizon, n_paths, rng)
        if not self.series.signed:
            paths = np.maximum(paths, 0.0)
        return Forecast(self.series, self.model, self.series.following(horizon), paths, self.notes)


def check_size(series: Series, horizon: int, n_paths: int) -> None:
    """Refuse a horizon or a number of paths below one."""
    if horizon < 1 or n_paths < 1:
        raise InputError(
            f"{series.key}: horizon {horizon} and n_paths {n_paths} were asked for.", "Both must be 1 or more."
        )


def require_length(series: Series, fewest: int, model: str) -> None:
    """Refuse a series with fewer than `fewest` values."""
    if series.n < fewest:
        raise ModelRefusalError(
            f"{series.key}: {model} needs at least {fewest} values, the series has {series.n}.",
            "Give a longer history, or choose a model that needs less (naive: 2, drift: 3).",
        )


def by_length(
    series: Sequence[Series], together: Callable[[list[Series]], list[Drawn]], *, fewest: int, model: str
) -> list[Drawn | ModelRefusalError]:
    """Fit series of one length and season together, `TOGETHER` at a time, and give the fits in the order of `series`.

    Parameters
    ----------
    series : sequence of Series
    together : callable
        Fits series of one length and season.
    fewest : int
        Shorter series get a refusal.
    model : str
        Name, for the refusal.
    """
    out: dict[int, Drawn | ModelRefusalError] = {}
    groups: dict[tuple[int, int], list[int]] = {}
    for i, one in enumerate(series):
        try:
            require_length(one, fewest, model)
        except ModelRefusalError as refusal:
            out[i] = refusal
        else:
            groups.setdefault((one.n, one.season), []).append(i)
    for members in groups.values():
        for begin in range(0, len(members), TOGETHER):
            at = members[begin : begin + TOGETHER]
            out.update(zip(at, together([series[i] for i in at]), strict=True))
    return [out[i] for i in range(len(series))]


def require_positive(series: Series, model: str) -> None:
    """Refuse a series with values at or below zero."""
    if series.values.min() <= 0:
        at = int(series.values.argmin())
        raise ModelRefusalError(
            f"{series.key}, {series.periods[at]}: {series.values[at]:g} is not above zero.",
            f"{model} needs values above zero; choose drift, ets or theta.",
        )


SMALLEST = 1e-9
"""Least value, of the mean, beside which a model of sums or of ratios still sees the small values."""


def require_near(series: Series, z: Floats, model: str) -> None:
    """Refuse a series whose values, `z` after `normalised`, differ a billionfold."""
    if z.min() < SMALLEST:
        raise ModelRefusalError(
            f"{series.key}: values differ a billionfold, from {series.values.min():g} to {series.values.max():g}.",
            f"{model} would lose the small ones; choose drift, ets or theta.",
        )


def normalised(series: Series) -> tuple[Floats, float]:
    """Give the values divided by their mean absolute size, and that size.

    Models fit the quotient, so that a series counted in units or in millions gives the same forecast. Rounding to
    thirteen decimals makes searches over parameters take the same turns at every scale.
    """
    scale = float(np.mean(np.abs(series.values))) or 1.0
    return np.round(series.values / scale, 13), scale


def mirrored_normals(rng: np.random.Generator, n_paths: int, *shape: int) -> Floats:
    """Give standard normal numbers of shape (n_paths, *shape) in mirrored pairs: rows 2i and 2i+1 differ in sign.

    Symmetric forecasts then have the exact mean and median whatever the number of paths (antithetic variates,
    Hammersley & Morton 1956).
    """
    half = rng.standard_normal(((n_paths + 1) // 2, *shape))
    return np.stack([half, -half], axis=1).reshape(-1, *shape)[:n_paths]


def drawn_sds(rng: np.random.Generator, n_paths: int, sum_of_squares: float, degrees: int) -> Floats:
    """Draw error standard deviations, shape (n_paths,), given the residual sum of squares.

    ``sigma^2 = SSE / degrees x nu / chi2(nu)`` with ``nu = max(degrees, 4)``, the posterior under the flat prior of
    log sigma (Gelman et al., Bayesian Data Analysis, 3rd ed., section 3.2). Pairs of paths share one draw.
    """
    nu = max(degrees, FEWEST_DEGREES)
    chi2 = np.repeat(rng.chisquare(nu, (n_paths + 1) // 2), 2)[:n_paths]
    out: Floats = np.sqrt(sum_of_squares / max(degrees, 1) * nu / chi2)
    return out
