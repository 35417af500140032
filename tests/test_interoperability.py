"""Tables from and to other libraries, with the real packages; the documentation of it is run as it stands."""

import re
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from forecast.batch import BatchConfig, forecast_table
from forecast.errors import InputError
from forecast.frames import long_table, wide_table
from forecast.models import MODELS
from forecast.runs import run_batch
from forecast.series import Series, years
from forecast.streaming import stream_forecasts
from forecast.tables import read_frame, read_table

DOCS = Path(__file__).parent.parent / "docs" / "interoperability.md"
WALKS = 100 + np.cumsum(np.random.default_rng(2).normal(3, 6, (4, 16)), axis=1)
LONG = pd.DataFrame(
    {"unique_id": np.repeat(list("abcd"), 16), "ds": np.tile(np.arange(2009, 2025), 4), "y": WALKS.ravel()}
)


def read(frame: pd.DataFrame | pd.Series) -> dict[str, list[float]]:
    table = read_frame(frame)
    assert table.problems.empty
    return {s.key: s.values.tolist() for s in table.series}


def test_nixtla_s_table_is_read_with_its_id_as_a_column_or_as_the_index() -> None:
    assert read(LONG) == read(LONG.set_index("unique_id")) == {k: WALKS[i].tolist() for i, k in enumerate("abcd")}
    dated = LONG.assign(ds=pd.to_datetime(LONG["ds"].astype(str) + "-12-31"))
    assert read(dated) == read(LONG)


def test_prophet_s_table_is_one_series() -> None:
    one = LONG[LONG["unique_id"] == "a"].drop(columns="unique_id")
    assert read(one) == {"series": WALKS[0].tolist()}
    assert read(one.assign(cap=500.0, floor=0.0)) == {"series": WALKS[0].tolist()}
    assert {s.key: s.n for s in read_table(one.to_csv(index=False).encode(), name="p.csv").series} == {"series": 16}


def test_prophet_s_table_in_files_of_every_kind(tmp_path: Path) -> None:
    one = LONG[LONG["unique_id"] == "a"].drop(columns="unique_id")
    one.to_parquet(tmp_path / "p.parquet", index=False)
    one.to_excel(tmp_path / "p.xlsx", index=False)
    (tmp_path / "p.csv").write_text(one.to_csv(index=False) + ",\n,\n", encoding="utf-8")
    for name in ("p.parquet", "p.xlsx", "p.csv"):
        (series,) = read_table(tmp_path / name).series
        assert series.values == pytest.approx(WALKS[0])


def test_a_table_with_a_column_that_may_be_a_forgotten_id_is_no_prophet_table() -> None:
    with pytest.raises(InputError, match=r'column "unique_id" is missing. Found: region, ds, y'):
        read(LONG.rename(columns={"unique_id": "region"}))


@pytest.mark.parametrize("index", [years(2009, 16), years(2009, 16).to_timestamp(), pd.Index(range(2009, 2025))])
def test_sktime_s_series_and_frames_are_read(index: pd.Index) -> None:
    assert read(pd.Series(WALKS[0], index=index, name="filings")) == {"filings": WALKS[0].tolist()}
    assert read(pd.Series(WALKS[0], index=index)) == {"series": WALKS[0].tolist()}
    wide = pd.DataFrame({"x": WALKS[0], "z": WALKS[1]}, index=index)
    assert read(wide) == {"x": WALKS[0].tolist(), "z": WALKS[1].tolist()}


def test_sktime_s_panels_and_hierarchies_are_read() -> None:
    panel = LONG.set_index(["unique_id", "ds"])
    assert read(panel) == read(LONG)
    deep = LONG.assign(top="CN").set_index(["top", "unique_id", "ds"])
    assert list(read(deep)) == ["CN/a", "CN/b", "CN/c", "CN/d"]
    both = panel.assign(z=1.0 + panel["y"])
    assert list(read(both))[:2] == ["a/y", "a/z"]


