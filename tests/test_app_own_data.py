"""Own data: levers on an own series are those of the engine, remarks come in both languages, all series at once."""

import re
from concurrent.futures import Future

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from dashboard.own_forecast import Job, forecasts
from dashboard.own_levers import Counted, guessed, movable, outlook_of
from dashboard.told import told
from dashboard.upload import TEMPLATE
from forecast.baseline import baseline_outlook
from forecast.catalog import indicators
from forecast.errors import InputError
from forecast.models import MODELS
from forecast.outlook import Forecast
from forecast.series import Series, years
from forecast.tables import read_frame, read_table
from scenarios.engine import levers_for, run
from scenarios.scenario import Scenario

LONG = 180
ROWS = [f"杭州专利,{2014 + i},{500 + 40 * i}" for i in range(12)]


def _script() -> None:
    from dashboard import cache, prepare, state, upload

    assert prepare.ready()
    state.start(cache.known())
    upload.upload_tab()


def _given(content: bytes, name: str = "表.csv", lang: str = "en") -> AppTest:
    at = AppTest.from_function(_script, default_timeout=LONG)
    at.query_params["lang"] = lang
    at.run()
    return _upload(at, content, name)


def _upload(at: AppTest, content: bytes, name: str = "表.csv") -> AppTest:
    at.file_uploader(key="w_upload").set_value((name, content, "text/csv")).run()
    assert not at.exception, at.exception
    return at


def _table(rows: list[str], encoding: str = "utf-8") -> bytes:
    return ("unique_id,ds,y\n" + "\n".join(rows)).encode(encoding)


def _sentence(at: AppTest) -> str:
    return next(m.value for m in at.markdown if "ipf-sentence" in m.value)


def test_levers_move_an_own_flow_by_the_engines_own_ratio_on_every_path() -> None:
    shared = baseline_outlook()
    key = "CN-ZJ.invention_applications"
    setting = {"region": "CN-ZJ", "level": 0.5, "start": 2027}
    scenario = Scenario(id="x", levers={"patent_subsidy_filing": setting, "ip_courts": setting})
    ours = run(scenario, shared)
    series = Series("mine", "count", "flow", years(2016, 10), 100.0 * 1.1 ** np.arange(10))
    made = MODELS["auto"].fit(series).forecast(10, n_paths=shared.n_paths, seed=1)
    own = run(scenario, outlook_of(made, key))
    assert own.years == tuple(range(2025, 2036))
    for year in (2026, 2028, 2035):
        mine, theirs = own.years.index(year), ours.years.index(year)
        ratio = own.of(key)[mine] / own.of(key, "mine")[mine]
        wanted = ours.of(key)[theirs] / ours.of(key, "mine")[theirs]
        assert ratio == pytest.approx(wanted, rel=1e-9)
    # The baseline stays the user's own forecast.
    assert np.array_equal(own.of(key, "reference")[1:], made.paths.T)
    assert np.all(own.of(key, "reference")[0] == series.values[-1])


def test_every_indicator_on_offer_is_moved_by_some_lever_of_its_own() -> None:
    # Steady values, the strongest level of each lever: something must differ for each indicator that can be chosen.
    still = []
    for indicator in movable():
        unit = indicators()[indicator].unit
        value = 0.2 if unit == "share" else 1000.0
        series = Series("mine", unit, "flow", years(2021, 5), np.full(5, value))
        made = Forecast(series, "hand", series.following(12), np.full((50, 12), value))
        counted = Counted("CN", indicator)
        moved = {
            lever.id: {"region": "CN", "level": max(lv.value for lv in lever.record.levels), "start": 2027}
            for lever in levers_for(indicator)
        }
        result = run(Scenario(id="x", levers=moved), outlook_of(made, counted.key))
        if not result.moves(counted.key):
            still.append(indicator)
    assert still == []


@pytest.mark.parametrize(
    ("name", "wanted"),
    [("杭州.发明专利申请量", "invention_applications"), ("Hangzhou.invention_applications", "invention_applications"),
     ("有效注册商标量", "trademarks_in_force"), ("my own thing", "")],
)  # fmt: skip
def test_what_a_series_counts_is_guessed_from_its_name_only_where_it_names_it(name: str, wanted: str) -> None:
    assert guessed(Series(name, "", "flow", years(2020, 3), [1, 2, 3])) == wanted


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_gbk_table_is_forecast_and_a_lever_changes_its_sentence(lang: str) -> None:
    at = _given(_table(ROWS, "gb18030"), lang=lang)
    assert not at.error
    before = _sentence(at)
    assert "杭州专利" in before
    at.selectbox(key="w_own_what_杭州专利").set_value("invention_applications").run()
    assert not at.exception, at.exception
    assert _sentence(at) == before.replace("2035", "2035")  # nothing is moved yet
    at.number_input(key="w_lx_ip_courts").set_value(1.0).run()
    assert not at.exception, at.exception
    after = _sentence(at)
    assert after != before
    assert re.search(r"\+\d", after)
    assert "ip_courts" in at.session_state["view"].levers


def test_a_share_in_percent_is_not_taken_for_one() -> None:
    share = next(key for key in movable() if indicators()[key].unit == "share")
    at = _given(_table([f"mine,{2014 + i},{12 + i}" for i in range(12)]))
    at.selectbox(key="w_own_what_mine").set_value(share).run()
    text = "\n".join(m.value for m in at.markdown)
    assert "A share lies between 0 and 1; this series goes up to 23" in text
    assert not [n for n in at.number_input if str(n.key).startswith("w_lx_")]


