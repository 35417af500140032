"""Published figures: only what was public, labels corrected, and a user's own figures read or refused in words."""

import datetime as dt
import re
from dataclasses import replace
from pathlib import Path
from statistics import median

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecast.catalog import data_folder, indicators, last_day, sources
from forecast.corrections import corrections
from forecast.errors import InputError
from forecast.figures import COLUMNS
from forecast.findings import FindingsError
from forecast.observations import (
    PUBLICATION_LAG,
    Observation,
    end_of,
    known_by,
    main_scope,
    observations,
    parse_period,
    public_since,
    read_observations,
    series_key,
)
from forecast.own_figures import LARGEST

HEAD = "region,indicator,period,value,source_id"
ROW = "CN-ZJ,inventions_in_force,2025,488000,own"
days = st.dates(dt.date(1984, 1, 1), dt.date(2030, 12, 31))


def read(*rows: str, head: str = HEAD) -> tuple[Observation, ...]:
    return read_observations("\n".join([head, *rows]).encode(), name="own.csv")


# what was public


@given(days)
@settings(max_examples=20, deadline=None)
def test_as_of_a_day_only_what_was_published_by_then_is_used(day: dt.date) -> None:
    kept = set(observations(as_of=day))
    for f in observations():
        printed = f.published or sources()[f.source_id].published
        if f in kept and printed:
            assert last_day(printed) <= day
        if f in kept and not printed:
            assert end_of(f.period) <= day
        if f not in kept:
            assert not printed or last_day(printed) > day


@given(days, days)
@settings(max_examples=20, deadline=None)
def test_a_later_day_knows_all_that_an_earlier_one_knew(one: dt.date, other: dt.date) -> None:
    early, late = sorted((one, other))
    assert set(observations(as_of=early)) <= set(observations(as_of=late))


@given(st.sampled_from(observations()), st.sampled_from(["2019", "2019-05", "2019-05-31", ""]))
@settings(max_examples=200, deadline=None)
def test_a_figure_is_known_from_the_day_it_is_public_and_not_the_day_before(f: Observation, published: str) -> None:
    figure = replace(f, published=published)
    since = public_since(figure)
    assert known_by([figure], since) == (figure,)
    assert known_by([figure], since - dt.timedelta(days=1)) == ()
    if published:
        assert since == last_day(published)


def test_the_day_can_be_given_as_text() -> None:
    assert observations(as_of="2020") == observations(as_of="2020-12-31") == observations(as_of=dt.date(2020, 12, 31))
    assert observations(as_of="1980") == ()
    assert observations(as_of="2100") == observations()


def test_the_lags_assumed_are_those_of_the_figures_whose_date_is_known() -> None:
    """Median days from the end of a period to the date of the figure; half of the figures are out by then."""
    found: dict[str, list[int]] = {"year": [], "part": []}
    for f in observations():
        kind = sources()[f.source_id].kind
        # figures of years long gone are printed again and again; the first print is what counts
        if len(f.published) == 10 and kind != "dataset" and f.kind != "target":
            lag = (last_day(f.published) - end_of(f.period)).days
            if 0 <= lag <= 365:
                found["year" if f.period_kind == "year" else "part"].append(lag)
    assert len(found["year"]) > 100
    assert len(found["part"]) > 100
    assert median(found["year"]) == pytest.approx(PUBLICATION_LAG["year"], abs=30)
    assert median(found["part"]) == pytest.approx(PUBLICATION_LAG["part"], abs=20)


# labels


def test_values_are_never_corrected_and_printed_labels_are_kept() -> None:
    lines = (data_folder() / "observations.csv").read_text(encoding="utf-8").splitlines()[1:]
    assert len(lines) == len(observations())
    by_id = {line.split(",", 1)[0]: line for line in lines}
    changed = 0
    for f in observations():
        cells = by_id[f.id].split(",")
        assert (f.region, f.indicator, float(cells[9]), cells[10]) == (cells[1], cells[2], f.value, f.unit)
        if f.basis != cells[13] or f.scope != cells[3]:
            changed += 1
            assert f.correction
            assert cells[13] == f.printed_basis
    assert changed > 0


