"""Handing on: report, slides, notebook, saved scenarios, roles, large type; the numbers are those of the engine."""

import io
import json
import re
import zipfile
from html import unescape
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from dashboard import reproduce
from dashboard.brief import key_years
from dashboard.people import Person, role_of
from dashboard.plan import scenario_of
from dashboard.shelf import VARIABLE
from dashboard.view import Setting, View
from forecast.baseline import baseline_outlook
from scenarios.engine import run
from scenarios.scenario import to_yaml

LONG = 180
MOVED = {"l": "ip_courts~0.5~2027~2~~preexamination_centre~1~2027~0", "a": "rd_growth~0.01", "t": "900000~2030"}
LEVERS = {"ip_courts": Setting(0.5, 2027, 2), "preexamination_centre": Setting(1.0, 2027, 0)}


def _page(name: str) -> None:
    from dashboard import cache, frame, people, prepare, state
    from dashboard.page import styled

    if not people.admitted(state.first_language()) or not prepare.ready():
        return
    state.start(cache.known())
    styled()
    state.put("pages", {})
    {entry[0]: entry[3] for entry in frame.PAGES}[name]()
    people.leaving(state.view().lang)


def _files() -> None:
    import streamlit as st

    from dashboard import cache, prepare, report, slides, state
    from dashboard.brief import brief

    assert prepare.ready()
    state.start(cache.known())
    made = brief(cache.named(state.view().series), "http://localhost/levers?l=<script>")
    st.session_state["made"] = (made, report.html(made), slides.pptx(made))


def _open(script, parts: dict[str, str], **kwargs: object) -> AppTest:
    at = AppTest.from_function(script, kwargs=kwargs or None, default_timeout=LONG)
    for key, value in parts.items():
        at.query_params[key] = value
    at.run()
    assert not at.exception, at.exception
    return at


def _text(at: AppTest) -> str:
    return "\n".join(str(m.value) for m in at.markdown)


@pytest.fixture(autouse=True)
def _own_shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, f"sqlite:///{tmp_path / 'plans.sqlite'}")


@pytest.fixture(scope="module", params=["en", "zh"])
def made(request: pytest.FixtureRequest):
    """Give brief, page and slides of one scenario in each language."""
    return _open(_files, {**MOVED, "lang": request.param}).session_state["made"]


def _median(view: View, year: int) -> float:
    result = run(scenario_of(view), baseline_outlook())
    return float(np.median(result.of(view.series)[result.years.index(year)]))


def test_the_report_says_what_the_engine_gives(made) -> None:
    brief, _, _ = made
    from types import MappingProxyType

    view = View(levers=MappingProxyType(LEVERS), assumptions=MappingProxyType({"rd_growth": 0.01}))
    value = _median(view, 2035)
    row = next(row for row in brief.numbers.rows if row[0] == "2035")
    shown = float(re.sub(r"[^\d.]", "", row[1])) * (1e6 if row[1].endswith(" m") else 1e4)
    # Three figures are printed.
    assert shown == pytest.approx(value, rel=5.1e-3)


def test_the_page_holds_sentence_picture_settings_and_sources_and_no_script(made) -> None:
    brief, page, _ = made
    text = page.decode()
    plain = unescape(re.sub(r"<[^>]+>", "", text))
    assert brief.words.replace("**", "") in plain
    assert text.count("<svg") == 1
    assert len(brief.settings.rows) == 3
    for table in (brief.numbers, brief.settings):
        assert all(cell in plain for row in table.rows for cell in row)
    assert 'href="https://' in text or 'href="http://' in text
    assert "<script" not in text.lower()
    assert "{{" not in text
    assert "nan" not in plain.lower().split()


def test_the_slides_open_again_and_hold_the_same_words(made) -> None:
    from pptx import Presentation

    brief, _, slides = made
    assert zipfile.ZipFile(io.BytesIO(slides)).testzip() is None
    show = Presentation(io.BytesIO(slides))
    assert len(show.slides) == 5
    first = show.slides[0]
    words = " ".join(shape.text_frame.text for shape in first.shapes if shape.has_text_frame)
    assert brief.title in words
    assert brief.words.replace("**", "") in words
    pictures = [shape for shape in first.shapes if shape.shape_type == 13]
    assert len(pictures) == 1
    assert pictures[0].left + pictures[0].width <= show.slide_width
    cells = [c.text for row in next(s for s in show.slides[1].shapes if s.has_table).table.rows for c in row.cells]
    assert cells == [*brief.numbers.heads, *(c for row in brief.numbers.rows for c in row)]
    # Sources lead where they stand on the web, and what is left out is said.
    cited = show.slides[3]
    rows = list(next(s for s in cited.shapes if s.has_table).table.rows)[1:]
    links = [[run.hyperlink.address for run in row.cells[1].text_frame.paragraphs[0].runs] for row in rows]
    assert links == [[row[2] or None] for row in brief.sources.rows]
    told = " ".join(shape.text_frame.text for shape in cited.shapes if shape.has_text_frame)
    assert (str(brief.left_out) in told) == bool(brief.left_out)


@pytest.mark.parametrize(("first", "last", "wanted"), [(2026, 2040, 2030), (2026, 2035, None), (2020, 2040, 2033)])
def test_key_years_hold_both_ends_and_the_wanted_year(first: int, last: int, wanted: int | None) -> None:
    years = key_years(first, last, wanted)
    assert list(years) == sorted(set(years))
    assert (years[0], years[-1]) == (first, last)
    assert wanted is None or wanted in years
    assert len(years) == 6


