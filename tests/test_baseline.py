"""The baseline outlook: exact sums, known years, shared futures, mechanisms, the disk cache."""

from functools import cache
from pathlib import Path

import numpy as np
import pytest

from forecast.baseline import baseline_outlook, in_shared_futures, outlook_of
from forecast.bases import EXACT, Base, base_of, pasts, refusal
from forecast.catalog import indicators, regions
from forecast.futures import COMPONENTS, Place, height_of, loadings, reordered, scores, shares
from forecast.history import History
from forecast.limits import bounded, extra_widths, fade, faded, usual_change, widened
from forecast.mechanisms import OWNERS, parameter, pledge_ceiling, with_ceilings, with_renewals
from forecast.outlook import Outlook
from forecast.outlook_store import needed, read, write
from forecast.renewals import expiries, stock_paths
from forecast.seeds import stream
from forecast.series import Series, years
from forecast.sums import Book, bundled_ratios, bundled_sums

NORTHEAST = ("CN-LN", "CN-JL", "CN-HL", "CN-NM")
KINDS = ("inventions_in_force", "utility_models_in_force", "designs_in_force")


def made(key: str, values: list[float], *, first: int = 2012, sd: list[float] | None = None) -> History:
    """Hand-made history of a catalogue series."""
    region, indicator = key.split(".")[:2]
    row = indicators()[indicator]
    log_sd = np.array(sd or [0.0] * len(values))
    s = Series(key, row.unit, row.measure, years(first, len(values)), values, log_sd, (), region, indicator)
    return History(s, np.diag(log_sd**2), 10.0)


@cache
def small_world() -> dict[str, History]:
    """Stocks of four provinces and the nation by kind; the nation is known two years longer than its provinces."""
    rng = stream(7, "small world")
    found: dict[str, History] = {}
    n, sums = 12, {}
    for kind in KINDS:
        total = np.zeros(n)
        for region in NORTHEAST:
            levels = np.rint(rng.uniform(2_000, 20_000) * np.exp(np.cumsum(rng.normal(0.12, 0.04, n))))
            found[f"{region}.{kind}"] = made(f"{region}.{kind}", levels[:-2].tolist())
            total += levels
        sums[kind] = np.rint(total * 12)
        found[f"CN.{kind}.domestic"] = made(f"CN.{kind}.domestic", sums[kind].tolist())
    for region in NORTHEAST:
        parts = [found[f"{region}.{kind}"].series.values for kind in KINDS]
        found[f"{region}.patents_in_force"] = made(f"{region}.patents_in_force", np.sum(parts, axis=0).tolist())
        found[f"{region}.population"] = made(f"{region}.population", (3e7 * 0.995 ** np.arange(n)).round().tolist())
    whole = np.sum(list(sums.values()), axis=0)
    found["CN.patents_in_force.domestic"] = made("CN.patents_in_force.domestic", whole[:-1].tolist())
    blurred = made("CN-LN.inventions_per_10k", [5.0, 6.0, 7.0, 8.0, 9.0], sd=[0.0, 0.03, 0.0, 0.03, 0.0])
    return found | {"CN-LN.inventions_per_10k": blurred, "CN-JL.gdp": made("CN-JL.gdp", [1e12, 1.1e12])}


@cache
def small_outlook(seed: int = 1) -> tuple[Outlook, dict[str, str]]:
    return outlook_of(small_world(), until=2032, n_paths=80, seed=seed)


def at(outlook: Outlook, key: str, year: int) -> np.ndarray:
    return outlook.of(key)[outlook.years.index(year)]


@pytest.mark.parametrize("year", [2022, 2023, 2024, 2028, 2032])
def test_kinds_and_members_add_up_to_the_last_unit_on_every_path(year: int) -> None:
    outlook, _ = small_outlook()
    for region in (*NORTHEAST, "NE4"):
        parts = [at(outlook, f"{region}.{kind}", year) for kind in KINDS]
        assert np.array_equal(at(outlook, f"{region}.patents_in_force", year), np.sum(parts, axis=0))
    for name in (*KINDS, "patents_in_force"):
        members = np.sum([at(outlook, f"{region}.{name}", year) for region in NORTHEAST], axis=0)
        assert np.array_equal(at(outlook, f"NE4.{name}", year), members)
        assert np.all(members <= at(outlook, f"CN.{name}.domestic", year))
    kinds = np.sum([at(outlook, f"CN.{kind}.domestic", year) for kind in KINDS], axis=0)
    assert np.array_equal(at(outlook, "CN.patents_in_force.domestic", year), kinds)


