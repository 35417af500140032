"""Numerators that are better known by their ratio: spending on research follows the economy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from forecast.bases import Base
from forecast.catalog import indicators
from forecast.keys import main_scope, series_key, split_key

LEADING = ("rd_intensity",)
"""Ratios steadier than their numerators. In real-time backtests (``benchmarks/baseline_backtest.py``) R&D intensity by
itself missed by 0.10 (mean absolute logarithm), the quotient of R&D and GDP, each forecast by itself, by 0.14."""

WEIGHT = 1.0
"""Weight of ratio times denominator in the logarithm of the numerator; the rest is the numerator's own forecast."""


def with_leading_ratios(bases: Mapping[str, Base]) -> dict[str, Base]:
    """Let the numerator of each leading ratio be ratio times denominator, path by path, from its last known level.

    The figures of the ratio may rest on an older vintage of the denominator: what counts is how the product grows.
    """
    out = dict(bases)
    for key, ratio in bases.items():
        region, name, _ = split_key(key)
        row = indicators()[name]
        if name not in LEADING or not row.numerator or not row.denominator:
            continue
        top = series_key(region, row.numerator, main_scope(region, name))
        if top not in bases or (bottom := series_key(region, row.denominator)) not in bases:
            continue
        numerator, denominator = bases[top], bases[bottom]
        start, end = numerator.known_until, numerator.years[-1]
        first = max(b.years[0] for b in (ratio, denominator, numerator))
        if start < first or ratio.known_until < start - 1 or min(ratio.years[-1], denominator.years[-1]) < end:
            continue

        def part(base: Base, begin: int = start, stop: int = end) -> np.ndarray:
            return base.paths[base.years.index(begin) : base.years.index(stop) + 1]

        product = part(ratio) * part(denominator)
        own = part(numerator)
        if product.min() <= 0 or own.min() <= 0:
            continue
        led = own[0] * (product / product[0])
        paths = numerator.paths.copy()
        paths[numerator.years.index(start) + 1 :] = (led**WEIGHT * own ** (1 - WEIGHT))[1:]
        out[top] = replace(numerator, paths=paths)
    return out
