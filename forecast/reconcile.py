"""Reconciliation of sample paths: sums hold exactly on every path, and better-known levels inform the others."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm, rankdata

from forecast.hierarchy import Structure
from forecast.series import Floats

Bools = NDArray[np.bool_]

DEEPEST_CUT = 0.05
"""The projection never leaves less than this share of a part's own forecast: a sum is no reason for a count of zero."""


def project(base: Floats, constraints: Floats, covariance: Floats) -> Floats:
    """Move points to the nearest ones that meet linear constraints, distance measured by `covariance`.

    Minimum-trace reconciliation in its zero-constraint form,
    ``y~ = y^ - W C' (C W C')^+ C y^``: Wickramasuriya, Athanasopoulos and Hyndman (2019), Journal of the American
    Statistical Association 114(526), 804-819; form with constraints: Di Fonzo and Girolimetto (2023), International
    Journal of Forecasting 39(1), 39-57, eq. 5. A node of zero variance does not move.

    Parameters
    ----------
    base : array, shape (n_nodes, n_points)
        Unreconciled values.
    constraints : array, shape (n_sums, n_nodes)
        C with ``C @ y = 0`` wanted. Rows may depend on each other (a table summed by rows and by columns).
    covariance : array, shape (n_nodes, n_nodes)
        W, the covariance of the errors of `base`.

    Returns
    -------
    array, shape (n_nodes, n_points)

    Examples
    --------
    >>> all_is_a_plus_b = np.array([[1.0, -1.0, -1.0]])
    >>> project(np.array([[10.0], [4.0], [4.0]]), all_is_a_plus_b, np.diag([0.0, 1.0, 3.0])).ravel().tolist()
    [10.0, 4.5, 5.5]
    """
    # Scaling rows by their own spread keeps the pseudo-inverse's cutoff meaningful between Tibet and the nation.
    gain = covariance @ constraints.T
    inner = constraints @ gain
    scale = np.sqrt(np.maximum(np.diag(inner), 0.0))
    ok = scale > 0
    if not ok.any():
        return base.copy()
    s = scale[ok]
    pinv = np.linalg.pinv(inner[np.ix_(ok, ok)] / np.outer(s, s), rcond=1e-9, hermitian=True) / np.outer(s, s)
    out: Floats = base - gain[:, ok] @ (pinv @ (constraints[ok] @ base))
    return out


def path_covariance(paths: Floats, known: Bools) -> Floats:
    """Covariance of forecast errors as the paths tell it, robust to their long tails.

    ``W = D R D``: D half the distance between the 16th and the 84th percentile of each node (its standard deviation
    if it were Gaussian), R the correlation of the nodes' normal scores. Plain covariances of skewed paths are ruled
    by a handful of extreme futures.

    Parameters
    ----------
    paths : array, shape (n_nodes, n_paths)
    known : array of bool, shape (n_nodes,)
        Nodes that must not move; they get no variance.

    Returns
    -------
    array, shape (n_nodes, n_nodes)
    """
    n = paths.shape[1]
    low, high = np.quantile(paths, [norm.cdf(-1), norm.cdf(1)], axis=1)
    sd = np.where(known, 0.0, (high - low) / 2)
    scores = norm.ppf((rankdata(paths, axis=1) - 0.5) / n)
    scores -= scores.mean(axis=1, keepdims=True)
    norms = np.sqrt((scores**2).sum(axis=1))
    scores /= np.where(norms > 0, norms, 1.0)[:, None]
    R = scores @ scores.T
    np.fill_diagonal(R, 1.0)
    W: Floats = R * np.outer(sd, sd)
    return W


