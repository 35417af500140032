"""Set `auto` beside published figures of foundation models, which this project does not run.

    python -m benchmarks.published [--write]

`published.csv` holds MASE and weighted quantile loss (WQL) on annual series as the authors of the benchmark published
them: "Chronos benchmark II" kept in the repository autogluon/fev (commit 1bc95fd, folder
benchmarks/chronos_zeroshot/results). They are quoted, not measured here. Their weights are not public packages, and
most need a graphics card or the network. `auto` and seasonal naive are measured on the same sets now. M1 and M3 are the
same data (naive MASE agrees to four digits); their Tourism is the Monash edition, whose naive MASE is 3.552 in place of
3.007, so there only ratios to naive compare.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.accuracy import alone, asked, errors
from benchmarks.competitions import SETS
from benchmarks.results import machine, markdown, write_section

FILE = Path(__file__).with_name("published.csv")
NAIVE = "seasonal_naive"


def table(published: pd.DataFrame, measured: pd.DataFrame) -> pd.DataFrame:
    """Join published and measured MASE into one table of ratios to naive, best mean first.

    Parameters
    ----------
    published : pandas.DataFrame
        Columns set, model, mase, wql, saw_the_set_in_training.
    measured : pandas.DataFrame
        Columns set, model, mase; holds `auto` and `naive`.
    """
    rows = []
    saw = published[published["saw_the_set_in_training"] == "yes"]
    seen = {model: ", ".join(sorted(part["set"])) for model, part in saw.groupby("model")}
    for source, frame, naive in (("published", published, NAIVE), ("measured here", measured, "naive")):
        wide = frame.pivot(index="model", columns="set", values="mase")[list(SETS)]
        ratio = wide.div(wide.loc[naive])
        for model in wide.index:
            row: dict[str, object] = {"model": model, "figures": source, "mean": float(ratio.loc[model].mean())}
            row |= {f"{one} to naive": float(ratio.loc[model, one]) for one in SETS}
            row |= {f"{one} MASE": float(wide.loc[model, one]) for one in SETS}
            rows.append(row | {"trained on": seen.get(model, "") if source == "published" else ""})
    return pd.DataFrame(rows).sort_values("mean", ignore_index=True)


def measured() -> pd.DataFrame:
    """Give MASE by set of `auto` and naive."""
    given = asked("yearly", 1)
    runs = {name: alone(name, "yearly", 1) for name in ("drift", "naive", "auto")}
    rows = []
    for name in ("naive", "auto"):
        by_set = errors(runs[name], runs["drift"], given).groupby("set")["mase"].mean()
        rows += [{"set": one, "model": name, "mase": float(np.round(by_set[one], 4))} for one in SETS]
    return pd.DataFrame(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true")
    found = table(pd.read_csv(FILE), measured())
    digits = {"mean": 3} | {f"{one} to naive": 3 for one in SETS}
    text = markdown(found, digits)
    print(text)
    if parser.parse_args().write:
        note = (
            "Figures marked `published` are quoted from autogluon/fev (Chronos benchmark II, commit 1bc95fd), not "
            "measured here. `to naive`: MASE over that of the naive forecast in the same source; `mean` over the three "
            "sets. The published Tourism set is the Monash edition: only its ratios compare. `trained on`: sets that "
            "the model saw in its training, as published; of `auto` the training parts of all three, see "
            '"Annual series of a competition that training never met" for what it gives without.'
        )
        body = "\n\n".join([note, text, machine("numpy")])
        write_section("published", "Foundation models, as published", "python -m benchmarks.published --write", body)


if __name__ == "__main__":
    main()