def test_no_path_is_below_zero_or_missing_after_the_history() -> None:
    outlook, _ = small_outlook()
    ahead = outlook.paths[:, outlook.years.index(2024) :]
    assert np.all(ahead >= 0)


def test_printed_years_hold_the_figure_on_every_path() -> None:
    outlook, _ = small_outlook()
    for key, history in small_world().items():
        if key in outlook.keys:
            for period, value, sd in zip(
                history.series.periods, history.series.values, history.series.log_sd, strict=True
            ):
                if sd <= EXACT:
                    assert np.all(at(outlook, key, period.year) == value), (key, period)


def test_ratios_are_numerator_over_denominator_wherever_no_figure_is_printed() -> None:
    outlook, _ = small_outlook()
    for year in (2024, 2030):
        want = 10_000 * at(outlook, "CN-LN.inventions_in_force", year) / at(outlook, "CN-LN.population", year)
        assert np.array_equal(at(outlook, "CN-LN.inventions_per_10k", year), want)
    group = 10_000 * at(outlook, "NE4.inventions_in_force", 2030) / at(outlook, "NE4.population", 2030)
    assert np.array_equal(at(outlook, "NE4.inventions_per_10k", 2030), group)


def test_the_same_seed_gives_the_same_paths_and_another_one_others() -> None:
    again, _ = outlook_of(small_world(), until=2032, n_paths=80, seed=1)
    assert np.array_equal(again.paths, small_outlook()[0].paths, equal_nan=True)
    assert not np.array_equal(small_outlook(2)[0].paths, again.paths, equal_nan=True)


def test_series_that_cannot_carry_a_forecast_are_named_with_the_reason() -> None:
    outlook, refused = small_outlook()
    assert refused == {"CN-JL.gdp": "2 years with figures; 3 are needed"}
    assert "CN-JL.gdp" not in outlook.keys


def test_a_history_that_ended_long_ago_is_refused() -> None:
    assert refusal(made("CN.scientific_articles", [1.0, 2.0, 3.0], first=2003), 2025) == (
        "the last figure is of 2005, more than 8 years before 2025"
    )


def test_provinces_whose_figures_end_early_follow_the_nation_while_it_is_known() -> None:
    """Provinces end in 2021, the nation in 2023: their sum must keep close to the share it had."""
    outlook, _ = small_outlook()
    share = [np.median(at(outlook, "NE4.designs_in_force", y) / at(outlook, "CN.designs_in_force.domestic", y)) for y in
             (2021, 2023)]  # fmt: skip
    assert share[1] == pytest.approx(share[0], rel=0.1)


def test_the_outlook_hands_out_read_only_paths() -> None:
    outlook, _ = small_outlook()
    with pytest.raises(ValueError, match="read-only"):
        outlook.paths[0, 0, 0] = 1.0


def test_forecasts_carry_the_uncertainty_of_an_inexact_last_year() -> None:
    values = [100.0, 110.0, 120.0, 131.0, 143.0, 157.0, 171.0]
    sure = base_of(made("CN.pct_applications", values), until=2019, n_paths=400, seed=1)
    blurred = made("CN.pct_applications", values, sd=[0.0] * 6 + [0.3])
    unsure = base_of(blurred, until=2019, n_paths=400, seed=1)
    assert np.std(np.log(unsure.paths[-1])) > np.std(np.log(sure.paths[-1])) + 0.1
    assert unsure.paths[0].std() == 0


def test_pasts_are_grouped_by_recent_growth_and_each_draw_stands_in_one() -> None:
    s = made("CN.gdp", [1.0, 2.0, 3.0, 4.0], sd=[0.1] * 4).series
    draws = np.exp(stream(1, "pasts").normal(0, 0.1, (64, 4))) * s.values
    groups = pasts(s, draws)
    assert sorted(np.concatenate([m for m, _ in groups]).tolist()) == list(range(64))
    growth = [np.log(past[-1] / past[0]) for _, past in groups]
    assert growth == sorted(growth)


