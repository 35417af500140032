"""What the engine says in English, put into the reader's language where a catalogue knows the sentence."""

from __future__ import annotations

import re
from functools import cache

from dashboard.formats import Lang
from dashboard.words import catalogue, slots, word
from forecast.errors import InputError

COUNTS = ("n", "m", "a", "b", "row")
"""Slots that hold a number."""


def told(text: str, lang: Lang) -> str:
    """Give a sentence of the engine in a language; in its own words where no entry ``told_...`` has its form.

    Examples
    --------
    >>> told("Keep one.", "en")
    'Keep one.'
    >>> told("Something new.", "zh")
    'Something new.'
    """
    if lang == "en" or not text:
        return text
    for key, pattern in _patterns():
        found = pattern.fullmatch(text)
        if found:
            parts = found.groupdict()
            if "first" in parts and key == "told_more_rows":
                parts["first"] = told(parts["first"], lang)
            return word(key, lang, **parts)
    return text


def told_error(error: InputError, lang: Lang) -> str:
    """Give what an error found and what to do, in a language."""
    return f"{told(error.what, lang)}{'' if lang == 'zh' else ' '}{told(error.remedy, lang)}".strip()


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Give the English of each entry as a pattern, the ones with the most fixed words first."""
    entries = [(key, entry["en"]) for key, entry in catalogue().items() if key.startswith("told_")]
    entries.sort(key=lambda pair: -len(re.sub(r"\{\w+\}", "", pair[1])))
    return tuple((key, re.compile(_form(text), re.DOTALL)) for key, text in entries)


def _form(text: str) -> str:
    form = re.escape(text)
    for name in slots(text):
        what = r"[\d,]+" if name in COUNTS else ".+?"
        form = form.replace(re.escape("{" + name + "}"), f"(?P<{name}>{what})")
    return form
