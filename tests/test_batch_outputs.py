"""What a batch writes besides means and bands: the futures, columns kept from the input, copies in other formats."""

import io
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from forecast.batch import BatchConfig, forecast_table
from forecast.engines import Engine
from forecast.errors import InputError
from forecast.export import copy_as_csv, write_table
from forecast.frames import wide_table
from forecast.models import MODELS
from forecast.runs import run_batch
from forecast.table_form import TableForm
from forecast.tables import read_frame, read_table
from scenarios.cli import main
from scenarios.commands import batch as command

FUTURES = BatchConfig(horizon=3, models=("auto", "drift"), n_paths=100, with_paths=True)


def figures() -> pd.DataFrame:
    rows = [
        (f"s{i}", 2010 + t, 100.0 + 7 * t + i * (t % 3), "north" if i % 2 else "south")
        for i in range(6)
        for t in range(9)
    ]
    return pd.DataFrame(rows, columns=["unique_id", "ds", "y", "area"])


def monthly() -> pd.DataFrame:
    return pd.DataFrame({
        "unique_id": "m", "ds": [f"2020-{m:02d}" for m in range(1, 13)], "y": range(12), "area": "north"
    })  # fmt: skip


@pytest.mark.parametrize("rows_at_once", [10**6, 90], ids=["one partition", "several"])
@pytest.mark.parametrize("mixed", [False, True], ids=["years", "years and months"])
def test_the_futures_are_those_that_the_numbers_come_from(rows_at_once: int, mixed: bool, tmp_path: Path) -> None:
    frame = pd.concat([figures(), monthly()]) if mixed else figures()
    frame.astype(str).to_csv(tmp_path / "in.csv", index=False)
    result = run_batch(tmp_path / "in.csv", tmp_path / "out", FUTURES, engine=Engine(1, rows_at_once))
    assert result.paths is not None
    numbers, futures = pd.read_parquet(result.forecasts), pd.read_parquet(result.paths)
    pd.testing.assert_frame_equal(numbers[["unique_id", "ds", "model"]], futures[["unique_id", "ds", "model"]])
    paths = np.stack(futures["paths"].to_list())
    assert paths.shape == (len(numbers), 100)
    np.testing.assert_allclose(paths.mean(axis=1), numbers["mean"], rtol=1e-12)
    np.testing.assert_allclose(np.quantile(paths, 0.9, axis=1), numbers["hi-80"], rtol=1e-12)
    series = read_frame(frame[frame["unique_id"] == "s3"]).series[0]
    own = MODELS["drift"].fit(series).forecast(3, n_paths=100, seed=FUTURES.seed)
    at = (futures["unique_id"] == "s3") & (futures["model"] == "drift")
    np.testing.assert_array_equal(paths[at], own.paths.T)


def test_futures_of_an_earlier_run_do_not_stay_beside_results_without_them(tmp_path: Path) -> None:
    figures().to_csv(tmp_path / "in.csv", index=False)
    run_batch(tmp_path / "in.csv", tmp_path / "out", FUTURES, engine=Engine(1))
    plain = BatchConfig(horizon=3, models=("drift",), n_paths=100)
    assert run_batch(tmp_path / "in.csv", tmp_path / "out", plain, engine=Engine(1)).paths is None
    assert not (tmp_path / "out" / "paths.parquet").exists()


