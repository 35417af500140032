"""Prophet over many series at once and with every growth: the same numbers as alone, as the library's, as Stan's."""

import logging

import numpy as np
import pandas as pd
import pytest

from forecast.batch import BatchConfig, forecast_table
from forecast.errors import InputError, ModelRefusalError
from forecast.models.prophet import UNSETTLED, Prophet
from forecast.models.prophet_design import designs
from forecast.models.prophet_futures import ProphetFit
from forecast.models.prophet_logistic import fit_logistic, objective
from forecast.models.prophet_map import MapFit, fit_map
from forecast.outlook import Forecast
from forecast.series import Floats, Series, years

RNG = np.random.default_rng(31)
LENGTHS = (5, 8, 11, 14, 17, 23, 31, 47, 60)
WALKS = [Series(f"w{n}", "count", "flow", years(1960, n), 500 + np.cumsum(RNG.normal(3, 9, n))) for n in LENGTHS]
T = np.arange(48)
MONTHLY = Series(
    "monthly", "count", "flow", pd.period_range("2019-01", periods=48, freq="M"),
    200 + T + 30 * np.sin(2 * np.pi * T / 12) + np.random.default_rng(3).normal(0, 4, 48),
)  # fmt: skip
QUARTERLY = Series(
    "quarterly", "count", "flow", pd.period_range("2012Q1", periods=36, freq="Q"),
    90 + T[:36] * 0.7 + np.tile([0.0, 9.0, -4.0, 2.0], 9) + np.random.default_rng(4).normal(0, 2, 36),
)  # fmt: skip
SATURATING = Series(
    "share", "share", "ratio", years(1990, 24),
    0.8 / (1 + np.exp(-0.3 * (np.arange(24) - 12))) * np.exp(np.random.default_rng(5).normal(0, 0.03, 24)),
)  # fmt: skip
REGRESSOR = Series("rd", "CNY", "flow", years(1960, 80), np.exp(np.random.default_rng(6).normal(0, 0.3, 80)))
DRIVEN = Series("driven", "count", "flow", years(1960, 40), 50 + np.arange(40) + 20 * REGRESSOR.values[:40])

CASES = {
    "linear": (Prophet(), WALKS[6]),
    "stiff": (Prophet(changepoint_prior_scale=0.05, changepoint_range=0.9), WALKS[7]),
    "flat": (Prophet(growth="flat"), WALKS[4]),
    "logistic": (Prophet(growth="logistic", cap=1.0), SATURATING),
    "monthly": (Prophet(), MONTHLY),
    "flat monthly": (Prophet(growth="flat"), MONTHLY),
    "quarterly": (Prophet(), QUARTERLY),
    "driven": (Prophet(regressors=(REGRESSOR,)), DRIVEN),
    "driven, saturating": (Prophet(growth="logistic", cap=200.0, regressors=(REGRESSOR,)), DRIVEN),
}
"""A model and a series for each growth, season and regressor."""


def fitted(name: str) -> ProphetFit:
    model, series = CASES[name]
    fit = model.fit(series)
    assert isinstance(fit, ProphetFit)
    assert fit.notes == ()
    return fit


@pytest.mark.parametrize("name", CASES)
def test_a_prophet_object_given_back_predicts_the_same(name: str) -> None:
    fit = fitted(name)
    model = fit.to_prophet()
    assert type(model).__module__ == "prophet.forecaster"
    theirs = model.predict(fit.frame(7))["yhat"].to_numpy()
    assert np.allclose(theirs, fit.point(7), rtol=1e-8, atol=0)
    past = model.predict()["yhat"].to_numpy()
    assert np.abs(past - fit.series.values).mean() < np.abs(np.diff(fit.series.values)).mean() * 2


@pytest.mark.parametrize("name", CASES)
def test_the_library_fitted_by_itself_agrees(name: str) -> None:
    """Stan stops a little short of the optimum, and short series leave it room; so the bound is a share of the band."""
    from dataclasses import replace

    model, series = CASES[name]
    stan = replace(model, engine="stan").fit(series)
    assert isinstance(stan, ProphetFit)
    exact = fitted(name)
    spread = 0.05 * np.abs(series.values).mean()
    assert np.abs(stan.point(3) - exact.point(3)).max() < spread