# Shared futures


def test_squared_loadings_add_up_to_one_for_regions_and_the_nation() -> None:
    for national in (False, True):
        weights = loadings(Place("i", "f", "r", national), shares())
        assert sum(w**2 for w in weights.values()) == pytest.approx(1, abs=1e-12)


def test_scores_correlate_as_the_shares_of_variance_say() -> None:
    share = shares()
    places = [
        Place("i", "f", "r"), Place("i", "f", "q"), Place("j", "f", "r"), Place("j", "f", "q"), Place("k", "g", "q"),
        Place("i", "f", "CN", national=True),
    ]  # fmt: skip
    R = np.corrcoef(scores(places, n_paths=40_000, seed=1))
    common = share["all"] + share["family"] + share["indicator"]
    assert R[0, 1] == pytest.approx(common, abs=0.02)
    assert R[0, 2] == pytest.approx(share["all"] + share["family"] + share["region"] + share["region_family"], abs=0.02)
    assert R[0, 3] == pytest.approx(share["all"] + share["family"], abs=0.02)
    assert R[0, 4] == pytest.approx(share["all"], abs=0.02)
    assert R[0, 5] == pytest.approx(np.sqrt(common * share["nation"]), abs=0.02)


def test_shares_are_those_of_a_distribution_over_components() -> None:
    assert set(shares()) == {*COMPONENTS, "nation"}
    assert all(v >= 0 for v in shares().values())
    assert sum(shares()[c] for c in COMPONENTS) < 1


def test_reordering_keeps_the_paths_of_a_series_and_ranks_them_by_the_score() -> None:
    paths = np.exp(stream(1, "p").normal(size=(200, 5)))
    score = stream(1, "s").normal(size=200)
    out = reordered(paths, score)
    assert np.array_equal(np.sort(out, axis=0), np.sort(paths, axis=0))
    assert np.array_equal(np.argsort(height_of(out)), np.argsort(score))


def test_futures_of_one_indicator_move_together_across_provinces() -> None:
    bases = {
        f"{r}.gdp": base_of(made(f"{r}.gdp", np.exp(stream(2, r).normal(0.08, 0.05, 9).cumsum()).tolist()),
                            until=2025, n_paths=500, seed=1)
        for r in ("CN-ZJ", "CN-GD")
    }  # fmt: skip
    shared = in_shared_futures(bases, seed=1)
    a, b = (np.argsort(np.argsort(shared[k].paths[-1])) for k in bases)
    share = shares()
    want = share["all"] + share["family"] + share["indicator"]
    assert np.corrcoef(a, b)[0, 1] == pytest.approx(want, abs=0.15)


# Sums of the catalogue


def book(*keys: str) -> Book:
    return Book(indicators(), regions(), frozenset(keys), lambda whole, parts: 0.0)


def test_the_catalogue_gives_the_sums_of_the_reading_rules() -> None:
    provinces = regions()["CN"].members
    keys = [f"{p}.inventions_in_force" for p in provinces]
    nation = [f"CN.inventions_in_force{s}" for s in ("", ".domestic", ".total")]
    found = {(s.whole, s.along): s for s in bundled_sums(book(*keys, *nation))}
    assert found["CN.inventions_in_force", "regions"].parts == tuple(keys)
    assert found["YRD.inventions_in_force", "regions"].parts == tuple(
        f"CN-{p}.inventions_in_force" for p in ("SH", "JS", "ZJ", "AH")
    )
    assert found["CN.inventions_in_force.domestic", "scopes"].parts == (
        "CN.inventions_in_force",
        "CN.inventions_in_force.domestic:scopes~rest",
    )


def test_domestic_and_foreign_make_the_total_without_a_rest() -> None:
    keys = [f"CN.invention_applications{s}" for s in ("", ".domestic", ".foreign")]
    assert [s.parts for s in bundled_sums(book(*keys))] == [(keys[1], keys[2])]


