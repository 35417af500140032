"""Reaching a target: answers hold when run again, nothing simpler is cheaper, higher chances never cost less."""

import csv
from itertools import product

import numpy as np
import pytest
from fixed_outlook import fixed_outlook
from hypothesis import given, settings
from hypothesis import strategies as st

from forecast.errors import InputError, UnknownNameError
from forecast.seeds import stream
from scenarios.cli import main
from scenarios.engine import run
from scenarios.files import read_scenario
from scenarios.levers import levers
from scenarios.reach import reach
from scenarios.reach_knobs import STEPS
from scenarios.reach_search import Search
from scenarios.scenario import Goal, Scenario, Setting

OUTLOOK = fixed_outlook({"invention_applications": 1.6e6, "invention_grants": 9e5, "inventions_in_force": 5e6,
                         "trademark_applications": 7e6}, {"CN": 1.0, "CN-ZJ": 0.1})  # fmt: skip
THREE = ("ip_courts", "patent_filing_fee", "rd_tax_incentive")


def goal_of(key: str, factor: float, chance: float, year: int = 2035) -> Goal:
    """Give a goal at a multiple of the baseline's median."""
    region, indicator = key.split(".")
    median = float(np.median(OUTLOOK.of(key)[OUTLOOK.years.index(year)]))
    return Goal(region=region, indicator=indicator, year=year, at_least=factor * median, chance=chance)


def share(scenario: Scenario, goal: Goal) -> float:
    """Count futures that meet a goal, from the paths of a run."""
    at = OUTLOOK.years.index(goal.year)
    return float((run(scenario, OUTLOOK).of(goal.key)[at] >= goal.at_least).mean())


GOAL = goal_of("CN-ZJ.inventions_in_force", 1.04, 0.8)
NEAR = goal_of("CN-ZJ.inventions_in_force", 1.01, 0.7)
FOUND = reach(GOAL, OUTLOOK, movable=THREE)


def test_every_way_meets_the_target_when_it_is_run_again() -> None:
    assert FOUND.reachable
    assert len(FOUND.ways) >= 3
    for way in FOUND.ways:
        assert share(way.scenario, GOAL) == way.chance >= GOAL.chance
    for way in FOUND.frontier:
        assert share(way.scenario, GOAL) == way.chance


def test_effort_is_the_weighted_share_of_the_way() -> None:
    way = FOUND.ways[0]
    moved = way.scenario.levers
    total = 0.0
    for knob in FOUND.knobs:
        setting = moved.get(knob.lever.id, (Setting(level=0.0),))[0]
        total += knob.effort * float(setting.level) / knob.limit
    assert way.effort == pytest.approx(total)


def test_no_setting_of_a_grid_is_cheaper_than_the_least_effort() -> None:
    least = FOUND.ways[0]
    grid = range(0, STEPS + 1, 10)
    for steps in product(grid, repeat=len(FOUND.knobs)):
        effort = sum(k.effort * s / STEPS for k, s in zip(FOUND.knobs, steps, strict=True))
        if effort < least.effort - 0.02:
            levels = {k.lever.id: (Setting(region=k.region, level=k.position(s)),)
                      for k, s in zip(FOUND.knobs, steps, strict=True) if s}  # fmt: skip
            assert share(Scenario(id="grid", levers=levels), GOAL) < GOAL.chance


def test_no_lever_of_the_least_effort_can_be_lowered_by_a_step() -> None:
    least = FOUND.ways[0]
    for i, knob in enumerate(FOUND.knobs):
        if least.steps[i]:
            name = knob.lever.id
            lower = {
                **least.scenario.levers,
                name: (Setting(region=knob.region, level=knob.position(least.steps[i] - 1)),),
            }
            if least.steps[i] == 1:
                del lower[name]
            assert share(least.scenario.model_copy(update={"levers": lower}), GOAL) < GOAL.chance


def test_a_higher_chance_never_costs_less() -> None:
    efforts = []
    for chance in (0.6, 0.7, 0.8, 0.9):
        found = reach(GOAL.model_copy(update={"chance": chance}), OUTLOOK, movable=THREE)
        assert [w.effort for w in found.frontier] == sorted(w.effort for w in found.frontier)
        assert [w.chance for w in found.frontier] == sorted(w.chance for w in found.frontier)
        efforts.append(found.ways[0].effort)
    assert efforts == sorted(efforts)


