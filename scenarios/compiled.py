"""Loops over all paths in compiled code.

Numba is loaded when the first scenario is worked out. Loops are compiled once, some seconds for all, by
`ip-foresight prepare` or at their first use, and kept in `__pycache__` beside `loops.py`, or in the user's cache folder
(`~/.cache/numba`, or where `NUMBA_CACHE_DIR` says) where that cannot be written to.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from forecast.series import Floats

Product = tuple[Floats, Floats]
"""Two arrays of the same shape."""

Places = np.ndarray[tuple[int], np.dtype[np.int64]]
"""Positions on the first axis of stacked arrays, which need not hold anything elsewhere."""


def add_products(start: Floats, first: Product, second: Product | None, out: Floats) -> None:
    """Write ``out = start + a b + c d``, each of shape (n, n_paths), for one product ``(a, b)`` or two.

    Examples
    --------
    >>> base, excess, moved = np.array([[2.0, 3.0]]), np.array([[0.5, 0.0]]), np.empty((1, 2))
    >>> add_products(base, (base, excess), (base, base), moved)
    >>> moved.tolist()
    [[7.0, 12.0]]
    """
    none = start[:0]
    _loops().add_products(start, *first, *((none, none) if second is None else second), out)


def raise_by(base: Floats, rows: Places, first: int, excess: Floats, places: Places, out: Floats) -> None:
    """Raise many series at once, ``out[i] = b + b * excess[places[i]]`` with ``b = base[rows[i], first:]``.

    Parameters
    ----------
    base : array, shape (n_series, n_years, n_paths)
    rows : array of int, shape (n,)
    first : int
        Year of `base` at which `excess` begins.
    excess : array, shape (n_places, n_active, n_paths)
    places : array of int, shape (n,)
    out : array, shape (n, n_active, n_paths)
        Written to.

    Examples
    --------
    >>> base, excess, out = np.array([[[9.0], [2.0]], [[9.0], [4.0]]]), np.array([[[0.5]]]), np.empty((1, 1, 1))
    >>> raise_by(base, np.array([1]), 1, excess, np.array([0]), out)
    >>> out.tolist()
    [[[6.0]]]
    """
    _loops().raise_by(base, rows, first, excess, places, out)


def sum_aged(
    weights: Floats, entered: Floats, at: int, places: Places, out: Floats,
    *, times: Floats | None = None, plus: Floats | None = None, less: Floats | None = None,
    older: tuple[Floats, Floats, int] | None = None, over: Floats | None = None,
) -> None:  # fmt: skip
    """Sum up what is left of what entered by each year, ``out[t] = sum_a weights[t, a] entered[at + t - a]``.

    So at each of many places, which are the first axis of all arrays but the weights.

    Parameters
    ----------
    weights : array, shape (n, n_ages, n_paths) or (1, n_ages, n_paths)
        By year and age, or by age where all years are alike.
    entered : array, shape (n_places, n_entered, n_paths)
        Nothing entered before its first year nor after its last.
    at : int
        Position in `entered` of the first year of `out`.
    places : array of int
        Where to sum up; other places are neither read nor written.
    out : array, shape (n_places, n, n_paths)
        Written to.
    times : array, shape (n_places or 1, n, n_paths), or None
        Only what entered from `at` on counts, and of it this share.
    plus : array, shape (n_places or 1, n, n_paths), or None
        Only what entered from `at` on counts, and this share of it more.
    less : array, shape (n_places, n, n_paths), or None
        Taken off the sum.
    older : tuple of array, array and int, or None
        Weights, what entered and position of a second sum, added to the first.
    over : array, shape (n_places, n, n_paths), or None
        What all this is the excess over: it is divided by it, and is no less than -1, which rounding may miss by a hair
        where everything goes.

    Examples
    --------
    >>> kept, granted = np.array([[[1.0], [0.5]]]), np.array([[[8.0], [0.0], [4.0]]])
    >>> left, here = np.empty((1, 3, 1)), np.array([0])
    >>> sum_aged(kept, granted, 0, here, left)
    >>> left[0, :, 0].tolist()
    [8.0, 4.0, 4.0]
    >>> sum_aged(kept, granted, 0, here, left, plus=np.full((1, 3, 1), 0.5))
    >>> left[0, :, 0].tolist()
    [12.0, 6.0, 6.0]
    """
    none = entered[:0]
    changed, whole = (times, False) if plus is None else (plus, True)
    _loops().sum_aged(
        weights, entered, at, none if changed is None else changed, whole, *(older or (none, none, 0)),
        none if less is None else less, none if over is None else over, places, out,
    )  # fmt: skip


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
    _loops().grow_older(more, gone)


def make_ready() -> None:
    """Load every loop, compiled where no process has done so before, so that nobody waits for it later."""
    _loops()


@cache
def _loops() -> Any:
    from scenarios import loops

    return loops
