"""Laws of the scenario engine: exact null, sums, directions, order, attribution, bounds."""

from itertools import permutations

import numpy as np
import pytest
from fixed_outlook import KNOWN, LEVELS, YEARS, fixed_outlook
from hypothesis import given, settings
from hypothesis import strategies as st

from forecast.outlook import Outlook
from scenarios.engine import levers_for, run
from scenarios.files import library
from scenarios.kernels import even, gamma_delay, geometric
from scenarios.levers import Lever, assumptions, levers
from scenarios.moves import move
from scenarios.responses import log_price
from scenarios.scenario import Override, Scenario, Setting, over
from scenarios.shapley import Attribution

OUTLOOK = fixed_outlook(n_paths=60)
NAMES = sorted(levers())


def moved(**positions: float) -> Scenario:
    return Scenario(
        id="test", levers={name: (Setting(level=value, start=2027, ramp=0),) for name, value in positions.items()}
    )


WHOLES = {"utility_models_in_force": 1.2e7, "designs_in_force": 3e6, "patents_in_force": 2.1e7}
"""Levels that leave room in the whole for its parts."""


def outlook_for(lever: Lever) -> Outlook:
    """National and Zhejiang series of every indicator the lever moves, at made-up levels."""
    from forecast import catalog

    known = catalog.indicators()
    levels = {
        name: {**LEVELS, **WHOLES}.get(name, 0.3 if known[name].unit in ("share", "fraction") else 1000.0)
        for name in lever.indicators
        if not known[name].numerator
    }
    return fixed_outlook(levels, {"CN": 1.0, "CN-ZJ": 0.2}, 60)


def test_the_empty_scenario_changes_nothing_to_the_last_bit() -> None:
    comparison = run(Scenario(id="empty"), OUTLOOK)
    assert comparison.changed == ()
    for key in OUTLOOK.keys:
        assert np.array_equal(comparison.of(key), OUTLOOK.of(key))


@pytest.mark.parametrize("name", NAMES)
def test_a_lever_left_at_now_changes_nothing_to_the_last_bit(name: str) -> None:
    outlook = outlook_for(levers()[name])
    comparison = run(moved(**{name: 0.0}), outlook)
    for key in outlook.keys:
        assert np.array_equal(comparison.of(key), outlook.of(key))


@pytest.mark.parametrize("name", NAMES)
def test_every_lever_moves_something_that_it_names(name: str) -> None:
    lever = levers()[name]
    outlook = outlook_for(lever)
    highest = max(level.value for level in lever.record.levels)
    assert set(run(moved(**{name: highest}), outlook).changed) & {f"CN.{i}" for i in lever.indicators}


@pytest.mark.parametrize("name", NAMES)
def test_a_lever_names_everything_that_it_moves_and_nothing_counts_as_moved_that_stays(name: str) -> None:
    lever = levers()[name]
    highest = max(level.value for level in lever.record.levels)
    comparison = run(moved(**{name: highest}), OUTLOOK)
    assert {key.split(".")[1] for key in comparison.changed} <= set(lever.indicators)
    for key in comparison.changed:
        assert not np.array_equal(comparison.of(key), OUTLOOK.of(key)), key


@pytest.mark.parametrize("name", NAMES)
def test_every_effect_goes_in_its_stated_direction(name: str) -> None:
    """One effect at a time: the others of the lever are set to nothing."""
    lever = levers()[name]
    outlook = outlook_for(lever)
    highest = max(level.value for level in lever.record.levels)
    for effect in lever.effects:
        none = {e.id: Override(mean=0.0, sd=0.0, why="only one at a time") for e in lever.effects if e is not effect}
        scenario = moved(**{name: highest}).model_copy(update={"effects": none})
        # a longer time to decide delays grants; more lapses empty the stock; all others raise what they act on
        against = -1 if effect.quantities[0].endswith((".lapse", ".decision_time")) else 1
        key = next(f"CN.{i}" for i in effect.indicators if f"CN.{i}" in outlook.index)
        change = (run(scenario, outlook).of(key) - outlook.of(key))[YEARS.index(2027) :]
        first_year = change[np.argmax(np.abs(change).max(axis=1) > 0)]
        assert np.all(against * effect.size.sign * first_year >= -1e-9 * outlook.of(key).max()), (effect.id, key)
        assert np.any(first_year != 0), (effect.id, key)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("end", [0, 1])
