"""Sums between series: their matrices, the projection against another library, exact whole units."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.errors import InputError
from forecast.hierarchy import Structure, Sum, divided, structure, unmet
from forecast.reconcile import apportion, gain, independent, path_covariance, project, reconcile, settle
from forecast.seeds import stream

# Two regions by two types, with a rest: a table summed by rows and by columns.
GRID = structure(
    ["N.all", "N.a", "N.b", "P.all", "P.a", "P.b", "Q.all", "Q.a", "Q.b"],
    [
        Sum("N.a", ("P.a", "Q.a", "N.a~rest")),
        Sum("N.b", ("P.b", "Q.b", "N.b~rest")),
        Sum("N.all", ("P.all", "Q.all", "N.all~rest")),
        Sum("N.all", ("N.a", "N.b"), "types"),
        Sum("P.all", ("P.a", "P.b"), "types"),
        Sum("Q.all", ("Q.a", "Q.b"), "types"),
        Sum("N.all~rest", ("N.a~rest", "N.b~rest"), "types"),
    ],
)


def grid_paths(n_years: int = 3, n_paths: int = 200, seed: int = 1) -> np.ndarray:
    rng = stream(seed, "grid")
    level = np.where([k in GRID.bottoms for k in GRID.nodes], 100.0, 0.0)
    level = GRID.summing_matrix @ level[[GRID.index[k] for k in GRID.bottoms]]
    return level[:, None, None] * np.exp(rng.normal(0, 0.3, (len(GRID.nodes), n_years, n_paths)))


def none_known(paths: np.ndarray) -> np.ndarray:
    return np.zeros(paths.shape[:2], bool)


def test_constraints_are_met_by_every_vector_of_the_summing_matrix() -> None:
    assert np.array_equal(GRID.constraints @ GRID.summing_matrix, np.zeros((7, 6)))


def test_the_order_puts_each_whole_after_the_wholes_among_its_parts() -> None:
    for s in GRID.sums:
        for p in s.parts:
            if p in GRID.order:
                assert GRID.order.index(p) < GRID.order.index(s.whole)


def test_sums_in_a_circle_are_an_error() -> None:
    with pytest.raises(InputError, match=r"round in a circle\. A part cannot hold its whole"):
        structure(["a", "b"], [Sum("a", ("b",)), Sum("b", ("a",))])


def test_a_sum_over_an_unknown_node_is_an_error() -> None:
    with pytest.raises(InputError, match="'b', which is no node"):
        Structure(("a",), (Sum("a", ("b",)),))


def test_parts_that_do_not_exhaust_a_whole_get_a_rest() -> None:
    assert divided("w", ["p", "q"], "regions", exhaustive=True).parts == ("p", "q")
    assert divided("w", ["p"], "regions", exhaustive=False).known_parts == ("p",)


def test_components_share_no_node_and_leave_single_series_out() -> None:
    s = structure(["x", "y", "a", "b", "c", "d"], [Sum("a", ("b",)), Sum("c", ("d",))])
    assert [c.nodes for c in s.components()] == [("a", "b"), ("c", "d")]


@pytest.mark.parametrize("method", ["ols", "wls_var"])
def test_the_projection_equals_hierarchicalforecasts_minimum_trace(method: str) -> None:
    from hierarchicalforecast.methods import MinTrace

    nodes = ["all", "A", "B", "A1", "A2", "B1", "B2"]
    s = structure(nodes, [Sum("all", ("A", "B")), Sum("A", ("A1", "A2")), Sum("B", ("B1", "B2"))])
    rng = stream(3, "mint")
    y_hat = rng.normal(100, 30, (7, 4))
    errors = rng.normal(0, np.arange(1, 8)[:, None], (7, 50))
    S = s.summing_matrix[:, [list(s.bottoms).index(k) for k in ["A1", "A2", "B1", "B2"]]]
    want = MinTrace(method=method).fit_predict(S=S, y_hat=y_hat, y_insample=np.zeros((7, 50)), y_hat_insample=errors)[
        "mean"
    ]
    W = np.eye(7) if method == "ols" else np.diag((errors**2).mean(axis=1))
    # The library adds 2e-8 to each variance.
    assert moved(y_hat, s.constraints, W) == pytest.approx(want, rel=1e-6)


def test_the_projection_equals_the_textbook_form_with_a_full_covariance() -> None:
    rng = stream(4, "mint")
    root = rng.normal(size=(12, 12))
    nodes = [i for i, k in enumerate(GRID.nodes)]
    W = (root @ root.T)[np.ix_(nodes, nodes)]
    S, y = GRID.summing_matrix, rng.normal(100, 20, (12, 3))
    inverse = np.linalg.inv(W)
    want = S @ np.linalg.solve(S.T @ inverse @ S, S.T @ inverse @ y)
    assert moved(y, GRID.constraints, W) == pytest.approx(want, rel=1e-8)
    assert moved(y, independent(GRID.constraints, np.zeros(12, bool)), W) == pytest.approx(want, rel=1e-8)


def test_points_that_add_up_already_do_not_move() -> None:
    y = GRID.summing_matrix @ np.arange(1.0, 7.0)[:, None]
    assert moved(y, GRID.constraints, np.eye(12)) == pytest.approx(y, rel=1e-12)
    assert project(y, np.zeros(12, bool), independent(GRID.constraints, np.zeros(12, bool))) == pytest.approx(
        y, rel=1e-12
    )


def test_a_table_summed_by_rows_and_columns_has_one_sum_too_many() -> None:
    assert independent(GRID.constraints, np.zeros(12, bool)).shape == (6, 12)


def test_where_the_inner_cells_are_known_sums_of_free_nodes_do_not_contradict_each_other() -> None:
    """Regions are known; nation, kinds and rests are not: found as foreign filings twenty times too large."""
    paths = grid_paths(2)
    known = np.array([[k.startswith(("P", "Q"))] * 2 for k in GRID.nodes])
    paths[known[:, 0]] = np.rint(GRID.summing_matrix @ np.full(6, 100.0))[known[:, 0], None, None]
    out = reconcile(paths, known, GRID)
    change = np.abs(np.log(out[~known[:, 0]] / paths[~known[:, 0]]))
    assert np.median(change) < 0.5
    assert change.max() < np.log(20)


def test_for_small_errors_the_step_on_logarithms_is_minimum_trace_on_levels() -> None:
    rng = stream(9, "small")
    middle = GRID.summing_matrix @ rng.uniform(50, 500, 6)
    spread = rng.uniform(1e-5, 1e-4, 12)
    paths = middle[:, None] * np.exp(spread[:, None] * rng.standard_normal((12, 20_000)))
    C = independent(GRID.constraints, np.zeros(12, bool))
    wholes = (C > 0).any(axis=0)
    W = path_covariance(paths, np.zeros(12, bool), wholes)
    step = paths - project(paths, np.zeros(12, bool), C)
    want = paths - moved(paths, C, W)
    assert np.abs(step - want).max() < 0.05 * np.abs(want).max()


def test_the_step_keeps_known_nodes_and_turns_nothing_negative() -> None:
    paths = grid_paths(1)[:, 0]
    known = np.arange(12) == 3
    out = project(paths, known, independent(GRID.constraints, known))
    assert np.array_equal(out[3], paths[3])
    assert out.min() > 0


def moved(y: np.ndarray, C: np.ndarray, W: np.ndarray) -> np.ndarray:
    """Reconcile points by the gain matrix."""
    return y - gain(C, W) @ (C @ y)


def test_every_sum_holds_exactly_on_every_path_by_region_and_by_type() -> None:
    out = reconcile(grid_paths(), none_known(grid_paths()), GRID)
    gaps = unmet({k: out[i] for k, i in GRID.index.items()}, GRID.sums)
    assert len(gaps) == 7
    assert set(gaps.values()) == {0.0}
    assert out.min() >= 0
    assert np.array_equal(out, np.rint(out))


def test_known_nodes_keep_their_values_and_the_free_ones_add_up_to_them() -> None:
    paths = grid_paths()
    known = none_known(paths)
    for key, value in {"N.all": 900.0, "P.a": 300.0, "Q.all": 150.0}.items():
        known[GRID.index[key]] = True
        paths[GRID.index[key]] = value
    out = reconcile(paths, known, GRID)
    assert np.all(out[GRID.index["N.all"]] == 900)
    assert np.all(out[GRID.index["P.a"]] == 300)
    assert np.all(out[GRID.index["Q.all"]] == 150)
    assert set(unmet({k: out[i] for k, i in GRID.index.items()}, GRID.sums).values()) == {0.0}


def test_a_year_in_which_all_is_known_stays_as_printed_even_where_it_does_not_add_up() -> None:
    s = structure(["w", "a", "b"], [Sum("w", ("a", "b"))])
    paths = np.array([1000.0, 400.0, 597.0])[:, None, None] * np.ones((3, 1, 5))
    assert np.array_equal(reconcile(paths, np.ones((3, 1), bool), s), paths)


def test_a_whole_without_a_forecast_of_its_own_is_added_up() -> None:
    s = structure(["g", "a", "b"], [Sum("g", ("a", "b"))])
    paths = np.stack([np.full((1, 4), np.nan), np.full((1, 4), 3.0), np.full((1, 4), 4.0)])
    assert np.all(reconcile(paths, np.zeros((3, 1), bool), s)[0] == 7)


def test_a_whole_whose_part_is_missing_keeps_its_own_forecast() -> None:
    s = structure(["w", "a", "b"], [Sum("w", ("a", "b"))])
    paths = np.stack([np.full((1, 4), 9.0), np.full((1, 4), 3.0), np.full((1, 4), np.nan)])
    out = reconcile(paths, np.zeros((3, 1), bool), s)
    assert np.all(out[0] == 9)
    assert np.all(np.isnan(out[2]))


@given(
    st.lists(st.integers(0, 10**9), min_size=1, max_size=8),
    st.integers(0, 10**13),
)
def test_apportioned_parts_are_whole_not_negative_and_add_up(parts: list[int], total: int) -> None:
    out = apportion(np.array(parts, float)[:, None], np.array([float(total)]))
    assert out.sum() == total
    assert out.min() >= 0
    assert np.array_equal(out, np.rint(out))


@given(st.integers(0, 2**31), st.integers(0, 2**12 - 1))
def test_whatever_is_known_settled_sums_hold_unless_nothing_is_free(seed: int, mask: int) -> None:
    truth = GRID.summing_matrix @ np.rint(stream(seed, "truth").uniform(50, 5000, 6))
    known = np.array([(mask >> i) & 1 for i in range(12)], bool)
    values = truth[:, None] * np.where(known[:, None], 1.0, stream(seed, "x").uniform(0.9999, 1.0001, (12, 3)))
    out = settle(values, known, GRID)
    assert np.array_equal(out[known], np.broadcast_to(truth[known, None], out[known].shape))
    # The first sum of a free whole is its definition; known wholes are met by their bottoms.
    for s in GRID.sums:
        if not known[GRID.index[s.whole]] and s is next(x for x in GRID.sums if x.whole == s.whole):
            assert np.array_equal(out[GRID.index[s.whole]], out[[GRID.index[p] for p in s.parts]].sum(axis=0))


def test_a_whole_divided_by_kind_and_by_region_leaves_the_rest_of_regions_and_holds_both() -> None:
    """Pledges: patents and trademarks exhaust them, provinces do not, and provinces have no kinds of their own."""
    s = structure(
        ["all", "patents", "marks", "P", "Q"],
        [Sum("all", ("P", "Q", "all:regions~rest")), Sum("all", ("patents", "marks"), "types")],
    )
    rng = stream(6, "pledges")
    middle = np.array([100.0, 70.0, 30.0, 20.0, 30.0, 50.0])
    paths = 1e6 * middle[[("all", "patents", "marks", "P", "Q", "all:regions~rest").index(k) for k in s.nodes]]
    paths = paths[:, None, None] * np.exp(rng.normal(0, 0.8, (6, 2, 500)))
    out = reconcile(paths, np.zeros((6, 2), bool), s)
    assert set(unmet({k: out[i] for k, i in s.index.items()}, s.sums).values()) == {0.0}
    assert out.min() >= 0


def test_the_covariance_of_paths_is_that_of_gaussian_paths_and_zero_for_known_nodes() -> None:
    W = np.array([[4.0, 1.0], [1.0, 1.0]])
    draws = stream(5, "cov").multivariate_normal([0, 0], W, 40_000).T
    none = np.zeros(2, bool)
    assert path_covariance(draws, none, none) == pytest.approx(W * [[1, 0.95], [0.95, 1]], rel=0.05)
    assert np.array_equal(path_covariance(draws, np.array([True, False]), none)[0], [0, 0])
    assert path_covariance(draws, none, np.array([True, False]))[0, 1] == 0


def test_a_series_that_ends_early_starts_from_the_level_that_the_others_imply() -> None:
    """Part b is last known in year 0; the whole and part a go on for two years."""
    s = structure(["w", "a", "b"], [Sum("w", ("a", "b"))])
    paths = np.ones((3, 4, 50)) * np.array([300.0, 100.0, 100.0])[:, None, None]
    paths[0, 0] = 200.0
    paths *= np.exp(stream(2, "early").normal(0, 0.02, paths.shape))
    known = np.zeros((3, 4), bool)
    known[:, 0], known[:2, 1:3] = True, True
    paths[known] = np.rint(np.median(paths, axis=2))[known][:, None]
    out = reconcile(paths, known, s)
    assert np.median(out[2, 2]) == pytest.approx(200, abs=3)
    assert np.median(out[2, 3]) == pytest.approx(200, rel=0.05)
    assert set(unmet({k: out[i, 1:] for k, i in s.index.items()}, s.sums).values()) == {0.0}


def test_reconciled_bands_cover_and_the_better_known_nation_sharpens_its_regions() -> None:
    """Truth is drawn, forecasts err by known amounts; coverage of 80 % bands counted over 400 replications."""
    regions = [f"P{i}" for i in range(6)]
    s = structure(["N", *regions], [Sum("N", tuple(regions))])
    hits_before, hits_after, width_before, width_after = [], [], [], []
    for r in range(400):
        rng = stream(r, "coverage")
        truth = rng.normal(10_000, 1_500, 6)
        centre = np.r_[truth.sum() + rng.normal(0, 800), truth + rng.normal(0, 1_500, 6)]
        spread = np.r_[800.0, np.full(6, 1_500.0)]
        paths = centre[:, None] + spread[:, None] * rng.normal(size=(7, 400))
        out = reconcile(paths[:, None, :], np.zeros((7, 1), bool), s)[:, 0]
        for hits, widths, x in ((hits_before, width_before, paths), (hits_after, width_after, out)):
            lo, hi = np.quantile(x, [0.1, 0.9], axis=1)
            hits.append((lo <= np.r_[truth.sum(), truth]) & (np.r_[truth.sum(), truth] <= hi))
            widths.append(hi - lo)
    assert np.mean(hits_before) == pytest.approx(0.80, abs=0.02)
    assert np.mean(hits_after) == pytest.approx(0.80, abs=0.02)
    assert np.mean(np.array(width_after)[:, 1:]) < 0.97 * np.mean(np.array(width_before)[:, 1:])


def test_the_table_of_unmet_sums_names_the_sum() -> None:
    gaps = unmet({"w": np.array([3.0]), "a": np.array([1.0])}, [Sum("w", ("a",)), Sum("w", ("a", "b"))])
    assert pd.Series(gaps).to_dict() == {"w = a": 2.0}
