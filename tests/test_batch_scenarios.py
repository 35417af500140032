"""Scenarios in a batch: a user's own series moved as the bundled ones are, on the same futures, in any partition."""

import pickle
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from forecast.applied import lines
from forecast.baseline import baseline_outlook
from forecast.batch import BatchConfig, forecast_table, table_results
from forecast.engines import Engine
from forecast.errors import InputError
from forecast.outlook import Forecast
from forecast.runs import run_batch
from forecast.seeds import DEFAULT_SEED
from forecast.series import Series, years
from forecast.tables import read_frame
from scenarios.applied import UNTIL, AppliedScenarios, applied_scenarios
from scenarios.cli import main
from scenarios.engine import run
from scenarios.files import library

KEY = "CN-ZJ.invention_applications"
STILL, CUTS = "continuation", "austerity"
"""A scenario that moves nothing, and one that moves the filings of inventions."""


@pytest.fixture(scope="module")
def applied() -> AppliedScenarios:
    return applied_scenarios([library()[STILL], library()[CUTS]], seed=DEFAULT_SEED, n_paths=1000)


def own(n: int = 9, **columns: str) -> pd.DataFrame:
    return pd.DataFrame({"unique_id": "mine", "ds": range(2025 - n, 2025), "y": 100.0 + 7 * np.arange(n), **columns})


def config(applied: AppliedScenarios, horizon: int = 8, model: str = "drift") -> BatchConfig:
    return BatchConfig(horizon, (model,), n_paths=1000, scenarios=applied)


def test_a_series_is_multiplied_on_each_future_by_what_the_engine_gives_its_namesake(applied: AppliedScenarios) -> None:
    table = read_frame(own(region="浙江省", indicator="invention_applications"))
    made = list(table_results(table, config(applied), []))
    assert [m.summary.scenario for m in made] == ["baseline", STILL, CUTS]
    base, still, cut = (m.paths for m in made)
    assert base is not None
    assert still is base
    outlook = baseline_outlook(until=UNTIL, n_paths=1000, seed=DEFAULT_SEED)
    comparison = run(library()[CUTS], outlook)
    at = [year - outlook.years[0] for year in range(2025, 2033)]
    ratio = (comparison.of(KEY)[at] / outlook.of(KEY)[at]).T
    assert (ratio != 1).any()
    np.testing.assert_allclose(cut, base * ratio, rtol=1e-12)


def test_numbers_are_the_same_in_any_partition_and_whatever_stands_beside(
    applied: AppliedScenarios, tmp_path: Path
) -> None:
    first = own(region="CN-ZJ", indicator="invention_applications")
    frame = pd.concat([first.assign(unique_id=f"s{i}", y=first["y"] * (i + 1)) for i in range(6)])
    frame.to_csv(tmp_path / "in.csv", index=False)
    whole, _ = forecast_table(frame, config(applied))
    alone, _ = forecast_table(frame[frame["unique_id"] == "s3"], config(applied))
    pd.testing.assert_frame_equal(whole[whole["unique_id"] == "s3"].reset_index(drop=True), alone)
    result = run_batch(tmp_path / "in.csv", tmp_path / "out", config(applied), engine=Engine(1, 9))
    pd.testing.assert_frame_equal(pd.read_parquet(result.forecasts), whole, check_dtype=False)
    assert whole.groupby("scenario", sort=False).size().to_dict() == {"baseline": 48, STILL: 48, CUTS: 48}


@pytest.mark.parametrize("model", ["auto", "drift"])
def test_what_no_scenario_can_move_is_as_in_the_baseline_and_is_said(model: str, applied: AppliedScenarios) -> None:
    quarterly = own(12, region="CN-ZJ", indicator="invention_applications").assign(
        unique_id="quarters", ds=[f"{y}Q{q}" for y in (2022, 2023, 2024) for q in (1, 2, 3, 4)]
    )
    frame = pd.concat([
        own().assign(unique_id="nameless"),
        own(region="Atlantis", indicator="invention_applications").assign(unique_id="nowhere"),
        own(region="CN-ZJ-Hangzhou", indicator="gdp").assign(unique_id="unknown"),
        quarterly,
    ])  # fmt: skip
    forecasts, failures = forecast_table(frame, config(applied, 2, model))
    numbers = forecasts.drop(columns=["scenario", "ds"])
    for name in (STILL, CUTS):
        pd.testing.assert_frame_equal(
            numbers[forecasts["scenario"] == name].reset_index(drop=True),
            numbers[forecasts["scenario"] == "baseline"].reset_index(drop=True),
        )
    said = failures.set_index("unique_id")["reason"].to_dict()
    assert said["nameless"] == "nameless: no region and indicator are named, so that no scenario moves it."
    assert said["nowhere"].startswith('nowhere: region "Atlantis" is unknown.')
    assert said["unknown"] == "unknown: the outlook has no series CN-ZJ-Hangzhou.gdp, so that no scenario moves it."
    assert said["quarters"] == "quarters: scenarios move annual series only."
    assert set(failures["outcome"]) == {"note"}


