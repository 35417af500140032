"""The command line: messages, exit statuses, files, and the commands of its documentation."""

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from typer.testing import CliRunner

from forecast.baseline import baseline_outlook
from scenarios.cli import app, main
from scenarios.commands import batch as batch_command
from scenarios.commands.bundled import shared_outlook
from scenarios.commands.terminal import figure
from scenarios.engine import run
from scenarios.files import library
from scenarios.policy_band import policy_band, policy_chance

ROOT = Path(__file__).parent.parent
GOOD = "unique_id,ds,y\n" + "".join(f"a,{y},{y - 2000}\n" for y in range(2010, 2020))
COMMANDS = [
    "data check", "data list", "forecast", "backtest", "batch", "scenario list", "scenario run", "scenario diff",
    "scenario schema", "scenario reach", "scenario robust", "scenario hindcast", "compare", "demo", "app", "prepare",
]  # fmt: skip


def call(*arguments: object) -> int:
    return main([str(a) for a in arguments])


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself_with_an_example(command: str) -> None:
    shown = CliRunner().invoke(app, [*command.split(), "--help"], env={"COLUMNS": "200"})
    assert shown.exit_code == 0
    assert f"Example: ip-foresight {command}" in shown.output


def test_series_and_scenarios_of_every_example_exist() -> None:
    examples = [
        line.split("Example: ")[1]
        for path in (ROOT / "scenarios" / "commands").glob("*.py")
        for line in path.read_text(encoding="utf-8").splitlines()
        if "Example: ip-foresight" in line
    ]
    series = {word for line in examples for word in line.split() if re.match(r"CN[\w-]*\.", word)}
    scenarios = {word for line in examples for word in re.findall(r"continuation|finance-push", line)}
    assert len(examples) >= len(COMMANDS)
    assert len(series) >= 3
    assert series <= set(baseline_outlook().keys)
    assert scenarios <= set(library())


def test_compare_prints_both_bands_and_both_chances_of_every_scenario(capsys: pytest.CaptureFixture[str]) -> None:
    key, value, names = "CN.ip_pledge_amount", 1.5e12, ["continuation", "finance-push"]
    assert main(["compare", *names, "--series", key, "--year", "2030", "--target", str(value)]) == 0
    shown = capsys.readouterr().out
    outlook = baseline_outlook(until=2040)
    at = outlook.years.index(2030)
    base, moved = (run(library()[name], outlook) for name in names)
    wide = policy_chance(moved.of(key), value)[at]
    assert f"{wide:.0%}" != f"{moved.chance(key, value)[at]:.0%}"
    for chance in (moved.chance(key, value)[at], wide, base.chance(key, value)[at]):
        assert f" {chance:.0%} " in shown
    low, high = policy_band(moved.of(key), share=False)
    for edge in (low[at], high[at]):
        assert figure(edge, "CNY").split()[1] in shown


def test_help_comes_without_loading_what_forecasts_and_version_is_told() -> None:
    program = (
        "import sys; from typer.testing import CliRunner; from scenarios.cli import app; "
        "assert CliRunner().invoke(app, ['--help']).exit_code == 0; print(*sys.modules)"
    )
    told = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, check=True, text=True)
    loaded = set(told.stdout.split())
    assert "typer" in loaded
    assert loaded.isdisjoint({"pandas", "scipy", "pyarrow", "numba", "streamlit", "altair", "matplotlib"})
    shown = CliRunner().invoke(app, ["--version"])
    assert re.fullmatch(r"ip-foresight \d+\.\d+\.\d+\n", shown.output)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", '"bad.csv" is empty.'),
        (b"region,ds,y\na,2024,1\n", 'bad.csv: column "unique_id" is missing. Found: region, ds, y. Needed: unique_id'),
        (b"%PDF-1.7", '"bad.csv" is not a CSV, XLSX or Parquet file. Save it as one of these and try again.'),
        (b"unique_id,ds,y\n\xff\xff,1,1\n", "bad.csv is not readable as UTF-8 or GB18030. Save as UTF-8."),
        (b"unique_id,ds,y\n", '"bad.csv" has a header and no rows.'),
    ],
)
@pytest.mark.parametrize("command", ["data check", "forecast", "backtest", "batch"])
def test_a_bad_file_is_one_message_and_status_two(
    command: str, content: bytes, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "bad.csv").write_bytes(content)
    extra = ["--horizon", 2, "--out", tmp_path / "out"] if command == "batch" else []
    assert call(*command.split(), tmp_path / "bad.csv", *extra) == 2
    shown = capsys.readouterr().err
    assert shown.startswith(f"Error: {message}")
    assert "Traceback" not in shown
    assert not (tmp_path / "out" / "forecasts.parquet").exists()


