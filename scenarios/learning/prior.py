"""Prior, data and posterior of an event's effect: what the literature says, and what our own panel may add to it."""

from __future__ import annotations

import datetime as dt
import math
from functools import lru_cache

import numpy as np

from forecast.catalog import Event
from scenarios.effects import RIVALS_SPREAD, Normal, Size, update
from scenarios.hindcast_levers import lever_as_of, position_after
from scenarios.levers import Effect, Lever, levers
from scenarios.quantities import DIRECT, quantity
from scenarios.responses import SHAPES

Verdict = str
"""usable, suggestive or not identified."""


@lru_cache(maxsize=256)
def by_literature(name: str) -> Lever:
    """Give a lever with sizes from published studies alone, none of them from our own panel.

    Where there are no studies, direction known, size unknown: as large as the strongest measured lever at most.
    """
    return lever_as_of(levers()[name], dt.date.max)[0]


def direct_effect(lever: Lever, indicator: str) -> Effect | None:
    """Give the effect of a lever whose quantity is that indicator itself, not something behind it in the accounts."""
    for effect in lever.effects:
        for name in effect.quantities:
            q = quantity(name)
            itself = name.startswith(DIRECT) or name.endswith(".filings") or name == "rd"
            if itself and q.scale == "log" and q.indicators[0] == indicator:
                return effect
    return None


def moments(size: Size) -> Normal:
    """Give mean and standard deviation of a size with its sign.

    Examples
    --------
    >>> from scenarios.effects import direction_only
    >>> round(moments(direction_only(-1, 0.196)).mean, 3)  # half-normal of scale 0.1: -0.1 sqrt(2 / pi)
    -0.08
    """
    if size.known:
        return Normal(size.sign * size.mean, size.sd)
    return Normal(size.sign * size.sd * math.sqrt(2 / math.pi), size.sd * math.sqrt(1 - 2 / math.pi))


def price_change(event: Event) -> float:
    """Give the change of the logarithm of the price an event moved; 0 where it moved none with a dated history."""
    lever = levers().get(event.lever)
    if lever is None or lever.record.form != "change" or lever.record.history is None:
        return 0.0
    return math.log1p(position_after(lever, event))


def prior_of(event: Event, indicator: str) -> Normal | None:
    """Give what the literature says an event did to an indicator: elasticity for prices, else change in logarithms.

    Parameters
    ----------
    event : Event
    indicator : str

    Returns
    -------
    Normal or None
        None where the event is no lever's, or reaches the indicator only through the accounts of the IP system.
    """
    if event.lever not in levers():
        return None
    effect = direct_effect(by_literature(event.lever), indicator)
    if effect is None:
        return None
    size = moments(effect.size)
    if price_change(event):
        return size
    response = float(SHAPES[effect.shape](np.array(float(event.direction))))
    if event.direction < 0 and effect.cut_share is not None:
        a, b = effect.cut_share  # product of two independent numbers
        m, v = a / (a + b), a * b / ((a + b) ** 2 * (a + b + 1))
        sd = math.sqrt(size.sd**2 * m**2 + v * (size.mean**2 + size.sd**2))
        return Normal(response * m * size.mean, abs(response) * sd)
    return Normal(response * size.mean, abs(response) * size.sd)


def posterior_of(prior: Normal | None, data: Normal, verdict: Verdict) -> Normal | None:
    """Join prior and data as far as the verdict allows.

    Usable data count in full; suggestive ones with their standard error times `RIVALS_SPREAD`, a little under half
    the weight; what is not identified leaves the prior as it was.

    Examples
    --------
    >>> posterior_of(Normal(0.0, 1.0), Normal(1.0, 1.0), "usable").mean
    0.5
    >>> round(posterior_of(Normal(0.0, 1.0), Normal(1.0, 1.0), "suggestive").mean, 3)  # 1 / (1 + 1.5^2)
    0.308
    >>> posterior_of(Normal(0.0, 1.0), Normal(1.0, 1.0), "not identified").mean
    0.0
    """
    if prior is None or verdict == "not identified":
        return prior
    return update(prior, data if verdict == "usable" else Normal(data.mean, RIVALS_SPREAD * data.sd))
