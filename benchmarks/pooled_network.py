"""Small networks trained with NumPy alone: gates that weigh candidates, and widths of bands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

F4 = np.float32
Parameters = dict[str, np.ndarray]
Loss = Callable[[np.ndarray, np.ndarray], tuple[float, np.ndarray]]
"""Mean loss of outputs over some rows, and its derivative by the outputs."""


@dataclass(frozen=True)
class Schedule:
    """How long and how fast to learn; chosen by time-nested validation, see the model card."""

    epochs: int = 8
    rate: float = 2e-3
    batch: int = 512
    decay: float = 1e-2
    noise: float = 0.3
    drop: float = 0.1
    hidden: int = 48


def start(inputs: int, outputs: int, bias: np.ndarray, schedule: Schedule, rng: np.random.Generator) -> Parameters:
    """Random hidden layers and an output layer that begins at `bias`."""
    h = schedule.hidden

    def layer(a: int, b: int) -> np.ndarray:
        return (rng.standard_normal((a, b)) * np.sqrt(1.0 / a)).astype(F4)

    return {
        "w1": layer(inputs, h), "b1": np.zeros(h, F4), "w2": layer(h, h), "b2": np.zeros(h, F4),
        "w3": (rng.standard_normal((h, outputs)) * 0.01).astype(F4), "b3": bias.astype(F4),
    }  # fmt: skip


def _silu(z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    s = 1 / (1 + np.exp(-np.clip(z, -30, 30)))
    return z * s, s * (1 + z * (1 - s))


def learn(
    p: Parameters, x: np.ndarray, loss_gradient: Loss,
    schedule: Schedule, rng: np.random.Generator,
) -> Parameters:  # fmt: skip
    """Minimise a loss of the outputs with AdamW (Loshchilov & Hutter 2019) on a one-cycle schedule.

    Parameters
    ----------
    loss_gradient : callable
        ``loss_gradient(output, rows)`` gives the mean loss over `rows` and its derivative by the outputs.
    """
    n = x.shape[0]
    batches = max(n // schedule.batch, 1)
    total = schedule.epochs * batches
    first = {k: np.zeros_like(v) for k, v in p.items()}
    second = {k: np.zeros_like(v) for k, v in p.items()}
    t = 0
    for _ in range(schedule.epochs):
        order = rng.permutation(n)
        for b in range(batches):
            rows = order[b * schedule.batch : (b + 1) * schedule.batch]
            xb = x[rows] + schedule.noise * rng.standard_normal((rows.size, x.shape[1]), dtype=F4)
            z1 = xb @ p["w1"] + p["b1"]
            a1, s1 = _silu(z1)
            d1 = (rng.random(a1.shape, dtype=F4) >= schedule.drop).astype(F4) / F4(1 - schedule.drop)
            h1 = a1 * d1
            a2, s2 = _silu(h1 @ p["w2"] + p["b2"])
            d2 = (rng.random(a2.shape, dtype=F4) >= schedule.drop).astype(F4) / F4(1 - schedule.drop)
            h2 = a2 * d2
            _, g = loss_gradient(h2 @ p["w3"] + p["b3"], rows)
            g2 = (g @ p["w3"].T) * d2 * s2
            g1 = (g2 @ p["w2"].T) * d1 * s1
            grads = {"w3": h2.T @ g, "b3": g.sum(0), "w2": h1.T @ g2, "b2": g2.sum(0), "w1": xb.T @ g1, "b1": g1.sum(0)}
            norm = np.sqrt(sum(float((q * q).sum()) for q in grads.values()))
            clip = F4(min(1.0, 1.0 / (norm + 1e-12)))
            t += 1
            rate = schedule.rate * _cycle(t / total)
            for k, q in grads.items():
                q = q * clip
                first[k] += F4(0.1) * (q - first[k])
                second[k] += F4(0.001) * (q * q - second[k])
                step = (first[k] / (1 - 0.9**t)) / (np.sqrt(second[k] / (1 - 0.999**t)) + 1e-8)
                if k[0] == "w":
                    p[k] -= F4(rate * schedule.decay) * p[k]
                p[k] -= F4(rate) * step.astype(F4)
    return p


def _cycle(share: float) -> float:
    """One-cycle rate: a rise over the first 15 %, then a cosine to nothing (Smith & Topin 2018)."""
    if share < 0.15:
        return 0.04 + 0.96 * share / 0.15
    return 0.5 * (1 + np.cos(np.pi * (share - 0.15) / 0.85))


def outputs(p: Parameters, x: np.ndarray) -> np.ndarray:
    """Apply a network, shape (N, outputs)."""
    a, _ = _silu(x @ p["w1"] + p["b1"])
    a, _ = _silu(a @ p["w2"] + p["b2"])
    return a @ p["w3"] + p["b3"]


def gate_loss(
    moves: np.ndarray,
    targets: np.ndarray,
    level: np.ndarray,
    weights: tuple[np.ndarray, np.ndarray],
    interp: np.ndarray,
) -> Loss:
    """Loss of a gate: weighted absolute errors plus weighted symmetric percentage errors; weights have shape (N, S)."""
    k = moves.shape[1]
    there = np.isfinite(targets)
    goal = np.where(there, targets, 0).astype(F4)
    w_abs, w_pct = (np.where(there, w, 0).astype(F4) for w in weights)

    def loss(out: np.ndarray, rows: np.ndarray) -> tuple[float, np.ndarray]:
        f, y, l = moves[rows], goal[rows], level[rows][:, None]
        share = softmax(out.reshape(len(rows), k, -1) @ interp)
        point = (share * f).sum(1)
        error = point - y
        size, sign = np.abs(error), np.sign(error)
        down = np.abs(y + l) + np.abs(point + l) + F4(1e-6)
        pct = 200 * size / down
        value = (w_abs[rows] * size + w_pct[rows] * pct).sum(1).mean()
        slope = w_abs[rows] * sign + w_pct[rows] * (200 * sign - pct * np.sign(point + l)) / down
        back = share * (f - point[:, None]) * (slope / len(rows))[:, None]
        return float(value), (back @ interp.T).reshape(len(rows), -1)

    return loss


def softmax(x: np.ndarray) -> np.ndarray:
    """Shares over axis 1."""
    e = np.exp(x - x.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)


def width_loss(errors: np.ndarray, weights: np.ndarray, interp: np.ndarray) -> Loss:
    """Quantile losses of both edges of the 50, 80 and 95 percent bands around given points; errors of shape (N, S)."""
    there = np.isfinite(errors)
    error = np.where(there, errors, 0).astype(F4)
    weight = np.where(there, weights, 0).astype(F4)
    tails = np.array([0.25, 0.1, 0.025], F4)[None, :, None]
    stress = np.array([1.0, 1.0, 2.0], F4)[None, :, None]

    def loss(out: np.ndarray, rows: np.ndarray) -> tuple[float, np.ndarray]:
        z = out.reshape(len(rows), 2, 3, -1)
        reach = np.cumsum(np.logaddexp(F4(0), z), 2) @ interp
        e = error[rows][:, None]
        over = np.stack([e, -e], 1) - reach
        w = weight[rows][:, None, None] * stress
        value = (w * (tails * reach + np.maximum(over, 0))).sum((1, 2, 3)).mean()
        back = (w * (tails - (over > 0)) / len(rows)) @ interp.T
        back = np.cumsum(back[:, :, ::-1], 2)[:, :, ::-1] / (1 + np.exp(-z))
        return float(value), back.reshape(len(rows), -1).astype(F4)

    return loss


def mirrored(loss: Loss) -> Loss:
    """Give the loss of outputs that serve both sides of a band."""

    def both(out: np.ndarray, rows: np.ndarray) -> tuple[float, np.ndarray]:
        value, slope = loss(np.tile(out, (1, 2)), rows)
        return value, slope[:, : out.shape[1]] + slope[:, out.shape[1] :]

    return both
