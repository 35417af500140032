"""Reconciliation of sample paths: sums hold exactly on every path, and better-known levels inform the others."""

from __future__ import annotations

import numpy as np
import scipy
from numpy.typing import NDArray
from scipy.linalg import qr
from scipy.special import ndtr, ndtri

from forecast.hierarchy import REST, Structure
from forecast.series import Floats

Bools = NDArray[np.bool_]
LEAST = 0.5
"""Half a unit: what a count of zero is taken for where its logarithm is needed."""

FARTHEST = float(np.log(20.0))
"""The projection changes no value by more than a factor of twenty: a sum is no reason for a count of zero."""

SLACK = 0.005
"""Share of the variance of its gap to which a linearised sum is met; settling makes sums exact afterwards."""

INDEPENDENT = 0.05
"""Weight of independence in the correlations of nodes: a few hundred paths leave noise in them."""

SURE = 1e-6
"""Smallest standard deviation of a node that may move, so that a flat forecast can still give way to a known whole."""


def gain(constraints: Floats, covariance: Floats, *, slack: float = 0.0) -> Floats:
    """Give the matrix G with which ``y~ = y^ - G C y^`` is the minimum-trace reconciliation of y^.

    ``G = W C' (C W C')^+``: Wickramasuriya, Athanasopoulos and Hyndman (2019), Journal of the American Statistical
    Association 114(526), 804-819; form with constraints: Di Fonzo and Girolimetto (2023), International Journal of
    Forecasting 39(1), 39-57, eq. 5. A node of zero variance does not move.

    Parameters
    ----------
    constraints : array, shape (n_sums, n_nodes)
        C with ``C @ y = 0`` wanted. Rows may depend on each other (a table summed by rows and by columns).
    covariance : array, shape (n_nodes, n_nodes)
        W, the covariance of the errors of y^.
    slack : float
        Share of its variance that a gap may keep: ``G = W C' (M + slack diag M)^-1`` with ``M = C W C'``.

    Returns
    -------
    array, shape (n_nodes, n_sums)

    Examples
    --------
    >>> C, y = np.array([[1.0, -1.0, -1.0]]), np.array([10.0, 4.0, 4.0])
    >>> (y - gain(C, np.diag([0.0, 1.0, 3.0])) @ (C @ y)).tolist()
    [10.0, 4.5, 5.5]
    """
    half = covariance @ constraints.T
    inner = constraints @ half * (1 + slack * np.eye(constraints.shape[0]))
    # Scaling rows by their own spread keeps the cutoff of the pseudo-inverse meaningful between Tibet and the nation.
    scale = np.sqrt(np.maximum(np.diag(inner), 0.0))
    ok = scale > 0
    out = np.zeros_like(half)
    if ok.any():
        s = scale[ok]
        pinv = np.linalg.pinv(inner[np.ix_(ok, ok)] / np.outer(s, s), rcond=1e-9, hermitian=True) / np.outer(s, s)
        out[:, ok] = half[:, ok] @ pinv
    return out


def project(base: Floats, known: Bools, constraints: Floats) -> Floats:
    """Move paths towards adding up, distance measured in logarithms by how sure each node is.

    Minimum trace on logarithms: each sum is linearised as ``ln whole - sum(share_p ln part_p)`` at the medians, `gain`
    gives the direction, and each path moves by its own gap ``ln whole - ln sum(parts)``. For small errors this is
    minimum trace on levels; for large ones nothing turns negative, and a bad year of one province does not bring
    another to zero. One step: the second-order gap that is left goes to the wholes when sums are settled. (Repeating
    the step does not converge on paths whose shares are far from the medians.) A linearised sum is met to `SLACK` only:
    where two ways of dividing a whole contradict each other, an exact step would throw their smallest part about.

    Parameters
    ----------
    base : array, shape (n_nodes, n_paths)
        Not negative.
    known : array of bool, shape (n_nodes,)
        Nodes that stay.
    constraints : array, shape (n_sums, n_nodes)
        1 for the whole of a sum, -1 for its parts; no row may follow from the others.

    Returns
    -------
    array, shape (n_nodes, n_paths)
    """
    x = np.log(np.maximum(base, LEAST))
    middle = np.exp(np.median(x, axis=1))
    parts = np.where(constraints < 0, middle, 0.0)
    A = np.where(constraints > 0, 1.0, -parts / parts.sum(axis=1, keepdims=True))
    wholes = np.asarray((constraints > 0).any(axis=0))
    y = np.exp(x)
    gap = np.log(np.maximum(constraints, 0.0) @ y) - np.log(np.maximum(-constraints, 0.0) @ y)
    move = np.clip(gain(A, path_covariance(x, known, wholes), slack=SLACK) @ gap, -FARTHEST, FARTHEST)
    return np.where(known[:, None], base, np.exp(x - move))


def independent(constraints: Floats, known: Bools) -> Floats:
    """Leave out sums that follow from the others as far as free nodes go.

    A table summed by rows and by columns says its corner twice; where nodes are known, more sums say the same of the
    free ones. Near the medians such sums contradict each other a little, and a step that tries to meet both explodes.

    Examples
    --------
    >>> independent(np.array([[1.0, -1.0, 0.0], [1.0, 0.0, -1.0]]), np.array([False, True, True])).tolist()
    [[1.0, -1.0, 0.0]]
    """
    free = constraints[:, ~known]
    _, r, order = qr(free.T, mode="economic", pivoting=True)
    size = np.abs(np.diag(r))
    rows = np.sort(order[: int((size > 1e-9 * size[0]).sum())])
    return np.asarray(constraints[rows])


