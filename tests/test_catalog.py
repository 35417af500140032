"""The catalogue: names in two languages, the hierarchy of regions and of indicators, main scopes, dates."""

import csv
import datetime as dt
from collections import Counter
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.catalog import (
    breaks,
    data_folder,
    events,
    find_indicator,
    find_region,
    indicators,
    last_day,
    regions,
    rows_of,
    sources,
    targets,
    units,
)
from forecast.errors import InputError, UnknownNameError
from forecast.keys import main_scope, series_key, split_key

CODES = "BJ TJ HE SX NM LN JL HL SH JS ZJ AH FJ JX SD HA HB HN GD GX HI CQ SC GZ YN XZ SN GS QH NX XJ"
PROVINCES = {f"CN-{code}" for code in CODES.split()}
"""ISO 3166-2:CN, without Hong Kong, Macao and Taiwan."""


def rows(table: str) -> list[dict[str, str]]:
    with (data_folder() / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_row_of_the_tables_is_in_the_catalogue() -> None:
    for table, loaded in (
        ("indicators", indicators()), ("regions", regions()), ("sources", sources()), ("units", units()),
        ("events", events()), ("targets", targets()), ("breaks", breaks()),
    ):  # fmt: skip
        assert len(loaded) == len(rows(table)), table
    assert [e.date for e in events()] == sorted(e.date for e in events())
    assert all(e.direction in (-1, 1) and set(e.regions) <= set(regions()) for e in events())


def test_the_catalogue_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        indicators()["gdp"] = indicators()["population"]  # type: ignore[index]  # that it cannot is what is tested
    with pytest.raises(AttributeError):
        regions()["CN"].title_en = "x"  # type: ignore[misc]  # that it cannot is what is tested


def test_the_nation_is_made_up_of_the_31_provinces() -> None:
    assert set(regions()["CN"].members) == PROVINCES
    assert {r.id for r in regions().values() if r.level == "province"} == set(regions()["CN"].members)


def test_groups_are_the_provinces_that_the_articles_name() -> None:
    groups = {r.id: r.members for r in regions().values() if r.level == "group"}
    assert groups == {
        "YRD": ("CN-SH", "CN-JS", "CN-ZJ", "CN-AH"),
        "NE4": ("CN-LN", "CN-JL", "CN-HL", "CN-NM"),
    }
    for group, members in groups.items():
        assert all(group in regions()[m].parents for m in members)
        assert regions()[group].parents == ("CN",)


def test_the_hierarchy_of_regions_has_no_circles_and_one_root() -> None:
    def above(region: str, seen: tuple[str, ...] = ()) -> set[str]:
        assert region not in seen, f"{region} is above itself: {seen}"
        parents = regions()[region].parents
        return {region}.union(*(above(p, (*seen, region)) for p in parents))

    for key, region in regions().items():
        assert "CN" in above(key)
        assert region.parents or key == "CN"
        for member in region.members:
            assert key in regions()[member].parents
    rank = {"nation": 0, "group": 1, "province": 2, "city": 3}
    for region in regions().values():
        assert all(rank[regions()[p].level] < rank[region.level] for p in region.parents)
        assert region.complete == (region.level in ("nation", "group"))


def test_cities_lie_in_the_province_that_their_key_names() -> None:
    cities = [r for r in regions().values() if r.level == "city"]
    assert len(cities) == 19
    for city in cities:
        assert city.parents == (city.id.rsplit("-", 1)[0],)


def test_the_parts_of_indicators_have_no_circles_and_the_unit_of_the_whole() -> None:
    for key, indicator in indicators().items():
        seen = [key]
        while indicators()[seen[-1]].parent:
            seen.append(indicators()[seen[-1]].parent)
            assert len(set(seen)) == len(seen), seen
        for child in indicator.children:
            assert indicators()[child].parent == key
            assert (indicators()[child].unit, indicators()[child].measure) == (indicator.unit, indicator.measure)
    assert indicators()["patent_grants"].children == ("invention_grants", "utility_model_grants", "design_grants")


def test_ratios_say_what_they_are_made_of() -> None:
    for indicator in indicators().values():
        if indicator.numerator:
            assert indicator.measure == "ratio"
            assert indicator.numerator in indicators()
            assert indicator.denominator
            assert indicator.per > 0
        assert not (indicator.additive and indicator.measure == "ratio"), indicator.id


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_title_finds_its_region_and_its_indicator(language: str) -> None:
    for region in regions().values():
        assert find_region(region.title(language)) is region  # type: ignore[arg-type]  # a Language
    titles = Counter(i.title(language) for i in indicators().values())  # type: ignore[arg-type]  # a Language
    assert [title for title, times in titles.items() if times > 1] == []
    for indicator in indicators().values():
        assert find_indicator(indicator.title(language)) is indicator  # type: ignore[arg-type]  # a Language


def test_other_names_lead_to_one_key_each() -> None:
    for row in (row for row in rows("names") if row["kind"] != "place"):
        found = find_region(row["name"]) if row["kind"] == "region" else find_indicator(row["name"])
        assert found.id == row["key"], row


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("zhejiang", "CN-ZJ"),
        ("  Zhejiang   Province ", "CN-ZJ"),
        ("浙江", "CN-ZJ"),
        ("浙江省", "CN-ZJ"),
        ("上海市", "CN-SH"),
        ("Shanghai Municipality", "CN-SH"),
        ("广西壮族自治区", "CN-GX"),
        ("Inner Mongolia Autonomous Region", "CN-NM"),
        ("Yangtze River Delta", "YRD"),
        ("长三角", "YRD"),
        ("China", "CN"),
        ("cn_zj", "CN-ZJ"),
    ],
)
def test_a_region_is_found_as_people_write_it(name: str, key: str) -> None:
    assert find_region(name).id == key


