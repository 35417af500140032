"""Solve a graph: levels and errors, with jumps and wrong prints allowed for and the variance scale averaged over."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from scipy.linalg.lapack import dpotrf, dpotri

from forecast.errors import InputError
from forecast.factors import FIXED
from forecast.graph import Graph, Integers, Row, padded
from forecast.series import Floats

SOURCE_DEGREES, SHOCK_DEGREES, SHOCK_KURTOSIS = 2.0, 5.0, 6.0
LEAST_DEGREES, GAUSSIAN = 3.0, 1000.0
SOURCE_CAP = 0.06
"""A print is never taken to be wrong by more than about this (logarithm): beyond it the history moved."""
TEMPER = (31.0, 4.0, 1.3, 1.03)
"""Factors on the error of prints in the first passes, so that conflicting prints start in the middle."""
PASSES, CLOSE = 14, 1e-5
TAIL = SHOCK_DEGREES / (SHOCK_DEGREES - 2)
SCALE_GRID = np.log(2.0) * np.array([-2.0, -1.0, 0.0, 1.0, 2.0])


@dataclass(frozen=True, eq=False)
class Gaussian:
    """Mean and covariance of all unknowns, and the logarithm of the density of the readings."""

    mean: Floats
    covariance: Floats
    log_density: float


@dataclass(frozen=True, eq=False)
class Posterior:
    """What a graph says once its readings are in.

    `mean` and `covariance` are of all unknowns, the scale averaged over; `weight` is of each reading (1 is taken at its
    printed error, less is taken as wider); `scale` and `degrees` are of each member; `index`, `coefficient`,
    `constant` are the rows of the readings, linear at the mean.
    """

    graph: Graph
    mean: Floats
    covariance: Floats
    weight: Floats
    shock_weight: Floats
    scale: Floats
    degrees: Floats
    index: Integers
    coefficient: Floats
    constant: Floats
    kept: NDArray[np.bool_]
    variance: Floats = field(default_factory=lambda: np.zeros(0))

    def degrees_of(self, rows: Floats, noise: Floats) -> Floats:
        """Give the degrees of freedom of the errors of some rows: few shocks make long tails, many do not.

        The error of a row is a sum over shocks and prints. With ``v`` the variance each shock adds to ``V`` in all, its
        excess kurtosis is ``6 sum(v^2) / V^2`` (6 is that of a Student shock as assumed here), which a Student
        distribution with ``4 + 6 / kurtosis`` degrees has too; the uncertain variance scale shortens that further, as
        inverses of degrees add up.

        Parameters
        ----------
        rows : array, shape (k, n)
            Of unknowns.
        noise : array, shape (k,)
            Variance of the error of a print on top of each, 0 for none.
        """
        graph = self.graph
        spread = rows @ self.covariance
        gains = (spread[:, graph.index] * graph.coefficient).sum(axis=2)
        added = np.where(graph.owner == FIXED, 0.0, gains**2 / self.variance)
        whole = np.maximum(np.einsum("ij,ij->i", spread, rows) + noise, 1e-300)
        kurtosis = SHOCK_KURTOSIS * (added**2).sum(axis=1) / whole**2
        inverse = kurtosis / (4 * kurtosis + 6)
        for i, degrees in enumerate(self.degrees):
            inverse += added[:, graph.owner == i].sum(axis=1) / whole / degrees
        return np.asarray(1 / np.clip(inverse, 1 / GAUSSIAN, 1 / LEAST_DEGREES))

    def dense(self, rows: list[Row]) -> Floats:
        """Give rows as a full table, shape (len(rows), n)."""
        out = np.zeros((len(rows), self.graph.n))
        for i, row in enumerate(rows):
            out[i, list(row)] = list(row.values())
        return out

    @property
    def gaps(self) -> Floats:
        """Logarithm of each print over that of the history."""
        fitted = (self.coefficient * self.mean[self.index]).sum(axis=1)
        return np.asarray(self.graph.logs - self.constant - fitted)


class _System:
    """Information of the prior factors and readings of one graph; rows are redone only where they are not straight."""

    def __init__(self, graph: Graph, kept: NDArray[np.bool_]) -> None:
        self.graph, self.kept, n = graph, kept, graph.n
        self.flat = (graph.index[:, :, None] * n + graph.index[:, None, :]).ravel()
        self.outer = graph.coefficient[:, :, None] * graph.coefficient[:, None, :]
        self.known, self.pull = np.zeros((n, n)), np.zeros(n)
        self.path_log_density = 0.0
        if graph.path is not None:
            k = len(graph.path.mean)
            precision = np.linalg.inv(graph.path.covariance + 1e-10 * np.eye(k))
            self.known[:k, :k] = (precision + precision.T) / 2
            self.pull[:k] = precision @ graph.path.mean
        self.rows: list[Row] = [{}] * len(graph.readings)
        self.constants = np.zeros(len(graph.readings))
        self.bent = [
            i for i, (_, r) in enumerate(graph.readings) if r.kind == "span" or not (r.yearly or r.dated)
        ]  # fmt: skip

    def lay(self, guess: Floats, which: list[int]) -> None:
        for i in which:
            self.rows[i], self.constants[i] = self.graph.row(*self.graph.readings[i], guess)
        if which:
            self.index, self.coefficient = padded(self.rows)

    def solve(self, variance: Floats, noise: Floats) -> Gaussian:
        """Solve for given variances of prior factors and of readings."""
        g, n, keep = self.graph, self.graph.n, self.kept
        j = np.bincount(self.flat, (self.outer / variance[:, None, None]).ravel(), n * n)
        index, value = self.index[keep], self.coefficient[keep]
        flat = (index[:, :, None] * n + index[:, None, :]).ravel()
        j += np.bincount(flat, (value[:, :, None] * value[:, None, :] / noise[keep, None, None]).ravel(), n * n)
        y = (g.logs - self.constants)[keep]
        right = self.pull + np.bincount(g.index.ravel(), (g.coefficient * (g.target / variance)[:, None]).ravel(), n)
        right += np.bincount(index.ravel(), (value * (y / noise[keep])[:, None]).ravel(), n)
        root, bad = dpotrf(j.reshape(n, n) + self.known, lower=1)
        if bad:
            raise InputError(f"{g.members[0].key}: its figures cannot be read together.", "Check their units.")
        inverse, _ = dpotri(root, lower=1)
        covariance = np.tril(inverse) + np.tril(inverse, -1).T
        mean = covariance @ right
        residual = g.target - (g.coefficient * mean[g.index]).sum(axis=1)
        miss = y - (value * mean[index]).sum(axis=1)
        density = -0.5 * (np.sum(residual**2 / variance) + np.sum(miss**2 / noise[keep]))
        if g.path is not None:
            k = len(g.path.mean)
            away = mean[:k] - g.path.mean
            density -= 0.5 * float(away @ self.known[:k, :k] @ away)
        density -= 0.5 * np.sum(np.log(variance)) + 0.5 * np.sum(np.log(2 * np.pi * noise[keep]))
        density -= float(np.log(np.diag(root)).sum())
        return Gaussian(mean, covariance, float(density))


def _spread(covariance: Floats, index: Integers, value: Floats) -> Floats:
    """Give the variance of rows of few entries."""
    return np.asarray(np.einsum("ij,ijk,ik->i", value, covariance[index[:, :, None], index[:, None, :]], value))


def plain(graph: Graph, guess: Floats) -> Gaussian:
    """Solve once at the printed errors and a variance scale of 1, which a Kalman smoother would do alike.

    Rows are linear around `guess`.

    Parameters
    ----------
    graph : Graph
        Any.
    guess : array, shape (graph.n,)
        Unknowns around which parts of years and sums are made straight.
    """
    system = _System(graph, np.ones(len(graph.readings), dtype=bool))
    system.lay(guess, list(range(len(graph.readings))))
    return system.solve(graph.variance, graph.noise)


def solve(graph: Graph, kept: NDArray[np.bool_] | None = None) -> Posterior:
    """Read all figures of a graph together.

    Shocks are Student with 5 degrees, print errors with 2 (by weights, ten or so passes); each member's variance scale
    is inverse chi-squared around its family's, found first and then averaged over on a grid.

    Parameters
    ----------
    graph : Graph
        Members with their readings.
    kept : array of bool, optional
        Readings to use; the others are only predicted.
    """
    keep = np.ones(len(graph.readings), dtype=bool) if kept is None else kept
    system = _System(graph, keep)
    degrees = np.array([m.prior.degrees for m in graph.members])
    owner, shocks = graph.owner, graph.owner != FIXED
    owned = [owner == i for i in range(len(graph.members))]
    guess = _start(graph)
    system.lay(guess, list(range(len(graph.readings))))
    weight, shock_weight, scale = np.ones(len(keep)), np.ones(len(owner)), np.ones(len(degrees))
    floor = np.where(believed(graph), 1.0, np.minimum(1.0, graph.noise / SOURCE_CAP**2))
    gaussian = None
    for turn in range(PASSES):
        if turn:
            system.lay(guess, system.bent)
        base = _scaled(graph, scale)
        noise = graph.noise / weight * (TEMPER[turn] if turn < len(TEMPER) else 1.0)
        gaussian = system.solve(base / shock_weight, noise)
        mean, covariance = gaussian.mean, gaussian.covariance
        error = graph.logs - system.constants - (system.coefficient * mean[system.index]).sum(axis=1)
        error2 = error**2 + _spread(covariance, system.index, system.coefficient)
        weight = np.maximum((SOURCE_DEGREES + 1) / (SOURCE_DEGREES + error2 / graph.noise), floor)
        shock = graph.target - (graph.coefficient * mean[graph.index]).sum(axis=1)
        spread = _spread(covariance, graph.index, graph.coefficient)
        shock2 = shock**2 + spread
        shock_weight = np.where(shocks, (SHOCK_DEGREES + 1) / (SHOCK_DEGREES + shock2 / base), 1.0)
        for i, own in enumerate(owned):
            total = np.sum(shock_weight[own] * shock2[own] / graph.variance[own])
            scale[i] = (degrees[i] + total) / (degrees[i] + own.sum())
        moved = float(np.abs(mean - guess).max())
        guess = mean
        if turn > 5 and moved < CLOSE:
            break
    weight = np.where(keep, weight, 1.0)
    used = np.clip(1 - spread / (_scaled(graph, scale) / shock_weight), 0, 1)
    known = degrees + np.array([used[own].sum() for own in owned])
    found = Posterior(
        graph, mean, covariance, weight, shock_weight, scale, known, system.index, system.coefficient,
        system.constants.copy(), keep,
    )  # fmt: skip
    return _averaged(found, system)


def believed(graph: Graph) -> NDArray[np.bool_]:
    """Say which readings nothing speaks against but that the series moved: the only figure of a year, of that year.

    A jump of a series and a wrong print look alike there, and what is printed is taken for what was.
    """
    told = Counter(year for _, r in graph.readings for year in r.years_told)
    return np.array([
        r.kind == "level" and r.yearly and not r.bound and told[r.year] == 1
        and r.basis == graph.members[i].bases.main for i, r in graph.readings
    ], dtype=bool)  # fmt: skip


def _start(graph: Graph) -> Floats:
    guess = np.zeros(graph.n)
    for member in graph.members:
        places = graph.places[member.key]
        logs = sorted(r.log for r in member.readings if r.kind in ("level", "span"))
        if not member.parent and logs:
            guess[list(places.level.values())] = logs[len(logs) // 2]
    return guess


def _scaled(graph: Graph, scale: Floats) -> Floats:
    own = graph.owner >= 0
    return np.where(own, graph.variance * scale[np.where(own, graph.owner, 0)], graph.variance)


def _tails(graph: Graph) -> Floats:
    """Give the factor on the variance of each shock: Student shocks of a scale vary more than that scale."""
    width = np.array([TAIL * m.prior.width**2 for m in graph.members])
    return np.where(graph.owner >= 0, width[np.maximum(graph.owner, 0)], 1.0)


def _averaged(found: Posterior, system: _System) -> Posterior:
    """Average over the variance scale: factors around the found one, weighed by density of readings and prior."""
    graph = found.graph
    degrees = np.array([m.prior.degrees for m in graph.members])
    noise = graph.noise / found.weight
    logs, parts = [], []
    for step in SCALE_GRID:
        scale = found.scale * np.exp(step)
        part = system.solve(_scaled(graph, scale) / found.shock_weight, noise)
        # inverse chi-squared density of the scale, times the scale for a grid that is even in its logarithm
        prior = float(np.sum(-degrees / 2 * np.log(scale) - degrees / (2 * scale)))
        logs.append(part.log_density + prior)
        parts.append(part)
    weights = np.exp(np.array(logs) - max(logs))
    weights /= weights.sum()
    mean_scale = found.scale * float(weights @ np.exp(SCALE_GRID))
    variance = _scaled(graph, mean_scale) * _tails(graph) / found.shock_weight
    last = system.solve(variance, noise)
    return replace(found, mean=last.mean, covariance=last.covariance, variance=variance)
