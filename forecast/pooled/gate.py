"""The learned part: small networks, read from a file of numbers, applied with NumPy."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from forecast.series import Floats

PARAMETERS = Path(__file__).with_name("parameters.npz")
LONGEST = {1: 45, 4: 60, 12: 120}
"""Latest values that are used, by class of season."""


def season_class(season: int) -> int:
    """Class whose parameters serve a season length: 1, 4 or 12.

    Examples
    --------
    >>> [season_class(s) for s in (1, 2, 4, 7, 12, 52)]
    [1, 4, 4, 12, 12, 12]
    """
    return 1 if season == 1 else 4 if season <= 6 else 12


@dataclass(frozen=True, eq=False)
class Networks:
    """Networks of one shape, whose outputs are averaged: two hidden layers with SiLU.

    Parameters
    ----------
    w1, b1, w2, b2, w3, b3 : arrays
        First axis: network. Inputs P, hidden Q, outputs R: (E, P, Q), (E, Q), (E, Q, Q), (E, Q), (E, Q, R), (E, R).
    """

    w1: Floats
    b1: Floats
    w2: Floats
    b2: Floats
    w3: Floats
    b3: Floats

    def outputs(self, x: Floats) -> Floats:
        """Apply every network to inputs (N, P), shape (E, N, R)."""
        a = silu(x @ self.w1 + self.b1[:, None])
        a = silu(a @ self.w2 + self.b2[:, None])
        out: Floats = a @ self.w3 + self.b3[:, None]
        return out


@dataclass(frozen=True, eq=False)
class Learned:
    """What was learned for one class of season.

    Parameters
    ----------
    anchors : array, shape (A,)
        Steps for which the networks speak; between them they are interpolated in the logarithm of the step.
    centre, spread : array, shape (P,)
        Mean and standard deviation of the features in training.
    gates : Networks
        Outputs are K x A scores of candidates.
    widths : Networks
        Outputs are 2 x 3 x A increments of reaches: above and below, of the 50, 80 and 95 percent bands.
    stretch : array, shape (A, 3)
        Factors from nested residuals that make the bands hold what they say (conformal step).
    power, common : float
        Correlation of standardised errors at steps i < j: ``common (i/j)^power``.
    """

    anchors: Floats
    centre: Floats
    spread: Floats
    gates: Networks
    widths: Networks
    stretch: Floats
    power: float
    common: float

    def inputs(self, features: Floats) -> Floats:
        """Standardise features, shape (N, P)."""
        out: Floats = np.clip((features - self.centre) / self.spread, -4.0, 4.0)
        return out

    @property
    def trained(self) -> int:
        """Last trained step."""
        return int(self.anchors[-1])

    def weights(self, inputs: Floats, candidates: int, steps: int) -> Floats:
        """Weights of the candidates at steps 1 to `steps`, shape (N, K, S), mean over networks."""
        between = anchor_weights(np.arange(1.0, steps + 1), self.anchors)
        used = int(np.flatnonzero(between.any(1))[-1]) + 1
        out = np.zeros((inputs.shape[0], candidates, steps))
        for scores in self.gates.outputs(inputs):
            cut = scores.reshape(-1, candidates, self.anchors.size)[:, :, :used]
            e = cut @ between[:used]
            e -= e.max(axis=1, keepdims=True)
            np.exp(e, out=e)
            e /= e.sum(axis=1, keepdims=True)
            out += e
        out /= self.gates.w1.shape[0]
        return out


def silu(z: Floats) -> Floats:
    """Give ``z / (1 + exp(-z))`` (Hendrycks & Gimpel 2016)."""
    out: Floats = z / (1 + np.exp(-np.clip(z, -60.0, 60.0)))
    return out


def anchor_weights(steps: Floats, anchors: Floats) -> Floats:
    """Interpolation from anchors to steps, linear in the logarithm of the step and flat outside, shape (A, S).

    Examples
    --------
    >>> anchor_weights(np.array([1.0, 3.0, 9.0]), np.array([1.0, 2.0, 3.0])).tolist()
    [[1.0, 0.0, 0.0], [0.0, 0.0, 0.0], [0.0, 1.0, 1.0]]
    """
    place = np.interp(np.log(steps), np.log(anchors), np.arange(float(anchors.size)))
    low = np.minimum(place.astype(int), anchors.size - 2)
    out = np.zeros((anchors.size, steps.size))
    at = np.arange(steps.size)
    out[low, at] = 1 - (place - low)
    out[low + 1, at] = place - low
    return out


@lru_cache(maxsize=3)
def learned(kind: int) -> Learned:
    """Read the parameters of one class of season (1, 4 or 12) from the file beside this one."""
    with np.load(PARAMETERS, allow_pickle=False) as file:
        part = {k.split("/", 1)[1]: file[k].astype(np.float64) for k in file.files if k.startswith(f"{kind}/")}
    return assembled(part)


def assembled(part: dict[str, Floats]) -> Learned:
    """Build what was learned from named arrays: ``anchors``, ``gate.w1``, ``width.b3``, ``stretch`` and so on."""
    layers = ("w1", "b1", "w2", "b2", "w3", "b3")
    return Learned(
        part["anchors"], part["centre"], part["spread"],
        Networks(*(part[f"gate.{k}"] for k in layers)), Networks(*(part[f"width.{k}"] for k in layers)),
        part["stretch"], float(part["paths"][0]), float(part["paths"][1]),
    )  # fmt: skip
