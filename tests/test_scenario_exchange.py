"""Results that leave: IAMC tables that pyam reads, tables that keep every figure, records that can be run again."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from fixed_outlook import YEARS, fixed_outlook

from forecast.errors import InputError, UnknownNameError
from forecast.export import write_json, write_table
from scenarios.comparison import Comparison
from scenarios.engine import run
from scenarios.exchange import iamc, variable_of, write_iamc
from scenarios.files import fingerprint, library
from scenarios.record import made_with, seal, verify
from scenarios.scenario import to_yaml

OUTLOOK = fixed_outlook(n_paths=40)
KEYS = ("CN.trademarks_in_force", "CN-ZJ.trademarks_in_force")


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    return run(library()["fee-reform"], OUTLOOK)


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_pyam_reads_a_file_without_complaint_and_finds_the_figures(
    comparison: Comparison, tmp_path: Path, ending: str
) -> None:
    pyam = pytest.importorskip("pyam", reason="pip install ip-foresight[exchange]")
    path = tmp_path / f"iamc.{ending}"
    write_iamc(iamc(comparison, KEYS), path)
    read = pyam.IamDataFrame(path)
    assert read.scenario == ["fee-reform", "mine baseline", "reference baseline"]
    assert read.region == ["China (mainland)", "Zhejiang"]
    assert list(read.year) == list(YEARS)
    variable = variable_of(KEYS[0])
    one = read.filter(scenario="fee-reform", region="China (mainland)", variable=variable, year=2035).data
    assert one["value"].item() == pytest.approx(float(comparison.of(KEYS[0])[YEARS.index(2035)].mean()), rel=1e-12)
    assert set(one["unit"]) == {"count"}
    cut = read.filter(scenario="fee-reform", region="Zhejiang", variable=f"{variable}|90.0th Percentile", year=2035)
    wanted = float(np.quantile(comparison.of(KEYS[1])[YEARS.index(2035)], 0.9))
    assert cut.data["value"].item() == pytest.approx(wanted, rel=1e-12)


def test_pyam_finds_that_regions_add_up(comparison: Comparison) -> None:
    """The mean alone adds up: provinces named here and the rest make the nation, by pyam's own sum."""
    pyam = pytest.importorskip("pyam", reason="pip install ip-foresight[exchange]")
    keys = [key for key in comparison.changed if key.endswith(".trademarks_in_force")]
    frame = pyam.IamDataFrame(iamc(comparison, keys, percentiles=()))
    parts = frame.filter(scenario="fee-reform", region="China (mainland)", keep=False)
    name = variable_of(KEYS[0])
    summed = parts.aggregate_region(name, region="parts", subregions=parts.filter(scenario="fee-reform").region)
    by_hand = sum(comparison.of(k).mean(axis=1) for k in keys if not k.startswith("CN."))
    got = summed.filter(scenario="fee-reform").data.sort_values("year")["value"].to_numpy()
    np.testing.assert_allclose(got, by_hand, rtol=1e-12)


def test_the_long_table_has_the_columns_of_the_format_and_no_holes(comparison: Comparison) -> None:
    frame = iamc(comparison, KEYS, percentiles=(50,))
    assert list(frame.columns) == ["model", "scenario", "region", "variable", "unit", "year", "value"]
    assert len(frame) == len(KEYS) * 3 * 2 * len(YEARS)
    assert frame["value"].notna().all()
    assert not frame.duplicated(["scenario", "region", "variable", "year"]).any()


def test_a_scenario_that_moves_nothing_gives_an_empty_table_of_the_same_form() -> None:
    frame = iamc(run(library()["continuation"], OUTLOOK))
    assert list(frame.columns)[-2:] == ["year", "value"]
    assert frame.empty


def test_unknown_series_and_impossible_percentiles_are_refused(comparison: Comparison) -> None:
    with pytest.raises(UnknownNameError, match=r"CN\.trademarks_in_force"):
        iamc(comparison, ["CN.trademarks_in_forc"])
    with pytest.raises(InputError, match="from 0 to 100"):
        iamc(comparison, KEYS, percentiles=(101,))
    with pytest.raises(InputError, match=r"\.parquet, \.csv or \.xlsx"):
        write_iamc(iamc(comparison, KEYS), Path("iamc.txt"))


@pytest.mark.parametrize("ending", ["csv", "xlsx", "parquet"])
def test_tables_of_a_comparison_keep_every_figure(comparison: Comparison, tmp_path: Path, ending: str) -> None:
    frame = comparison.frame(KEYS)
    path = tmp_path / f"frame.{ending}"
    write_table(frame, path)
    read = {"csv": pd.read_csv, "xlsx": pd.read_excel, "parquet": pd.read_parquet}[ending](path)
    assert list(read.columns) == list(frame.columns)
    for name in ("mean", "lo-80", "hi-95"):
        np.testing.assert_allclose(read[name].to_numpy(), frame[name].to_numpy(), rtol=1e-12)


def saved(folder: Path, comparison: Comparison) -> None:
    """Write what `ip-foresight scenario run --out` writes, as far as a record needs it."""
    folder.mkdir()
    write_table(comparison.frame(levels=(80.0,)), folder / "forecasts.parquet")
    (folder / "scenario.yaml").write_text(to_yaml(comparison.scenario), encoding="utf-8")
    settings = {
        "scenario": to_yaml(comparison.scenario), "levels": [80.0], "outlook_seed": OUTLOOK.seed,
        "n_paths": OUTLOOK.n_paths, "fingerprint": fingerprint(comparison.scenario, "abc"),
        "seal": seal(folder, data="abc"),
    }  # fmt: skip
    write_json({"configuration": settings}, folder / "manifest.json")


def test_a_record_is_run_again_and_found_as_it_was(comparison: Comparison, tmp_path: Path) -> None:
    saved(tmp_path / "run", comparison)
    assert made_with(tmp_path / "run") == (OUTLOOK.seed, 40)
    assert verify(tmp_path / "run", OUTLOOK, data="abc") == ()


def test_a_record_tells_changed_files_changed_data_and_changed_results(comparison: Comparison, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    saved(folder, comparison)
    assert [f.what for f in verify(folder, OUTLOOK, data="newer")] == ["data changed"]
    table = pd.read_parquet(folder / "forecasts.parquet")
    table.loc[table["unique_id"] == KEYS[1], "mean"] *= 1.01
    write_table(table, folder / "forecasts.parquet")
    found = verify(folder, OUTLOOK, data="abc")
    assert [(f.what, f.detail.split(":")[0]) for f in found] == [
        ("file changed", "forecasts.parquet"), ("result differs", KEYS[1]),
    ]  # fmt: skip
    (folder / "scenario.yaml").unlink()
    assert "file missing" in [f.what for f in verify(folder, OUTLOOK, data="abc")]


def test_a_record_with_another_scenario_inside_is_found_out(comparison: Comparison, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    saved(folder, comparison)
    path = folder / "manifest.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    content["configuration"]["scenario"] = to_yaml(library()["austerity"])
    path.write_text(json.dumps(content), encoding="utf-8")
    assert {f.what for f in verify(folder, OUTLOOK, data="abc")} == {"file changed", "result differs"}


def test_a_folder_without_a_record_and_another_outlook_are_refused(comparison: Comparison, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no run record"):
        verify(tmp_path, OUTLOOK, data="abc")
    saved(tmp_path / "run", comparison)
    with pytest.raises(InputError, match="n_paths was 40, the outlook given has 20"):
        verify(tmp_path / "run", fixed_outlook(n_paths=20), data="abc")