def test_monthly_data_are_forecast_without_levers() -> None:
    rows = [f"mine,{year}-{month:02d},{100 + month}" for year in (2022, 2023, 2024) for month in range(1, 13)]
    at = _given(_table(rows))
    text = "\n".join(m.value for m in at.markdown)
    assert "Levers act on yearly data" in text
    assert "ipf-sentence" in text


def test_a_corrected_file_of_the_same_name_and_size_is_read_anew() -> None:
    at = _given(_table([*ROWS[:-1], "杭州专利,2025,940"]))
    first = _sentence(at)
    _upload(at, _table([*ROWS[:-1], "杭州专利,2025,640"]))
    assert _sentence(at) != first


def test_all_series_at_once_give_the_numbers_of_each() -> None:
    at = _given(_table([*ROWS, *[row.replace("杭州", "宁波").replace(",5", ",6") for row in ROWS], "短,2024,1"]))
    at.button(key="w_own_all").click().run()
    assert not at.exception, at.exception
    frame = at.session_state["own_all"].made.result(LONG)
    at.run()
    assert [s.value for s in at.success] == ["2 series are forecast."]
    assert set(frame["unique_id"]) == {"杭州专利", "宁波专利"}  # one value alone cannot be forecast
    series = next(s for s in read_table(_table(ROWS)).series)
    wanted = MODELS["auto"].fit(series).forecast(10, n_paths=1000, seed=20261126)
    mine = frame[frame["unique_id"] == "杭州专利"]
    assert mine["median"].to_numpy() == pytest.approx(wanted.median, rel=1e-12)
    assert mine["hi-95"].to_numpy() == pytest.approx(wanted.band(95.0)[1], rel=1e-12)
    assert list(mine["ds"]) == [str(y) for y in range(2026, 2036)]


def test_the_template_is_read_without_a_remark() -> None:
    table = read_frame(TEMPLATE)
    assert len(table.problems) == 0
    assert guessed(table.series[0]) == "invention_applications"


def test_cancelled_forecasts_stop_at_the_series_they_are_at() -> None:
    table = read_table(_table([*ROWS, *[row.replace("杭州", "宁波") for row in ROWS]]))
    job = Job((0, 0))
    job.stop()
    assert forecasts(table, 3, job).empty
    assert (job.i, job.made.cancelled()) == (0, True)
    at = _given(_table([*ROWS, *[row.replace("杭州", "宁波") for row in ROWS]]))
    at.button(key="w_own_all").click().run()
    cancelled = at.session_state["own_all"]
    cancelled.made = Future()
    cancelled.stop()
    at.run()
    assert any("Cancelled. Press Forecast all" in i.value for i in at.info)
    assert not at.success


FAULTY = {
    "number": "a,2026,12 bn", "date": "a,someday,5", "name": ",2026,5", "zero": "a,2026,-4", "twice": "a,2025,9",
    "gap": "a,2029,9", "kinds": "a,2026-05,9", "missing": "a,2026,",
}  # fmt: skip


@pytest.mark.parametrize("fault", sorted(FAULTY))
def test_every_remark_on_a_file_is_told_in_chinese_too(fault: str) -> None:
    table = read_table(_table([*[f"a,{2014 + i},{100 + i}" for i in range(12)], FAULTY[fault]]), name="mine.csv")
    assert len(table.problems)
    for text in (*table.problems["what"], *table.problems["remedy"]):
        assert told(text, "en") == text
        assert re.search(r"[一-鿿]", told(text, "zh")), text
    rows = [f"{int(row)}" for row in table.problems["row"].dropna()]
    assert all(row in told(what, "zh") for row, what in zip(rows, table.problems["what"], strict=False))


@pytest.mark.parametrize(
    "content", [b"", b"unique_id,ds,y\n", b"place,when\nx,2020\n", b"\x89PNG\r\n\x1a\n\0\0", b"PK\x03\x04zip"]
)
def test_every_refusal_of_a_file_is_told_in_chinese_too(content: bytes) -> None:
    with pytest.raises(InputError) as refused:
        read_table(content, name="mine.csv")
    for text in (refused.value.what, refused.value.remedy):
        assert re.search(r"[一-鿿]", told(text, "zh")), text


def test_sentences_of_the_engine_keep_their_numbers_in_chinese() -> None:
    assert (
        told('f.csv, rows 13 and 14: "a" has two values for 2025.', "zh") == "f.csv第13行和第14行：“a”在2025有两个值。"
    )
    more = told('f.csv, row 3: "x" in column y is not a number. 7 more rows are like it.', "zh")
    assert more == "f.csv第3行：y列的“x”不是数字。另有7行情况相同。"


def test_the_forecast_of_all_keeps_bands_in_order() -> None:
    frame = pd.DataFrame({"unique_id": "a", "ds": range(2014, 2026), "y": np.arange(12) + 5.0})
    series = read_frame(frame).series[0]
    made = MODELS["auto"].fit(series).forecast(3, n_paths=1000, seed=1)
    low, high = made.band(95.0)
    assert np.all(low <= made.median)
    assert np.all(made.median <= high)