def path_covariance(paths: Floats, known: Bools, wholes: Bools) -> Floats:
    """Covariance of forecast errors as the paths tell it, robust to their long tails.

    ``W = D R D``: D half the distance between the 16th and the 84th percentile of each node (its standard deviation
    if it were Gaussian), R the correlation of the nodes' normal scores, shrunk a little towards none. Plain
    covariances of skewed paths are ruled by a handful of extreme futures. Errors of wholes count as independent of
    those of their parts: estimated gains beyond one (a whole that moves away from what its parts say) do not carry
    over to single paths.

    Parameters
    ----------
    paths : array, shape (n_nodes, n_paths)
    known : array of bool, shape (n_nodes,)
        Nodes that must not move; they get no variance.
    wholes : array of bool, shape (n_nodes,)
        Nodes that are a sum of others.

    Returns
    -------
    array, shape (n_nodes, n_nodes)
    """
    n = paths.shape[1]
    low, high = np.quantile(paths, [ndtr(-1.0), ndtr(1.0)], axis=1)
    sd = np.where(known, 0.0, np.maximum((high - low) / 2, SURE))
    scores = ndtri((scipy.stats.rankdata(paths, axis=1) - 0.5) / n)
    scores -= scores.mean(axis=1, keepdims=True)
    norms = np.sqrt((scores**2).sum(axis=1))
    scores /= np.where(norms > 0, norms, 1.0)[:, None]
    R = (1 - INDEPENDENT) * (scores @ scores.T)
    R[wholes] = 0.0
    R[:, wholes] = 0.0
    np.fill_diagonal(R, 1.0)
    W: Floats = R * np.outer(sd, sd)
    return W


def settle(values: Floats, known: Bools, structure: Structure) -> Floats:
    """Round to whole units so that every sum holds exactly, known nodes unchanged.

    Whole numbers below 2^53 add without rounding error in any order, so sums over regions and over types agree to
    the last unit. Bottom nodes are rounded; where a whole is known, the free bottoms that belong to no smaller known
    whole are scaled to it, the largest taking the last units; then free wholes are added up by their first sum, and
    the rests of their other sums are what is left (parts that outgrow the whole are scaled down to it).

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
        first, *others = (s for s in structure.sums if s.whole == whole)
        if not known[i]:
            # Known wholes in between may differ from their bottoms by printed rounding: add direct parts, not bottoms.
            out[i] = out[[structure.index[p] for p in first.parts]].sum(axis=0)
        for s in others:
            *rows, rest = (structure.index[p] for p in s.parts)
            if s.parts[-1] in structure.bottoms and s.parts[-1].endswith(REST) and not known[rest]:
                free = [r for r in rows if structure.nodes[r] in structure.bottoms and not known[r]]
                fixed = [r for r in rows if r not in free]
                room = np.maximum(out[i] - out[fixed].sum(axis=0), 0.0)
                over = out[free].sum(axis=0) > room
                if free and over.any():
                    out[np.array(free)[:, None], np.flatnonzero(over)] = apportion(out[free][:, over], room[over])
                out[rest] = np.maximum(out[i] - out[rows].sum(axis=0), 0.0)
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


def reconcile(paths: Floats, known: Bools, structure: Structure, *, informed: Bools | None = None) -> Floats:
    """Make paths coherent, year by year: project once, keep them above zero, settle whole units.

    A series whose figures end early learns from the others while they go on: in `informed` years the factor by which
    the projection moved a path is carried into all later years of that path (levels move like random walks, so what is
    learned about one year's level holds for the next ones).

    Parameters
    ----------
    paths : array, shape (n_nodes, n_years, n_paths)
        In the order of ``structure.nodes``. NaN where a node has no forecast of its own: in years where all parts of
        such a whole are there it is added up, else it stays NaN.
    known : array of bool, shape (n_nodes, n_years)
        Where values are known and must stay.
    structure : Structure
        Sums in whole units (counts, yuan, persons).
    informed : array of bool, shape (n_years,), optional
        Years in which some member of the structure has figures; by default those with a known node.

    Returns
    -------
    array, shape (n_nodes, n_years, n_paths)
    """
    if informed is None:
        informed = np.asarray(known.any(axis=0))
    out = np.full_like(paths, np.nan)
    carried = np.ones((paths.shape[0], paths.shape[2]))
    for t in range(paths.shape[1]):
        here = np.asarray(np.isfinite(paths[:, t]).all(axis=1))
        alive = addable(here, structure)
        sub, rows = part_of(structure, alive)
        if not rows.size:
            continue
        base = np.where(known[:, t, None], paths[:, t], paths[:, t] * carried)
        out[rows, t] = reconcile_year(base[rows], known[rows, t], sub)
        if informed[t]:
            with np.errstate(divide="ignore", invalid="ignore"):
                factor = out[:, t] / paths[:, t]
            learned = np.isfinite(factor) & (factor > 0) & ~known[:, t, None]
            carried = np.where(known[:, t, None], 1.0, np.where(learned, factor, carried))
    return out


def reconcile_year(base: Floats, known: Bools, structure: Structure) -> Floats:
    """Make the paths of one year coherent; arguments as in `reconcile`, without the axis of years."""
    own = np.asarray(np.isfinite(base).all(axis=1))
    C = structure.constraints
    usable = np.array([bool(own[row != 0].all() and not known[row != 0].all()) for row in C], dtype=np.bool_)
    values = np.where(own[:, None], base, 0.0)
    if usable.any():
        values[own] = project(base[own], known[own], independent(C[np.ix_(usable, own)], known[own]))
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
