"""Models of ours against other libraries, plain loops of the published formulas, and exact curves."""

import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.regression.linear_model import OLS
from statsmodels.tsa.exponential_smoothing.ets import ETSModel
from statsmodels.tsa.holtwinters import ExponentialSmoothing
from statsmodels.tsa.statespace.sarimax import SARIMAX
from statsmodels.tsa.statespace.structural import UnobservedComponents
from statsmodels.tsa.stattools import kpss as kpss_of_statsmodels

from forecast.errors import ModelRefusalError
from forecast.models import MODELS
from forecast.models.arima import STATIONARY, Arima, Parameters, kpss, needed_differences
from forecast.models.fitting import ManyForecaster
from forecast.models.gm11 import GM11, grey_curve
from forecast.models.growth import Growth, fit_curve
from forecast.models.local_trend import LocalTrend
from forecast.models.prophet import Prophet
from forecast.models.regression import Regression
from forecast.models.season import without_season
from forecast.models.smoothing import Form, pick, smooth
from forecast.models.theta import _one_step, _onward, weighed
from forecast.series import Floats, Series, years

RNG = np.random.default_rng(17)
WALKS = [50 + np.cumsum(RNG.normal(2.0, 3.0, 24)) for _ in range(5)]


def annual(values: object) -> Series:
    return Series("made", "count", "flow", years(2000, np.size(values)), values)


def test_smoothing_many_series_at_once_gives_the_errors_of_statsmodels_for_given_parameters() -> None:
    many = np.abs(np.stack(WALKS[:3])) + 1
    grid = np.array([[0.4, 0.1, 0.9, 0.0], [0.7, 0.3, 0.85, 0.0]])
    found = smooth(many, Form(True, True), grid)
    assert found.squares.shape == (3, 2)
    for y, squares in zip(many, found.squares, strict=True):
        for row, alpha, beta, phi in zip(squares, *grid.T[:3], strict=True):
            model = ETSModel(pd.Series(y), trend="add", damped_trend=True, initialization_method="estimated")
            # Initial states are the only free numbers; statsmodels searches them, we solve for them.
            with model.fix_params({"smoothing_level": alpha, "smoothing_trend": beta, "damping_trend": phi}):
                sse = model.fit(disp=False).sse
            assert row == pytest.approx(sse, rel=1e-4)


@pytest.mark.parametrize("name", ["ets", "theta"])
def test_many_series_fitted_at_once_get_the_numbers_each_gets_alone(name: str) -> None:
    model = MODELS[name]
    assert isinstance(model, ManyForecaster)
    season = np.tile([0.0, 30.0, -10.0, 5.0], 6)
    mixed = [annual(y[:n]) for y in WALKS for n in (5, 9, 24)]
    mixed += [annual(np.r_[0.0, WALKS[0][1:]]), annual([5.0] * 8), annual(WALKS[0][:3])]
    quarters = pd.period_range("2015Q1", periods=24, freq="Q")
    mixed += [Series(f"q{i}", "count", "flow", quarters, np.abs(y) + 40 + season) for i, y in enumerate(WALKS)]
    for series, together in zip(mixed, model.fit_many(mixed), strict=True):
        if isinstance(together, ModelRefusalError):
            with pytest.raises(ModelRefusalError, match=re.escape(str(together))):
                model.fit(series)
            assert series.n == 3
            continue
        alone = model.fit(series).forecast(3, n_paths=60, seed=2).paths
        assert np.array_equal(together.forecast(3, n_paths=60, seed=2).paths, alone)


def test_the_grid_comes_close_to_the_optimum_of_statsmodels() -> None:
    for y in WALKS:
        form = Form(True, False)
        best = smooth(y[None], form, form.grid()).squares.min()
        found = ExponentialSmoothing(y, trend="add", initialization_method="estimated").fit(optimized=True)
        assert best < 1.02 * found.sse