def test_beyond_the_outlook_the_last_effect_is_kept_and_said(applied: AppliedScenarios) -> None:
    table = read_frame(own(region="CN-ZJ", indicator="invention_applications"))
    rows: list[tuple[object, ...]] = []
    base, _, cut = (m.paths for m in table_results(table, config(applied, UNTIL - 2024 + 3), rows))
    assert base is not None
    assert cut is not None
    ratio = cut / base
    np.testing.assert_allclose(ratio[:, -1], ratio[:, UNTIL - 2025], rtol=1e-12)
    assert rows[0][5:7] == (
        "mine: effects are worked out to 2040, the forecast goes to 2043.",
        "Later years keep its effect.",
    )


def test_a_share_stays_a_share_as_a_fraction_and_in_percent() -> None:
    found = applied_scenarios([library()[CUTS]], seed=DEFAULT_SEED, n_paths=1000)
    outlook = baseline_outlook(until=UNTIL, n_paths=1000, seed=DEFAULT_SEED)
    comparison = run(library()[CUTS], outlook)
    from forecast.catalog import indicators

    shares = [k for k in comparison.changed if indicators()[k.split(".")[1]].unit == "share" and k.count(".") == 1]
    region, indicator = shares[0].split(".")
    for whole in (1.0, 100.0):
        series = Series("s", "", "ratio", years(2016, 9), np.full(9, 0.999 * whole), region=region, indicator=indicator)
        paths = np.full((1000, 8), 0.999 * whole)
        for line, moved in lines(Forecast(series, "hand", series.following(8), paths), found):
            assert moved.paths.max() <= whole, line


def test_scenarios_are_small_to_send_and_other_ones_start_a_run_anew(applied: AppliedScenarios, tmp_path: Path) -> None:
    assert len(pickle.dumps(applied)) < 20_000
    assert pickle.loads(pickle.dumps(applied)) == applied  # noqa: S301  # made the line before
    own().to_csv(tmp_path / "in.csv", index=False)
    other = applied_scenarios([library()[STILL]], seed=DEFAULT_SEED, n_paths=1000)

    def stop(progress: object) -> None:
        if progress.rows:  # type: ignore[attr-defined]  # a Progress
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_batch(tmp_path / "in.csv", tmp_path / "out", config(applied), engine=Engine(1), progress=stop)
    assert run_batch(tmp_path / "in.csv", tmp_path / "out", config(other), engine=Engine(1)).resumed == 0


def test_the_bundled_series_give_the_numbers_of_the_app_with_scenarios_to_the_last_digit(tmp_path: Path) -> None:
    assert main(["batch", "bundled", "--horizon", "5", "--out", str(tmp_path), "--scenarios", CUTS, "--quiet"]) == 0
    found = pd.read_parquet(tmp_path / "forecasts.parquet")
    outlook = baseline_outlook(until=UNTIL, n_paths=1000, seed=DEFAULT_SEED)
    assert found["unique_id"].nunique() == len(outlook.keys)
    comparison = run(library()[CUTS], outlook)
    for line, paths in (("baseline", outlook.of(KEY)), (CUTS, comparison.of(KEY))):
        mine = found[(found["unique_id"] == KEY) & (found["scenario"] == line)]
        rows = paths[[year - outlook.years[0] for year in mine["ds"]]]
        assert mine["mean"].tolist() == rows.T.mean(axis=0).tolist()
        np.testing.assert_allclose(mine["hi-80"], np.quantile(rows, 0.9, axis=1), rtol=1e-12)


def test_columns_of_a_file_make_no_sense_with_the_bundled_series(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["batch", "bundled", "--horizon", "5", "--out", str(tmp_path), "--keep", "sector"]) == 2
    assert "Columns were named, but the bundled series are no table." in capsys.readouterr().err


def test_an_unknown_scenario_is_refused_with_the_nearest_name() -> None:
    from scenarios.commands.running import chosen_scenarios

    with pytest.raises(InputError, match=r'scenario "austerty" is unknown. Did you mean "austerity"'):
        chosen_scenarios(["austerty"])
