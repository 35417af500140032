"""Each page in both languages, run by Streamlit's own test class on the bundled data; no page may show an error."""

from types import MappingProxyType

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from dashboard.plan import opened, scenario_of
from dashboard.view import Setting, View
from forecast.baseline import baseline_outlook
from scenarios.engine import run
from scenarios.files import parse_scenario
from scenarios.scenario import Scenario, to_yaml

PAGES = ("start", "outlook", "levers", "why", "regions", "reach", "compare", "evidence", "worked", "share", "limits")
MOVED = {"l": "ip_courts~0.5~2027~2", "a": "rd_growth~0.01"}
LONG = 120


def _script(name: str) -> None:
    from dashboard import cache, frame, prepare, state
    from dashboard.page import styled

    assert prepare.ready()
    state.start(cache.known())
    styled()
    state.put("pages", {})
    {entry[0]: entry[3] for entry in frame.PAGES}[name]()


def _open(name: str, **parts: str) -> AppTest:
    at = AppTest.from_function(_script, kwargs={"name": name}, default_timeout=LONG)
    for key, value in parts.items():
        at.query_params[key] = value
    return at.run()


def _healthy(at: AppTest) -> None:
    assert not at.exception, at.exception
    assert not at.error, [e.value for e in at.error]


def _part(at: AppTest, key: str) -> str:
    found = at.query_params[key]
    return found if isinstance(found, str) else found[0]


def _text(at: AppTest) -> str:
    return "\n".join(str(m.value) for m in at.markdown)


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("name", PAGES)
def test_every_page_opens_in_both_languages(name: str, lang: str) -> None:
    at = _open(name, lang=lang, **MOVED)
    _healthy(at)
    assert "ipf-foot" in _text(at)


@pytest.mark.parametrize("name", ["start", "outlook", "levers", "compare"])
@pytest.mark.parametrize("series", ["CN.ip_pledge_amount", "CN-ZJ.trademarks_in_force", "CN.rd_intensity",
                                    "NE4.inventions_in_force", "CN-SH.high_value_inventions_per_10k"])  # fmt: skip
def test_pages_hold_for_amounts_shares_ratios_and_groups(name: str, series: str) -> None:
    _healthy(_open(name, s=series))


def test_a_series_without_an_outlook_shows_its_figures_and_says_why() -> None:
    at = _open("outlook", s="CN.bad_faith_trademark_cases")
    _healthy(at)
    assert any("no yearly outlook" in i.value for i in at.info) or "ipf-sentence" in _text(at)
    assert len(at.dataframe)


def test_a_moved_lever_shows_a_sentence_and_a_changed_result() -> None:
    plain, moved = _open("levers"), _open("levers", **MOVED)
    _healthy(moved)
    assert "Nothing differs from the baseline yet" in _text(plain)
    assert "on my baseline" in _text(moved)


def test_pressing_a_level_sets_the_exact_value_and_the_link_and_undo_takes_it_back() -> None:
    at = _open("levers")
    at.button_group(key="w_l_ip_courts").set_value(1.0).run()
    _healthy(at)
    assert at.number_input(key="w_lx_ip_courts").value == 1.0
    assert _part(at, "l").startswith("ip_courts~1~")
    assert "moves" in _text(at)
    at.button(key="w_undo").click().run()
    assert at.number_input(key="w_lx_ip_courts").value == 0.0
    assert "l" not in at.query_params


def test_an_exact_value_between_levels_leaves_no_level_pressed() -> None:
    at = _open("levers")
    at.number_input(key="w_lx_ip_courts").set_value(0.37).run()
    _healthy(at)
    assert not at.button_group(key="w_l_ip_courts").value
    assert _part(at, "l").startswith("ip_courts~0.37~")


def test_reset_puts_everything_back() -> None:
    at = _open("levers", **MOVED)
    at.button(key="w_reset").click().run()
    _healthy(at)
    assert "l" not in at.query_params
    assert "a" not in at.query_params


def test_a_lever_that_does_not_act_here_says_so() -> None:
    at = _open("levers", l="customs_enforcement~1~2027~0")
    _healthy(at)
    assert "do not act on" in _text(at)


def test_a_broken_link_is_told_and_the_rest_is_shown() -> None:
    at = _open("start", lang="zh", l="nonsense~1~2~3", s="CN.ip_pledge_amount")
    _healthy(at)
    assert any("nonsense" in w.value for w in at.warning)
    assert "中国" in _text(at)


