"""Results as files: written whole or not at all, safe to open in a spreadsheet, with a manifest beside them."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecast.errors import InputError
from forecast.outlook import Forecast
from forecast.series import Floats

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""First characters that make a spreadsheet run a cell of text as a formula."""

LIBRARIES = ("numpy", "pandas", "pyarrow", "scipy", "statsmodels", "prophet")


class Summary(NamedTuple):
    """Mean and bands of one series by one model, without paths."""

    key: str
    model: str
    past: pd.PeriodIndex
    """Periods of the history."""
    numbers: Floats
    """Mean, then lower and upper edge of each level, shape (1 + 2 L, H)."""
    scenario: str = ""
    """Scenario that the series was moved by, where such were asked for."""


def summary_of(forecast: Forecast, levels: Sequence[float]) -> Summary:
    """Give mean and bands of a forecast."""
    chances = [q for level in levels for q in ((1 - level / 100) / 2, 1 - (1 - level / 100) / 2)]
    numbers = np.vstack([forecast.mean, np.quantile(forecast.paths, chances, axis=0)])
    return Summary(forecast.series.key, forecast.model, forecast.series.periods, numbers)


def forecast_frame(forecasts: Iterable[Forecast], levels: Sequence[float]) -> pd.DataFrame:
    """Give forecasts as one long table; see `summary_frame`."""
    # Paths are let go of one by one: of a large batch they would fill the memory.
    return summary_frame((summary_of(forecast, levels) for forecast in forecasts), levels)


def summary_frame(summaries: Iterable[Summary], levels: Sequence[float], *, scenarios: bool = False) -> pd.DataFrame:
    """Give forecasts as one long table.

    Parameters
    ----------
    summaries : iterable of Summary
    levels : sequence of float
        Central bands in percent.
    scenarios : bool
        Whether there is a column `scenario`.

    Returns
    -------
    pandas.DataFrame
        `unique_id`, `ds` (whole years where all are annual, else the first day of each period), `model`, maybe
        `scenario`, `mean`, and `lo-80`, `hi-80` and so on, in the order of `summaries`.
    """
    found = list(summaries)
    sizes = [one.numbers.shape[1] for one in found]
    axes = [_following(one.past, size) for one, size in zip(found, sizes, strict=True)]
    if all(years is not None for years, _ in axes):
        ds = np.concatenate([np.zeros(0, dtype=np.int64), *(years for years, _ in axes if years is not None)])
    else:
        ds = np.concatenate([days for _, days in axes])
    columns: dict[str, object] = {
        "unique_id": np.repeat(np.array([one.key for one in found], dtype=object), sizes),
        "ds": ds,
        "model": np.repeat(np.array([one.model for one in found], dtype=object), sizes),
    }
    if scenarios:
        columns["scenario"] = np.repeat(np.array([one.scenario for one in found], dtype=object), sizes)
    bounds = [f"{side}-{level:g}" for level in levels for side in ("lo", "hi")]
    numbers = np.concatenate([np.zeros((1 + len(bounds), 0)), *(one.numbers for one in found)], axis=1)
    columns.update(zip(["mean", *bounds], numbers, strict=True))
    return pd.DataFrame(columns)


def _following(past: pd.PeriodIndex, horizon: int) -> tuple[NDArray[np.int64] | None, NDArray[np.datetime64]]:
    return _axis(str(past.freqstr), past[-1].ordinal, horizon)


@lru_cache(maxsize=4096)
def _axis(alias: str, last: int, horizon: int) -> tuple[NDArray[np.int64] | None, NDArray[np.datetime64]]:
    """Give the years (where annual) and first days of the periods after the one of ordinal `last`."""
    periods = pd.period_range(pd.Period(ordinal=last + 1, freq=alias), periods=horizon)
    days = periods.to_timestamp().to_numpy().astype("datetime64[us]")
    return (periods.year.to_numpy().astype(np.int64) if alias.startswith("Y") else None), days


