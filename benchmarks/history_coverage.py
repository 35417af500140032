"""Leave one figure out of the real evidence and see how often the bands of the histories hold it.

    python -m benchmarks.history_coverage [--every N] [--write]

Every figure is taken out in turn, with all other prints of it (same series, kind and period), the other figures of its
graph are read again, and the figure is predicted with an error made of the graph's and its own. The width of a band is
that of a Student distribution with the degrees the graph gives. A series as part of a larger one is read against the
larger one as all figures left it. `error` is the absolute logarithm of the figure over its prediction; `line` that of a
straight line (of logarithms) between the yearly levels left, the nearest one beyond their ends; only yearly levels.

Of every province's stock all figures after its first year are taken out, so that it is carried on as its share of the
nation; `carried` counts the years to the yearly levels so predicted, `kept` is the error of the first figure itself.
"""

from __future__ import annotations

import argparse
import time
from collections import defaultdict
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy.stats import t as student

from benchmarks.results import machine, markdown, write_section
from forecast.catalog import indicators
from forecast.evidence import Reading
from forecast.history import quantile_factor
from forecast.joint import Reader, Solved, evidence_of
from forecast.observations import observations
from forecast.priors import family_of
from forecast.solve import solve

COMMAND = "python -m benchmarks.history_coverage --every {every} --write"
FEWEST = 2
"""Readings of its own that a series needs beside the one taken out."""


def kind_of(r: Reading) -> str:
    """Name the kind of evidence."""
    if r.bound:
        return "bound or resolved share"
    if r.kind in ("share", "span"):
        return r.kind
    period = "year" if r.yearly else "date" if r.dated else "part of a year"
    return f"{r.kind}, {period}"


def left_out(solved: Solved, number: int) -> list[dict[str, object]]:
    """Take each figure of one member of a graph out and predict it."""
    graph, evidence = solved.posterior.graph, solved.evidence
    prints: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for i, (owner, r) in enumerate(graph.readings):
        if owner == number:
            prints[r.kind, r.year, r.start, r.end, r.basis, r.years].append(i)
    own = [r for owner, r in graph.readings if owner == number]
    if len(own) <= FEWEST:
        return []
    rows: list[dict[str, object]] = []
    for places in prints.values():
        keep = np.ones(len(graph.readings), dtype=bool)
        keep[places] = False
        rest = [r for i, (owner, r) in enumerate(graph.readings) if owner == number and keep[i]]
        levels = [r for r in rest if r.kind in ("level", "span", "share")]
        if len(rest) < FEWEST or not levels:
            continue
        found = solve(graph, keep)
        i = places[0]
        r, row = graph.readings[i][1], np.zeros(graph.n)
        np.add.at(row, found.index[i], found.coefficient[i])
        sd = float(np.sqrt(row @ found.covariance @ row + graph.noise[i]))
        gap, degrees = float(found.gaps[i]), float(found.degrees_of(row[None], graph.noise[[i]])[0])
        before, after = (any(sign * (x.year - r.year) > 0 for x in levels) for sign in (-1, 1))
        same = any(x.year == r.year for x in levels)
        yearly = {x.year: x.log for x in levels if x.yearly and x.kind == "level" and x.basis == r.basis}
        line = np.nan
        if r.kind == "level" and r.yearly and not r.bound and yearly:
            known = sorted(yearly)
            line = abs(r.log - float(np.interp(r.year, known, [yearly[y] for y in known])))
        rows.append({
            "key": evidence.key, "id": r.ids[0], "year": r.year, "indicator": evidence.indicator,
            "family": family_of(evidence.indicator, evidence.measure, evidence.unit),
            "read": "share of a larger one" if solved.parent else "alone or with its scopes",
            "kind": kind_of(r), "figures": "under 8" if len(own) < 8 else "8 or more",
            "place": "same year" if same else "inside" if before and after else "last" if before else "first",
            "gap": gap, "error": abs(gap), "line": line, "sd": sd, "degrees": degrees,
            "noise": float(graph.noise[i]),
            "rank": float(student.cdf(gap / sd * np.sqrt(degrees / (degrees - 2)), degrees)),
            "80": abs(gap) <= float(quantile_factor(degrees, 80.0)) * sd,
            "95": abs(gap) <= float(quantile_factor(degrees, 95.0)) * sd,
        })  # fmt: skip
    return rows


