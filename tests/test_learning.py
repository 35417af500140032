"""Learning from history: known effects are found, made-up ones seldom, and the committed table is whole."""

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from forecast import catalog
from forecast.errors import InputError
from scenarios.cli import app
from scenarios.effects import Normal
from scenarios.learning import learned, learned_for
from scenarios.learning.estimate import Estimate, Impossible
from scenarios.learning.learned import COLUMNS, FIRM, read_learned, write_learned
from scenarios.learning.own_panel import learn_from
from scenarios.learning.panel import Panel
from scenarios.learning.staggered import staggered, two_steps
from scenarios.learning.synthetic import synthetic_control
from scenarios.learning.verdict import Circumstances, judge

pytest.importorskip("pyfixest", reason="pip install 'ip-foresight[learning]'")
pytest.importorskip("pysyncon", reason="pip install 'ip-foresight[learning]'")
RUN = CliRunner()


def made(seed: int, effect: float, treated: int, first: int = 2018, n: int = 25) -> Panel:
    """Regions that share growth of the nation, each with a level and shocks of its own; the first few are treated."""
    rng = np.random.default_rng(seed)
    years = tuple(range(2008, 2022))
    common = np.cumsum(rng.normal(0.1, 0.05, len(years)))
    logs = 8 + rng.normal(0, 1, (n, 1)) + common + rng.normal(0, 0.03, (n, len(years)))
    logs[:treated, np.array(years) >= first] += effect
    return Panel("made", tuple(f"R{i:02d}" for i in range(n)), years, logs, np.zeros_like(logs))


def test_two_by_two_is_the_difference_of_differences_by_hand() -> None:
    logs = np.array([[1.0, 2.5], [3.0, 3.7]])  # treated: +1.5; other: +0.7
    treated = np.array([[False, True], [False, False]])
    assert two_steps(logs, treated, np.ones((2, 2))) == pytest.approx(0.8)


def test_early_treated_regions_are_no_comparison_for_later_ones() -> None:
    # the effect grows by 0.1 a year: plain two-way fixed effects would give less than the mean effect
    years, n = range(2008, 2020), 24
    since = {f"R{i:02d}": 2013 if i < 4 else 2016 for i in range(8)}
    logs = np.zeros((n, len(years))) + 0.05 * np.arange(len(years))
    for i in range(8):
        logs[i] += 0.1 * np.clip(np.array(years) - since[f"R{i:02d}"] + 1, 0, None)
    panel = Panel("made", tuple(f"R{i:02d}" for i in range(n)), tuple(years), logs, np.zeros_like(logs))
    found = staggered(panel, since)
    assert isinstance(found, Estimate)
    # by hand, to 2018, three years after the last start: 4 x (0.1 to 0.6) and 4 x (0.1 to 0.3) over 24 + 12 figures
    assert found.size == pytest.approx((4 * 2.1 + 4 * 0.6) / 36, abs=1e-6)


@pytest.mark.slow
def test_intervals_hold_a_known_effect_and_a_null_is_seldom_seen() -> None:
    held, false = 0, 0
    for seed in range(20):
        one = synthetic_control(made(seed, 0.3, 1), ("R00",), 2018)
        assert isinstance(one, Estimate)
        held += abs(one.size - 0.3) < 2 * one.se + 1e-9
        null = synthetic_control(made(100 + seed, 0.0, 1), ("R00",), 2018)
        assert isinstance(null, Estimate)
        false += judge(null, Circumstances(expected=1)).verdict != "not identified"
    assert held >= 17
    # seen at 10 percent two-sided, of the right sign at 5: one of 20 expected; five would be 1 in 300
    assert false <= 4


def test_a_large_effect_in_several_regions_is_usable_and_its_posterior_lies_between_prior_and_data() -> None:
    panel = made(5, 0.4, 6)
    rows = learn_from(panel, {f"R{i:02d}": 2018 for i in range(6)}, prior=Normal(0.1, 0.2))
    assert {r.design for r in rows} == {"synthetic_control", "staggered_did"}
    for row in rows:
        assert row.verdict == "usable", row.why_en
        assert row.estimate == pytest.approx(0.4, abs=0.06)
        assert 0.1 < row.posterior_mean < row.estimate
        assert row.posterior_sd < 0.2


def test_growth_before_the_event_is_not_taken_for_its_effect() -> None:
    panel = made(7, 0.0, 6)
    logs = np.array(panel.logs)
    logs[:6] += 0.08 * np.arange(len(panel.years))  # faster long before
    ahead = Panel("made", panel.regions, panel.years, logs, panel.log_sd)
    for row in learn_from(ahead, {f"R{i:02d}": 2018 for i in range(6)}, prior=Normal(0.1, 0.2)):
        assert row.verdict == "not identified", row.design
        assert (row.posterior_mean, row.posterior_sd) == (0.1, 0.2)
        assert row.why_en.startswith("Kept the prior, because")


def test_an_effect_that_would_not_have_been_seen_is_said_with_its_size() -> None:
    weak = Estimate("synthetic_control", 0.05, 0.2, 0.8, 0.7, 0.02, 0.8, 0.01, 0.09, 0.58, 1, 25, 9, 3)
    judged = judge(weak, Circumstances(expected=1))
    assert judged.verdict == "not identified"
    assert "0.58" in judged.en
    assert "0.58" in judged.zh


def test_what_cannot_be_run_says_why_and_a_region_that_is_not_there_is_an_error() -> None:
    assert isinstance(synthetic_control(made(1, 0.0, 1), ("R00",), 2010), Impossible)
    with pytest.raises(InputError, match="R99"):
        learn_from(made(1, 0.0, 1), {"R99": 2018})
    with pytest.raises(InputError, match="No treated region"):
        learn_from(made(1, 0.0, 1), {})


