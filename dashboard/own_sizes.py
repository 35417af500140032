"""Sizes of effects that a planner sets: read from a size and a range as cards show them, and written in words."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import replace
from functools import lru_cache

import numpy as np
import scipy
from scipy import special

from dashboard.dial import LOGS, acting, bars, grade_on
from dashboard.formats import Lang
from dashboard.view import Own
from dashboard.words import word
from forecast.errors import InputError
from scenarios.levers import Effect, Lever, assumptions, levers
from scenarios.moves import size_of
from scenarios.scenario import Override

LONGEST, SHORTEST = 400, 3
"""Characters of a reason."""
LARGEST = 5.0
"""Largest size in logarithms (or elasticity) that is taken: far beyond anything measured."""
WIDEST = 0.5
"""Least shape of the gamma distribution: below it the range is wider than a size of one sign can have."""


def elastic(effect: Effect) -> bool:
    """Whether the size of an effect is an elasticity, not a change in percent."""
    return effect.shape in LOGS


def fixed_sign(effect: Effect) -> bool:
    """Whether the engine itself decides the direction: a price acts against demand, whatever is written."""
    return effect.price in ("fee", "relief")


def as_override(own: Own) -> Override:
    """Give an own size as a scenario file carries it."""
    return Override(mean=own.mean, sd=own.sd, why=own.why)


def worn(effect: Effect, owns: Mapping[str, Own]) -> Effect:
    """Give the effect with the size that is used: the reader's own where there is one."""
    own = owns.get(effect.id)
    return effect if own is None else replace(effect, size=size_of(effect, {effect.id: as_override(own)}))


def typed(effect: Effect) -> tuple[float, float]:
    """Give the size of an effect as it is typed: its middle, and half of its 8-in-10 range.

    Returns
    -------
    tuple of float
        In percent, or as an elasticity; one digit and two digits after the point.
    """
    low, middle, high = (float(v) for v in effect.size.quantile(np.array([0.1, 0.5, 0.9])))
    if elastic(effect):
        return round(middle, 2), round(abs(high - low) / 2, 2)
    low, middle, high = (100 * math.expm1(v) for v in (low, middle, high))
    return round(middle, 1), round(abs(high - low) / 2, 1)


def fitted(effect: Effect, size: float, half: float, why: str, lang: Lang) -> Own:
    """Give the own size whose middle is `size` and whose 8-in-10 range is as wide as twice `half`.

    The engine draws sizes from a gamma distribution, which keeps its sign; its shape is solved for.

    Parameters
    ----------
    effect : Effect
    size, half : float
        As typed: percent for a full move, or an elasticity.
    why : str
        The reason; it is handed on with the scenario.
    lang : {"en", "zh"}
        Of the errors.

    Raises
    ------
    InputError
        Where the reason is missing, the direction cannot be or the range is wider than the size allows.

    Examples
    --------
    >>> effect = next(e for e in levers()["ip_courts"].effects)
    >>> own = fitted(effect, 10.0, 0.0, "As in our city in 2024.", "en")
    >>> round(math.expm1(own.mean), 6), own.sd
    (0.1, 0.0)
    """
    reason = " ".join(why.replace("~", "–").split())
    if not SHORTEST <= len(reason) <= LONGEST:
        raise InputError(word("own_size_why_missing", lang), word("own_size_why_fix", lang, n=LONGEST))
    scale = 1.0 if elastic(effect) else 0.01
    limit = LARGEST if elastic(effect) else math.expm1(LARGEST)
    if not (-1 < size * scale <= limit or (elastic(effect) and -limit <= size <= limit)):
        raise InputError(word("own_size_beyond", lang), word("own_size_beyond_fix", lang, most=f"{limit / scale:,.0f}"))
    if size and fixed_sign(effect) and math.copysign(1, size) != effect.size.sign:
        raise InputError(word("own_size_sign", lang), word("own_size_sign_fix", lang))
    middle = size if elastic(effect) else math.log1p(size * scale)
    if middle == 0.0 or half == 0.0:
        return Own(_short(middle), 0.0, reason)
    most = _width(WIDEST, middle, elastic(effect)) / scale / 2
    if half > most:
        raise InputError(word("own_size_wide", lang), word("own_size_wide_fix", lang, most=f"{most:.3g}"))

    def gap(log_shape: float) -> float:
        return _width(math.exp(log_shape), middle, elastic(effect)) - 2 * half * scale

    top = math.log(1e7)
    shape = math.exp(float(scipy.optimize.brentq(gap, math.log(WIDEST), top))) if gap(top) < 0 else math.exp(top)
    mean = abs(middle) * shape / float(special.gammaincinv(shape, 0.5))
    return Own(_short(math.copysign(mean, middle)), _short(mean / math.sqrt(shape)), reason)


def _width(shape: float, middle: float, elasticity: bool) -> float:
    """Give the width of the 8-in-10 range of a gamma with this shape and this middle, as it is read."""
    cuts = special.gammaincinv(shape, np.array([0.1, 0.5, 0.9]))
    low, high = (float(middle * cuts[i] / cuts[1]) for i in (0, 2))
    return abs(high - low) if elasticity else abs(math.expm1(high) - math.expm1(low))


def _short(value: float) -> float:
    """Give the number as a link and a file carry it."""
    return float(f"{value:.6g}")


@lru_cache(maxsize=1)
def effects_by_id() -> Mapping[str, Effect]:
    """Give every effect of a lever or an assumption by the name scenario files use."""
    return {e.id: e for lever in (*levers().values(), *assumptions().values()) for e in lever.effects}


def owned(lever: Lever, indicator: str, owns: Collection[str]) -> bool:
    """Whether what a lever does to an indicator rests on a size that the reader set."""
    return any(effect.id in owns for effect in acting(lever, indicator))


def grade_of(lever: Lever, indicator: str, owns: Collection[str]) -> str:
    """Give the grade of a lever on an indicator, or that its size is the reader's own."""
    return OWN if owned(lever, indicator, owns) else grade_on(lever, indicator)


def evidence(grade: str, lang: Lang) -> str:
    """Give a grade with its bars, as tables show it; a size of the reader's own has no grade but its mark."""
    return word("own_size_mark", lang) if grade == OWN else f"{grade} {bars(grade)}"


OWN = "own"
"""Stands in place of a grade where the reader set the size."""