@pytest.mark.parametrize(
    ("rows", "message", "status"),
    [
        ("b,2018,12 bn\n", 'in.csv, row 12: "12 bn" in column y is not a number. Remove units and thousands marks.', 1),
        ("b,2018,1\nb,2018,2\n", 'in.csv, rows 12 and 13: "b" has two values for 2018. Keep one.', 1),
        ("b,2018,-4\n", "b, row 12: -4. Counts and amounts must not be below zero.", 1),
        ("b,2018,1\nb,2019,2\n", "b: 2 values; at least 3 are needed. Shown without an outlook.", 1),
        ("b,2015,1\nb,2017,2\nb,2018,NaN\nb,2019,3\n", "b: no value for 2016, 2018. They are filled as unknown", 0),
        ("b,2017,1\nb,2018,2\nb,2019,3\n", "", 0),  # three points are enough for drift
    ],
)
def test_a_bad_series_is_named_and_the_rest_forecast(
    rows: str, message: str, status: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "in.csv").write_text(GOOD + rows)
    assert (
        call("forecast", tmp_path / "in.csv", "--models", "drift", "--horizon", 2, "--out", tmp_path / "out") == status
    )
    assert message in capsys.readouterr().err
    assert "a" in set(pd.read_parquet(tmp_path / "out" / "forecasts.parquet")["unique_id"])
    done = call(
        "batch", tmp_path / "in.csv", "--models", "drift", "--horizon", 2, "--out", tmp_path / "b", "--workers", 1
    )
    assert done == status
    failures = pd.read_parquet(tmp_path / "b" / "failures.parquet")
    assert not message or message in (failures["reason"] + " " + failures["remedy"]).iloc[0]


