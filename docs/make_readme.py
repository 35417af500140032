"""Write the outputs in README.md anew: `python docs/make_readme.py`. Each block is what its own first line prints."""

import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

README = Path(__file__).parent.parent / "README.md"
BLOCK = re.compile(r"(?s)(<!-- output -->\n```console\n)(\$ ip-foresight [^\n]*\n)(.*?)(```\n)")


def printed(line: str) -> str:
    """Give what a command of the README prints, run in an empty folder."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "scenarios.cli", *shlex.split(line)[2:]]
        root = str(README.parent)
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, check=True,
            env={"PYTHONPATH": root, "COLUMNS": "150", **_kept()},
        )  # fmt: skip
    lines = [line.rstrip() for line in done.stdout.splitlines()]
    return "\n".join(lines).strip("\n") + "\n"


def _kept() -> dict[str, str]:
    import os

    return {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "COLUMNS")}


def renewed(text: str) -> str:
    """Give the page with every output made anew."""
    return BLOCK.sub(lambda m: m[1] + m[2] + printed(m[2]) + m[4], text)


if __name__ == "__main__":
    README.write_text(renewed(README.read_text(encoding="utf-8")), encoding="utf-8")
