"""A disk cache of computed arrays, addressed by what they were computed from; safe under several processes."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from platformdirs import user_cache_path

from forecast.catalog import data_folder

Arrays = dict[str, NDArray[np.generic]]

VARIABLE = "IP_FORESIGHT_CACHE"
KEPT = 12
"""Files kept of each name; older ones go."""


def cache_folder() -> Path:
    """Give the folder of the cache: the one `IP_FORESIGHT_CACHE` names, else the user's own."""
    named = os.environ.get(VARIABLE)
    return Path(named).expanduser() if named else user_cache_path("ip-foresight")


RESULTS = frozenset({"hindcasts.csv"})
"""Tables of the data package that are results: nothing is computed from them."""


def data_digest() -> str:
    """Give a hash of all tables of the data package from which anything is computed."""
    digest = hashlib.sha256()
    for path in sorted(p for p in data_folder().glob("*.csv") if p.name not in RESULTS):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def code_digest(*files: str) -> str:
    """Give a hash of files of this package.

    Parameters
    ----------
    *files : str
        Such as ``"graph.py"`` or ``"models/theta.py"``; none means all of its code and tables.
    """
    here = Path(__file__).resolve().parent
    paths = [here / name for name in files] or sorted(
        p for p in here.rglob("*.*") if p.suffix in (".py", ".csv", ".npz")
    )
    digest = hashlib.sha256(np.__version__.encode())
    for path in paths:
        digest.update(path.relative_to(here).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def address(name: str, *parts: object) -> Path:
    """Give the file of a result: `name` and a hash of everything it depends on (anything JSON can write)."""
    text = json.dumps([str(part) for part in parts])
    return cache_folder() / f"{name}-{hashlib.sha256(text.encode()).hexdigest()[:32]}.npz"


def load(path: Path) -> Arrays | None:
    """Give the arrays of a file, or None where it is absent or damaged."""
    try:
        with np.load(path, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile):
        return None


def save(path: Path, arrays: Mapping[str, NDArray[np.generic]]) -> None:
    """Write arrays so that a reader sees all of the file or none, and drop the oldest files of the same name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".writing-", suffix=".npz")
    try:
        with os.fdopen(handle, "wb") as file:
            np.savez(file, allow_pickle=False, **dict(arrays))
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    name = path.name.rsplit("-", 1)[0]
    found = [(p.stat().st_mtime, p) for p in path.parent.glob(f"{name}-*.npz") if p.exists()]
    for _, old in sorted(found, reverse=True)[KEPT:]:
        old.unlink(missing_ok=True)


def stored(path: Path, compute: Callable[[], Arrays]) -> Arrays:
    """Give the arrays of a file, computing and writing them where it is not there.

    A cache that cannot be written (a full disk, a read-only home) costs time and nothing else.
    """
    found = load(path)
    if found is None:
        found = compute()
        try:
            save(path, found)
        except OSError:
            return found
    return found


def packed(value: object) -> NDArray[np.uint8]:
    """Write plain values (text, numbers, lists, dictionaries) as bytes, to be kept among arrays."""
    return np.frombuffer(json.dumps(value, separators=(",", ":")).encode(), dtype=np.uint8)


def unpacked(array: NDArray[np.generic]) -> object:
    """Read what `packed` wrote.

    Examples
    --------
    >>> unpacked(packed({"a": [1, 2.5, "b"]}))
    {'a': [1, 2.5, 'b']}
    """
    return json.loads(array.tobytes().decode())
