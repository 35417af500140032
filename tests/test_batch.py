"""Batches: one pure function, whatever the order, the partitions and the workers."""

import json
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from batch_tables import AUTO, DRIFT, frames, mixed, walks
from hypothesis import given, settings
from hypothesis import strategies as st
from utilsforecast.evaluation import evaluate
from utilsforecast.losses import coverage, mae

from forecast import batch
from forecast.batch import BatchConfig, forecast_table
from forecast.engines import Engine
from forecast.errors import InputError, ModelRefusalError
from forecast.models import MODELS
from forecast.runs import run_batch
from forecast.series import Series
from forecast.tables import read_frame


def test_a_forecast_equals_that_of_the_model_itself() -> None:
    forecasts, failures = forecast_table(walks(1), BatchConfig(horizon=4, models=("theta",), levels=(50, 99.5)))
    series = Series("s0000", "", "flow", pd.period_range("2010", periods=12, freq="Y"), walks(1)["y"].to_numpy())
    own = MODELS["theta"].fit(series).forecast(4, n_paths=1000, seed=BatchConfig(horizon=1).seed)
    assert list(forecasts) == ["unique_id", "ds", "model", "mean", "lo-50", "hi-50", "lo-99.5", "hi-99.5"]
    pd.testing.assert_frame_equal(forecasts, own.frame((50, 99.5)), check_dtype=False)
    assert not len(failures)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6), parts=st.integers(1, 5))
def test_order_and_partitions_change_nothing(seed: int, parts: int) -> None:
    frame = mixed()
    whole, failed = forecast_table(frame, DRIFT)
    shuffled = frame.sample(frac=1, random_state=seed)
    again, _ = forecast_table(shuffled, DRIFT)
    pd.testing.assert_frame_equal(whole, again)
    place = shuffled["unique_id"].map({key: i % parts for i, key in enumerate(shuffled["unique_id"].unique())})
    results = [forecast_table(part, DRIFT) for _, part in shuffled.groupby(place)]
    dated = pd.concat([f.assign(ds=f["ds"].astype(str).str[:10]) for f, _ in results])
    years = dated["ds"].str.len() == 4
    dated.loc[years, "ds"] += "-01-01"
    joined = dated.sort_values("unique_id", kind="stable", ignore_index=True)
    pd.testing.assert_frame_equal(joined, whole.assign(ds=whole["ds"].astype(str).str[:10]))
    assert sum(len(f) for _, f in results) == len(failed)


def of_many_lengths(n: int) -> pd.DataFrame:
    """Annual, quarterly and monthly series of 3 to 60 values; constant, straight and of small counts among them."""
    rng = np.random.default_rng(8)
    parts = []
    for i in range(n):
        length = int(rng.integers(3, 60))
        y = 1000 * np.exp(np.cumsum(rng.normal(0.05, 0.1, length)))
        y = (y, np.full(length, 5.0), 3.0 * np.arange(length), rng.poisson(2.0, length).astype(float))[
            max(i % 8 - 4, 0)
        ]
        freq = ("Y", "Y", "Q", "M")[i % 4]
        ds = pd.period_range("1970", periods=length, freq=freq).astype(str)
        parts.append(pd.DataFrame({"unique_id": f"s{i:03d}", "ds": ds, "y": y}))
    return pd.concat(parts, ignore_index=True)


def test_auto_gives_a_series_the_same_digits_alone_and_beside_any_others() -> None:
    frame = of_many_lengths(300)
    whole, failed = forecast_table(frame, AUTO)
    assert not len(failed)
    assert whole["unique_id"].nunique() == 300
    rng = np.random.default_rng(2)
    for size in (1, 1, 1, 1, 2, 7, 40, 270):
        keys = rng.choice(frame["unique_id"].unique(), size, replace=False)
        part, _ = forecast_table(frame[frame["unique_id"].isin(keys)].sample(frac=1, random_state=size), AUTO)
        expected = whole[whole["unique_id"].isin(keys)].reset_index(drop=True)
        part["ds"] = part["ds"].map(lambda d: pd.Timestamp(str(d)))
        pd.testing.assert_frame_equal(part, expected, check_exact=True, check_dtype=False)