def carried(reader: Reader) -> pd.DataFrame:
    """Read every province's stock from the figures of its first year alone and predict its later yearly levels."""
    rows: list[dict[str, object]] = []
    for e in reader.evidence.values():
        start = min(r.year for r in e.readings)
        lone = replace(e, readings=tuple(r for r in e.readings if r.year == start))
        parent = reader.parent(lone) if lone.levels and indicators()[e.indicator].group != "drivers" else None
        if parent is None or not reader.carried(lone, reader.evidence[parent]):
            continue
        reader.one(lone)
        found = reader.done[e.key]
        graph, known = found.posterior.graph, max(lone.levels, key=lambda r: r.end)
        for r in e.readings:
            if r.kind == "level" and r.yearly and r.basis == e.bases.main and start < r.year <= found.last:
                table = found.posterior.dense([graph.level(e.key, r.year)])
                gap = r.log - float((table @ found.posterior.mean)[0])
                sd = float(np.sqrt(table @ found.posterior.covariance @ table.T + r.variance).item())
                degrees = float(found.posterior.degrees_of(table, np.array([r.variance]))[0])
                ahead = r.year - start
                rows.append({
                    "indicator": e.indicator, "error": abs(gap), "kept": abs(r.log - known.log),
                    "carried": "1-2" if ahead < 3 else "3-5" if ahead < 6 else "6-9" if ahead < 10 else "over 9",
                    "80": abs(gap) <= float(quantile_factor(degrees, 80.0)) * sd,
                    "95": abs(gap) <= float(quantile_factor(degrees, 95.0)) * sd,
                })  # fmt: skip
    return pd.DataFrame(rows)


def measured(reader: Reader, every: int = 1) -> pd.DataFrame:
    """Give one row a figure left out, of every so many-th series."""
    done = reader.run()
    rows: list[dict[str, object]] = []
    for key in sorted(done)[::every]:
        members = done[key].posterior.graph.members
        rows += left_out(done[key], next(i for i, m in enumerate(members) if m.key == key))
    return pd.DataFrame(rows)


def summary(frame: pd.DataFrame, by: str) -> pd.DataFrame:
    """Give coverage in percent and errors, by the values of a column."""
    groups = frame.groupby(by)
    table = pd.DataFrame({
        "n": groups.size(), "80": 100 * groups["80"].mean(), "95": 100 * groups["95"].mean(),
        "median error": groups["error"].median(), "mean error": groups["error"].mean(),
    })  # fmt: skip
    lines = frame[frame["line"].notna()].groupby(by)
    table["of levels"] = lines["error"].mean()
    table["line"] = lines["line"].mean()
    return table.reset_index()


def main() -> None:
    """Measure, print, and write the section of RESULTS.md when asked to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--every", type=int, default=1, help="every so many-th series")
    parser.add_argument("--write", action="store_true", help="write the section of RESULTS.md")
    parser.add_argument("--out", help="CSV file for the single figures")
    options = parser.parse_args()
    start = time.perf_counter()
    reader = Reader(evidence_of(observations()))
    frame = measured(reader, options.every)
    far = carried(reader)
    seconds = time.perf_counter() - start
    if options.out:
        frame.to_csv(options.out, index=False)
    frame["all"] = "all"
    digits = {"80": 1, "95": 1} | dict.fromkeys(("median error", "mean error", "of levels", "line"), 3)
    parts = []
    for by in ("all", "family", "kind", "place", "read", "figures"):
        table = summary(frame, by)
        parts.append(markdown(table, digits))
    for by in ("carried", "indicator"):
        groups = far.groupby(by)
        shown = ["80", "95", "error", "kept"]
        table = groups[shown].mean().mul([100, 100, 1, 1]).assign(n=groups.size()).reset_index()
        parts.append(markdown(table[[by, "n", *shown]], {"80": 1, "95": 1, "error": 3, "kept": 3}))
    body = "\n\n".join(parts)
    print(body, f"\n{seconds:.0f} s")
    if options.write:
        said = "\n\n".join(" ".join(part.split()) for part in (__doc__ or "").split("\n\n")[2:])
        about = f"{said}\n\n{machine('numpy', 'scipy')} {seconds:.0f} s."
        write_section(
            "history coverage",
            "Histories: bands of figures left out",
            COMMAND.format(every=options.every),
            f"{body}\n\n{about}",
        )


if __name__ == "__main__":
    main()