def test_a_correction_is_named_on_each_figure_it_concerns_and_on_no_other() -> None:
    for rule in corrections():
        named = [f for f in observations() if f.correction == rule.id]
        assert named, rule.id
        assert {f.indicator for f in named} == {rule.indicator}
        if rule.applied == "evidence":
            assert {f.id for f in named} == rule.observation_ids
        if rule.column == "scope":
            assert {f.printed_scope for f in named} == {rule.printed}
            assert {f.scope for f in named} == {rule.read_as}
    assert {f.correction for f in observations()} == {"", *(rule.id for rule in corrections())}


def test_every_figure_belongs_to_the_series_of_its_labels() -> None:
    for f in observations():
        assert f.series == series_key(f.region, f.indicator, f.scope)
        if f.share_of:
            region, indicator, scope = f.whole
            assert f.share_of.startswith(f"{region}.{indicator}")
            assert scope in (*f.share_of.split(".")[2:], "total", main_scope(region, indicator))


# periods


@pytest.mark.parametrize(
    ("text", "expected", "end"),
    [
        ("2023", ("year", 2023, 0, 1), "2023-12-31"),
        ("2024-H1", ("half", 2024, 0, 0.5), "2024-06-30"),
        ("2024-H2", ("half", 2024, 0.5, 1), "2024-12-31"),
        ("2024-Q3", ("quarter", 2024, 0.5, 0.75), "2024-09-30"),
        ("2024-02", ("month", 2024, 1 / 12, 2 / 12), "2024-02-29"),
        ("ytd-2024-09", ("ytd", 2024, 0, 0.75), "2024-09-30"),
        ("asof-2025-06", ("asof", 2025, 0.5, 0.5), "2025-06-30"),
        ("span-2016-2020", ("span", 2020, -4, 1), "2020-12-31"),
        ("span-202310-202512", ("span", 2025, -2 + 9 / 12, 1), "2025-12-31"),
    ],
)
def test_a_period_is_part_of_a_calendar_year(text: str, expected: tuple[str, int, float, float], end: str) -> None:
    found = parse_period(text)
    assert found[:2] == expected[:2]
    assert found[2:] == pytest.approx(expected[2:])
    assert end_of(text).isoformat() == end


