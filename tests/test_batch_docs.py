"""The page on batches is run as it stands: its table, its commands, its Python."""

import re
import shlex
from pathlib import Path

import pandas as pd
import pytest

from scenarios.cli import main

TEXT = (Path(__file__).parent.parent / "docs" / "batch.md").read_text(encoding="utf-8")


def blocks(kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```$", TEXT, re.DOTALL | re.MULTILINE)


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("figures.csv").write_text(blocks("csv")[0], encoding="utf-8")


@pytest.mark.parametrize("block", blocks("console"))
def test_commands_end_as_the_page_says(block: str) -> None:
    command, _, told = block.strip().partition("\n")
    words = shlex.split(command.removeprefix("$ ip-foresight "))
    assert main(words) == int(told.strip("[]") or 0)
    assert {p.name for p in Path(words[words.index("--out") + 1]).iterdir()} >= {"forecasts.parquet", "manifest.json"}


def test_the_first_run_gives_what_the_page_tells() -> None:
    main([*shlex.split(blocks("console")[0].splitlines()[0].removeprefix("$ ip-foresight ")), "--quiet"])
    failures = pd.read_parquet("results/failures.parquet").set_index("unique_id")
    assert failures.loc["Wenzhou", ["outcome", "row"]].tolist() == ["left out", 13]
    assert failures.loc["Ningbo", ["outcome", "reason"]].tolist() == ["note", "Ningbo: no value for 2021."]
    forecasts = pd.read_csv("results/forecasts.csv")
    assert forecasts.groupby(["unique_id", "model"]).size().tolist() == [3, 3, 3, 3]
    assert set(forecasts["sector"]) == {"coast"}


def test_the_python_of_the_page_runs(capsys: pytest.CaptureFixture[str]) -> None:
    exec("\n".join(blocks("python")), {})
    assert capsys.readouterr().out == "2 series, 2 failures\n"
