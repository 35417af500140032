"""Tables of users: what is read, what is refused, and what is said."""

import contextlib
import io
import time
import zipfile
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forecast.dates import axis
from forecast.errors import InputError
from forecast.export import write_table
from forecast.gaps import filled
from forecast.series import Series
from forecast.table_form import TableForm
from forecast.tables import Table, read_frame, read_table, series_frame

GOOD = "unique_id,ds,y\na,2022,1\na,2023,2\na,2024,3\n"


def csv(*lines: str) -> bytes:
    return "\n".join(("unique_id,ds,y", *lines)).encode()


def told(table: Table) -> list[str]:
    return [f"{what} {remedy}" for what, remedy in zip(table.problems["what"], table.problems["remedy"], strict=True)]


def same(first: Table, second: Table, digits: float = 0.0) -> bool:
    return [s.key for s in first.series] == [s.key for s in second.series] and all(
        a.periods.equals(b.periods)
        and np.allclose(a.values, b.values, rtol=digits, atol=0)
        and np.allclose(a.log_sd, b.log_sd)
        for a, b in zip(first.series, second.series, strict=True)
    )


ids = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=8).filter(
    lambda text: not text.startswith(("=", "+", "-", "@"))
)
amounts = st.floats(0, 1e15, allow_nan=False, allow_subnormal=False)


@st.composite
def some_series(draw: st.DrawFn) -> list[Series]:
    alias = draw(st.sampled_from(["Y", "Q", "M", "W-SUN", "W-WED", "D"]))
    out = []
    for key in draw(st.lists(ids, min_size=1, max_size=4, unique=True)):
        values = draw(st.lists(amounts, min_size=3, max_size=9))
        periods = axis(alias, draw(st.integers(3000, 18_000)), len(values))
        out.append(Series(key, "count", "stock", periods, values))
    return sorted(out, key=lambda s: s.key)


@pytest.mark.parametrize("ending", [".csv", ".xlsx", ".parquet"])
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(made=some_series())
def test_what_is_written_is_read_again(made: list[Series], ending: str, tmp_path: Path) -> None:
    write_table(series_frame(made), tmp_path / f"t{ending}")
    table = read_table(tmp_path / f"t{ending}")
    assert not len(table.problems)
    # A workbook keeps sixteen figures of a number, a double has up to seventeen.
    assert same(table, Table("", tuple(made), table.problems), digits=1e-15 if ending == ".xlsx" else 0.0)
    assert {(s.unit, s.kind) for s in table.series} == {("count", "stock")}


@settings(max_examples=300, deadline=None)
@given(content=st.one_of(st.binary(max_size=300), st.text(max_size=300).map(str.encode)))
def test_any_bytes_are_read_or_refused_in_words(content: bytes) -> None:
    for body in (content, b"unique_id,ds,y\n" + content, b"PK\x03\x04" + content, b"PAR1" + content):
        with contextlib.suppress(InputError):
            read_table(body, name="any")


@settings(max_examples=30, deadline=None)
@given(order=st.permutations(range(8)))
def test_the_order_of_rows_does_not_matter(order: list[int]) -> None:
    lines = ["a,2020,1", "a,2021,2", "a,2023,4", "b,2020,x", "c,2020Q1,1", "c,2020Q2,1", "c,2020Q3,5", "b,2021,1"]
    first, second = read_table(csv(*lines)), read_table(csv(*(lines[i] for i in order)))
    assert same(first, second)
    assert first.problems["outcome"].tolist() == second.problems["outcome"].tolist()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_encodings_and_separators_of_spreadsheets_read_alike(encoding: str, separator: str) -> None:
    text = "unique_id,ds,y\n浙江,2022年,1\n浙江,2023年,2.5\n浙江,2024年,3\n".replace(",", separator)
    (series,) = read_table(text.encode(encoding)).series
    assert (series.key, series.values.tolist(), str(series.periods[0])) == ("浙江", [1, 2.5, 3], "2022")