def test_ways_differ_and_the_first_takes_the_least_effort() -> None:
    shares = []
    for way in FOUND.ways:
        weights = np.array([k.effort * s for k, s in zip(FOUND.knobs, way.steps, strict=True)])
        shares.append(weights / weights.sum())
        assert way.effort >= FOUND.ways[0].effort
    for i, a in enumerate(shares):
        for b in shares[:i]:
            assert np.abs(a - b).sum() / 2 >= 0.2


def test_the_region_can_reach_it_by_what_it_decides_itself() -> None:
    dear = reach(NEAR, OUTLOOK, movable=THREE, efforts={"ip_courts": 50.0})
    own = next(way for way in dear.ways if way.kind == "own")
    assert set(own.scenario.levers) == {"ip_courts"}
    assert "ip_courts" not in dear.ways[0].scenario.levers
    assert own.scenario.levers["ip_courts"][0].region == "CN-ZJ"
    assert {setting[0].region for setting in dear.ways[0].scenario.levers.values()} == {"CN"}


def test_the_same_question_gets_the_same_answer() -> None:
    again = reach(GOAL, OUTLOOK, movable=THREE)
    assert [(w.kind, w.steps, w.effort, w.chance) for w in again.ways] == [
        (w.kind, w.steps, w.effort, w.chance) for w in FOUND.ways
    ]
    assert [w.steps for w in again.frontier] == [w.steps for w in FOUND.frontier]


def test_what_is_not_reachable_is_said_with_the_best_chance_and_what_is_sure() -> None:
    far = goal_of("CN-ZJ.inventions_in_force", 3.0, 0.9)
    found = reach(far, OUTLOOK, movable=THREE)
    assert not found.reachable
    assert found.best.chance == share(found.best.scenario, far) < 0.9
    sure = far.model_copy(update={"at_least": found.certain})
    assert share(found.best.scenario, sure) >= 0.9
    assert share(found.best.scenario, sure.model_copy(update={"at_least": found.certain * 1.001})) < 0.9


def test_the_first_later_year_is_told() -> None:
    ahead = GOAL.model_copy(update={"year": 2030})
    found = reach(ahead, OUTLOOK, movable=THREE)
    assert not found.reachable
    assert found.later is not None
    first = ahead.model_copy(update={"year": found.later})
    assert share(found.best.scenario, first) >= ahead.chance
    assert share(found.best.scenario, first.model_copy(update={"year": found.later - 1})) < ahead.chance


def test_a_target_that_is_met_already_needs_nothing() -> None:
    found = reach(goal_of("CN-ZJ.inventions_in_force", 0.5, 0.9), OUTLOOK, movable=THREE)
    assert found.ways[0].effort == 0.0
    assert not found.ways[0].scenario.levers


def test_levers_stay_within_the_studied_range_unless_told_otherwise() -> None:
    far = goal_of("CN-ZJ.inventions_in_force", 3.0, 0.9)
    for limits, of in (("studied", "studied"), ("possible", "bounds")):
        for knob in reach(far, OUTLOOK, movable=THREE, limits=limits).knobs:  # type: ignore[arg-type]
            assert knob.limit in getattr(levers()[knob.lever.id], of)


def test_levers_of_unknown_size_move_only_when_named() -> None:
    found = reach(GOAL, OUTLOOK)
    assert all(k.lever.size_known and not k.lever.record.thought_experiment for k in found.knobs)
    assert found.unused["open_licensing"] == "size unknown"
    named = reach(GOAL, OUTLOOK, movable=["open_licensing", "ip_courts"])
    assert {k.lever.id for k in named.knobs} == {"open_licensing", "ip_courts"}


def test_what_holds_already_stays_and_lowers_the_effort() -> None:
    courts = Scenario(id="courts", levers={"ip_courts": (Setting(region="CN-ZJ", level=0.5),)})
    found = reach(NEAR, OUTLOOK, movable=THREE[1:], within=courts)
    alone = reach(NEAR, OUTLOOK, movable=THREE[1:])
    assert found.now > alone.now
    assert found.ways[0].scenario.levers["ip_courts"] == courts.levers["ip_courts"]
    assert found.ways[0].effort < alone.ways[0].effort


