"""Laws of histories: what holds for any figures, whatever they say."""

import math
import random
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from forecast.histories import from_arrays, histories, to_arrays
from forecast.history import History
from forecast.observations import Observation
from forecast.own_figures import read_observations

HEAD = "region,indicator,period,kind,value,half_width,source_id,published,share_of"
KEY = "CN-ZJ.inventions_in_force"
QUICK = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def own(rows: list[str]) -> tuple[Observation, ...]:
    return read_observations("\n".join([HEAD, *rows]).encode())


def level(year: object, value: float, source: str = "own", half: float = 0.5, where: str = KEY) -> str:
    region, indicator = where.split(".")
    return f"{region},{indicator},{year},level,{value!r},{half!r},{source},2026,"


def growth(period: object, value: float, half: float = 0.0005, where: str = KEY) -> str:
    region, indicator = where.split(".")
    return f"{region},{indicator},{period},growth,{value!r},{half!r},own,2026,"


def only(rows: list[str] | tuple[Observation, ...]) -> History:
    found = histories(own(rows) if isinstance(rows, list) else rows)
    assert len(found) == 1
    return next(iter(found.values()))


counts = st.lists(st.integers(1, 10**9), min_size=1, max_size=12)
mixed = st.lists(
    st.tuples(st.sampled_from(["level", "growth", "date"]), st.integers(2010, 2022), st.floats(0.02, 0.4)),
    min_size=3,
    max_size=14,
)


def evidence(drawn: list[tuple[str, int, float]], factor: float = 1.0) -> list[str]:
    """Make rows of a pledge series (levels), of a stock (dates) or either's growth; values from the drawn numbers."""
    drawn = [d for i, d in enumerate(drawn) if d[:2] not in [e[:2] for e in drawn[:i]]]
    rows = [level(2009, 1000.0 * factor, half=factor, where="CN-ZJ.patent_pledge_amount")]
    for i, (kind, year, number) in enumerate(drawn):
        value = 1000.0 * math.exp((year - 2009) * number) * factor
        if kind == "growth":
            rows.append(growth(year, round(number, 4), where="CN-ZJ.patent_pledge_amount"))
        else:
            period = year if kind == "level" else f"{year}-H1"
            value *= 1.0 if kind == "level" else 0.45
            rows.append(level(period, value, f"s{i}", 0.01 * value, "CN-ZJ.patent_pledge_amount"))
    return sorted(set(rows))


@pytest.mark.parametrize("where", [KEY, "CN-ZJ.population", "CN-ZJ.invention_grants", "CN-GD.pct_applications"])
@given(values=counts)
@QUICK
def test_a_complete_exact_series_passes_through_unchanged_whatever_its_jumps(where: str, values: list[int]) -> None:
    history = only([level(2010 + i, float(v), where=where) for i, v in enumerate(values)])
    np.testing.assert_allclose(history.series.values, values, rtol=1e-13)
    assert not np.asarray(history.series.log_sd).any()
    assert not np.asarray(history.covariance).any()
    assert not history.conflicts
    assert (history.draws(3, seed=1) == history.series.values).all()


@given(values=st.lists(st.integers(0, 50), min_size=2, max_size=8))
@QUICK
def test_printed_zeros_stay_zero_beside_exact_counts(values: list[int]) -> None:
    assume(any(values))
    history = only([level(2010 + i, float(v), where="CN-ZJ.pct_applications") for i, v in enumerate(values)])
    np.testing.assert_allclose(history.series.values, values, rtol=1e-13)


@given(value=st.floats(1e6, 1e12), rate=st.floats(-0.6, 3.0))
@QUICK
def test_a_growth_rate_alone_works_out_the_year_before(value: float, rate: float) -> None:
    where = "CN-ZJ.patent_pledge_amount"
    rows = [level(2022, value, half=value / 2000, where=where), growth(2022, rate, where=where)]
    history = only(rows)
    assert [p.year for p in history.series.periods] == [2021, 2022]
    # both are rounded: the level by 1/2000 of it, the rate by 0.0005; three such errors leave room for the prior
    rounding = 1 / 2000 + 0.0005 / (1 + rate)
    assert abs(math.log(history.series.values[0] * (1 + rate) / value)) < 3 * rounding + 0.004
    assert 0 < history.series.log_sd[0] < rounding + 0.006


@given(drawn=mixed, seed=st.integers(0, 99))
@QUICK
def test_the_order_of_figures_does_not_matter(drawn: list[tuple[str, int, float]], seed: int) -> None:
    figures = list(own(evidence(drawn)))
    shuffled = figures.copy()
    random.Random(seed).shuffle(shuffled)
    one, other = only(tuple(figures)), only(tuple(shuffled))
    np.testing.assert_allclose(other.series.values, one.series.values, rtol=1e-9)
    np.testing.assert_allclose(other.covariance, one.covariance, rtol=1e-6, atol=1e-12)


