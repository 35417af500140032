"""The ledger: each fault planted in a copy of the package is found in its file, row and field, and nothing else is."""

import csv
import hashlib
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

from forecast.catalog import data_folder
from forecast.entries import Entry
from forecast.errors import InputError
from forecast.findings import Finding
from forecast.ledger import check, check_figures, figure_findings, summary
from forecast.observations import Observation, observations, read_observations
from scenarios.cli import main

DATA = data_folder()
CLEAN = check(DATA)
FIGURES = "observations.csv"
INVENTIONS = "CN-ZJ.inventions_in_force.2022.level.s011"  # 305598, the only print of that year
TWICE = "CN-ZJ.inventions_in_force.2019.level.s011"  # 160609; another source prints 160600
GDP = "CN-ZJ.gdp.2021.level.s015"  # 7404080000000, the only print of that year
PLEDGED = "CN.ip_pledge_amount.2022.growth.s055"  # 0.571, as the levels of both years imply
DATED = "CN-ZJ.inventions_in_force.2025.level.s052"  # published 2026-02-14


@dataclass
class Sheet:
    """A table as text; the first cell of a row is its key."""

    header: list[str]
    rows: list[list[str]]

    def put(self, key: str, **cells: str) -> int:
        """Write cells of a row; gives the line of the file on which it stands."""
        line = next(line for line, row in enumerate(self.rows, start=2) if row[0] == key)
        for column, text in cells.items():
            self.rows[line - 2][self.header.index(column)] = text
        return line

    def add(self, like: str, **cells: str) -> int:
        """Add a copy of a row with other cells at the end."""
        row = next(row for row in self.rows if row[0] == like)
        self.rows.append([cells.get(column, text) for column, text in zip(self.header, row, strict=True)])
        return len(self.rows) + 1


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(DATA, tmp_path / "mine"))


def planted(folder: Path, change: Callable[[Sheet], int], table: str = "observations") -> int:
    """Change a table and its hash in the descriptor; gives the line of the change."""
    path = folder / f"{table}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    sheet = Sheet(header, rows)
    line = change(sheet)
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([sheet.header, *sheet.rows])
    descriptor = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    for resource in descriptor["resources"]:
        if resource["name"] == table:
            resource["hash"] = "sha256:" + hashlib.sha256(path.read_bytes()).hexdigest()
    (folder / "datapackage.json").write_text(json.dumps(descriptor), encoding="utf-8")
    return line


def new(found: tuple[Finding, ...]) -> list[Finding]:
    return [f for f in found if f not in CLEAN]


def test_the_bundled_figures_hold_no_error_and_few_warnings() -> None:
    assert [str(f) for f in CLEAN if f.severity == "error"] == []
    # Contradictions between sources that were looked at one by one; docs/data.md tells each of them.
    assert [(f.what.split(":")[0], f.about) for f in CLEAN if f.severity == "warning"] == [
        ("CN.invention_applications.1995.level.s074", "sum"),
        ("CN.ip_pledge_amount.ytd-2021-10.growth.s369", "growth"),
        ("CN.rd_intensity.2012.level.s014", "conflict"),
        ("CN.rd_intensity.2023.level.s250", "conflict"),
    ]
    with (DATA / FIGURES).open(encoding="utf-8") as file:
        lines = file.read().splitlines()
    for f in CLEAN:
        assert f.row is not None
        assert lines[f.row - 1].startswith(f.what.split(": ")[0] + ","), f


