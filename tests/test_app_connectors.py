"""Statistical offices: answers in the documented forms, served on this machine; and what is said where there is none.

The answers in `tests/recorded` are written by hand in the forms that the World Bank's Indicators API (version 2) and
SDMX-ML 2.1 (generic data) document.
"""

import builtins
import json
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import connectors
from dashboard.connectors import VARIABLE, sdmx_series, sdmx_sources, world_bank
from forecast.errors import InputError
from forecast.tables import read_frame

RECORDED = Path(__file__).parent / "recorded"
LONG = 180


class _Office(BaseHTTPRequestHandler):
    """Both services: what is asked decides what is answered."""

    asked: list[str]

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        type(self).asked.append(self.path)
        page = parse_qs(parts.query).get("page", ["1"])[0]
        if "/indicator/IP.PAT.RESD" in parts.path:
            name = "world_bank.json" if page == "1" else "world_bank_2.json"
        elif "/indicator/BROKEN" in parts.path:
            self._give(b"<html>maintenance</html>", "text/html")
            return
        elif "/indicator/" in parts.path:
            name = "world_bank_unknown.json"
        elif parts.path.startswith("/sdmx/data/PATS/"):
            name = "sdmx_generic.xml"
        else:
            self.send_error(404)
            return
        kind = "application/json" if name.endswith("json") else "application/vnd.sdmx.genericdata+xml; version=2.1"
        self._give((RECORDED / name).read_bytes(), kind)

    def _give(self, text: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def office() -> Iterator[str]:
    """Serve the recorded answers; give the address."""
    _Office.asked = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Office)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def sdmx_office(office: str) -> str:
    """Make the served office known to sdmx1."""
    sdmx = pytest.importorskip("sdmx", reason="No sdmx1. pip install 'ip-foresight[connectors]'")
    sdmx.add_source({"id": "RECORDED", "url": f"{office}/sdmx", "name": "Recorded"}, override=True)
    return "RECORDED"


def test_all_pages_of_the_world_bank_become_one_series_without_missing_values(office: str) -> None:
    found = world_bank("CHN", "IP.PAT.RESD", base=office)
    assert list(found.frame["unique_id"].unique()) == ["China: Patent applications, residents"]
    assert dict(zip(found.frame["ds"], found.frame["y"], strict=True)) == {
        "2018": 1393815, "2019": 1243568, "2020": 1344817, "2021": 1426644,
    }  # fmt: skip
    series = read_frame(found.frame).series[0]
    assert (series.n, str(series.periods[0]), str(series.periods[-1])) == (4, "2018", "2021")
    assert [parse_qs(urlsplit(path).query)["page"] for path in _Office.asked] == [["1"], ["2"]]


def test_the_series_of_an_sdmx_office_are_read_by_their_keys(sdmx_office: str) -> None:
    found = sdmx_series(sdmx_office, "PATS", "A.CHN+JPN", start="2019")
    assert list(found.frame["unique_id"].unique()) == ["PATS.A.CHN", "PATS.A.JPN"]
    japan = found.frame[found.frame["unique_id"] == "PATS.A.JPN"]
    assert dict(zip(japan["ds"], japan["y"], strict=True)) == {"2020": 227348, "2021": 222452}
    assert "startPeriod=2019" in _Office.asked[-1]
    assert urlsplit(_Office.asked[-1]).path == "/sdmx/data/PATS/A.CHN+JPN"
    table = read_frame(found.frame)
    assert [(s.key, s.n) for s in table.series] == [("PATS.A.CHN", 3), ("PATS.A.JPN", 2)]


@pytest.mark.parametrize(
    ("countries", "indicator", "said"),
    [
        ("China", "IP.PAT.RESD", '"China" is no list of countries'),
        ("CHN", "../../etc", "no code of an indicator"),  # nothing but codes becomes an address
        ("CHN", "NO.SUCH", "parameter value is not valid"),  # the bank's own words
        ("CHN", "BROKEN", "cannot be read"),  # a page where figures should be
    ],
)
def test_what_the_world_bank_cannot_answer_is_told_with_a_remedy(
    office: str, countries: str, indicator: str, said: str
) -> None:
    with pytest.raises(InputError, match=said) as told:
        world_bank(countries, indicator, base=office)
    assert told.value.remedy