def test_gbk_and_workbooks_are_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = GOOD.replace("a,", "浙江,")
    (tmp_path / "gbk.csv").write_bytes(text.encode("gbk"))
    book = openpyxl.Workbook()
    for line in text.splitlines():
        book.active.append(line.split(","))
    book.save(tmp_path / "book.xlsx")
    for name in ("gbk.csv", "book.xlsx"):
        assert call("forecast", tmp_path / name, "--models", "drift", "--horizon", 1, "--out", tmp_path / name[:3]) == 0
        assert "浙江, drift" in capsys.readouterr().out
    first, second = (pd.read_parquet(tmp_path / n / "forecasts.parquet") for n in ("gbk", "boo"))
    pd.testing.assert_frame_equal(first, second)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["forecast", "CN-ZJ.invention_in_force"],
            'series "CN-ZJ.invention_in_force" is unknown. Did you mean "CN-ZJ.inv',
        ),
        (
            ["forecast", "CN-ZJ.inventions_in_force", "--horizon", "90"],
            "reaches to 2115; the outlook goes from 2026 to 2040",
        ),
        (
            ["forecast", "CN.inventions_in_force", "--models", "prohpet"],
            'model "prohpet" is unknown. Did you mean "prophet"',
        ),
        (["forecast", "CN.inventions_in_force", "--levels", "80;95"], '--levels "80;95" is not a list of numbers.'),
        (["forecast", "none.csv"], '"none.csv" does not exist. Check the path.'),
        (["forecast", "none.csv", "CN.gdp"], '"none.csv" and 1 more were named. Name one file, or one or more series.'),
        (["forecast", "none.csv", "--columns", "y"], '--columns "y" names no column of the file.'),
        (["scenario", "run", "continuatoin"], 'scenario "continuatoin" is unknown. Did you mean "continuation"?'),
        (["scenario", "run", "none.yaml"], '"none.yaml" does not exist. Check the path.'),
        (["scenario", "run", "continuation", "--year", "1999"], "--year 1999 is not shown. Allowed: 2010 to 2040."),
        (["compare", "continuation", "--series", "CN.inventions_in_force"], "One scenario was named. Name two or more"),
        (["data", "list", "zzz"], 'No series fits "zzz".'),
    ],
)
def test_unknown_names_get_the_nearest_and_status_two(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id: x\nlevers: !!python/object/apply:os.system ['touch hacked']\n", "line 2"),
        (
            "id: x\nlevers: {trademark_filing_fe: halved}\n",
            'line 2: lever "trademark_filing_fe" is unknown. Did you mean',
        ),
    ],
)
def test_a_malicious_or_mistyped_scenario_is_refused_with_its_line(
    text: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("s.yaml").write_text(text)
    assert call("scenario", "run", "s.yaml") == 2
    shown = capsys.readouterr().err
    assert "s.yaml" in shown
    assert message in shown
    assert not Path("hacked").exists()


def test_an_error_of_ours_is_short_and_logged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("IP_FORESIGHT_CACHE", str(tmp_path))

    def broken(_: str) -> None:
        raise RuntimeError("a secret of the program")

    monkeypatch.setattr(batch_command.o, "names_of", broken)
    assert call("batch", "in.csv", "--horizon", 2, "--out", tmp_path) == 3
    shown = capsys.readouterr().err
    code = re.search(r"Code ([0-9a-f]{8})\.", shown)
    assert code
    assert "secret" not in shown
    assert code[1] in (tmp_path / "errors.log").read_text()
    assert "RuntimeError: a secret of the program" in (tmp_path / "errors.log").read_text()


def test_a_bundled_forecast_is_the_outlook_itself(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    key = "CN-ZJ.inventions_in_force"
    assert call("forecast", key, "--horizon", 10, "--out", tmp_path) == 0
    assert "Sources: " in capsys.readouterr().out
    frame = pd.read_parquet(tmp_path / "forecasts.parquet")
    outlook = shared_outlook(20261126, 1000)
    first = outlook.known_until[outlook.index[key]] + 1
    assert frame["ds"].tolist() == list(range(first, first + 10))
    at = first - outlook.years[0]
    assert frame["mean"].tolist() == outlook.of(key)[at : at + 10].T.mean(axis=0).tolist()
    assert json.loads((tmp_path / "manifest.json").read_text())["kind"] == "forecast"


def test_the_commands_of_the_documentation_run(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "command-line.md").read_text(encoding="utf-8")
    (table,) = re.findall(r"```csv\n(.*?)```", text, re.S)
    (tmp_path / "figures.csv").write_text(table, encoding="utf-8")
    lines = [line for block in re.findall(r"```console\n(.*?)```", text, re.S) for line in block.splitlines()]
    ran = 0
    for i, line in enumerate(lines):
        if not line.startswith("$ ip-foresight "):
            continue
        after = lines[i + 1] if i + 1 < len(lines) else ""
        expected = int(after[1:-1]) if re.fullmatch(r"\[\d\]", after) else 0
        command = [sys.executable, "-m", "scenarios.cli", *shlex.split(line)[2:]]
        env = {**os.environ, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, env=env, check=False)
        assert done.returncode == expected, (line, done.stderr)
        assert "Traceback" not in done.stderr
        ran += 1
    assert ran >= 9
    for name in ("forecasts.parquet", "forecasts.csv", "forecasts.xlsx", "failures.parquet", "manifest.json"):
        assert (tmp_path / "results" / name).stat().st_size
    assert (tmp_path / "runs" / "continuation" / "scenario.yaml").exists()
