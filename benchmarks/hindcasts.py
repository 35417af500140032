"""Would it have worked? Try every event of the diary on its eve, write data/hindcasts.csv and print the table.

python -m benchmarks.hindcasts [--out data/hindcasts.csv]
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import defaultdict
from pathlib import Path

from benchmarks.results import write_section
from forecast.baseline import baseline_outlook
from forecast.catalog import data_folder
from scenarios.hindcast_runs import counted_anew, hindcasts
from scenarios.hindcasts import TABLE, Hindcast, bundled_hindcasts, summary, write_hindcasts

COMMAND = "python -m benchmarks.hindcasts --write"


def table(rows: list[Hindcast]) -> str:
    """Give the sums as Markdown: over all, by what sizes rest on, by lever, and the causes of misses."""
    lines = [
        "| | series and years | events | inside 80%, without | with | CRPS without | with | error without | with |"
        " levers helped | bands needed |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    groups: dict[str, list[Hindcast]] = {"all": rows}
    groups["counted alike"] = [r for r in rows if not counted_anew(r.unique_id, r.known_until, r.ds)]
    for basis, words in (("then", "sizes known then"), ("later", "sizes known later"), ("direction", "direction only")):
        groups[words] = [r for r in rows if r.basis == basis]
    by_lever: dict[str, list[Hindcast]] = defaultdict(list)
    for row in rows:
        by_lever[row.levers.replace(";", ", ")].append(row)
    groups |= dict(sorted(by_lever.items()))
    for name, group in groups.items():
        s = summary(group)
        if s.n:
            lines.append(
                f"| {name} | {s.n} | {s.events} | {s.inside:.0%} | {s.inside_with:.0%} | {s.crps:.3f} |"
                f" {s.crps_with:.3f} | {s.error:.3f} | {s.error_with:.3f} | {s.helped:.0%} | x {s.wider:.2f} |"
            )
    causes: dict[str, int] = defaultdict(int)
    for row in rows:
        causes[row.cause] += bool(row.cause)
    missed = ", ".join(f"{name} {n}" for name, n in sorted(causes.items()) if n)
    explained = (
        "One row a series and year, judged by what was printed since. `bands needed`: factor on the half width of the"
        " bands with levers, in logarithms, with which they would have held 80 percent. `counted alike`: without rows"
        " whose figures stand on either side of a change of definition."
    )
    return "\n".join([explained, "", *lines, "", f"Causes of the misses with levers: {missed}."])


def main() -> None:
    """Run, write and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=data_folder() / TABLE)
    parser.add_argument("--kept", action="store_true", help="read the bundled table instead of trying anew")
    parser.add_argument("--write", action="store_true", help="put the section into RESULTS.md")
    arguments = parser.parse_args()
    if arguments.kept:
        rows = list(bundled_hindcasts())
    else:
        began = time.monotonic()
        rows = hindcasts(now=baseline_outlook(), report=lambda text: print(text, file=sys.stderr, flush=True))
        write_hindcasts(rows, arguments.out)
        print(
            f"{len(rows)} rows in {time.monotonic() - began:.0f} s, written to {arguments.out.name}.", file=sys.stderr
        )
    print(table(rows))
    if arguments.write:
        write_section("hindcasts", "Past policy events, tried on their eve", COMMAND, table(rows))


if __name__ == "__main__":
    main()