@pytest.mark.parametrize(
    ("change", "severity", "about", "field", "words", "follows"),
    [
        # cells
        (lambda s: s.put(TWICE, value="12 bn"), "error", "schema", "value", '"12 bn" is no number. Write plain', ()),
        (lambda s: s.put(TWICE, value="NaN"), "error", "schema", "value", '"NaN" is no number. Write plain', ()),
        (lambda s: s.put(TWICE, value="1_000"), "error", "schema", "value", '"1_000" is no number.', ()),
        (lambda s: s.put(TWICE, value=""), "error", "schema", "value", "the cell is blank. Fill it.", ()),
        (lambda s: s.put(TWICE, kind="guess"), "error", "schema", "kind", '"guess" is not allowed. Write bound_h', ()),
        (lambda s: s.put(TWICE, half_width="-1"), "error", "schema", "half_width", "-1 is below 0. Check it.", ()),
        (lambda s: s.put(TWICE, fit="yes"), "error", "schema", "fit", '"yes" is no boolean. Write 0 or 1.', ()),
        # keys
        (lambda s: s.add(TWICE), "error", "schema", "id", '" stands in row 12184 already. Keep one of them.', ()),
        (lambda s: s.put(TWICE, region="CN-XX"), "error", "schema", "region", '"CN-XX" is not in regions.csv.', ()),
        (lambda s: s.put(TWICE, indicator="x"), "error", "schema", "indicator", '"x" is not in indicators.csv.', ()),
        (lambda s: s.put(TWICE, source_id="s9"), "error", "schema", "source_id", '"s9" is not in sources.csv.', ()),
        (lambda s: s.put(TWICE, unit="pcs"), "error", "schema", "unit", '"pcs" is not in units.csv.', ("unit",)),
        # dates
        (lambda s: s.put(TWICE, period="2019-13"), "error", "schema", "period", '"2019-13" has another form.', ()),
        (lambda s: s.put(TWICE, period="span-2020-2016"), "error", "date", "period", "cannot be read. Write 2023,", ()),
        (lambda s: s.put(DATED, published="2026-02-30"), "error", "date", "published", "is not a date.", ("gap",)),
        (lambda s: s.put(DATED, published="2026-13"), "error", "schema", "published", "has another form.", ("gap",)),
        (lambda s: s.put(DATED, published="2025-06-30"), "note", "date", "published", "before 2025 was over. Read", ()),
        (lambda s: s.put(TWICE, period_kind="month"), "error", "date", "period_kind", '"2019" is no month. Wri', ()),
        (lambda s: s.put(TWICE, fraction="0.5"), "error", "date", "fraction", "0.5 does not fit", ()),
        # units
        (
            lambda s: s.put(INVENTIONS, unit="CNY"), "error", "unit", "unit",
            'the unit is "CNY", that of the series is "count". Convert it to count.', (),
        ),
        (
            lambda s: s.put(GDP, value="740408000"), "warning", "unit", "value",
            "740,408,000 is about 10,000 times too small beside the years around it (rows", (),
        ),
        (
            lambda s: s.put(GDP, value="74040.8"), "warning", "unit", "value",
            "about 100,000,000 times too small beside the years around it", (),
        ),
        (
            lambda s: s.put(INVENTIONS, value="3055980000"), "warning", "unit", "value",
            "about 10,000 times too large beside the years around it", ("sum",),
        ),
        # values that cannot be
        (lambda s: s.put(INVENTIONS, value="-305598"), "error", "value", "value", "is below zero. Counts", ("sum",)),
        (lambda s: s.put(PLEDGED, value="-1.2"), "error", "value", "value", "growth of -120%.", ("growth",)),
        (
            lambda s: s.put(PLEDGED, value="57.1"), "warning", "value", "value",
            "growth of 5710% is more than tenfold. Write 0.153 for 15.3 percent.", ("growth",),
        ),
        (
            lambda s: s.put("YRD.patent_pledge_amount.2022.share.s001", value="48"), "error", "value", "value",
            "a share of 4800% is not between 0 and 1. Write 0.48 for 48 percent.", (),
        ),
        # contradictions
        (
            lambda s: s.add(INVENTIONS, id="other", source_id="s052", value="370000"), "warning", "conflict", "value",
            "other: 370,000 differs from 305,598 of s011 in row 12187 by 21.1%, more than both roundings.", (),
        ),
        (
            lambda s: s.add(INVENTIONS, id="other", source_id="s052", value="30.5598"), "warning", "conflict", "value",
            "30.5598 differs from 305,598 of s011 in row 12187 by a factor of 10,000, more than", ("unit",),
        ),
        (
            lambda s: s.put(PLEDGED, value="0.971"), "warning", "growth", "value",
            "growth is printed as +97.1%, but the levels in rows 911 and 917 imply +57.2%.", (),
        ),
        (lambda s: s.put(INVENTIONS, fit="0") + 1, "note", "gap", "period", "no yearly level for 2022, the years", ()),
    ],
)  # fmt: skip
def test_a_planted_fault_is_found_where_it_is(
    change: Callable[[Sheet], int], severity: str, about: str, field: str, words: str, follows: tuple[str, ...],
    folder: Path,
) -> None:  # fmt: skip
    """`follows` are the kinds of findings that the fault brings with it elsewhere: what no longer adds up."""
    line = planted(folder, change)
    found = new(check(folder))
    exact = [f for f in found if (f.severity, f.about, f.field, f.row) == (severity, about, field, line)]
    assert len(exact) == 1, found
    assert words in f"{exact[0].what} {exact[0].remedy}"
    assert str(exact[0]).startswith(f"{FIGURES}, row {line}, {field}: ")
    assert {f.about for f in found if f not in exact} <= set(follows), found


