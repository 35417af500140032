"""The accounts of the IP system: filings to grants to stock, by hand; the renewal queue; where parameters come from."""

import csv

import numpy as np
import pytest
from fixed_outlook import KNOWN, YEARS, fixed_outlook

from forecast import catalog
from forecast.errors import UnknownNameError
from forecast.outlook import Outlook
from scenarios.engine import run
from scenarios.flows import Stack, prepare_flows
from scenarios.ground import Ground
from scenarios.renewals import renewals
from scenarios.scenario import Override, Scenario, Setting
from scenarios.shifts import Shifts
from scenarios.structure import DELAY_YEARS, OLDEST, RightStructure, drawn, right_structure
from scenarios.system import grants_excess, stock_excess
from scenarios.tree import Leaf

N_YEARS, FIRST = 20, 8
ACTIVE = N_YEARS - FIRST


def by_hand(
    filings: np.ndarray, rate: np.ndarray, delay: np.ndarray, hazard: np.ndarray, begin: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Grants and stock of one path, one filing year and one age at a time: a plain loop over the years.

    `rate` by year of decision, `hazard` by year and age, `begin` the stock by age before the first active year.
    """
    grants, stock, ages = np.zeros(ACTIVE), np.zeros(ACTIVE), begin.copy()
    for t in range(ACTIVE):
        grants[t] = rate[t] * sum(delay[j] * filings[FIRST + t - j] for j in range(DELAY_YEARS))
        older = np.zeros(OLDEST)
        for age in range(1, OLDEST):
            older[age] = ages[age - 1] * np.exp(-hazard[t, age])
        older[0] = grants[t]
        ages, stock[t] = older, older.sum()
    return grants, stock


def structure_of_one_path() -> RightStructure:
    delay = np.zeros((DELAY_YEARS, 1))
    delay[:4, 0] = 0.1, 0.4, 0.3, 0.2
    hazard = np.full((OLDEST, 1), 0.07)
    hazard[0] = 0.0
    decided = (np.arange(OLDEST) > 2) & (np.arange(OLDEST) < 18)
    return RightStructure(delay, np.array([0.5]), np.array([0.4]), hazard, decided)


@pytest.mark.parametrize(
    ("filings", "counts", "odds", "lapse"),
    [
        (0.0, 0.0, 0.0, 0.0),  # nothing moves
        (0.2, 0.0, 0.0, 0.0),  # more filings with as much behind them
        (0.0, 0.2, 0.0, 0.0),  # counts alone: 0.4 of them reach grants
        (0.0, 0.0, -0.4, 0.0),  # a stricter office
        (0.0, 0.0, 0.0, 0.5),  # more lapses at the ages where owners decide
        (0.1, 0.1, 0.3, -0.3),  # all at once
    ],
)
def test_grants_and_stocks_are_those_of_a_plain_loop_over_years_and_ages(
    filings: float, counts: float, odds: float, lapse: float
) -> None:
    s = structure_of_one_path()
    base_filings = 1000 * 1.08 ** np.arange(N_YEARS)
    steps = np.clip(np.arange(ACTIVE) / 3, 0, 1)[:, None]
    shifts = Shifts(s, filings * steps, counts * steps, odds * steps, np.zeros((ACTIVE, 1)), lapse * steps)

    past = 0.5 * base_filings  # grants before the first active year; only their ages matter
    flows = prepare_flows(
        base_filings[:, None], np.r_[past[:FIRST], np.zeros(ACTIVE)][:, None],
        np.full((N_YEARS, 1), 6000.0), FIRST, s,
    )  # fmt: skip
    begin = flows.held[:, 0]
    hazard = np.tile(s.hazard[:, 0], (ACTIVE, 1))
    before = by_hand(base_filings, np.full(ACTIVE, 0.5), s.delay[:, 0], hazard, begin)
    flows = prepare_flows(
        base_filings[:, None], np.r_[past[:FIRST], before[0]][:, None],
        np.full((N_YEARS, 1), 6000.0), FIRST, s,
    )  # fmt: skip

    effective = base_filings.copy()
    effective[FIRST:] *= np.exp(filings * steps[:, 0] + 0.4 * counts * steps[:, 0])
    rate = 1 / (1 + np.exp(-odds * steps[:, 0]))  # one half on the scale of log odds
    moved_hazard = np.where(s.decided, hazard * np.exp(lapse * steps), hazard)
    after = by_hand(effective, rate, s.delay[:, 0], moved_hazard, begin)

    leaves = [Leaf(name, name, False, (), name) for name in ("CN-BJ", "CN-ZJ")]
    stack = Stack(leaves, lambda _: flows, s, ACTIVE)
    grants, stock = np.empty((2, 2, ACTIVE, 1))
    here = stack.places(leaves[1:])
    grants_excess(stack, here, shifts, grants)
    np.testing.assert_allclose(1.0 + grants[1, :, 0], after[0] / before[0], rtol=1e-12)
    stock_excess(stack, here, shifts, grants, stock)
    np.testing.assert_allclose(1.0 + stock[1, :, 0], after[1] / before[1], rtol=1e-9)


def test_ages_of_the_stock_before_sum_to_the_stock() -> None:
    s = structure_of_one_path()
    grants = 500 * 1.05 ** np.arange(N_YEARS)[:, None]
    flows = prepare_flows(2 * grants, grants, 9 * grants, FIRST, s)
    assert flows.held.sum() == pytest.approx(9 * grants[FIRST - 1, 0])
    ratios = flows.held[1:FIRST, 0] / flows.held[: FIRST - 1, 0]
    np.testing.assert_allclose(ratios, np.exp(-0.07) / 1.05, rtol=1e-12)


@pytest.mark.parametrize("years", [0, 1, 4])
def test_what_is_kept_of_new_grants_is_what_was_kept_less_what_is_lost(years: int) -> None:
    """A lever that arrives at once or over some years: by age alone, or by year and age."""
    s = structure_of_one_path()
    still, steps = np.zeros((ACTIVE, 1)), np.clip(np.arange(1, ACTIVE + 1) / max(years, 1), 0, 1)[:, None]
    shifts = Shifts(s, still, still, still, still, 0.4 * steps)
    assert shifts.lost is not None
    assert shifts.kept.shape[0] == (ACTIVE if years > 2 else 1)
    for t in range(ACTIVE):
        kept = shifts.kept[min(t, shifts.kept.shape[0] - 1)]
        for age in range(t + 1):
            lost = shifts.lost[t, age - s.youngest, 0] if s.youngest <= age < s.n_alive else 0.0
            assert kept[age, 0] == s.survival[age, 0] + lost


def test_a_clock_that_runs_as_before_decides_every_filing_when_it_did() -> None:
    s = structure_of_one_path()
    still = np.zeros((ACTIVE, 1))
    faster = Shifts(s, still, still, still, still - 1e-9, still)
    assert faster.decided_when is not None
    np.testing.assert_allclose(faster.decided_when[:, -1], s.delay, atol=1e-7)


def test_each_filing_is_decided_once_whatever_the_clock_does() -> None:
    s = structure_of_one_path()
    still = np.zeros((30, 1))
    shifts = Shifts(s, still, still, still, np.linspace(0, -0.8, 30)[:, None], still)
    assert shifts.decided_when is not None
    for filed in range(30 - DELAY_YEARS):
        assert sum(shifts.decided_when[j, filed + j, 0] for j in range(DELAY_YEARS)) == pytest.approx(1.0)


def test_extra_filings_that_raise_counts_alone_are_granted_at_four_tenths_of_the_average_rate() -> None:
    """A subsidy effect of known size on filings: grants rise by about 0.4 of what filings rise by in the end."""
    sizes = {
        "patent_subsidy_filing.invention.filings": Override(mean=0.1, sd=0.0, why="by hand"),
    }
    scenario = Scenario(
        id="t", levers={"patent_subsidy_filing": (Setting(level=1.0, start=2026, ramp=0),)}, effects=sizes
    )
    outlook = fixed_outlook(n_paths=400)
    comparison = run(scenario, outlook)
    up = [comparison.view(f"CN.invention_{step}", "percent")[-1].mean() for step in ("applications", "grants")]
    assert up[1] / up[0] == pytest.approx(0.4, abs=0.05)


@pytest.mark.parametrize(
    ("name", "value", "se"),
    [
        ("recommended.invention.grant_lag_mean_years", 2.8, 0.3),
        ("recommended.invention.pass_through_filings_to_grants", 0.4, 0.15),
        ("recommended.trademark.nonrenewal_rate", 0.55, 0.17),
    ],
)
def test_structural_parameters_are_those_of_the_file_with_their_spread(name: str, value: float, se: float) -> None:
    with (catalog.data_folder() / "parameters.csv").open(encoding="utf-8") as file:
        assert any(name in row for row in csv.reader(file))
    draws = drawn(name, 4000, 1)
    assert np.median(draws) == pytest.approx(value, abs=0.1 * se + 0.03)
    assert 0.6 * se < draws.std() <= se


def held_at(rates: float) -> Outlook:
    """National trademarks at yearly registrations of `rates` from 2026 on, as printed before, in millions."""
    printed = {
        2015: 2.226, 2016: 2.255, 2017: 2.792, 2018: 5.007, 2019: 6.406, 2020: 5.761, 2021: 7.739, 2022: 6.177,
        2023: 4.383, 2024: 4.781, 2025: 4.3,
    }  # fmt: skip
    registrations = np.array([printed.get(year, rates) for year in YEARS])
    stock = np.full(len(YEARS), 49.0)
    paths = np.array([np.repeat(a[:, None], 400, axis=1) for a in (registrations * 1.4, registrations, stock)])
    keys = ("CN.trademark_applications", "CN.trademark_registrations", "CN.trademarks_in_force")
    return Outlook(keys, YEARS, paths, (KNOWN,) * 3, 7)


def test_marks_registered_from_2017_to_2021_come_up_from_2027() -> None:
    found = renewals(held_at(4.3))
    due = dict(zip(found.years, np.median(found.due, axis=1), strict=True))
    registered = {2018: 5.007, 2019: 6.406, 2021: 7.739}
    for year, number in registered.items():
        # of those registered, at least 85 percent were not cancelled in ten years; the rest of the queue is small
        assert 0.8 * number < due[year + 10] < 1.35 * number
    assert due[2031] > 1.5 * due[2027]
    assert due[2031] > due[2034]


def test_accounts_of_trademarks_lose_what_is_dropped_and_what_is_cancelled_and_nothing_else() -> None:
    outlook = held_at(4.3)
    found = renewals(outlook)
    s = right_structure("trademark", outlook.n_paths, outlook.seed)
    cancelled_at_most = -np.expm1(-s.hazard[1])
    change = np.diff(found.accounts, axis=0)
    lost = 4.3 - change
    assert np.all(lost >= found.dropped[1:] - 1e-9)
    assert np.all(lost <= found.dropped[1:] + cancelled_at_most * found.accounts[:-1] + 0.6)


def test_the_stock_by_the_accounts_slows_when_the_queue_comes() -> None:
    found = renewals(held_at(4.3))
    growth = np.diff(np.median(found.accounts, axis=1))
    at = {year: i - 1 for i, year in enumerate(found.years)}
    assert growth[at[2031]] < 0.5 * growth[at[2027]]


def test_renewals_need_series_of_trademarks() -> None:
    with pytest.raises(UnknownNameError, match=r"CN-XX\.trademark_applications"):
        renewals(held_at(4.3), "CN-XX")


def test_figures_that_begin_late_are_carried_back_and_never_negative() -> None:
    paths = np.full((1, len(YEARS), 3), 50.0)
    paths[0, :4] = np.nan
    found = Ground(Outlook(("CN.invention_grants",), YEARS, paths, (KNOWN,), 1), 1).complete("CN.invention_grants")
    assert np.all(found > 0)
    assert np.all(np.diff(found[:5, 0]) > 0)
