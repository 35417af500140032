"""Many at once: sessions that move levers over the app's own websocket protocol, on this machine's cores.

    python -m benchmarks.app_sessions [--sessions 30] [--moves 12] [--write]

Each session is one planner: it opens the page Levers, then moves a lever to a value that no other session uses, waits
for the picture, reads it for 2 to 6 seconds, and moves it again. Measured is the time from sending a move until the
server says that the run is finished; the browser's own drawing is left out (`benchmarks.app_latency` has it). After
every move the address that the server writes and the value of the lever must be the session's own: anything of another
session is a fault. The server listens on this machine only and is stopped at the end.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs

import numpy as np
import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from benchmarks.results import machine, write_section

ROOT = Path(__file__).resolve().parent.parent
LEVER = "ip_courts"
THINK = (2.0, 6.0)
"""Seconds a planner looks at a picture before the next move."""
ARRIVE = 0.3
"""Seconds between two arrivals."""
WAIT = 120.0
"""Seconds after which an answer counts as missing."""
MOST_SESSIONS, MOST_MOVES = 200, 200


@dataclass
class Seen:
    """What one session saw: seconds until the first picture and of each move, and what went wrong."""

    first: float = float("nan")
    moves: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


@dataclass
class Run:
    """What the server sent during one run of a page or of a part of it."""

    address: str = ""
    inputs: dict[str, tuple[str, float, str]] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)


def served(folder: str) -> tuple[subprocess.Popen[bytes], int]:
    """Start the app on a free port and wait until it answers."""
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        port = int(probe.getsockname()[1])
    # Once per machine the outlook is made; that is not what is measured.
    subprocess.run([sys.executable, "-m", "scenarios.cli", "prepare", "--quiet"], cwd=ROOT, check=True)
    env = {**os.environ, "IP_FORESIGHT_DATABASE": f"sqlite:///{folder}/plans.sqlite"}
    command = [sys.executable, "-m", "scenarios.cli", "app", "--port", str(port)]
    with open(f"{folder}/log", "wb") as log:
        server = subprocess.Popen(command, cwd=ROOT, env=env, stdout=log, stderr=subprocess.STDOUT)
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(f"http://localhost:{port}/_stcore/health", timeout=1)
            return server, port
        except OSError:
            time.sleep(0.2)
    server.terminate()
    raise SystemExit("The app did not answer within two minutes.")


async def finished(link: websockets.ClientConnection) -> Run:
    """Read what the server sends until it says that the run is finished."""
    run = Run()
    async with asyncio.timeout(WAIT):
        while True:
            message = ForwardMsg()
            message.ParseFromString(await link.recv())  # type: ignore[arg-type]  # binary frames
            kind = message.WhichOneof("type")
            if kind == "page_info_changed":
                run.address = message.page_info_changed.query_string
            elif kind == "delta" and message.delta.WhichOneof("type") == "new_element":
                element = message.delta.new_element
                what = element.WhichOneof("type")
                if what == "number_input":
                    shown = element.number_input
                    value = shown.value if shown.set_value else shown.default
                    run.inputs[shown.id] = (shown.label, value, message.delta.fragment_id)
                elif what == "exception" or (what == "alert" and element.alert.format == element.alert.ERROR):
                    run.errors.append(str(getattr(element, what))[:200])
            elif kind == "script_finished":
                return run


async def opened(link: websockets.ClientConnection, number: int, seen: Seen) -> Run:
    """Open the page Levers with the session's own lever; give what was drawn."""
    asked = BackMsg()
    asked.rerun_script.query_string = f"l={LEVER}~{_value(number, 0):g}~2027~2"
    asked.rerun_script.page_name = "levers"
    start = time.monotonic()
    await link.send(asked.SerializeToString())
    run = await finished(link)
    seen.first = time.monotonic() - start
    return run


async def planner(port: int, number: int, moves: int, everybody: asyncio.Barrier) -> Seen:
    """Play one session; `number` decides its values. Moves begin when everybody has the first picture."""
    seen, chance = Seen(), random.Random(number)
    await asyncio.sleep(ARRIVE * number)
    try:
        address = f"ws://localhost:{port}/_stcore/stream"
        # As browsers do: answer pings, send none.
        async with websockets.connect(address, subprotocols=["streamlit"], max_size=None, ping_interval=None) as link:  # type: ignore[list-item]
            run = await opened(link, number, seen)
            lever = next((key for key in run.inputs if f"w_lx_{LEVER}" in key), "")
            await everybody.wait()
            if not lever:
                seen.faults.append(f"no lever on the page: {run.errors or 'nothing said'}")
                return seen
            part = run.inputs[lever][2]
            for i in range(1, moves + 1):
                await asyncio.sleep(chance.uniform(*THINK))
                moved = BackMsg()
                moved.rerun_script.query_string = run.address
                moved.rerun_script.fragment_id = part
                state = moved.rerun_script.widget_states.widgets.add()
                state.id, state.double_value = lever, _value(number, i)
                start = time.monotonic()
                await link.send(moved.SerializeToString())
                run = await finished(link)
                seen.moves.append(time.monotonic() - start)
                seen.faults += run.errors + _strange(run, number, i)
    except (TimeoutError, OSError, websockets.WebSocketException, asyncio.BrokenBarrierError) as error:
        seen.faults.append(f"{type(error).__name__}: {error}")
        await everybody.abort()
    return seen


