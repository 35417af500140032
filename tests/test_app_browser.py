"""The app in a real browser: the main stories in both languages, without console errors, overlap or clipped words."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.browser
ROOT = Path(__file__).parent.parent
SHOTS = Path(__file__).parent / "artefacts"
CHROMIUM = os.environ.get("IP_FORESIGHT_CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
MOVED = "l=ip_courts~0.5~2027~2~~preexamination_centre~1~2027~0&a=rd_growth~0.01"
WAIT = 60_000


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Serve the app on a free port, as `ip-foresight app` does."""
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        port = probe.getsockname()[1]
    # Once per machine the outlook is made; the tests measure the app, not that.
    subprocess.run([sys.executable, "-m", "scenarios.cli", "prepare", "--quiet"], cwd=ROOT, check=True)
    command = [sys.executable, "-m", "scenarios.cli", "app", "--port", str(port)]
    log = (SHOTS / "server.log").open("w") if SHOTS.mkdir(exist_ok=True) is None else subprocess.DEVNULL
    server = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT)
    url = f"http://localhost:{port}"
    for _ in range(120):
        try:
            urllib.request.urlopen(f"{url}/_stcore/health", timeout=1)
            break
        except OSError:
            time.sleep(0.5)
    else:
        server.terminate()
        pytest.fail("The app did not answer within a minute.")
    yield url
    server.terminate()
    server.wait(10)


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    """Start Debian's chromium."""
    sync = pytest.importorskip("playwright.sync_api")
    if not Path(CHROMIUM).exists():
        pytest.skip("No chromium. On Debian: apt-get install chromium fonts-noto-cjk")
    with sync.sync_playwright() as p:
        made = p.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield made
        made.close()


class Reader:
    """One reader with a browser of their own; it remembers what the console complained about."""

    def __init__(self, browser, address: str, *, theme: str = "light", width: int = 1280, height: int = 720) -> None:
        self.context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=theme)
        self.page = self.context.new_page()
        self.address, self.complaints = address, []
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _heard(self, message) -> None:
        # Below a sub-page the front end asks for the server beside the page first and is sent to the root: a 404 each.
        probe = "/_stcore/" in str(message.location.get("url", ""))
        if message.type == "error" and not probe:
            self.complaints.append(f"{message.text} {message.location}")

    def open(self, path: str) -> None:
        self.page.goto(f"{self.address}{path}")
        self.settled()

    def settled(self) -> None:
        """Wait until the page is whole and the server has nothing more to send."""
        self.page.wait_for_selector(".ipf-foot", timeout=WAIT)
        # Parts of the front end are fetched when they are first used; grey boxes stand in for them until then.
        self.page.wait_for_function(
            "() => document.querySelector('[data-testid=stApp]')?.getAttribute('data-test-script-state') !== 'running'"
            " && !document.querySelector('[data-testid=stSkeleton]')",
            timeout=WAIT,
        )
        self.page.wait_for_timeout(500)

    def shot(self, name: str) -> None:
        SHOTS.mkdir(exist_ok=True)
        self.page.screenshot(path=SHOTS / f"{name}.png")

    def text(self) -> str:
        return self.page.inner_text("body")

    def close(self) -> None:
        self.context.close()


@pytest.fixture
def reader(browser, address):
    """Give a way to open readers; at the end none of them may have heard a complaint."""
    made: list[Reader] = []

    def new(**options) -> Reader:
        made.append(Reader(browser, address, **options))
        return made[-1]

    yield new
    complaints = [text for one in made for text in one.complaints]
    for one in made:
        one.close()
    assert complaints == []


WORDS_IN_CHARTS = """() => [...document.querySelectorAll('.vega-embed svg')].map(svg => {
    const box = svg.getBoundingClientRect();
    const shown = t => t.textContent.trim() && t.getAttribute('opacity') !== '0'
        && getComputedStyle(t).display !== 'none';
    const texts = [...svg.querySelectorAll('text')].filter(shown).map(t => {
            const r = t.getBoundingClientRect();
            return {text: t.textContent, x0: r.left - box.left, x1: r.right - box.left, y0: r.top - box.top,
                    y1: r.bottom - box.top};
    });
    const marks = [...svg.querySelectorAll('.mark-area path, .mark-line path, .mark-symbol path, .mark-rect path')]
        .filter(p => { const r = p.getBoundingClientRect(); return r.width + r.height > 2; }).length;
    return {width: box.width, height: box.height, texts, marks};
})"""