@pytest.mark.parametrize(
    ("dates", "first", "season"),
    [
        (["2022", "2023", "2024"], "2022", 1),
        (["2022年", "2023年", "2024年底"], "2022", 1),
        (["２０２２", "２０２３", "２０２４"], "2022", 1),  # full-width digits
        (["2022-12-31", "2023-12-31", "2024-12-31"], "2022", 1),  # days a year apart are annual
        (["2023-12", "2024-12", "2025-12"], "2023", 1),
        (["2024Q1", "2024Q2", "2024Q3"], "2024Q1", 4),
        (["2024年第一季度", "2024年2季度", "2024年第三季度"], "2024Q1", 4),
        (["2024-03-31", "2024-06-30", "2024-09-30"], "2024Q1", 4),
        (["2024-01", "2024-02", "2024-03"], "2024-01", 12),
        (["2024年1月", "2024年2月", "2024年3月"], "2024-01", 12),
        (["2024-01-31", "2024-02-29", "2024-03-31"], "2024-01", 12),  # ends of months
        (["202401", "202402", "202403"], "2024-01", 12),
        (["2024/1/1", "2024/1/8", "2024/1/15"], "2024-01-01/2024-01-07", 52),
        (["20240101", "20240102", "20240103"], "2024-01-01", 7),
        (["2024-01-01T00:00:00", "2024-01-02T00:00:00", "2024-01-03T00:00:00"], "2024-01-01", 7),
    ],
)
def test_dates_tell_the_frequency(dates: list[str], first: str, season: int) -> None:
    (series,) = read_table(csv(*(f"a,{d},{i}" for i, d in enumerate(dates)))).series
    assert (str(series.periods[0]), series.season, series.values.tolist()) == (first, season, [0, 1, 2])


def test_the_frequency_can_be_given() -> None:
    lines = ["a,2024-01-01,1", "a,2024-04-01,2", "a,2024-07-01,3"]
    (told_,) = read_table(csv(*lines)).series
    (given_,) = read_table(csv(*lines), form=TableForm(frequency="monthly")).series
    assert (told_.n, given_.n) == (3, 7)
    with pytest.raises(InputError, match=r'frequency "hourly" is unknown. Known: annual, quarterly'):
        TableForm(frequency="hourly")


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["a,2024,12 bn"], 'f.csv, row 2: "12 bn" in column y is not a number. Remove units and thousands marks.'),
        (['a,2024,"1,234"'], 'f.csv, row 2: "1,234" in column y is not a number. Remove units and thousands marks.'),
        (["a,2024,1,234"], "f.csv, row 2: 4 fields where the header has 3. Quote text that holds the separator, and"),
        (["a,2024,inf"], 'f.csv, row 2: "inf" in column y is not a number.'),
        (["a,2024,TRUE"], 'f.csv, row 2: "TRUE" in column y is not a number.'),
        (["", "a,soon,1"], 'f.csv, row 3: "soon" is not a date. Write 2025, 2025-06 or 2025-06-30.'),
        (["a,2025-13,1"], 'f.csv, row 2: "2025-13" is not a date.'),
        (["a,2025-02-30,1"], 'f.csv, row 2: "2025-02-30" is not a date.'),
        (["a,99999,1"], 'f.csv, row 2: "99999" is not a date.'),
        (["a,2024,-5"], "a, row 2: -5. Counts and amounts must not be below zero."),
        (["a,2023,1", "a,2024,1", "a,2023,1"], 'f.csv, rows 2 and 4: "a" has two values for 2023. Keep one.'),
        (["a,2023,1", "a,2024-05,1"], 'f.csv, rows 2 and 3: "a" has a year in one and a month in the other.'),
        (["a,2023,", "a,2024,NaN"], "a: no row holds a value. Give values, or leave it out."),
        ([",2023,1"], "f.csv, row 2: unique_id is empty. Name the series of each row."),
        (["a,1900-01-01,1", "a,1900-01-02,2", "a,2024-01-01,1"], "a: 3 values stand for 45291 periods from 1900-01-01"),
    ],
)
def test_a_bad_row_names_file_row_and_remedy_and_costs_its_series_only(lines: list[str], message: str) -> None:
    table = read_table(csv(*lines, "good,2022,1", "good,2023,2", "good,2024,3"), name="f.csv")
    assert [s.key for s in table.series] == ["good"]
    assert table.problems["outcome"].tolist() == ["left out"]
    assert told(table)[0].startswith(message)


def test_many_bad_rows_are_counted_and_not_all_named() -> None:
    table = read_table(csv(*(f"a,{y},x" for y in range(2000, 2020))), name="f.csv")
    assert table.problems["row"].tolist() == [2, 3, 4]
    assert table.problems["what"][2] == 'f.csv, row 4: "x" in column y is not a number. 17 more rows are like it.'
    assert table.summary() == '0 of 1 series were read. 1 were left out: "a".'