def test_a_seasonal_pattern_is_a_valid_initial_state() -> None:
    y = np.tile([1.0, 4.0, 2.0, 5.0], 4) + 0.25 * np.arange(16)
    run = smooth(y[None], Form(True, False, 4), np.array([[0.3, 0.1, 1.0, 0.2]])).of(0)
    assert run.squares[0] < 1e-10
    ahead = run.level[0] + run.slope[0] + run.seasons[0, 0]
    assert ahead == pytest.approx(1.0 + 0.25 * 16)


def plain_theta(y: Floats, alpha: float, weight: float, start: float) -> Floats:
    """One-step errors of the dynamic optimised theta model, with each line fitted by polyfit."""
    level, errors = start, []
    for t in range(1, y.size + 1):
        past = y[: t - 1]
        if past.size == 0:
            intercept, slope = 0.0, 0.0
        elif past.size == 1:
            intercept, slope = past[0], 0.0
        else:
            slope, intercept = np.polyfit(np.arange(1, past.size + 1), past, 1)
        mu = level + weight * ((1 - alpha) ** (t - 1) * intercept + (1 - (1 - alpha) ** t) / alpha * slope)
        errors.append(y[t - 1] - mu)
        level = alpha * y[t - 1] + (1 - alpha) * level
    return np.array(errors)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.floats(1, 100), min_size=4, max_size=12),
    st.floats(0.05, 0.95),
    st.floats(0, 1),
    st.floats(-50, 50),
)
def test_theta_errors_equal_a_plain_loop_of_the_published_formula(
    values: list[float], alpha: float, weight: float, start: float
) -> None:
    y = np.array(values)
    errors, unit, _, _ = _one_step(y[None], np.array([alpha]), np.array([weight]))
    assert np.allclose((errors[0] - start * unit)[0], plain_theta(y, alpha, weight, start), atol=1e-6)


def test_theta_continues_as_its_own_one_step_forecasts_do() -> None:
    y, alpha, weight = WALKS[1], np.array([0.4]), np.array([0.5])
    shocks = RNG.normal(0, 1, (1, 5))
    _, _, level, _ = _one_step(y[None], alpha, weight)
    future = _onward(y, alpha, weight, level[0], shocks)[0]
    errors, _, _, _ = _one_step(np.r_[y, future][None], alpha, weight)
    assert np.allclose(errors[0, 0, -5:], shocks[0])


def test_theta_with_the_parameters_of_statsforecast_gives_its_forecast_and_ours_fit_as_well() -> None:
    statsforecast = pytest.importorskip("statsforecast.models")
    for y in WALKS:
        model = statsforecast.DynamicOptimizedTheta(season_length=1).fit(y)
        found = model.model_["par"]
        alpha, weight = np.array([found["alpha"]]), np.array([1 - 1 / found["theta"]])
        errors, unit, level, reach = _one_step(y[None], alpha, weight)
        ours = _onward(y, alpha, weight, level[0] + reach * found["initial_smoothed"], np.zeros((1, 5)))[0]
        assert np.allclose(ours, model.predict(5)["mean"], rtol=1e-9)
        their_squares = np.sum((errors[0] - found["initial_smoothed"] * unit)[0, 1:] ** 2)
        assert weighed(y[None]).squares.min() < 1.03 * their_squares


@pytest.mark.parametrize("order", [(1, 0, 0), (0, 0, 1), (1, 1, 0), (0, 1, 1), (2, 1, 0), (0, 2, 1), (1, 2, 1)])
def test_arima_continues_as_statsmodels_does(order: tuple[int, int, int]) -> None:
    p, d, q = order
    y = WALKS[2]
    w = np.diff(y, d)
    values = np.r_[0.5, [0.4, -0.2][:p], [0.3][:q], 2.0]  # constant, ar, ma, variance
    model = SARIMAX(w, order=(p, 0, q), trend="c")
    smoothed = model.smooth(values)
    expected = np.asarray(smoothed.forecast(6))
    for i in range(d):
        expected = np.diff(y, d - 1 - i)[-1] + np.cumsum(expected)
    ar, ma = values[1 : 1 + p], values[1 + p : 1 + p + q]
    ours = Parameters(order, values[0] / (1 - ar.sum()), ar, ma, 2.0)
    found = ours.onward(y, np.asarray(smoothed.resid), np.zeros((1, 6)))[0]
    assert np.allclose(found, expected, rtol=1e-8)