def test_auto_over_many_series_agrees_with_auto_over_one() -> None:
    """Its mean is that of the paths; its bands are quantiles of the law that the paths are drawn from."""
    frame = of_many_lengths(24)
    quick, _ = forecast_table(frame, BatchConfig(horizon=3))
    for series in read_frame(frame).series:
        own = MODELS["auto"].fit(series).forecast(3, n_paths=4000, seed=1)
        mine = quick[quick["unique_id"] == series.key]
        size = np.abs(own.mean).max() + 1e-9
        np.testing.assert_allclose(mine["mean"], own.mean, atol=0.01 * size)
        np.testing.assert_allclose(mine["hi-80"], own.band(80)[1], atol=0.02 * size)


def test_one_series_that_breaks_auto_leaves_the_others_their_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    whole, _ = forecast_table(walks(6), BatchConfig(horizon=2, n_paths=100))
    real = batch.auto_numbers

    def breaks(series: list[Series], *arguments: object, **named: object) -> object:
        if any(s.key == "s0002" for s in series):
            raise FloatingPointError("overflow")
        return real(series, *arguments, **named)  # type: ignore[arg-type]  # passed on as they came

    monkeypatch.setattr(batch, "auto_numbers", breaks)
    again, failures = forecast_table(walks(6), BatchConfig(horizon=2, n_paths=100))
    others = whole["unique_id"] != "s0002"
    pd.testing.assert_frame_equal(again[others], whole[others])
    # The one that broke is drawn by paths instead, which the model can do.
    assert (again["unique_id"] == "s0002").sum() == 2
    assert not len(failures)


@pytest.mark.parametrize("engine", [Engine(1, 10**6), Engine(1, 10), Engine(2, 25)], ids=str)
def test_a_run_gives_what_the_function_gives(engine: Engine, tmp_path: Path) -> None:
    mixed().sample(frac=1, random_state=3).to_csv(tmp_path / "in.csv", index=False)
    result = run_batch(tmp_path / "in.csv", tmp_path / "out", DRIFT, engine=engine)
    whole, failed = forecast_table(mixed(), DRIFT)
    forecasts, failures = frames(result)
    pd.testing.assert_frame_equal(forecasts, whole, check_dtype=False)
    assert failures["unique_id"].tolist() == failed["unique_id"].tolist()
    assert result.series == mixed()["unique_id"].nunique()
    assert result.outcomes == {"left out": 3, "no outlook": 2, "note": 1}
    assert (result.rows, result.failed) == (len(whole), 5)
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == [
        "failures.parquet", "forecasts.parquet", "manifest.json",
    ]  # fmt: skip


def test_every_series_is_forecast_or_named() -> None:
    forecasts, failures = forecast_table(mixed(), DRIFT)
    named = set(failures.loc[failures["outcome"].isin(["left out", "no outlook"]), "unique_id"])
    assert set(forecasts["unique_id"]) | named == set(mixed()["unique_id"])
    assert not set(forecasts["unique_id"]) & named
    assert named == {"short1", "short2", "negative", "twice", "text"}


def test_annual_tables_keep_years_and_others_first_days() -> None:
    annual, _ = forecast_table(walks(2), DRIFT)
    assert annual["ds"].tolist() == [2022, 2023, 2024] * 2
    monthly, _ = forecast_table(mixed()[mixed()["unique_id"] == "monthly"], DRIFT)
    assert monthly["ds"].astype(str).tolist() == ["2021-01-01", "2021-02-01", "2021-03-01"]


class Refuses:
    name = "refuses"

    def fit(self, series: Series) -> object:
        raise ModelRefusalError(f"{series.key}: not this one.", "Take another.")


class Breaks(Refuses):
    def fit(self, series: Series) -> object:
        raise np.linalg.LinAlgError("singular matrix")


