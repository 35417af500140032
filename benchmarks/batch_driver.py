"""A batch on a Dask cluster of this machine; prints partitions, and MB of this process after the first and the last.

python -m benchmarks.batch_driver in.parquet out 5
"""

from __future__ import annotations

import json
import sys

import psutil

from forecast.batch import BatchConfig
from forecast.engines import Engine
from forecast.runs import Progress, run_batch

FIRST = 4
"""Partitions after which everything that is loaded once is loaded."""


def main() -> None:
    """Run the batch and look at the memory of this process, the driver with the scheduler in it."""
    source, out, horizon = sys.argv[1:]
    seen: list[float] = []

    def look(_: Progress) -> None:
        seen.append(psutil.Process().memory_info().rss / 2**20)

    engine = Engine(workers=2, kind="dask", partition_rows=20_000)
    run_batch(source, out, BatchConfig(horizon=int(horizon)), engine=engine, progress=look)
    print(json.dumps([len(seen) - 1, seen[min(FIRST, len(seen) - 1)], seen[-1]]))


if __name__ == "__main__":
    main()
