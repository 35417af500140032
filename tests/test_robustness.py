"""Robustness: shares and regrets are those of the paths, planted conditions are found, drivers match a known split."""

import sys

import numpy as np
import pandas as pd
import pytest
from fixed_outlook import fixed_outlook
from hypothesis import given, settings
from hypothesis import strategies as st

from forecast.errors import InputError, UnknownNameError
from forecast.seeds import stream
from scenarios.cli import main
from scenarios.engine import run
from scenarios.files import library
from scenarios.prim import LEAST_MASS, Box, prim, within
from scenarios.robustness import BLOCKS, GROWTH, condition_words, drivers, robustness
from scenarios.scenario import Goal, Scenario, Setting

OUTLOOK = fixed_outlook({"invention_applications": 1.6e6, "invention_grants": 9e5, "inventions_in_force": 5e6},
                        {"CN": 1.0, "CN-ZJ": 0.1})  # fmt: skip
GOAL = Goal(region="CN-ZJ", indicator="inventions_in_force", year=2035, at_least=8.3e5)
NOTHING = Scenario(id="nothing")
COURTS = Scenario(id="courts", levers={"ip_courts": (Setting(region="CN-ZJ", level=1.0),)})
FOUND = robustness([NOTHING, COURTS], GOAL, OUTLOOK)


@given(st.integers(0, 2**20), st.floats(0.3, 0.6), st.floats(0.1, 0.4))
@settings(max_examples=20, deadline=None)
def test_a_planted_box_is_found(seed: int, above: float, below: float) -> None:
    rng = stream(seed, "prim")
    x = {name: rng.uniform(0.0, 1.0, 2000) for name in ("a", "b", "idle")}
    truly = (x["a"] > above) & (x["b"] < 1.0 - below)
    happened = np.where(truly, rng.random(2000) < 0.95, rng.random(2000) < 0.05)
    box = prim(x, happened)
    assert set(box.limits) == {"a", "b"}
    assert box.limits["a"][0] == pytest.approx(above, abs=0.1)
    assert box.limits["b"][1] == pytest.approx(1.0 - below, abs=0.1)
    assert box.density > 0.85
    assert box.coverage > 0.7


def test_a_box_tells_its_own_share_and_coverage() -> None:
    rng = stream(3, "prim")
    x = {"a": rng.normal(size=500), "b": rng.normal(size=500)}
    happened = x["a"] + 0.5 * x["b"] > 1.0
    box = prim(x, happened)
    inside = np.ones(500, dtype=bool)
    for name, (low, high) in box.limits.items():
        inside &= (x[name] >= low) & (x[name] <= high)
    assert (inside == within(box.limits, x)).all()
    assert box.density == happened[inside].mean() > happened.mean()
    assert box.coverage == happened[inside].sum() / happened.sum()
    assert box.mass == inside.mean() >= LEAST_MASS


def test_what_happens_anywhere_alike_has_no_conditions() -> None:
    rng = stream(5, "prim")
    box = prim({"a": rng.random(1000), "b": rng.random(1000)}, rng.random(1000) < 0.5)
    assert box.density < 0.75
    constant = prim({"a": np.zeros(100)}, np.arange(100) < 40)
    assert constant.limits == {}
    assert "no condition stands out" in condition_words(constant)


def test_shares_that_meet_the_goal_are_counted_over_all_futures() -> None:
    assert FOUND.n_futures % OUTLOOK.n_paths == 0
    assert FOUND.n_futures // OUTLOOK.n_paths in (1, BLOCKS)
    at = OUTLOOK.years.index(2035)
    plain = (run(COURTS, OUTLOOK).of(GOAL.key)[at] >= GOAL.at_least).mean()
    if FOUND.n_futures == OUTLOOK.n_paths:
        assert FOUND.standings[1].met == plain
    # Courts add inventions, so they meet the goal at least as often as doing nothing.
    assert FOUND.standings[1].met > FOUND.standings[0].met


def test_regret_is_the_shortfall_against_the_best_in_the_same_future() -> None:
    nothing, courts = FOUND.standings
    assert courts.best == 1.0
    assert courts.regret == 0.0
    assert 0.0 < nothing.regret_usual <= nothing.regret < 1.0
    at = OUTLOOK.years.index(2035)
    a, b = (run(s, OUTLOOK).of(GOAL.key)[at] for s in (NOTHING, COURTS))
    assert nothing.regret >= (1.0 - a / np.maximum(a, b)).max() - 1e-12


