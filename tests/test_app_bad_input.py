"""What people really load, and what nobody should: each is read or answered in words, and nothing runs."""

import io
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

LONG = 180
ROWS = [f"a,{2014 + i},{100 + 7 * i}" for i in range(12)]
HEAD = "unique_id,ds,y"


def _script(name: str) -> None:
    from dashboard import cache, frame, prepare, state

    assert prepare.ready()
    state.start(cache.known())
    state.put("pages", {})
    {entry[0]: entry[3] for entry in frame.PAGES}[name]()


def _given(page: str, widget: str, content: bytes, name: str, lang: str = "en") -> tuple[AppTest, str]:
    """Give the page after a file was put into one of its boxes, and all it says."""
    at = AppTest.from_function(_script, kwargs={"name": page}, default_timeout=LONG)
    at.query_params["lang"] = lang
    at.run()
    at.file_uploader(key=widget).set_value((name, content, "application/octet-stream"))
    at.run()
    assert not at.exception, at.exception
    told = [*(m.value for m in at.markdown), *(e.value for e in at.error), *(w.value for w in at.warning)]
    told += [frame.value.to_string() for frame in at.dataframe]
    text = "\n".join(map(str, told))
    assert "Traceback" not in text
    return at, text


def _table(*lines: str) -> bytes:
    return "\n".join([HEAD, *lines]).encode()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (_table(*ROWS, "a,2025,9"), ("two values for 2025", "rows 13 and 14")),  # a period twice, with the rows
        (_table(*ROWS[:5], "a,2019,NaN", *ROWS[6:]), ("2019",)),  # nothing known of one year
        (_table(*ROWS, "a,2026,-4"), ("below zero", "-4")),  # a count below zero
        (_table(*ROWS, "a,2026,12 bn"), ("12 bn", "not a number")),  # text in a number
        (_table(*ROWS[:3]), ("Only 3 values", "1 of 1 series were read")),  # too few to forecast
        (_table(*ROWS, "a,someday,5"), ("someday",)),  # no date
        (HEAD.encode(), ()),  # heads without rows
        (b"", ("empty",)),  # nothing at all
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8, ()),  # a picture by mistake
    ],
    ids=["twice", "nan", "negative", "text", "three", "date", "no rows", "empty", "picture"],
)
def test_a_bad_table_is_answered_with_what_and_where(content: bytes, said: tuple[str, ...]) -> None:
    at, text = _given("evidence", "w_upload", content, "mine.csv")
    problems = any("Row" in frame.value.columns for frame in at.dataframe)
    assert at.error or at.warning or problems or "⚠" in text, "silence"
    for word in said:
        assert word in text, text[-1500:]


def test_a_missing_column_can_be_named_by_hand() -> None:
    content = ("place,when,much\n" + "\n".join(ROWS)).encode()
    at, text = _given("evidence", "w_upload", content, "mine.csv")
    assert [box.key for box in at.selectbox if str(box.key).startswith("w_map_")] == [
        "w_map_unique_id_mine.csv", "w_map_ds_mine.csv", "w_map_y_mine.csv",
    ]  # fmt: skip
    assert "1 of 1 series were read" in text


def test_a_table_with_a_column_too_few_is_refused_in_words() -> None:
    at, text = _given("evidence", "w_upload", b"place,when\nx,2020\nx,2021\n", "mine.csv")
    assert at.error
    assert "mine.csv" in text


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_chinese_spreadsheet_is_read(lang: str) -> None:
    content = ("地区,年份,数值\n" + "\n".join(ROWS)).encode("gb18030")
    at, text = _given("evidence", "w_upload", content, "表.csv", lang)
    assert not at.error
    assert ("已读取1个" if lang == "zh" else "1 of 1 series were read") in text


def test_a_workbook_is_read() -> None:
    out = io.BytesIO()
    pd.DataFrame({"unique_id": "a", "ds": range(2014, 2026), "y": range(100, 220, 10)}).to_excel(out, index=False)
    at, text = _given("evidence", "w_upload", out.getvalue(), "mine.xlsx")
    assert not at.error
    assert "1 of 1 series were read" in text


def test_a_file_beyond_the_limit_is_sent_to_the_command_line() -> None:
    content = HEAD.encode() + b"\n" + b"a,2014,1\n" * (6 * 1024 * 1024)
    assert len(content) > 50 * 1024 * 1024
    at, text = _given("evidence", "w_upload", content, "large.csv")
    assert "the limit is" in at.error[0].value
    assert "command line" in text


def test_own_series_stay_in_their_session() -> None:
    _given("evidence", "w_upload", _table(*ROWS), "secret-name.csv")
    at = AppTest.from_function(_script, kwargs={"name": "evidence"}, default_timeout=LONG).run()
    assert "upload" not in at.session_state or at.session_state["upload"] is None
    assert "secret-name" not in "".join(str(m.value) for m in at.markdown)


BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "\n".join(
    f"{chr(98 + i)}: &{chr(98 + i)} [{','.join(['*' + chr(97 + i)] * 9)}]" for i in range(9)
)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("id: x\nlevers: !!python/object/apply:os.system ['touch HERE']", "mine.yaml"),  # a command in a tag
        (BOMB, "mine.yaml"),  # a billion words out of ten lines
        ("id: x\nlevers: {ip_court: all}", "Did you mean"),  # a typing error
        ("id: x\nlevers: {ip_courts: {region: CN-XX, level: 1}}", "CN-XX"),  # no such region
        ("id: x\nlevers: {ip_courts: 1e9}", "ip_courts"),  # not possible
        ("id: x\nlevers: [", "mine.yaml"),  # no YAML
        ("- a\n- b\n", "a scenario is a mapping"),
        ("", "mine.yaml"),
        ("x" * 300_000, "200,000"),  # too long to be one
    ],
    ids=["command", "bomb", "typing", "region", "value", "broken", "list", "empty", "long"],
)
def test_a_bad_scenario_file_is_answered_and_nothing_runs(
    text: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IP_FORESIGHT_DATABASE", f"sqlite:///{tmp_path / 'plans.sqlite'}")
    trace = tmp_path / "ran"
    at, told = _given("share", "w_scenario_file", text.replace("HERE", str(trace)).encode(), "mine.yaml")
    assert len(at.error) == 1
    assert said in told
    assert not trace.exists()
    assert not at.session_state["view"].moved


def test_a_scenario_file_that_is_not_text_is_answered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IP_FORESIGHT_DATABASE", f"sqlite:///{tmp_path / 'plans.sqlite'}")
    at, told = _given("share", "w_scenario_file", "id: 计划".encode("gb18030"), "mine.yaml")
    assert len(at.error) == 1
    assert "UTF-8" in told