def test_at_the_ends_of_its_bounds_stocks_stay_positive_and_shares_below_one(name: str, end: int) -> None:
    lever = levers()[name]
    outlook = outlook_for(lever)
    comparison = run(moved(**{name: lever.bounds[end]}), outlook)
    for key in comparison.changed:
        paths = comparison.of(key)
        assert np.isfinite(paths).all()
        assert (paths >= 0).all()
        if outlook.of(key).max() <= 1.0:
            assert (paths <= 1.0).all()


@pytest.mark.parametrize("name", [n for n in NAMES if n.endswith("_fee")])
@given(fee=st.floats(0.01, 3.0))
@settings(max_examples=15, deadline=None)
def test_a_higher_fee_never_means_more_rights(name: str, fee: float) -> None:
    outlook = outlook_for(levers()[name])
    comparison = run(moved(**{name: fee}), outlook)
    for key in comparison.changed:
        assert (comparison.of(key) <= outlook.of(key) * (1 + 1e-12)).all(), key


@given(st.permutations(["trademark_filing_fee", "ip_courts", "pledge_campaign", "rd_spending"]))
@settings(max_examples=10, deadline=None)
def test_the_order_of_levers_does_not_matter(order: list[str]) -> None:
    first = run(moved(**{n: 0.5 for n in sorted(order)}), OUTLOOK)
    second = run(moved(**{n: 0.5 for n in order}), OUTLOOK)
    for key in first.changed:
        np.testing.assert_allclose(second.of(key), first.of(key), rtol=1e-12)


@pytest.mark.parametrize("name", sorted(library()))
def test_provinces_and_the_rest_sum_to_the_nation_on_every_path(name: str) -> None:
    comparison = run(library()[name], OUTLOOK)
    for indicator in LEVELS:
        parts = comparison.by_region(f"CN.{indicator}")
        whole = comparison.view(f"CN.{indicator}", "difference")
        np.testing.assert_allclose(sum(parts.values()), whole, rtol=1e-9, atol=1e-6)


def test_the_parts_of_a_group_are_its_members() -> None:
    outlook = fixed_outlook(regions={"CN": 1.0, "CN-ZJ": 0.1, "CN-JS": 0.13, "CN-SH": 0.06, "CN-AH": 0.04})
    sums = [sum(outlook.of(f"{r}.patent_grants") for r in ("CN-ZJ", "CN-JS", "CN-SH", "CN-AH"))]
    delta = Outlook(
        (*outlook.keys, "YRD.patent_grants"), YEARS, np.concatenate([outlook.paths, sums]),
        (*outlook.known_until, KNOWN), 7,
    )  # fmt: skip
    comparison = run(library()["austerity"], delta)
    members = sum(comparison.of(f"{r}.patent_grants") for r in ("CN-ZJ", "CN-JS", "CN-SH", "CN-AH"))
    np.testing.assert_allclose(comparison.of("YRD.patent_grants"), members, rtol=1e-12)


def test_kinds_of_patents_sum_to_all_patents_in_what_they_change() -> None:
    comparison = run(moved(patent_subsidy_filing=1.0), OUTLOOK)
    kinds = sum(comparison.view(f"CN-ZJ.{kind}_applications", "difference") for kind in ("invention", "utility_model"))
    np.testing.assert_allclose(comparison.view("CN-ZJ.patent_applications", "difference"), kinds, rtol=1e-9, atol=1e-6)


