"""`ip-foresight app` and `ip-foresight prepare`: serve the app, and make ready what it needs."""

from __future__ import annotations

import os
import socket
import sys
import time
from pathlib import Path
from typing import Annotated

import typer

PORT = 8501


def serve(
    port: Annotated[
        int | None, typer.Option("--port", min=1, max=65535, help="Port; the first free one from 8501 without it.")
    ] = None,
    host: Annotated[
        str, typer.Option("--host", help="Address to listen on; 0.0.0.0 lets other machines in.")
    ] = "localhost",
) -> None:
    """Serve the planner's app and print its address. Nothing is sent anywhere.

    Example: ip-foresight app --port 8600
    """
    from forecast.errors import InputError

    path = app_path()
    if port is not None and not _free(host, port):
        raise InputError(f"Port {port} is in use.", "Choose another with --port, or leave it out.")
    chosen = port or next((p for p in range(PORT, PORT + 100) if _free(host, p)), None)
    if chosen is None:
        raise InputError(f"All ports from {PORT} to {PORT + 99} are in use.", "Choose another with --port.")
    shown = "localhost" if host in ("0.0.0.0", "::", "127.0.0.1") else host
    print(f"IP Foresight: http://{shown}:{chosen} (stop with Ctrl+C)", flush=True)
    command = [sys.executable, "-P", "-m", "dashboard.serving", str(path), "--server.port", str(chosen)]
    command += ["--server.address", host, "--server.headless", "true", "--browser.gatherUsageStats", "false"]
    if os.name == "posix":
        # The server takes the place of this process, so that whoever stops this one stops it.
        os.execv(sys.executable, command)
    import subprocess

    raise typer.Exit(subprocess.call(command))


def app_path() -> Path:
    """Give the file of the app: beside the packages in a checkout, inside `dashboard` when installed.

    Raises
    ------
    InputError
        Where it is in neither place.
    """
    from forecast.errors import InputError

    root = Path(__file__).resolve().parent.parent.parent
    for path in (root / "dashboard" / "app.py", root / "app.py"):
        if path.is_file():
            return path
    raise InputError(f'No app.py was found in "{root}".', "Install ip-foresight again, or run from a checkout.")


def _free(host: str, port: int) -> bool:
    try:
        family = socket.getaddrinfo(host, port)[0][0]
    except OSError:
        from forecast.errors import InputError

        raise InputError(
            f'Host "{host}" is unknown.', "Write localhost, 0.0.0.0 or an address of this machine."
        ) from None
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def prepare(quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing.")] = False) -> None:
    """Make ready what the app needs: histories, outlook, compiled code of scenarios. A second call starts at once.

    Example: ip-foresight prepare
    """
    from forecast.seeds import DEFAULT_SEED
    from scenarios.commands.bundled import shared_outlook
    from scenarios.compiled import make_ready

    began = time.monotonic()
    if not quiet:
        print("Reading the evidence and drawing the outlook of all bundled series ...", flush=True)
    outlook = shared_outlook(DEFAULT_SEED, 1000)
    make_ready()
    if not quiet:
        size = f"{len(outlook.keys):,} series to {outlook.years[-1]}, {outlook.n_paths:,} futures"
        print(f"Ready: {size} ({time.monotonic() - began:.1f} s).")
