"""Run every benchmark that needs nothing but packages; each writes its section of RESULTS.md."""

from __future__ import annotations

import subprocess
import sys

BENCHMARKS = (
    ("benchmarks.accuracy", "--write"),
    ("benchmarks.accuracy", "--frequency", "quarterly", "--every", "20", "--write"),
    ("benchmarks.accuracy", "--frequency", "monthly", "--every", "60", "--write"),
)
"""Modules and their arguments, in order. A new benchmark is one line here."""


def main() -> int:
    """Run all, go on after a failure, and say at the end which failed."""
    failed = []
    for module, *options in BENCHMARKS:
        print(f"== {module} {' '.join(options)}", flush=True)
        if subprocess.run([sys.executable, "-m", module, *options], check=False).returncode:
            failed.append(f"{module} {' '.join(options)}")
    if failed:
        print("Failed: " + "; ".join(failed), file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
