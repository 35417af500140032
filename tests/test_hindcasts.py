"""Hindcasts: nothing later than the eve is used, levers move as the diary says, scores are right, misses stay."""

import datetime as dt
import math
from dataclasses import replace

import numpy as np
import pytest
from fixed_outlook import fixed_outlook

from forecast.catalog import breaks, events, last_day, sources
from forecast.outlook import Outlook
from scenarios.hindcast_levers import lever_as_of, move_of, position_after, start_of, tried
from scenarios.hindcast_runs import YEARS_AFTER, hindcasts, outlook_as_of, printed
from scenarios.hindcasts import Hindcast, bundled_hindcasts, read_hindcasts, summary, write_hindcasts
from scenarios.levers import levers

FEE = next(e for e in events() if e.date == "2017-04-01" and e.lever == "trademark_filing_fee")
ROWS = bundled_hindcasts()


def test_prices_move_by_what_was_printed_before_and_after() -> None:
    cuts = [position_after(levers()[e.lever], e) for e in events() if e.lever == "trademark_filing_fee"]
    assert cuts == pytest.approx([800 / 1000 - 1, 600 / 800 - 1, 300 / 600 - 1])
    end = next(e for e in events() if e.date == "2021-06-30" and e.lever == "patent_subsidy_filing")
    assert position_after(levers()[end.lever], end) == -1.0


@pytest.mark.parametrize(
    ("date", "day", "share", "eve"),
    [
        ("2017-04-01", dt.date(2017, 4, 1), 275 / 365, dt.date(2017, 3, 31)),  # the first day of a quarter
        ("2015-10-15", dt.date(2015, 10, 15), 78 / 365, dt.date(2015, 9, 30)),  # within a quarter
        ("2021-06", dt.date(2021, 6, 1), 214 / 365, dt.date(2021, 3, 31)),  # a month
        ("2019", dt.date(2019, 1, 1), 0.5, dt.date(2018, 12, 31)),  # a year only: half of it
        ("2019-2022", dt.date(2019, 1, 1), 0.5, dt.date(2018, 12, 31)),  # a range of years
    ],
)
def test_dates_of_every_form_are_read(date: str, day: dt.date, share: float, eve: dt.date) -> None:
    start = start_of(replace(FEE, date=date))
    assert (start.day, start.eve) == (day, eve)
    assert start.share == pytest.approx(share, abs=0.002)


def test_a_move_holds_for_its_part_of_the_first_year_and_then_whole() -> None:
    path = move_of(levers()[FEE.lever], FEE, (2016, 2017, 2018, 2019)).path
    assert path == pytest.approx([0.0, -0.5 * 275 / 365, -0.5, -0.5], abs=0.001)


def test_sizes_rest_on_literature_of_the_time_only_and_never_on_our_own_panel() -> None:
    for event in tried():
        lever, basis = lever_as_of(levers()[event.lever], start_of(event).eve)
        if basis != "then":
            continue
        for effect in levers()[event.lever].effects:
            dated = [s for s in effect.studies if s.source in sources() and sources()[s.source].published]
            assert any(last_day(sources()[s.source].published) <= start_of(event).eve for s in dated)
        assert all(effect.size.data is None for effect in lever.effects)
    # The panel's estimate of the fee, which saw the surge of 2017, is not in what was known on its eve.
    now, then = (
        levers()[FEE.lever].effects[0].size,
        lever_as_of(levers()[FEE.lever], start_of(FEE).eve)[0].effects[0].size,
    )
    assert now.data is not None
    assert then.data is None
    assert then.mean != now.mean


def test_the_clean_up_of_2019_has_only_its_direction_because_its_size_was_learned_from_it() -> None:
    lever, basis = lever_as_of(levers()["abnormal_filing_control"], dt.date(2018, 12, 31))
    assert basis == "direction"
    assert not any(effect.size.known for effect in lever.effects)
    assert all(effect.size.sign == -1 for effect in lever.effects)


def _outlooks(came: float) -> tuple[Outlook, Outlook]:
    """Give an outlook as of 2016 that grows, and one of today in which 2017 to 2019 are printed."""
    base = fixed_outlook({"trademark_applications": 7e6}, {"CN": 1.0}, n_paths=400)
    shift = 2025 - 2016
    years = tuple(y - shift for y in base.years)
    then = Outlook(base.keys, years, base.paths, (2016,), 7)
    now = np.full((1, len(years), 400), came)
    return then, Outlook(base.keys, years, now, (2019,), 7)


