"""Prophet's own model solved for many series at once: the exact maximum of its posterior, with NumPy alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecast.series import Floats

SLOPE_SD = 5.0
"""Prior standard deviation of slope and offset in Prophet's Stan program (Taylor & Letham 2018, and its source)."""
SEASON_SD = 10.0
"""Prophet's default ``seasonality_prior_scale``."""
SIGMA_SD = 0.5
"""Prior standard deviation of the noise there (half normal)."""
SIGMA2_FLOOR = 1e-10
"""Where the trend can pass through every point the posterior has no maximum: the noise is held at this variance."""
STARTS = (1e-4, 1e-2, 1.0)
"""Starting values of the noise variance; the joint problem is not convex in it, so the best of three is kept."""

QUICK_ROUNDS, SURE_ROUNDS = 80, 320
"""Steps of the active set, see `_exact`; what has not settled after them counts as not converged."""


@dataclass(frozen=True, eq=False)
class Designs:
    """Many regression problems of Prophet's kind, padded to one size.

    Parameters
    ----------
    x : array, shape (n, t, p)
        Columns: time, one, hinges at the changepoints, then seasonal and other regressors; zero where padded.
    y : array, shape (n, t)
        Values over their largest magnitude.
    length : array, shape (n,)
        Real number of periods of each series.
    real : bool array, shape (n, p)
        Which columns exist.
    hinge : bool array, shape (p,)
        Which columns are changepoints, with a Laplace prior.
    ridge : array, shape (n, p)
        Prior precision of the other columns.
    """

    x: Floats
    y: Floats
    length: Floats
    real: NDArray[np.bool_]
    hinge: NDArray[np.bool_]
    ridge: Floats


@dataclass(frozen=True, eq=False)
class MapFit:
    """The posterior maximum of each series.

    Parameters
    ----------
    coefficients : array, shape (n, p)
        In the order of the design's columns.
    variance : array, shape (n,)
        Noise variance, on the scale of the values over their largest magnitude.
    objective : array, shape (n,)
        Minus the log posterior up to a constant, the quantity Stan minimises.
    converged : bool array, shape (n,)
        Whether the optimality conditions hold.
    """

    coefficients: Floats
    variance: Floats
    objective: Floats
    converged: NDArray[np.bool_]


def changepoints(t: Floats, n_changepoints: int = 25, span: float = 0.8) -> Floats:
    """Give the changepoint times Prophet places: evenly over the first `span` of the history, not at its first point.

    Examples
    --------
    >>> changepoints(np.linspace(0, 1, 6))
    array([0.2, 0.4, 0.6])
    """
    size = int(np.floor(t.size * span))
    n = min(n_changepoints, size - 1)
    if n <= 0:
        return np.zeros(1)  # Prophet puts a dummy changepoint at the start, which bends the whole line
    out: Floats = t[np.linspace(0, size - 1, n + 1).round().astype(int)[1:]]
    return out


def objective(designs: Designs, coefficients: Floats, variance: Floats, tau: float) -> Floats:
    """Minus the log posterior of Prophet with linear trend, up to a constant, shape (n,).

    ``T log s + RSS/(2 s^2) + s^2/(2 * 0.5^2) + (k^2 + m^2)/(2 * 5^2) + sum beta^2/(2 sd^2) + sum |delta|/tau``
    (Taylor & Letham 2018, Forecasting at scale, The American Statistician 72(1), and the Stan program of the package).
    """
    residual = designs.y - np.einsum("ntp,np->nt", designs.x, coefficients)
    squares = np.einsum("nt,nt->n", residual, residual)
    penalty = 0.5 * (designs.ridge * coefficients**2).sum(1) + np.abs(coefficients[:, designs.hinge]).sum(1) / tau
    out: Floats = (
        0.5 * designs.length * np.log(variance)
        + squares / (2 * variance)
        + variance / (2 * SIGMA_SD**2)
        + penalty
    )  # fmt: skip
    return out


