"""The band around policy events: learned from hindcasts, tested on other years, and consistent with the futures."""

from dataclasses import replace

import numpy as np
import pytest
from fixed_outlook import fixed_outlook
from hypothesis import given
from hypothesis import strategies as st

from scenarios.comparison import Comparison
from scenarios.engine import run
from scenarios.hindcasts import bundled_hindcasts, year_of
from scenarios.policy_band import (
    factor_of,
    factors_apart,
    held,
    policy_band,
    policy_chance,
    policy_factor,
    widened,
)
from scenarios.scenario import Scenario

ROWS = bundled_hindcasts()
KEY = "CN.trademark_applications"
positive = st.floats(1e-6, 1e12)
factors = st.floats(0.2, 5.0)


@given(st.lists(positive, min_size=2, max_size=20), positive, factors, st.floats(1e-3, 1e3))
def test_widening_keeps_the_middle_the_order_and_the_unit(values: list[float], middle: float, by: float, unit: float):
    x, m = np.sort(values), np.array(middle)
    out = widened(x, m, by)
    assert widened(m, m, by) == m
    assert np.all(np.diff(out) >= -1e-9 * np.abs(out[1:]))
    assert widened(unit * x, unit * m, by) == pytest.approx(unit * out, rel=1e-9)
    assert widened(out, m, 1 / by) == pytest.approx(x, rel=1e-6)
    assert np.log(out / m) == pytest.approx(by * np.log(x / m), rel=1e-6, abs=1e-6)


def test_nothing_and_what_lies_below_nothing_stay():
    x = np.array([0.0, -3.0, np.nan, 5.0])
    assert np.array_equal(widened(x, np.array(10.0), 2.0), [0.0, -3.0, np.nan, 2.5], equal_nan=True)
    assert widened(np.array([4.0]), np.array(0.0), 2.0).tolist() == [4.0]


@given(st.integers(0, 2**32 - 1), factors, st.floats(-2.0, 2.0))
def test_band_and_chance_are_those_of_futures_moved_apart(seed: int, by: float, where: float):
    # With 101 futures the 10, 50 and 90 percent quantiles are futures themselves.
    paths = np.exp(np.random.default_rng(seed).normal(size=(3, 101)))
    apart = widened(paths, np.median(paths, axis=1)[:, None], by)
    low, high = policy_band(paths, share=False, factor=by)
    assert low == pytest.approx(np.quantile(apart, 0.1, axis=1))
    assert high == pytest.approx(np.quantile(apart, 0.9, axis=1))
    bar = float(np.exp(where))
    assert policy_chance(paths, bar, factor=by) == pytest.approx((apart >= bar).mean(axis=1), abs=1.5 / 101)


def test_a_share_ends_at_one():
    paths = np.tile(np.linspace(0.7, 0.99, 101), (1, 1))
    assert policy_band(paths, share=True, factor=4.0)[1].tolist() == [1.0]
    assert policy_band(paths, share=False, factor=4.0)[1][0] > 1.0


def test_the_factor_holds_the_promised_share_and_what_a_row_needs_is_where_its_edge_would_meet_it():
    for promised in (0.5, 0.8, 0.9):
        by = factor_of(ROWS, promised)
        assert np.mean([row.needed <= by for row in ROWS]) == pytest.approx(promised, abs=1.01 / len(ROWS))
    for row in ROWS[::7]:
        edge = row.hi_80_with if row.actual > row.with_lever else row.lo_80_with
        moved = widened(np.array([edge]), np.array(row.with_lever), row.needed)
        assert moved[0] == pytest.approx(row.actual, rel=1e-6)
        # Printed edges have six digits, so a figure on the very edge may fall on either side.
        assert (row.needed <= 1) == row.inside_with or abs(row.needed - 1) < 1e-3


def test_a_year_is_judged_by_what_other_years_needed_only():
    year = year_of(ROWS[-1])
    nonsense = [replace(r, actual=r.actual * 1e3) if year_of(r) == year else r for r in ROWS]
    assert factors_apart(nonsense)[year] == factors_apart(ROWS)[year]
    other = next(y for y in factors_apart(ROWS) if y != year)
    assert factors_apart(nonsense)[other] > factors_apart(ROWS)[other]


def test_widened_by_what_other_years_needed_the_bands_hold_about_four_fifths():
    apart = factors_apart(ROWS)
    assert np.mean([held(row, apart) for row in ROWS]) == pytest.approx(0.8, abs=0.02)
    assert 1.0 < policy_factor() < 2.0


def _compared(levers: dict[str, tuple[dict[str, float], ...]]) -> Comparison:
    outlook = fixed_outlook({"trademark_applications": 7e6, "invention_applications": 2e6}, {"CN": 1.0}, n_paths=401)
    return run(Scenario.model_validate({"id": "tried", "levers": levers}), outlook)


def test_a_scenario_has_it_where_levers_move_a_level_and_nowhere_else():
    moved = _compared({"trademark_filing_fee": ({"level": -0.5},)})
    bands = moved.bands(KEY)
    assert bands.around_policy is not None
    low, high = bands.around_policy
    ahead = bands.edges[80.0][1] > bands.edges[80.0][0]
    assert np.all(low[ahead] < bands.edges[80.0][0][ahead])
    assert np.all(high[ahead] > bands.edges[80.0][1][ahead])
    log = np.log(high[ahead] / bands.median[ahead]) / np.log(bands.edges[80.0][1][ahead] / bands.median[ahead])
    assert log == pytest.approx(policy_factor())
    assert moved.bands(KEY, line="mine").around_policy is None
    assert moved.bands(KEY, "percent").around_policy is None
    assert moved.bands("CN.invention_applications").around_policy is None
    assert _compared({}).bands(KEY).around_policy is None
    table = moved.frame([KEY])
    there = table.set_index("scenario")["hi-80-policy"]
    assert there["tried"].tolist() == pytest.approx(high.tolist(), nan_ok=True)
    assert there["mine baseline"].isna().all()
