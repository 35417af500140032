"""Files of batches: written whole, read in parts, harmless in a spreadsheet."""

import tempfile
import tracemalloc
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from batch_tables import DRIFT, walks
from hypothesis import given, settings
from hypothesis import strategies as st

from forecast import delimited, files, partitions
from forecast.export import manifest, neutral, write_table, written
from forecast.files import file_blocks
from forecast.partitions import ROWS, in_order, split
from forecast.rows import frame_block, parsed_rows


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
