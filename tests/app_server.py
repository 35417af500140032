"""The app as departments serve it: started by its command in a folder of its own, with the environment they give it."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parent.parent


def free_port() -> int:
    """Give a port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        return int(probe.getsockname()[1])


def answers(url: str, seconds: float = 120) -> None:
    """Wait until an address answers."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            urllib.request.urlopen(url, timeout=2).read()
            return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.3)


@contextmanager
def served(folder: Path, *, port: int | None = None, base: str = "", **env: str) -> Iterator[int]:
    """Serve the app from a folder; give its port. Its words go to the file `log` there."""
    port = port or free_port()
    subprocess.run([sys.executable, "-m", "scenarios.cli", "prepare", "--quiet"], cwd=ROOT, check=True)
    named = {"IP_FORESIGHT_DATABASE": f"sqlite:///{folder / 'plans.sqlite'}", "PYTHONPATH": str(ROOT), **env}
    if base:
        named["STREAMLIT_SERVER_BASE_URL_PATH"] = base
    command = [sys.executable, "-m", "scenarios.cli", "app", "--port", str(port), "--host", "127.0.0.1"]
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(
            command, cwd=folder, env={**os.environ, **named}, stdout=log, stderr=subprocess.STDOUT
        )
    try:
        answers(f"http://127.0.0.1:{port}/{base + '/' if base else ''}_stcore/health")
        yield port
    finally:
        server.terminate()
        server.wait(20)
