"""Loops over all paths in compiled code.

Numba is loaded when the first scenario is worked out. Loops are compiled once, two seconds for all, by
`ip-foresight prepare` or at their first use, and kept in `__pycache__` beside this file, or in the user's cache folder
(`~/.cache/numba`, or where `NUMBA_CACHE_DIR` says) where that cannot be written to.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from forecast.series import Floats


def add_product(one: Floats, other: Floats, out: Floats, *, start: Floats | None = None) -> None:
    """Add a product, ``out += one * other``, or write ``out = start + one * other``; all of shape (n, n_paths).

    Examples
    --------
    >>> import numpy as np
    >>> base, excess, moved = np.array([[2.0, 3.0]]), np.array([[0.5, 0.0]]), np.empty((1, 2))
    >>> add_product(base, excess, moved, start=base)
    >>> moved.tolist()
    [[3.0, 3.0]]
    """
    _compiled(_add_product)(one[:0] if start is None else start, one, other, out)


def sum_aged(
    weights: Floats, entered: Floats, at: int, out: Floats,
    *, onto: bool = False, less: Floats | None = None, over: Floats | None = None,
) -> None:  # fmt: skip
    """Sum up what is left of what entered by each year, ``out[t] = sum_a weights[t, a] entered[at + t - a]``.

    Parameters
    ----------
    weights : array, shape (n, n_ages, n_paths) or (1, n_ages, n_paths)
        By year and age, or by age where all years are alike.
    entered : array, shape (n_entered, n_paths)
        Nothing entered before its first year nor after its last.
    at : int
        Position in `entered` of the first year of `out`.
    out : array, shape (n, n_paths)
        Written to.
    onto : bool
        Whether the sum is added to what stands in `out`.
    less : array, shape (n, n_paths), or None
        Taken off the sum.
    over : array, shape (n, n_paths), or None
        What all this is the excess over: it is divided by it, and is no less than -1, which rounding may miss by a hair
        where everything goes.

    Examples
    --------
    >>> import numpy as np
    >>> kept, granted, left = np.array([[[1.0], [0.5]]]), np.array([[8.0], [0.0], [4.0]]), np.empty((3, 1))
    >>> sum_aged(kept, granted, 0, left)
    >>> left[:, 0].tolist()
    [8.0, 4.0, 4.0]
    """
    none = entered[:0]
    _compiled(_sum_aged)(
        weights, entered, at, none if less is None else less, none if over is None else over, onto, out
    )


def grow_older(gone: Floats, more: Floats) -> None:
    """Let a year pass: who is a year older is gone as before, and of the others goes a share ``more``, by age.

    ``gone[a] = g + (1 - g) more[a]`` with ``g`` the former ``gone[a - 1]``, nothing at the youngest age.

    Parameters
    ----------
    gone : array, shape (n_ages, n_paths)
        Share that is gone; changed in place.
    more : array, shape (n_ages, n_paths)
        Share of the others that goes this year.

    Examples
    --------
    >>> import numpy as np
    >>> gone = np.array([[0.5], [0.0]])
    >>> grow_older(gone, np.array([[0.2], [0.5]]))
    >>> gone[:, 0].tolist()
    [0.2, 0.75]
    """
    _compiled(_grow_older)(more, gone)


def make_ready() -> None:
    """Load every loop, compiled where no process has done so before, so that nobody waits for it later."""
    for loop in (_add_product, _sum_aged, _grow_older):
        _compiled(loop)


@cache
def _compiled(loop: Callable[..., None]) -> Callable[..., None]:
    from numba import njit, types

    two, three = (types.Array(types.float64, n, "C", readonly=True) for n in (2, 3))
    read = {
        _sum_aged: (three, two, types.int64, two, two, types.boolean),
        _add_product: (two, two, two),
        _grow_older: (two,),
    }[loop]
    signature = types.void(*read, types.Array(types.float64, 2, "C"))
    compiled: Callable[..., None]
    try:
        compiled = njit(signature, cache=True, nogil=True, error_model="numpy")(loop)
    except RuntimeError:  # no folder can be written to: compiled anew by every process
        compiled = njit(signature, nogil=True, error_model="numpy")(loop)
    return compiled


def _add_product(start: Floats, one: Floats, other: Floats, out: Floats) -> None:
    for t in range(out.shape[0]):
        if start.size:
            for p in range(out.shape[1]):
                out[t, p] = start[t, p] + one[t, p] * other[t, p]
        else:
            for p in range(out.shape[1]):
                out[t, p] += one[t, p] * other[t, p]


def _sum_aged(weights: Floats, entered: Floats, at: int, less: Floats, over: Floats, onto: bool, out: Floats) -> None:
    n_years, n_ages, n_paths = weights.shape
    for t in range(out.shape[0]):
        year, now = min(t, n_years - 1), at + t
        first, n = max(0, now + 1 - entered.shape[0]), min(n_ages, now + 1)
        fours = n - max(0, n - first) // 4 * 4
        if not onto:
            for p in range(n_paths):
                out[t, p] = 0.0
        for a in range(first, fours):
            for p in range(n_paths):
                out[t, p] += weights[year, a, p] * entered[now - a, p]
        for a in range(fours, n, 4):  # four at a time: the sum so far is read and written less often
            for p in range(n_paths):
                out[t, p] += (
                    weights[year, a, p] * entered[now - a, p] + weights[year, a + 1, p] * entered[now - a - 1, p]
                ) + (
                    weights[year, a + 2, p] * entered[now - a - 2, p]
                    + weights[year, a + 3, p] * entered[now - a - 3, p]
                )
        if less.size:
            for p in range(n_paths):
                out[t, p] -= less[t, p]
        if over.size:
            for p in range(n_paths):
                excess = out[t, p] / over[t, p]
                out[t, p] = -1.0 if excess < -1.0 else excess


def _grow_older(more: Floats, gone: Floats) -> None:
    for a in range(gone.shape[0] - 1, 0, -1):
        for p in range(gone.shape[1]):
            gone[a, p] = gone[a - 1, p] + (1.0 - gone[a - 1, p]) * more[a, p]
    for p in range(gone.shape[1]):
        gone[0, p] = more[0, p]