def test_provinces_above_the_nation_are_told_on_the_row_of_the_nation(folder: Path) -> None:
    planted(folder, lambda s: s.put(INVENTIONS, value="3055980"))
    found = new(check(folder))
    nation = [f for f in found if "CN.inventions_in_force.domestic_ex_hkmotw.2022" in f.what]
    assert [(f.severity, f.about, f.field) for f in nation] == [("warning", "sum", "value")] * len(nation)
    assert "31 parts by regions (rows" in nation[0].what
    with (DATA / FIGURES).open(encoding="utf-8") as file:
        row = file.read().splitlines()[int(nation[0].row or 0) - 1]
    assert row.startswith("CN.inventions_in_force.domestic_ex_hkmotw.2022.level")
    assert {f.about for f in found} == {"sum"}


def test_a_missing_column_is_told_with_those_that_are_needed(folder: Path) -> None:
    def without_unit(sheet: Sheet) -> int:
        at = sheet.header.index("unit")
        for row in [sheet.header, *sheet.rows]:
            del row[at]
        return 1

    planted(folder, without_unit)
    found = new(check(folder))
    assert [(f.severity, f.about, f.file, f.row) for f in found] == [("error", "schema", FIGURES, 1)]
    assert str(found[0]).startswith(f"{FIGURES}, row 1: columns differ from the descriptor: unit. Write id, region,")


def test_columns_in_another_order_a_long_row_and_another_encoding_are_told(folder: Path) -> None:
    content = (folder / "units.csv").read_text(encoding="utf-8")
    for text, encoding, words in (
        (content.replace("title_en,title_zh", "title_zh,title_en"), "utf-8", "row 1: columns differ from the descr"),
        (content.replace("CNY,CNY,", "CNY,CNY,CNY,"), "utf-8", "row 3: 5 cells where the header has 4. Quote text"),
        (content, "gb18030", "row 2: byte 0xbc is not UTF-8. Save the file as UTF-8."),
    ):
        (folder / "units.csv").write_bytes(text.encode(encoding))
        told = [str(f) for f in check(folder) if f.file == "units.csv"]
        assert any(f"units.csv, {words}" in line for line in told), told


def test_a_file_that_is_gone_or_not_the_one_described_is_told(folder: Path) -> None:
    (folder / "units.csv").write_text((folder / "units.csv").read_text(encoding="utf-8") + "\n", encoding="utf-8")
    (folder / "names.csv").unlink()
    told = {f.file: (f.severity, f.about, f.row, f.what) for f in new(check(folder)) if f.about == "hash" or not f.row}
    assert told["units.csv"][:3] == ("error", "hash", None)
    assert told["names.csv"] == ("error", "schema", None, "the file is missing.")


def test_a_folder_without_a_readable_descriptor_is_refused(folder: Path) -> None:
    (folder / "datapackage.json").write_text("{", encoding="utf-8")
    with pytest.raises(InputError, match=r"datapackage\.json: cannot be read .* Put the file of the release back"):
        check(folder)
    (folder / "datapackage.json").unlink()
    with pytest.raises(InputError, match=r"datapackage\.json: not found\. Give the folder of a data package"):
        check(folder)


def entry(line: int, **changes: object) -> Entry:
    """A figure of Zhejiang on a line; without changes 100 valid inventions at the end of 2023."""
    cells = {"period": "2023", "value": "100", "source_id": "a", "half_width": "0.5", "kind": "level", **changes}
    header, row = ",".join(cells), ",".join(str(c) for c in cells.values())
    text = f"region,indicator,{header}\nCN-ZJ,inventions_in_force,{row}\n"
    return Entry(line, read_observations(text.encode())[0])


def told(*entries: Entry) -> list[tuple[str, str, int | None]]:
    return [(f.severity, f.about, f.row) for f in figure_findings(entries)]


def test_what_both_roundings_allow_is_no_conflict() -> None:
    # 100 to within 2 and 103 to within 2 overlap between 101 and 102; to within 1 they do not
    assert told(entry(2, half_width=2), entry(3, value=103, source_id="b", half_width=2)) == []
    assert told(entry(2, half_width=1), entry(3, value=103, source_id="b", half_width=1)) == [
        ("warning", "conflict", 3)
    ]


def test_a_small_conflict_is_a_note() -> None:
    assert told(entry(2), entry(3, value=101.5, source_id="b")) == [("note", "conflict", 3)]


def test_a_level_far_above_a_lower_bound_is_a_note_on_the_width_of_the_bound() -> None:
    # more than 100, read as 100 to 106; 130 is above 100, as the words say, but not within 106
    found = figure_findings([entry(2, value=130), entry(3, kind="bound_low", source_id="b", half_width=3)])
    assert [(f.severity, f.field, f.row) for f in found] == [("note", "half_width", 3)]
    assert "printed as more than 100, and 130 of a in row 2 is farther off" in found[0].what
    # more than 200 contradicts 130 outright
    assert told(entry(2, value=130), entry(3, value=200, kind="bound_low", source_id="b", half_width=6)) == [
        ("warning", "conflict", 3)
    ]


