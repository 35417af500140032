"""Made-up series that teach the pooled forecaster what real ones show too rarely: breaks, saturation, exact growth."""

from __future__ import annotations

import numpy as np

from forecast.seeds import stream
from forecast.series import Floats

AHEAD = 18
KINDS = ("break", "saturation", "growth", "walk")


def made_up(each: int, *, seed: int) -> list[tuple[Floats, Floats]]:
    """Give `each` pairs of history and what follows of every kind of series.

    - break: the level changes once, in one of the last three values, up or down, and stays there;
    - saturation: logistic growth, cut anywhere after its middle, with little noise;
    - growth: exponential or straight, with little noise;
    - walk: counts that move like a random walk without drift.
    """
    pairs = []
    for kind in KINDS:
        for i in range(each):
            rng = stream(seed, "made up", kind, str(i))
            n = int(rng.integers(6, 41))
            y = _MAKERS[kind](n, rng)
            pairs.append((y[:n], y[n:]))
    return pairs


def _noise(n: int, sd: float, rng: np.random.Generator) -> Floats:
    return np.exp(sd * rng.standard_normal(n))


def _break(n: int, rng: np.random.Generator) -> Floats:
    t = np.arange(n + AHEAD)
    noise = np.exp(rng.uniform(np.log(0.003), np.log(0.08)))
    trend = rng.choice([0.0, 1.0]) * rng.normal(0.0, 0.03)
    size = rng.choice([-1, 1]) * rng.uniform(5, 30) * noise + rng.normal(0, 0.1)
    step = np.where(t >= n - int(rng.integers(1, 4)), np.clip(size, -1.5, 1.5), 0.0)
    wander = np.cumsum(rng.standard_normal(t.size)) * noise * rng.choice([0.0, 0.5])
    return np.exp(trend * t + step + wander) * _noise(t.size, noise, rng)


def _saturation(n: int, rng: np.random.Generator) -> Floats:
    t = np.arange(n + AHEAD)
    rate = rng.uniform(0.2, 0.9)
    middle = rng.uniform(0.15, 0.9) * n
    floor = rng.choice([0.0, 0.2])
    y = floor + 1 / (1 + np.exp(-rate * (t - middle)))
    return y * _noise(t.size, np.exp(rng.uniform(np.log(1e-4), np.log(0.02))), rng)


def _growth(n: int, rng: np.random.Generator) -> Floats:
    t = np.arange(n + AHEAD)
    noise = _noise(t.size, np.exp(rng.uniform(np.log(1e-4), np.log(0.01))), rng)
    if rng.random() < 0.5:
        return np.exp(rng.normal(0.06, 0.06) * t) * noise
    return np.maximum(1 + rng.normal(0.05, 0.05) * t, 0.05) * noise


def _walk(n: int, rng: np.random.Generator) -> Floats:
    level = np.exp(rng.uniform(np.log(30), np.log(3000)))
    steps = rng.standard_t(4, n + AHEAD) * level * np.exp(rng.uniform(np.log(0.01), np.log(0.2)))
    return np.maximum(np.round(level + np.cumsum(steps)), 1.0)


_MAKERS = {"break": _break, "saturation": _saturation, "growth": _growth, "walk": _walk}
