"""Compiled loops against plain NumPy: the same sums, nothing from nothing, no figure from no figure; loaded late."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.lib.stride_tricks import sliding_window_view

from scenarios.compiled import add_products, grow_older, raise_by, sum_aged

ROOT = Path(__file__).resolve().parents[1]
PLACES = 3


@settings(max_examples=150, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1), n=st.integers(1, 9), n_ages=st.integers(0, 12), n_entered=st.integers(1, 14),
    at=st.integers(-9, 16), n_paths=st.integers(1, 9), alike=st.booleans(), divided=st.booleans(), older=st.booleans(),
)  # fmt: skip
def test_what_is_left_is_the_sum_over_ages(
    seed: int, n: int, n_ages: int, n_entered: int, at: int, n_paths: int, alike: bool, divided: bool, older: bool
) -> None:
    rng = np.random.default_rng(seed)
    weights, old = rng.normal(size=(2, 1 if alike else n, n_ages, n_paths))
    entered, before = rng.normal(size=(2, PLACES, n_entered, n_paths))
    over = rng.uniform(0.1, 9.0, size=(PLACES, n, n_paths)) if divided else None
    less, left = rng.normal(size=(2, PLACES, n, n_paths))
    untouched, here = left[1].copy(), np.array([2, 0])

    expected = plain_sum(weights, entered, at, n) - less
    if older:
        expected += plain_sum(old, before, at + 3, n)
    if over is not None:
        expected = np.maximum(expected / over, -1.0)

    for array in (weights, entered, before, old, less):
        array.setflags(write=False)
    sum_aged(weights, entered, at, here, left, less=less, older=(old, before, at + 3) if older else None, over=over)
    np.testing.assert_allclose(left[here], expected[here], rtol=1e-12, atol=1e-12)
    assert np.array_equal(left[1], untouched)  # a place that was not asked for


def plain_sum(weights: np.ndarray, entered: np.ndarray, at: int, n: int) -> np.ndarray:
    """Zeros on both sides, so that every year has every age."""
    n_ages, n_paths, far = weights.shape[1], weights.shape[2], 40
    padded = np.pad(entered, ((0, 0), (far, far), (0, 0)))
    if not n_ages:
        return np.zeros((entered.shape[0], n, n_paths))
    ages = sliding_window_view(padded, n_ages, axis=1)[..., ::-1][:, far + at + np.arange(n) - n_ages + 1]
    return np.asarray(np.einsum("tap,rtpa->rtp", np.broadcast_to(weights, (n, n_ages, n_paths)), ages))


@settings(max_examples=100, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1), n=st.integers(1, 9), n_ages=st.integers(1, 12), at=st.integers(0, 5),
    shared=st.booleans(), whole=st.booleans(),
)  # fmt: skip
def test_what_entered_since_may_be_changed_at_each_place_or_at_all_alike(
    seed: int, n: int, n_ages: int, at: int, shared: bool, whole: bool
) -> None:
    rng = np.random.default_rng(seed)
    weights, entered = rng.normal(size=(n, n_ages, 3)), rng.normal(size=(PLACES, at + n, 3))
    change, left = rng.normal(size=(1 if shared else PLACES, n, 3)), np.empty((PLACES, n, 3))
    since = entered[:, at:] * (1.0 + change if whole else change)
    sum_aged(weights, entered, at, np.arange(PLACES), left, **{"plus" if whole else "times": change})
    np.testing.assert_allclose(left, plain_sum(weights, since, 0, n), rtol=1e-11, atol=1e-12)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 6), st.integers(1, 40))
def test_nothing_entered_and_no_excess_leave_all_as_it_was_to_the_last_bit(seed: int, n: int, n_paths: int) -> None:
    rng = np.random.default_rng(seed)
    weights, base = rng.normal(size=(n, 5, n_paths)), rng.normal(size=(2, n, n_paths))
    nothing, moved, here = np.zeros((2, n, n_paths)), np.empty((2, n, n_paths)), np.arange(2)
    sum_aged(weights, nothing, 0, here, moved, over=base)
    assert not moved.any()
    sum_aged(weights, base, 0, here, moved)
    sum_aged(weights, base, 0, here, nothing, plus=np.zeros((1, n, n_paths)), less=moved)
    assert not nothing.any()
    add_products(base[0], (base[1], nothing[0]), (nothing[0], base[0]), moved[0])
    assert np.array_equal(moved[0], base[0])
    raise_by(base, here, 0, nothing, here, moved)
    assert np.array_equal(moved, base)
    kept = np.zeros((n, n_paths))
    grow_older(kept, nothing[0])
    assert not kept.any()


def test_products_are_those_of_numpy_to_the_last_bit() -> None:
    rng = np.random.default_rng(1)
    base, excess, more, moved = (*rng.normal(size=(3, 3, 501)), np.empty((3, 501)))
    add_products(base, (base, excess), None, moved)
    assert np.array_equal(moved, base + base * excess)
    add_products(moved, (base, excess), (excess, more), moved)  # onto itself
    assert np.array_equal(moved, (base + base * excess + base * excess) + excess * more)
    raised = np.empty((2, 2, 501))
    raise_by(np.stack([base, more]), np.array([1, 0]), 1, excess[None, 1:], np.array([0, 0]), raised)
    assert np.array_equal(raised, np.stack([more + more * excess, base + base * excess])[:, 1:])


def test_no_figure_gives_no_figure_on_its_own_path_alone() -> None:
    entered = np.ones((1, 3, 2))
    entered[0, 1, 1] = np.nan
    left = np.empty((1, 3, 2))
    sum_aged(np.ones((1, 2, 2)), entered, 0, np.array([0]), left, over=np.full((1, 3, 2), 2.0))
    np.testing.assert_array_equal(left[0], [[0.5, 0.5], [1.0, np.nan], [1.0, np.nan]])


def test_an_excess_is_never_less_than_everything() -> None:
    left = np.empty((1, 1, 1))
    sum_aged(np.ones((1, 1, 1)), np.array([[[-3.0]]]), 0, np.array([0]), left, over=np.array([[[2.9]]]))
    assert left.item() == -1.0


def test_the_share_gone_follows_a_cohort_through_its_ages() -> None:
    more = np.array([[0.1], [0.2], [0.0], [0.4]])
    gone = np.zeros((4, 1))
    for _ in range(4):
        grow_older(gone, more)
    np.testing.assert_allclose(gone[:, 0], 1.0 - np.cumprod(1.0 - more[:, 0]), rtol=1e-15)


@pytest.mark.parametrize("program", ["import scenarios.engine, scenarios.comparison", "import dashboard.frame"])
def test_the_compiler_is_loaded_only_when_a_scenario_is_worked_out(program: str) -> None:
    told = subprocess.run(
        [sys.executable, "-c", f"{program}; import sys; print(*sys.modules)"],
        cwd=ROOT, capture_output=True, check=True, text=True,
    )  # fmt: skip
    assert {"numba", "llvmlite"}.isdisjoint(told.stdout.split())


@pytest.mark.slow
@pytest.mark.parametrize(("home", "found"), [("home", [0, 1]), ("file", [0, 0])])
def test_loops_are_compiled_where_the_package_cannot_be_written_to(home: str, found: list[int], tmp_path: Path) -> None:
    """Another user's package folder: code is kept in the user's cache and found there; without one, it is made anew."""
    package = tmp_path / "scenarios"
    package.mkdir()
    (package / "__init__.py").write_text('"""Copy."""\n')
    for name in ("compiled.py", "loops.py"):
        (package / name).write_text((ROOT / "scenarios" / name).read_text(encoding="utf-8"))
    (package / "__pycache__").write_text("")  # no folder can be made here, not even by an administrator
    (tmp_path / "home").mkdir()
    (tmp_path / "file").write_text("")
    program = (
        "import numpy as np; from scenarios import compiled; a = np.ones((1, 1)); b = np.empty((1, 1)); "
        "compiled.make_ready(); compiled.add_products(a, (a, a), None, b); assert b == 2; "
        "from scenarios import loops; print(len(loops.add_products.stats.cache_hits))"
    )
    paths = {"PYTHONPATH": f"{tmp_path}:{ROOT}", "HOME": str(tmp_path / home)}
    hits = [
        int(
            subprocess.run(
                [sys.executable, "-c", program], capture_output=True, check=True, cwd=tmp_path, env=paths
            ).stdout
        )
        for _ in range(2)
    ]
    assert hits == found