def test_without_the_internet_both_say_so(sdmx_office: str) -> None:
    sdmx = pytest.importorskip("sdmx")
    nobody = "http://127.0.0.1:9"
    with pytest.raises(InputError, match="World Bank does not answer") as told:
        world_bank("CHN", "IP.PAT.RESD", base=nobody)
    assert "load a file" in told.value.remedy
    sdmx.add_source({"id": "RECORDED", "url": nobody, "name": "Recorded"}, override=True)
    with pytest.raises(InputError, match="office does not answer") as told:
        sdmx_series(sdmx_office, "PATS", "A.CHN")
    assert "load a file" in told.value.remedy


@pytest.mark.parametrize(
    ("source", "flow", "key", "said"),
    [
        ("NOWHERE", "PATS", "A", 'Office "NOWHERE" is unknown'),
        ("RECORDED", "PATS?x=1", "A", "no id of a dataflow"),
        ("RECORDED", "PATS", "A CHN", "no key of series"),
        ("RECORDED", "OTHER", "A", "the office answers 404"),
    ],
)
def test_what_an_sdmx_office_cannot_answer_is_told_with_a_remedy(
    sdmx_office: str, source: str, flow: str, key: str, said: str
) -> None:
    with pytest.raises(InputError, match=said) as told:
        sdmx_series(source, flow, key)
    assert told.value.remedy


def _without_sdmx(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def missing(name: str, *args: object, **kwargs: object) -> object:
        if name == "sdmx":
            raise ModuleNotFoundError("No module named 'sdmx'", name="sdmx")
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", missing)
    monkeypatch.delitem(sys.modules, "sdmx", raising=False)


def test_without_the_package_it_is_named_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    _without_sdmx(monkeypatch)
    with pytest.raises(InputError, match='needs the Python package "sdmx1"') as told:
        sdmx_sources()
    assert "ip-foresight[connectors]" in told.value.remedy


def _script() -> None:
    from dashboard import cache, prepare, state, upload

    assert prepare.ready()
    state.start(cache.known())
    upload.upload_tab()


def _asked(monkeypatch: pytest.MonkeyPatch, address: str, lang: str = "en") -> AppTest:
    monkeypatch.setenv(VARIABLE, address)
    at = AppTest.from_function(_script, default_timeout=LONG)
    at.query_params["lang"] = lang
    at.run()
    at.segmented_control(key="w_own_origin").set_value("office").run()
    next(b for b in at.button if b.proto.is_form_submitter).click().run()
    at.session_state["fetch"].made.exception(LONG)  # wait until it is answered
    at.run()
    assert not at.exception, at.exception
    return at


@pytest.mark.parametrize(("lang", "read"), [("en", "1 of 1 series were read"), ("zh", "共1个序列，已读取1个")])
def test_on_the_page_a_fetched_series_is_checked_and_shown(
    monkeypatch: pytest.MonkeyPatch, office: str, lang: str, read: str
) -> None:
    at = _asked(monkeypatch, office, lang)
    text = "\n".join(str(m.value) for m in at.markdown)
    assert read in text
    assert at.selectbox(key="w_own_series").value == "China: Patent applications, residents"
    assert office in text  # where it came from


def test_on_the_page_no_internet_is_an_answer_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    at = _asked(monkeypatch, "http://127.0.0.1:9")
    assert len(at.error) == 1
    assert "does not answer" in at.error[0].value
    assert "load a file" in at.error[0].value


def test_on_the_page_a_missing_package_leaves_the_rest_working(monkeypatch: pytest.MonkeyPatch, office: str) -> None:
    monkeypatch.setattr(connectors, "_library", connectors._library)
    _without_sdmx(monkeypatch)
    at = AppTest.from_function(_script, default_timeout=LONG).run()
    at.segmented_control(key="w_own_origin").set_value("office").run()
    at.segmented_control(key="w_office").set_value("sdmx").run()
    assert not at.exception
    assert not at.error
    assert any("ip-foresight[connectors]" in i.value for i in at.info)


def test_recorded_answers_have_the_documented_form() -> None:
    for name in ("world_bank.json", "world_bank_2.json"):
        head, rows = json.loads((RECORDED / name).read_text())
        assert {"page", "pages", "per_page", "total"} <= set(head)
        assert all({"indicator", "country", "countryiso3code", "date", "value"} <= set(row) for row in rows)
