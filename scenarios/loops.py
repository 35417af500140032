"""Loops over all paths, compiled by Numba at import; `scenarios.compiled` says what they do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit, types

_READ = {n: types.Array(types.float64, n, "C", readonly=True) for n in (2, 3)}
_WRITTEN = {n: types.Array(types.float64, n, "C") for n in (2, 3)}
_PLACES = types.Array(types.int64, 1, "C", readonly=True)


def _loop(*of: Any) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Compile for arguments of these types; kept on disk, unless no folder can be written to."""

    def compiled(loop: Callable[..., None]) -> Callable[..., None]:
        options: dict[str, Any] = {"nogil": True, "error_model": "numpy"}
        try:
            return njit(types.void(*of), cache=True, **options)(loop)  # type: ignore[no-any-return]
        except RuntimeError:
            return njit(types.void(*of), **options)(loop)  # type: ignore[no-any-return]

    return compiled


@_loop(*[_READ[2]] * 5, _WRITTEN[2])
def add_products(start, one, by, other, other_by, out):  # type: ignore[no-untyped-def]
    """Start plus one product or two."""
    for t in range(out.shape[0]):
        if other.size:
            for p in range(out.shape[1]):
                out[t, p] = (start[t, p] + one[t, p] * by[t, p]) + other[t, p] * other_by[t, p]
        else:
            for p in range(out.shape[1]):
                out[t, p] = start[t, p] + one[t, p] * by[t, p]


@_loop(_READ[3], _PLACES, types.int64, _READ[3], _PLACES, _WRITTEN[3])
def raise_by(base, rows, first, excess, places, out):  # type: ignore[no-untyped-def]
    """Rows of the baseline, raised by the excesses of their places."""
    for i in range(rows.size):
        row, place = rows[i], places[i]
        for t in range(out.shape[1]):
            for p in range(out.shape[2]):
                out[i, t, p] = base[row, first + t, p] + base[row, first + t, p] * excess[place, t, p]


@_loop(_READ[3], _READ[2], types.int64, _WRITTEN[2])
def _add_aged(weights, entered, at, out):  # type: ignore[no-untyped-def]
    n_years, n_ages, n_paths = weights.shape
    for t in range(out.shape[0]):
        year, now = min(t, n_years - 1), at + t
        first, n = max(0, now + 1 - entered.shape[0]), min(n_ages, now + 1)
        fours = n - max(0, n - first) // 4 * 4
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


@_loop(_READ[3], _READ[3], types.int64, _READ[3], types.boolean, _READ[3], _READ[3], types.int64, *[_READ[3]] * 2,
       _PLACES, _WRITTEN[3])  # fmt: skip
def sum_aged(  # type: ignore[no-untyped-def]
    weights, entered, at, times, whole, older, before, past, less, over, places, out
):  # fmt: skip
    """Sum what is left of what entered, at every place."""
    n, n_paths = out.shape[1:]
    changed = np.empty((times.shape[1], n_paths))
    for place in places:
        for t in range(n):
            for p in range(n_paths):
                out[place, t, p] = 0.0
        if times.size:
            k = min(place, times.shape[0] - 1)
            for t in range(changed.shape[0]):
                for p in range(n_paths):
                    changed[t, p] = entered[place, at + t, p] * times[k, t, p]
                if whole:
                    for p in range(n_paths):
                        changed[t, p] += entered[place, at + t, p]
            _add_aged(weights, changed, 0, out[place])
        else:
            _add_aged(weights, entered[place], at, out[place])
        if less.size:
            for t in range(n):
                for p in range(n_paths):
                    out[place, t, p] -= less[place, t, p]
        if older.size:
            _add_aged(older, before[place], past, out[place])
        if over.size:
            for t in range(n):
                for p in range(n_paths):
                    excess = out[place, t, p] / over[place, t, p]
                    out[place, t, p] = -1.0 if excess < -1.0 else excess


@_loop(_READ[2], _WRITTEN[2])
def grow_older(more, gone):  # type: ignore[no-untyped-def]
    """Shares gone by age, a year later."""
    for a in range(gone.shape[0] - 1, 0, -1):
        for p in range(gone.shape[1]):
            gone[a, p] = gone[a - 1, p] + (1.0 - gone[a - 1, p]) * more[a, p]
    for p in range(gone.shape[1]):
        gone[0, p] = more[0, p]
