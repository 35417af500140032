"""Tiles, chains, stacking, typed targets: small parts of pages, held to laws and to hand calculation."""

import importlib.util
import itertools
import math
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from dashboard import limits
from dashboard.causes import cause_rows
from dashboard.dates import day
from dashboard.dial import Dial, size_words
from dashboard.flows import boxes
from dashboard.formats import number, share
from dashboard.goals import full
from dashboard.limits import spans
from dashboard.palette import COLOURS, contrast
from dashboard.picture import FanOptions, Past, fan
from dashboard.plan import scenario_of
from dashboard.scales import scale
from dashboard.stacking import clashes
from dashboard.subject import subject
from dashboard.tables import ROW, height
from dashboard.tiles import PLACES, mixed, tile_rows
from dashboard.view import Setting, View
from forecast.baseline import baseline_outlook
from forecast.catalog import regions
from scenarios.engine import run
from scenarios.levers import levers
from scenarios.scenario import Scenario


def test_every_province_has_a_tile_of_its_own() -> None:
    assert {f"CN-{code}" for code in PLACES} == set(regions()["CN"].members)
    assert len(set(PLACES.values())) == len(PLACES) == 31


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_tiles_are_coloured_by_size_and_sign_and_can_be_read(theme: str) -> None:
    values = {"CN-ZJ": (0.2, "+20.0%"), "CN-JS": (0.1, "+10.0%"), "CN-SH": (-0.2, "−20.0%")}
    rows = {row["name"]: row for row in tile_rows(values, "CN-ZJ", theme, "en")}  # type: ignore[arg-type]
    p = COLOURS[theme]
    assert rows["ZJ"]["fill"] == mixed(p["panel"], p["up"], 0.12 + 0.78)
    assert rows["SH"]["fill"] == mixed(p["panel"], p["down"], 0.12 + 0.78)
    assert rows["JS"]["fill"] == mixed(p["panel"], p["up"], 0.12 + 0.78 * 0.5)
    assert rows["BJ"]["fill"] == p["panel"]
    assert [row["name"] for row in rows.values() if row["ring"]] == ["ZJ"]
    for row in rows.values():
        assert contrast(str(row["ink"]), str(row["fill"])) >= 4.5, row["name"]


def test_tiles_that_all_go_one_way_are_told_apart() -> None:
    values = {"CN-ZJ": (2.0, "+200%"), "CN-JS": (1.0, "+100%"), "CN-SH": (1.5, "+150%")}
    fills = {row["name"]: row["fill"] for row in tile_rows(values, "", "light", "en")}
    p = COLOURS["light"]
    assert [fills[name] for name in ("JS", "SH", "ZJ")] == [
        mixed(p["panel"], p["up"], x) for x in (0.12, 0.12 + 0.78 * 0.5, 0.12 + 0.78)
    ]


def test_two_scenarios_clash_only_where_both_set_a_lever_differently() -> None:
    a = Scenario(id="a", levers={"trademark_filing_fee": "halved", "ip_courts": 1.0})
    b = Scenario(id="b", levers={"trademark_filing_fee": "doubled", "ip_courts": 1.0, "open_licensing": 1.0})
    assert clashes(a, b) == ["trademark_filing_fee"]
    assert clashes(a, a) == []


def test_the_chain_balances_in_every_future() -> None:
    view = View().with_lever("ip_courts", Setting(1.0, 2027, 0))
    result = run(scenario_of(view), baseline_outlook())
    keys = [f"CN-ZJ.{name}" for name in ("invention_applications", "invention_grants", "inventions_in_force")]
    found = boxes(result, keys, 2030, "en")
    at = result.years.index(2030)
    for row, key in zip(found, keys, strict=False):
        moved, mine = result.of(key)[at], result.of(key, "mine")[at]
        assert f"{float(f'{np.median(moved):.3g}'):,.0f}" == row["value"]
        assert row["change"].startswith(f"{np.median(moved / mine - 1) * 100:+.1f}%")
    # Boxes fill the canvas and do not touch.
    assert found[0]["x0"] == 0
    assert found[-1]["x1"] == pytest.approx(100)
    assert all(a["x1"] < b["x0"] for a, b in itertools.pairwise(found))


def test_causes_are_shares_with_their_interval_inside_nothing_and_all(monkeypatch) -> None:
    class Found:
        standings = (type("S", (), {"drivers": {"baseline growth": (0.97, 0.05), "ip_courts": (0.02, 0.01)}}),)

    monkeypatch.setattr("dashboard.state.view", lambda: View())
    rows = cause_rows(Found())  # type: ignore[arg-type]  # only what is read of it
    assert [(row["label"], row["lo"], row["hi"]) for row in rows] == [
        ("97%", pytest.approx(0.92), 1.0),
        ("2%", pytest.approx(0.01), pytest.approx(0.03)),
    ]
    assert rows[1]["name"] == levers()["ip_courts"].title("en")


