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
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np
import pandas as pd

from forecast.errors import InputError
from forecast.outlook import Forecast
from forecast.series import Floats

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""First characters that make a spreadsheet run a cell of text as a formula."""

LIBRARIES = ("numpy", "pandas", "pyarrow", "scipy", "statsmodels", "prophet")


def forecast_frame(forecasts: Iterable[Forecast], levels: Sequence[float]) -> pd.DataFrame:
    """Give forecasts as one long table.

    Parameters
    ----------
    forecasts : iterable of Forecast
    levels : sequence of float
        Central bands in percent.

    Returns
    -------
    pandas.DataFrame
        `unique_id`, `ds` (whole years where all are annual, else the first day of each period), `model`, `mean`, and
        `lo-80`, `hi-80` and so on, in the order of `forecasts`.
    """
    bounds = [f"{side}-{level:g}" for level in levels for side in ("lo", "hi")]
    chances = [q for level in levels for q in ((1 - level / 100) / 2, 1 - (1 - level / 100) / 2)]
    keys: list[str] = []
    models: list[str] = []
    periods: list[pd.PeriodIndex] = []
    numbers: list[Floats] = [np.zeros((1 + len(bounds), 0))]
    for forecast in forecasts:  # paths are let go of one by one: of a large batch they would fill the memory
        keys.append(forecast.series.key)
        models.append(forecast.model)
        periods.append(forecast.periods)
        numbers.append(np.vstack([forecast.mean, np.quantile(forecast.paths, chances, axis=0)]))
    annual = all(str(p.freqstr).startswith("Y") for p in periods)
    sizes = [len(p) for p in periods]
    if annual:
        ds = np.concatenate([np.zeros(0, dtype=np.int64), *(p.year.to_numpy() for p in periods)]).astype(np.int64)
    else:
        ds = np.concatenate([p.to_timestamp().to_numpy() for p in periods]).astype("datetime64[us]")
    columns: dict[str, object] = {
        "unique_id": np.repeat(np.array(keys, dtype=object), sizes),
        "ds": ds,
        "model": np.repeat(np.array(models, dtype=object), sizes),
    }
    columns.update(zip(["mean", *bounds], np.concatenate(numbers, axis=1), strict=True))
    return pd.DataFrame(columns)


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