@pytest.mark.parametrize(
    ("model", "reason"),
    [(Refuses(), "s0000: not this one."), (Breaks(), "s0000: broken failed (LinAlgError: singular matrix).")],
)
def test_a_model_that_cannot_is_replaced_and_named(model: object, reason: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(MODELS, "broken", model)  # type: ignore[arg-type]  # a model that never gives a fitted one
    config = BatchConfig(horizon=2, models=("broken", "naive"), n_paths=100)
    forecasts, failures = forecast_table(walks(1), config)
    assert forecasts["model"].tolist() == ["drift", "drift", "naive", "naive"]
    assert failures[["model", "outcome", "reason", "used_instead"]].to_numpy().tolist() == [
        ["broken", "replaced", reason, "drift"]
    ]
    alone, _ = forecast_table(walks(1), BatchConfig(horizon=2, models=("drift",), n_paths=100))
    pd.testing.assert_frame_equal(forecasts[:2], alone)
    both, _ = forecast_table(walks(1), BatchConfig(horizon=2, models=("broken", "drift"), n_paths=100))
    assert both["model"].tolist() == ["drift", "drift"]


def test_where_no_model_can_the_series_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("drift", "naive"):
        monkeypatch.setitem(MODELS, name, Refuses())  # type: ignore[arg-type]  # as above
    forecasts, failures = forecast_table(walks(1), DRIFT)
    assert not len(forecasts)
    assert failures["outcome"].tolist() == ["no outlook"]


def test_an_unknown_past_widens_the_band() -> None:
    frame = walks(1)
    sure, _ = forecast_table(frame, DRIFT)
    unsure, _ = forecast_table(frame.assign(y_sd=np.where(frame["ds"] == 2021, 0.3 * frame["y"], 0)), DRIFT)
    width = [f["hi-80"][0] - f["lo-80"][0] for f in (sure, unsure)]
    assert width[1] > 1.2 * width[0]


def test_another_seed_gives_other_numbers_and_the_same_one_the_same() -> None:
    def mean(seed: int) -> list[float]:
        config = BatchConfig(horizon=2, models=("theta",), n_paths=100, seed=seed)
        return forecast_table(walks(2), config)[0]["hi-80"].tolist()

    assert mean(1) == mean(1) != mean(2)


@pytest.mark.parametrize(
    ("settings_", "message"),
    [
        ({"horizon": 0}, "horizon 0 was asked for. Allowed: 1 to 1000 periods."),
        ({"horizon": 1, "models": ("drfit",)}, 'model "drfit" is unknown. Did you mean "drift"?'),
        ({"horizon": 1, "models": ()}, "No model was named. Known: arima, auto, "),
        ({"horizon": 1, "models": ("drift", "drift")}, "A model or a level is named twice. Name each once."),
        ({"horizon": 1, "levels": (100.0,)}, "level 100 was asked for. Levels are percent, above 0 and below 100."),
        ({"horizon": 1, "n_paths": 5}, "5 paths were asked for. Allowed: 100 to 100000."),
        ({"horizon": 1, "seed": -1}, "seed -1 was given. A seed is a whole number of 0 or more."),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings_: dict[str, object], message: str) -> None:
    with pytest.raises(InputError) as caught:
        BatchConfig(**settings_)  # type: ignore[arg-type]  # wrong settings are the point
    assert str(caught.value).startswith(message)


def test_results_load_in_utilsforecast_as_they_are(tmp_path: Path) -> None:
    frame = walks(5)
    frame[frame["ds"] < 2019].to_parquet(tmp_path / "in.parquet")
    config = BatchConfig(horizon=3, models=("drift",), levels=(80,))
    forecasts, _ = frames(run_batch(tmp_path / "in.parquet", tmp_path / "out", config, engine=Engine(1)))
    wide = forecasts.drop(columns="model").rename(
        columns={"mean": "drift", "lo-80": "drift-lo-80", "hi-80": "drift-hi-80"}
    )
    scores = evaluate(wide.merge(frame, on=["unique_id", "ds"]), metrics=[mae, coverage], level=[80])
    errors = forecasts.merge(frame, on=["unique_id", "ds"]).eval("abs(mean - y)").groupby(forecasts["unique_id"]).mean()
    np.testing.assert_allclose(scores[scores["metric"] == "mae"]["drift"], errors)
    assert scores[scores["metric"] == "coverage_level80"]["drift"].between(0, 1).all()


def test_the_manifest_says_all_that_is_needed_to_repeat(tmp_path: Path) -> None:
    walks(2).to_csv(tmp_path / "in.csv", index=False)
    config = BatchConfig(horizon=3, models=("drift", "naive"), levels=(50,), seed=7)
    written_ = json.loads(
        run_batch(tmp_path / "in.csv", tmp_path / "out", config, engine=Engine(1)).manifest.read_text()
    )
    assert written_["kind"] == "batch"
    assert {"ip-foresight", "python", "numpy", "pandas", "pyarrow"} <= set(written_["versions"])
    digest = subprocess.run(["sha256sum", tmp_path / "in.csv"], capture_output=True, text=True, check=True).stdout
    assert written_["data"] == {"in.csv": digest.split()[0]}
    known = {"horizon": 3, "models": ["drift", "naive"], "levels": [50], "seed": 7, "n_paths": 1000}
    assert known.items() <= written_["configuration"].items()
    assert written_["counts"] == {"series": 2, "forecast_rows": 12, "failures": {}}
    assert written_["command"]
    assert written_["time"].endswith("+00:00")
    assert len(written_["code"]) == 64