def test_one_scenario_alone_has_no_regret() -> None:
    alone = robustness([COURTS], GOAL, OUTLOOK).standings[0]
    assert (alone.regret, alone.regret_usual, alone.best) == (0.0, 0.0, 1.0)


def test_failing_goes_with_slow_growth_of_the_baseline() -> None:
    box = FOUND.standings[0].failing
    assert box is not None
    low, high = box.limits[GROWTH]
    assert np.isinf(low)
    assert high < np.quantile(FOUND.inputs[GROWTH], 0.9)
    assert box.density > box.base


def test_the_same_question_gets_the_same_answer() -> None:
    again = robustness([NOTHING, COURTS], GOAL, OUTLOOK)
    for a, b in zip(FOUND.standings, again.standings, strict=True):
        assert (a.met, a.regret, a.best, a.failing, a.drivers) == (b.met, b.regret, b.best, b.failing, b.drivers)


def test_drivers_match_a_split_of_variance_that_is_known() -> None:
    pytest.importorskip("SALib")
    rng = stream(9, "drivers")
    x = {name: rng.normal(size=2000) for name in ("strong", "weak", "idle")}
    found = drivers(x, 2.0 * x["strong"] + x["weak"], seed=1)
    assert list(found) == ["strong", "weak"]
    # Independent normals: the shares are 4 / 5 and 1 / 5.
    assert found["strong"][0] == pytest.approx(0.8, abs=0.05)
    assert found["weak"][0] == pytest.approx(0.2, abs=0.06)
    assert all(half > 0 for _, half in found.values())


def test_without_the_extra_there_are_no_drivers_and_no_error(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "SALib.analyze", None)
    assert drivers({"a": np.arange(9.0)}, np.arange(9.0), seed=1) == {}


@pytest.mark.parametrize("name", sorted(library()))
def test_every_scenario_of_the_library_can_be_tried(name: str) -> None:
    found = robustness([library()[name]], GOAL, OUTLOOK)
    assert 0.0 <= found.standings[0].met <= 1.0


def test_conditions_are_said_in_both_languages() -> None:
    box = Box({GROWTH: (float("-inf"), 0.04), "ip_courts": (0.05, float("inf")), "rd_growth": (-0.01, 0.02)},
              0.82, 0.6, 0.3, 0.5)  # fmt: skip
    english, chinese = condition_words(box), condition_words(box, "zh")
    assert "the baseline grows by less than 4.0% a year" in english
    assert "works by more than 5.0%" in english
    assert "基准年均增速低于4.0%" in chinese
    assert "的效应高于5.0%" in chinese
    assert "82%" in english
    assert "82%" in chinese


def test_impossible_questions_are_refused_in_words() -> None:
    with pytest.raises(InputError, match=r"No scenario was given\. Give one or more\."):
        robustness([], GOAL, OUTLOOK)
    with pytest.raises(UnknownNameError, match="inventions_in_force"):
        robustness([NOTHING], GOAL.model_copy(update={"region": "CN-GD"}), OUTLOOK)
    with pytest.raises(InputError, match="year 2020 is not ahead"):
        robustness([NOTHING], GOAL.model_copy(update={"year": 2020}), OUTLOOK)


def test_the_command_prints_and_writes_what_it_found(monkeypatch, tmp_path, capsys) -> None:
    monkeypatch.setattr("scenarios.commands.bundled.shared_outlook", lambda seed, n_paths: OUTLOOK)
    asked = ["scenario", "robust", "continuation", "zhejiang-pioneer", "-s", GOAL.key, "--value", "830000"]
    assert main([*asked, "--year", "2035", "--out", str(tmp_path)]) == 0
    shown = capsys.readouterr().out
    assert "continuation: Misses in" in shown
    assert "futures" in shown
    table = pd.read_csv(tmp_path / "robustness.csv")
    assert list(table["scenario"]) == ["continuation", "zhejiang-pioneer"]
    assert len(pd.read_parquet(tmp_path / "futures.parquet")) == table["futures"].iloc[0]