def test_what_the_page_shows_is_what_the_engine_gives() -> None:
    view = View(levers=MappingProxyType({"ip_courts": Setting(0.5, 2027, 2)}))
    result = run(scenario_of(view), baseline_outlook())
    median = float(np.median(result.of(view.series)[result.years.index(2030)]))
    at = _open("levers", l="ip_courts~0.5~2027~2")
    assert f"{float(f'{median:.3g}'):,.0f}" in _text(at)


def test_a_view_as_a_file_and_back_is_the_same_view() -> None:
    levers = {"ip_courts": Setting(0.5, 2028, 3), "trademark_filing_fee": Setting(-0.5, 2027, 0)}
    view = View(levers=MappingProxyType(levers), assumptions=MappingProxyType({"rd_growth": 0.02}))
    again = opened(parse_scenario(to_yaml(scenario_of(view))), View())
    assert again.lost == ()
    assert dict(again.view.levers) == levers
    assert dict(again.view.assumptions) == {"rd_growth": 0.02}


def test_a_view_with_nothing_moved_is_the_empty_scenario() -> None:
    assert not scenario_of(View()).moves_anything
    assert opened(Scenario(id="nothing"), View()).view == View()


def _upload(content: bytes, name: str) -> AppTest:
    at = _open("evidence")
    at.file_uploader(key="w_upload").set_value((name, content, "text/csv"))
    return at.run()


OWN = "unique_id,ds,y\n" + "\n".join(f"我的城市,{2015 + i},{100 + 9 * i}" for i in range(11))


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_own_data_are_read_and_forecast_in_the_session(encoding: str) -> None:
    at = _upload(OWN.encode(encoding), "own.csv")
    _healthy(at)
    assert "1 of 1 series were read" in _text(at)
    assert "我的城市" in _text(at)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),  # nothing in it
        (b"\x00\x01\x02\xff\xfe" * 40, ""),  # not a table
        (b"unique_id,ds,y\na,2023,12 bn\na,2024,5\n", "12 bn"),  # text in a number, told by row
        (b"unique_id,ds,y\na,2023,-5\na,2024,5\na,2025,6\n", "below"),  # a negative count
    ],
)
def test_bad_files_are_answered_in_words(content: bytes, said: str) -> None:
    at = _upload(content, "bad.csv")
    assert not at.exception
    told = _text(at) + " ".join(e.value for e in at.error) + " ".join(d.value.to_string() for d in at.dataframe)
    assert said in told
    assert "Traceback" not in told


def test_an_error_inside_a_page_is_told_with_a_code_and_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    from dashboard import limits

    def broken(*_: object) -> list[str]:
        raise RuntimeError("secret path /home/x")

    monkeypatch.setattr(limits, "of_series", broken)
    at = _open("limits")
    assert not at.exception
    assert len(at.error) == 1
    assert "Code" in at.error[0].value or "code" in at.error[0].value
    assert "secret" not in at.error[0].value


def test_every_series_of_the_ledger_can_be_chosen() -> None:
    from dashboard import cache
    from forecast.observations import observations

    _open("start")
    assert {figure.series for figure in observations()} <= set(cache.choices())


def _search(text: str) -> list[str]:
    from dashboard.ledger import matching

    return [f.id for f in matching("", "", (1900, 2100), text)]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("zhejiang invention patents in force", "CN-ZJ.inventions_in_force.asof-2025-06.level.s000"),
        ("浙江 有效发明专利量", "CN-ZJ.inventions_in_force.asof-2025-06.level.s000"),
    ],
)
def test_figures_are_found_by_words_of_both_languages(text: str, wanted: str) -> None:
    assert wanted in _search(text)


def test_every_lever_at_its_end_still_gives_a_picture_and_a_sentence() -> None:
    from scenarios.engine import levers_for

    items = []
    for lever in levers_for("inventions_in_force"):
        low, high = lever.bounds
        items.append(f"{lever.id}~{high if high > 0 else low:g}~2026~0")
    at = _open("levers", l="~~".join(items))
    _healthy(at)
    assert "The largest part comes from" in _text(at)
    assert "nan" not in _text(at).split("ipf-sentence")[1][:400]
