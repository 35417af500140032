"""Bad input at the door of the command line: a clear error or a good answer, nothing executed, nothing lost."""

import re
import resource
import subprocess
import sys
import time
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from scenarios.cli import main

ROOT = Path(__file__).parent.parent
HEAD = "region,indicator,period,value,source_id"
FIGURE = "浙江,有效发明专利,2022,305598,own"
GOOD = "unique_id,ds,y\n" + "".join(f"a,{y},{y - 2000}\n" for y in range(2010, 2020))
BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c]\n"
SCENARIO_COMMANDS = {
    "run": ["scenario", "run", "s.yaml"],
    "diff": ["scenario", "diff", "continuation", "s.yaml"],
    "compare": ["compare", "continuation", "s.yaml", "--series", "CN.inventions_in_force"],
    "robust": ["scenario", "robust", "s.yaml", "-s", "CN.inventions_in_force", "--value", "6e6", "--year", "2030"],
}


def call(*arguments: object) -> int:
    return main([str(a) for a in arguments])


# figures of one's own


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            f"{HEAD.replace('value,', '')}\n",
            'own.csv, row 1, value: column "value" is missing. Needed: region, indicator,',
        ),
        (f"{HEAD}\n", "own.csv holds no figures. Give rows with region, indicator, period, value, source_id."),
        (f"{HEAD}\n{FIGURE.replace('305598', '30万')}\n", 'own.csv, row 2, value: "30万" is not a number. Write plain'),
        (f"{HEAD}\n{FIGURE.replace('305598', 'NaN')}\n", 'own.csv, row 2, value: "NaN" is not a number.'),
        (f"{HEAD}\n{FIGURE.replace('305598', '-1')}\n", "own.csv, row 2, value: -1 is below zero. Counts and amounts"),
        (f"{HEAD}\n{FIGURE}\n{FIGURE}\n", '" stands in row 2 already. Keep one, or give each its own id.'),
        (
            f"{HEAD}\n{FIGURE.replace('浙江', 'Zhejaing')}\n",
            'row 2, region: region "Zhejaing" is unknown. Did you mean',
        ),
        (f"{HEAD}\n{FIGURE.replace('浙江', '台州')}\n", '"台州" are bundled; it lies in Zhejiang (CN-ZJ). Use CN-ZJ'),
        (f"{HEAD}\n{FIGURE.replace('2022', '2022-02-30')}\n", 'own.csv, row 2, period: period "2022-02-30" cannot be'),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "gbk"])
def test_bad_figures_are_told_by_row_with_status_two(
    content: str, message: str, encoding: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "own.csv").write_bytes(content.encode(encoding))
    assert call("data", "check", tmp_path / "own.csv") == 2
    shown = capsys.readouterr().err
    assert shown.startswith("Error: own.csv ")
    assert message in shown
    assert "Traceback" not in shown


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030"])
def test_good_figures_are_checked_beside_the_bundled_ones(
    encoding: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "own.csv"
    path.write_bytes(f"{HEAD}\n{FIGURE}\n".encode(encoding))
    assert call("data", "check", path) == 0
    assert capsys.readouterr().out.splitlines() == [
        "0 errors", "0 warnings", "0 notes", f"Checked: {path}, beside the bundled data.",
    ]  # fmt: skip
    path.write_bytes(f"{HEAD}\n{FIGURE.replace('305598', '405598')}\n".encode(encoding))
    assert call("data", "check", path) == 0
    shown = capsys.readouterr().out
    assert re.search(
        r"warning: own\.csv, row 2, value: .* differs from 305,598 of s011 in row \d+ of observations", shown
    )


# tables of series


@pytest.mark.parametrize(
    ("rows", "message", "status"),
    [
        ("b,2018,12 bn\n", 'in.csv, row 12: "12 bn" in column y is not a number. Remove units and thousands marks.', 1),
        ("b,2018,1\nb,2018,2\n", 'in.csv, rows 12 and 13: "b" has two values for 2018. Keep one.', 1),
        ("b,2018,-4\n", "b, row 12: -4. Counts and amounts must not be below zero.", 1),
        ("b,2018,NaN\n", "b: no row holds a value. Give values, or leave it out.", 1),
        ("b,soon,4\n", 'in.csv, row 12: "soon" is not a date. Write 2025, 2025-06 or 2025-06-30.', 1),
        ("b,2018,1,2\n", "in.csv, row 12: 4 fields where the header has 3. Quote text that holds the separator", 1),
        ("b,2018,1\nb,2019,2\n", "b: 2 values; at least 3 are needed.", 0),
        ("=cmd|' /C calc'!A0,2018,1\n", "=cmd|' /C calc'!A0: 1 value; at least 3 are needed.", 0),
    ],
)
@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_a_bad_row_is_told_by_data_check(
    rows: str, message: str, status: int, ending: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / f"in.{ending}"
    if ending == "csv":
        path.write_text(GOOD + rows)
    elif rows.count(",") == 3 and "\nb" not in rows:
        pytest.skip("a sheet has no row that is too long")
    else:
        book = openpyxl.Workbook()
        for line in (GOOD + rows).splitlines():
            book.active.append([_cell(text) for text in line.split(",")])
            for cell in book.active[book.active.max_row]:
                cell.data_type = "s" if isinstance(cell.value, str) else cell.data_type
        book.save(path)
    assert call("data", "check", path) == status
    assert message.replace("in.csv", f"in.{ending}") in capsys.readouterr().out


def _cell(text: str) -> str | float:
    try:
        return float(text) if text != "NaN" else text
    except ValueError:
        return text


@pytest.mark.parametrize("command", ["data check", "forecast", "batch"])
@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\x00" * 1000, "is not a CSV, XLSX or Parquet file"),
        (b"PK\x03\x04" + b"\x00" * 100, "is damaged or not an XLSX workbook"),
        (b"PAR1" + b"\x00" * 100 + b"PAR1", "is damaged or not a Parquet file"),
        ("unique_id,ds,y\n".encode("utf-16"), "has a header and no rows"),
        (b"unique_id,ds,y\n" + b"a," * 500_000, "fields where the header has 3"),
    ],
    ids=["zeros", "no workbook", "no Parquet", "UTF-16 without rows", "a monstrous row"],
)
def test_a_file_that_is_something_else_is_refused_in_words(
    command: str, content: bytes, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "odd.csv").write_bytes(content)
    extra = ["--horizon", 2, "--out", tmp_path / "out", "--workers", 1] if command == "batch" else []
    assert call(*command.split(), tmp_path / "odd.csv", *extra) in (1, 2)
    shown = capsys.readouterr()
    failures = tmp_path / "out" / "failures.parquet"  # a batch tells single rows there
    told = "".join(pd.read_parquet(failures)["reason"]) if failures.is_file() else ""
    assert message in shown.err + shown.out + told
    assert "Traceback" not in shown.err