def test_attribution_is_the_mean_over_all_orders_and_sums_exactly() -> None:
    positions = {"ip_courts": 0.5, "patent_subsidy_filing": 1.0, "rd_spending": 0.2}
    key = "CN.inventions_in_force"
    comparison = run(moved(**positions), OUTLOOK)
    parts = comparison.attribution(key).parts
    np.testing.assert_allclose(sum(parts.values()), comparison.of(key) - OUTLOOK.of(key), rtol=1e-9, atol=1e-3)
    # many levers at once widen every effect, so subsets must be run with the width of the whole
    by_hand = {name: np.zeros_like(OUTLOOK.of(key)) for name in positions}
    from scenarios.line import Line

    def value(names: tuple[str, ...]) -> np.ndarray:
        moves = [m for m in comparison.levers if m.lever.id in names]
        out = np.array(OUTLOOK.of(key))
        found = Line(comparison.moved.ground, moves, comparison.moved.draws, first=comparison.moved.first).moved(key)
        if found is not None:
            out[comparison.moved.first :] = found
        return out

    for order in permutations(positions):
        for i, name in enumerate(order):
            by_hand[name] += (value(order[: i + 1]) - value(order[:i])) / 6
    for name in positions:
        np.testing.assert_allclose(parts[name], by_hand[name], rtol=1e-9, atol=1e-3)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("end", [0, -1])
def test_regions_taken_together_change_as_one_by_one(name: str, end: int) -> None:
    """The short way of attribution against the long one, for every lever at both its ends, with an own region too."""
    from scenarios.line import Line
    from scenarios.together import Sums, WholeLine

    lever = levers()[name]
    value = lever.record.levels[end].value or 0.3
    here = (Setting(level=value, start=2027), Setting(region="CN-ZJ", level=value / 2, start=2028))
    whole = run(Scenario(id="test", levers={name: here}), OUTLOOK).moved
    short = WholeLine(Sums(whole.ground), whole, whole.moves)
    long = Line(whole.ground, whole.moves, whole.draws, first=whole.first)
    for indicator in LEVELS:
        one, other = short.moved(f"CN.{indicator}"), long.moved(f"CN.{indicator}")
        assert (one is None) == (other is None), indicator
        if one is not None and other is not None:
            np.testing.assert_allclose(one, other, rtol=1e-10, err_msg=indicator)


@pytest.mark.parametrize("name", ["fee-reform", "slow-growth", "zhejiang-pioneer"])
def test_a_whole_run_gives_what_series_asked_for_one_by_one_give(name: str) -> None:
    one_by_one = run(library()[name], OUTLOOK)
    before = {key: one_by_one.of(key) for key in reversed(OUTLOOK.keys)}
    whole = run(library()[name], OUTLOOK)
    assert set(whole.changed) == {key for key in OUTLOOK.keys if one_by_one.moves(key)}
    for key in OUTLOOK.keys:
        assert np.array_equal(whole.of(key), before[key]), key


def test_what_is_left_of_a_province_depends_on_the_cities_moved_now_and_not_on_those_moved_before() -> None:
    """Both scenarios share what is known of the outlook; a rest of the same name is another where other cities move."""
    province, cities = "CN-GD", ("CN-GD-Shenzhen", "CN-GD-Guangzhou")
    regions = {"CN": 1.0, province: 0.2, cities[0]: 0.09, cities[1]: 0.04}
    levels = {name: LEVELS[name] for name in ("invention_applications", "invention_grants", "inventions_in_force")}

    def of(outlook: Outlook, *moved_alone: str) -> dict[str, np.ndarray]:
        alone = tuple(Setting(level=0.5, start=2027, region=city) for city in moved_alone)
        levers_ = {"ip_courts": alone, "patent_renewal_fee": (Setting(level=-0.3, start=2027),)}
        return run(Scenario(id="test", levers=levers_), outlook).moved.all_moved()

    used = fixed_outlook(levels, regions, 60)
    of(used, cities[0])
    after, fresh = of(used, *cities), of(fixed_outlook(levels, regions, 60), *cities)
    assert after.keys() == fresh.keys() >= {f"{province}.inventions_in_force"}
    assert all(np.array_equal(after[key], fresh[key]) for key in fresh)


