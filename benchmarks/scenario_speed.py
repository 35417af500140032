"""Measure the scenario engine: every series of the bundled outlook under each library scenario, and attribution.

    python -m benchmarks.scenario_speed [--repeats 20] [--write]

A scenario counts from the call of `run` until the paths of every series that it moves are there: all regions, all
indicators, all years to 2040, 1,000 futures. One run before warms up what belongs to the outlook and not to the
scenario. The least of the repeats is kept, which other work on the machine disturbs least; the median stands beside it.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from statistics import median
from time import perf_counter, process_time

import numpy as np
import pandas as pd

from benchmarks.results import machine, markdown, write_section
from forecast.baseline import baseline_outlook
from forecast.outlook import Outlook
from scenarios.engine import run
from scenarios.files import library
from scenarios.scenario import Scenario

SCENARIO_BAR_MS = 50.0
SHAPLEY_BAR_S = 2.0
EIGHT = {
    "patent_filing_fee": -0.5, "patent_subsidy_filing": 1.0, "rd_spending": 0.1, "ip_courts": 0.5,
    "examination_speed": 0.5, "preexamination_centre": 1.0, "patent_renewal_fee": -0.3, "enterprise_ip_services": 1.0,
}  # fmt: skip
"""Eight levers that all move the number of inventions in force, so that no set of them comes for free."""
KEY = "CN.inventions_in_force"


def timed(action: Callable[[], object], repeats: int) -> tuple[float, float, float]:
    """Give least and median seconds on the clock, and least seconds of the processor."""
    clock, processor = [], []
    for _ in range(repeats):
        began, worked = perf_counter(), process_time()
        action()
        clock.append(perf_counter() - began)
        processor.append(process_time() - worked)
    return min(clock), median(clock), min(processor)


def scenarios_table(outlook: Outlook, repeats: int) -> pd.DataFrame:
    """Give milliseconds by library scenario."""
    rows = []
    for name, scenario in library().items():

        def whole(scenario: Scenario = scenario) -> int:
            return len(run(scenario, outlook).changed)

        moved = whole()
        least, middle, processor = timed(whole, repeats)
        rows.append((name, moved, 1000 * least, 1000 * middle, 1000 * processor))
    return pd.DataFrame(rows, columns=["scenario", "series moved", "least ms", "median ms", "processor ms"])


def shapley_seconds(outlook: Outlook, repeats: int) -> tuple[float, float, float, float]:
    """Give least, median and processor seconds of one exact attribution to eight levers, and its largest residue."""
    scenario = Scenario.model_validate({"id": "eight", "levers": {n: ({"level": v},) for n, v in EIGHT.items()}})
    comparison = run(scenario, outlook)
    parts = comparison.attribution(KEY)
    if not parts.exact or len(parts.parts) != len(EIGHT) or not all(np.any(p) for p in parts.parts.values()):
        raise RuntimeError(f"Not every one of {sorted(EIGHT)} moves {KEY}.")
    change = comparison.of(KEY) - outlook.of(KEY)
    residue = float(np.abs(sum(parts.parts.values()) - change).max() / np.abs(change).max())
    return (*timed(lambda: run(scenario, outlook).attribution(KEY), repeats), residue)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=20)
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    outlook = baseline_outlook()
    table = scenarios_table(outlook, arguments.repeats)
    least, middle, processor, residue = shapley_seconds(outlook, arguments.repeats)
    moving = table[table["series moved"] > 0]
    under = int((moving["least ms"] < SCENARIO_BAR_MS).sum())
    n_series, n_years, n_paths = outlook.paths.shape
    body = "\n\n".join([
        f"The outlook holds {n_series} series, {n_years} years to {outlook.years[-1]} and {n_paths} futures. "
        f"{under} of {len(moving)} scenarios that move anything take under {SCENARIO_BAR_MS:.0f} ms (the bar); their "
        f"median is {moving['least ms'].median():.0f} ms, the longest {moving['least ms'].max():.0f} ms.",
        markdown(table, {"least ms": 1, "median ms": 1, "processor ms": 1}),
        f"Exact attribution of {KEY} to eight levers (256 runs of that series): least {least:.2f} s, median "
        f"{middle:.2f} s, processor {processor:.2f} s; bar {SHAPLEY_BAR_S:.0f} s. Parts miss the whole difference by "
        f"{residue:.0e} of its largest value.",
        machine("numpy", "numba"),
    ])  # fmt: skip
    print(body)
    if arguments.write:
        command = "python -m benchmarks.scenario_speed --write"
        write_section("scenario speed", "Speed of scenarios", command, body)


if __name__ == "__main__":
    main()
