"""The learned combination: laws, known failures of its prototype, and proof that it sees nothing after the cutoff."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from forecast.errors import InputError, ModelRefusalError
from forecast.models import MODELS
from forecast.models.auto import AUTO, forecast_many
from forecast.pooled.aligned import aligned
from forecast.pooled.bands import connected_scores, errors
from forecast.pooled.candidates import candidates, names
from forecast.pooled.explain import explained
from forecast.pooled.features import feature_names, features
from forecast.pooled.forecasts import quantiles
from forecast.pooled.gate import learned
from forecast.pooled.season import without_season
from forecast.series import Series, years

RNG = np.random.default_rng(11)
GROWING = 100 * np.exp(np.cumsum(RNG.normal(0.06, 0.05, 24)))
HISTORY = st.lists(st.floats(0.5, 1e5), min_size=3, max_size=30).map(np.array)


def series(values: object, key: str = "made") -> Series:
    return Series(key, "count", "flow", years(1990, len(np.asarray(values))), values)


@settings(max_examples=60, deadline=None)
@given(HISTORY, st.integers(-30, 30))
def test_a_power_of_two_times_the_history_gives_exactly_that_times_the_forecast(y: np.ndarray, power: int) -> None:
    a, b = quantiles([y], 8), quantiles([y * 2.0**power], 8)
    assert np.array_equal(a.points * 2.0**power, b.points)
    assert np.array_equal(a.upper * 2.0**power, b.upper)


@pytest.mark.parametrize("factor", [1e-6, 0.37, 3.0, 1e6])
def test_any_multiple_of_the_history_gives_that_multiple_of_the_forecast(factor: float) -> None:
    a, b = quantiles([GROWING], 17), quantiles([GROWING * factor], 17)
    assert np.allclose(a.points * factor, b.points, rtol=1e-12, atol=0)
    assert np.allclose(a.lower * factor, b.lower, rtol=1e-12, atol=0)


@settings(max_examples=60, deadline=None)
@given(HISTORY)
def test_bands_are_nested_and_stay_above_zero(y: np.ndarray) -> None:
    q = quantiles([y], 20, levels=(50.0, 80.0, 95.0))
    assert np.all(q.lower >= 0)
    for inner, outer in pairwise(range(3)):
        assert np.all(q.lower[0, outer] <= q.lower[0, inner])
        assert np.all(q.upper[0, outer] >= q.upper[0, inner])


def test_a_series_is_forecast_the_same_alone_and_among_others() -> None:
    others = [np.abs(RNG.normal(10, 3, n)) + 1 for n in (3, 7, 50, 24, 24)]
    alone, among = quantiles([GROWING], 6), quantiles([*others, GROWING], 6)
    assert np.allclose(alone.points[0], among.points[-1], rtol=1e-10)
    assert np.allclose(alone.upper[0], among.upper[-1], rtol=1e-10)


def test_paths_have_the_point_as_median_and_the_same_mean_and_bands_as_without_paths() -> None:
    one = series(GROWING)
    found, direct = AUTO.fit(one).forecast(6, n_paths=4000, seed=3), forecast_many([one], 6)
    assert np.allclose(found.median, direct.points[0], rtol=1e-4)
    assert np.allclose(found.mean, direct.means[0], rtol=3e-3)
    for i, level in enumerate((80, 95)):
        low, high = found.band(level)
        assert np.allclose(low, direct.lower[0, i], rtol=0.02)
        assert np.allclose(high, direct.upper[0, i], rtol=0.02)


def test_errors_are_straight_between_the_knots_on_each_side() -> None:
    # Above, the 50, 80 and 95 percent edges lie 2, 4 and 8 off; below 1, 2 and 3.
    reach = np.array([[[[2.0, 4.0, 8.0], [1.0, 2.0, 3.0]]]])
    z = norm.ppf([0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975])
    found = errors(reach, z)[0, :, 0]
    assert found == pytest.approx([-3, -2, -1, 0, 2, 4, 8])
    assert errors(reach, (z[4:6].sum() / 2)[None]).item() == pytest.approx(3)
    beyond = z[6] + (z[6] - z[5])
    assert errors(reach, beyond[None]).item() == pytest.approx(12)


def test_a_series_that_grows_with_shocks_may_rise_farther_than_it_falls() -> None:
    # A walk of logarithms: rises of the level are larger than falls of the same chance.
    walks = [100 * np.exp(np.cumsum(np.random.default_rng(i).normal(0.08, 0.12, 20))) for i in range(40)]
    q = quantiles(walks, 6, levels=(95.0,))
    up, down = q.upper[:, 0] - q.points, q.points - q.lower[:, 0]
    assert np.median(up[:, -1] / down[:, -1]) > 1.2
    assert np.all(q.means[:, -1].mean() > q.points[:, -1].mean())


def test_years_of_one_path_hang_together_as_learned() -> None:
    numbers = learned(1)
    z = connected_scores(20_000, 6, numbers, np.random.default_rng(1))
    found = np.corrcoef(z.T)
    assert found[1, 3] == pytest.approx(numbers.common * (2 / 4) ** numbers.power, abs=0.03)
    assert found[4, 5] > found[0, 5]


@pytest.mark.parametrize("rate", [0.1, 0.3, -0.1])
def test_exact_growth_goes_on_exactly(rate: float) -> None:
    y = 100 * (1 + rate) ** np.arange(18)
    want = y[-1] * (1 + rate) ** np.arange(1, 18)
    assert np.allclose(quantiles([y], 17).points[0], want, rtol=1e-6)


def test_exact_growth_fades_after_as_many_steps_as_were_seen() -> None:
    y = 100 * 1.5 ** np.arange(6)
    far = np.log(quantiles([y], 40).points[0])
    assert np.allclose(np.diff(far)[:5], np.log(1.5))
    assert np.diff(far)[-1] < 0.05


def test_a_straight_line_goes_on() -> None:
    assert np.allclose(quantiles([np.arange(100.0, 200.0, 5)], 5).points[0], [200, 205, 210, 215, 220])


def test_flattened_growth_stays_nearly_flat() -> None:
    # The prototype went on to 116 %.
    logistic = 1000 / (1 + np.exp(-0.5 * (np.arange(31) - 12)))
    assert quantiles([logistic], 6).points[0, -1] < 1030


@pytest.mark.parametrize(("level", "most"), [(200.0, 15.0), (50.0, 5.0)])
def test_a_break_in_the_last_value_is_kept(level: float, most: float) -> None:
    # The prototype went to 232 after a rise from 100 to 200 and back to 65 after a fall to 50.
    noise = 100 + np.random.default_rng(0).normal(0, 2, 19)
    assert np.abs(quantiles([np.r_[noise, level]], 6).points[0] - level).max() < most


def test_walks_of_counts_are_forecast_about_as_well_as_by_naive_and_better_than_by_drift() -> None:
    walks = [np.maximum(1, np.round(300 + np.cumsum(np.random.default_rng(i).normal(0, 15, 26)))) for i in range(300)]
    after = np.array([w[20:] for w in walks])
    last = np.array([w[19] for w in walks])[:, None]
    slope = np.array([(w[19] - w[0]) / 19 for w in walks])[:, None]
    error = np.abs(quantiles([w[:20] for w in walks], 6).points - after).mean()
    assert error < 1.06 * np.abs(last - after).mean()
    assert error < 1.01 * np.abs(last + slope * np.arange(1, 7) - after).mean()


def test_a_surge_goes_on_with_a_wide_band() -> None:
    q = quantiles([np.array([218.0, 310, 487, 854])], 5)
    assert 900 < q.points[0, 0] < 1400
    assert 1200 < q.points[0, 4] < 2600
    assert q.lower[0, 0, 4] < 854 < 2500 < q.upper[0, 0, 4]


def test_a_constant_keeps_its_level_with_a_narrow_band_and_zeros_stay_zero() -> None:
    q = quantiles([np.full(8, 7.0), np.zeros(5)], 4)
    assert np.allclose(q.points, [[7.0] * 4, [0.0] * 4])
    # 1 % of the level a step: 1.2816 standard deviations either side.
    assert q.upper[0, 0, 0] == pytest.approx(7 * (1 + 0.012816), rel=1e-4)
    assert np.all(q.upper[1] == 0)


@pytest.mark.parametrize("y", [[10.0, 12, 11], [10.0, 11, 12], [5.0, 5, 6], [9.0, 4, 4]])
def test_three_values_are_enough_for_a_band(y: list[float]) -> None:
    q = quantiles([np.array(y)], 6)
    assert np.all(q.lower[0, 0] < q.points[0])
    assert np.all(q.points[0] < q.upper[0, 0])
    assert q.points[0].max() < 3 * max(y)


def test_nothing_explodes_far_beyond_the_trained_steps() -> None:
    for y in (GROWING, np.array([218.0, 310, 487, 854]), GROWING[::-1]):
        far = quantiles([y], 60)
        assert np.all(np.isfinite(far.upper))
        late = np.abs(np.diff(far.points[0]))
        assert late[-1] < 0.05 * late[: learned(1).trained].max() + 1e-9


@pytest.mark.parametrize(("season", "n"), [(4, 40), (12, 96)])
def test_a_clean_season_on_a_line_comes_back_in_the_forecast(season: int, n: int) -> None:
    t = np.arange(n + season)
    y = (100 + 0.5 * t) * (1 + 0.3 * np.sin(2 * np.pi * t / season))
    q = quantiles([y[:n]], season, season=season)
    assert np.allclose(q.points[0], y[n:], rtol=0.03)


def test_noise_has_little_season_left_after_shrinking() -> None:
    y = 100 + RNG.normal(0, 5, (200, 40))
    kept = without_season(aligned(list(y), longest=60), 4).pattern
    assert np.sqrt(np.mean((kept - 1) ** 2)) < 0.016  # unshrunk: 5 % over the root of nine cycles


def test_the_many_series_door_gives_what_each_series_gets_alone_in_the_given_order() -> None:
    import pandas as pd

    quarters = pd.period_range("2015Q1", periods=24, freq="Q")
    mixed = [series(GROWING), Series("q", "count", "flow", quarters, GROWING), series(GROWING[:5])]
    found = forecast_many(mixed, 4)
    for i, one in enumerate(mixed):
        assert np.allclose(found.points[i], forecast_many([one], 4).points[0], rtol=1e-10)


def test_bad_arguments_are_named() -> None:
    with pytest.raises(InputError, match=r"horizon 0 was asked for\. It must be 1 or more"):
        forecast_many([series(GROWING)], 0)
    with pytest.raises(InputError, match=r"level 100 was asked for\. Levels are percentages"):
        forecast_many([series(GROWING)], 1, levels=(100,))
    with pytest.raises(ModelRefusalError, match="brief: auto needs at least 3 values, the series has 2"):
        forecast_many([series([1.0, 2.0], "brief")], 1)


def test_the_explanation_adds_up_to_the_forecast() -> None:
    e = explained(GROWING, 5)
    assert np.allclose(e.weights.sum(0), 1)
    mixed = (1 - e.to_the_median) * (e.weights * e.paths).sum(0) + e.to_the_median * np.median(e.paths, axis=0)
    assert np.allclose(mixed, quantiles([GROWING], 5).points[0])
    moved = [abs(change) for _, _, change in e.features]
    assert moved == sorted(moved, reverse=True)
    assert e.sentence.startswith("Heaviest candidates: ")
    paths, weights = e.heaviest(30)
    assert np.allclose(sum(weights.values()), 1)
    assert all(p.shape == (30,) for p in paths.values())


def test_candidates_that_have_a_closed_form_equal_it() -> None:
    y = np.array([3.0, 5.0, 4.0, 8.0, 9.0, 7.0])
    found = candidates(aligned([y], longest=45), 3, 1)
    value = dict(zip(names(1), found.moves[0] * found.unit[0] * found.size[0] + y[-1], strict=True))
    k = np.arange(1, 4)
    assert np.allclose(value["drift"], 7 + (7 - 3) / 5 * k)
    assert np.allclose(value["line"], np.polyval(np.polyfit(np.arange(6), y, 1), 5 + k))
    assert np.allclose(value["median step"], 7 + 1.0 * k)
    assert np.allclose(value["drift, log"], 7 * (7 / 3) ** (k / 5))
    assert np.allclose(value["last 3 steps"], 7 + (7 - 4) / 3 * k)


def test_features_and_their_names_are_as_many_as_the_networks_read() -> None:
    for season in (1, 4, 12):
        rows = aligned([GROWING], longest=45)
        found = features(rows, candidates(rows, 6, season))
        assert found.shape[1] == len(feature_names(season)) == learned(season).centre.size
        assert len(set(feature_names(season))) == found.shape[1]


def test_auto_and_the_untrained_median_are_both_registered() -> None:
    assert MODELS["auto"] is AUTO
    assert "combination" in MODELS


class Littered:
    """NumPy whose new arrays hold what is no number, as memory may that was used before."""

    def __getattr__(self, name: str) -> object:
        return (lambda shape: np.full(shape, np.nan)) if name == "empty" else getattr(np, name)


@pytest.mark.parametrize("horizon", [1, 2, 6])
def test_what_memory_held_before_does_not_enter_the_scores(horizon: int, monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = learned(1)
    plain = connected_scores(100, horizon, numbers, np.random.default_rng(3))
    monkeypatch.setattr("forecast.pooled.bands.np", Littered())
    assert np.array_equal(connected_scores(100, horizon, numbers, np.random.default_rng(3)), plain)
