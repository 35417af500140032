"""The data package: valid by the frictionless library, sourced, rebuilt byte for byte, and carried over whole."""

import csv
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from frictionless import Package

from forecast.catalog import data_folder
from forecast.package import check_package

DATA = data_folder()
DESCRIPTOR = json.loads((DATA / "datapackage.json").read_text(encoding="utf-8"))
SHARED = Path(os.environ.get("IP_FORESIGHT_SHARED", DATA.parent.parent / "shared"))
QUOTES = '"“”„«»「」『』'
SENTENCE = 8
"""This many words in a row that stand in a source as well are taken to be quoted."""


def rows(table: str, folder: Path = DATA) -> list[dict[str, str]]:
    with (folder / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def keys(table: str, column: str) -> set[str]:
    return {row[column] for row in rows(table)}


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(DATA, tmp_path / "data"))


def errors(folder: Path, table: str) -> set[str]:
    """Kinds of errors the library finds in one table (and in the keys it names in others)."""
    report = Package(str(folder / "datapackage.json")).get_resource(table).validate()
    return {str(kind) for (kind,) in report.flatten(["type"])}


def test_the_package_is_valid_by_the_frictionless_library() -> None:
    report = Package(str(DATA / "datapackage.json")).validate()
    assert report.valid, report.flatten(["title", "rowNumber", "fieldName", "note"])[:10]
    assert {task.name for task in report.tasks} == {path.stem for path in DATA.glob("*.csv")}


def cell(column: str, old: str, new: str) -> Callable[[Path], None]:
    """Damage the first cell of a column that holds `old` (any where it is blank), whatever the row."""

    def damage(path: Path) -> None:
        with path.open(encoding="utf-8", newline="") as file:
            table = list(csv.reader(file))
        at = table[0].index(column)
        row = next(row for row in table[1:] if row[at] == old or not old)
        row[at] = new
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(table)

    return damage


def text(old: str, new: str, count: int = 1) -> Callable[[Path], None]:
    def damage(path: Path) -> None:
        content = path.read_text(encoding="utf-8")
        assert old in content
        path.write_text(content.replace(old, new, count), encoding="utf-8")

    return damage


def again(path: Path) -> None:
    """Repeat the last row."""
    content = path.read_text(encoding="utf-8")
    path.write_text(content + content.splitlines()[-1] + "\n", encoding="utf-8")


@pytest.mark.parametrize(
    ("table", "damage", "kind"),
    [
        ("targets", cell("value", "", "12 bn"), "type-error"),
        ("regions", cell("title_zh", "", ""), "constraint-error"),  # a required cell is blank
        ("regions", cell("level", "province", "county"), "constraint-error"),  # not in the list
        ("sources", cell("published", "2025", "spring 2025"), "constraint-error"),  # another form
        ("effects", cell("lag_from", "0", "-1"), "constraint-error"),  # below the minimum
        ("units", again, "primary-key"),  # a key occurs twice
        ("breaks", cell("source_id", "", "s999"), "foreign-key"),  # a source that is not there
        ("targets", cell("region", "", "CN-XX"), "foreign-key"),  # a region that is not there
        ("targets", cell("unit", "", "acres"), "foreign-key"),  # a unit that is not there
        ("targets", cell("observation_id", "", "CN.gone"), "foreign-key"),  # a figure that is not there
        ("units", text("title_zh", "title"), "incorrect-label"),  # a column is renamed
        ("units", text(",title_zh", ""), "extra-cell"),  # a column is missing in the header
        ("units", text("CNY,CNY", "CNY,CNY,CNY"), "extra-cell"),  # a row is too long
        ("units", text("CNY,CNY,", "CNY,"), "missing-cell"),  # a row is too short
        ("units", text("dollar", "dollor"), "hash-count"),  # valid, of the same length, but not the same
        ("units", text("dollar", "dollars"), "byte-count"),  # valid, but longer
        ("units", again, "row-count"),
        ("units", Path.unlink, "scheme-error"),
    ],
)
def test_each_kind_of_damage_is_found_by_the_library_and_by_our_check(
    table: str, damage: Callable[[Path], None], kind: str, copy: Path
) -> None:
    damage(copy / f"{table}.csv")
    assert kind in errors(copy, table)
    found = [f for f in check_package(copy)[1] if f.file == f"{table}.csv"]
    assert found
    assert {f.severity for f in found} == {"error"}


def test_a_damaged_figure_fails_the_whole_package(copy: Path) -> None:
    text(",451000,", ",454000,")(copy / "observations.csv")
    assert not Package(str(copy / "datapackage.json")).validate().valid
    assert errors(copy, "observations") == {"hash-count"}


def test_every_figure_has_a_source_a_region_an_indicator_and_a_unit_that_are_there() -> None:
    figures = rows("observations")
    assert len(figures) == len({row["id"] for row in figures}) > 12_000
    for column, table, key in (
        ("source_id", "sources", "source_id"),
        ("region", "regions", "region"),
        ("indicator", "indicators", "indicator"),
        ("unit", "units", "unit"),
    ):
        assert {row[column] for row in figures} <= keys(table, key), column
    assert all(row["title"] and row["retrieved"] for row in rows("sources"))