def test_a_batch_without_any_forecast_has_files_with_all_columns(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("unique_id,ds,y,area\na,2024,x,north\n")
    config = BatchConfig(horizon=3, n_paths=100, with_paths=True, form=TableForm(statics=("area",)))
    result = run_batch(tmp_path / "in.csv", tmp_path / "out", config, engine=Engine(1))
    assert result.paths is not None
    names = ["unique_id", "ds", "model", "mean", "lo-80", "hi-80", "lo-95", "hi-95", "area"]
    assert list(pd.read_parquet(result.forecasts)) == names
    assert list(pd.read_parquet(result.paths)) == ["unique_id", "ds", "model", "paths"]


@pytest.mark.parametrize("ending", [".csv", ".xlsx", ".parquet", "folder"])
def test_columns_are_kept_beside_the_results_from_any_kind_of_file(ending: str, tmp_path: Path) -> None:
    if ending == "folder":
        figures().to_parquet(tmp_path / "in.folder", partition_cols=["area"])
    else:
        write_table(figures(), tmp_path / f"in.{ending}".replace("..", "."))
    source = next(tmp_path.glob("in*"))
    config = BatchConfig(horizon=2, models=("drift",), n_paths=100, form=TableForm(statics=("area",)))
    forecasts = pd.read_parquet(run_batch(source, tmp_path / "out", config, engine=Engine(1, 20)).forecasts)
    assert list(forecasts)[-1] == "area"
    assert forecasts.groupby("unique_id")["area"].first().to_dict() == {
        f"s{i}": "north" if i % 2 else "south" for i in range(6)
    }
    without = forecast_table(figures(), BatchConfig(horizon=2, models=("drift",), n_paths=100))[0]
    pd.testing.assert_frame_equal(forecasts.drop(columns="area"), without, check_dtype=False)
    assert list(wide_table(forecasts)) == list(wide_table(without))


def test_of_several_values_of_a_kept_column_the_latest_stays_and_is_said() -> None:
    frame = figures()
    frame.loc[(frame["unique_id"] == "s1") & (frame["ds"] > 2015), "area"] = "east"
    frame.loc[(frame["unique_id"] == "s2") & (frame["ds"] > 2015), "area"] = ""
    config = BatchConfig(horizon=1, models=("drift",), n_paths=100, form=TableForm(statics=("area",)))
    forecasts, failures = forecast_table(frame.sample(frac=1, random_state=1), config)
    kept = forecasts.set_index("unique_id")["area"]
    assert (kept["s1"], kept["s2"]) == ("east", "south")
    assert failures[["unique_id", "outcome", "field", "reason", "remedy"]].to_numpy().tolist() == [
        ["s1", "note", "area", "s1: column area has several values.", '"east" is kept, the latest.']
    ]


def test_a_column_that_is_not_there_or_that_results_have_cannot_be_kept() -> None:
    with pytest.raises(InputError, match=r'column "areas" is missing. Found: unique_id, ds, y, area'):
        forecast_table(figures(), BatchConfig(horizon=1, form=TableForm(statics=("areas",))))
    for name in ("model", "lo-80", "y"):
        with pytest.raises(InputError, match=f'Column "{name}" cannot be kept beside the results'):
            TableForm(statics=(name,))


def test_a_copy_as_csv_is_that_of_the_whole_table_however_many_groups_the_file_has(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {"unique_id": ["=1+1", "b", "c"], "row": pd.array([3, None, 5], "Int64"), "mean": [1.5, -2.0, 3.0]}
    )
    frame.to_parquet(tmp_path / "t.parquet", index=False, row_group_size=1)
    assert pq.ParquetFile(tmp_path / "t.parquet").num_row_groups == 3
    assert copy_as_csv(tmp_path / "t.parquet").read_text("utf-8-sig").splitlines() == [
        "unique_id,row,mean", "'=1+1,3,1.5", "b,,-2.0", "c,5,3.0",
    ]  # fmt: skip


def test_a_result_too_long_for_a_sheet_is_said_and_the_other_files_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    figures().to_csv(tmp_path / "in.csv", index=False)
    monkeypatch.setattr(command, "SHEET_ROWS", 12)
    words = ["batch", str(tmp_path / "in.csv"), "--horizon", "2", "--out", str(tmp_path / "out"), "--workers", "1"]
    assert main([*words, "--also", "csv,xlsx"]) == 2
    assert (
        "12 rows do not fit into a sheet of 12; the other files are written. Take --also csv" in capsys.readouterr().err
    )
    assert len(read_table(tmp_path / "in.csv").series) == 6
    assert len(pd.read_csv(tmp_path / "out" / "forecasts.csv")) == 12


def test_quiet_says_nothing_and_json_lines_are_json_whatever_happens(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    frame = pd.concat([figures(), pd.DataFrame({"unique_id": ["bad"], "ds": [2020], "y": ["12 bn"], "area": ["x"]})])
    frame.to_csv(tmp_path / "in.csv", index=False)
    words = ["batch", str(tmp_path / "in.csv"), "--horizon", "2", "--workers", "1", "--models", "drift"]
    assert main([*words, "--out", str(tmp_path / "q"), "--quiet"]) == 1
    assert capsys.readouterr() == ("", "")
    assert main([*words, "--out", str(tmp_path / "j"), "--json-lines", "--write-paths", "--keep", "area"]) == 1
    said = capsys.readouterr()
    assert said.err == ""
    lines = [json.loads(line) for line in io.StringIO(said.out)]
    assert [next(iter(line)) for line in lines] == ["progress"] * (len(lines) - 1) + ["summary"]
    assert lines[-2]["progress"]["rows"] == lines[-2]["progress"]["rows_total"] == 55
    summary = lines[-1]["summary"]
    assert (summary["series"], summary["rows"], summary["failed"]) == (7, 12, 1)
    assert summary["outcomes"] == {"left out": 1}
    assert Path(summary["paths"]).name == "paths.parquet"