@pytest.mark.parametrize(
    ("value", "unit", "lang", "measure"),
    [(172e8, "CNY", "zh", ""), (172e8, "CNY", "en", ""), (0.034, "share", "zh", ""), (963_000, "count", "zh", "件"),
     (15.5, "months", "en", ""), (2_300_000, "count", "en", "")],
)  # fmt: skip
def test_a_typed_target_comes_back_as_it_was(value: float, unit: str, lang: str, measure: str) -> None:
    factor, name = scale(value, unit, lang, measure)  # type: ignore[arg-type]  # the two languages above
    assert full(float(f"{value / factor:.6g}"), factor) == pytest.approx(value)
    assert value / factor < 10_000
    assert name


def test_a_share_of_futures_is_never_none_or_all() -> None:
    assert [share(p, "en") for p in (0.0, 0.05, 0.5, 0.951)] == ["5% or less", "5% or less", "50%", "95% or more"]
    assert day("2026-01-05", "zh") == "2026年1月5日"
    assert number(9999, "zh") == "9999"


def test_sizes_of_price_effects_are_elasticities_and_identities_say_so() -> None:
    fee = levers()["trademark_filing_fee"].effects[0]
    middle = float(fee.size.quantile(np.array([0.5]))[0])
    assert size_words(fee, "en")[0] == f"elasticity {middle:+.2f}".replace("-", "−")
    assert size_words(levers()["rd_spending"].effects[0], "en") == ("one for one, by definition", "–")
    courts = levers()["ip_courts"].effects[0]
    middle = float(courts.size.quantile(np.array([0.5]))[0])
    assert size_words(courts, "en")[0] == f"{math.expm1(middle) * 100:+.1f}%"


def test_levels_are_written_with_their_unit() -> None:
    assert Dial(levers()["fee_relief"]).level(-0.5, "en") == "Less (−50%)"
    assert Dial(levers()["rd_spending"]).name(-0.1, "en") == "−10%"
    assert Dial(levers()["fee_relief"]).outside(0.8, "en") == ("−50%", "+50%")


def test_a_small_chart_marks_a_break_without_words() -> None:
    breaks = [{"x": 2016.5, "label": "≠ counted differently", "tip": ""}]
    past = Past(hist=[{"x": 2016, "y": 1.0, "part": 0}], breaks=breaks)
    of = subject("CN.invention_applications")
    small = fan(of, [], past, "en", until=2030, options=FanOptions(words=False))
    assert [row["label"] for row in small["breaks"]] == ["≠"]
    assert fan(of, [], past, "en", until=2030, options=FanOptions())["breaks"] == past.breaks


def test_a_table_is_as_tall_as_its_rows_up_to_a_limit() -> None:
    assert height(0) == ROW + 3
    assert height(8, 8) == 9 * ROW + 3
    assert height(9, 8) < height(9)


@pytest.mark.skipif(importlib.util.find_spec("rfc3987_syntax") is None, reason="the slow parser is not installed")
def test_the_app_starts_without_the_slow_parser_and_leaves_it_to_others() -> None:
    code = "import sys, dashboard.vega; assert 'rfc3987_syntax' not in sys.modules; import rfc3987_syntax"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=300)


@pytest.mark.parametrize(("years", "said"), [([], ""), ([2011], "2011"), ([2011, 2013, 2014], "2011, 2013–2014")])
def test_neighbouring_years_are_one_span(years: list[int], said: str) -> None:
    assert spans(years) == said


def test_years_without_a_figure_of_their_own_are_named(monkeypatch) -> None:
    """A history of 2015 to 2018, known to 2019 through its parts; figures of 2015 and 2017, one of 2018 set aside."""
    at = [SimpleNamespace(year=year) for year in range(2015, 2019)]
    used = [SimpleNamespace(year=y, fit=y != 2018) for y in (2015, 2017, 2018)]
    monkeypatch.setattr(limits.cache, "has_history", lambda key: key == "known")
    monkeypatch.setattr(limits.cache, "history", lambda key: SimpleNamespace(periods=at))
    monkeypatch.setattr(limits.cache, "known_until", lambda key: 2019)
    monkeypatch.setattr(limits.cache, "figures", lambda: {"known": used})
    assert limits.without_figure("known") == [2016, 2018, 2019]
    assert limits.without_figure("other") == []
