"""A new vintage of evidence: tables are replaced whole or not at all, notes lose quotation marks, rules stay."""

import csv
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from forecast.catalog import data_folder
from forecast.observations import read_package

DATA = data_folder()
EVIDENCE = (
    "observations", "indicators", "regions", "sources", "events", "targets", "breaks", "effects", "levers_seen",
    "seed_figures",
)  # fmt: skip
ESTIMATES = ("effects_from_panel", "parameters")


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A copy of the package, and beside it its own tables as evidence to import."""
    for folder, tables in (("evidence", EVIDENCE), ("evidence_estimates", ESTIMATES)):
        (tmp_path / folder).mkdir()
        for table in tables:
            shutil.copy(DATA / f"{table}.csv", tmp_path / folder)
    return Path(shutil.copytree(DATA, tmp_path / "data"))


def imported(package: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(package / "import_evidence.py"), *(arguments or [str(package.parent / "evidence")])]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=package.parent)


def contents(package: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in [*package.glob("*.csv"), package / "datapackage.json"]}


def edited(path: Path, change: Callable[[list[list[str]]], object]) -> None:
    with path.open(encoding="utf-8", newline="") as file:
        table = list(csv.reader(file))
    change(table)
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(table)


def note(text: str) -> Callable[[list[list[str]]], None]:
    """Write the note of the first figure."""

    def change(table: list[list[str]]) -> None:
        table[1][table[0].index("note")] = text

    return change


def test_importing_what_is_there_changes_nothing(package: Path) -> None:
    before = contents(package)
    done = imported(package)
    assert done.returncode == 0, done.stderr
    assert contents(package) == before


def test_a_new_figure_comes_in_and_nothing_kept_by_hand_is_touched(package: Path) -> None:
    before = contents(package)
    path = package.parent / "evidence" / "observations.csv"
    edited(path, lambda table: table.append(["new", *table[1][1:]]))
    assert imported(package).returncode == 0
    after = contents(package)
    assert {name for name in after if after[name] != before[name]} == {"observations.csv", "datapackage.json"}
    assert len(read_package(package)) == len(read_package(DATA)) + 1


def test_quotation_marks_are_taken_out_of_notes_and_of_nothing_else(package: Path) -> None:
    edited(package.parent / "evidence" / "observations.csv", note('"over" “8” 「bn」, 1,5'))
    assert imported(package).returncode == 0
    old, new = read_package(DATA)[0], read_package(package)[0]
    assert new.note == "over 8 bn, 1,5"
    assert (new.id, new.value, new.published) == (old.id, old.value, old.published)


@pytest.mark.parametrize(
    ("table", "change", "message"),
    [
        (
            "observations",
            note("word " * 60),
            "observations.csv, row 2: note is a long text. Shorten it to a plain note.",
        ),
        ("observations", note("one\ntwo"), "observations.csv, row 2: note is a long text. Shorten it to a plain note."),
        ("sources", lambda t: t[0].reverse(), "sources.csv, row 1: columns are ['reliability',"),
        ("events", lambda t: t[4].append("more"), "events.csv, row 5: 11 cells; expected 10. Mend the evidence."),
    ],
)
def test_evidence_that_cannot_be_taken_is_refused_and_nothing_is_written(
    table: str, change: Callable[[list[list[str]]], object], message: str, package: Path
) -> None:
    before = contents(package)
    edited(package.parent / "evidence" / f"{table}.csv", change)
    done = imported(package)
    assert done.returncode == 1
    assert message in done.stderr
    assert contents(package) == before


def test_a_folder_without_the_tables_is_refused_with_their_names(package: Path) -> None:
    before = contents(package)
    (package.parent / "evidence" / "breaks.csv").unlink()
    done = imported(package)
    assert done.returncode == 1
    assert "breaks.csv. Give the folder of the evidence, then that of the estimates." in done.stderr
    assert contents(package) == before


def test_a_correction_added_by_hand_is_applied_when_figures_are_read(package: Path) -> None:
    figure = next(f for f in read_package(DATA) if f.id == "CN-ZJ.inventions_in_force.2022.level.s011")
    row = ["c99", "inventions_in_force", "CN-ZJ", "", "2022", "2022", figure.id, "basis", "standard", "calendar_year"]
    edited(package / "corrections.csv", lambda table: table.append([*row, "reading", "A trial.", figure.source_id]))
    (found,) = [f for f in read_package(package) if f.id == figure.id]
    assert (found.basis, found.printed_basis, found.correction) == ("calendar_year", "standard", "c99")
    assert (found.value, found.scope, found.period) == (figure.value, figure.scope, figure.period)
    others = [f for f in read_package(package) if f.id != figure.id]
    assert others == [f for f in read_package(DATA) if f.id != figure.id]