def test_an_id_says_what_its_row_says() -> None:
    for row in rows("observations"):
        assert row["id"].startswith(f"{row['region']}.{row['indicator']}."), row["id"]
        assert {row["period"], row["kind"], row["source_id"]} <= set(row["id"].split(".")), row["id"]


def test_the_whole_of_a_share_is_there() -> None:
    named = {tuple(row["share_of"].split(".")[:2]) for row in rows("observations") if row["share_of"]}
    assert named
    assert {region for region, _ in named} <= keys("regions", "region")
    assert {indicator for _, indicator in named} <= keys("indicators", "indicator")
    assert all(row["share_of"] for row in rows("observations") if row["kind"] == "share")


@pytest.mark.parametrize(
    ("table", "column", "other", "key"),
    [
        ("regions", "parents", "regions", "region"),
        ("regions", "members", "regions", "region"),
        ("events", "region", "regions", "region"),
        ("events", "outcome_indicators", "indicators", "indicator"),
        ("levers_seen", "acts_on", "indicators", "indicator"),
        ("levers_seen", "events", "events", "id"),
        ("levers_seen", "effects", "effects", "id"),
        ("levers_seen", "seed_files", "sources", "source_id"),
        ("corrections", "observation_ids", "observations", "id"),
        ("hindcasts", "events", "events", "id"),
    ],
)
def test_cells_with_several_keys_name_what_is_there(table: str, column: str, other: str, key: str) -> None:
    named = {part for row in rows(table) for part in row[column].split(";") if part}
    assert named
    assert named <= keys(other, key)


def test_licences_hashes_and_the_vintage_stand_in_the_descriptor() -> None:
    assert [licence["name"] for licence in DESCRIPTOR["licenses"]] == ["CC-BY-4.0", "other-open"]
    for resource in DESCRIPTOR["resources"]:
        digest = hashlib.sha256((DATA / resource["path"]).read_bytes()).hexdigest()
        assert resource["hash"] == f"sha256:{digest}"
        assert all(field["description"] for field in resource["schema"]["fields"])
    assert DESCRIPTOR["version"] == max(keys("sources", "retrieved")).replace("-", ".")


def test_the_descriptor_is_rebuilt_byte_for_byte(copy: Path) -> None:
    (copy / "datapackage.json").unlink()
    subprocess.run([sys.executable, copy / "build_descriptor.py"], check=True, capture_output=True, cwd=copy.parent)
    assert (copy / "datapackage.json").read_bytes() == (DATA / "datapackage.json").read_bytes()


def test_texts_are_plain_notes_without_quotation_marks() -> None:
    for path in DATA.glob("*.csv"):
        for number, row in enumerate(rows(path.stem), start=2):
            for column, content in row.items():
                place = f"{path.name}, row {number}, {column}"
                assert not set(content) & set(QUOTES), place
                # cells of keys may be long, plain notes may not
                assert ";" in content or len(content) <= 300 or path.stem == "corrections", place


def test_a_correction_names_the_labels_of_figures_that_are_there() -> None:
    figures = {row["id"]: row for row in rows("observations")}
    for row in rows("corrections"):
        if row["applied"] == "evidence":  # the table holds the corrected label already
            named = row["observation_ids"].split(";")
            assert {figures[key][row["column"]] for key in named} == {row["read_as"]}, row["id"]
        else:
            fits = [f for f in figures.values() if f["indicator"] == row["indicator"]]
            assert row["printed"] in {f[row["column"]] for f in fits}, row["id"]


def words(content: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", content.lower())


@pytest.mark.slow
def test_every_row_of_the_evidence_is_carried_over() -> None:
    evidence = SHARED / "evidence"
    if not evidence.is_dir():
        pytest.skip(f"{evidence} is not there; set IP_FORESIGHT_SHARED to the folder of the evidence")
    tables = [path.stem for path in sorted(evidence.glob("*.csv"))]
    assert len(tables) == 10
    for table in tables:
        theirs, ours = rows(table, evidence), rows(table)
        assert len(theirs) == len(ours)
        for printed, held in zip(theirs, ours, strict=True):
            plain = {k: "".join(c for c in v if c not in QUOTES) for k, v in printed.items()}
            assert held == plain, f"{table}: {printed}"
            if table == "observations":
                assert all(held[k] == v for k, v in printed.items() if k != "note")


@pytest.mark.slow
def test_no_sentence_of_the_first_articles_is_quoted() -> None:
    articles = sorted((SHARED / "seeds").glob("*.txt"))
    if not articles:
        pytest.skip(f"{SHARED / 'seeds'} is not there; set IP_FORESIGHT_SHARED to the folder that holds it")
    printed: set[tuple[str, ...]] = set()
    for article in articles:
        found = words(article.read_text(encoding="utf-8"))
        printed.update(zip(*(found[i:] for i in range(SENTENCE)), strict=False))
    for path in DATA.glob("*.csv"):
        for row in rows(path.stem):
            for column, content in row.items():
                if (path.stem, column) == ("sources", "title"):  # a title is a name
                    continue
                found = words(content)
                quoted = printed.intersection(zip(*(found[i:] for i in range(SENTENCE)), strict=False))
                assert not quoted, f"{path.name}, {column}: {content}"