@given(st.sampled_from(sorted(regions())), st.sampled_from([str.upper, str.lower, str.title, str.swapcase]))
def test_case_does_not_matter(key: str, case: object) -> None:
    assert find_region(case(regions()[key].title_en)).id == key  # type: ignore[operator]  # a method of str


@pytest.mark.parametrize(
    ("find", "name", "near"),
    [
        (find_region, "Zhejaing", '"Zhejiang"'),
        (find_region, "Northeast with Mongolia", '"Northeast with Inner Mongolia"'),
        (find_region, "浙江江", '"浙江"'),
        (find_region, "内蒙", '"内蒙古"'),
        (find_region, "CN-ZZ", '"CN-'),
        (find_indicator, "invention_in_force", '"inventions_in_force"'),
        (find_indicator, "valid invention patent", '"valid invention patents"'),
        (find_indicator, "registered trade marks", '"registered trademarks"'),
        (find_indicator, "专利质押融资额度", '"专利质押融资"'),
        (find_indicator, "商标有效注册", '"商标有效注册量"'),
    ],
)
def test_an_unknown_name_is_answered_with_the_nearest_in_its_language(find: object, name: str, near: str) -> None:
    with pytest.raises(UnknownNameError) as caught:
        find(name, where="mine.csv, row 3")  # type: ignore[operator]  # find_region or find_indicator
    assert caught.value.what == (
        f'mine.csv, row 3: {"region" if find is find_region else "indicator"} "{name}" is unknown.'
    )
    assert caught.value.remedy.startswith("Did you mean ")
    assert near in caught.value.remedy


@pytest.mark.parametrize(
    ("name", "region"),
    [("Taizhou", "Zhejiang (CN-ZJ)"), ("台州市", "Zhejiang (CN-ZJ)"), ("Tonglu", "Hangzhou (CN-ZJ-H")],
)
def test_a_place_without_figures_is_answered_with_the_region_it_lies_in(name: str, region: str) -> None:
    with pytest.raises(UnknownNameError) as caught:
        find_region(name)
    assert str(caught.value).startswith(f'no figures of "{name}" are bundled; it lies in {region}')


def test_a_name_near_to_none_is_answered_with_examples() -> None:
    with pytest.raises(UnknownNameError, match=r'region "zzzzz" is unknown\. There are \d+ known names, for example '):
        find_region("zzzzz")


@given(st.text(max_size=30))
def test_any_text_is_a_name_or_answered_in_words(name: str) -> None:
    for find, kind in ((find_region, "region"), (find_indicator, "indicator")):
        try:
            assert find(name).id
        except UnknownNameError as error:
            assert str(error).startswith(f'{kind} "')  # noqa: PT017  # both outcomes are right


def test_main_scopes_are_scopes_with_figures() -> None:
    scopes: dict[tuple[bool, str], set[str]] = {}
    for row in rows("observations"):
        scopes.setdefault((row["region"] == "CN", row["indicator"]), set()).add(row["scope"])
    for key, indicator in indicators().items():
        for nation, scope in ((True, indicator.nation_scope), (False, indicator.region_scope)):
            found = scopes.get((nation, key), set())
            assert bool(scope) == bool(found), (key, nation)
            assert not scope or scope in found, (key, scope)
        assert main_scope("CN", key) == (indicator.nation_scope or "total")


def test_an_unknown_indicator_has_no_main_scope() -> None:
    with pytest.raises(UnknownNameError, match=r'indicator "inventions" is unknown\. Did you mean "invention'):
        main_scope("CN", "inventions")


@given(
    st.sampled_from(sorted(regions())),
    st.sampled_from(sorted(indicators())),
    st.sampled_from(["", "total", "domestic", "resident", "foreign", "enterprise", "strategic_emerging"]),
)
def test_a_series_key_says_region_indicator_and_scope(region: str, indicator: str, scope: str) -> None:
    key = series_key(region, indicator, scope)
    assert split_key(key) == (region, indicator, scope or main_scope(region, indicator))
    assert series_key(*split_key(key)) == key
    assert (key == f"{region}.{indicator}") == (scope in ("", main_scope(region, indicator)))


def test_no_two_series_share_a_key() -> None:
    places = {(r["region"], r["indicator"], r["scope"]) for r in rows("observations")}
    assert len({series_key(*place) for place in places}) == len(places)


@given(st.dates(dt.date(1950, 1, 1), dt.date(2150, 12, 31)))
def test_a_date_known_roughly_counts_from_its_last_day(day: dt.date) -> None:
    exact, month, year = (last_day(day.strftime(form)) for form in ("%Y-%m-%d", "%Y-%m", "%Y"))
    assert exact == day
    assert day <= month <= year
    assert (month + dt.timedelta(days=1)).day == 1
    assert month.month == day.month
    assert year == dt.date(day.year, 12, 31)


def test_changes_of_definition_concern_the_regions_they_name() -> None:
    for change in breaks():
        assert change.region == "*" or change.region in regions()
        assert change.concerns("CN-ZJ") == (change.region in ("*", "CN-ZJ"))
        assert change.indicator in indicators()


def test_a_table_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"gone\.csv: not found\. Install ip-foresight again"):
        list(rows_of(tmp_path / "gone.csv"))


def test_different_units_of_money_are_told_apart() -> None:
    assert {unit.id for unit in units().values() if unit.money} == {"CNY", "USD"}
    assert all(first.title_zh != second.title_zh for first, second in combinations(units().values(), 2))
