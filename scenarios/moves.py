"""From settings to moves: the position of each lever by year and region, and what it shifts in the IP system."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from forecast import catalog
from forecast.seeds import stream
from forecast.series import Floats
from scenarios.effects import Normal, Size, draws, measured
from scenarios.kernels import arrived, even
from scenarios.levers import Effect, Lever
from scenarios.quantities import QUANTITIES
from scenarios.responses import PRICE_FLOOR, SHAPES
from scenarios.scenario import Override, Setting

OUTSIDE_SPREAD = 1.0
"""Widening outside the studied range: standard deviations grow by this much per width of the range. Our choice."""

MANY_SPREAD = 0.1
"""Widening for many levers at once: ``sqrt(1 + MANY_SPREAD (k - 1))``. Our choice: how levers work together was
not studied."""


@dataclass(frozen=True, eq=False)
class Move:
    """One lever moved in some regions.

    Parameters
    ----------
    lever : Lever
        What is moved.
    regions : frozenset of str
        Regions named in the setting.
    path : array, shape (n_years,)
        Distance from now by year of the outlook.
    asked : bool
        Whether the setting names any position other than now; its years may still lie beyond the outlook.
    """

    lever: Lever
    regions: frozenset[str]
    path: Floats
    asked: bool = True

    @property
    def first(self) -> int:
        """Position of the first year that differs from now; the number of years where none does."""
        moved = np.flatnonzero(self.path)
        return int(moved[0]) if moved.size else self.path.size

    @property
    def outside(self) -> float:
        """Largest distance outside the studied range, in widths of it."""
        low, high = self.lever.studied
        beyond = np.maximum(np.maximum(low - self.path, self.path - high), 0.0).max(initial=0.0)
        return float(beyond / max(high - low, 1e-9))

    def widen(self, n_levers: int) -> float:
        """Factor on the standard deviation of its effects when `n_levers` levers are moved at once."""
        return (1.0 + OUTSIDE_SPREAD * self.outside) * many_levers(n_levers)

    def acts_in(self, region: str, outside: bool) -> bool:
        """Whether it is felt in a region (or, with `outside`, by the nation's applicants from abroad)."""
        if outside and self.lever.record.reaches == "residents":
            return False
        return bool(self.regions & _above(region))


def many_levers(n_levers: int) -> float:
    """Factor on standard deviations when several levers are moved at once.

    Examples
    --------
    >>> many_levers(1), round(many_levers(4), 3)
    (1.0, 1.14)
    """
    return math.sqrt(1.0 + MANY_SPREAD * max(n_levers - 1, 0))


@cache
def _above(region: str) -> frozenset[str]:
    """Give a region and everything it lies in."""
    found = {region}
    for parent in catalog.regions()[region].parents:
        found |= _above(parent)
    return frozenset(found)


def move(lever: Lever, setting: Setting, years: Sequence[int]) -> Move:
    """Give the move of one setting over the years of an outlook."""
    at = np.asarray(years)
    path, asked = np.zeros(at.size), False
    if setting.path is not None:
        points = sorted((year, lever.value_of(level)) for year, level in setting.path.items())
        asked = any(value for _, value in points)
        xs = [points[0][0] - 1, *(x for x, _ in points)]
        path = np.interp(at, xs, [0.0, *(v for _, v in points)])
    elif setting.level is not None:
        value = lever.value_of(setting.level)
        asked = value != 0.0
        start = setting.start or lever.record.start
        ramp = lever.record.ramp if setting.ramp is None else setting.ramp
        path = value * np.clip((at - start + 1) / (ramp + 1), 0.0, 1.0)
        if setting.until is not None:
            path = np.where(at <= setting.until, path, 0.0)
    return Move(lever, frozenset(setting.regions), path, asked)


@dataclass(frozen=True)
class Draws:
    """What decides the draws of effects: number of shared futures, seed, own sizes, and how many levers are moved."""

    n_paths: int
    seed: int
    overrides: Mapping[str, Override]
    n_levers: int


def size_of(effect: Effect, overrides: Mapping[str, Override]) -> Size:
    """Give the size of an effect, a reader's own where there is one."""
    own = overrides.get(effect.id)
    if own is None:
        return effect.size
    sign = 1 if own.mean > 0 else -1 if own.mean < 0 else effect.size.sign
    if own.sd == 0.0 or own.mean == 0.0:
        return Size(sign, abs(own.mean), own.sd if own.mean else 0.0, True, "D")
    return measured(sign, Normal(own.mean, own.sd), "D")


def shifts(moves: Sequence[Move], with_: Draws) -> dict[str, Floats]:
    """Add up what moves do to each quantity.

    Parameters
    ----------
    moves : sequence of Move
        All felt in one region.
    with_ : Draws
        Shared futures.

    Returns
    -------
    dict of str to array, shape (n_years, n_paths)
        By quantity; effects that raise counts alone stand under ``<quantity>#counts``. Quantities nobody moves are
        left out.
    """
    found: dict[str, Floats] = {}

    def add(effect: Effect, change: Floats) -> None:
        for name in effect.quantities:
            slot = f"{name}#counts" if effect.counts_only else name
            found[slot] = found[slot] + change if slot in found else change

    for group in _price_groups(moves):
        net = _net_price(group)
        effect, one = group[0][1], group[0][0]
        # Fee and relief answer to one net price with one size: a reader's own, whichever of the two it was set on.
        sized = next((e for _, e in group if e.id in with_.overrides), effect)
        size = size_of(sized, with_.overrides)
        theta = -np.abs(
            draws(size, f"price.{effect.quantities[0]}", with_.n_paths, with_.seed, one.widen(with_.n_levers))
        )
        add(effect, arrived(net, even(*effect.lag))[:, None] * theta)
    for one in moves:
        for effect in one.lever.effects:
            if effect.price not in ("fee", "relief"):
                add(effect, _shift(one, effect, moves, with_))
    return found


def _shift(one: Move, effect: Effect, moves: Sequence[Move], with_: Draws) -> Floats:
    a_rate = one.lever.record.form == "rate"
    response = np.cumsum(np.log1p(one.path)) if a_rate else SHAPES[effect.shape](one.path)
    if effect.price == "refund":
        # A refund cannot exceed the price: where fees fell, there is less to refund; no yuan is counted twice.
        fees = [g for g in _price_groups(moves) if set(g[0][1].quantities) & set(effect.quantities)]
        for group in fees:
            response = response * np.minimum(1.0, np.exp(_net_price(group)))
    weights = even(*effect.lag)
    widen = one.widen(with_.n_levers)
    theta = draws(size_of(effect, with_.overrides), effect.id, with_.n_paths, with_.seed, widen)
    change = arrived(np.maximum(response, 0.0), weights)[:, None] * theta
    fall = arrived(np.minimum(response, 0.0), weights)
    if np.any(fall):
        change = change + fall[:, None] * _cut(effect, theta, widen, with_)
    return change


def _cut(effect: Effect, theta: Floats, widen: float, with_: Draws) -> Floats:
    """Size of a fall: its own evidence, a random part of the rise, or the rise itself."""
    if effect.cut is not None:
        return draws(effect.cut, f"{effect.id}.cut", with_.n_paths, with_.seed, widen)
    if effect.cut_share is not None:
        part: Floats = theta * stream(with_.seed, "cut share", effect.id).beta(*effect.cut_share, size=with_.n_paths)
        return part
    return theta


def _price_groups(moves: Sequence[Move]) -> list[list[tuple[Move, Effect]]]:
    """Give moves of fees and reliefs that meet in the price of the same quantities."""
    groups: dict[tuple[str, ...], list[tuple[Move, Effect]]] = {}
    for one in moves:
        for effect in one.lever.effects:
            if effect.price in ("fee", "relief"):
                groups.setdefault(effect.quantities, []).append((one, effect))
    return list(groups.values())


def _net_price(group: Sequence[tuple[Move, Effect]]) -> Floats:
    """Log of the net price relative to now: fee times what relief leaves of it, with a floor under both together."""
    total = np.zeros(group[0][0].path.size)
    for one, effect in group:
        change = one.path if effect.price == "fee" else -one.path
        total = total + np.log(np.maximum(1.0 + change, PRICE_FLOOR))
    floored: Floats = np.maximum(total, math.log(PRICE_FLOOR))
    return floored


def known_quantities(found: Mapping[str, Floats]) -> frozenset[str]:
    """Names of the quantities moved, without the mark of count-only effects."""
    names = {name.removesuffix("#counts") for name in found}
    return frozenset(n for n in names if n in QUANTITIES or n.startswith("indicator:"))
