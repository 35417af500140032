"""Compiled loops against plain NumPy: the same sums, nothing from nothing, no figure from no figure; loaded late."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.lib.stride_tricks import sliding_window_view

from scenarios.compiled import add_product, grow_older, sum_aged

ROOT = Path(__file__).resolve().parents[1]


@settings(max_examples=150, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1), n=st.integers(1, 9), n_ages=st.integers(0, 12), n_entered=st.integers(1, 14),
    at=st.integers(-9, 16), n_paths=st.integers(1, 9), alike=st.booleans(), divided=st.booleans(), onto=st.booleans(),
)  # fmt: skip
def test_what_is_left_is_the_sum_over_ages(
    seed: int, n: int, n_ages: int, n_entered: int, at: int, n_paths: int, alike: bool, divided: bool, onto: bool
) -> None:
    rng = np.random.default_rng(seed)
    weights = rng.normal(size=(1 if alike else n, n_ages, n_paths))
    entered = rng.normal(size=(n_entered, n_paths))
    over = rng.uniform(0.1, 9.0, size=(n, n_paths)) if divided else None
    start, less = rng.normal(size=(2, n, n_paths))

    far = 40  # zeros on both sides, so that every year has every age
    padded = np.pad(entered, ((far, far), (0, 0)))
    ages = sliding_window_view(padded, n_ages, axis=0)[..., ::-1] if n_ages else np.zeros((99, n_paths, 0))
    years = far + at + np.arange(n) - n_ages + 1 if n_ages else np.arange(n)
    expected = (
        (start if onto else 0.0)
        - less
        + np.einsum("tap,tpa->tp", np.broadcast_to(weights, (n, n_ages, n_paths)), ages[years])
    )
    if over is not None:
        expected = np.maximum(expected / over, -1.0)

    for array in (weights, entered):
        array.setflags(write=False)
    sum_aged(weights, entered, at, start, onto=onto, less=less, over=over)
    np.testing.assert_allclose(start, expected, rtol=1e-12, atol=1e-12)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 6), st.integers(1, 40))
def test_nothing_entered_and_no_excess_leave_all_as_it_was_to_the_last_bit(seed: int, n: int, n_paths: int) -> None:
    rng = np.random.default_rng(seed)
    weights, base = rng.normal(size=(n, 5, n_paths)), rng.normal(size=(n, n_paths))
    nothing = np.zeros((n, n_paths))
    total, moved = base.copy(), np.empty((n, n_paths))
    sum_aged(weights, nothing, 0, total, onto=True)
    add_product(base, nothing, total)
    add_product(base, nothing, moved, start=base)
    assert np.array_equal(total, base)
    assert np.array_equal(moved, base)
    kept = np.zeros((n, n_paths))
    grow_older(kept, nothing)
    assert not kept.any()


def test_products_are_those_of_numpy_to_the_last_bit() -> None:
    rng = np.random.default_rng(1)
    base, excess, moved = rng.normal(size=(3, 501)), rng.normal(size=(3, 501)), np.empty((3, 501))
    add_product(base, excess, moved, start=base)
    assert np.array_equal(moved, base + base * excess)
    add_product(base, excess, moved)
    assert np.array_equal(moved, base + base * excess + base * excess)


def test_no_figure_gives_no_figure_on_its_own_path_alone() -> None:
    entered = np.ones((3, 2))
    entered[1, 1] = np.nan
    left = np.empty((3, 2))
    sum_aged(np.ones((1, 2, 2)), entered, 0, left, over=np.full((3, 2), 2.0))
    np.testing.assert_array_equal(left, [[0.5, 0.5], [1.0, np.nan], [1.0, np.nan]])


def test_an_excess_is_never_less_than_everything() -> None:
    left = np.empty((1, 1))
    sum_aged(np.ones((1, 1, 1)), np.array([[-3.0]]), 0, left, over=np.array([[2.9]]))
    assert left[0, 0] == -1.0


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
    (package / "compiled.py").write_text((ROOT / "scenarios" / "compiled.py").read_text(encoding="utf-8"))
    (package / "__pycache__").write_text("")  # no folder can be made here, not even by an administrator
    (tmp_path / "home").mkdir()
    (tmp_path / "file").write_text("")
    program = (
        "import numpy as np; from scenarios import compiled; a = np.ones((1, 1)); compiled.add_product(a, a, a); "
        "compiled.make_ready(); assert a == 2; print(len(compiled._compiled(compiled._add_product).stats.cache_hits))"
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
