"""Would it have worked? Try every event of the diary on its eve, write data/hindcasts.csv and print the table.

    python -m benchmarks.hindcasts [--out data/hindcasts.csv] [--write]
    python -m benchmarks.hindcasts --larger [--write]

`--larger` tries events whose size nobody had measured once more with sizes 2, 4 and 8 times as large as are used. Half
of them then are larger than what the strongest measured lever did; the question is whether the hindcasts ask for that.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from unittest.mock import patch

from benchmarks.results import write_section
from forecast.baseline import baseline_outlook
from forecast.catalog import data_folder
from scenarios.effects import Size, direction_only
from scenarios.hindcast_runs import counted_anew, hindcasts, outlook_as_of
from scenarios.hindcasts import TABLE, Hindcast, bundled_hindcasts, summary, write_hindcasts, year_of
from scenarios.policy_band import factor_of, factors_apart, held

COMMAND = "python -m benchmarks.hindcasts --write"
FACTORS = (1.0, 2.0, 4.0, 8.0)


def table(rows: list[Hindcast]) -> str:
    """Give the sums as Markdown: over all, by what sizes rest on, by lever, and the causes of misses."""
    lines = [
        "| | series and years | events | inside 80%, without | with | around policy events | CRPS without | with |"
        " error without | with | levers helped | bands needed |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    factors = factors_apart(rows)
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
            wide = sum(held(row, factors) for row in group) / s.n
            lines.append(
                f"| {name} | {s.n} | {s.events} | {s.inside:.0%} | {s.inside_with:.0%} | {wide:.0%} | {s.crps:.3f} |"
                f" {s.crps_with:.3f} | {s.error:.3f} | {s.error_with:.3f} | {s.helped:.0%} | x {factor_of(group):.2f} |"
            )
    years: dict[int, list[Hindcast]] = defaultdict(list)
    for row in rows:
        years[year_of(row)].append(row)
    apart = ["| events of | series and years | inside 80%, with | factor of the other years | inside |"]
    apart.append("|---|---|---|---|---|")
    for year, group in sorted(years.items()):
        within = [
            sum(found) / len(group) for found in zip(*((r.inside_with, held(r, factors)) for r in group), strict=True)
        ]
        apart.append(f"| {year} | {len(group)} | {within[0]:.0%} | x {factors[year]:.2f} | {within[1]:.0%} |")
    causes: dict[str, int] = defaultdict(int)
    for row in rows:
        causes[row.cause] += bool(row.cause)
    missed = ", ".join(f"{name} {n}" for name, n in sorted(causes.items()) if n)
    explained = (
        "One row a series and year, judged by what was printed since. `bands needed`: factor on the half width of the"
        " bands with levers, in logarithms, with which they would have held 80 percent. `counted alike`: without rows"
        " whose figures stand on either side of a change of definition. `around policy events`: inside the 80 percent"
        " band with levers, its half width multiplied by what the events of all other years needed."
    )
    return "\n".join([explained, "", *lines, "", f"Causes of the misses with levers: {missed}.", "", *apart])


def larger(factors: Sequence[float] = FACTORS) -> str:
    """Give as Markdown how rows with nothing but a direction score with larger sizes; outlooks are made once."""
    made = cache(lambda day, until: outlook_as_of(day, until=until))
    now = baseline_outlook()
    lines = ["| sizes | series and years | inside 80%, without | with | CRPS without | with | error without | with |"]
    lines.append("|---|---|---|---|---|---|---|---|")
    for factor in factors:

        def size(sign: int, bound: float, factor: float = factor) -> Size:
            return direction_only(sign, factor * bound)

        with patch("scenarios.hindcast_levers.direction_only", size):
            rows = [r for r in hindcasts(now=now, then=made) if r.basis == "direction"]
        s = summary(rows)
        lines.append(
            f"| x {factor:g} | {s.n} | {s.inside:.0%} | {s.inside_with:.0%} | {s.crps:.3f} | {s.crps_with:.3f} |"
            f" {s.error:.3f} | {s.error_with:.3f} |"
        )
    return "\n".join(lines)


def main() -> None:
    """Run, write and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=data_folder() / TABLE)
    parser.add_argument("--kept", action="store_true", help="read the bundled table instead of trying anew")
    parser.add_argument("--larger", action="store_true", help="try larger sizes where only the direction is known")
    parser.add_argument("--write", action="store_true", help="put the section into RESULTS.md")
    arguments = parser.parse_args()
    if arguments.larger:
        body = larger()
        print(body)
        if arguments.write:
            title = "Past policy events, with larger sizes where only the direction is known"
            write_section("hindcasts larger", title, "python -m benchmarks.hindcasts --larger --write", body)
        return
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
