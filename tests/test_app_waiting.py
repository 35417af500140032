"""Slow work shows that it goes on and can be cancelled: in words, in the session, and in a real browser."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path

import pytest
from app_reader import WAIT, Reader
from app_server import ROOT, answers, free_port
from streamlit.testing.v1 import AppTest

from dashboard.waiting import started, waited

pytest_plugins = ("app_reader",)
LONG = 180


def test_work_gives_its_result_or_its_error() -> None:
    assert waited(started(lambda: 6 * 7), "words", key="k", cancel=lambda: None) == 42
    with pytest.raises(ZeroDivisionError):
        waited(started(lambda: 1 / 0), "words", key="k", cancel=lambda: None)


def test_cancelled_work_is_nothing_even_when_it_ends_later() -> None:
    made: Future[int] = started(lambda: time.sleep(0.3) or 1)
    assert made.cancel()
    time.sleep(0.6)
    assert made.cancelled()
    assert waited(made, "words", key="k", cancel=lambda: None) is None


@pytest.fixture(scope="module")
def prepared() -> None:
    """Have the outlook on disk, so that no page waits for it."""
    from forecast.baseline import baseline_outlook

    baseline_outlook()


def _reach() -> None:
    from dashboard import cache, prepare, reach, state

    assert prepare.ready()
    state.start(cache.known())
    state.put("pages", {})
    reach.page()


@pytest.mark.usefixtures("prepared")
def test_a_cancelled_search_says_so_and_the_button_starts_it_anew() -> None:
    at = AppTest.from_function(_reach, default_timeout=LONG)
    at.query_params["t"] = "700000~2030"
    at.run()
    assert not at.exception, at.exception
    (question, found) = next(iter(at.session_state["reached"].items()))
    assert found.done()
    cancelled: Future[object] = Future()
    cancelled.cancel()
    at.session_state["reached"][question] = cancelled
    at.run()
    assert any("Cancelled. Press Search" in i.value for i in at.info)
    assert not any("ipf-sentence" in str(m.value) for m in at.markdown)
    next(b for b in at.button if b.proto.is_form_submitter).click().run()
    assert not at.exception, at.exception
    assert any("ipf-sentence" in str(m.value) for m in at.markdown)
    assert at.session_state["reached"][question].result().goal == found.result().goal


SLOW = """
import time
import streamlit as st
from dashboard import state
from dashboard.waiting import started, waited

job = state.keep("job", lambda: started(lambda: time.sleep(600) or "made"))
found = waited(job, "Counting sheep", key="stop", cancel=job.cancel)
st.markdown("nothing was made" if found is None else found)
"""


@pytest.fixture(scope="module")
def slow_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve a page whose work takes ten minutes."""
    folder = tmp_path_factory.mktemp("slow")
    (folder / "page.py").write_text(SLOW)
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", "page.py", "--server.port", str(port)]
    command += ["--server.headless", "true", "--browser.gatherUsageStats", "false"]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    server = subprocess.Popen(command, cwd=folder, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        answers(f"http://localhost:{port}/_stcore/health")
        yield f"http://localhost:{port}"
    finally:
        server.terminate()
        server.wait(20)


@pytest.mark.browser
def test_waiting_counts_its_seconds_and_ends_at_a_press(browser, slow_app: str) -> None:
    page = browser.new_page()
    page.goto(slow_app)
    page.wait_for_function("() => /Counting sheep \\((2|3|4|5) s\\)/.test(document.body.innerText)", timeout=WAIT)
    start = time.monotonic()
    page.locator(".st-key-stop button").click()
    page.wait_for_function("() => document.body.innerText.includes('nothing was made')", timeout=WAIT)
    assert time.monotonic() - start < 20
    assert "Counting sheep" not in page.inner_text("body")
    page.close()


@pytest.mark.browser
@pytest.mark.usefixtures("prepared")
def test_forecasts_of_all_series_show_progress_and_end_at_a_press(browser, address: str, tmp_path: Path) -> None:
    rows = "\n".join(f"s{i},{2012 + j},{100 + i + 3 * j}" for i in range(1_500) for j in range(13))
    table = tmp_path / "many.csv"
    table.write_text(f"unique_id,ds,y\n{rows}\n")
    one = Reader(browser, address)
    one.open("/evidence?lang=zh")
    one.page.get_by_role("tab", name="我的数据").click()
    one.page.set_input_files("input[type=file]", str(table))
    one.page.locator(".st-key-w_own_all button").click(timeout=WAIT)
    one.page.wait_for_function("() => /第\\d+个，共1500个/.test(document.body.innerText)", timeout=WAIT)
    one.shot("own-all-progress")
    one.page.locator(".st-key-w_own_all_cancel button").click()
    one.page.wait_for_function("() => document.body.innerText.includes('已取消')", timeout=WAIT)
    one.settled()
    assert "已预测" not in one.text()
    assert not re.search(r"第\d+个，共1500个", one.text())
    # The page goes on: another series is forecast.
    one.page.locator(".st-key-w_own_series input").click()
    one.page.keyboard.type("s7")
    one.page.keyboard.press("Enter")
    one.page.wait_for_function(
        "() => /s7\\d*到/.test(document.querySelector('.ipf-sentence')?.innerText)", timeout=WAIT
    )
    one.close()
    assert one.complaints == []
