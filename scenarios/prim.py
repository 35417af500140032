"""Conditions under which something happens, found by peeling: the patient rule induction method (PRIM)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecast.series import Floats

PEEL = 0.05
"""Share of the points in the box that one peel takes away."""

LEAST_MASS = 0.1
"""Least share of all points that a box may hold."""

QUASI_P = 0.05
"""A condition is kept where chance alone would explain it with less than this probability."""


@dataclass(frozen=True)
class Box:
    """Conditions on inputs: within them something happens more often.

    Parameters
    ----------
    limits : dict of str to (float, float)
        Lower and upper limit of each input that is restricted; infinite where open.
    density : float
        Share of the points in the box in which it happens.
    coverage : float
        Share of all the points in which it happens that lie in the box.
    mass : float
        Share of all points that lie in the box.
    base : float
        Share of all points in which it happens.
    """

    limits: dict[str, tuple[float, float]]
    density: float
    coverage: float
    mass: float
    base: float


def prim(inputs: dict[str, Floats], happened: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Box:
    """Peel towards the points in which something happened.

    From the box of all points, the slice (5 percent at the lower or upper end of one input) is taken away that leaves
    the highest share, as long as a tenth of the points remains. Of the boxes on the way, the one with the highest
    product of density and square root of coverage is taken, and limits that chance explains are dropped again.

    Parameters
    ----------
    inputs : dict of str to array, shape (n_points,)
    happened : array of bool, shape (n_points,)

    Returns
    -------
    Box
        Without limits where nothing raises the share.

    References
    ----------
    J. Friedman and N. Fisher, Statistics and Computing 9 (1999), 123-143; B. Bryant and R. Lempert, Technological
    Forecasting and Social Change 77 (2010), 34-49, for coverage, density and the test of each limit.

    Examples
    --------
    >>> x = np.linspace(0.0, 1.0, 201)
    >>> box = prim({"x": x}, x > 0.75)
    >>> list(box.limits), 0.7 < box.limits["x"][0] < 0.8, box.density > 0.95
    (['x'], True, True)
    """
    names = list(inputs)
    table = np.column_stack([inputs[name] for name in names])
    base = float(happened.mean())
    inside = np.ones(happened.size, dtype=np.bool_)
    limits: dict[str, tuple[float, float]] = {}
    best, best_worth = dict(limits), base
    while inside.mean() > LEAST_MASS:
        peels = []
        for j, name in enumerate(names):
            values = table[inside, j]
            low, high = np.quantile(values, [PEEL, 1.0 - PEEL])
            old = limits.get(name, (-np.inf, np.inf))
            for new, kept in (((float(low), old[1]), table[:, j] >= low), ((old[0], float(high)), table[:, j] <= high)):
                left = inside & kept
                if LEAST_MASS <= left.mean() < inside.mean():
                    peels.append((float(happened[left].mean()), name, new, left))
        if not peels:
            break
        density, name, new, left = max(peels, key=lambda peel: peel[0])
        inside, limits = left, {**limits, name: new}
        coverage = float(happened[inside].sum() / max(happened.sum(), 1))
        worth = density * np.sqrt(coverage)
        if worth > best_worth + 1e-12:
            best, best_worth = dict(limits), worth
    return _tested(best, inputs, happened)


def within(limits: dict[str, tuple[float, float]], inputs: dict[str, Floats]) -> np.ndarray:
    """Tell which points lie within limits."""
    inside = np.ones(next(iter(inputs.values())).size, dtype=np.bool_)
    for name, (low, high) in limits.items():
        inside &= (inputs[name] >= low) & (inputs[name] <= high)
    return inside


def _tested(limits: dict[str, tuple[float, float]], inputs: dict[str, Floats], happened: np.ndarray) -> Box:
    """Drop limits that the data do not need: without one, the share in the wider box would do as well by chance."""
    from scipy.stats import binom

    kept = dict(limits)
    changed = True
    while changed and kept:
        changed = False
        inside = within(kept, inputs)
        n, hits = int(inside.sum()), int(happened[inside].sum())
        chances = {}
        for name in kept:
            wider = within({k: v for k, v in kept.items() if k != name}, inputs)
            chances[name] = float(binom.sf(hits - 1, n, float(happened[wider].mean())))
        worst = max(chances, key=lambda name: chances[name])
        if chances[worst] > QUASI_P:
            del kept[worst]
            changed = True
    inside = within(kept, inputs)
    return Box(
        kept, float(happened[inside].mean()), float(happened[inside].sum() / max(happened.sum(), 1)),
        float(inside.mean()), float(happened.mean()),
    )  # fmt: skip