def test_a_growth_is_held_against_levels_of_its_own_basis_only() -> None:
    levels = [entry(2, period="2022"), entry(3, value=150)]
    assert told(*levels, entry(4, kind="growth", value=0.5, half_width=0.005)) == []
    assert told(*levels, entry(4, kind="growth", value=0.1, half_width=0.005)) == [("warning", "growth", 4)]
    assert told(*levels, entry(4, kind="growth", value=0.1, half_width=0.005, basis="real_growth")) == []


def test_figures_out_of_use_contradict_nothing() -> None:
    assert told(entry(2), entry(3, value=300, source_id="b", fit=0)) == []


def test_own_figures_are_held_against_the_bundled_ones_with_the_rows_of_both() -> None:
    own = "region,indicator,period,value,source_id\n\n浙江,有效发明专利,2022,{},own\n"
    assert check_figures(own.format(305_598).encode(), name="own.csv") == ()
    (found,) = check_figures(own.format(370_000).encode(), name="own.csv")
    assert (found.severity, found.about, found.file, found.row) == ("warning", "conflict", "own.csv", 3)
    assert "370,000 differs from 305,598 of s011 in row 12187 of observations.csv by 21.1%" in found.what
    ten_thousand = check_figures(own.replace("2022", "2024").format("40.6").encode(), name="own.csv")
    assert ("warning", "unit", 3) in [(f.severity, f.about, f.row) for f in ten_thousand if f.file == "own.csv"]


@pytest.mark.parametrize("series", ["CN-ZJ.gdp", "CN-ZJ.inventions_in_force", "CN.ip_pledge_amount", "CN-XZ.gdp"])
def test_any_yearly_level_ten_thousand_times_off_is_told_on_its_row(series: str) -> None:
    yearly: dict[int, Observation] = {}
    for f in observations():
        if f.series == series and f.kind == "level" and f.period_kind == "year" and f.fit:
            yearly.setdefault(f.year, f)
    figures = list(yearly.values())
    assert len(figures) >= 5
    for wrong in range(len(figures)):
        for factor in (1e-4, 1e4, 1e8):
            entries = [Entry(2 + i, f) for i, f in enumerate(figures)]
            changed = {f: getattr(figures[wrong], f) for f in Observation.__slots__}
            entries[wrong] = Entry(2 + wrong, Observation(**changed | {"value": figures[wrong].value * factor}))
            found = [f.row for f in figure_findings(entries) if f.about == "unit"]
            assert found == [2 + wrong]


def test_the_command_ends_with_one_where_there_are_errors_and_names_the_row(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["data", "check", str(folder)]) == 0
    shown = capsys.readouterr().out.splitlines()
    assert len([line for line in shown if line.startswith("warning: observations.csv, row ")]) == 4
    assert shown[-4:-1] == [
        "0 errors",
        "4 warnings: 2 conflict, 1 growth, 1 sum",
        f"{len(CLEAN) - 4} notes: {', '.join(f'{n} {k}' for k, n in notes())}",
    ]
    assert shown[-1] == f"Checked: {folder}. Show notes with --notes."
    line = planted(folder, lambda s: s.put(TWICE, value="12 bn"))
    assert main(["data", "check", str(folder), "--notes", "--out", str(folder / "findings.csv")]) == 1
    shown = capsys.readouterr().out.splitlines()
    assert f'error: observations.csv, row {line}, value: "12 bn" is no number. Write plain digits.' in shown
    assert sum(line.startswith("note: ") for line in shown) == len(CLEAN) - 4
    written = pd.read_csv(folder / "findings.csv")
    assert list(written.columns) == ["severity", "about", "file", "row", "field", "what", "remedy"]
    assert written.iloc[0][["severity", "file", "row", "field"]].tolist() == ["error", FIGURES, line, "value"]


def notes() -> list[tuple[str, int]]:
    counts = {about: n for (about, severity), n in summary(CLEAN).items() if severity == "note"}
    return sorted(counts.items(), key=lambda kind: -kind[1])


def test_the_findings_can_be_had_as_json(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = planted(folder, lambda s: s.put(GDP, value="740408000"))
    assert main(["data", "check", str(folder), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert len(found) == len(CLEAN) + 1
    assert [(f["file"], f["row"], f["field"]) for f in found if f["about"] == "unit"] == [(FIGURES, line, "value")]


def test_a_folder_that_is_no_package_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "datapackage.json").write_text("[]", encoding="utf-8")
    assert main(["data", "check", str(tmp_path)]) == 2
    assert "datapackage.json: cannot be read" in capsys.readouterr().err
