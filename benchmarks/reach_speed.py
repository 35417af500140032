"""How long a target takes to be searched, and how far the answer is from a grid of exact runs.

python -m benchmarks.reach_speed
"""

from __future__ import annotations

import time
from itertools import product

from forecast.baseline import baseline_outlook
from forecast.outlook import Outlook
from scenarios.engine import levers_for, run
from scenarios.reach import Reach, reach
from scenarios.reach_knobs import STEPS
from scenarios.scenario import Goal, Scenario, Setting

TIMES = 3
QUESTIONS = (
    ("CN-ZJ.inventions_in_force", 9e5, 2030, 0.9, "measured"),
    ("CN-ZJ.inventions_in_force", 9e5, 2035, 0.92, "measured"),
    ("CN.trademark_applications", 9e6, 2030, 0.6, "measured"),
    ("CN.ip_pledge_amount", 2e12, 2030, 0.6, "all"),
    ("CN-ZJ.inventions_in_force", 9e5, 2030, 0.55, "all"),
)


def dearer_than_grid(found: Reach, outlook: Outlook, step: int = 20) -> float:
    """Give effort found minus that of the cheapest setting of a grid that reaches the goal; NaN where none does."""
    at = outlook.years.index(found.goal.year)
    best = float("inf")
    for steps in product(range(0, STEPS + 1, step), repeat=len(found.knobs)):
        effort = sum(k.effort * s / STEPS for k, s in zip(found.knobs, steps, strict=True))
        if effort < best:
            levels = {
                k.lever.id: (Setting(region=k.region, level=k.position(s)),)
                for k, s in zip(found.knobs, steps, strict=True)
                if s
            }
            values = run(Scenario(id="grid", levers=levels), outlook).of(found.goal.key)[at]
            if (values >= found.goal.at_least).mean() >= found.goal.chance:
                best = effort
    return found.ways[0].effort - best if found.reachable and best < float("inf") else float("nan")


def main() -> None:
    """Measure and print as Markdown."""
    outlook = baseline_outlook()
    print("| series | target | year | chance | levers | seconds | exact runs | answer | against a grid of fifths |")
    print("|---|---|---|---|---|---|---|---|---|")
    for key, value, year, chance, which in QUESTIONS:
        region, indicator = key.split(".")
        goal = Goal(region=region, indicator=indicator, year=year, at_least=value, chance=chance)
        movable = None if which == "measured" else [lever.id for lever in levers_for(indicator)]
        seconds = []
        for _ in range(TIMES):
            began = time.perf_counter()
            found = reach(goal, outlook, movable=movable)
            seconds.append(time.perf_counter() - began)
        answer = f"effort {found.ways[0].effort:.2f}" if found.reachable else f"at best {found.best.chance:.1%}"
        grid = f"{dearer_than_grid(found, outlook):+.2f}" if found.reachable and len(found.knobs) <= 5 else ""
        print(
            f"| {key} | {value:g} | {year} | {chance:.0%} | {len(found.knobs)} | {min(seconds):.2f} | {found.runs} |"
            f" {answer} | {grid} |"
        )


if __name__ == "__main__":
    main()
