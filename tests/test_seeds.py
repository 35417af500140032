"""The five first articles: each figure, region, indicator and policy mechanism they name is found, with its source.

The tables seed_figures.csv and seed_mentions.csv of the data package list them in words of our own. Where the articles
themselves are at hand, a slow test holds the tables to their text.
"""

import csv
import os
import re
from collections import Counter
from pathlib import Path

import pytest

from forecast.catalog import data_folder, events, find_indicator, find_region, indicators, regions, sources
from forecast.observations import Observation, observations
from scenarios.commands.finding import found_series, published
from scenarios.levers import levers

SHARED = Path(os.environ.get("IP_FORESIGHT_SHARED", data_folder().parent.parent / "shared"))
ARTICLES = {
    "000_56cdcc7b992107b5.txt": "s000",
    "001_3cdbf5b533cae98a.txt": "s001",
    "002_deab3e8ac4efc9cc.txt": "s002",
    "003_8f1c988cf446157e.txt": "s003",
    "004_652b28d7cf7de769.txt": "s004",
}
CONTEXT = {"institution_reform"}
"""Mechanisms that are no lever of a planner: the offices were reformed for all."""


def rows(table: str) -> list[dict[str, str]]:
    with (data_folder() / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


FIGURES, MENTIONS = rows("seed_figures"), rows("seed_mentions")
BY_ID = {f.id: f for f in observations()}


def of_kind(*kinds: str) -> list[dict[str, str]]:
    return [row for row in MENTIONS if row["kind"] in kinds]


def test_every_article_is_a_source() -> None:
    assert {row["seed_file"] for row in FIGURES} == {row["seed_file"] for row in MENTIONS} == set(ARTICLES)
    for source in ARTICLES.values():
        assert sources()[source].title
        assert sources()[source].publisher


def test_every_figure_is_an_observation_of_its_article_or_says_why_not() -> None:
    assert len(FIGURES) > 200
    for row in FIGURES:
        if row["observation_id"]:
            assert BY_ID[row["observation_id"]].source_id == ARTICLES[row["seed_file"]], row
        else:
            assert row["note"], row
    without = [row for row in FIGURES if not row["observation_id"]]
    assert len(without) / len(FIGURES) < 0.12


def test_no_observation_of_an_article_is_missing_in_the_list() -> None:
    listed = {row["observation_id"] for row in FIGURES}
    assert {f.id for f in observations() if f.source_id in ARTICLES.values()} <= listed


SCALES = {"trillion": 1e12, "billion": 1e9, "million": 1e6, "%": 0.01, "percent": 0.01}
WORDS = {"two": 2, "three": 3, "four": 4, "seven": 7, "nine": 9}
READ_OTHERWISE = {
    # printed in one way, held in another
    "118 billion U.S. dollars", "$26.05 billion",  # the same amounts in yuan
    "nearly 1/3 of valid patents", "a quarter of trademarks", "nearly half of China's total",  # words for shares
    "only Chinese winner of the 2025 award",  # one
    "software copyright 5bth (5th)", "b, 900 (5,900) law enforcement cadres", "b5 (55) copyright cases",  # damaged
    "1178, probably 178 (chart)",
    "initial examination time reduced by 50%",  # a fall is a growth below zero
    "108417 (chart)",  # in ten thousand yuan
}  # fmt: skip


def printed_value(text: str) -> float:
    """Give the number of a print such as `USD 141,200` or `over 1.5 billion Yuan`."""
    plain = re.sub(r"(?<=\d)[,.] (?=\d)", lambda gap: gap.group().strip(), text)
    number = re.search(r"\d[\d,]*(\.\d+)?", plain)
    value = float(number.group().replace(",", "")) if number else next(WORDS[w] for w in plain.split() if w in WORDS)
    scale = next((s for word, s in SCALES.items() if re.search(rf"\d\s*-?{re.escape(word)}", plain)), 1.0)
    return value * scale


def test_an_observation_holds_the_figure_that_is_printed() -> None:
    compared = 0
    for row in FIGURES:
        text = row["figure_as_printed"]
        if not row["observation_id"] or text in READ_OTHERWISE or re.match(r"(first|second|five) ", text):
            continue
        held = BY_ID[row["observation_id"]].value
        assert held == pytest.approx(printed_value(text), rel=1e-9), row
        compared += 1
    assert compared > 180


@pytest.mark.parametrize(
    ("key", "value"),
    [
        # the figures a planner reads first, worked out by hand from the print
        ("CN-ZJ.inventions_in_force.asof-2025-06.level.s000", 451_000),
        ("CN-ZJ.trademarks_in_force.asof-2025-06.level.s000", 4_916_000),
        ("YRD.patent_pledge_amount.2022.level.s001", 186.26e9),
        ("YRD.patent_pledge_amount.2022.growth.s001", 0.726),
        ("YRD.protection_centres.centres_and_rapid.asof-2023-07.level.s001", 29),
        ("NE4.inventions_in_force.asof-2025-04.level.s002", 195_000),
        ("NE4.inventions_in_force.asof-2025-04.growth.s002", 0.102),
        ("NE4.trademarks_in_force.asof-2025-04.level.s002", 2_160_000),
        ("CN-ZJ.patent_pledge_amount.2019.level.s003", 17.2e9),
        ("CN-ZJ.inventions_in_force.2019.level.s003", 160_600),
        ("CN.ip_pledge_amount.2023.level.s004", 854e9),
        ("CN.invention_grants.2023.level.s004", 921_000),
        ("CN.royalty_trade.2023.level.s004", 376.5e9),
    ],
)
def test_the_main_figures_are_those_of_the_print(key: str, value: float) -> None:
    assert BY_ID[key].value == pytest.approx(value, rel=1e-12)


def test_every_figure_is_found_by_the_names_of_its_region_and_indicator_in_both_languages() -> None:
    used: dict[str, Observation] = {}
    for row in FIGURES:
        if row["observation_id"]:
            used.setdefault(BY_ID[row["observation_id"]].series, BY_ID[row["observation_id"]])
    assert len(used) > 120
    for series, f in used.items():
        region, indicator = regions()[f.region], indicators()[f.indicator]
        english = tuple(re.sub(r"[(),]+(?!\d)", " ", f"{region.title_en} {indicator.title_en}").split())
        assert series in {found.key for found in found_series((f.region, f.indicator))}
        assert series in {found.key for found in found_series((region.title_zh, indicator.title_zh))}
        assert series in {found.key for found in found_series(english)}, english
        shown = {figure.id: source for figure, source in published(series)}
        assert sources()[f.source_id].title in shown[f.id]


@pytest.mark.parametrize("row", of_kind("region"), ids=lambda row: f"{row['seed_file'][:3]} {row['mention']}")
def test_a_region_is_found_by_its_name_and_has_figures(row: dict[str, str]) -> None:
    region = regions()[row["key"]]
    own = [f for f in observations() if f.region == region.id]
    assert own
    assert all(f.source_id in sources() for f in own)
    if row["mention"] != "northeastern provinces with Inner Mongolia":  # words of ours for a list of four
        assert find_region(row["mention"]) is region
    if row["reference"]:
        assert BY_ID[row["reference"]].region == region.id


@pytest.mark.parametrize("row", of_kind("place"), ids=lambda row: row["mention"])
def test_a_place_without_figures_leads_to_its_region(row: dict[str, str]) -> None:
    name = row["mention"].split(" (")[0].removesuffix(" county").removesuffix(" district")
    with pytest.raises(ValueError, match=rf'no figures of "{name}" are bundled; it lies in .* \({row["key"]}\)'):
        find_region(name)


def test_every_indicator_named_has_a_figure_with_a_source() -> None:
    with_figures = {f.indicator for f in observations()}
    for row in of_kind("indicator", "rank"):
        assert row["key"] in with_figures, row
        if row["reference"]:
            assert BY_ID[row["reference"]].indicator == row["key"]
            assert BY_ID[row["reference"]].source_id == ARTICLES[row["seed_file"]] or row["kind"] == "indicator"
    from_articles = {f.indicator for f in observations() if f.source_id in ARTICLES.values()}
    assert {key for key, indicator in indicators().items() if indicator.seed} == from_articles


@pytest.mark.parametrize(
    "name",
    [
        "valid invention patents", "registered trademarks", "patent pledge financing", "pledge financing",
        "valid patents", "copyright pledge guarantee", "IP usage fees", "GI products", "data IP rights",
        "PCT applications",
    ],
)  # fmt: skip
def test_the_words_of_the_articles_for_indicators_are_understood(name: str) -> None:
    indicator = find_indicator(name)
    assert any(f.indicator == indicator.id for f in observations())


def test_every_mechanism_is_a_lever_that_says_what_it_acts_on() -> None:
    known = {event.id: event for event in events()}
    for row in of_kind("mechanism"):
        if row["key"] in CONTEXT:
            continue
        lever = levers()[row["key"]]
        assert lever.effects, row
        assert lever.sources, row
        if row["reference"]:
            assert known[row["reference"]].lever == row["key"], row
            assert known[row["reference"]] in lever.events, row
    assert len({row["key"] for row in of_kind("mechanism")} & set(levers())) >= 40


def test_a_mechanism_that_an_article_reports_is_in_the_list() -> None:
    said = {row["lever"] for row in rows("levers_seen") if row["seeds_say"]}
    assert said <= {row["key"] for row in of_kind("mechanism")}
    for row in rows("levers_seen"):
        files = {source for source in row["seed_files"].split(";") if source}
        named = {ARTICLES[m["seed_file"]] for m in of_kind("mechanism") if m["key"] == row["lever"]}
        assert files <= named, (row["lever"], files - named)


def numbers(text: str) -> list[str]:
    plain = re.sub(r"(?<=\d)([,.]) +(?=\d{1,3}\b)", r"\1", text)
    return [n.replace(",", "").rstrip(".") for n in re.findall(r"\d[\d,]*(?:\.\d+)?", plain)]


NO_FIGURES = {
    # numbers of the texts that count nothing: years and days, headings and list numbers, editions, scanning errors
    "000_56cdcc7b992107b5.txt": {"2021", "2024"},
    "001_3cdbf5b533cae98a.txt": {"2021", "2022", "2023"},
    "002_deab3e8ac4efc9cc.txt": {"2025", "2024", "1949", "05", "31", "13", "40", "15", "34", "19", "0"},
    "003_8f1c988cf446157e.txt": {
        "2019", "2025", "2018", "1", "21", "3.0", "2.0", "4.26", "4.267", "5.10", "5.107", "51", "00", "0", "070",
        "510", "900", "20191297",
    },
    "004_652b28d7cf7de769.txt": {"6", "2023"},
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", ARTICLES)
def test_every_number_of_an_article_is_in_the_list(name: str) -> None:
    path = SHARED / "seeds" / name
    if not path.is_file():
        pytest.skip(f"{path} is not there; set IP_FORESIGHT_SHARED to the folder that holds the first articles")
    listed = {n for row in FIGURES if row["seed_file"] == name for n in numbers(row["figure_as_printed"])}
    found = numbers(path.read_text(encoding="utf-8"))
    assert set(found) - listed - NO_FIGURES[name] == set()
    assert set(NO_FIGURES[name]) <= set(found)


@pytest.mark.slow
@pytest.mark.parametrize("name", ARTICLES)
def test_every_region_an_article_names_is_in_the_list(name: str) -> None:
    path = SHARED / "seeds" / name
    if not path.is_file():
        pytest.skip(f"{path} is not there; set IP_FORESIGHT_SHARED to the folder that holds the first articles")
    text = re.sub(r"Zhe\s+jiang", "Zhejiang", path.read_text(encoding="utf-8"))
    places = {row["name"]: row["key"] for row in rows("names") if row["kind"] == "place" and row["name"].isascii()}
    places |= {region.title_en: key for key, region in regions().items() if key != "NE4"}
    named = Counter(place for place in places if re.search(rf"\b{re.escape(place)}\b", text))
    listed = " ".join(row["mention"] for row in of_kind("region", "place") if row["seed_file"] == name)
    assert {place for place in named if place not in listed} == set()
    assert named