@pytest.mark.parametrize(
    ("series", "growth", "cap"),
    [(WALKS[6], "linear", None), (WALKS[3], "flat", None), (SATURATING, "logistic", 1.0), (MONTHLY, "linear", None)],
    ids=["linear", "flat", "logistic", "monthly"],
)
def test_the_engine_stan_is_stock_prophet_to_the_last_digit(series: Series, growth: str, cap: float | None) -> None:
    """Stock Prophet, called here as its users call it, on the same days and with the same settings."""
    import prophet

    days = pd.date_range("2000-01-01", periods=series.n + 3, freq="D")
    frame = pd.DataFrame({"ds": days, "cap": cap or 1.0})
    stock = prophet.Prophet(
        growth=growth, changepoint_prior_scale=0.05, uncertainty_samples=0,
        yearly_seasonality=False, weekly_seasonality=False, daily_seasonality=False,
    )  # fmt: skip
    if series is MONTHLY:
        stock.add_seasonality("season", period=12, fourier_order=6)
    stock.fit(frame[: series.n].assign(y=series.values))
    fit = Prophet(engine="stan", changepoint_prior_scale=0.05, growth=growth, cap=cap).fit(series)
    assert isinstance(fit, ProphetFit)
    mine = fit.to_prophet()
    # Without any extra column the library fits a coefficient of a column of zeros.
    for name in ("k", "m", "delta", "sigma_obs", *(["beta"] if series is MONTHLY else [])):
        assert np.array_equal(mine.params[name], np.asarray(stock.params[name]).reshape(mine.params[name].shape))
    curve = stock.predict(frame)["yhat"].to_numpy()
    assert np.array_equal(mine.predict(frame)["yhat"].to_numpy(), curve)
    assert np.allclose(fit.point(3), curve[-3:], rtol=1e-12, atol=0)


def test_a_prophet_object_given_back_can_be_saved() -> None:
    from prophet.serialize import model_from_json, model_to_json

    fit = fitted("monthly")
    again = model_from_json(model_to_json(fit.to_prophet()))
    assert np.allclose(again.predict(fit.frame(4))["yhat"], fit.point(4), rtol=1e-8)


@pytest.mark.parametrize("name", ["linear", "flat", "monthly", "driven"])
def test_draws_lie_around_the_curve_and_come_again_with_the_seed(name: str) -> None:
    fit = fitted(name)
    one, again, other = (fit.forecast(5, n_paths=4000, seed=s).paths for s in (1, 1, 2))
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)
    assert np.allclose(one.mean(axis=0), fit.point(5), rtol=1e-9)


def test_saturating_futures_stay_under_the_cap_but_for_the_noise() -> None:
    fit = fitted("logistic")
    paths = fit.forecast(40, n_paths=500, seed=1).paths
    assert paths.max() < 1.0 + 6 * fit.found.sigma * fit.found.scale


@pytest.mark.parametrize("tau", [0.05, 0.5])
def test_every_series_gets_the_same_optimum_beside_any_others(tau: float) -> None:
    model = Prophet(changepoint_prior_scale=tau)
    together = model.fit_many([*WALKS, MONTHLY, QUARTERLY])
    for series, found in zip([*WALKS, MONTHLY, QUARTERLY], together, strict=True):
        alone = model.fit(series)
        assert isinstance(found, ProphetFit)
        assert isinstance(alone, ProphetFit)
        assert np.array_equal(found.found.delta, alone.found.delta)
        assert np.array_equal(found.forecast(4, n_paths=50, seed=3).paths, alone.forecast(4, n_paths=50, seed=3).paths)


def table(series: list[Series]) -> pd.DataFrame:
    return pd.concat(
        [pd.DataFrame({"unique_id": s.key, "ds": s.periods.year, "y": s.values}) for s in series], ignore_index=True
    )


def test_the_batch_gives_the_numbers_of_the_model() -> None:
    config = BatchConfig(horizon=3, models=("prophet",), n_paths=200)
    found, failures = forecast_table(table(WALKS), config)
    assert len(failures) == 0
    for series in WALKS:
        own = Prophet().fit(series).forecast(3, n_paths=200, seed=config.seed)
        mine = found[found["unique_id"] == series.key]
        assert np.array_equal(mine["mean"], own.mean)
        assert np.array_equal(mine["lo-80"], own.band(80)[0])


def test_the_batch_says_which_series_stan_has_fitted(monkeypatch: pytest.MonkeyPatch) -> None:
    def unsettled(problem: object, *, tau: float) -> MapFit:
        fit = fit_map(problem, tau=tau)  # type: ignore[arg-type]  # passed on as it came
        return MapFit(fit.coefficients, fit.variance, fit.objective, fit.converged & (problem.length > 8))  # type: ignore[attr-defined]  # as above

    monkeypatch.setattr("forecast.models.prophet.fit_map", unsettled)
    found, failures = forecast_table(table(WALKS[1:3]), BatchConfig(horizon=2, models=("prophet",), n_paths=100))
    assert found["model"].tolist() == ["prophet"] * 4
    assert failures[["unique_id", "outcome", "reason"]].to_numpy().tolist() == [["w8", "note", UNSETTLED]]
    stan = Prophet(engine="stan").fit(WALKS[1]).forecast(2, n_paths=100, seed=BatchConfig(horizon=1).seed)
    assert np.array_equal(found[found["unique_id"] == "w8"]["mean"], stan.mean)