def test_arima_finds_the_parameters_of_a_simulated_process() -> None:
    rng = np.random.default_rng(3)
    w = np.zeros(400)
    for t in range(1, 400):
        w[t] = 0.6 * w[t - 1] + rng.normal()
    y = 100 + w
    assert needed_differences(y) == 0
    found = Arima().fit(annual(y[:300])).forecast(30, n_paths=2000, seed=1)
    assert found.median[-1] == pytest.approx(y[:300].mean(), abs=0.7)
    width = (found.band(80)[1] - found.band(80)[0])[-1]
    assert width == pytest.approx(2 * 1.2816 / np.sqrt(1 - 0.6**2), rel=0.15)
    assert len(STATIONARY) == 3


@pytest.mark.filterwarnings("ignore")  # statsmodels warns of p-values outside its table
def test_the_kpss_statistic_equals_statsmodels() -> None:
    for y in WALKS:
        lags = int(4 * (y.size / 100) ** 0.25)
        assert kpss(y) == pytest.approx(kpss_of_statsmodels(y, regression="c", nlags=lags)[0], rel=1e-9)


@pytest.mark.filterwarnings("ignore")  # statsmodels warns of variances at their bound
def test_the_local_trend_s_median_is_statsmodels_forecast() -> None:
    y = WALKS[3]
    expected = UnobservedComponents(y / y.mean(), "lltrend").fit(disp=False, maxiter=200).forecast(5) * y.mean()
    found = LocalTrend().fit(annual(y)).forecast(5, n_paths=1000, seed=1)
    assert np.allclose(found.mean, expected, rtol=1e-4)


def test_the_local_trend_s_first_band_is_statsmodels_band() -> None:
    y = np.concatenate(WALKS)[:100]
    fit = UnobservedComponents(y / y.mean(), "lltrend").fit(disp=False, maxiter=200)
    sd = float(np.sqrt(fit.get_forecast(1).var_pred_mean[0])) * y.mean()
    low, high = LocalTrend().fit(annual(y)).forecast(1, n_paths=8000, seed=1).band(80)
    assert float(high[0] - low[0]) == pytest.approx(2 * 1.2816 * sd, rel=0.05)


def test_prophet_s_mean_and_band_are_those_of_the_library() -> None:
    import prophet

    y = WALKS[4]
    found = Prophet().fit(annual(y)).forecast(5, n_paths=4000, seed=1)
    library = prophet.Prophet(
        changepoint_prior_scale=0.5, n_changepoints=18, yearly_seasonality=False, weekly_seasonality=False,
        daily_seasonality=False, uncertainty_samples=4000,
    )  # fmt: skip
    days = pd.date_range("2000-01-01", periods=29, freq="D")
    library.fit(pd.DataFrame({"ds": days[:24], "y": y}))
    expected = library.predict(pd.DataFrame({"ds": days[24:]}))
    assert np.allclose(found.mean, expected["yhat"], rtol=2e-3)
    low, high = found.band(80)
    width = expected["yhat_upper"] - expected["yhat_lower"]
    assert np.allclose((high - low) / width, 1.0, atol=0.15)


def test_prophet_moves_with_the_calendar() -> None:
    moved = Series("made", "count", "flow", years(1975, 24), WALKS[4])
    a, b = (Prophet().fit(s).forecast(3, n_paths=50, seed=1).paths for s in (annual(WALKS[4]), moved))
    assert np.array_equal(a, b)


def test_the_grey_curve_equals_the_published_example_by_hand() -> None:
    x = np.array([2.874, 3.278, 3.337, 3.390, 3.679])  # Deng's example, as worked in Liu & Lin (2010)
    sums = np.cumsum(x)
    z = 0.5 * sums[1:] + 0.5 * sums[:-1]
    # Least squares by Cramer's rule.
    n, sz, sy, szz, szy = 4, z.sum(), x[1:].sum(), (z * z).sum(), (z * x[1:]).sum()
    a = (sz * sy - n * szy) / (n * szz - sz**2)
    b = (sy * szz - sz * szy) / (n * szz - sz**2)
    assert a == pytest.approx(-0.0372, abs=1e-4)
    assert b == pytest.approx(3.06536, abs=1e-3)
    running = [(x[0] - b / a) * np.exp(-a * k) + b / a for k in range(7)]
    assert np.allclose(grey_curve(x, np.arange(1.0, 7.0)), np.diff(running), rtol=1e-9)