def test_patents_pledged_leave_a_rest_of_trademarks_pledged() -> None:
    (s,) = bundled_sums(book("CN.ip_pledge_amount", "CN.patent_pledge_amount"))
    assert s.parts == ("CN.patent_pledge_amount", "CN.ip_pledge_amount:types~rest")


def test_ratios_follow_the_scope_of_the_ratio() -> None:
    keys = ("CN.inventions_in_force", "CN.population", "CN.inventions_in_force.total")
    (r,) = bundled_ratios(book(*keys), frozenset(keys))
    assert (r.key, r.numerator, r.per) == ("CN.inventions_per_10k", "CN.inventions_in_force", 10_000)


# Limits and mechanisms


def test_fading_leaves_the_near_years_alone_and_never_turns_growth_round() -> None:
    paths = 100 * np.exp(np.outer(np.linspace(0.5, 1.5, 11), 0.1 * np.arange(1, 18)))
    out = faded(paths, 100.0, steady=6, keep=0.9)
    assert np.array_equal(out[:, :6], paths[:, :6])
    growth = np.diff(np.log(np.median(out, axis=0)))
    assert np.all(growth > 0)
    assert growth[-1] == pytest.approx(0.1 * 0.9**11)


def edges(x: np.ndarray) -> np.ndarray:
    return np.abs(np.quantile(np.log(x / np.median(x, axis=0)), [0.1, 0.9], axis=0))


def test_widening_keeps_ranks_and_medians_and_adds_the_extra_width_in_squares() -> None:
    paths = np.maximum(stream(1, "s").normal(100, 40, (501, 4)), 0)
    extra = np.array([[0.0, 0.1, 0.2, 0.5], [0.0, 0.1, 0.3, 1.0]])
    out = widened(paths, extra)
    assert np.array_equal(np.argsort(out, axis=0, kind="stable"), np.argsort(paths, axis=0, kind="stable"))
    assert np.median(out, axis=0) == pytest.approx(np.median(paths, axis=0))
    assert edges(out) == pytest.approx(np.sqrt(edges(widened(paths, 0 * extra)) ** 2 + extra**2), rel=0.01)


def test_no_fall_is_deeper_than_the_rise_at_the_mirrored_rank() -> None:
    out = widened(np.maximum(stream(1, "s").normal(100, 60, (501, 4)), 0), np.zeros((2, 4)))
    d = np.sort(np.log(out / np.median(out, axis=0)), axis=0)
    assert np.all(-d[:250] <= d[::-1][:250] + 1e-12)


def test_extra_widths_grow_beyond_the_steps_that_were_calibrated() -> None:
    widths = extra_widths("stock", 0.2, 12)
    assert widths[:, 11] == pytest.approx(widths[:, 5] * fade()["beyond"])
    assert usual_change(np.array([1.0, 0.0, 2.0])) == 0


def test_bounded_shares_stay_below_one_and_start_as_the_model_says() -> None:
    last = np.array([0.4, 0.9])
    paths = last[:, None] * np.exp(np.outer([0.001, 0.001], np.arange(1, 4000)))
    out = bounded(paths, last, 1.0)
    assert out.max() <= 1
    assert np.all(np.diff(out) >= 0)
    assert out[:, 0] == pytest.approx(paths[:, 0], rel=1e-5)


def test_below_a_growing_ceiling_small_levels_do_not_grow_with_the_ceiling() -> None:
    ceiling = 1000.0 * 1.1 ** np.arange(4.0)[None]
    assert bounded(np.full((1, 3), 1.0), np.array([1.0]), ceiling) == pytest.approx(np.ones((1, 3)), rel=1e-3)


def test_pledging_stays_below_its_ceiling_on_every_path() -> None:
    boom = made("CN.ip_pledge_amount", (1e11 * 1.5 ** np.arange(6.0)).tolist(), first=2019)
    owners = made(OWNERS, [4e5, 4.3e5, 4.6e5, 5e5, 5.2e5, 5.5e5], first=2019)
    free = {h.series.key: base_of(h, until=2040, n_paths=200, seed=1) for h in (boom, owners)}
    bent = with_ceilings(free, seed=1)
    ceiling = pledge_ceiling(free[OWNERS].paths, "amount", seed=1)
    assert np.all(bent[boom.series.key].paths[7:] <= ceiling[7:])
    assert np.median(bent[boom.series.key].paths[-1]) < np.median(free[boom.series.key].paths[-1])
    assert np.array_equal(bent[boom.series.key].paths[:6], free[boom.series.key].paths[:6])


