"""docs/data.md says what the data package holds and what `data check` prints."""

import re
import runpy
from pathlib import Path

from forecast.catalog import data_folder
from forecast.figures import COLUMNS
from forecast.findings import Finding

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "docs" / "data.md").read_text(encoding="utf-8")
MAKE = runpy.run_path(str(ROOT / "docs" / "make_readme.py"))


def test_every_table_and_every_column_of_observations_is_explained() -> None:
    named = set(re.findall(r"(?m)^\| `(\w+)\.csv` \|", TEXT))
    assert named == {path.stem for path in data_folder().glob("*.csv")}
    cells = {name for line in TEXT.splitlines() if line.startswith("| `") for name in re.findall(r"`(\w+)`", line[:45])}
    assert set(COLUMNS) <= cells


def test_every_kind_of_finding_is_explained() -> None:
    kinds = re.search(r"Kind of check: ([\w, ]+)\.", str(Finding.__doc__))
    assert kinds
    for kind in kinds[1].split(", "):
        assert re.search(rf"(?m)^\| {kind} \|", TEXT), kind
    for severity in ("error", "warning", "note"):
        assert re.search(rf"(?m)^\| {severity} \|", TEXT)


def test_the_output_shown_is_what_the_command_prints() -> None:
    ((command, shown),) = [(m[2], m[3]) for m in MAKE["BLOCK"].finditer(TEXT)]
    assert command == "$ ip-foresight data check\n"
    assert MAKE["printed"](command) == shown


def test_every_test_named_is_there_and_every_command_of_the_folder() -> None:
    for path in re.findall(r"`((?:tests|data|benchmarks)/[\w/]+\.py)`|python (data/\w+\.py)", TEXT):
        assert (ROOT / (path[0] or path[1])).is_file(), path