def fit_map(designs: Designs, *, tau: float = 0.05) -> MapFit:
    """Find the posterior maximum of every series.

    For a given noise variance this is a lasso in the changepoints with a ridge in the rest: iterative reweighting
    comes near, then an active set makes it exact (signs fixed, coefficients that change sign dropped one at a time,
    the worst violator of the optimality conditions added), the variance following in closed form.

    Parameters
    ----------
    designs : Designs
        The problems.
    tau : float
        Prophet's ``changepoint_prior_scale``.

    Returns
    -------
    MapFit
        The best of the starts in `STARTS`, series by series.
    """
    gram = np.einsum("ntp,ntq->npq", designs.x, designs.x)
    cross = np.einsum("ntp,nt->np", designs.x, designs.y)
    total = np.einsum("nt,nt->n", designs.y, designs.y)
    best: MapFit | None = None
    for start in STARTS:
        near = _near(designs, gram, cross, total, tau, start)
        b, v, ok = _exact(designs, gram, cross, total, tau, near)
        value = objective(designs, b, v, tau)
        if best is None:
            best = MapFit(b, v, value, ok)
            continue
        better = (value < best.objective) & (ok | ~best.converged)
        best = MapFit(
            np.where(better[:, None], b, best.coefficients),
            np.where(better, v, best.variance),
            np.where(better, value, best.objective),
            np.where(better, ok, best.converged),
        )
    assert best is not None  # STARTS is not empty
    return best


def _squares(b: Floats, gram: Floats, cross: Floats, total: Floats) -> Floats:
    out: Floats = np.maximum(total - 2 * (b * cross).sum(1) + np.einsum("np,npq,nq->n", b, gram, b), 0.0)
    return out


def _variance(length: Floats, squares: Floats) -> Floats:
    """Root of ``v^2 / sd^2 + T v - RSS = 0``, the condition for the noise variance."""
    a = 1 / SIGMA_SD**2
    # written so that small sums of squares keep their digits
    v = 2 * squares / (length + np.sqrt(length**2 + 4 * a * squares))
    out: Floats = np.maximum(v, SIGMA2_FLOOR)
    return out


def _near(d: Designs, gram: Floats, cross: Floats, total: Floats, tau: float, start: float) -> tuple[Floats, Floats]:
    """Come near the maximum by iteratively reweighted ridge with a shrinking floor."""
    n, p = cross.shape
    v: Floats = np.full(n, start)
    b: Floats = np.zeros((n, p))
    scale = np.full((n, p), 0.1)
    eye = np.arange(p)
    for floor in np.geomspace(1e-1, 1e-9, 30):
        weight = np.where(d.hinge, 1 / (tau * np.sqrt(scale**2 + floor**2)), d.ridge)
        a = gram.copy()
        a[:, eye, eye] += weight * v[:, None] + ~d.real
        b = np.asarray(np.linalg.solve(a, cross[..., None])[..., 0], dtype=np.float64)
        scale = np.abs(b)
        v = _variance(d.length, _squares(b, gram, cross, total))
    return b, v