def test_the_grey_model_says_where_its_growth_was_held() -> None:
    notes = GM11().fit(annual([10, 10.1, 10.2, 14.0, 20.0, 30.0])).forecast(10, n_paths=20, seed=1).notes
    assert notes == ("gm11: growth held: by step at most 50%, the largest seen, fading.",)


T = np.arange(25.0)
CURVES = {
    "logistic": 1000 / (1 + np.exp(-(T - 12) / 3)),
    "gompertz": 1000 * np.exp(-4 * np.exp(-T / 5)),
    "bass": 1000 * (1 - np.exp(-0.43 * (T + 1))) / (1 + 20 * np.exp(-0.43 * (T + 1))),
}


@pytest.mark.parametrize("shape", CURVES)
def test_growth_curves_go_through_exact_data_of_their_own_kind(shape: str) -> None:
    curve = fit_curve(shape, CURVES[shape][:20], 1000.0)
    assert np.allclose(curve(T), CURVES[shape], rtol=0.02 if shape == "bass" else 1e-8)


@pytest.mark.parametrize("shape", CURVES)
def test_a_curve_past_its_bend_stays_below_its_ceiling(shape: str) -> None:
    noisy = CURVES[shape] * np.exp(np.random.default_rng(1).normal(0, 0.01, 25))
    found = Growth(shape).fit(annual(noisy)).forecast(15, n_paths=400, seed=1)
    assert found.median[-1] == pytest.approx(1000, rel=0.12)


def test_before_the_bend_the_ceiling_is_uncertain_and_the_band_says_so() -> None:
    noise = np.exp(np.random.default_rng(1).normal(0, 0.02, 25))
    early, late = (annual(CURVES["logistic"][:n] * noise[:n]) for n in (9, 25))
    width = []
    for one in (early, late):
        low, high = Growth("logistic").fit(one).forecast(15, n_paths=400, seed=1).band(80)
        width.append(np.log(high[-1] / low[-1]))
    assert width[0] > 5 * width[1]


def test_regression_coefficients_are_those_of_ordinary_least_squares() -> None:
    rng = np.random.default_rng(4)
    x = 10 * np.exp(np.cumsum(rng.normal(0.05, 0.04, 21)))
    y = 3 * x[:20] ** 0.8 * np.exp(np.cumsum(rng.normal(0, 0.02, 20)))
    fit = OLS(np.diff(np.log(y)), np.column_stack([np.ones(19), np.diff(np.log(x[:20]))])).fit()
    driver = Series("x", "CNY", "flow", years(2000, 21), x)
    found = Regression((driver,)).fit(annual(y)).forecast(1, n_paths=1000, seed=1)
    expected = y[-1] * np.exp(fit.params[0] + fit.params[1] * np.log(x[20] / x[19]))
    assert found.median[0] == pytest.approx(expected, rel=1e-3)


def test_seasonal_adjustment_takes_an_exact_season_out_and_puts_it_back() -> None:
    pattern = np.array([1.2, 0.9, 1.1, 0.8])
    y = np.tile(pattern, 6) * 50
    adjusted = without_season(y, 4)
    assert np.allclose(adjusted.values, 50)
    assert np.allclose(adjusted.put_back(np.full((1, 6), 50.0)), 50 * np.resize(pattern, 6))


def test_parameters_are_drawn_as_often_as_they_are_likely() -> None:
    weights = np.array([0.5, 0.3, 0.2])
    drawn = pick(np.log(weights), 2000, np.random.default_rng(1))
    assert np.allclose(np.bincount(drawn) / 2000, weights, atol=0.002)
