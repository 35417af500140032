"""Series of the bundled data, found by key or by words, with their titles, figures and sources."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from functools import cache

from forecast.catalog import data_folder, indicators, regions, rows_of, sources
from forecast.figures import Observation
from forecast.keys import split_key
from forecast.observations import observations


@dataclass(frozen=True)
class Found:
    """A bundled series: titles in English and Chinese, unit, number of published figures and period of the latest."""

    key: str
    title: str
    title_zh: str
    unit: str
    figures: int
    last: str


@cache
def _figures() -> dict[str, list[Observation]]:
    by_key: dict[str, list[Observation]] = defaultdict(list)
    for figure in observations():
        if figure.kind != "target":
            by_key[figure.series].append(figure)
    return dict(by_key)


@cache
def _other_names() -> dict[str, str]:
    names: dict[str, list[str]] = defaultdict(list)
    for row in rows_of(data_folder() / "names.csv"):
        names[row["key"]].append(row["name"])
    return {key: " ".join(found) for key, found in names.items()}


def title_of(key: str) -> tuple[str, str]:
    """Give the title of a series in English and Chinese; its key where the catalogue does not hold it.

    Examples
    --------
    >>> title_of("CN-ZJ.inventions_in_force")[0]
    'Zhejiang: Invention patents in force'
    """
    region, indicator, *scope = key.split(".", 2)
    if region not in regions() or indicator not in indicators():
        return key, key
    r, i = regions()[region], indicators()[indicator]
    tail = f" ({scope[0].replace('_', ' ')})" if scope else ""
    return f"{r.title_en}: {i.title_en}{tail}", f"{r.title_zh}{i.title_zh}{tail}"


def unit_of(key: str) -> str:
    """Give the unit of a series; blank where the catalogue does not hold it."""
    indicator = key.split(".")[1] if "." in key else ""
    return indicators()[indicator].unit if indicator in indicators() else ""


def found_series(words: tuple[str, ...]) -> list[Found]:
    """Give the series that fit all words, the fullest first.

    A Latin word fits where a word of key, title or other name begins with it; Chinese characters fit where they stand
    in the Chinese title in their order, so that 浙江发明专利 finds 浙江有效发明专利量.
    """
    found = []
    for key, figures in _figures().items():
        title, title_zh = title_of(key)
        region, indicator, _ = split_key(key)
        other = f"{_other_names().get(region, '')} {_other_names().get(indicator, '')}"
        text = f"{key} {title} {other}".casefold()
        parts = {text, *text.split(), *key.casefold().split("."), *re.split(r"[\s._:(),-]+", text)} - {""}
        if all(_fits(word.casefold(), text, parts, title_zh.casefold()) for word in words):
            last = max(figures, key=lambda f: (f.year, f.fraction)).period
            found.append(Found(key, title, title_zh, unit_of(key), len(figures), last))
    return sorted(found, key=lambda f: (-f.figures, f.key))


def _fits(word: str, text: str, parts: set[str], title_zh: str) -> bool:
    if word.isascii():
        return any(part.startswith(word) for part in parts) or word in text.split()
    left = iter(title_zh)
    return word in text or all(character in left for character in word)


def published(key: str) -> list[tuple[Observation, str]]:
    """Give the published figures of a series with the title of the source of each."""
    return [(figure, source_title(figure.source_id)) for figure in _figures().get(key, [])]


def source_title(source_id: str) -> str:
    """Give publisher and title of a source."""
    source = sources().get(source_id)
    return f"{source.publisher}: {source.title}" if source else source_id


def source_line(key: str, most: int = 3) -> str:
    """Name the sources of the latest figures of a series in one line."""
    figures = sorted(_figures().get(key, []), key=lambda figure: (figure.year, figure.fraction), reverse=True)
    names = list(dict.fromkeys(f"{source_title(f.source_id)} ({f.period})" for f in figures))
    if not names:
        return "Source: worked out from its parts."
    more = f"; and {len(names) - most} more (data list {key} --figures)" if len(names) > most else ""
    return f"Sources: {'; '.join(names[:most])}{more}."