def faults(page) -> list[str]:
    """Say which words in charts cover each other or stick out, and which charts are empty."""
    found = [f"an error: {text}" for text in page.locator('[data-testid="stAlertContentError"]').all_inner_texts()]
    for chart in page.evaluate(WORDS_IN_CHARTS):
        if not chart["marks"]:
            found.append("a chart without marks")
        texts = chart["texts"]
        for i, a in enumerate(texts):
            if a["x0"] < -2 or a["x1"] > chart["width"] + 2 or a["y0"] < -2 or a["y1"] > chart["height"] + 2:
                found.append(f"clipped: {a['text']}")
            for b in texts[i + 1 :]:
                across = min(a["x1"], b["x1"]) - max(a["x0"], b["x0"])
                down = min(a["y1"], b["y1"]) - max(a["y0"], b["y0"])
                if across > 2 and down > 4:
                    found.append(f"over each other: {a['text']} | {b['text']}")
    return found


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("page", ["", "outlook", "levers", "why", "regions", "compare", "evidence", "share", "limits"])
def test_each_page_is_whole_in_each_language_and_theme(reader, page: str, lang: str, theme: str) -> None:
    one = reader(theme=theme)
    one.open(f"/{page}?lang={lang}&{MOVED}")
    one.shot(f"{page or 'start'}-{lang}-{theme}")
    assert faults(one.page) == []
    assert "Traceback" not in one.text()
    # Nothing hangs over the right edge of a small screen.
    assert one.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth + 1")


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize(
    "series",
    ["CN.ip_pledge_amount", "CN-ZJ.invention_applications", "CN-ZJ.trademarks_in_force", "CN.rd_intensity",
     "CN.trademark_applications", "YRD.inventions_in_force"],
)  # fmt: skip
def test_outlooks_of_all_kinds_are_drawn_without_faults(reader, series: str, lang: str) -> None:
    one = reader()
    one.open(f"/outlook?lang={lang}&s={series}")
    one.shot(f"outlook-{series}-{lang}")
    assert one.page.locator(".vega-embed svg").count() >= 1
    assert faults(one.page) == []


@pytest.mark.parametrize("view", ["level", "difference", "growth", "index"])
def test_every_view_of_a_scenario_is_drawn_without_faults(reader, view: str) -> None:
    one = reader()
    one.open(f"/levers?v={view}&{MOVED}&t=900000~2030")
    one.shot(f"levers-view-{view}")
    assert faults(one.page) == []


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_planner_sets_levers_reads_the_sentence_and_shares_the_link(reader, lang: str) -> None:
    one = reader()
    one.open(f"/levers?lang={lang}")
    before = one.page.inner_text(".ipf-sentence")
    card = one.page.locator(".st-key-w_l_ip_courts button").last
    card.click()
    one.page.wait_for_function(
        "t => document.querySelector('.ipf-sentence')?.innerText !== t", arg=before, timeout=WAIT
    )
    one.settled()
    assert "l=ip_courts" in one.page.url
    after = one.page.inner_text(".ipf-sentence")
    assert re.search(r"\d", after)
    one.shot(f"story-levers-{lang}")
    assert faults(one.page) == []
    # Another reader, in another browser, sees the same from the link alone.
    other = reader()
    other.open(one.page.url.removeprefix(one.address))
    assert other.page.inner_text(".ipf-sentence") == after


def test_the_browsers_back_takes_a_lever_back(reader) -> None:
    one = reader()
    one.open("/levers")
    before = one.page.inner_text(".ipf-sentence")
    one.page.locator(".st-key-w_l_ip_courts button").last.click()
    one.page.wait_for_function(
        "t => document.querySelector('.ipf-sentence')?.innerText !== t", arg=before, timeout=WAIT
    )
    one.settled()
    one.page.go_back()
    one.page.wait_for_function(
        "t => document.querySelector('.ipf-sentence')?.innerText === t", arg=before, timeout=WAIT
    )


def test_levers_stay_when_the_page_is_changed(reader) -> None:
    one = reader()
    one.open(f"/levers?{MOVED}")
    one.page.get_by_role("link", name="Why").click()
    one.page.wait_for_function("() => document.body.innerText.includes('Contributions')", timeout=WAIT)
    one.settled()
    one.shot("story-why")
    assert "IP courts" in one.text()


def test_two_readers_do_not_see_each_others_levers(reader) -> None:
    one, other = reader(), reader()
    one.open(f"/levers?{MOVED}")
    other.open("/levers")
    assert "Levers (2)" in one.text()
    assert "Levers (0)" in other.text()


def test_a_chinese_spreadsheet_is_loaded_and_forecast(reader, tmp_path) -> None:
    table = tmp_path / "own.csv"
    rows = "\n".join(f"杭州专利,{2014 + i},{500 + 40 * i}" for i in range(12))
    table.write_bytes(f"地区,年份,数值\n{rows}\n".encode("gb18030"))
    one = reader()
    one.open("/evidence?lang=zh")
    one.page.get_by_role("tab", name="我的数据").click()
    one.page.set_input_files("input[type=file]", str(table))
    one.page.wait_for_function("() => document.body.innerText.includes('已读取1个')", timeout=WAIT)
    one.page.wait_for_selector(".vega-embed svg", timeout=WAIT)
    one.settled()
    one.shot("story-own-data-zh")
    assert faults(one.page) == []


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (1024, 768), (800, 1100)])
def test_levers_fit_small_screens(reader, width: int, height: int) -> None:
    one = reader(width=width, height=height)
    one.open(f"/levers?{MOVED}")
    one.shot(f"levers-{width}")
    assert faults(one.page) == []
    assert one.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth + 1")


def test_presentation_shows_the_picture_alone(reader) -> None:
    one = reader()
    one.page.goto(f"{one.address}/levers?present=1&{MOVED}")
    one.page.wait_for_selector(".vega-embed svg", timeout=WAIT)
    one.page.wait_for_timeout(1500)
    one.shot("present")
    assert faults(one.page) == []
    assert one.page.locator(".st-key-w_l_ip_courts").count() == 0
