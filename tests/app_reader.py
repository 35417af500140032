"""Readers of the app in a real browser: the server, Debian's chromium, and what no page may show."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SHOTS = Path(__file__).parent / "artefacts"
CHROMIUM = os.environ.get("IP_FORESIGHT_CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
WAIT = 60_000


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve the app on a free port, as `ip-foresight app` does, from an empty folder."""
    empty = tmp_path_factory.mktemp("empty")
    env = {**os.environ, "IP_FORESIGHT_DATABASE": f"sqlite:///{empty / 'plans.sqlite'}"}
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        port = probe.getsockname()[1]
    # Once per machine the outlook is made; the tests measure the app, not that.
    subprocess.run([sys.executable, "-m", "scenarios.cli", "prepare", "--quiet"], cwd=ROOT, check=True)
    command = [sys.executable, "-m", "scenarios.cli", "app", "--port", str(port)]
    log = (SHOTS / "server.log").open("w") if SHOTS.mkdir(exist_ok=True) is None else subprocess.DEVNULL
    server = subprocess.Popen(command, cwd=empty, env=env, stdout=log, stderr=subprocess.STDOUT)
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
        self.context.set_default_navigation_timeout(90_000)  # a busy machine answers late
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