def test_one_series_that_breaks_the_search_costs_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(problem: object, *, tau: float) -> MapFit:
        if (problem.length == 11).any():  # type: ignore[attr-defined]  # a Designs
            raise RuntimeError("no luck")
        return fit_map(problem, tau=tau)  # type: ignore[arg-type]  # passed on as it came

    monkeypatch.setattr("forecast.models.prophet.fit_map", broken)
    found, failures = forecast_table(table(WALKS), BatchConfig(horizon=2, models=("prophet",), n_paths=100))
    assert found.groupby("unique_id")["model"].first().to_dict() == {s.key: "prophet" for s in WALKS} | {"w11": "drift"}
    assert "no luck" in failures["reason"].item()


def logistic_shortfall(series: Series, tau: float) -> float:
    """How much larger our objective is than that of Stan's solution; below zero is better."""
    import prophet

    for name in ("prophet", "cmdstanpy"):
        logging.getLogger(name).disabled = True
    cap = 1.3 * float(series.values.max())
    model = prophet.Prophet(
        growth="logistic", changepoint_prior_scale=tau, yearly_seasonality=False, weekly_seasonality=False,
        daily_seasonality=False, uncertainty_samples=0,
    )  # fmt: skip
    days = pd.date_range("2000-01-01", periods=series.n)
    model.fit(pd.DataFrame({"ds": days, "y": series.values, "cap": cap}))
    problem, over = designs([series.values], growth="logistic"), np.array([cap / np.abs(series.values).max()])
    p = model.params
    b: Floats = np.zeros((1, problem.hinge.size))
    found = np.r_[np.ravel(p["k"]), np.ravel(p["m"]), np.ravel(p["delta"])]
    b[0, : found.size] = found
    theirs = objective(problem, over, b, np.ravel(p["sigma_obs"])[:1] ** 2, tau)[0]
    ours = fit_logistic(problem, over, tau=tau)
    assert ours.converged[0]
    return float(ours.objective[0] - theirs)


@pytest.mark.parametrize("series", [SATURATING, *WALKS[3:8:2]], ids=lambda s: s.key)
def test_no_saturating_optimum_of_stan_is_better(series: Series) -> None:
    assert logistic_shortfall(series, 0.05) < 1e-4


def test_the_effect_of_a_regressor_is_found() -> None:
    fit = fitted("driven")
    effect = fit.found.scale * fit.found.beta[0] / REGRESSOR.values[:40].std(ddof=1)
    assert effect == pytest.approx(20.0, rel=0.02)


def test_a_regressor_known_as_paths_meets_path_by_path() -> None:
    past = Series("rd", "CNY", "flow", years(1960, 40), REGRESSOR.values[:40])
    low, high = np.full(3, 0.5), np.full(3, 2.0)
    futures = Forecast(past, "hand", past.following(3), np.array([low, high]))
    paths = Prophet(regressors=(futures,)).fit(DRIVEN).forecast(3, n_paths=400, seed=1).paths
    assert (paths[1::2].mean(axis=0) - paths[::2].mean(axis=0)).mean() == pytest.approx(1.5 * 20, rel=0.05)


def test_what_a_regressor_does_not_cover_is_an_error() -> None:
    late = Series("rd", "CNY", "flow", years(1990, 40), np.arange(40.0))
    with pytest.raises(ModelRefusalError, match=r"regressor rd runs from 1990 to 2029.*must cover every period"):
        Prophet(regressors=(late,)).fit(DRIVEN)
    monthly = Series("rd", "CNY", "flow", MONTHLY.periods, MONTHLY.values)
    with pytest.raises(ModelRefusalError, match=r"frequency M, the series Y.*Give both in one frequency"):
        Prophet(regressors=(monthly,)).fit(DRIVEN)
    with pytest.raises(InputError, match=r"regressor rd ends in 2039, the forecast in 2040.*Give its known"):
        Prophet(regressors=(REGRESSOR,)).fit(DRIVEN).forecast(41, n_paths=10, seed=1)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"growth": "fast"}, r'growth "fast" was asked for.*Allowed: linear, flat, logistic'),
        ({"growth": "logistic"}, r"with cap None.*above zero and in the unit"),
        ({"cap": 5.0}, r"cap 5 was given with linear growth"),
        ({"changepoint_prior_scale": 0.0}, r"changepoint_prior_scale 0 was given.*above zero"),
        ({"changepoint_range": 1.5}, r"changepoint_range 1.5 was given.*up to 1"),
    ],
)
def test_settings_that_make_no_sense_are_errors(settings: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        Prophet(**settings)  # type: ignore[arg-type]  # wrong on purpose
