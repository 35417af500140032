"""Run every benchmark in one go; each writes its section of RESULTS.md.

    python -m benchmarks            all of them, two to three hours on one core
    python -m benchmarks --quick    a few series and models, one or two minutes, nothing is written; for CI

What needs the shared folder (IP_FORESIGHT_SHARED, default ../shared) is passed over where it is absent, and said.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

TRAINING = Path(os.environ.get("IP_FORESIGHT_SHARED", Path(__file__).resolve().parents[2] / "shared")) / "training"

BENCHMARKS: tuple[tuple[str, ...], ...] = (
    ("benchmarks.accuracy", "--write"),
    ("benchmarks.accuracy", "--frequency", "quarterly", "--every", "4", "--write"),
    ("benchmarks.accuracy", "--frequency", "monthly", "--every", "8", "--write"),
    ("benchmarks.accuracy", "--frequency", "bundled", "--write"),
    ("benchmarks.published", "--write"),
    ("benchmarks.pooled_checks", str(TRAINING), "--left-out", "--write"),
    ("benchmarks.pooled_calibration", str(TRAINING), "--write"),
    ("benchmarks.history_coverage", "--write"),
    ("benchmarks.baseline_backtest", "--write"),
    ("benchmarks.reconciliation", "--write"),
    ("benchmarks.hindcasts", "--write"),
    ("benchmarks.scenario_speed", "--write"),
    ("benchmarks.estimate_parameters", "--write"),
    ("benchmarks.learn_effects", "--write"),
    ("benchmarks.prophet_batch", "--every", "1", "--write"),
    ("benchmarks.app_sessions", "--sessions", "30", "--moves", "12", "--write"),
    ("benchmarks.batch_scale", "--write"),
    ("benchmarks.batch_kills", "--kills", "20", "--series", "1500", "--write"),
    ("benchmarks.app_latency", "--write"),
)
"""Modules and their arguments, in order. A new benchmark is one line here."""

FEW = "drift,auto,theta,ets,sf_auto_ets,sf_dot"

QUICK: tuple[tuple[str, ...], ...] = (
    ("benchmarks.accuracy", "--every", "10", "--models", FEW),
    ("benchmarks.accuracy", "--frequency", "quarterly", "--every", "60", "--models", FEW),
    ("benchmarks.accuracy", "--frequency", "monthly", "--every", "120", "--models", FEW),
    ("benchmarks.baseline_backtest", "--paths", "60", "--origins", "2021", "2023"),
    ("benchmarks.reconciliation", "--paths", "60", "--origins", "2021"),
    ("benchmarks.prophet_batch", "--every", "60"),
    ("benchmarks.batch_scale", "--quick"),
    ("benchmarks.batch_kills", "--kills", "3", "--series", "300"),
)
"""The same, small."""


def main() -> int:
    """Run all, go on after a failure, and say at the end which failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    failed = []
    for module, *options in QUICK if parser.parse_args().quick else BENCHMARKS:
        name = " ".join((module, *options))
        if str(TRAINING) in options and not TRAINING.is_dir():
            print(f"== {name}: passed over, {TRAINING} is not there (set IP_FORESIGHT_SHARED)", flush=True)
            continue
        print(f"== {name}", flush=True)
        if subprocess.run([sys.executable, "-m", module, *options], check=False).returncode:
            failed.append(name)
    if failed:
        print("Failed: " + "; ".join(failed), file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
