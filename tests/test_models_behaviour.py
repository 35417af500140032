"""How combinations, growth curves, regression and uncertain pasts behave."""

import numpy as np
import pandas as pd
import pytest

from forecast.errors import InputError, ModelRefusalError
from forecast.models import MODELS
from forecast.models.combination import Combination
from forecast.models.drift import Drift
from forecast.models.ets import Ets
from forecast.models.growth import Growth
from forecast.models.history import forecast_history
from forecast.models.naive import Naive
from forecast.models.regression import Regression
from forecast.models.theta import Theta
from forecast.series import Series, years

GROWING = 100 * np.exp(np.cumsum(np.random.default_rng(7).normal(0.08, 0.05, 20)))
DRIVER = 5 * np.exp(np.cumsum(np.random.default_rng(8).normal(0.06, 0.03, 20)))


def series(values: object, first: int = 2000, key: str = "made") -> Series:
    return Series(key, "count", "flow", years(first, np.size(values)), values)


def test_a_refusal_inside_a_combination_is_a_note_and_the_others_go_on() -> None:
    one = series(GROWING[:4])
    found = Combination("two", (Ets(), Drift())).fit(one).forecast(3, n_paths=50, seed=1)
    assert np.array_equal(found.paths, Drift().fit(one).forecast(3, n_paths=50, seed=1).paths)
    assert found.notes == ("ets left out: made: ets needs at least 5 values, the series has 4.",)


def test_a_combination_of_nothing_or_of_twins_cannot_be_made() -> None:
    with pytest.raises(InputError, match=r"members \[\] were given.*at least one"):
        Combination("none", ())
    with pytest.raises(InputError, match="each name once"):
        Combination("twins", (Drift(), Drift()))


def test_the_median_of_a_combination_is_the_median_of_the_medians() -> None:
    one = series(GROWING)
    members = (Drift(), Ets(), Theta())
    combined = Combination("three", members).fit(one).forecast(6, n_paths=301, seed=1)
    each = [model.fit(one).forecast(6, n_paths=301, seed=1) for model in members]
    assert np.allclose(combined.median, np.median([f.median for f in each], axis=0))
    widths = np.sort([f.band(80)[1] - f.band(80)[0] for f in each], axis=0)
    width = combined.band(80)[1] - combined.band(80)[0]
    assert np.all(width > 0.9 * widths[0])
    assert np.all(width < 1.1 * widths[-1])


def test_years_of_one_combined_path_hang_together() -> None:
    paths = Combination("two", (Drift(), Theta())).fit(series(GROWING)).forecast(6, n_paths=1000, seed=1).paths
    assert np.corrcoef(paths[:, 4], paths[:, 5])[0, 1] > 0.8
    assert np.corrcoef(paths[:, 0], paths[:, 5])[0, 1] < np.corrcoef(paths[:, 4], paths[:, 5])[0, 1]


@pytest.mark.parametrize("model", [Naive(), Drift()], ids=lambda model: model.name)
def test_bands_of_the_random_walks_hold_what_they_promise_on_random_walks(model: Naive | Drift) -> None:
    rng = np.random.default_rng(11)
    inside = {80: 0.0, 95: 0.0}
    runs = 1500
    for _ in range(runs):
        walk = 1000 + np.cumsum(rng.normal(3.0 if isinstance(model, Drift) else 0.0, 1.0, 17))
        found = model.fit(series(walk[:12])).forecast(5, n_paths=400, seed=int(rng.integers(1e6)))
        for level in inside:
            low, high = found.band(level)
            inside[level] += np.mean((walk[12:] >= low) & (walk[12:] <= high)) / runs
    assert abs(inside[80] - 0.80) < 0.02
    assert abs(inside[95] - 0.95) < 0.015


@pytest.mark.parametrize("name", ["auto", "drift", "theta", "prophet", "local_trend"])
def test_an_uncertain_past_widens_the_band_and_an_exact_one_changes_nothing(name: str) -> None:
    exact = series(GROWING)
    vague = Series("made", "count", "flow", exact.periods, GROWING, np.full(20, 0.15))
    model = MODELS[name]
    plain = model.fit(exact).forecast(3, n_paths=400, seed=1)
    assert np.array_equal(forecast_history(model, exact, 3, n_paths=400, seed=1).paths, plain.paths)
    wide = forecast_history(model, vague, 3, n_paths=400, seed=1)
    assert wide.paths.shape == (400, 3)
    assert np.all(wide.band(80)[1] - wide.band(80)[0] > plain.band(80)[1] - plain.band(80)[0])
    assert np.array_equal(wide.paths, forecast_history(model, vague, 3, n_paths=400, seed=1).paths)


def test_a_ceiling_given_from_outside_is_kept_and_must_be_above_the_data() -> None:
    capped = Growth("logistic", ceiling=2 * GROWING.max()).fit(series(GROWING)).forecast(40, n_paths=200, seed=1)
    assert abs(capped.median[-1] / (2 * GROWING.max()) - 1) < 0.1
    with pytest.raises(ModelRefusalError, match=r"ceiling 1 is not above the largest value.*Give a higher ceiling"):
        Growth("logistic", ceiling=1.0).fit(series(GROWING))


def test_regression_says_which_driver_is_missing_what() -> None:
    one = series(GROWING)
    cases = {
        "was given no driver.*R&D expenditure or GDP": Regression(),
        "driver short has no value for 2000.*must cover 2000 to 2019": Regression(
            (series(GROWING[:9], 2011, "short"),)
        ),
        "driver q has frequency Q-DEC, the series Y-DEC": Regression(
            (Series("q", "CNY", "flow", pd.period_range("1999Q1", periods=99, freq="Q"), np.arange(99.0)),)
        ),
        "driver flat does not vary": Regression((series(np.ones(20), key="flat"),)),
    }
    for message, model in cases.items():
        with pytest.raises(ModelRefusalError, match=message):
            model.fit(one)
    near = Drift().fit(Series("rd", "CNY", "flow", years(2000, 20), DRIVER)).forecast(2, n_paths=9, seed=1)
    with pytest.raises(ModelRefusalError, match="Driver rd is forecast to 2021, 2022 is needed"):
        Regression((near,)).fit(one).forecast(3, n_paths=9, seed=1)


def test_the_driver_s_own_uncertainty_is_in_the_band_path_by_path() -> None:
    driver = Series("rd", "CNY", "flow", years(2000, 20), DRIVER)
    y = series(driver.values**1.5 * np.exp(np.random.default_rng(2).normal(0, 0.001, 20)))
    future = Drift().fit(driver).forecast(4, n_paths=200, seed=3)
    found = Regression((future,)).fit(y).forecast(4, n_paths=200, seed=1)
    assert np.corrcoef(np.log(found.paths[:, -1]), np.log(future.paths[:, -1]))[0, 1] > 0.95
