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
    """Smoothing of S series under G parameter values.

    Parameters
    ----------
    grid : array, shape (G, 4)
        alpha, beta, phi, gamma.
    squares : array, shape (G, S)
        Sum of squared one-step errors at the best initial state.
    log_weight : array, shape (G, S)
        Logarithm of the posterior density of the parameters, up to a constant: initial states and variance are
        integrated out under flat priors, ``|X'X|^(-1/2) SSE^(-(n-k)/2)``.
    level, slope : array, shape (G, S)
        At the end of the data.
    seasons : array, shape (G, S, season)
        Seasonal states at the end, the next period's first.
    """

    grid: Floats
    squares: Floats
    log_weight: Floats
    level: Floats
    slope: Floats
    seasons: Floats


def smooth(values: Floats, form: Form, grid: Floats) -> Smoothed:
    """Run the smoothing recursion for every row of `grid` on every row of `values`, shape (S, n).

    ``y[t] = l[t-1] + phi b[t-1] + s[t-m] + e[t]``, then ``l += phi b + alpha e``, ``b = phi b + beta e``,
    ``s += gamma e`` (Hyndman et al. 2008, table 2.2, additive errors).
    """
    n_series, n = values.shape
    n_grid, k, m = grid.shape[0], form.states, form.season
    alpha, beta, phi, gamma = (grid[:, i, None] for i in range(4))
    # Columns: first the data with initial state zero, then no data with each unit initial state.
    level = np.zeros((n_grid, n_series + k))
    slope = np.zeros_like(level)
    seasons = np.zeros((m, n_grid, n_series + k))
    level[:, n_series] = 1.0
    if form.trend:
        slope[:, n_series + 1] = 1.0
    first = n_series + 1 + form.trend
    for j in range(m - 1):
        seasons[j, :, first + j] = 1.0
        seasons[m - 1, :, first + j] = -1.0
    errors = np.empty((n, n_grid, n_series + k))
    for t in range(n):
        grown = phi * slope
        level += grown
        e = -level
        if m > 1:
            e -= seasons[t % m]
        e[:, :n_series] += values[:, t]
        errors[t] = e
        level += alpha * e
        if form.trend:
            slope = grown + beta * e
        if m > 1:
            seasons[t % m] += gamma * e
    design = -errors[:, :, n_series:].transpose(1, 0, 2)
    target = errors[:, :, :n_series].transpose(1, 0, 2)
    start, squares, log_weight = solve(design, target)

    def at_end(state: Floats) -> Floats:
        out: Floats = state[:, :n_series] + np.einsum("gk,gks->gs", state[:, n_series:], start)
        return out

    order = [(n + j) % m for j in range(m)]
    ended = np.stack([at_end(seasons[j]) for j in order], axis=-1)
    return Smoothed(grid, squares, log_weight, at_end(level), at_end(slope), ended)


def solve(design: Floats, target: Floats) -> tuple[Floats, Floats, Floats]:
    """Least squares for each of G designs, shape (G, n, k), and S targets, shape (G, n, S).

    Returns
    -------
    coefficients : array, shape (G, k, S)
    squares : array, shape (G, S)
        Residual sums of squares, not below rounding.
    log_weight : array, shape (G, S)
        ``-log|X'X|/2 - (n - k)/2 log SSE``.
    """
    n, k = design.shape[1:]
    gram = np.swapaxes(design, 1, 2) @ design
    ridge = 1e-12 * (np.trace(gram, axis1=1, axis2=2) / k + 1.0)
    gram = gram + ridge[:, None, None] * np.eye(k)
    coefficients = np.linalg.solve(gram, np.swapaxes(design, 1, 2) @ target)
    residuals = target - design @ coefficients
    squares = np.maximum(np.einsum("gns,gns->gs", residuals, residuals), SMALLEST_SQUARES)
    log_weight = -0.5 * np.linalg.slogdet(gram)[1][:, None] - 0.5 * (n - k) * np.log(squares)
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


def aicc(squares: Floats, n: int, parameters: int) -> Floats:
    """Corrected Akaike criterion of Gaussian errors, ``n log(SSE/n) + 2p + 2p(p+1)/(n-p-1)``; infinite for p > n-2.

    Hurvich & Tsai (1989), Biometrika 76(2), 297-307.
    """
    if n - parameters - 1 < 1:
        return np.full_like(squares, np.inf)
    penalty = 2 * parameters * (1 + (parameters + 1) / (n - parameters - 1))
    out: Floats = n * np.log(squares / n) + penalty
    return out
