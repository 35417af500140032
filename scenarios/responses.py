"""What a lever's position means for what it acts on: prices, steps, saturation, growth."""

from __future__ import annotations

import numpy as np

from forecast.series import Floats

PRICE_FLOOR = 0.05
"""Lowest net price relative to now. A fee of nothing still leaves the cost of drafting and of an agent, and no
study saw a price of zero, so the logarithm stops here."""


def log_price(change: Floats) -> Floats:
    """Give the logarithm of a price relative to now: ``ln(max(1 + change, PRICE_FLOOR))``.

    Parameters
    ----------
    change : array
        Relative change of the price; -0.5 is half the price.

    Examples
    --------
    >>> log_price(np.array([0.0, -0.5])).round(4).tolist()
    [0.0, -0.6931]
    """
    out: Floats = np.log(np.maximum(1.0 + np.asarray(change), PRICE_FLOOR))
    return out


def log_change(change: Floats) -> Floats:
    """Give ``ln(1 + change)``, the response of an elasticity to spending, staff or other quantities.

    Examples
    --------
    >>> log_change(np.array([0.1])).round(4).tolist()
    [0.0953]
    """
    out: Floats = np.log1p(np.maximum(np.asarray(change), -0.999))
    return out


def step(intensity: Floats) -> Floats:
    """Give the intensity itself: 1 is the programme as it was studied, 0 is as now.

    Examples
    --------
    >>> step(np.array([0.0, 0.5])).tolist()
    [0.0, 0.5]
    """
    out: Floats = np.asarray(intensity, dtype=np.float64)
    return out


def hill(intensity: Floats) -> Floats:
    """Give a response that saturates: ``2 a / (1 + a)``, so that 1 is the programme as studied and 2 its limit.

    The Hill function ``a^n / (k^n + a^n)`` with ``n = 1`` and half saturation at the studied intensity, scaled to
    1 there. A cut (``a < 0``) answers in a straight line.

    References
    ----------
    A. V. Hill, Journal of Physiology 40 (1910), iv-vii.

    Examples
    --------
    >>> hill(np.array([0.0, 1.0, 3.0])).tolist()
    [0.0, 1.0, 1.5]
    """
    a = np.asarray(intensity, dtype=np.float64)
    up = np.maximum(a, 0.0)
    out: Floats = 2.0 * up / (1.0 + up) + np.minimum(a, 0.0)
    return out


SHAPES = {"log_price": log_price, "log_change": log_change, "step": step, "hill": hill}
"""Names of response shapes in lever files."""


def logit_shift(share: Floats, shift: Floats) -> Floats:
    """Move a share by `shift` on the logit scale, so that it stays between 0 and 1.

    Parameters
    ----------
    share : array
        Between 0 and 1.
    shift : array
        Logarithm of the factor on the odds.

    Examples
    --------
    >>> float(logit_shift(np.array(0.5), np.array(np.log(3.0))).round(6))
    0.75
    """
    odds = np.exp(shift)
    out: Floats = share * odds / (1.0 - share + share * odds)
    return out


def at_zero_exact(value: Floats, shift: Floats, moved: Floats) -> Floats:
    """Give `moved` where `shift` is not zero and `value`, untouched to the last bit, where it is."""
    out: Floats = np.where(shift == 0.0, value, moved)
    return out