def _value(number: int, i: int) -> float:
    """Give the value of a session's move: no two sessions and no two moves share one."""
    return round(0.001 * (i + 1) + 0.3 * (number + 1) / (MOST_SESSIONS + 1) + 0.0000001 * number, 7)


def _strange(run: Run, number: int, i: int) -> list[str]:
    """Say what in an answer is not the session's own."""
    found = parse_qs(run.address).get("l", [""])[0]
    wanted = f"{LEVER}~{_value(number, i):.10g}~2027~2"
    return [] if found == wanted else [f"session {number} wrote {wanted} and was told {found or 'nothing'}"]


def memory(process: int) -> float:
    """Give the resident memory of a process in MB."""
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return float("nan")


def processor(process: int) -> float:
    """Give the seconds of processor time that a process has used."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@dataclass
class Clock:
    """Where the server's processor stood, and when, once everybody had the first picture."""

    used: float = 0.0
    at: float = 0.0


async def all_of_them(port: int, process: int, sessions: int, moves: int) -> tuple[list[Seen], Clock]:
    """Play all sessions at once."""
    everybody, clock = asyncio.Barrier(sessions + 1), Clock()

    async def watch() -> None:
        try:
            await everybody.wait()
        except asyncio.BrokenBarrierError:
            return
        clock.used, clock.at = processor(process), time.monotonic()

    *seen, _ = await asyncio.gather(*(planner(port, i, moves, everybody) for i in range(sessions)), watch())
    return list(seen), clock  # type: ignore[arg-type]  # the last one is the watch's


def measured(sessions: int, moves: int) -> dict[str, float]:
    """Serve the app, play, and give what was measured."""
    with tempfile.TemporaryDirectory() as folder:
        server, port = served(folder)
        try:
            asyncio.run(all_of_them(port, server.pid, 1, 1))
            before, used = memory(server.pid), processor(server.pid)
            seen, clock = asyncio.run(all_of_them(port, server.pid, sessions, moves))
            took, end = time.monotonic() - clock.at, processor(server.pid)
            after = memory(server.pid)
        finally:
            server.terminate()
            server.wait(20)
    waits = np.array([w for one in seen for w in one.moves] or [float("nan")])
    faults = [fault for one in seen for fault in one.faults]
    for fault in faults[:10]:
        print(fault, file=sys.stderr)
    return {
        "moves": waits.size, "faults": len(faults), "seconds": took, "load": os.getloadavg()[0],
        "first": float(np.nanmedian([one.first for one in seen])), "first_max": max(one.first for one in seen),
        "p50": float(np.median(waits)), "p95": float(np.quantile(waits, 0.95)), "most": float(waits.max()),
        "alone": before, "all": after, "used_first": (clock.used - used) / sessions,
        "used": (end - clock.used) / waits.size,
    }  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sessions", type=int, default=30)
    parser.add_argument("--moves", type=int, default=12)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    if not (1 <= given.sessions <= MOST_SESSIONS and 1 <= given.moves <= MOST_MOVES):
        parser.error(f"--sessions from 1 to {MOST_SESSIONS} and --moves from 1 to {MOST_MOVES} are allowed.")
    m = measured(given.sessions, given.moves)
    body = (
        f"{given.sessions} sessions at once on the page Levers, each moving one lever {given.moves} times with "
        f"{THINK[0]:g} to {THINK[1]:g} s between moves; server and sessions on the same machine, over loopback. "
        "From sending a move until the server has sent the whole answer.\n\n"
        "| moves answered | faults | move, median | 95% of moves within | slowest | first picture, median (slowest) "
        "| processor time of a move | of a first picture | server memory, one session | all |\n"
        "|---|---|---|---|---|---|---|---|---|---|\n"
        f"| {m['moves']:.0f} of {given.sessions * given.moves} | {m['faults']:.0f} | {1000 * m['p50']:.0f} ms "
        f"| {1000 * m['p95']:.0f} ms | {1000 * m['most']:.0f} ms | {m['first']:.1f} s ({m['first_max']:.1f} s) "
        f"| {1000 * m['used']:.0f} ms | {1000 * m['used_first']:.0f} ms | {m['alone']:.0f} MB | {m['all']:.0f} MB |\n\n"
        "A fault is an error, a missing answer, or anything of another session: after every move the address that the "
        f"server wrote must hold the session's own value and no other. Processor time is the server's alone, "
        f"whatever else the machine does. {m['moves'] / m['seconds']:.1f} moves a second; "
        f"load of the machine at the end {m['load']:.1f}. {machine('streamlit', 'websockets')}"
    )
    print(body)
    if given.write:
        command = f"python -m benchmarks.app_sessions --sessions {given.sessions} --moves {given.moves} --write"
        write_section("app-sessions", "Many sessions at once", command, body)
    return 1 if m["faults"] else 0


if __name__ == "__main__":
    sys.exit(main())