def _exact(
    d: Designs, gram: Floats, cross: Floats, total: Floats, tau: float, at: tuple[Floats, Floats]
) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Make a near solution exact by an active set."""
    b, v = at[0].copy(), at[1].copy()
    n, p = b.shape
    active = d.real & (~d.hinge | (np.abs(b) > 1e-5))
    b = np.where(active, b, 0.0)
    sign = np.where(d.hinge, np.sign(b), 0.0)
    live = np.arange(n)
    eye = np.arange(p)
    for turn in range(QUICK_ROUNDS + SURE_ROUNDS):
        on, s, var, g, c = active[live], sign[live], v[live], gram[live], cross[live]
        a = np.where(on[:, :, None] & on[:, None, :], g, 0.0)
        a[:, eye, eye] += d.ridge[live] * var[:, None] * on + ~on
        target = np.linalg.solve(a, np.where(on, c - s * (var / tau)[:, None], 0.0)[..., None])[..., 0]
        old = b[live]
        flips = on & d.hinge & (target * s < 0)
        some = flips.any(1)
        with np.errstate(divide="ignore", invalid="ignore"):
            step = np.where(flips, np.clip(old / (old - target), 0.0, 1.0), np.inf)
        first = step.argmin(1)
        new = old + np.where(some, step.min(1), 1.0)[:, None] * (target - old)
        rows = np.flatnonzero(some)
        new[rows, first[rows]] = 0.0
        on[rows, first[rows]] = False
        fresh = _variance(d.length[live], _squares(new, g, c, total[live]))
        # At first the variance follows every step, which is quick but can go round in circles; what is left then takes
        # turns, the coefficients to their end and then the variance, which lowers the objective each time.
        taking_turns = turn >= QUICK_ROUNDS
        slope = np.abs((np.einsum("npq,nq->np", g, new) - c) * (tau / (var if taking_turns else fresh))[:, None])
        violation = np.where(~on & d.real[live] & d.hinge, slope - 1, -1.0)
        worst = violation.argmax(1)
        optimal = violation.max(1) <= 1e-6
        same = np.abs(fresh / var - 1) < 1e-9
        add = np.flatnonzero(~some & ~optimal & (same | taking_turns))
        gradient = np.einsum("npq,nq->np", g[add], new[add]) - c[add]
        on[add, worst[add]] = True
        s[add, worst[add]] = -np.sign(gradient[np.arange(add.size), worst[add]])
        if taking_turns:
            fresh = np.where(~some & optimal, fresh, var)
        b[live], v[live], active[live], sign[live] = new, fresh, on, s
        done = ~some & same & optimal
        live = live[~done]
        if live.size == 0:
            break
    ok = np.ones(n, dtype=np.bool_)
    ok[live] = False
    return b, v, ok


def designs(
    values: list[Floats], *, seasons: list[Floats] | None = None, n_changepoints: int = 25, span: float = 0.8
) -> Designs:
    """Lay out series on an even time axis from 0 to 1, as Prophet does with linear growth.

    Parameters
    ----------
    values : list of array
        The values of each series, in any unit.
    seasons : list of array, optional
        For each series its seasonal columns, shape (t, k); k may be 0.
    n_changepoints, span : int, float
        Prophet's ``n_changepoints`` and ``changepoint_range``.

    Returns
    -------
    Designs
        Padded to the longest series and the largest number of columns; hinges before seasons.
    """
    times = [np.linspace(0.0, 1.0, v.size) for v in values]
    bends = [changepoints(t, n_changepoints, span) for t in times]
    n, rows, hinges = len(values), max(map(len, times)), max(map(len, bends))
    season_columns = max((s.shape[1] for s in seasons), default=0) if seasons else 0
    columns = 2 + hinges + season_columns
    x, y, real = np.zeros((n, rows, columns)), np.zeros((n, rows)), np.zeros((n, columns), dtype=np.bool_)
    for i, (t, v, c) in enumerate(zip(times, values, bends, strict=True)):
        x[i, : t.size, 0], x[i, : t.size, 1] = t, 1.0
        x[i, : t.size, 2 : 2 + c.size] = np.maximum(t[:, None] - c, 0.0)
        y[i, : t.size] = v / (np.abs(v).max() or 1.0)
        real[i, : 2 + c.size] = True
        if seasons:
            k = seasons[i].shape[1]
            x[i, : t.size, 2 + hinges : 2 + hinges + k] = seasons[i]
            real[i, 2 + hinges : 2 + hinges + k] = True
    place = np.arange(columns)
    hinge = (place >= 2) & (place < 2 + hinges)
    ridge = np.where(hinge, 0.0, np.where(place < 2, SLOPE_SD**-2, SEASON_SD**-2))
    length = np.array([float(t.size) for t in times])
    return Designs(x, y, length, real, hinge, np.broadcast_to(ridge, (n, columns)))
