"""Batches at scale: series a second and memory beside peers, cost as the count grows, the cluster's driver, cold start.

    python -m benchmarks.batch_scale [--quick] [--most 1000000] [--write]

Peers and ours forecast the same series in the same run, one after another, so that a busy machine slows all alike. Ours
is the real command, from its start to the last file written. A peer's clock runs around its library's own call on a
table in memory; its imports are not counted, nor files, since its users choose those. Memory is the peak of the whole
process tree (proportional set size, so that pages shared by processes count once), looked at five times a second.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import psutil

from benchmarks.batch_series import write_walks
from benchmarks.results import machine, markdown, write_section

HORIZON, LEVELS, LENGTH = 5, (80, 95), 20
COMMAND = "import sys; from scenarios.cli import main; sys.exit(main())"
ENSEMBLE = ("AutoETS", "DynamicOptimizedTheta", "AutoCES", "AutoARIMA")
"""Members of the median ensemble of statsforecast (the SCUM of the M4 competition)."""

COST = {"series": 0, "s": 1, "s of processors": 1, "ms of processors a series": 3, "series a second": 0, "peak MB": 0}
"""Columns of the table of costs, and their digits."""


@dataclass(frozen=True)
class Measured:
    """Seconds by the clock and of processors, peak megabytes of a process tree, and the last line it printed."""

    seconds: float
    processors: float
    megabytes: float
    said: str


def tree_memory(process: psutil.Process) -> float:
    """Memory of a process and all below it in MB; pages that several of them share count once."""
    total = 0
    for one in [process, *process.children(recursive=True)]:
        try:
            total += one.memory_full_info().pss
        except psutil.Error:
            continue  # it has ended meanwhile
    return total / 2**20


def measured(words: list[str]) -> Measured:
    """Run a program to its end; its clock runs from its start."""
    env = {**os.environ, **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")}
    began = time.perf_counter()
    process = subprocess.Popen([sys.executable, *words], stdout=subprocess.PIPE, env=env, text=True)
    peak, ended = [0.0], threading.Event()

    def watch() -> None:
        tree = psutil.Process(process.pid)
        while not ended.wait(0.2):
            try:
                peak[0] = max(peak[0], tree_memory(tree))
            except psutil.Error:
                return

    watcher = threading.Thread(target=watch)
    watcher.start()
    assert process.stdout is not None
    said = process.stdout.read()
    _, process.returncode, used = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    ended.set()
    watcher.join()
    if process.returncode:
        raise SystemExit(f"{' '.join(words)} ended with {process.returncode}")
    lines = said.strip().splitlines()
    return Measured(seconds, used.ru_utime + used.ru_stime, peak[0], lines[-1] if lines else "")


def ours(source: Path, workers: int, *more: str) -> Measured:
    """Run the real command into a folder that is removed afterwards."""
    with tempfile.TemporaryDirectory(dir=source.parent) as out:
        words = ["batch", str(source), "--horizon", str(HORIZON), "--out", out, "--workers", str(workers), *more]
        return measured(["-c", COMMAND, *words, "--json-lines"])


def peer(name: str, source: Path, every: int, processes: int) -> Measured:
    """Run a peer of `benchmarks.batch_peers` in a process of its own; its seconds are those it measured itself."""
    found = measured(["-m", "benchmarks.batch_peers", name, str(source), str(every), str(processes)])
    return Measured(float(found.said), found.processors, found.megabytes, found.said)


def beside_peers(folder: Path, n: int, fast: int, slow: int) -> pd.DataFrame:
    """Series a second on the same series: the peer AutoETS on every `fast`-th, the others on every `slow`-th."""
    source = folder / "peers.parquet"
    write_walks(source, n, LENGTH)
    ours(source, 1)  # the first call reads everything from the disk
    rows = []
    for processes in (1, 2):
        for what, every, found in (
            ("auto, the command", 1, ours(source, processes)),
            ("statsforecast AutoETS", fast, peer("AutoETS", source, fast, processes)),
            ("statsforecast median ensemble", slow, peer("ensemble", source, slow, processes)),
            ("Prophet, a pool of processes", slow, peer("prophet", source, slow, processes)),
        ):
            done = -(-n // every)
            rows.append([what, processes, done, found.seconds, done / found.seconds, found.megabytes])
            print(*rows[-1], flush=True)
    table = pd.DataFrame(rows, columns=["what", "processes", "series", "s", "series a second", "peak MB"])
    rate = {p: part["series a second"].iloc[0] for p, part in table.groupby("processes")}
    table["auto is so many times as fast"] = [
        rate[p] / r for p, r in zip(table["processes"], table["series a second"], strict=True)
    ]
    return table


def growing(folder: Path, counts: list[int]) -> pd.DataFrame:
    """Cost of the command as the number of series grows by ten, a hundred, a thousand."""
    rows = []
    for n in counts:
        source = folder / "many.parquet"
        write_walks(source, n, LENGTH)
        found = ours(source, 2)
        said = json.loads(found.said)["summary"]
        assert (said["series"], said["rows"], said["failed"]) == (n, n * HORIZON, 0)
        each = 1e3 * found.processors / n
        rows.append([n, found.seconds, found.processors, each, n / found.seconds, found.megabytes])
        print(*rows[-1], flush=True)
        source.unlink()
    return pd.DataFrame(rows, columns=list(COST))


def driver(folder: Path, counts: list[int]) -> pd.DataFrame:
    """Memory of the process that drives a Dask cluster of this machine, as the number of series grows."""
    rows = []
    for n in counts:
        source = folder / "driver.parquet"
        write_walks(source, n, LENGTH)
        with tempfile.TemporaryDirectory(dir=folder) as out:
            found = measured(["-m", "benchmarks.batch_driver", str(source), out, str(HORIZON)])
        partitions, first, last = json.loads(found.said)
        rows.append([n, partitions, first, last])
        print(*rows[-1], flush=True)
    return pd.DataFrame(rows, columns=["series", "partitions", "MB after the first ones", "MB after the last one"])


def cold_start(folder: Path) -> pd.DataFrame:
    """Seconds of the command where there is next to nothing to do; the middle of five calls."""
    source = folder / "one.parquet"
    write_walks(source, 1, LENGTH)
    rows = []
    for what, words in (("--help", None), ("batch of one series", source)):
        times = []
        for _ in range(5):
            found = measured(["-c", COMMAND, "--help"]) if words is None else ours(source, 1)
            times.append(found.seconds)
        rows.append([what, sorted(times)[2]])
    return pd.DataFrame(rows, columns=["what", "s"])


def main() -> None:
    """Measure, print and, if asked for, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="few series; nothing is written")
    parser.add_argument("--most", type=int, default=1_000_000, help="largest number of series")
    parser.add_argument("--write", action="store_true", help="write the section of RESULTS.md")
    options = parser.parse_args()
    most = 2000 if options.quick else options.most
    counts = [n for n in (1000, 10_000, 100_000, 1_000_000) if n <= most]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        cold = cold_start(folder)
        peers = beside_peers(folder, *((500, 5, 50) if options.quick else (20_000, 20, 1000)))
        cluster = driver(folder, [2000, 4000] if options.quick else [15_000, 60_000])
        cost = growing(folder, counts)
    tables = [
        markdown(peers, {"s": 1, "series a second": 0, "peak MB": 0, "auto is so many times as fast": 1}),
        "Cost as the number of series grows, two processes:",
        markdown(cost, COST),
        f"Dask, a cluster of two workers, partitions of {20_000:,} rows; memory of the driver:",
        markdown(cluster, {"MB after the first ones": 0, "MB after the last one": 0}),
        "Cold start, the middle of five calls:",
        markdown(cold, {"s": 2}),
        f"Simulated annual series of {LENGTH} values, {HORIZON} years ahead, bands {LEVELS[0]} and {LEVELS[1]}. Ours "
        "is the command with its start, reading and writing; a peer's time is that of its library's call alone, on a "
        "table in memory. Memory is the peak of the whole process tree, shared pages counted once. The median ensemble "
        f"is that of {', '.join(ENSEMBLE)}.",
        machine("statsforecast", "prophet", "numpy", "pyarrow"),
    ]
    body = "\n\n".join(tables)
    print(body)
    if options.write and not options.quick:
        more = "" if options.most == 1_000_000 else f" --most {options.most}"
        write_section("batch scale", "Batch: scale", f"python -m benchmarks.batch_scale{more} --write", body)


if __name__ == "__main__":
    main()
