"""Lever to picture, measured in a real browser: ``python -m benchmarks.app_latency [--changes 40]``.

A press on a named level, until the sentence under the chart and the chart's own marks show the new result. Server,
browser and driver share this machine. Also the first picture after a cold start of the server, with caches prepared.
"""

from __future__ import annotations

import argparse
import json
import platform
import shutil
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "benchmarks" / "app_latency.json"
GOALS = {"lever_to_picture_p95_ms": 400, "first_picture_s": 5}

# Runs inside the page, so that the driver's own way of asking is not measured.
PRESS = """([selector, at]) => new Promise(done => {
    const text = () => document.querySelector('.ipf-sentence')?.innerText;
    const line = () => [...document.querySelectorAll('.vega-embed svg .mark-line path')]
        .map(p => p.getAttribute('d')).join();
    const before = [text(), line()], start = performance.now();
    const look = () => {
        if (text() !== before[0] && line() !== before[1]) return done(performance.now() - start);
        if (performance.now() - start > 10000) return done(-1);
        requestAnimationFrame(look);
    };
    document.querySelectorAll(selector)[at].click();
    requestAnimationFrame(look);
})"""


def served(port: int) -> subprocess.Popen[bytes]:
    """Start the app and wait until it answers."""
    command = [sys.executable, "-m", "scenarios.cli", "app", "--port", str(port)]
    server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while True:
        try:
            urllib.request.urlopen(f"http://localhost:{port}/_stcore/health", timeout=1)
            return server
        except OSError:
            time.sleep(0.02)


def measure(changes: int, path: str, levers: tuple[str, ...]) -> tuple[float, list[float]]:
    """Give seconds to the first picture after a cold start, and milliseconds of each change."""
    from playwright.sync_api import sync_playwright

    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        port = probe.getsockname()[1]
    with sync_playwright() as p:
        browser = p.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 720})
        begin = time.monotonic()
        server = served(port)
        try:
            page.goto(f"http://localhost:{port}{path}")
            page.wait_for_selector(".vega-embed svg .mark-line path", timeout=120_000)
            first = time.monotonic() - begin
            page.wait_for_selector(".ipf-foot", timeout=60_000)
            page.wait_for_timeout(2500)
            found = []
            for i in range(changes):
                selector = f".st-key-w_l_{levers[i % len(levers)]} button"
                n = page.locator(selector).count()
                pressed = page.locator(selector).evaluate_all(
                    "b => b.findIndex(x => x.getAttribute('aria-checked') === 'true')"
                )
                # As now and the strongest level in turn, so that every press changes the picture.
                at = n - 1 if pressed != n - 1 else (0 if pressed != 0 else 1)
                took = page.evaluate(PRESS, [selector, at])
                if took >= 0:
                    found.append(float(took))
                page.wait_for_timeout(400)
            return first, found
        finally:
            server.terminate()
            server.wait(10)
            browser.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--changes", type=int, default=40)
    parser.add_argument("--levers", default="ip_courts,preexamination_centre,patent_subsidy_filing")
    given = parser.parse_args()
    first, found = measure(given.changes, "/levers", tuple(given.levers.split(",")))
    ordered = sorted(found)
    result = {
        "first_picture_s": round(first, 2),
        "lever_to_picture_median_ms": round(statistics.median(ordered)),
        "lever_to_picture_p95_ms": round(ordered[min(int(0.95 * len(ordered)), len(ordered) - 1)]),
        "lever_to_picture_max_ms": round(ordered[-1]),
        "changes": len(ordered),
        "machine": f"{platform.machine()}, {platform.python_version()}",
        "goals": GOALS,
    }
    OUT.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
