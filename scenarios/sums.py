"""Sums on paths, a baseline and what its parts change, and room for them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from forecast.series import Floats


class Room:
    """Room for arrays of one shape.

    Paths of all series take more than a hundred megabytes. In one piece the system hands them out in large pages.
    """

    def __init__(self, shape: tuple[int, int]) -> None:
        self.shape = shape
        self._free: list[Floats] = []

    def reserve(self, n_arrays: int) -> None:
        """Take room for many arrays at once; what is not used costs nothing."""
        self._free = list(np.empty((n_arrays, *self.shape))[::-1])

    def new(self) -> Floats:
        """Give an array, its values unset."""
        try:
            return self._free.pop()
        except IndexError:
            return np.empty(self.shape)


def with_changes(base: Floats, changes: Sequence[Floats | None], room: Room) -> Floats | None:
    """Give the baseline plus what the parts change, in an array from `room`, or None where no part moves.

    Examples
    --------
    >>> with_changes(np.array([[1.0, 2.0]]), [None, np.array([[0.5, 0.0]])], Room((1, 2))).tolist()
    [[1.5, 2.0]]
    """
    moved = [change for change in changes if change is not None]
    if not moved:
        return None
    total = np.add(base, moved[0], out=room.new())
    for change in moved[1:]:
        total += change
    return sealed(total)


def sealed(values: Floats) -> Floats:
    """Make a new array read-only without copying it, as `forecast.series.frozen` would."""
    values.setflags(write=False)
    return values
