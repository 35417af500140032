"""What the data say in English, put into Chinese: names of events and plans, notes, and whence a figure comes."""

from __future__ import annotations

import csv
import re
from functools import cache

from dashboard.dates import period
from dashboard.formats import Lang
from dashboard.words import FOLDER, catalogue, word
from forecast.vocabulary import Source

CHINESE = re.compile(r"[\u4e00-\u9fff]")
SHORT = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
MONTHS = {name: number for number, name in enumerate(SHORT, start=1)}
SPAN = re.compile(r"([A-Z][a-z]{2})-([A-Z][a-z]{2})( cumulative)?")


@cache
def translations() -> dict[str, str]:
    """Give the Chinese of texts of the data by their English."""
    with (FOLDER / "in_chinese.csv").open(encoding="utf-8", newline="") as file:
        return {row["english"]: row["chinese"] for row in csv.DictReader(file)}


def data_text(text: str, lang: Lang) -> str:
    """Give a text of the data in a language; in its own words where nobody has put it into Chinese.

    Examples
    --------
    >>> data_text("WTO accession", "zh"), data_text("Jan-Apr cumulative", "zh"), data_text("new", "zh")
    ('加入世界贸易组织', '1至4月累计', 'new')
    >>> data_text("design share; average", "zh")
    '外观设计占比；平均'
    """
    if lang == "en" or not text or CHINESE.search(text):
        return text
    whole = _one(text)
    if whole is not None:
        return whole
    parts = [_one(part) for part in re.split(r"[;,] ", text)]
    return "；".join(part for part in parts if part is not None) if None not in parts else text


def _one(text: str) -> str | None:
    found = SPAN.fullmatch(text)
    if found and found[1] in MONTHS and found[2] in MONTHS:
        return word("months_summed" if found[3] else "months_span", "zh", a=MONTHS[found[1]], b=MONTHS[found[2]])
    return translations().get(text)


def publisher_of(source: Source, lang: Lang) -> str:
    """Give who published a source: most are known by their address on the web, some by name in each language."""
    key = "publisher_" + re.sub(r"[^a-z]+", "_", source.publisher.lower()).strip("_")
    return word(key, lang) if key in catalogue() else data_text(source.publisher, lang)


def source_title(source: Source, lang: Lang) -> str:
    """Give the title of a source; in Chinese, one in English is named by publisher, kind and date, and marked."""
    if lang == "en" or CHINESE.search(source.title):
        return source.title
    parts = [publisher_of(source, lang), word(f"source_{source.kind}", lang) if _kind(source.kind) else ""]
    day = period(source.published, lang) if re.fullmatch(r"\d{4}(-\d\d){0,2}", source.published) else ""
    return word("source_in_english", lang, what=" · ".join(part for part in (*parts, day) if part))


def _kind(kind: str) -> bool:
    return f"source_{kind}" in catalogue()


def source_line(source: Source, lang: Lang) -> str:
    """Give publisher and title of a source in one line."""
    title = source_title(source, lang)
    who = publisher_of(source, lang)
    if not who or who in title or source.publisher in title:
        return title
    return f"{who}：{title}" if lang == "zh" else f"{who}: {title}"
