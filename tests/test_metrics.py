"""Metrics against utilsforecast, plain loops and hand calculations."""

import itertools

import numpy as np
import pandas as pd
import pytest
import utilsforecast.losses as theirs
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import integrate, stats

from forecast.metrics import (
    coverage,
    crps,
    interval_score,
    mae,
    mase,
    mean_scaled_interval_score,
    naive_scale,
    quantile_loss,
    rmsse,
    smape,
    weighted_quantile_loss,
)

RNG = np.random.default_rng(23)
HISTORY = RNG.uniform(10, 50, 15)
OBSERVED = RNG.uniform(10, 50, 6)
FORECAST = RNG.uniform(10, 50, 6)
LOW, HIGH = FORECAST - RNG.uniform(0, 15, 6), FORECAST + RNG.uniform(0, 15, 6)
FRAME = pd.DataFrame(
    {"unique_id": "a", "ds": range(6), "cutoff": 0, "y": OBSERVED, "m": FORECAST, "m-lo-80": LOW, "m-hi-80": HIGH}
)
TRAIN = pd.DataFrame({"unique_id": "a", "ds": range(-15, 0), "y": HISTORY})


def test_point_metrics_equal_utilsforecast() -> None:
    assert mae(FORECAST, OBSERVED) == pytest.approx(theirs.mae(FRAME, ["m"])["m"].item())
    # theirs runs from 0 to 1
    assert smape(FORECAST, OBSERVED) == pytest.approx(200 * theirs.smape(FRAME, ["m"])["m"].item())
    for m in (1, 4):
        assert mase(FORECAST, OBSERVED, HISTORY, m) == pytest.approx(theirs.mase(FRAME, ["m"], m, TRAIN)["m"].item())
        assert rmsse(FORECAST, OBSERVED, HISTORY, m) == pytest.approx(theirs.rmsse(FRAME, ["m"], m, TRAIN)["m"].item())


def test_metrics_of_bands_equal_utilsforecast() -> None:
    assert coverage(LOW, HIGH, OBSERVED) == pytest.approx(theirs.coverage(FRAME, ["m"], 80)["m"].item())
    for q in (0.1, 0.5, 0.9):
        expected = theirs.quantile_loss(FRAME, {"m": "m"}, q)["m"].item()
        assert np.mean(quantile_loss(FORECAST, OBSERVED, q)) == pytest.approx(expected)
    quantiles = np.array([0.1, 0.5, 0.9])
    stacked = np.stack([LOW, FORECAST, HIGH])
    by_hand = 0.0
    for q, row in zip(quantiles, stacked, strict=True):
        for f, y in zip(row, OBSERVED, strict=True):
            by_hand += 2 * max(q * (y - f), (q - 1) * (y - f))
    assert weighted_quantile_loss(stacked, OBSERVED, quantiles) == pytest.approx(by_hand / 3 / OBSERVED.sum())


def test_the_interval_score_equals_a_plain_loop_and_two_quantile_losses() -> None:
    for low, high, y, score in zip(LOW, HIGH, OBSERVED, interval_score(LOW, HIGH, OBSERVED, 80), strict=True):
        expected = high - low
        if y < low:
            expected += 2 / 0.2 * (low - y)
        if y > high:
            expected += 2 / 0.2 * (y - high)
        assert score == pytest.approx(expected)
        losses = quantile_loss(low, y, 0.1) + quantile_loss(high, y, 0.9)
        assert score == pytest.approx(2 / 0.2 * losses)
    scaled = mean_scaled_interval_score(LOW, HIGH, OBSERVED, naive_scale(HISTORY), 80)
    assert scaled == pytest.approx(interval_score(LOW, HIGH, OBSERVED, 80).mean() / np.abs(np.diff(HISTORY)).mean())


@settings(max_examples=40, deadline=None)
@given(arrays(float, (7, 3), elements=st.floats(-100, 100)), arrays(float, 3, elements=st.floats(-100, 100)))
def test_crps_equals_the_plain_double_loop(paths: np.ndarray, observed: np.ndarray) -> None:
    found = crps(paths, observed)
    for h in range(3):
        x = paths[:, h]
        pairs = sum(abs(a - b) for a in x for b in x)
        assert found[h] == pytest.approx(np.mean(np.abs(x - observed[h])) - pairs / (2 * 49), abs=1e-9)


def test_crps_is_the_integral_of_the_squared_distance_of_distributions() -> None:
    x = np.array([1.0, 2.0, 4.0, 7.0])
    for y in (0.0, 3.0, 9.0):
        edges = np.sort(np.r_[x, y])
        area = sum((np.mean(x <= a) - (a >= y)) ** 2 * (b - a) for a, b in itertools.pairwise(edges))
        assert crps(x[:, None], np.array([y]))[0] == pytest.approx(area)


def test_crps_of_many_gaussian_paths_nears_the_gaussian_formula() -> None:
    # Gneiting & Raftery (2007), equation 5, checked by integration of the definition.
    y = 0.7
    exact = integrate.quad(lambda z: (stats.norm.cdf(z) - (z >= y)) ** 2, -10, 10, points=[y])[0]
    paths = stats.norm.ppf((np.arange(4000) + 0.5) / 4000)[:, None]
    assert crps(paths, np.array([y]))[0] == pytest.approx(exact, rel=1e-3)


def test_no_error_where_both_are_zero_and_no_scale_where_the_past_is_constant() -> None:
    assert smape(np.zeros(2), np.zeros(2)) == 0
    assert np.isnan(mase(np.ones(2), np.zeros(2), np.ones(5)))
    assert np.isnan(rmsse(np.ones(2), np.zeros(2), np.ones(1)))
    assert np.isnan(weighted_quantile_loss(np.ones((1, 2)), np.zeros(2), np.array([0.5])))


@given(st.floats(0.01, 100))
def test_scaled_metrics_do_not_depend_on_the_unit(factor: float) -> None:
    assert mase(factor * FORECAST, factor * OBSERVED, factor * HISTORY) == pytest.approx(
        mase(FORECAST, OBSERVED, HISTORY)
    )
    assert smape(factor * FORECAST, factor * OBSERVED) == pytest.approx(float(smape(FORECAST, OBSERVED)))
    assert crps(factor * HISTORY[:, None], factor * OBSERVED[:1]) == pytest.approx(
        factor * crps(HISTORY[:, None], OBSERVED[:1])
    )
