"""Simulated annual series of any number, written a block at a time, for the benchmarks of batches."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from forecast.series import Floats

FIRST = 2005
BLOCK = 50_000


def walks(n: int, length: int, seed: int = 1) -> Floats:
    """Give growing series like those of patents: log random walks with drift, shape (n, length)."""
    rng = np.random.default_rng(seed)
    found: Floats = 1000 * np.exp(np.cumsum(rng.normal(0.05, 0.1, (n, length)), axis=1))
    return found


def write_walks(path: Path, n: int, length: int = 20) -> None:
    """Write `n` series as a long table ``unique_id, ds, y``; memory does not depend on `n`."""
    writer: pq.ParquetWriter | None = None
    for begin in range(0, n, BLOCK):
        size = min(BLOCK, n - begin)
        table = pa.table({
            "unique_id": np.repeat([f"s{i:07d}" for i in range(begin, begin + size)], length),
            "ds": np.tile(np.arange(FIRST, FIRST + length), size),
            "y": walks(size, length, seed=begin).ravel(),
        })  # fmt: skip
        writer = writer or pq.ParquetWriter(path, table.schema)
        writer.write_table(table)
    if writer is not None:
        writer.close()
