"""Lever to picture, measured in a real browser: ``python -m benchmarks.app_latency [--changes 40] [--write]``.

A press on a named level, until the sentence under the chart and the chart's own marks show the new result. Server,
browser and driver share this machine. Also the first picture after a cold start of the server, with caches prepared.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from benchmarks.results import machine, write_section

ROOT = Path(__file__).resolve().parent.parent
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

COMMAND = "python -m benchmarks.app_latency --write"


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
    parser.add_argument("--write", action="store_true", help="put the figures into RESULTS.md")
    parser.add_argument("--levers", default="ip_courts,preexamination_centre,patent_subsidy_filing")
    given = parser.parse_args()
    load = os.getloadavg()[0]
    first, found = measure(given.changes, "/levers", tuple(given.levers.split(",")))
    result = summary(first, found, load)
    print(json.dumps(result, indent=1))
    if given.write:
        write_section("app_latency", "The app: lever to picture, and the first picture", COMMAND, told(result))


def summary(first: float, found: list[float], load: float) -> dict[str, float]:
    """Give the figures that are held to the goals: seconds to the first picture, milliseconds of a change."""
    ordered = sorted(found)
    return {
        "first_picture_s": round(first, 2),
        "change_least_ms": round(ordered[0]),
        "change_median_ms": round(statistics.median(ordered)),
        "change_p95_ms": round(ordered[min(int(0.95 * len(ordered)), len(ordered) - 1)]),
        "change_most_ms": round(ordered[-1]),
        "changes": len(ordered),
        "load_before": round(load, 1),
    }


def told(result: dict[str, float]) -> str:
    """Write the section: the figures, the goals, and how busy the machine was with other work."""
    rows = [
        ("first picture after a cold start of the server, outlook prepared", f"{result['first_picture_s']:.1f} s",
         f"{GOALS['first_picture_s']} s"),
        ("press on a level to the changed picture, least", f"{result['change_least_ms']:.0f} ms", ""),
        ("the same, median", f"{result['change_median_ms']:.0f} ms", ""),
        ("the same, 95th percentile", f"{result['change_p95_ms']:.0f} ms", f"{GOALS['lever_to_picture_p95_ms']} ms"),
        ("the same, most", f"{result['change_most_ms']:.0f} ms", ""),
    ]  # fmt: skip
    table = "\n".join(["| what | measured | goal |", "|---|---|---|", *(f"| {' | '.join(row)} |" for row in rows)])
    return (
        f"{table}\n\n{result['changes']} presses. Server, headless chromium and driver share the machine, which was "
        f"otherwise at a load of {result['load_before']} when the measurement began.\n{machine('streamlit', 'altair')}"
    )


if __name__ == "__main__":
    main()