@pytest.mark.slow
def test_fifty_megabytes_are_checked_in_bounded_time_and_memory(tmp_path: Path) -> None:
    path = tmp_path / "large.csv"
    with path.open("w") as file:
        file.write("unique_id,ds,y\n")
        for s in range(140_000):
            file.writelines(f"s{s:06d},{year},{s + year}\n" for year in range(2005, 2025))
        file.write("last,2024,12 bn\n")
    assert path.stat().st_size > 50e6
    began = time.monotonic()
    command = [sys.executable, "-m", "scenarios.cli", "data", "check", str(path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=180, check=False)
    assert done.returncode == 1
    assert 'large.csv, row 2800002: "12 bn" in column y is not a number.' in done.stdout
    assert time.monotonic() - began < 90
    # the largest of the finished children so far, in KiB
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss < 4 * 1024**2


@pytest.mark.slow
def test_fifty_megabytes_of_figures_are_refused_or_read_in_bounded_time(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    row = "CN-ZJ,gdp,2025,9.4e12,own" + "x" * 1000 + "\n"
    path.write_text(f"{HEAD}\n" + row * (70_000_000 // len(row)))
    command = [sys.executable, "-m", "scenarios.cli", "data", "check", str(path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "own.csv is larger than 64 MB. Give single figures, not raw records." in done.stderr


# scenario files


@pytest.mark.parametrize("command", SCENARIO_COMMANDS)
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id: x\nlevers: !!python/object/apply:os.system ['touch hacked']\n", "line 2"),
        ("id: x\ntitle: !!python/object/new:subprocess.Popen [['touch', 'hacked']]\n", "line 2"),
        ("id: x\n" + BOMB, "anchors and aliases"),
        ("id: x\ntitle: " + "[" * 2000, "nested deeper"),
        ("id: x\n#" + "x" * 5_000_000, "larger"),
        ("id: x\nextends: ../../../etc/passwd\n", "s.yaml, line 2: extends"),
        ("id: x\nlevers:\n  pledge_campaign: {level: strong, region: CN-ZZ}\n", 'region "CN-ZZ" is unknown'),
        ("", "a scenario is a mapping"),
    ],
    ids=["apply", "popen", "bomb", "deep", "large", "a path", "an unknown region", "empty"],
)
def test_a_malicious_scenario_file_is_refused_by_every_command(
    command: str, text: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    Path("s.yaml").write_text(text)
    began = time.monotonic()
    assert call(*SCENARIO_COMMANDS[command]) == 2
    shown = capsys.readouterr().err
    assert shown.startswith("Error: ")
    assert "s.yaml" in shown
    assert message.casefold() in shown.casefold()
    assert len(shown) < 2000
    assert time.monotonic() - began < 20
    assert [path.name for path in tmp_path.iterdir()] == ["s.yaml"]


def test_text_that_a_spreadsheet_would_run_is_not_written_as_a_formula(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "in.csv").write_text(GOOD.replace("a,", "=1+1,"))
    assert call("data", "check", tmp_path / "in.csv", "--out", tmp_path / "found.xlsx") == 0
    capsys.readouterr()
    out = tmp_path / "out"
    assert call("forecast", tmp_path / "in.csv", "--models", "drift", "--horizon", 1, "--out", out) == 0
    assert set(pd.read_parquet(out / "forecasts.parquet")["unique_id"]) == {"=1+1"}
    for path in out.glob("*.xlsx"):
        for row in openpyxl.load_workbook(path).active.iter_rows():
            assert all(cell.data_type != "f" for cell in row)
