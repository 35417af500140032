"""Numbers of the family "money" scored by the figures left out, since no panel of provinces tells them.

    python -m benchmarks.history_money [--write]

Each figure in yuan or dollars is taken out and predicted as in `benchmarks.history_coverage`, once for every choice of
the yearly shocks to slope and level, of the season inside a year and of the width. `score` is the mean logarithm of the
predictive density of the figure (Student), held between -8 and 6 so that figures that contradict each other, and copies
of one another, do not rule it. Of the choices whose bands hold 80 and 95 percent within three points (158 figures: one
standard error is 3.2 points at 80 percent) the one with the best score is in use.
"""

from __future__ import annotations

import argparse
import itertools
from dataclasses import replace
from types import MappingProxyType
from unittest.mock import patch

import numpy as np
import pandas as pd
from scipy.stats import t as student

import forecast.joint
from benchmarks.history_coverage import left_out
from benchmarks.results import machine, markdown, write_section
from forecast.joint import Reader, evidence_of
from forecast.observations import Observation, observations
from forecast.priors import Prior, family_of, priors

COMMAND = "python -m benchmarks.history_money --write"
FAMILY = "money"
SLOPE, LEVEL, SEASON, WIDTH = (0.05, 0.10, 0.15, 0.25), (0.20, 0.25), (0.12, 0.20), (1.1, 1.2)
LEAST, MOST = -8.0, 6.0


def figures_of_family() -> list[Observation]:
    """Give all figures, rates included, of indicators that have a figure in money and no prior of their own."""
    every = observations()
    chosen = {
        f.indicator
        for f in every
        if f.indicator not in priors() and family_of(f.indicator, f.measure, f.unit) == FAMILY
    }
    return [f for f in every if f.indicator in chosen]


def scored(figures: list[Observation], prior: Prior) -> dict[str, float]:
    """Leave out each figure, with one choice of the family's numbers."""
    chosen = MappingProxyType({**priors(), FAMILY: prior})
    with patch("forecast.priors.priors", lambda: chosen), patch.object(forecast.joint, "priors", lambda: chosen):
        done = Reader(evidence_of(figures)).run()
        rows = []
        for key in sorted(done):
            members = done[key].posterior.graph.members
            rows += left_out(done[key], next(i for i, m in enumerate(members) if m.key == key))
    frame = pd.DataFrame(rows)
    frame = frame[frame["family"] == FAMILY]
    scale = frame["sd"] * np.sqrt((frame["degrees"] - 2) / frame["degrees"])
    density = student.logpdf(frame["gap"] / scale, frame["degrees"]) - np.log(scale)
    return {
        "n": len(frame), "80": 100 * frame["80"].mean(), "95": 100 * frame["95"].mean(),
        "mean error": frame["error"].mean(), "score": float(np.clip(density, LEAST, MOST).mean()),
    }  # fmt: skip


def main() -> None:
    """Score, print, and write the section of RESULTS.md when asked to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="write the section of RESULTS.md")
    options = parser.parse_args()
    figures, now = figures_of_family(), priors()[FAMILY]
    rows = []
    for slope, level, season, width in itertools.product(SLOPE, LEVEL, SEASON, WIDTH):
        prior = replace(now, slope=slope, level=level, season=season, width=width)
        given = {"slope": slope, "level": level, "season": season, "width": width}
        rows.append({**given, **scored(figures, prior), "in use": "yes" if prior == now else ""})
    table = pd.DataFrame(rows).sort_values("score", ascending=False)
    body = markdown(table, {"80": 1, "95": 1, "mean error": 3, "score": 3})
    print(body)
    if options.write:
        said = " ".join((__doc__ or "").split("\n\n")[2].split())
        body = f"{body}\n\n{said}\n\n{machine('numpy', 'scipy')}"
        write_section("history money", "Histories: numbers of the family of money", COMMAND, body)


if __name__ == "__main__":
    main()
