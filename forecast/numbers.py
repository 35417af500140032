"""Numbers as users write them: what is plainly a number, what is plainly missing, and what must not be guessed."""

from __future__ import annotations

import unicodedata

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

MISSING = frozenset({"", "na", "n/a", "nan", "null", "none", "-", "--", "—", "——", "–", "..", "...", "…", "……"})
"""What tables print where they hold no value (after lower case)."""


def parse_numbers(column: pa.ChunkedArray) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Give the numbers of a column and which cells are no number.

    Full-width digits are read as plain ones. Thousands marks and units are refused, as "1,234" is 1.234 elsewhere.

    Parameters
    ----------
    column : pyarrow.ChunkedArray, shape (n,)
        Numbers or text.

    Returns
    -------
    values : array, shape (n,)
        NaN where a value is missing or no number.
    bad : array of bool, shape (n,)
        Where something stands that is neither a finite number nor a mark for a missing value.

    Examples
    --------
    >>> values, bad = parse_numbers(pa.chunked_array([["1.5", "１２", "1,234", "n/a"]]))
    >>> values.tolist(), bad.tolist()
    ([1.5, 12.0, nan, nan], [False, False, True, False])
    """
    kind = column.type
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        return _finite(column.cast(pa.float64(), safe=False).to_numpy())
    if pa.types.is_null(kind):
        return np.full(len(column), np.nan), np.zeros(len(column), dtype=bool)
    if not pa.types.is_string(kind):
        return np.full(len(column), np.nan), np.ones(len(column), dtype=bool)
    try:
        return _finite(pc.cast(column, pa.float64()).to_numpy())
    except pa.ArrowException:
        pass
    encoded = pc.dictionary_encode(column, null_encoding="encode").combine_chunks()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.chunk(0)
    parsed = [_parse(value or "") for value in encoded.dictionary.to_pylist()]
    table = np.array([*parsed, (np.nan, 0.0)], dtype=np.float64).reshape(-1, 2)
    picked = table[encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)]
    return picked[:, 0].copy(), picked[:, 1].astype(bool)


def _finite(values: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    bad = np.isinf(values)
    return np.where(bad, np.nan, values), bad


def _parse(text: str) -> tuple[float, float]:
    text = unicodedata.normalize("NFKC", text).strip().replace("−", "-")
    if text.lower() in MISSING:
        return np.nan, 0.0
    try:
        value = float(text)
    except ValueError:
        return np.nan, 1.0
    if "_" in text or not np.isfinite(value):
        return np.nan, 1.0
    return value, 0.0
