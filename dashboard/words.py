"""Every word of the app, English and Chinese, from the catalogues in ``dashboard/catalogs``."""

from __future__ import annotations

import string
import tomllib
from functools import cache
from pathlib import Path

from dashboard.formats import Lang

FOLDER = Path(__file__).parent / "catalogs"


@cache
def catalogue() -> dict[str, dict[str, str]]:
    """Give all entries, key to ``{"en": ..., "zh": ...}``; a key stands in one file only.

    Raises
    ------
    ValueError
        Where two files hold the same key.
    """
    entries: dict[str, dict[str, str]] = {}
    for path in sorted(FOLDER.glob("*.toml")):
        for key, entry in tomllib.loads(path.read_text(encoding="utf-8")).items():
            if key in entries:
                raise ValueError(f"{path.name}: the key {key} stands in another catalogue as well. Rename one.")
            entries[key] = entry
    return entries


def word(key: str, lang: Lang, **slots: object) -> str:
    """Give an entry in a language with its slots filled.

    Parameters
    ----------
    key : str
        Key of a catalogue.
    lang : {"en", "zh"}
    **slots : object
        One for each slot of the entry.

    Raises
    ------
    KeyError
        Where the key is unknown or a slot is not given.

    Examples
    --------
    >>> word("warn_break", "en", year=2017)
    'Counted differently from 2017; years before and after do not compare.'
    """
    text = catalogue()[key][lang]
    return text.format_map(slots) if "{" in text else text


def slots(text: str) -> set[str]:
    """Names of the slots in an entry."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}
