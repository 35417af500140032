"""Twenty random kills: a batch killed again and again, and called again, beside one that nobody disturbed.

    python -m benchmarks.batch_kills [--kills 20] [--series 3000] [--write]

The real command runs in a process group of its own, which is killed whole (SIGKILL) at a random moment, workers
included. The next call follows at once, while workers of the killed one may still be ending. When the wanted number of
kills is reached, one call runs to its end, and its files are compared with those of the undisturbed run.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.batch_series import write_walks
from benchmarks.results import machine, markdown, write_section

HORIZON, WORKERS, ROWS = 3, 2, 2500
MODELS = "auto,theta"
FILES = ("forecasts.parquet", "failures.parquet")


def started(source: Path, out: Path) -> subprocess.Popen[bytes]:
    """Start the command as a user would, in a process group of its own."""
    words = [
        "batch", str(source), "--horizon", str(HORIZON), "--models", MODELS, "--out", str(out),
        "--workers", str(WORKERS), "--partition-rows", str(ROWS), "--json-lines",
    ]  # fmt: skip
    program = "import sys; from scenarios.cli import main; sys.exit(main())"
    with (out.parent / f"{out.name}.log").open("wb") as log:
        return subprocess.Popen([sys.executable, "-c", program, *words], stdout=log, start_new_session=True)


def finished_partitions(out: Path) -> int:
    """Count the partitions that an unfinished run has kept."""
    return len([p for p in out.rglob("[0-9]*.json") if not p.name.endswith(".part")])


def killed_run(source: Path, out: Path, kills: int, lasts: float) -> list[dict[str, object]]:
    """Kill the run at random moments that many times; give for each kill what was there after it."""
    moments = np.random.default_rng(20)
    rows: list[dict[str, object]] = []
    before = 0
    while len(rows) < kills:
        process = started(source, out)
        # From the first breath to well into the work, but rarely to the end: what is kept shortens the next call.
        wait = float(moments.uniform(0.05, 1.0)) * lasts * (0.25 + 0.75 / (1 + before / 6))
        try:
            process.wait(wait)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            before = finished_partitions(out)
            rows.append({"kill": len(rows) + 1, "after s": wait, "partitions kept": before})
            continue
        # It came to its end before its kill; it starts anew, so that each kill meets unfinished work.
        for name in (*FILES, "manifest.json"):
            (out / name).unlink()
        before = 0
    return rows


def compared(cut: Path, whole: Path) -> dict[str, object]:
    """Compare two results byte for byte and row for row."""
    same = all((cut / name).read_bytes() == (whole / name).read_bytes() for name in FILES)
    mine, theirs = (pd.read_parquet(folder / FILES[0]) for folder in (cut, whole))
    keys = ["unique_id", "ds", "model"]
    lost = len(theirs[keys].merge(mine[keys], how="left", indicator=True).query("_merge == 'left_only'"))
    return {
        "rows": len(theirs), "lost": lost, "doubled": int(mine.duplicated(keys).sum()),
        "files equal byte for byte": "yes" if same else "no",
    }  # fmt: skip


def main() -> int:
    """Kill, compare, print and, if asked for, write; the exit status is 1 where anything is lost or doubled."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--series", type=int, default=3000)
    parser.add_argument("--write", action="store_true", help="write the section of RESULTS.md")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = folder / "in.parquet"
        write_walks(source, options.series)
        began = time.monotonic()
        assert started(source, folder / "whole").wait() == 0
        lasts = time.monotonic() - began
        kills = killed_run(source, folder / "cut", options.kills, lasts)
        assert started(source, folder / "cut").wait() == 0
        log = (folder / "cut.log").read_text().splitlines()
        found = compared(folder / "cut", folder / "whole")
        found["kept by the last call"] = json.loads(log[-1])["summary"]["resumed"]
    table = pd.DataFrame([{"kills": len(kills), "series": options.series, **found}])
    moments = ", ".join(f"{row['after s']:.1f} s ({row['partitions kept']})" for row in kills)
    body = (
        f"{markdown(table, {})}\n\nThe run that nobody disturbed took {lasts:.0f} s with {WORKERS} workers. Killed"
        f" after, and partitions finished by then: {moments}.\n\n{machine('numpy', 'pyarrow')}"
    )
    print(body)
    if options.write:
        command = f"python -m benchmarks.batch_kills --kills {options.kills} --series {options.series} --write"
        write_section("batch kills", "Batch: killed at random", command, body)
    return 0 if found["files equal byte for byte"] == "yes" and not found["lost"] and not found["doubled"] else 1


if __name__ == "__main__":
    sys.exit(main())
