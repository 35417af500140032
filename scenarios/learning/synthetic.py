"""Synthetic control: a mix of other regions that moved like the treated ones, and what set them apart afterwards."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import cast

import numpy as np

from forecast.errors import InputError
from forecast.seeds import DEFAULT_SEED, stream
from forecast.series import Floats
from scenarios.learning.estimate import (
    BACK,
    LEAST_BEFORE,
    LEAST_CONTROLS,
    YEARS_AFTER,
    Estimate,
    Impossible,
    needs,
    rank_p,
    smallest_by_placebos,
    spread,
)
from scenarios.learning.panel import Mask, Panel

PLACEBO_SETS = 40
"""Random sets of regions tried as placebos where several regions are treated at once."""


def weights_of(treated: Floats, donors: Floats, years: Floats) -> Floats:
    """Give the weights of donors, 0 or more and adding up to 1, that follow the treated series most closely.

    Parameters
    ----------
    treated : array, shape (T,)
        Logarithms before the event, less their mean.
    donors : array, shape (T, J)
        The same of the comparison regions.
    years : array, shape (T,)
        Weight of each year.

    Returns
    -------
    array, shape (J,)
        Minimise ``sum_t years_t (treated_t - donors_t w)^2``.

    References
    ----------
    A. Abadie, J. Gardeazabal, Am. Econ. Rev. 93 (2003), 113-132; on series less their mean:
    B. Ferman, C. Pinto, Quantitative Economics 12 (2021), 1197-1221, https://doi.org/10.3982/QE1596.

    Examples
    --------
    >>> up, flat = np.array([-1.0, 0.0, 1.0]), np.zeros(3)
    >>> weights_of(0.5 * up, np.column_stack([up, flat]), np.ones(3)).round(3).tolist()
    [0.5, 0.5]
    """
    try:
        import pandas as pd
        from pysyncon import Synth
    except ImportError as error:
        raise InputError(f"Synthetic control: {needs('pysyncon')}") from error

    # the library divides each row by its spread over regions; the square in V undoes that, since all rows are one unit
    table = np.column_stack([donors, treated])
    rows = table.std(axis=1, ddof=1)
    kept = rows > 0
    if not kept.any():
        return np.full(donors.shape[1], 1.0 / donors.shape[1])
    v = rows[kept] ** 2 * years[kept]
    before, one = pd.DataFrame(donors[kept]), pd.Series(treated[kept], name="treated")
    fitted = Synth()
    fitted.fit(X0=before, X1=one, Z0=before, Z1=one, custom_V=v / v.sum())
    return cast(Floats, np.asarray(fitted.W, dtype=np.float64))


def gap_of(treated: Floats, donors: Floats, before: Mask, years: Floats) -> tuple[float, Floats]:
    """Give the mean gap after the event, less the gap before, and the weights of donors.

    Parameters
    ----------
    treated : array, shape (T,)
    donors : array, shape (T, J)
    before : array of bool, shape (T,)
        Years before the event; the others are after it.
    years : array, shape (T,)
        Weight of each year.
    """
    w = years[before] / years[before].sum()
    one, many = treated - w @ treated[before], donors - w @ donors[before]
    weights = weights_of(one[before], many[before], years[before])
    gap = one - many @ weights
    after = years[~before] / years[~before].sum()
    return float(after @ gap[~before]), weights


def synthetic_control(
    panel: Panel, treated: Sequence[str], first: int, *, skip: Iterable[int] = (), seed: int = DEFAULT_SEED
) -> Estimate | Impossible:
    """Compare treated regions with a mix of untreated ones, and with placebos in space and in time.

    Parameters
    ----------
    panel : Panel
        Regions not in `treated` are taken as untreated.
    treated : sequence of str
        Their mean is one series.
    first : int
        First treated year.
    skip : iterable of int
        Years neither before nor after, as a year that an event reached late.
    seed : int
        For the sets of regions tried as placebos where several are treated.

    Returns
    -------
    Estimate or Impossible
        `p` and `placebo_p` are ranks among untreated regions given the same treatment; `pre_p` is the rank of the event
        moved back by two years; `se` is the spread of placebos.
    """
    ready = prepared(panel, treated, first, skip)
    if isinstance(ready, Impossible):
        return ready
    fitted, placebos = effects_of(ready, tuple(treated), first, seed)
    size, weights = fitted
    early = ready.between(ready.years[0], first - 1)
    (size_early, _), placebos_early = effects_of(early, tuple(treated), early.years[-BACK], seed)
    left = _left_out(ready, tuple(treated), first, weights)
    before = sum(y < first for y in ready.years)
    p = rank_p(size, placebos)
    return Estimate(
        "synthetic_control", size, spread(placebos), p, rank_p(size_early, placebos_early), size_early, p,
        min(left, default=math.nan), max(left, default=math.nan), smallest_by_placebos(placebos), len(treated),
        len(ready.regions) - len(treated), before, len(ready.years) - before,
    )  # fmt: skip


def prepared(
    panel: Panel, treated: Sequence[str], first: int, skip: Iterable[int] = (), *, last: int | None = None
) -> Panel | Impossible:
    """Give the part of a panel that a provincial design can use, up to the year `last`, or why there is none."""
    missing = [r for r in treated if r not in panel.regions or not panel.only([r]).known.any()]
    if missing or not treated:
        who = ", ".join(missing[:3]) or "no region"
        return Impossible(f"no figures of {who}, or too uncertain ones", f"{who}没有数据，或数据过于不确定")
    ready = panel.between(panel.years[0], last or first + YEARS_AFTER - 1, skip).balanced(treated).calm(treated)
    before = [y for y in ready.years if y < first]
    after = [y for y in ready.years if y >= first]
    controls = len(ready.regions) - len(treated)
    if any(r not in ready.regions for r in treated) or len(before) < LEAST_BEFORE:
        n = len(before)
        return Impossible(
            f"{n} usable years before {first}, {LEAST_BEFORE} are needed",
            f"{first}年前可用年份{n}个，至少需{LEAST_BEFORE}个",
        )
    if not after:
        end = max(ready.years)
        return Impossible(f"provincial figures end in {end}", f"分省数据止于{end}年")
    if controls < LEAST_CONTROLS:
        return Impossible(
            f"{controls} comparison regions, {LEAST_CONTROLS} are needed",
            f"对照地区{controls}个，至少需{LEAST_CONTROLS}个",
        )
    return ready


Fitted = tuple[float, Floats]


def effects_of(ready: Panel, treated: tuple[str, ...], first: int, seed: int) -> tuple[Fitted, Floats]:
    """Give effect and weights of the treated regions, and the effects of placebos."""
    controls = tuple(r for r in ready.regions if r not in treated)
    if len(treated) == 1:
        sets: list[tuple[str, ...]] = [(r,) for r in controls]
    else:
        rng = stream(seed, "placebo sets", ready.indicator, str(len(treated)))
        most = len(controls) - LEAST_CONTROLS
        n = max(1, min(len(treated), most))
        picks = (sorted(rng.choice(len(controls), n, replace=False)) for _ in range(PLACEBO_SETS))
        sets = list(dict.fromkeys(tuple(controls[int(i)] for i in one) for one in picks))
    own = _effect(_key(ready), treated, controls, first)
    others = [_effect(_key(ready), one, tuple(r for r in controls if r not in one), first)[0] for one in sets]
    return own, np.asarray(others)


PanelKey = tuple[tuple[str, ...], tuple[int, ...], bytes, bytes]


def _key(panel: Panel) -> PanelKey:
    return panel.regions, panel.years, panel.logs.tobytes(), panel.weights().tobytes()


@lru_cache(maxsize=20000)
def _effect(key: PanelKey, treated: tuple[str, ...], donors: tuple[str, ...], first: int) -> Fitted:
    """Fit once; placebos of one indicator and year serve all events of that year."""
    names, span, logs, weight = key
    shape = (len(names), len(span))
    values, weights = (np.frombuffer(b, dtype=np.float64).reshape(shape) for b in (logs, weight))
    rows, others = [names.index(r) for r in treated], [names.index(r) for r in donors]
    before = np.asarray(span) < first
    return gap_of(values[rows].mean(axis=0), values[others].T, before, weights.mean(axis=0))


def _left_out(ready: Panel, treated: tuple[str, ...], first: int, weights: Floats) -> list[float]:
    """Give the effect without each donor that carries a tenth or more, and without each of several treated."""
    controls = tuple(r for r in ready.regions if r not in treated)
    heavy = [r for r, w in zip(controls, weights, strict=True) if w >= 0.1]
    found = [_effect(_key(ready), treated, tuple(r for r in controls if r != one), first)[0] for one in heavy]
    if len(treated) > 1:
        rest = [tuple(r for r in treated if r != one) for one in treated]
        found += [_effect(_key(ready), some, controls, first)[0] for some in rest]
    return found