@pytest.mark.parametrize(
    "text",
    ["", "23", "2023年", "2024-13", "2024-00", "2024-H3", "2024-Q5", "2024-1", "asof-2025", "span-2020-2016", "1066"],
)
def test_a_period_that_is_none_is_refused_with_what_is_allowed(text: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_period(text)
    assert str(caught.value) == (
        f'period "{text}" cannot be read. Write 2023, 2024-H1, 2024-Q3, 2024-09, ytd-2024-09, asof-2025-06 or '
        "span-2016-2020."
    )


@given(st.text(max_size=20))
def test_any_text_is_a_period_or_refused(text: str) -> None:
    try:
        assert 1800 <= parse_period(text).year <= 2200
    except InputError as error:
        assert "cannot be read" in str(error)  # noqa: PT017  # both outcomes are right


# a user's own figures


def test_blank_cells_get_what_the_catalogue_says() -> None:
    (f,) = read("浙江,有效发明专利,2025,488000,own")
    assert (f.id, f.kind, f.unit) == ("CN-ZJ.inventions_in_force.2025.level.own", "level", "count")
    assert (f.scope, f.measure, f.half_width, f.fit, f.grade) == ("resident", "stock", 0.5, True, "medium")


@given(st.sampled_from([f for f in observations() if not f.correction]))
@settings(max_examples=150, deadline=None)
def test_a_bundled_row_is_read_as_it_is_bundled(f: Observation) -> None:
    path = data_folder() / "observations.csv"
    line = _lines(path)[f.id]
    (found,) = read_observations(f"{','.join(COLUMNS)}\n{line}\n".encode())
    assert found.fraction == pytest.approx(f.fraction, abs=1e-4)  # the table rounds it
    assert replace(found, fraction=f.fraction) == f


def _lines(path: Path, _known: dict[str, str] = {}) -> dict[str, str]:  # noqa: B006  # read once for all examples
    if not _known:
        _known.update({line.split(",", 1)[0]: line for line in path.read_text(encoding="utf-8").splitlines()})
    return _known


@pytest.mark.parametrize(
    ("row", "field", "what", "remedy"),
    [
        (ROW.replace("488000", "12 bn"), "value", '"12 bn" is not a number.', "Write plain digits without units"),
        (ROW.replace("488000", "NaN"), "value", '"NaN" is not a number.', "Write plain digits without units"),
        (ROW.replace("488000", "inf"), "value", '"inf" is not a number.', "Write plain digits without units"),
        (ROW.replace("488000", "488_000"), "value", '"488_000" is not a number.', "Write plain digits"),
        (ROW.replace("488000", ""), "value", '"" is not a number.', "Write plain digits"),
        (ROW.replace("488000", '"488,000"'), "value", '"488,000" is not a number.', "thousands marks."),
        (ROW.replace("488000", "-3"), "value", "-3 is below zero.", "Counts and amounts must not be below zero."),
        (ROW.replace("CN-ZJ", "Zhejaing"), "region", 'region "Zhejaing" is unknown.', 'Did you mean "Zhejiang"'),
        (ROW.replace("CN-ZJ", "浙江江"), "region", 'region "浙江江" is unknown.', '"浙江"'),
        (ROW.replace("inventions_in", "invention_in"), "indicator", "is unknown.", '"inventions_in_force"'),
        (ROW.replace("2025", "spring"), "period", 'period "spring" cannot be read.', "Write 2023, 2024-H1"),
        (ROW.replace("2025", "2025-13"), "period", 'period "2025-13" cannot be read.', "Write 2023, 2024-H1"),
        (ROW.replace("own", ""), "source_id", "the source is blank.", "Name where the figure stands."),
    ],
)
def test_a_bad_cell_is_told_with_file_row_and_field_what_is_allowed_and_what_to_do(
    row: str, field: str, what: str, remedy: str
) -> None:
    with pytest.raises(FindingsError) as caught:
        read(ROW.replace("2025", "2024"), row)
    (found,) = caught.value.findings
    assert (found.file, found.row, found.field) == ("own.csv", 3, field)
    assert what in found.what
    assert remedy in found.remedy
    assert f"own.csv, row 3, {field}: " in str(caught.value)


@pytest.mark.parametrize(
    ("column", "cell", "what", "remedy"),
    [
        ("kind", "guess", '"guess" is not allowed.', "Write level, growth, share, bound_low, bound_high or target."),
        ("scope", "domestik", 'scope "domestik" is unknown.', 'Did you mean "domestic"'),
        ("unit", "CNY", '"CNY" is not the unit of this figure.', "Convert it to count."),
        ("half_width", "-1", "-1 is below zero.", "Give half of the last printed digit."),
        ("half_width", "wide", '"wide" is not a number.', "Write plain digits"),
        ("fit", "yes", '"yes" is not allowed.', "Write 0 or 1."),
        ("grade", "good", '"good" is not allowed.', "Write high, medium or low."),
        ("published", "12 May", '"12 May" is not a date.', "Write 2024, 2024-05 or 2024-05-31."),
        ("published", "2025-13", '"2025-13" is not a date.', "Write 2024, 2024-05 or 2024-05-31."),
        ("published", "2025-02-30", '"2025-02-30" is not a date.', "Write 2024, 2024-05 or 2024-05-31."),
        ("period_kind", "month", '"month" does not fit.', "Leave it blank or write year."),
        ("measure", "flow", '"flow" does not fit.', "Leave it blank or write stock."),
    ],
)
def test_a_bad_cell_of_a_column_that_may_be_left_away_is_told(column: str, cell: str, what: str, remedy: str) -> None:
    with pytest.raises(FindingsError) as caught:
        read(f"{ROW},{cell}", head=f"{HEAD},{column}")
    assert [(f.row, f.field) for f in caught.value.findings] == [(2, column)]
    assert what in str(caught.value)
    assert remedy in str(caught.value)


@pytest.mark.parametrize(
    ("kind", "value", "words"),
    [
        ("growth", "15.3", "growth of 15.3 is 1530%. Write 0.153 for 15.3 percent."),
        ("growth", "-1.5", "growth of -1.5 is -150%."),
        ("share", "48", "a share of 48 is 4800%. Write 0.48 for 48 percent."),
    ],
)
def test_percent_written_as_ones_are_told(kind: str, value: str, words: str) -> None:
    with pytest.raises(FindingsError, match=re.escape(words)):
        read(f"CN-ZJ,inventions_in_force,2025,{value},own,{kind},CN.inventions_in_force", head=f"{HEAD},kind,share_of")


@pytest.mark.parametrize("whole", ["", "CN", "CN.invention", "XX.gdp"])
def test_a_share_needs_a_whole_that_is_there(whole: str) -> None:
    with pytest.raises(FindingsError, match=r"row 2, share_of: .*Write region\.indicator of the whole, CN\.gdp\."):
        read(f"CN-ZJ,inventions_in_force,2025,0.09,own,share,{whole}", head=f"{HEAD},kind,share_of")


def test_a_figure_that_stands_twice_is_told_with_both_rows() -> None:
    with pytest.raises(FindingsError, match=r'own\.csv, row 3, id: "CN-ZJ\..*" stands in row 2 already\. Keep one, or'):
        read(ROW, ROW)


def test_missing_and_unknown_columns_are_told_at_once() -> None:
    with pytest.raises(FindingsError) as caught:
        read("CN-ZJ,2025,1,a", head="region,period,valeu,source_id")
    assert [(f.row, f.field) for f in caught.value.findings] == [(1, "indicator"), (1, "value"), (1, "valeu")]
    assert 'column "valeu" is unknown. Did you mean "value"?' in str(caught.value)
    assert "Needed: region, indicator, period, value, source_id." in str(caught.value)
    with pytest.raises(FindingsError, match=r'column "region" stands 2 times\. Keep one of them\.'):
        read(f"{ROW},CN", head=f"{HEAD},region")


def test_all_bad_rows_are_told_and_the_first_twenty_shown() -> None:
    with pytest.raises(FindingsError) as caught:
        read(*(ROW.replace("2025", str(year)).replace("488000", "x") for year in range(1990, 2020)))
    assert len(caught.value.findings) == 30
    assert str(caught.value).startswith("own.csv has 30 problems:\nown.csv, row 2, value: ")
    assert str(caught.value).endswith("... and 10 more.")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", 'own.csv, row 1, region: column "region" is missing.'),
        (f"{HEAD}\n".encode(), "own.csv holds no figures. Give rows with region, indicator, period, value, source_id."),
        (b"PK\x03\x04\x00\x00", "own.csv is not a text file in UTF-8 or GB18030. Save it as CSV in UTF-8."),
        (b"\xff\xff\xff", "own.csv is not a text file in UTF-8 or GB18030. Save it as CSV in UTF-8."),
        (f"{HEAD}\n{ROW},extra\n".encode(), "own.csv, row 2: 6 cells where the header has 5. Quote text that holds"),
        (b"x" * (LARGEST + 1), "own.csv is larger than 64 MB. Give single figures, not raw records."),
        (f"{HEAD}\n{ROW},{'9' * 200_000}\n".encode(), "own.csv, row 2: field larger than field limit"),
    ],
    ids=["empty", "header only", "a workbook", "no text", "a cell too many", "too large", "a monstrous cell"],
)
def test_a_file_that_cannot_be_used_says_why_and_what_to_do(content: bytes, words: str) -> None:
    with pytest.raises(InputError, match=re.escape(words)):
        read_observations(content, name="own.csv")


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.csv: not found\. Give the path of a CSV file\."):
        read_observations(tmp_path / "none.csv")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk"])
def test_a_chinese_spreadsheet_reads_alike_in_any_encoding(encoding: str, tmp_path: Path) -> None:
    text = f"{HEAD}\r\n浙江,有效发明专利,2025,488000,省局\r\n"
    (tmp_path / "own.csv").write_bytes(text.encode(encoding))
    (f,) = read_observations(tmp_path / "own.csv")
    assert (f.series, f.value, f.source_id) == ("CN-ZJ.inventions_in_force", 488_000, "省局")


@given(st.one_of(st.binary(max_size=200), st.text(max_size=200).map(str.encode)))
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_read_or_refused_in_words(content: bytes) -> None:
    for body in (content, f"{HEAD}\n".encode() + content):
        try:
            assert all(f.indicator in indicators() for f in read_observations(body))
        except InputError as error:
            assert str(error)  # noqa: PT017  # both outcomes are right
