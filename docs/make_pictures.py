"""Make the pictures of the user guide and the README: ``python docs/make_pictures.py``.

Serves the app from this checkout, opens it in Debian's chromium, and writes PNG files into docs/pictures.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "docs" / "pictures"
LARGEST = 300_000
"""Bytes a picture may have."""

PLAN = "l=ip_courts~0.5~2027~2~~preexamination_centre~1~2027~0&a=rd_growth~0.02&t=900000~2030"
PICTURES = (
    # name, address, width, height
    ("levers-en", f"/levers?{PLAN}", 1280, 1000),
    ("levers-zh", f"/levers?lang=zh&{PLAN}", 1280, 1000),
    ("start-en", "/", 1280, 960),
    ("start-zh", "/?lang=zh&s=CN.ip_pledge_amount", 1280, 960),
    ("outlook-en", "/outlook?s=CN.ip_pledge_amount", 1280, 960),
    ("outlook-zh", "/outlook?lang=zh&s=CN.ip_pledge_amount", 1280, 960),
    ("why-en", f"/why?{PLAN}", 1280, 900),
    ("why-zh", f"/why?lang=zh&{PLAN}", 1280, 900),
    ("regions-en", f"/regions?{PLAN}", 1280, 900),
    ("regions-zh", f"/regions?lang=zh&{PLAN}", 1280, 900),
    ("reach-en", f"/reach?{PLAN}", 1280, 1000),
    ("reach-zh", f"/reach?lang=zh&{PLAN}", 1280, 1000),
    ("worked-en", "/worked", 1280, 900),
    ("worked-zh", "/worked?lang=zh", 1280, 900),
    ("share-en", f"/share?{PLAN}", 1280, 900),
    ("share-zh", f"/share?lang=zh&{PLAN}", 1280, 900),
    ("compare-en", f"/compare?{PLAN}", 1280, 1000),
    ("compare-zh", f"/compare?lang=zh&{PLAN}", 1280, 1000),
    ("evidence-en", "/evidence", 1280, 800),
    ("evidence-zh", "/evidence?lang=zh", 1280, 800),
)


def main() -> None:
    """Make all pictures, or those named on the command line."""
    wanted = set(sys.argv[1:])
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "scenarios.cli", "app", "--port", str(port)]
    server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    OUT.mkdir(exist_ok=True)
    try:
        _wait(port)
        with sync_playwright() as p:
            browser = p.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
            for name, path, width, height in PICTURES:
                if wanted and name not in wanted:
                    continue
                page = browser.new_page(viewport={"width": width, "height": height})
                page.goto(f"http://localhost:{port}{path}")
                settled(page)
                file = OUT / f"{name}.png"
                page.screenshot(path=file)
                page.close()
                size = file.stat().st_size
                print(f"{file.relative_to(ROOT)}: {size:,} bytes")
                if size > LARGEST:
                    raise SystemExit(f"{file} is larger than {LARGEST:,} bytes. Make the window smaller.")
            browser.close()
    finally:
        server.terminate()
        server.wait(10)


def _wait(port: int) -> None:
    for _ in range(240):
        try:
            urllib.request.urlopen(f"http://localhost:{port}/_stcore/health", timeout=1)
            return
        except OSError:
            time.sleep(0.5)
    raise SystemExit("The app did not answer within two minutes.")


def settled(page: Page) -> None:
    """Wait until the page is whole and nothing is being fetched or drawn."""
    page.wait_for_selector(".ipf-foot", timeout=120_000)
    page.wait_for_function(
        "() => document.querySelector('[data-testid=stApp]')?.getAttribute('data-test-script-state') !== 'running'"
        " && !document.querySelector('[data-testid=stSkeleton]')",
        timeout=120_000,
    )
    page.wait_for_timeout(1200)


if __name__ == "__main__":
    main()