def test_memory_of_a_whole_run_serves_the_next_only_when_nobody_looks_at_any_of_it() -> None:
    from scenarios import sums

    sums._SPARE.clear()
    paths = run(library()["fee-reform"], OUTLOOK).moved.all_moved()["CN.trademarks_in_force"]
    kept, before = paths[3:, ::2], paths[3:, ::2].copy()
    del paths
    for name in ("slow-growth", "austerity"):  # both would write where the first run wrote
        assert run(library()[name], OUTLOOK).changed
    assert np.array_equal(kept, before)
    del kept
    assert len(sums._SPARE) == 1


def test_whole_runs_at_the_same_time_share_no_memory() -> None:
    from concurrent.futures import ThreadPoolExecutor

    names = ["fee-reform", "slow-growth", "austerity"] * 6
    alone = {name: run(library()[name], OUTLOOK).moved.all_moved() for name in set(names)}
    copies = {name: {key: paths.copy() for key, paths in found.items()} for name, found in alone.items()}
    del alone
    with ThreadPoolExecutor(4) as pool:
        for name, found in zip(
            names, pool.map(lambda n: run(library()[n], OUTLOOK).moved.all_moved(), names), strict=True
        ):
            assert found.keys() == copies[name].keys()
            assert all(np.array_equal(found[key], copies[name][key]) for key in found), name


def test_what_rounding_left_of_a_contribution_is_nothing_in_its_table() -> None:
    parts = {"large": np.array([[4e6, 5e6, 6e6]]), "none": np.array([[-2e-10, 3e-10, 1e-10]])}
    rows = Attribution("CN.inventions_in_force", (2030,), parts, True).table(2030)
    assert [row[0] for row in rows] == ["large", "none"]
    assert rows[0][1:] == pytest.approx((5e6, 4.2e6, 5.8e6))
    assert rows[1][1:] == (0.0, 0.0, 0.0)


def test_assumptions_move_both_lines_and_are_one_player_of_the_attribution() -> None:
    scenario = Scenario(
        id="test", assumptions={"rd_growth": (Setting(level=-0.01, start=2026),)},
        levers={"ip_courts": (Setting(level=0.5, start=2027),)},
    )  # fmt: skip
    comparison = run(scenario, OUTLOOK)
    key = "CN.invention_applications"
    assert not np.array_equal(comparison.of(key, "mine"), OUTLOOK.of(key))
    assert np.array_equal(comparison.of(key, "reference"), OUTLOOK.of(key))
    parts = comparison.attribution(key).parts
    assert set(parts) == {"assumptions", "ip_courts"}
    np.testing.assert_allclose(sum(parts.values()), comparison.of(key) - OUTLOOK.of(key), rtol=1e-9, atol=1e-3)


def test_a_half_price_and_a_half_waiver_are_one_price_counted_once() -> None:
    """Fee halved and half of the rest waived is a quarter of the price: ln 0.25 = 2 ln 0.5."""
    key = "CN.invention_applications"
    sizes = {
        "patent_filing_fee.invention.filings": Override(mean=-0.3, sd=0.0, why="by hand"),
        "fee_relief.invention.filings": Override(mean=0.3, sd=0.0, why="by hand"),
    }
    both = moved(patent_filing_fee=-0.5, fee_relief=0.5).model_copy(update={"effects": sizes})
    ratio = run(both, OUTLOOK).of(key)[-1] / OUTLOOK.of(key)[-1]
    np.testing.assert_allclose(ratio, 0.25**-0.3, rtol=1e-9)


def test_an_effect_of_known_size_is_its_formula() -> None:
    """A fee elasticity of -0.2 and the fee doubled: filings change by 2^-0.2, once the lag is over."""
    sizes = {"trademark_filing_fee.trademark.filings": Override(mean=-0.2, sd=0.0, why="by hand")}
    scenario = moved(trademark_filing_fee=1.0).model_copy(update={"effects": sizes})
    ratio = run(scenario, OUTLOOK).of("CN.trademark_applications")[-1] / OUTLOOK.of("CN.trademark_applications")[-1]
    np.testing.assert_allclose(ratio, 2**-0.2, rtol=1e-12)
    assert log_price(np.array([1.0]))[0] == pytest.approx(np.log(2))


