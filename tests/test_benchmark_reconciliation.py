"""The comparison of reconciliations: peers and ours get the same numbers, and what must hold for each of them does."""

import numpy as np
import pytest

from benchmarks.reconciliation import PEERS, error, peers_of

pytest.importorskip("hierarchicalforecast", reason="needs the extra `dev`")


def paths() -> np.ndarray:
    """A whole (row 0) that says 120, parts that say 50, 30 and 20, three years, the whole twice as unsure."""
    rng = np.random.default_rng(4)
    middle = np.array([120.0, 50, 30, 20])[:, None, None]
    sd = np.array([8.0, 4, 2, 1])[:, None, None]
    return middle + sd * rng.standard_normal((4, 3, 400))


def test_every_peer_gives_forecasts_that_add_up() -> None:
    found = peers_of(paths())
    assert set(found) == set(PEERS)
    for name, made in found.items():
        assert made.shape == (4, 3)
        assert np.allclose(made[0], made[1:].sum(axis=0)), name


def test_bottom_up_keeps_the_parts_and_minimum_trace_by_hand() -> None:
    base = paths()
    middle = np.median(base, axis=2)
    found = peers_of(base)
    assert np.allclose(found["BottomUp"][1:], middle[1:])
    # Ordinary least squares shares the gap evenly among whole and parts: each of the four moves by a quarter.
    gap = middle[0] - middle[1:].sum(axis=0)
    assert np.allclose(found["MinTrace OLS"][0], middle[0] - gap / 4)
    assert np.allclose(found["MinTrace OLS"][1:], middle[1:] + gap / 4)


def test_errors_are_logarithms_and_bounded_below() -> None:
    assert error(100.0, 50.0) == pytest.approx(np.log(2))
    assert error(100.0, 200.0) == pytest.approx(np.log(2))
    assert error(100.0, 0.0) == pytest.approx(np.log(1000))
