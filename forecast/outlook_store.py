"""Outlooks on disk: computed once for the data, the code and the arguments, then mapped into memory and shared."""

from __future__ import annotations

import ast
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import cast

import numpy as np

from forecast.outlook import Outlook
from forecast.series import Floats
from forecast.store import address, code_digest, data_digest, packed, save, unpacked

NAME = "baseline"
KEPT = 4
"""Outlooks kept on disk; one of a thousand paths takes about 180 MB."""

PACKAGE = Path(__file__).resolve().parent


def needed(module: str) -> list[str]:
    """Give the modules of this package that a module imports, directly or not, itself included, sorted.

    Examples
    --------
    >>> needed("hierarchy")
    ['errors', 'hierarchy', 'series']
    """
    seen: set[str] = set()
    left = [module]
    while left:
        name = left.pop()
        path = PACKAGE / f"{name}.py"
        if name in seen or not path.is_file():
            continue
        seen.add(name)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("forecast"):
                stem = (node.module or "").removeprefix("forecast").lstrip(".").replace(".", "/")
                left += [stem, f"{stem}/__init__", *(f"{stem}/{a.name}".lstrip("/") for a in node.names)]
    return sorted(seen)


def tables() -> list[str]:
    """Give the files of estimated parameters that lie beside the code."""
    found = (p for p in PACKAGE.rglob("*") if p.suffix in {".csv", ".npz"} and "bundled" not in p.parts)
    return sorted(p.relative_to(PACKAGE).as_posix() for p in found)


def stored_outlook(
    compute: Callable[[], tuple[Outlook, dict[str, str]]], *arguments: object
) -> tuple[Outlook, dict[str, str]]:
    """Give an outlook and its refusals from disk, or compute and keep them.

    Parameters
    ----------
    compute : callable
        Makes outlook and refusals.
    *arguments : object
        What they depend on besides data, code and estimated parameters.
    """
    code = code_digest(*(f"{module}.py" for module in needed("baseline")), *tables())
    path = address(NAME, data_digest(), code, *arguments)
    found = read(path)
    if found is None:
        outlook, refused = compute()
        try:
            write(path, outlook, refused)
        except OSError:  # a full disk or a read-only home costs time and nothing else
            return outlook, refused
        found = read(path) or (outlook, refused)
    return found


def write(path: Path, outlook: Outlook, refused: dict[str, str]) -> None:
    """Write an outlook and drop the oldest ones."""
    facts = {
        "keys": outlook.keys, "years": outlook.years, "known": outlook.known_until, "seed": outlook.seed,
        "refused": refused,
    }  # fmt: skip
    save(path, {"facts": packed(facts), "paths": outlook.paths})
    kept = sorted(path.parent.glob(f"{NAME}-*.npz"), key=lambda p: p.stat().st_mtime, reverse=True)
    for old in kept[KEPT:]:
        old.unlink(missing_ok=True)


def read(path: Path) -> tuple[Outlook, dict[str, str]] | None:
    """Read an outlook, its paths mapped and not copied; None where it is absent or damaged."""
    try:
        with zipfile.ZipFile(path) as archive:
            facts = cast(dict[str, list[object]], unpacked(np.load(archive.open("facts.npy"))))
            paths = mapped(path, archive.getinfo("paths.npy"))
    except (OSError, ValueError, KeyError, zipfile.BadZipFile):
        return None
    outlook = Outlook(
        tuple(str(k) for k in facts["keys"]), tuple(int(cast(int, y)) for y in facts["years"]), paths,
        tuple(int(cast(int, y)) for y in facts["known"]), int(cast(int, facts["seed"])),
    )  # fmt: skip
    return outlook, cast(dict[str, str], facts["refused"])


def mapped(path: Path, member: zipfile.ZipInfo) -> Floats:
    """Map one array of an uncompressed archive into memory, read-only.

    numpy maps plain files only; in an archive the array starts after the member's own header, whose length stands at
    offset 26 of it (APPNOTE.TXT 6.3.10, section 4.3.7), and after numpy's.
    """
    if member.compress_type != zipfile.ZIP_STORED:
        raise ValueError(f"{path}: {member.filename} is compressed")
    with path.open("rb") as file:
        file.seek(member.header_offset + 26)
        lengths = np.frombuffer(file.read(4), dtype="<u2")
        file.seek(member.header_offset + 30 + int(lengths.sum()))
        version = np.lib.format.read_magic(file)
        reader = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, fortran, dtype = reader(file)
        array = np.memmap(path, dtype, "r", file.tell(), shape, "F" if fortran else "C")
    out: Floats = array
    return out
