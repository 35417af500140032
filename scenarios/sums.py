"""Sums on paths, a baseline and what its parts change, and room for them."""

from __future__ import annotations

import weakref
from collections.abc import Sequence

import numpy as np

from forecast.series import Floats
from scenarios.compiled import Product, add_products

Change = Floats | Product
"""What moves change in a part, each of shape (n_active, n_paths); of two arrays, their product."""

_SPARE: list[Floats] = []
"""Memory of the last whole run, once nobody looks at any of it."""


class Room:
    """Room for arrays of one shape.

    Paths of all series take more than a hundred megabytes, and the system needs as long to hand out so much memory as a
    whole run takes to work. So one piece is kept, and serves the next whole run when no array of it is left in use.
    """

    def __init__(self, shape: tuple[int, int]) -> None:
        self.shape = shape
        self._reserved = np.empty((0, *shape))
        self._used = 0

    def reserve(self, n_arrays: int) -> None:
        """Take room for many arrays at once; what is not used costs nothing."""
        size = n_arrays * self.shape[0] * self.shape[1]
        try:
            memory = _SPARE.pop()  # in one step: sessions of the app work at the same time
        except IndexError:
            memory = np.empty(size)
        if memory.size < size:
            memory = np.empty(size)
        window = np.frombuffer(memory.data, dtype=np.float64)
        weakref.finalize(window, _spare, memory).atexit = False
        self._reserved, self._used = window[:size].reshape(n_arrays, *self.shape), 0

    def new(self) -> Floats:
        """Give an array, its values unset."""
        return self.many(1).reshape(self.shape)

    def many(self, n_arrays: int) -> Floats:
        """Give arrays side by side, shape (n_arrays, n_active, n_paths), their values unset."""
        end = self._used + n_arrays
        if end > self._reserved.shape[0]:
            return np.empty((n_arrays, *self.shape))
        found = self._reserved[self._used : end]
        self._used = end
        return found


def _spare(memory: Floats) -> None:
    _SPARE[:] = [memory]


def with_changes(base: Floats, changes: Sequence[Change | None], room: Room) -> Floats | None:
    """Give the baseline plus what the parts change, in an array from `room`, or None where no part moves.

    Examples
    --------
    >>> half = (np.array([[4.0, 6.0]]), np.array([[0.5, 0.5]]))
    >>> with_changes(np.array([[5.0, 7.0]]), [None, half, np.array([[0.5, 0.0]])], Room((1, 2))).tolist()
    [[7.5, 10.0]]
    """
    plain = [change for change in changes if change is not None and not isinstance(change, tuple)]
    products = [change for change in changes if isinstance(change, tuple)]
    if not plain and not products:
        return None
    total, start = room.new(), base
    for i in range(0, len(products), 2):
        add_products(start, products[i], products[i + 1] if i + 1 < len(products) else None, total)
        start = total
    for change in plain:
        np.add(start, change, out=total)
        start = total
    return sealed(total)


def sealed(values: Floats) -> Floats:
    """Make a new array read-only without copying it, as `forecast.series.frozen` would."""
    values.setflags(write=False)
    return values
