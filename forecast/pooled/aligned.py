"""Many series in one array, their last values in one column, so that recursions run over all of them at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecast.series import Floats

Ints = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Aligned:
    """Series set flush right, longest first, so that the rows that have begun by any column are the first ones.

    Parameters
    ----------
    values : array, shape (N, T)
        Row i holds its series in the last ``lengths[i]`` columns; what is before them is zero.
    lengths : array of int, shape (N,)
        Number of values, descending, 2 or more.
    order : array of int, shape (N,)
        Position of row i in the sequence that was given.

    Examples
    --------
    >>> a = aligned([np.array([1.0, 2.0]), np.array([3.0, 4.0, 5.0])], longest=45)
    >>> a.values.tolist(), a.lengths.tolist(), a.order.tolist()
    ([[3.0, 4.0, 5.0], [0.0, 1.0, 2.0]], [3, 2], [1, 0])
    """

    values: Floats
    lengths: Ints
    order: Ints

    @property
    def present(self) -> NDArray[np.bool_]:
        """Which cells hold a value, shape (N, T)."""
        width = self.values.shape[1]
        out: NDArray[np.bool_] = np.arange(width) >= (width - self.lengths)[:, None]
        return out

    @property
    def begun(self) -> Ints:
        """Number of rows whose first value lies before each column, shape (T,)."""
        width = self.values.shape[1]
        return np.searchsorted(width - self.lengths, np.arange(width), side="left")

    @property
    def first(self) -> Ints:
        """Column of each row's first value, shape (N,)."""
        out: Ints = self.values.shape[1] - self.lengths
        return out


def aligned(series: Sequence[Floats], *, longest: int) -> Aligned:
    """Set series flush right by length, keeping the last `longest` values of each."""
    sizes = np.minimum(np.fromiter((len(y) for y in series), dtype=np.intp, count=len(series)), longest)
    order = np.argsort(-sizes, kind="stable")
    lengths = sizes[order]
    values = np.zeros((len(series), int(lengths[0])))
    for row, at in enumerate(order):
        values[row, values.shape[1] - lengths[row] :] = series[at][-lengths[row] :]
    return Aligned(values, lengths, order)
