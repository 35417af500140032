"""Batches: one pure function, whatever the order, the partitions, the workers and the interruptions."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import tracemalloc
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from utilsforecast.evaluation import evaluate
from utilsforecast.losses import coverage, mae

from forecast import batch, delimited, export, files, partitions, runs
from forecast.batch import BatchConfig, forecast_table
from forecast.engines import Engine
from forecast.errors import InputError, ModelRefusalError
from forecast.export import manifest, neutral, write_table, written
from forecast.files import file_blocks
from forecast.models import MODELS
from forecast.partitions import ROWS, in_order, keep, split, worked
from forecast.rows import frame_block, parsed_rows
from forecast.runs import Progress, run_batch
from forecast.series import Series
from forecast.tables import read_frame

DRIFT = BatchConfig(horizon=3, models=("drift",), n_paths=100)
AUTO = BatchConfig(horizon=3, models=("auto", "drift"), n_paths=100)


def walks(n: int, length: int = 12) -> pd.DataFrame:
    y = 1000 * np.exp(np.cumsum(np.random.default_rng(1).normal(0.05, 0.1, (n, length)), axis=1))
    ids = np.repeat([f"s{i:04d}" for i in range(n)], length)
    return pd.DataFrame({"unique_id": ids, "ds": np.tile(np.arange(2010, 2010 + length), n), "y": y.ravel()})


def mixed() -> pd.DataFrame:
    """Series that are good, short, gapped, negative, doubled, of text, monthly."""
    rows: list[tuple[object, object, object]] = []
    for i in range(8):
        rows += [(f"good{i}", str(2010 + t), f"{100 + 7 * t + i}") for t in range(9)]
    rows += [("gap", str(y), f"{y - 2000}") for y in (2011, 2012, 2014, 2015, 2016)]
    rows += [("short1", "2020", "5"), ("short2", "2020", "5"), ("short2", "2021", "6")]
    rows += [("three", str(y), f"{y - 2000}") for y in (2019, 2020, 2021)]
    rows += [("negative", str(y), f"{2019 - y}") for y in (2018, 2019, 2020)]
    rows += [("twice", "2018", "1"), ("twice", "2018", "2"), ("text", "2018", "12 bn")]
    rows += [("monthly", f"2020-{m:02d}", f"{m}") for m in range(1, 13)]
    return pd.DataFrame(rows, columns=["unique_id", "ds", "y"])


def frames(result: runs.BatchResult) -> tuple[pd.DataFrame, pd.DataFrame]:
    return pd.read_parquet(result.forecasts), pd.read_parquet(result.failures)


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


def test_an_interrupted_run_goes_on_and_gives_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mixed().to_csv(tmp_path / "in.csv", index=False)
    engine = Engine(1, 10)
    run_batch(tmp_path / "in.csv", tmp_path / "whole", DRIFT, engine=engine)

    def stop(progress: Progress) -> None:
        if progress.rows > 40:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_batch(tmp_path / "in.csv", tmp_path / "cut", DRIFT, engine=engine, progress=stop)
    assert not (tmp_path / "cut" / "forecasts.parquet").exists()
    result = run_batch(tmp_path / "in.csv", tmp_path / "cut", DRIFT, engine=engine)
    assert result.resumed > 0
    for name in ("forecasts.parquet", "failures.parquet"):
        assert (tmp_path / "cut" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
    other = BatchConfig(horizon=2, models=("drift",), n_paths=100)
    with pytest.raises(KeyboardInterrupt):
        run_batch(tmp_path / "in.csv", tmp_path / "cut", DRIFT, engine=engine, progress=stop)
    # Other settings never mix with finished work of these.
    assert run_batch(tmp_path / "in.csv", tmp_path / "cut", other, engine=engine).resumed == 0


@pytest.mark.slow
def test_a_run_killed_at_random_times_loses_and_doubles_nothing(tmp_path: Path) -> None:
    walks(1500).to_parquet(tmp_path / "in.parquet")
    code = (
        "import sys; from forecast.runs import *; from forecast.engines import Engine\n"
        "from forecast.batch import BatchConfig\n"
        "if __name__ == '__main__': run_batch(sys.argv[1], sys.argv[2],"
        " BatchConfig(horizon=3, models=('theta',)), engine=Engine(2, 500))"
    )
    (tmp_path / "go.py").write_text(code)

    def start(out: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, str(tmp_path / "go.py"), str(tmp_path / "in.parquet"), str(tmp_path / out)]
        return subprocess.Popen(command, cwd=Path(runs.__file__).parent.parent, start_new_session=True,
                                env={**os.environ, "PYTHONPATH": str(Path(runs.__file__).parent.parent)})  # fmt: skip

    began = time.monotonic()
    assert start("whole").wait() == 0
    lasts = time.monotonic() - began
    pause = np.random.default_rng(5)
    for _ in range(20):
        process = start("cut")
        try:
            process.wait(float(pause.uniform(0.3, 1.0)) * lasts)
            break
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
            assert not (tmp_path / "cut" / "manifest.json").exists()
            # Workers notice within a second that they are alone.
            time.sleep(1)
    assert start("cut").wait() == 0
    for name in ("forecasts.parquet", "failures.parquet"):
        assert (tmp_path / "cut" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
    forecasts = pd.read_parquet(tmp_path / "cut" / "forecasts.parquet")
    assert not forecasts.duplicated(["unique_id", "ds", "model"]).any()
    assert len(forecasts) == 4500


@pytest.mark.parametrize("what", ["arrow", "forecasts.parquet"])
def test_unfinished_work_that_is_damaged_is_said_and_made_anew(what: str, tmp_path: Path) -> None:
    mixed().to_csv(tmp_path / "in.csv", index=False)
    engine = Engine(1, 10)
    whole, _ = frames(run_batch(tmp_path / "in.csv", tmp_path / "whole", DRIFT, engine=engine))

    def stop(progress: Progress) -> None:
        if progress.rows > 40:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_batch(tmp_path / "in.csv", tmp_path / "cut", DRIFT, engine=engine, progress=stop)
    for path in (tmp_path / "cut").rglob(f"*.{what}"):
        path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(InputError, match=r'Unfinished work in ".*cut" is damaged. Call again: it starts anew.'):
        run_batch(tmp_path / "in.csv", tmp_path / "cut", DRIFT, engine=engine)
    again, _ = frames(run_batch(tmp_path / "in.csv", tmp_path / "cut", DRIFT, engine=engine))
    pd.testing.assert_frame_equal(again, whole)


def test_an_orphan_of_a_killed_run_with_other_settings_does_not_write_into_this_one(tmp_path: Path) -> None:
    """A worker of the killed run ends its partition after the next run, with other settings, has begun."""
    mixed().to_csv(tmp_path / "in.csv", index=False)
    late: list[Path] = []

    def stop(progress: Progress) -> None:
        late[:] = [path.parent for path in (tmp_path / "out").rglob("plan.json")]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_batch(tmp_path / "in.csv", tmp_path / "out", DRIFT, engine=Engine(1, 10), progress=stop)
    other = BatchConfig(horizon=2, models=("naive",), n_paths=100)
    orphaned = worked(parsed_rows(frame_block(mixed(), DRIFT.form, "in.csv"), DRIFT.form), "in.csv", DRIFT)

    def orphan(_: Progress) -> None:
        for i in range(9):
            keep(late[0], i, orphaned)

    result = run_batch(tmp_path / "in.csv", tmp_path / "out", other, engine=Engine(1, 10), progress=orphan)
    pd.testing.assert_frame_equal(frames(result)[0], forecast_table(mixed(), other)[0], check_dtype=False)


def test_a_kill_while_the_unfinished_work_is_removed_leaves_no_half_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mixed().to_csv(tmp_path / "in.csv", index=False)

    def dies(path: Path, **_: object) -> None:
        if kept := list(path.rglob("*.arrow")):
            kept[0].unlink()
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(runs.shutil, "rmtree", dies)
        with pytest.raises(KeyboardInterrupt):
            run_batch(tmp_path / "in.csv", tmp_path / "out", DRIFT, engine=Engine(1, 10))
    assert list((tmp_path / "out" / runs.STATE).rglob("*.json"))
    result = run_batch(tmp_path / "in.csv", tmp_path / "out", DRIFT, engine=Engine(1, 10))
    pd.testing.assert_frame_equal(frames(result)[0], forecast_table(mixed(), DRIFT)[0], check_dtype=False)


def test_two_runs_do_not_write_to_one_folder(tmp_path: Path) -> None:
    walks(2).to_csv(tmp_path / "in.csv", index=False)

    def again(_: Progress) -> None:
        with pytest.raises(InputError, match=r"Another run is writing to .* Wait for it, or choose another folder."):
            run_batch(tmp_path / "in.csv", tmp_path / "out", DRIFT, engine=Engine(1))

    run_batch(tmp_path / "in.csv", tmp_path / "out", DRIFT, engine=Engine(1), progress=again)


def test_a_full_disk_is_said_and_finished_work_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mixed().to_csv(tmp_path / "in.csv", index=False)
    replace, calls = os.replace, iter(range(1000))

    def full(source: str, target: str) -> None:
        if next(calls) > 8:
            raise OSError(28, "No space left on device")
        replace(source, target)

    monkeypatch.setattr(export.os, "replace", full)
    with pytest.raises(InputError, match=r"the disk is full. Free some space; finished work is kept."):
        run_batch(tmp_path / "in.csv", tmp_path / "out", DRIFT, engine=Engine(1, 10))
    assert not list((tmp_path / "out").rglob("*.part"))
    monkeypatch.undo()
    assert run_batch(tmp_path / "in.csv", tmp_path / "out", DRIFT, engine=Engine(1, 10)).resumed > 0


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on the size of a file")
@pytest.mark.parametrize(("limit", "resumed"), [(2_000, 0), (16_000, 8)], ids=["splitting", "putting together"])
def test_what_the_system_refuses_to_write_is_said_and_a_second_call_gives_the_same(
    limit: int, resumed: int, tmp_path: Path
) -> None:
    """A real limit of the system on the size of files: partitions fit under the larger one, the result does not."""
    walks(400).to_parquet(tmp_path / "in.parquet")
    engine = Engine(1, 600)
    whole = run_batch(tmp_path / "in.parquet", tmp_path / "whole", DRIFT, engine=engine)
    code = (
        "import resource, sys; from pathlib import Path; from tests.test_batch import DRIFT, Engine, run_batch\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))\n"
        "run_batch('in.parquet', 'out', DRIFT, engine=Engine(1, 600))"
    )
    env = {**os.environ, "PYTHONPATH": str(Path(runs.__file__).parent.parent)}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=env, capture_output=True, text=True, check=False
    )
    assert "could not be written: the disk is full. Free some space; finished work is kept." in done.stderr
    assert not list((tmp_path / "out").rglob("*.part"))
    assert not (tmp_path / "out" / "forecasts.parquet").exists()
    again = run_batch(tmp_path / "in.parquet", tmp_path / "out", DRIFT, engine=engine)
    assert again.resumed == resumed
    assert again.forecasts.read_bytes() == whole.forecasts.read_bytes()


def test_an_unreadable_file_of_a_folder_is_said_by_name_and_mended_the_run_goes_through(tmp_path: Path) -> None:
    frame = walks(6).assign(area=lambda f: f["unique_id"].str[-1].astype(int) % 2)
    frame.to_parquet(tmp_path / "in", partition_cols=["area"])
    part = next((tmp_path / "in" / "area=1").iterdir())
    content = part.read_bytes()
    part.write_bytes(content[:300])
    with pytest.raises(InputError, match=r'"in/area=1/.*parquet" is damaged or not a Parquet file. Write it again.'):
        run_batch(tmp_path / "in", tmp_path / "out", DRIFT, engine=Engine(1))
    part.unlink()
    part.symlink_to(tmp_path / "gone")
    with pytest.raises(InputError, match=r'parquet" cannot be read: No such file or directory. Check the file'):
        run_batch(tmp_path / "in", tmp_path / "out", DRIFT, engine=Engine(1))
    part.unlink()
    part.write_bytes(content)
    forecasts, _ = frames(run_batch(tmp_path / "in", tmp_path / "out", DRIFT, engine=Engine(1)))
    pd.testing.assert_frame_equal(forecasts, forecast_table(walks(6), DRIFT)[0], check_dtype=False)


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    walks(2).to_csv(tmp_path / "in.csv", index=False)
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(InputError, match=r"cannot be written: .* Choose another folder"):
        run_batch(tmp_path / "in.csv", tmp_path / "file" / "out", DRIFT)
    with pytest.raises(InputError, match=r'"t.doc" ends in ".doc". Write to a name that ends in .parquet'):
        write_table(walks(1), tmp_path / "t.doc")


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("old")

    def fail(path: Path) -> None:
        path.write_text("half")
        raise ValueError

    with pytest.raises(ValueError, match=r"^$"), written(tmp_path / "t.csv") as path:
        fail(path)
    assert [p.name for p in tmp_path.iterdir()] == ["t.csv"]
    assert (tmp_path / "t.csv").read_text() == "old"


@given(st.text(max_size=6))
def test_no_cell_of_text_becomes_a_formula(text: str) -> None:
    assert not neutral(pd.DataFrame({"a": [text]}))["a"][0].startswith(("=", "+", "-", "@", "\t", "\r"))


def test_formulas_in_names_of_series_stay_text_in_every_format(tmp_path: Path) -> None:
    frame = pd.DataFrame({"unique_id": ["=HYPERLINK(1)", "@x", "plain"], "y": [1.0, -2.0, 3.0]})
    write_table(frame, tmp_path / "t.csv")
    assert (tmp_path / "t.csv").read_text("utf-8-sig").splitlines()[1:] == [
        "'=HYPERLINK(1),1.0",
        "'@x,-2.0",
        "plain,3.0",
    ]
    write_table(frame, tmp_path / "t.xlsx")
    cells = list(openpyxl.load_workbook(tmp_path / "t.xlsx").active.iter_rows(min_row=2))
    assert [(row[0].value, row[0].data_type, row[1].data_type) for row in cells] == [
        ("=HYPERLINK(1)", "s", "n"), ("@x", "s", "n"), ("plain", "s", "n"),
    ]  # fmt: skip
    write_table(frame, tmp_path / "t.parquet")
    assert pd.read_parquet(tmp_path / "t.parquet")["unique_id"].tolist() == frame["unique_id"].tolist()


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.lists(st.integers(0, 60), max_size=12), min_size=1, max_size=7), st.integers(1, 4), st.integers(2, 9)
)
def test_sorted_parts_come_together_in_order(parts: list[list[int]], group: int, open_files: int) -> None:
    """Ids of the parts differ; every id has two rows, which stay together and in order, however many may be open."""
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(partitions, "OPEN", open_files)
        paths, expected = [], []
        for i, part in enumerate(parts):
            ids = sorted({f"{v:02d}-{i}" for v in part})
            rows = [(key, n) for key in ids for n in (0, 1)]
            expected += rows
            table = pa.table({"unique_id": pa.array([r[0] for r in rows], pa.string()), "n": [r[1] for r in rows]})
            paths.append(Path(folder) / f"{i}.parquet")
            pq.write_table(table, paths[-1], row_group_size=group)
        found = [tuple(row.values()) for table in in_order(paths, Path(folder)) for row in table.to_pylist()]
        assert found == sorted(expected)


def test_putting_results_together_holds_little_of_each_part(tmp_path: Path) -> None:
    paths = [tmp_path / f"{i:02d}.parquet" for i in range(40)]
    for i, path in enumerate(paths):
        ids = pa.array([f"{k:05d}-{i}" for k in range(5000)])
        pq.write_table(
            pa.table({"unique_id": ids, "mean": np.random.default_rng(i).normal(size=5000)}), path, row_group_size=ROWS
        )
    before, held, rows, size = pa.total_allocated_bytes(), 0, 0, 0
    for part in in_order(paths, tmp_path):
        held = max(held, pa.total_allocated_bytes() - before)
        rows, size = rows + part.num_rows, size + part.nbytes
    assert rows == 200_000
    assert held < size / 2


@pytest.mark.parametrize("ending", ["parquet", "csv"])
def test_reading_holds_a_part_of_the_file_however_long_it_is(
    ending: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "BLOCK", 1 << 17)

    def most(n: int) -> int:
        frame = walks(n, 20)
        path = tmp_path / f"{n}.{ending}"
        if ending == "csv":
            frame.to_csv(path, index=False)
        else:
            frame.to_parquet(path, row_group_size=20_000)
        tracemalloc.start()
        assert sum(block.num_rows for block in file_blocks(path, path.name, DRIFT.form)) == 20 * n
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak

    assert most(30_000) < 1.3 * most(15_000)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.booleans(), min_size=40, max_size=400), st.integers(1, 9))
def test_broken_rows_keep_their_numbers_in_any_blocks(good: list[bool], at_once: int) -> None:
    lines = [f"s{i},2020,{i}" + ("" if fine else ",x") for i, fine in enumerate(good)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(files, "BLOCK", 512)
        patch.setattr(delimited, "BROKEN", at_once)
        content = "\n".join(["unique_id,ds,y", *lines]).encode()
        found = pd.concat([block.to_pandas() for block in file_blocks(content, "in.csv", DRIFT.form)])
    found = found.sort_values("row")
    assert found["row"].tolist() == list(range(2, len(good) + 2))
    assert found["unique_id"].tolist() == [f"s{i}" for i in range(len(good))]
    assert found["flaw"].isna().tolist() == good


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 40), st.integers(2, 7))
def test_more_partitions_than_open_files_hold_the_same_rows(n: int, open_files: int) -> None:
    table = parsed_rows(frame_block(walks(30, 4), DRIFT.form, "t"), DRIFT.form)

    def parts() -> tuple[list[int], dict[str, pd.DataFrame]]:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            sizes = split((table.slice(i, 25) for i in range(0, table.num_rows, 25)), folder, n)
            found = {p.name: partitions.partition_rows(p).to_pandas() for p in folder.iterdir()}
        assert found.keys() == {f"{i:04d}.arrow" for i, size in enumerate(sizes) if size}
        return sizes, found

    sizes, found = parts()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(partitions, "OPEN", open_files)
        if n <= open_files**2:
            again, same = parts()
            assert again == sizes
            for name, frame in found.items():
                pd.testing.assert_frame_equal(same[name], frame)
        else:
            assert len(parts()[0]) == open_files**2


def test_manifests_of_other_kinds_have_the_same_shape() -> None:
    made = manifest("scenario run", data={}, configuration={"scenario": "id: x"}, counts={})
    assert list(made) == ["kind", "versions", "code", "data", "configuration", "counts", "command", "time"]