@given(st.integers(0, 6), st.integers(0, 6))
def test_weights_of_a_lag_sum_to_one(first: int, more: int) -> None:
    weights = even(first, first + more)
    assert weights.sum() == pytest.approx(1.0)
    assert (weights >= 0).all()
    assert geometric(0.7, 1 + more).sum() == pytest.approx(1.0)


def test_grants_follow_filings_after_the_measured_delay() -> None:
    delay = np.asarray(gamma_delay(np.array([2.8]), np.array([3.0]), 15))
    years = np.arange(delay.shape[0])
    assert delay.sum(axis=0) == pytest.approx(1.0, abs=1e-6)
    assert float((years[:, None] * delay.reshape(len(years), -1)).sum()) == pytest.approx(2.8, abs=0.1)


def test_an_effect_that_ends_leaves_no_trace_in_flows_and_a_fading_one_in_stocks() -> None:
    scenario = Scenario(
        id="test", levers={"patent_subsidy_filing": (Setting(level=1.0, start=2027, until=2028, ramp=0),)}
    )
    comparison = run(scenario, OUTLOOK)
    filings = comparison.view("CN.invention_applications", "percent").mean(axis=1)
    stock = comparison.view("CN.inventions_in_force", "percent").mean(axis=1)
    at = YEARS.index
    assert filings[at(2028)] > 0.01
    assert filings[at(2035)] == 0.0
    assert stock[at(2032)] > stock[at(2040)] > 0


def test_chances_are_shares_of_the_same_futures() -> None:
    comparison = run(library()["fee-reform"], OUTLOOK)
    key, goal = "CN.trademarks_in_force", float(np.median(OUTLOOK.of("CN.trademarks_in_force")[-1]))
    assert comparison.chance(key, goal, "reference")[-1] == pytest.approx(0.5, abs=0.02)
    assert comparison.chance(key, goal)[-1] == np.mean(comparison.of(key)[-1] >= goal)
    assert comparison.ahead(run(library()["continuation"], OUTLOOK), key, 2040) == 1.0
    assert comparison.ahead(comparison, key, 2040) == 0.5


def test_same_seed_same_result_and_another_seed_another() -> None:
    key = "CN.trademark_applications"
    scenario = moved(trademark_filing_fee=-0.5)
    assert np.array_equal(run(scenario, OUTLOOK).of(key), run(scenario, fixed_outlook(n_paths=60)).of(key))
    other = over(Scenario(id="other", run={"seed": 5}), scenario).model_copy(  # type: ignore[arg-type]  # read by pydantic
        update={"run": scenario.run.model_copy(update={"seed": 5})}
    )
    assert not np.array_equal(run(scenario, OUTLOOK).of(key), run(other, OUTLOOK).of(key))


def test_levers_for_an_indicator_name_it_and_start_with_the_best_evidence() -> None:
    for indicator in ("inventions_in_force", "trademarks_in_force", "patent_pledge_amount"):
        found = levers_for(indicator)
        assert len(found) >= 3
        assert all(indicator in lever.indicators for lever in found)
    assert levers_for("trademark_applications")[0].id == "trademark_filing_fee"


@pytest.mark.parametrize("name", sorted({**levers(), **assumptions()}))
def test_every_lever_and_assumption_says_what_it_is_in_two_languages_and_rests_on_something(name: str) -> None:
    lever = {**levers(), **assumptions()}[name]
    assert lever.title("en")
    assert lever.title("zh")
    low, high = lever.bounds
    assert all(low <= level.value <= high for level in lever.record.levels)
    assert any(level.value == 0.0 for level in lever.record.levels)
    for effect in lever.effects:
        assert effect.size.sd > 0 or effect.size.known
        assert effect.studies or effect.parameter or name in assumptions() or effect.size.sd == 0.0


def test_a_move_is_the_distance_from_now_by_year() -> None:
    path = move(
        levers()["ip_courts"], Setting(level=0.4, start=2027, ramp=2), (2025, 2026, 2027, 2028, 2029, 2030)
    ).path
    assert path[:2].tolist() == [0.0, 0.0]
    assert path[-2:].tolist() == pytest.approx([0.4, 0.4])
    assert np.all(np.diff(path) >= 0)
