"""Sums on paths: a baseline and what its parts change."""

from __future__ import annotations

from collections.abc import Sequence

from forecast.series import Floats


def with_changes(base: Floats, changes: Sequence[Floats | None]) -> Floats | None:
    """Give the baseline plus what the parts change, or None where no part moves.

    Examples
    --------
    >>> import numpy as np
    >>> with_changes(np.array([1.0, 2.0]), [None, np.array([0.5, 0.0])]).tolist()
    [1.5, 2.0]
    """
    moved = [change for change in changes if change is not None]
    if not moved:
        return None
    total = base + moved[0]
    for change in moved[1:]:
        total += change
    return sealed(total)


def sealed(values: Floats) -> Floats:
    """Make a new array read-only without copying it, as `forecast.series.frozen` would."""
    values.setflags(write=False)
    return values