def test_every_event_of_the_diary_is_judged_and_the_verdict_has_a_reason_in_both_languages() -> None:
    rows = learned()
    judged = {event for row in rows for event in row.events.split(";")}
    assert judged == {event.id for event in catalog.events()}
    assert {row.verdict for row in rows} <= set(FIRM)
    for row in rows:
        assert row.why_en
        assert row.why_zh
        assert row.estimated == (not math.isnan(row.smallest))
        if row.verdict == "not identified" and not math.isnan(row.prior_mean):
            assert (row.posterior_mean, row.posterior_sd) == (row.prior_mean, row.prior_sd)


def test_no_effect_of_the_bundled_panel_is_usable_and_the_clean_up_is_suggestive() -> None:
    # as in the study of the same figures by other programs (docs/methods/learning.md)
    assert not [row for row in learned() if row.verdict == "usable"]
    found = learned_for("abnormal_filing_control")
    assert found[0].verdict == "suggestive"
    assert found[0].indicator == "invention_applications"
    assert found[0].estimate < 0


def test_the_table_is_read_as_it_was_written(tmp_path: Path) -> None:
    write_learned(learned(), tmp_path / "again.csv")
    assert (tmp_path / "again.csv").read_bytes() == (catalog.data_folder() / "learned_effects.csv").read_bytes()
    assert len(read_learned(tmp_path / "again.csv")) == len(learned())
    assert COLUMNS[0] == "events"


def test_the_command_shows_verdicts_and_learns_from_a_panel_of_ones_own(tmp_path: Path) -> None:
    shown = RUN.invoke(app, ["scenario", "learned", "abnormal_filing_control", "--most", "2"])
    assert shown.exit_code == 0, shown.output
    assert "suggestive" in shown.output
    panel = made(5, 0.4, 6)
    lines = ["region,year,value"] + [
        f"{region},{year},{math.exp(panel.logs[i, t])}"
        for i, region in enumerate(panel.regions)
        for t, year in enumerate(panel.years)
    ]
    file = tmp_path / "grants.csv"
    file.write_text("\n".join(lines), encoding="utf-8")
    chosen = [part for i in range(6) for part in ("-t", f"R{i:02d}=2018")]
    own = RUN.invoke(app, ["scenario", "learn", str(file), *chosen, "--out", str(tmp_path / "out")])
    assert own.exit_code == 0, own.output
    assert [r.verdict for r in read_learned(tmp_path / "out" / "learned_effects.csv")] == ["usable", "usable"]
    wrong = RUN.invoke(app, ["scenario", "learn", str(file), "-t", "R00"])
    assert isinstance(wrong.exception, InputError)
    assert "has no year" in str(wrong.exception)


@pytest.mark.slow
def test_the_committed_table_is_what_the_script_finds_today() -> None:
    from forecast.histories import bundled_histories
    from scenarios.learning.trials import learn

    again = {(r.events, r.region, r.indicator, r.design): r for r in learn(bundled_histories())}
    assert len(again) == len(learned())
    for row in learned():
        now = again[row.events, row.region, row.indicator, row.design]
        assert now.verdict == row.verdict
        assert now.estimate == pytest.approx(row.estimate, abs=0.02, nan_ok=True)


@given(st.lists(st.floats(-0.3, 0.3), min_size=7, max_size=14), st.integers(2, 5), st.floats(-1.0, 1.0), st.booleans())
@settings(max_examples=25, deadline=None)
def test_an_interrupted_series_is_fitted_as_the_structural_model_of_statsmodels(
    growth: list[float], from_end: int, beta: float, beside: bool
) -> None:
    from statsmodels.tsa.statespace.structural import UnobservedComponents

    from scenarios.learning.interrupted import fitted

    logs = np.concatenate([[0.0], np.cumsum(growth)])
    path = np.where(np.arange(len(logs)) >= len(logs) - from_end, 1.0, 0.0)
    steps = np.where(np.arange(len(logs)) >= 2, 1.0, 0.0)[:, None] if beside else None
    logs = logs + beta * path
    assume(np.std(np.diff(logs)) > 0.02 and len(logs) - from_end > 3)
    size, error = fitted(logs, path, steps)
    exog = path[:, None] if steps is None else np.column_stack([path, steps])
    model = UnobservedComponents(
        logs, level="random walk with drift", exog=exog, mle_regression=False, use_exact_diffuse=True
    )
    assume(np.isfinite(error) and error > 1e-3)
    at = model.state_names.index("beta.x1")
    smooth = model.smooth([1.0])
    assert size == pytest.approx(float(smooth.smoothed_state[at, -1]), abs=1e-7)
    unit = float(np.sqrt(smooth.smoothed_state_cov[at, at, -1]))
    # the filter's own likelihood gives the variance: its forecast errors in units of a variance of one
    told = smooth.forecasts_error_diffuse_cov[0, 0] == 0
    errors = smooth.forecasts_error[0, told] / np.sqrt(smooth.forecasts_error_cov[0, 0, told])
    spread = float(np.sqrt(np.mean(errors**2)))
    assert error == pytest.approx(spread * unit, rel=1e-5)


def test_an_intervention_that_is_a_change_of_counting_is_not_told_from_it() -> None:
    from scenarios.learning.interrupted import fitted

    path = np.array([0.0, 0, 0, 0, 0, 1, 1, 1])
    assert np.isnan(fitted(np.linspace(0.0, 1.0, 8), path, path[:, None])[0])