def test_a_parameter_that_the_data_package_lacks_is_named() -> None:
    with pytest.raises(LookupError, match=r"parameters\.csv holds no recommended\.nothing"):
        parameter("nothing")


def test_a_stock_with_a_wave_of_registrations_stops_growing_ten_years_later() -> None:
    registered = np.r_[np.full(10, 1.0), np.full(5, 6.0), np.full(15, 3.0)][:, None]
    due = expiries(registered, np.array([0.6]))
    one = np.ones(1)
    stock = stock_paths(20 * one, registered[15:], due[15:], 0.6 * one, 0.0 * one)[:, 0]
    steps = np.diff(stock)
    assert steps[:4].min() > 1
    assert steps[5:9].max() < 0


def base_from(history: History, until: int) -> Base:
    return base_of(history, until=until, n_paths=100, seed=1)


def test_provincial_trademarks_take_over_the_wave_of_the_nation() -> None:
    registered = made("CN.trademark_registrations", [8e5] * 8 + [5e6] * 5 + [4e6] * 4, first=2009)
    stock = made("CN.trademarks_in_force", [2e7 + 3e6 * i for i in range(12)], first=2014)
    province = made("CN-ZJ.trademarks_in_force", [2e6 + 3e5 * i for i in range(12)], first=2014)
    free = {h.series.key: base_from(h, 2038) for h in (registered, stock, province)}
    out = with_renewals(free, seed=1)
    change = {k: np.median(out[k].paths, 1) / np.median(free[k].paths, 1) for k in free}
    assert np.array_equal(out["CN.trademark_registrations"].paths, free["CN.trademark_registrations"].paths)
    assert change["CN-ZJ.trademarks_in_force"][12:] == pytest.approx(change["CN.trademarks_in_force"][12:], rel=1e-9)
    assert change["CN.trademarks_in_force"][18] < 0.95


# Disk


def test_an_outlook_comes_back_from_disk_mapped_and_equal(tmp_path: Path) -> None:
    outlook, refused = small_outlook()
    path = tmp_path / "baseline-x.npz"
    write(path, outlook, refused)
    again = read(path)
    assert again is not None
    assert isinstance(again[0].paths, np.memmap)
    assert np.array_equal(again[0].paths, outlook.paths, equal_nan=True)
    assert (again[0].keys, again[0].years, again[0].known_until, again[1]) == (
        outlook.keys, outlook.years, outlook.known_until, refused,
    )  # fmt: skip


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04 cut off"])
def test_a_damaged_file_counts_as_absent(tmp_path: Path, damage: bytes) -> None:
    path = tmp_path / "baseline-y.npz"
    path.write_bytes(damage)
    assert read(path) is None
    assert read(tmp_path / "baseline-z.npz") is None


def test_the_cache_depends_on_every_module_the_outlook_is_made_by() -> None:
    modules = needed("baseline")
    assert {"baseline", "bases", "reconcile", "rests", "histories", "models/auto", "futures", "limits"} <= set(modules)
    assert not any(m.startswith("models/prophet") for m in modules)


@pytest.mark.slow
def test_an_outlook_as_of_a_date_does_not_change_when_later_figures_change() -> None:
    from forecast.histories import histories
    from forecast.observations import known_by, observations

    date = "2023-06-30"
    chosen = [o for o in observations() if o.indicator in KINDS and o.region in ("CN", "CN-ZJ", "CN-LN")]
    known = {o.id for o in known_by(tuple(chosen), date)}
    honest = baseline_outlook(until=2030, n_paths=40, histories=histories(chosen, date))
    without = baseline_outlook(until=2030, n_paths=40, histories=histories([o for o in chosen if o.id in known]))
    assert honest.keys == without.keys
    assert np.array_equal(honest.paths, without.paths, equal_nan=True)
    assert max(honest.known_until) <= 2023