def test_sktime_s_own_example_panel_is_read() -> None:
    generators = pytest.importorskip("sktime.utils._testing.hierarchical", reason="needs the extra `sktime`")
    frame = generators._make_hierarchical(hierarchy_levels=(2, 2), min_timepoints=12, max_timepoints=12, random_state=1)
    found = read_frame(frame - frame.min()).series
    assert len(found) == 4
    assert all("/" in s.key and s.n == 12 for s in found)


def test_an_index_that_is_no_time_is_an_error() -> None:
    with pytest.raises(InputError, match=r"holds int64 values, which are no time. Give periods, dates or years"):
        long_table(pd.Series([1.0, 2.0]))


def test_the_wide_table_holds_every_number_of_the_long_one() -> None:
    found, _ = forecast_table(LONG, BatchConfig(horizon=2, models=("drift", "naive"), n_paths=100))
    wide = wide_table(found)
    assert len(wide) == 8
    for model in ("drift", "naive"):
        part = found[found["model"] == model].reset_index(drop=True)
        assert np.array_equal(wide[model], part["mean"])
        assert np.array_equal(wide[f"{model}-hi-95"], part["hi-95"])


def test_what_is_streamed_is_what_the_batch_writes(tmp_path: Path) -> None:
    pd.concat([LONG, pd.DataFrame({"unique_id": ["bad"], "ds": ["soon"], "y": [1]})]).to_csv(
        tmp_path / "f.csv", index=False
    )
    config = BatchConfig(horizon=2, models=("drift",), n_paths=100)
    parts = list(stream_forecasts(tmp_path / "f.csv", config, rows_at_once=16))
    assert len(parts) > 1
    whole = run_batch(tmp_path / "f.csv", tmp_path / "out", config)
    streamed = pd.concat([p.forecasts for p in parts]).sort_values(["unique_id", "ds"], ignore_index=True)
    pd.testing.assert_frame_equal(streamed, pd.read_parquet(whole.forecasts), check_dtype=False)
    assert [f for p in parts for f in p.failures["unique_id"]] == ["bad"]


def test_a_file_to_stream_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist"):
        next(stream_forecasts(tmp_path / "none.csv", BatchConfig(horizon=2)))


def test_the_documentation_runs_as_it_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for package in ("sktime", "utilsforecast", "hierarchicalforecast"):
        pytest.importorskip(package, reason="needs the extra `dev`")
    LONG.to_csv(tmp_path / "figures.csv", index=False)
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```python\n(.*?)```", DOCS.read_text(encoding="utf-8"), flags=re.S)
    assert len(blocks) == 7
    space: dict[str, object] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for block in blocks:
            exec(compile(block, str(DOCS), "exec"), space)


def adapter() -> type:
    pytest.importorskip("sktime", reason="needs the extra `sktime`")
    from forecast.sktime_adapter import IPForesight

    return IPForesight


def test_sktime_gets_the_numbers_of_the_model() -> None:
    y = pd.Series(WALKS[0], index=years(2009, 16))
    forecaster = adapter()(n_paths=300, seed=4).fit(y, fh=[1, 3])
    own = MODELS["auto"].fit(Series("series", "count", "flow", years(2009, 16), WALKS[0])).forecast(
        3, n_paths=300, seed=4
    )  # fmt: skip
    assert np.array_equal(forecaster.predict(), own.mean[[0, 2]])
    band = forecaster.predict_interval(coverage=0.8)
    assert np.allclose(band.to_numpy().T, np.array(own.band(80))[:, [0, 2]])


def test_sktime_is_told_which_model_stood_in() -> None:
    y = pd.Series([3.0, 4.0], index=years(2020, 2))
    assert adapter()().fit(y, fh=[1]).model_ == "naive"


@pytest.mark.slow
def test_the_forecaster_passes_all_checks_of_sktime() -> None:
    forecaster = adapter()
    from sktime.utils.estimator_checks import check_estimator

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = check_estimator(forecaster, raise_exceptions=False, verbose=False)
    assert len(found) > 500
    assert {name: result for name, result in found.items() if result != "PASSED"} == {}