def test_gaps_are_filled_as_unknown_and_said() -> None:
    table = read_table(csv("a,2020,100", "a,2021,n/a", "a,2022,121", "a,2024,146.41"))
    (series,) = table.series
    assert told(table) == ["a: no value for 2021, 2023. They are filled as unknown, and the band shows it."]
    np.testing.assert_allclose(series.values, 100 * 1.1 ** np.arange(5))  # growth of 10% a year goes on inside
    assert (series.log_sd > 0).tolist() == [False, True, False, True, False]


def test_unknown_ends_are_left_away_and_said() -> None:
    table = read_table(csv("a,2019,", "a,2020,1", "a,2021,2", "a,2022,3", "a,2023,-"))
    (series,) = table.series
    assert [str(p) for p in series.periods] == ["2020", "2021", "2022"]
    assert told(table) == [
        "a: no value after 2022, though the table goes to 2023. The outlook starts after the last value."
    ]


def test_too_short_is_read_and_said() -> None:
    table = read_table(csv("a,2024,1", "b,2023,1", "b,2024,1"))
    assert [s.key for s in table.series] == ["a", "b"]
    assert told(table) == [
        "a: 1 value; at least 3 are needed. Shown without an outlook.",
        "b: 2 values; at least 3 are needed. Shown without an outlook.",
    ]


@settings(max_examples=100, deadline=None)
@given(
    known=st.lists(st.floats(0.01, 1e9), min_size=3, max_size=10),
    steps=st.lists(st.integers(1, 4), min_size=9, max_size=9),
)
def test_known_values_stay_and_unknown_ones_widen_towards_the_middle(known: list[float], steps: list[int]) -> None:
    places = np.concatenate([[0], np.cumsum(steps[: len(known) - 1])])
    full, log_sd = filled(np.array(known), places)
    assert full[places].tolist() == known
    assert not log_sd[places].any()
    inside = np.setdiff1d(np.arange(len(full)), places)
    assert (log_sd[inside] > 0).all()
    assert full.min() >= min(known) * (1 - 1e-9)
    assert full.max() <= max(known) * (1 + 1e-9)


def test_errors_of_values_become_errors_of_logarithms() -> None:
    (series,) = read_table(b"unique_id,ds,y,y_sd\na,2022,100,5\na,2023,100,0\na,2024,100,\n").series
    np.testing.assert_allclose(series.log_sd, [np.sqrt(np.log(1 + 0.05**2)), 0, 0])
    table = read_table(b"unique_id,ds,y,y_sd\na,2022,100,-5\n", name="f.csv")
    assert told(table)[0].startswith('f.csv, row 2: "-5" in column y_sd is not a standard deviation.')


def test_values_below_zero_are_read_where_they_make_sense() -> None:
    (series,) = read_table(csv("a,2022,-1", "a,2023,2", "a,2024,-3"), form=TableForm(signed=True)).series
    assert series.values.tolist() == [-1, 2, -3]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", '"f.csv" is empty. Give a table with the columns unique_id, ds, y.'),
        (b"\n\n  \n", '"f.csv" is empty.'),
        (b"unique_id,ds,y\n", '"f.csv" has a header and no rows. Give at least one row of unique_id, ds, y.'),
        (b"region,ds,y\na,2024,1\n", 'f.csv: column "unique_id" is missing. Found: region, ds, y. Needed: unique_id'),
        (b"unique_id,ds,y,y\na,2024,1,2\n", 'f.csv: column "y" stands there twice. Keep one.'),
        (b"%PDF-1.7\n", '"f.csv" is not a CSV, XLSX or Parquet file. Save it as one of these and try again.'),
        (b"\x89PNG\r\n\x1a\n\0\0\0", '"f.csv" is not a CSV, XLSX or Parquet file.'),
        (b"PK\x03\x04 no archive", '"f.csv" is damaged or not an XLSX workbook.'),
        (b"PAR1 no columns PAR1", '"f.csv" is damaged or not a Parquet file.'),
        (b"unique_id,ds,y\n\xff\xff\xff,2024,1\n", "f.csv is not readable as UTF-8 or GB18030. Save as UTF-8."),
    ],
)
def test_a_file_that_cannot_be_read_says_why_and_what_to_do(content: bytes, message: str) -> None:
    with pytest.raises(InputError) as caught:
        read_table(content, name="f.csv")
    assert str(caught.value).startswith(message)


def test_a_missing_file_and_one_too_large_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"does not exist. Check the path."):
        read_table(tmp_path / "none.csv")
    with pytest.raises(InputError, match=r'"f.csv" has 1.0 MB; the limit is 0.5 MB. Use the command line'):
        read_table(b"x" * 1_000_000, name="f.csv", form=TableForm(limit=500_000))


