"""No page ever shows a traceback: a failure is answered in words, with a remedy and a code that the log holds."""

import importlib
import logging
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import frame
from forecast.errors import InputError

LONG = 180
SECRET = "secret of the server: /srv/plans"
CODE = r"(?:report code |报告代码)([0-9a-f]{6})"
pytest_plugins = ("app_reader",)


@pytest.fixture(scope="module", autouse=True)
def _prepared() -> None:
    """Have the outlook on disk, so that no page waits for it."""
    from forecast.baseline import baseline_outlook

    baseline_outlook()


def _script(name: str) -> None:
    from dashboard import cache, frame, prepare, state

    assert prepare.ready()
    state.start(cache.known())
    state.put("pages", {})
    {entry[0]: entry[3] for entry in frame.PAGES}[name]()


def _all(at: AppTest) -> str:
    return "\n".join(str(part.value) for part in (*at.markdown, *at.error, *at.warning, *at.info, *at.exception))


@pytest.mark.parametrize(("lang", "remedy"), [("en", "Your settings are kept"), ("zh", "您的设置已保留")])
@pytest.mark.parametrize("page", [entry[0] for entry in frame.PAGES])
def test_a_failure_on_any_page_is_words_and_a_code_that_the_log_holds(
    page: str, lang: str, remedy: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError(SECRET)

    module = importlib.import_module(f"dashboard.{page}")
    monkeypatch.setattr(module, "header" if hasattr(module, "header") else "footer", broken)
    with caplog.at_level(logging.ERROR, logger="ip_foresight.app"):
        at = AppTest.from_function(_script, kwargs={"name": page}, default_timeout=LONG)
        at.query_params["lang"] = lang
        at.run()
    assert not at.exception
    (told,) = at.error
    assert remedy in told.value
    code = re.search(CODE, told.value)
    assert code, told.value
    assert SECRET not in _all(at)
    assert "Traceback" not in _all(at)
    (entry,) = [record for record in caplog.records if record.name == "ip_foresight.app"]
    assert code[1] in entry.getMessage()
    assert entry.exc_info is not None
    assert SECRET in str(entry.exc_info[1])


def test_an_error_of_input_keeps_its_own_words_and_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise InputError("figures.csv, row 3: twelve is odd.", "Make it even.")

    monkeypatch.setattr("dashboard.limits.header", refused)
    at = AppTest.from_function(_script, kwargs={"name": "limits"}, default_timeout=LONG).run()
    (told,) = at.error
    assert told.value.startswith("figures.csv, row 3: twelve is odd. Make it even.")
    assert re.search(CODE, told.value)


def test_one_broken_part_leaves_the_rest_of_its_page(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("IP_FORESIGHT_DATABASE", f"sqlite:///{tmp_path}")  # a folder is no database
    at = AppTest.from_function(_script, kwargs={"name": "share"}, default_timeout=LONG).run()
    assert not at.exception
    (told,) = at.error
    assert "The database of saved scenarios does not answer" in told.value
    assert "IP_FORESIGHT_DATABASE" in told.value
    assert re.search(CODE, told.value)
    assert "ipf-foot" in _all(at)


BROKEN = f"""
import streamlit as st
from dashboard import last_resort

last_resort.ready()

def fails():
    raise RuntimeError({SECRET!r})

st.button("callback", on_click=fails, key="callback")

@st.fragment
def part():
    if st.button("fragment", key="fragment"):
        fails()

part()
if st.button("between", key="between"):
    fails()
st.markdown("the end", unsafe_allow_html=True)
"""


@pytest.fixture(scope="module")
def broken_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """Serve a page that fails where no guard of ours stands; give its address and log."""
    folder = tmp_path_factory.mktemp("broken")
    (folder / "page.py").write_text(BROKEN)
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "page.py", "--server.port", str(port)]
    command += ["--server.headless", "true", "--client.showErrorDetails", "none", "--browser.gatherUsageStats", "false"]
    log = folder / "log"
    root = str(Path(__file__).parent.parent)
    env = {**os.environ, "PYTHONPATH": root}
    with log.open("w") as out:
        server = subprocess.Popen(command, cwd=folder, env=env, stdout=out, stderr=subprocess.STDOUT)
    url = f"http://localhost:{port}"
    try:
        for _ in range(240):
            try:
                urllib.request.urlopen(f"{url}/_stcore/health", timeout=1)
                break
            except OSError:
                time.sleep(0.5)
        yield url, log
    finally:
        server.terminate()
        server.wait(20)


@pytest.mark.browser
@pytest.mark.parametrize("where", ["callback", "fragment", "between"])
def test_a_failure_outside_all_pages_is_words_and_a_code_too(browser, broken_app: tuple[str, Path], where: str) -> None:
    url, log = broken_app
    page = browser.new_page()
    page.goto(url)
    page.locator(f".st-key-{where} button").click(timeout=120_000)
    page.wait_for_function("() => /report code [0-9a-f]{6}/.test(document.body.innerText)", timeout=60_000)
    shown = page.inner_text("body")
    page.close()
    code = re.search(CODE, shown)
    assert code
    assert SECRET not in shown
    assert "Traceback" not in shown
    written = log.read_text()
    assert f"error {code[1]}" in written
    assert SECRET in written