@given(drawn=mixed, power=st.integers(-3, 6))
@QUICK
def test_in_another_unit_everything_is_the_same_but_the_unit(drawn: list[tuple[str, int, float]], power: int) -> None:
    factor = 10.0**power
    one, other = only(evidence(drawn)), only(evidence(drawn, factor))
    np.testing.assert_allclose(other.series.values, np.asarray(one.series.values) * factor, rtol=1e-4)
    np.testing.assert_allclose(other.series.log_sd, one.series.log_sd, rtol=0.02, atol=1e-6)


@given(drawn=mixed)
@QUICK
def test_bands_of_a_higher_level_hold_those_of_a_lower_and_histories_survive_being_stored(
    drawn: list[tuple[str, int, float]],
) -> None:
    history = only(evidence(drawn))
    low95, high95 = history.band(95.0)
    low80, high80 = history.band(80.0)
    assert (low95 <= low80).all()
    assert (low80 <= history.series.values).all()
    assert (history.series.values <= high80).all()
    assert (high80 <= high95).all()
    again = from_arrays(to_arrays({history.series.key: history}))[history.series.key]
    np.testing.assert_array_equal(again.series.values, history.series.values)
    np.testing.assert_array_equal(again.covariance, history.covariance)
    np.testing.assert_array_equal(again.degrees, history.degrees)
    assert (again.conflicts, again.breaks, again.series.sources) == (
        history.conflicts,
        history.breaks,
        history.series.sources,
    )


@given(drawn=mixed, copies=st.integers(1, 4))
@QUICK
def test_copies_of_a_print_do_not_narrow_a_band(drawn: list[tuple[str, int, float]], copies: int) -> None:
    figures = own(evidence(drawn))
    again = tuple(replace(f, id=f"{f.id}.copy{i}", source_id=f"copy{i}") for f in figures for i in range(copies))
    np.testing.assert_allclose(only(figures + again).covariance, only(figures).covariance, rtol=1e-6, atol=1e-12)


def test_draws_have_the_spread_the_history_states_and_depend_on_the_seed_alone() -> None:
    rows = [level(y, 1000.0 * 1.2 ** (y - 2010)) for y in (2010, 2011, 2012, 2013, 2014, 2015, 2016, 2020)]
    history = only(rows)
    draws = history.draws(40_000, seed=3)
    np.testing.assert_array_equal(draws, history.draws(40_000, seed=3))
    assert (draws[:5] != history.draws(5, seed=4)).any()
    years = [p.year for p in history.series.periods]
    t = years.index(2018)
    inside = [np.mean((draws[:, t] >= low[t]) & (draws[:, t] <= high[t])) for low, high in map(history.band, (80, 95))]
    np.testing.assert_allclose(inside, (0.80, 0.95), atol=0.01)


def test_a_twentyfold_jump_of_a_small_count_is_kept() -> None:
    values = [3.0, 5.0, 4.0, 6.0, 99.0, 120.0, 131.0]
    history = only([level(2015 + i, v, where="CN-XZ.madrid_applications") for i, v in enumerate(values)])
    np.testing.assert_allclose(history.series.values, values, rtol=1e-13)
    assert not history.conflicts


def test_growth_at_a_date_reaches_two_years_back_and_no_further() -> None:
    rows = [level("asof-2025-04", 195_000.0, half=500.0), growth("asof-2025-04", 0.14, half=0.0005)]
    history = only(rows)
    assert [p.year for p in history.series.periods] == [2024, 2025]
    # by hand: eight months of a growth of 14 % lie before the end of April 2025 and after that of August 2024
    assert history.series.values[0] == pytest.approx(195_000 / 1.14 ** (4 / 12), rel=0.03)
    assert history.series.values[1] == pytest.approx(195_000 * 1.14 ** (8 / 12), rel=0.05)


@given(gap=st.floats(0.02, 0.5))
@QUICK
def test_two_prints_of_a_year_that_disagree_are_reported_and_the_history_lies_between(gap: float) -> None:
    levels = {year: 1000.0 * 1.15 ** (year - 2010) for year in range(2010, 2019)}
    rows = [level(y, round(v), half=0.5) for y, v in levels.items()]
    rows.append(level(2014, round(levels[2014] * math.exp(gap)), "other", half=0.5))
    history = only(rows)
    t = [p.year for p in history.series.periods].index(2014)
    assert {c.year for c in history.conflicts} == {2014}
    assert all(c.against for c in history.conflicts)
    low, high = round(levels[2014]), round(levels[2014] * math.exp(gap))
    assert low * 0.999 <= history.series.values[t] <= high * 1.001
    # each print of the year is taken as an error of the other: the year is not exact any more
    assert history.series.log_sd[t] > 0
