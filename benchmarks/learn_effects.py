"""Try every event of the diary on every indicator it could have moved, and keep the whole table.

    python -m benchmarks.learn_effects [--write]

Without --write the counts by verdict are printed; with it data/learned_effects.csv and the section of RESULTS.md are
written. Rebuild the descriptor of the data package afterwards (`python data/build_descriptor.py`). Needs the extra
`learning`.
"""

from __future__ import annotations

import argparse
from collections import Counter

import pandas as pd

from benchmarks.results import markdown, write_section
from forecast.catalog import data_folder
from forecast.histories import bundled_histories
from scenarios.learning import Learned
from scenarios.learning.learned import TABLE, write_learned
from scenarios.learning.trials import learn


def section(rows: list[Learned]) -> str:
    """Give the counts by verdict and design, and every row that is more than not identified."""
    counts = Counter((r.design, r.verdict) for r in rows)
    table = pd.DataFrame([(d, v, n) for (d, v), n in sorted(counts.items())], columns=["design", "verdict", "rows"])
    kept = [r for r in rows if r.verdict != "not identified"]
    shown = pd.DataFrame(
        [
            (
                r.events.replace(";", ", "), r.region, r.indicator, r.design, r.verdict, 
                f"{r.estimate:+.2f} ({r.se:.2f})",
                f"{r.placebo_p:.2f}", f"{r.smallest:.2f}", f"{r.prior_mean:+.2f} ({r.prior_sd:.2f})",
                f"{r.posterior_mean:+.2f} ({r.posterior_sd:.2f})",
            )
            for r in kept
        ],
        columns=["events", "region", "indicator", "design", "verdict", "estimate", "placebo p", "smallest seen",
                 "prior", "posterior"],
    )  # fmt: skip
    words = f"{len(rows)} rows, {sum(r.estimated for r in rows)} with an estimate; the whole table is data/{TABLE}."
    return f"{words}\n\n{markdown(table, {})}\n\n{markdown(shown, {})}"


def main() -> None:
    """Learn, print, and write where asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true")
    write = parser.parse_args().write
    rows = learn(bundled_histories())
    text = section(rows)
    print(text)
    if write:
        write_learned(rows, data_folder() / TABLE)
        write_section("learned", "Effects learned from history", "python -m benchmarks.learn_effects --write", text)


if __name__ == "__main__":
    main()
