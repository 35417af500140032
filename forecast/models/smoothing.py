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
    """Smoothing of one series under G parameter values.

    Parameters
    ----------
    grid : array, shape (G, 4)
        alpha, beta, phi, gamma.
    squares : array, shape (G,)
        Sum of squared one-step errors at the best initial state.
    log_weight : array, shape (G,)
        Logarithm of the posterior density of the parameters, up to a constant: initial states and variance are
        integrated out under flat priors, ``|X'X|^(-1/2) SSE^(-(n-k)/2)``.
    level, slope : array, shape (G,)
        At the end of the data.
    seasons : array, shape (G, season)
        Seasonal states at the end, the next period's first.
    """

    grid: Floats
    squares: Floats
    log_weight: Floats
    level: Floats
    slope: Floats
    seasons: Floats


def smooth(values: Floats, form: Form, grid: Floats) -> Smoothed:
    """Run the smoothing recursion over `values`, shape (n,), for every row of `grid`, shape (G, 4).

    ``y[t] = l[t-1] + phi b[t-1] + s[t-m] + e[t]``, then ``l += phi b + alpha e``, ``b = phi b + beta e``,
    ``s += gamma e`` (Hyndman et al. 2008, table 2.2, additive errors).
    """
    n, n_grid, k, m = values.size, grid.shape[0], form.states, form.season
    alpha, beta, phi, gamma = (grid[:, i, None] for i in range(4))
    # Columns: first the data with initial state zero, then no data with each unit initial state.
    level = np.zeros((n_grid, 1 + k))
    slope = np.zeros_like(level)
    seasons = np.zeros((m, n_grid, 1 + k))
    level[:, 1] = 1.0
    if form.trend:
        slope[:, 2] = 1.0
    first = 2 + form.trend
    for j in range(m - 1):
        seasons[j, :, first + j] = 1.0
        seasons[m - 1, :, first + j] = -1.0
    errors = np.empty((n, n_grid, 1 + k))
    for t in range(n):
        grown = phi * slope
        level += grown
        e = -level
        if m > 1:
            e -= seasons[t % m]
        e[:, 0] += values[t]
        errors[t] = e
        level += alpha * e
        if form.trend:
            slope = grown + beta * e
        if m > 1:
            seasons[t % m] += gamma * e
    start, squares, log_weight = solve(-errors[:, :, 1:].transpose(1, 0, 2), errors[:, :, 0].T)

    def at_end(state: Floats) -> Floats:
        out: Floats = state[..., 0] + np.einsum("...gk,gk->...g", state[..., 1:], start)
        return out

    ended = at_end(np.roll(seasons, -(n % m), axis=0)).T
    return Smoothed(grid, squares, log_weight, at_end(level), at_end(slope), ended)


def solve(design: Floats, target: Floats) -> tuple[Floats, Floats, Floats]:
    """Least squares for each of G designs, shape (G, n, k), and targets, shape (G, n).

    Returns
    -------
    coefficients : array, shape (G, k)
    squares : array, shape (G,)
        Residual sums of squares, not below rounding.
    log_weight : array, shape (G,)
        ``-log|X'X|/2 - (n - k)/2 log SSE``.
    """
    n, k = design.shape[1:]
    across = np.swapaxes(design, 1, 2)
    gram = across @ design
    ridge = 1e-12 * (np.trace(gram, axis1=1, axis2=2) / k + 1.0)
    gram = gram + ridge[:, None, None] * np.eye(k)
    coefficients = np.linalg.solve(gram, across @ target[:, :, None])
    residuals = target - (design @ coefficients)[:, :, 0]
    squares = np.maximum(np.einsum("gn,gn->g", residuals, residuals), SMALLEST_SQUARES)
    log_weight = -0.5 * np.linalg.slogdet(gram)[1] - 0.5 * (n - k) * np.log(squares)
    return coefficients[:, :, 0], squares, log_weight


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