def test_scores_are_those_of_the_paths() -> None:
    then, now = _outlooks(9e6)
    rows = hindcasts([FEE], now=now, then=lambda day, until: then)
    assert [r.ds for r in rows] == [2017, 2018, 2019]
    for row in rows:
        paths = then.of("CN.trademark_applications")[then.years.index(row.ds)]
        low, middle, high = np.quantile(paths, [0.1, 0.5, 0.9])
        assert (row.lo_80, row.without, row.hi_80) == pytest.approx((low, middle, high))
        assert row.error == pytest.approx(math.log(middle / 9e6))
        assert row.inside == (low <= 9e6 <= high)
        spread = np.abs(paths[:, None] - paths[None, :]).mean() / 2
        assert row.crps == pytest.approx((np.abs(paths - 9e6).mean() - spread) / 9e6)
        # A cheaper mark is filed more often, so the forecast with the lever lies above.
        assert row.with_lever > row.without
        assert row.known_until == 2016
    assert rows[1].with_lever / rows[1].without > rows[0].with_lever / rows[0].without


def test_a_miss_says_why_and_a_hit_says_nothing() -> None:
    then, far = _outlooks(5e7)
    missed = hindcasts([FEE], now=far, then=lambda day, until: then)
    assert all(not r.inside_with and r.cause for r in missed)
    near = _outlooks(missed[0].with_lever)[1]
    hit = hindcasts([FEE], now=near, then=lambda day, until: then)[0]
    assert hit.inside_with
    assert hit.cause == ""


def test_only_printed_years_are_judged() -> None:
    _, now = _outlooks(9e6)
    assert printed(now, "CN.trademark_applications", 2018) == 9e6
    assert printed(now, "CN.trademark_applications", 2020) is None
    wide = Outlook(now.keys, now.years, now.paths * np.linspace(0.9, 1.1, 400), (2019,), 7)
    assert printed(wide, "CN.trademark_applications", 2018) is None


def test_a_table_written_and_read_is_the_same_to_six_digits(tmp_path) -> None:
    write_hindcasts(ROWS, tmp_path / "again.csv")
    assert read_hindcasts(tmp_path / "again.csv") == ROWS


def test_the_bundled_table_holds_the_events_asked_for_and_explains_every_miss() -> None:
    tried_levers = {name for row in ROWS for name in row.levers.split(";")}
    assert {"trademark_filing_fee", "pledge_campaign", "patent_subsidy_filing"} <= tried_levers
    fees = {e for row in ROWS for e in row.events.split(";") if "trademark_filing_fee" in e}
    assert len(fees) >= 2
    known_events = {e.id for e in events()}
    for row in ROWS:
        assert set(row.events.split(";")) <= known_events
        assert row.known_until < row.ds <= dt.date.fromisoformat(row.as_of).year + YEARS_AFTER + 1
        assert row.inside == (row.lo_80 <= row.actual <= row.hi_80)
        assert (row.cause == "") == row.inside_with
        if row.cause == "definition":
            assert any(
                b.indicator == row.unique_id.split(".")[1] and row.known_until < b.year <= row.ds for b in breaks()
            )


def test_sums_are_means_over_the_rows() -> None:
    s = summary(ROWS)
    assert s.n == len(ROWS)
    assert s.inside == pytest.approx(sum(r.inside for r in ROWS) / len(ROWS))
    assert s.error_with == pytest.approx(sum(abs(r.error_with) for r in ROWS) / len(ROWS))
    assert s.helped == pytest.approx(sum(r.crps_with < r.crps for r in ROWS) / len(ROWS))
    assert math.isnan(summary([]).crps)


@pytest.mark.slow
def test_the_fee_cut_of_2017_is_reproduced_from_what_was_public_on_its_eve() -> None:
    from forecast.baseline import baseline_outlook

    eve = outlook_as_of(start_of(FEE).eve, until=2020)
    assert all(known <= 2017 for known in eve.known_until)
    rows = hindcasts([FEE], now=baseline_outlook())
    first: Hindcast = rows[0]
    assert first.unique_id == "CN.trademark_applications"
    # The lever helps here, in every year; it is the one case in which a price moved.
    assert all(r.crps_with < r.crps for r in rows)
