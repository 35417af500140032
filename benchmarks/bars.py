"""The bars that `auto` is held to on annual series, and whether a table of results meets them."""

from __future__ import annotations

import pandas as pd

ACCURACY, GOAL = 0.960, 0.945
"""Mean of sMAPE and MASE relative to drift: what `auto` must reach, and what it should."""

POINTS = {"M1": 3.0, "M3": 2.0, "Tourism": 2.0}
"""Percentage points that coverage may be off."""

OURS = "IP Foresight"


def line(met: bool, text: str) -> str:
    """Give one bar as an item of a list."""
    return f"- {'met' if met else 'MISSED'}: {text}"


def verdicts(table: pd.DataFrame, by_set: pd.DataFrame) -> list[str]:
    """Say for each bar whether it is met, with the numbers.

    Parameters
    ----------
    table, by_set : pandas.DataFrame
        As `benchmarks.accuracy.report` and `bands` give them.
    """
    found = table.set_index("model")
    auto = found.loc["auto"]
    peers = found[found["of"] != OURS]
    every = int(auto["series"])
    same = peers[peers["series"] == every]
    out = [
        line(auto["relative"] <= ACCURACY, f"accuracy {auto['relative']:.4f}, at most {ACCURACY:.3f}"),
        line(auto["relative"] <= GOAL, f"the goal of {GOAL:.3f}"),
    ]
    if len(peers):
        best = peers["relative"].idxmin()
        out.append(line(
            auto["relative"] < peers.loc[best, "relative"],
            f"every peer is less accurate; the best is {best} with {peers.loc[best, 'relative']:.3f}",
        ))  # fmt: skip
    mine = by_set.set_index("model").loc["auto"]
    for level in (80, 95):
        for one, most in POINTS.items():
            held = float(mine[f"{one} cov{level}"])
            out.append(
                line(abs(held - level) <= most, f"{one}: {level} percent bands hold {held:.1f}, {most:g} off at most")
            )
    if len(peers):
        tightest = peers["msis95"].idxmin()
        theirs = float(peers.loc[tightest, "msis95"])
        text = f"interval score {auto['msis95']:.1f}; the best peer is {tightest} with {theirs:.1f}"
        out.append(line(auto["msis95"] < theirs, text))
    if "sf_auto_ets" in same.index:
        other = float(same.loc["sf_auto_ets", "s"])
        out.append(
            line(auto["s"] < other, f"{auto['s']:.2f} s for {every} series, AutoETS {other:.2f} s, loading included")
        )
    return out