def _run_notebook(made: bytes) -> None:
    space: dict[str, object] = {}
    for cell in json.loads(made)["cells"]:
        if cell["cell_type"] == "code":
            exec(cell["source"], space)


def test_the_notebook_runs_and_notices_other_numbers() -> None:
    from types import MappingProxyType

    view = View(levers=MappingProxyType(LEVERS))
    value, text = _median(view, 2030), to_yaml(scenario_of(view))
    _run_notebook(reproduce.notebook("t", "w '\"\n", text, view.series, {2030: value}))
    with pytest.raises(AssertionError, match="Other data, code or settings"):
        _run_notebook(reproduce.notebook("t", "w", text, view.series, {2030: value * 1.001}))


def test_the_notebook_is_valid_in_its_own_format() -> None:
    nbformat = pytest.importorskip("nbformat")
    nbformat.validate(nbformat.reads(reproduce.notebook("t", "w", "id: x", "CN.x", {2030: 1.0}).decode(), 4))


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_scenario_is_saved_twice_compared_with_itself_opened_and_removed(lang: str) -> None:
    from dashboard.shelf import Shelf, database

    at = _open(_page, {**MOVED, "lang": lang}, name="share")
    for level, note in (("0.5", "first"), ("1", "second")):
        at.query_params["l"] = f"ip_courts~{level}~2027~2"
        at.text_input(key="w_shelf_name").set_value("Plan 甲")
        at.text_input(key="w_shelf_author").set_value("李华")
        at.text_input(key="w_shelf_note").set_value(note)
        at.button[0 if at.button[0].proto.is_form_submitter else -1]
        submit = next(b for b in at.button if b.proto.is_form_submitter)
        submit.click().run()
        assert not at.exception, at.exception
    kept = Shelf(database()).versions("Plan 甲")
    assert [(v.number, v.author, v.note) for v in kept] == [(2, "李华", "second"), (1, "李华", "first")]
    at.button(key="w_shelf_remove").click().run()
    assert not at.exception, at.exception
    assert Shelf(database()).latest() == ()


def test_what_two_versions_differ_in_is_said_in_words() -> None:
    from dashboard.settings import changes
    from scenarios.files import parse_scenario

    before = parse_scenario("id: a\nlevers:\n  ip_courts: 0.5\n")
    after = parse_scenario("id: a\nlevers:\n  ip_courts: 1\nassumptions:\n  rd_growth: 0.01\n")
    rows = changes(before, after, "en")
    assert [row[0] for row in rows] == ["IP courts and three-in-one trials", "Growth of R&D spending"]
    assert rows[0][1].startswith("Half")
    assert rows[0][2].startswith("All")
    assert rows[1][1] == "–"
    assert changes(after, after, "zh") == []


ROLES = {"administrators": ["boss@example.cn"], "planners": ["li@example.cn"]}


@pytest.mark.parametrize(
    ("claims", "roles", "wanted"),
    [
        ({"email": "boss@example.cn"}, ROLES, "administrator"),
        ({"email": "LI@Example.CN"}, ROLES, "planner"),  # addresses know no capitals
        ({"email": "li@example.cn", "email_verified": False}, ROLES, "viewer"),  # anybody could claim it
        ({"email": "x@example.cn"}, ROLES, "viewer"),  # not listed
        ({}, ROLES, "viewer"),  # the provider says nothing
        ({"email": ""}, {"planners": [""]}, "viewer"),  # nothing matches nothing
        ({"email": "x@example.cn"}, {**ROLES, "others": "planner"}, "planner"),
        ({"email": "x@example.cn"}, {**ROLES, "others": "administrator"}, "viewer"),  # never everybody
    ],
)
def test_roles_follow_the_checked_address(claims, roles, wanted: str) -> None:
    assert role_of(claims, roles) == wanted


def test_each_role_may_what_the_lower_ones_may() -> None:
    assert [Person("", role).may("planner") for role in ("viewer", "planner", "administrator")] == [False, True, True]
    assert not Person("", "planner").may("administrator")


@pytest.mark.parametrize(("lang", "said"), [("en", "asks who you are"), ("zh", "需先登录")])
def test_where_sign_in_is_on_nothing_is_shown_before_it(lang: str, said: str) -> None:
    at = AppTest.from_function(_page, kwargs={"name": "start"}, default_timeout=LONG)
    at.secrets["auth"] = {"client_id": "x"}
    at.query_params["lang"] = lang
    at.run()
    assert not at.exception, at.exception
    assert said in _text(at)
    assert "ipf-foot" not in _text(at)
    assert [b.key for b in at.button] == ["w_sign_in"]


def test_large_type_is_a_part_of_the_link() -> None:
    at = _open(_page, {}, name="limits")
    at.toggle(key="w_large").set_value(True).run()
    assert not at.exception, at.exception
    from dashboard import link
    from dashboard.view import View as Plain

    assert link.write(Plain(large=True)) == {"large": "1"}
    assert at.session_state["view"].large


def test_a_link_as_a_picture_is_read_back_by_its_size() -> None:
    from dashboard.share import qr

    assert qr("http://localhost/?s=CN").startswith(b"\x89PNG")
    assert len(qr("http://localhost/?s=" + "x" * 1900)) > len(qr("http://localhost/"))
