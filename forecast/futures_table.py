"""The futures of a batch as a table: one row a series, model, scenario and period, the futures in one cell."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from forecast.batch import BatchConfig, Made
from forecast.export import Summary, summary_frame

BLOCK = 1 << 18
"""Bytes of futures in a row group, about: what is in memory of each partition while results are put together."""


def futures_schema(config: BatchConfig, *, annual: bool) -> pa.Schema:
    """Give the columns: `unique_id`, `ds`, `model`, maybe `scenario`, and `paths`, a list of so many numbers."""
    fields = [("unique_id", pa.string()), ("ds", pa.int64() if annual else pa.timestamp("us")), ("model", pa.string())]
    if config.scenarios is not None:
        fields.append(("scenario", pa.string()))
    return pa.schema([*fields, ("paths", pa.list_(pa.float64(), config.n_paths))])


def written_beside(
    results: Iterable[Made], config: BatchConfig, sink: io.BytesIO, *, annual: bool
) -> Iterator[Summary]:
    """Give the summaries of results, and write their futures to `sink` as Parquet meanwhile, a few at a time.

    Parameters
    ----------
    results : iterable of Made
        All with paths.
    config : BatchConfig
    sink : io.BytesIO
        Complete when the iterator has come to its end.
    annual : bool
        Whether `ds` holds years; first days of periods otherwise.
    """
    schema = futures_schema(config, annual=annual)
    most = max(BLOCK // (8 * config.horizon * config.n_paths), 1)
    with pq.ParquetWriter(sink, schema) as writer:
        held: list[Made] = []
        for made in results:
            held.append(made)
            if len(held) == most:
                writer.write_table(_rows(held, config, schema))
                held = []
            yield made.summary
        if held:
            writer.write_table(_rows(held, config, schema))


def _rows(held: list[Made], config: BatchConfig, schema: pa.Schema) -> pa.Table:
    short = [one.summary._replace(numbers=one.summary.numbers[:1]) for one in held]
    frame = summary_frame(short, (), scenarios=config.scenarios is not None).drop(columns="mean")
    if pa.types.is_timestamp(schema.field("ds").type) and frame["ds"].dtype.kind == "i":
        frame["ds"] = (frame["ds"].to_numpy() - 1970).astype("datetime64[Y]").astype("datetime64[us]")
    flat = np.concatenate([np.ascontiguousarray(one.paths.T).ravel() for one in held if one.paths is not None])
    paths = pa.FixedSizeListArray.from_arrays(pa.array(flat), config.n_paths)
    columns = [pa.Array.from_pandas(frame[name], type=schema.field(name).type) for name in schema.names[:-1]]
    return pa.Table.from_arrays([*columns, paths], schema=schema)