def settle(values: Floats, known: Bools, structure: Structure) -> Floats:
    """Round to whole units so that every sum holds exactly, known nodes unchanged.

    Whole numbers below 2^53 add without rounding error in any order, so sums over regions and over types agree to
    the last unit. Bottom nodes are rounded; where a whole is known, the free bottoms that belong to no smaller known
    whole are scaled to it, the largest taking the last units; then free wholes are added up.

    Parameters
    ----------
    values : array, shape (n_nodes, n_paths)
        Not negative, near the sums already.
    known : array of bool, shape (n_nodes,)
        Nodes that keep their values (themselves rounded to whole units).
    structure : Structure

    Returns
    -------
    array, shape (n_nodes, n_paths)
        A known whole keeps a gap only where none of its bottoms is free, or where its known bottoms exceed it.
    """
    out = np.rint(values)
    S = structure.summing_matrix > 0
    bottom = np.array([structure.index[k] for k in structure.bottoms], dtype=np.intp)
    wholes = [structure.index[w] for w in structure.order]
    taken = known[bottom].copy()
    for w in sorted((w for w in wholes if known[w]), key=lambda w: int(S[w].sum())):
        mine = S[w] & ~taken
        if mine.any():
            rows = bottom[mine]
            fixed = out[bottom[S[w] & taken]].sum(axis=0)
            out[rows] = apportion(out[rows], np.maximum(out[w] - fixed, 0.0))
        taken |= S[w]
    for whole in structure.order:
        i = structure.index[whole]
        if not known[i]:
            # Known wholes in between may differ from their bottoms by printed rounding: add direct parts, not bottoms.
            parts = next(s.parts for s in structure.sums if s.whole == whole)
            out[i] = out[[structure.index[p] for p in parts]].sum(axis=0)
    return out


def apportion(parts: Floats, total: Floats) -> Floats:
    """Scale whole-numbered `parts` (n_parts, n_paths) to whole-numbered `total` (n_paths,), exactly and not below zero.

    Examples
    --------
    >>> apportion(np.array([[3.0], [3.0], [1.0]]), np.array([8.0])).ravel().tolist()
    [4.0, 3.0, 1.0]
    """
    now = parts.sum(axis=0)
    even = total / parts.shape[0]
    with np.errstate(divide="ignore", invalid="ignore"):
        scaled = np.where(now > 0, np.floor(parts * (total / now)), np.floor(even))
    left = total - scaled.sum(axis=0)
    # Flooring leaves fewer units than parts, all of one sign: the largest part takes them.
    largest = scaled.argmax(axis=0)
    scaled[largest, np.arange(scaled.shape[1])] += left
    out: Floats = scaled
    return out


def reconcile(paths: Floats, known: Bools, structure: Structure) -> Floats:
    """Make paths coherent, year by year: project once, keep them above zero, settle whole units.

    Parameters
    ----------
    paths : array, shape (n_nodes, n_years, n_paths)
        In the order of ``structure.nodes``. NaN where a node has no forecast of its own: in years where all parts of
        such a whole are there it is added up, else it stays NaN.
    known : array of bool, shape (n_nodes, n_years)
        Where values are known and must stay.
    structure : Structure
        Sums in whole units (counts, yuan, persons).

    Returns
    -------
    array, shape (n_nodes, n_years, n_paths)
    """
    out = np.full_like(paths, np.nan)
    for t in range(paths.shape[1]):
        here = np.asarray(np.isfinite(paths[:, t]).all(axis=1))
        alive = addable(here, structure)
        sub, rows = part_of(structure, alive)
        if rows.size:
            out[rows, t] = reconcile_year(paths[rows, t], known[rows, t], sub)
    return out


def reconcile_year(base: Floats, known: Bools, structure: Structure) -> Floats:
    """Make the paths of one year coherent; arguments as in `reconcile`, without the axis of years."""
    own = np.asarray(np.isfinite(base).all(axis=1))
    C = structure.constraints
    usable = np.array([bool(own[row != 0].all() and not known[row != 0].all()) for row in C], dtype=np.bool_)
    values = np.where(own[:, None], base, 0.0)
    if usable.any():
        W = path_covariance(values, known | ~own)
        values = project(values, C[usable], W)
        values = np.maximum(values, DEEPEST_CUT * np.where(own[:, None], base, 0.0))
    return settle(values, known, structure)


def addable(here: Bools, structure: Structure) -> Bools:
    """Nodes that have values, and wholes that can be added up from nodes that have."""
    alive = here.copy()
    for whole in structure.order:
        i = structure.index[whole]
        if not alive[i]:
            alive[i] = any(all(alive[structure.index[p]] for p in s.parts) for s in structure.sums if s.whole == whole)
    return alive


def part_of(structure: Structure, alive: Bools) -> tuple[Structure, NDArray[np.intp]]:
    """Give the structure among the `alive` nodes, with their positions."""
    rows = np.flatnonzero(alive)
    names = {structure.nodes[i] for i in rows}
    sums = tuple(s for s in structure.sums if s.whole in names and all(p in names for p in s.parts))
    return Structure(tuple(structure.nodes[i] for i in rows), sums), rows
