"""Linear exponential smoothing run for many parameter values at once, initial states found exactly.

With additive errors, every error is linear in the initial state, so for given smoothing parameters the best initial
state is a least-squares solution. What remains is a search over at most four numbers between 0 and 1, done on a grid.
The grid also carries the uncertainty of the parameters: each of its points has a posterior weight.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecast.series import Floats

SMALLEST_SQUARES = 1e-20
"""Sums of squares of values of size one below this are rounding."""


@dataclass(frozen=True)
class Form:
    """Which states there are.

    Parameters
    ----------
    trend : bool
        Whether there is a slope.
    damped : bool
        Whether the slope fades.
    season : int
        Season length, 1 for none.
    """

    trend: bool
    damped: bool
    season: int = 1

    @property
    def states(self) -> int:
        """Number of free initial states."""
        return 1 + self.trend + (self.season - 1)

    @property
    def parameters(self) -> int:
        """Free numbers in all: smoothing parameters, initial states, error variance."""
        return 1 + self.trend + self.damped + (self.season > 1) + self.states + 1

    def grid(self) -> Floats:
        """Smoothing parameters to try, shape (G, 4): alpha, beta, phi, gamma.

        Bounds as in Hyndman, Koehler, Ord & Snyder (2008), Forecasting with Exponential Smoothing, section 2.3:
        0 < beta < alpha < 1, 0.8 <= phi <= 0.98, 0 < gamma < 1 - alpha.
        """
        coarse = self.season > 1
        alphas = np.array([0.02, 0.1, 0.25, 0.4, 0.6, 0.8, 0.99] if coarse else _ALPHAS if self.trend else _MANY_ALPHAS)
        shares = np.array([0.0, 0.05, 0.2, 0.5] if coarse else _SHARES) if self.trend else np.zeros(1)
        phis = np.array([0.8, 0.88, 0.94, 0.98]) if self.damped else np.ones(1)
        gammas = np.array([0.0, 0.05, 0.2, 0.5]) if coarse else np.zeros(1)
        a, b, p, g = (x.ravel() for x in np.meshgrid(alphas, shares, phis, gammas, indexing="ij"))
        return np.stack([a, a * b, p, g * (1 - a)], axis=1)


_ALPHAS = [0.02, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.99]
_MANY_ALPHAS = [0.01, *np.round(np.arange(0.05, 1.0, 0.05), 2).tolist(), 0.99]
_SHARES = [0.0, 0.03, 0.1, 0.2, 0.35, 0.55, 0.8, 0.99]


@dataclass(frozen=True, eq=False)
class Smoothed:
    """Smoothing of series under G parameter values; of one series without the first axis.

    Parameters
    ----------
    grid : array, shape (G, 4)
        alpha, beta, phi, gamma.
    squares : array, shape (N, G)
        Sum of squared one-step errors at the best initial state.
    log_weight : array, shape (N, G)
        Logarithm of the posterior density of the parameters, up to a constant: initial states and variance are
        integrated out under flat priors, ``|X'X|^(-1/2) SSE^(-(n-k)/2)``.
    level, slope : array, shape (N, G)
        At the end of the data.
    seasons : array, shape (N, G, season)
        Seasonal states at the end, the next period's first.
    """

    grid: Floats
    squares: Floats
    log_weight: Floats
    level: Floats
    slope: Floats
    seasons: Floats

    def of(self, i: int) -> Smoothed:
        """Give the part of series number `i`."""
        parts = (self.squares, self.log_weight, self.level, self.slope, self.seasons)
        return Smoothed(self.grid, *(part[i] for part in parts))


def smooth(values: Floats, form: Form, grid: Floats) -> Smoothed:
    """Run the smoothing recursion over series of one length, for every row of `grid`.

    ``y[t] = l[t-1] + phi b[t-1] + s[t-m] + e[t]``, then ``l += phi b + alpha e``, ``b = phi b + beta e``,
    ``s += gamma e`` (Hyndman et al. 2008, table 2.2, additive errors). What unit initial states do is the same for all
    series and worked out once; a series gets the same numbers, to the last digit, whatever others are beside it.

    Parameters
    ----------
    values : array, shape (N, n)
    form : Form
    grid : array, shape (G, 4)
        See `Form.grid`.

    Examples
    --------
    >>> found = smooth(np.array([[1.0, 2, 3, 4], [2.0, 2, 3, 3]]), Form(True, False), Form(True, False).grid())
    >>> bool(found.squares[0].max() < 1e-12), bool(found.squares[1].min() > 0.1)
    (True, True)
    """
    n = values.shape[1]
    unit = _run(np.zeros((form.states, n)), form, grid, _unit_states(form, len(grid)))
    own = _run(values, form, grid, _no_states(form, values.shape[0], len(grid)))
    design = np.moveaxis(-unit.errors, 0, 2)
    start, squares, log_weight = solve(design, own.errors)

    def at_end(of_data: Floats, of_states: Floats) -> Floats:
        out: Floats = of_data
        for j in range(form.states):
            out = out + of_states[j] * (start[..., j, None] if out.ndim == 3 else start[..., j])
        return out

    return Smoothed(
        grid, squares, log_weight, at_end(own.level, unit.level), at_end(own.slope, unit.slope),
        at_end(own.seasons, unit.seasons),
    )  # fmt: skip


@dataclass(frozen=True, eq=False)
class _Run:
    """Errors, shape (N, G, n), and states at the end, seasons last."""

    errors: Floats
    level: Floats
    slope: Floats
    seasons: Floats


def _no_states(form: Form, n_series: int, n_grid: int) -> tuple[Floats, Floats, Floats]:
    shape = (n_series, n_grid)
    return np.zeros(shape), np.zeros(shape), np.zeros((form.season, *shape))


def _unit_states(form: Form, n_grid: int) -> tuple[Floats, Floats, Floats]:
    """One series for each free initial state: level, slope, then all seasons but the last, which balances them."""
    level, slope, seasons = _no_states(form, form.states, n_grid)
    level[0] = 1.0
    if form.trend:
        slope[1] = 1.0
    for j in range(form.season - 1):
        seasons[j, 1 + form.trend + j] = 1.0
        seasons[form.season - 1, 1 + form.trend + j] = -1.0
    return level, slope, seasons


def _run(values: Floats, form: Form, grid: Floats, states: tuple[Floats, Floats, Floats]) -> _Run:
    level, slope, seasons = states
    n, m = values.shape[1], form.season
    alpha, beta, phi, gamma = grid.T
    errors = np.empty((n, *level.shape))
    for t in range(n):
        grown = phi * slope
        level = level + grown
        e = values[:, t, None] - level
        if m > 1:
            e = e - seasons[t % m]
        errors[t] = e
        level = level + alpha * e
        if form.trend:
            slope = grown + beta * e
        if m > 1:
            seasons[t % m] += gamma * e
    ended = np.moveaxis(np.roll(seasons, -(n % m), axis=0), 0, 2)
    return _Run(np.ascontiguousarray(np.moveaxis(errors, 0, 2)), level, slope, ended)


def solve(design: Floats, target: Floats) -> tuple[Floats, Floats, Floats]:
    """Least squares of many targets on each of G designs.

    Parameters
    ----------
    design : array, shape (G, n, k)
    target : array, shape (N, G, n)

    Returns
    -------
    coefficients : array, shape (N, G, k)
    squares : array, shape (N, G)
        Residual sums of squares, not below rounding.
    log_weight : array, shape (N, G)
        ``-log|X'X|/2 - (n - k)/2 log SSE``.
    """
    n, k = design.shape[1:]
    across = np.swapaxes(design, 1, 2)
    gram = across @ design
    ridge = 1e-12 * (np.trace(gram, axis1=1, axis2=2) / k + 1.0)
    gram = gram + ridge[:, None, None] * np.eye(k)
    # Products of one matrix with one vector each: products of matrices round differently beside other series.
    coefficients = np.matmul(np.linalg.solve(gram, across), target[..., None])[..., 0]
    residuals = target - np.matmul(design, coefficients[..., None])[..., 0]
    squares = np.maximum((residuals * residuals).sum(-1), SMALLEST_SQUARES)
    log_weight = -0.5 * np.linalg.slogdet(gram)[1] - 0.5 * (n - k) * np.log(squares)
    return coefficients, squares, log_weight


def pick(log_weight: Floats, n_paths: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """Draw grid points by their weight, shape (n_paths,); pairs of paths share one draw.

    Stratified: the share of each point among the draws is its weight up to one draw.
    """
    weight = np.exp(log_weight - log_weight.max())
    edges = np.cumsum(weight / weight.sum())
    half = (n_paths + 1) // 2
    at = (np.arange(half) + rng.random()) / half
    chosen = np.minimum(np.searchsorted(edges, at), weight.size - 1)
    return np.repeat(rng.permutation(chosen), 2)[:n_paths]


def share_out(weights: Floats, n_paths: int) -> NDArray[np.intp]:
    """Give how many of `n_paths` go to each of several choices, in pairs where possible.

    Examples
    --------
    >>> share_out(np.array([0.6, 0.3, 0.1]), 20).tolist()
    [12, 6, 2]
    """
    edges = 2 * np.floor(np.cumsum(weights / weights.sum()) * n_paths / 2 + 0.5).astype(np.intp)
    edges[-1] = n_paths
    return np.diff(np.minimum(edges, n_paths), prepend=0)