def test_columns_can_be_mapped_and_the_rest_is_left_alone() -> None:
    text = "地区,年份,数量,备注\n浙江,2022,1,x\n浙江,2023,2,\n浙江,2024,3,\n"
    form = TableForm(columns={"unique_id": "地区", "ds": "年份", "y": "数量"})
    assert [s.key for s in read_table(text.encode("gbk"), form=form).series] == ["浙江"]
    with pytest.raises(InputError, match=r'"x" cannot be mapped to a column. Known: unique_id'):
        TableForm(columns={"x": "y"})


def test_a_workbook_is_read_by_sheet_and_names_rows_as_it_shows_them(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["nothing"])
    sheet = book.create_sheet("数据")
    sheet.append([])
    for row in (["unique_id", "ds", "y"], ["a", 2022, 1], ["a", pd.Timestamp(2023, 1, 1), 2], ["b", 2022, "12万"]):
        sheet.append(row)
    book.save(tmp_path / "b.xlsx")
    table = read_table(tmp_path / "b.xlsx", form=TableForm(sheet="数据"))
    assert 'b.xlsx, row 5: "12万" in column y is not a number.' in table.problems["what"].tolist()
    with pytest.raises(InputError, match=r'b.xlsx: sheet "数" is unknown. Did you mean "数据"|Known: Sheet, 数据'):
        read_table(tmp_path / "b.xlsx", form=TableForm(sheet="数"))
    with pytest.raises(InputError, match=r'column "unique_id" is missing. Found: nothing'):
        read_table(tmp_path / "b.xlsx")


def test_an_archive_that_is_no_workbook_is_refused() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("word/document.xml", "<x/>")
    with pytest.raises(InputError, match=r"is not a CSV, XLSX or Parquet file"):
        read_table(stream.getvalue(), name="f.xlsx")


def test_a_workbook_made_to_fill_the_memory_is_refused() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<x/>")
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as file:
            for _ in range(33):
                file.write(bytes(1 << 26))
    with pytest.raises(InputError, match=r'"f.xlsx" unpacks to more than 2 GB. Save it as CSV or Parquet.'):
        read_table(stream.getvalue(), name="f.xlsx")


def test_a_folder_of_partitions_is_one_table(tmp_path: Path) -> None:
    frame = pd.DataFrame({"unique_id": ["a", "a", "b"] * 2, "ds": [2020, 2021, 2020, 2022, 2023, 2021], "y": range(6)})
    frame.to_parquet(tmp_path / "t", partition_cols=["unique_id"])
    (tmp_path / "t" / "_SUCCESS.parquet").write_text("not a table")
    assert {s.key: s.n for s in read_table(tmp_path / "t").series} == {"a": 4, "b": 2}
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match=r'"empty" holds no Parquet files.'):
        read_table(tmp_path / "empty")


@pytest.mark.parametrize(
    "ds",
    [
        pd.Series([2022, 2023, 2024]),
        pd.Series([2022.0, 2023.0, 2024.0]),
        pd.Series(["2022", "2023", "2024"], dtype="category"),
        pd.to_datetime(pd.Series(["2022-12-31", "2023-12-31", "2024-12-31"])),
        pd.to_datetime(pd.Series(["2022-12-31", "2023-12-31", "2024-12-31"])).dt.tz_localize("Asia/Shanghai"),
        pd.Series(pd.period_range("2022", periods=3, freq="Y")),
        pd.Series([2022, "2023年", 2024.0], dtype=object),
    ],
    ids=["int", "float", "category", "timestamp", "zone", "period", "text"],
)
def test_data_frames_of_any_date_type_are_read(ds: pd.Series) -> None:
    table = read_frame(pd.DataFrame({"unique_id": [7, 7, 7], "ds": ds, "y": [1, 2, 3]}))
    (series,) = table.series
    assert (series.key, [str(p) for p in series.periods]) == ("7", ["2022", "2023", "2024"])


@pytest.mark.slow
def test_fifty_megabytes_are_read_within_seconds(tmp_path: Path) -> None:
    path = tmp_path / "large.csv"
    with path.open("w") as file:
        file.write("unique_id,ds,y\n")
        for s in range(140_000):
            file.writelines(f"s{s:06d},{year},{s + year}\n" for year in range(2005, 2025))
    assert path.stat().st_size > 50e6
    began = time.monotonic()
    table = read_table(path)
    assert time.monotonic() - began < 30
    assert (len(table.series), table.series[-1].values[-1]) == (140_000, 139_999 + 2024)