@contextmanager
def written(path: Path) -> Iterator[Path]:
    """Give a temporary path beside `path`; it takes the place of `path` when all went well, and is removed otherwise.

    Raises
    ------
    InputError
        Where the folder cannot be written or the disk is full; nothing half written is left.
    """
    temporary: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
        os.close(handle)
        temporary = Path(name)
        yield temporary
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        umask = os.umask(0)
        os.umask(umask)
        temporary.chmod(0o666 & ~umask)
        os.replace(temporary, path)
        temporary = None
    except OSError as error:
        raise unwritable(path, error) from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def unwritable(path: Path, error: OSError) -> InputError:
    """Make the error for a file that cannot be written."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return InputError(
            f'"{path}" could not be written: the disk is full.', "Free some space; finished work is kept."
        )
    reason = error.strerror or str(error)
    return InputError(
        f'"{path}" cannot be written: {reason}.', "Choose another folder with --out, or change its rights."
    )


def write_table(frame: pd.DataFrame, path: Path) -> None:
    """Write a table as Parquet, CSV (UTF-8 with a mark, so that spreadsheets show Chinese) or XLSX, by its ending.

    Text that a spreadsheet would run as a formula is neutralised: an apostrophe before it in CSV, the type "text" in
    XLSX. Parquet carries the text as it is.

    Raises
    ------
    InputError
        Where the ending is another one, or the file cannot be written.
    """
    ending = path.suffix.lower()
    if ending not in (".parquet", ".csv", ".xlsx"):
        raise InputError(f'"{path.name}" ends in "{ending}".', "Write to a name that ends in .parquet, .csv or .xlsx.")
    with written(path) as temporary:
        if ending == ".parquet":
            frame.to_parquet(temporary, index=False)
        elif ending == ".csv":
            neutral(frame).to_csv(temporary, index=False, encoding="utf-8-sig", lineterminator="\n")
        else:
            from forecast.workbooks import write_sheets

            write_sheets({"table": frame}, temporary)


def copy_as_csv(path: Path) -> Path:
    """Copy a Parquet file as CSV beside it, as `write_table` writes it; memory does not depend on its size."""
    import pyarrow.parquet as pq

    target = path.with_suffix(".csv")
    file = pq.ParquetFile(path, pre_buffer=False)
    with written(target) as temporary, temporary.open("w", encoding="utf-8-sig", newline="") as stream:
        neutral(file.schema_arrow.empty_table().to_pandas()).to_csv(stream, index=False, lineterminator="\n")
        for batch in file.iter_batches():
            neutral(batch.to_pandas(integer_object_nulls=True)).to_csv(
                stream, index=False, header=False, lineterminator="\n"
            )
    return target


def neutral(frame: pd.DataFrame) -> pd.DataFrame:
    """Give a copy whose text cells no spreadsheet runs.

    Examples
    --------
    >>> neutral(pd.DataFrame({"a": ["=1+1", "plain"], "b": [-1.0, 2.0]}))["a"].tolist()
    ["'=1+1", 'plain']
    """
    out = frame.copy()
    for name in out.columns:
        if out[name].dtype == object or isinstance(out[name].dtype, pd.StringDtype | pd.CategoricalDtype):
            out[name] = [f"'{v}" if isinstance(v, str) and v.startswith(FORMULA_STARTS) else v for v in out[name]]
    return out.rename(columns={c: f"'{c}" for c in out.columns if str(c).startswith(FORMULA_STARTS)})


def manifest(
    kind: str, *, data: Mapping[str, str], configuration: Mapping[str, object], counts: Mapping[str, object]
) -> dict[str, object]:
    """Give what is needed to make a result again.

    Parameters
    ----------
    kind : str
        What was done: ``batch``, ``forecast``, ``scenario run`` and so on.
    data : mapping of str to str
        SHA-256 of each input by name.
    configuration : mapping
        Every setting, the seed among them; the text of the scenario where one ran.
    counts : mapping
        What came out.

    Returns
    -------
    dict
        `kind`, `versions`, `code`, `data`, `configuration`, `counts`, `command`, `time` (UTC), ready for JSON.
    """
    import datetime as dt

    return {
        "kind": kind,
        "versions": {
            "python": sys.version.split()[0],
            **{name: _version(name) for name in ("ip-foresight", *LIBRARIES)},
        },
        "code": code_hash(),
        "data": dict(data),
        "configuration": dict(configuration),
        "counts": dict(counts),
        "command": " ".join([Path(sys.argv[0]).name, *sys.argv[1:]]),
        "time": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
    }


def write_json(content: Mapping[str, object], path: Path) -> None:
    """Write a mapping as readable JSON, whole or not at all."""
    with written(path) as temporary:
        temporary.write_text(json.dumps(content, indent=2, ensure_ascii=False, default=str) + "\n", encoding="utf-8")


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "unknown"


def code_hash() -> str:
    """SHA-256 over everything in the package `forecast` that can change a number: code and learned parameters."""
    here = Path(__file__).parent
    digest = hashlib.sha256()
    for path in sorted(p for p in here.rglob("*") if p.suffix in (".py", ".npz", ".csv") and "bundled" not in p.parts):
        digest.update(path.relative_to(here).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def file_hash(path: Path) -> str:
    """SHA-256 of a file, or of all Parquet files of a folder with their names."""
    digest = hashlib.sha256()
    for part in sorted(path.rglob("*.parquet")) if path.is_dir() else [path]:
        if path.is_dir():
            digest.update(part.relative_to(path).as_posix().encode())
        with part.open("rb") as file:
            while chunk := file.read(1 << 20):
                digest.update(chunk)
    return digest.hexdigest()