@given(st.integers(0, 2**20), st.sampled_from([0.3, 0.5, 0.8, 0.95]))
@settings(max_examples=25, deadline=None)
def test_the_search_beats_or_equals_every_grid_setting_of_additive_levers(seed: int, chance: float) -> None:
    rng = stream(seed, "reach")
    n = int(rng.integers(1, 4))
    slopes, base = rng.gamma(2.0, 0.3, (n, 120)), rng.normal(-0.6, 0.4, 120)
    efforts = rng.uniform(0.5, 2.0, n)

    def margins(steps: tuple[int, ...], crowd: int | None) -> np.ndarray:
        return base + (np.sqrt(np.asarray(steps) / STEPS)[:, None] * slopes).sum(axis=0)

    search = Search(margins, efforts)
    best = search.best(search.full)
    reachable = (margins(search.full, None) >= 0).mean() >= chance
    found = search.least(chance, search.full, among=[best])
    assert (found is not None) == reachable
    if found is None:
        return
    assert (margins(found, None) >= 0).mean() >= chance
    cheapest = min(
        search.effort(steps) for steps in product(range(0, STEPS + 1, 10), repeat=n)
        if (margins(steps, None) >= 0).mean() >= chance
    )  # fmt: skip
    # Square roots reward many small moves: a local search of such a target may be a little off, never far.
    assert search.effort(found) <= 1.1 * cheapest + 0.05


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"indicator": "inventions_in_forc"}, "inventions_in_forc"),
        ({"year": 2020}, "CN-ZJ.inventions_in_force: year 2020 is not ahead in the outlook. Allowed: 2026 to 2040."),
        ({"year": 2041}, "year 2041 is not ahead"),
        ({"at_least": 0.0}, "CN-ZJ.inventions_in_force: a target of 0 is always met. Give a value above 0."),
    ],
)
def test_an_impossible_question_is_refused_in_words(change: dict[str, object], message: str) -> None:
    with pytest.raises(InputError) as error:
        reach(GOAL.model_copy(update=change), OUTLOOK, movable=THREE)
    assert message in str(error.value)


def test_unknown_levers_and_efforts_are_refused_in_words() -> None:
    with pytest.raises(UnknownNameError, match="ip_courts"):
        reach(GOAL, OUTLOOK, movable=["ip_court"])
    with pytest.raises(InputError, match="an effort of 0 is not possible"):
        reach(GOAL, OUTLOOK, efforts={"ip_courts": 0.0})
    with pytest.raises(InputError, match=r"None of the levers named raises CN-ZJ.inventions_in_force by 2035"):
        reach(GOAL, OUTLOOK, movable=["trademark_filing_fee"])
    marks = goal_of("CN-ZJ.trademark_applications", 1.1, 0.8).model_copy(update={"region": "CN-ZJ"})
    with pytest.raises(InputError, match=r"No lever whose size was measured|Name levers of unknown size"):
        reach(marks, OUTLOOK, within=Scenario(id="a", levers={"trademark_filing_fee": (Setting(level=-0.5),)}))


def test_the_command_answers_and_writes_ways_that_run(monkeypatch, tmp_path, capsys) -> None:
    monkeypatch.setattr("scenarios.commands.bundled.shared_outlook", lambda seed, n_paths: OUTLOOK)
    value = str(GOAL.at_least)
    asked = ["scenario", "reach", GOAL.key, "--value", value, "--year", "2035", "--probability", "0.8"]
    assert main([*asked, "--levers", ",".join(THREE), "--out", str(tmp_path)]) == 0
    shown = capsys.readouterr().out
    assert "wanted in 80 of 100 futures" in shown
    assert "Ways to reach it" in shown
    assert "Least effort by chance" in shown
    with (tmp_path / "ways.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert {row["way"] for row in rows} == {way.kind for way in FOUND.ways}
    assert share(read_scenario(tmp_path / "reach-least.yaml"), GOAL) == FOUND.ways[0].chance
    assert main(["scenario", "reach", GOAL.key, "--value", "9e9", "--year", "2030", "--levers", "ip_courts"]) == 0
    assert "Not reachable: at best 0.0 of 100" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["CN-ZJ.inventions_in_force", "--year", "2030"], "--value is missing. Name both."),
        (["CN-ZJ.inventions_in_force", "--value", "9", "--year", "2030", "-p", "90"], "--probability 90 is no chance."),
        (["CN-XX.inventions_in_force", "--value", "9", "--year", "2030"], '"CN-XX.inventions_in_force" is unknown.'),
        (["CN.inventions", "--value", "9", "--year", "2030"], 'indicator "inventions" is unknown.'),
        (["CN-ZJ.inventions_in_force", "--value", "9", "--year", "2030", "--efforts", "a=b"], '"a=b" is no effort.'),
    ],
)  # fmt: skip
def test_the_command_refuses_in_words(monkeypatch, capsys, words: list[str], message: str) -> None:
    monkeypatch.setattr("scenarios.commands.bundled.shared_outlook", lambda seed, n_paths: OUTLOOK)
    assert main(["scenario", "reach", *words]) == 2
    assert message in capsys.readouterr().err
