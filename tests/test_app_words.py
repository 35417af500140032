"""Words, numbers and sentences of the app: complete in both languages, and right for every kind of number."""

import ast
import math
import re
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard import formats, sentences
from dashboard.dates import period
from dashboard.formats import chance, change, figure, gap, points, printed
from dashboard.sentences import Goal, Part, Result
from dashboard.spread import Point
from dashboard.subject import MEASURES, Subject, subject
from dashboard.words import FOLDER, catalogue, slots, word

ROOT = Path(__file__).parent.parent
LANGUAGES = ("en", "zh")


@pytest.mark.parametrize("key", sorted(catalogue()))
def test_every_entry_has_both_languages_with_the_same_slots(key: str) -> None:
    entry = catalogue()[key]
    assert set(entry) == {"en", "zh"}
    assert entry["en"].strip()
    assert entry["zh"].strip()
    assert slots(entry["en"]) == slots(entry["zh"])


def test_a_key_stands_in_one_catalogue_only() -> None:
    keys = [key for path in FOLDER.glob("*.toml") for key in tomllib.loads(path.read_text(encoding="utf-8"))]
    assert len(keys) == len(set(keys))


def _asked_for() -> set[str]:
    """Keys that the code asks for by a constant."""
    found = set()
    for path in (ROOT / "dashboard").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            called = isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1]
            if called in ("say", "word", "Notice") and node.args and isinstance(node.args[0], ast.Constant):
                found.add(node.args[0].value)
    return found


def test_the_code_asks_for_no_entry_that_is_not_there() -> None:
    assert not _asked_for() - set(catalogue())


def test_chinese_entries_use_chinese_punctuation() -> None:
    for key, entry in catalogue().items():
        assert not re.search(r"[一-鿿][,;?!]", entry["zh"]), key


def test_no_text_of_the_app_stands_outside_the_catalogues() -> None:
    # Chinese text in the code would be text that no catalogue holds; the number formats and joints are the exception.
    allowed = {
        "formats.py",
        "dates.py",
        "scales.py",
        "encodings.py",
        "subject.py",
        "palette.py",
        "page.py",
        "columns.py",
    }
    joints = re.compile(r"^[、，：；（）至年起约万亿元分次中\d{} \"'n\-]*$")
    for path in (ROOT / "dashboard").glob("*.py"):
        if path.name in allowed:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and re.search("[一-鿿]", node.value):
                is_doc = len(node.value) > 200 or ">>>" in node.value
                assert is_doc or joints.match(node.value), f"{path.name}: {node.value}"


@pytest.mark.parametrize(
    ("value", "unit", "lang", "measure", "wanted"),
    [
        (488_000, "count", "en", "", "488,000"),  # a published count
        (488_000, "count", "zh", "件", "48.8万件"),
        (1_213_000, "count", "en", "", "1.21 m"),  # millions, 3 figures
        (1_213_000, "count", "zh", "件", "121万件"),
        (854e9, "CNY", "en", "", "CNY 854 bn"),
        (854e9, "CNY", "zh", "", "8540亿元"),
        (1.48e12, "CNY", "en", "", "CNY 1.48 tn"),
        (1.48e12, "CNY", "zh", "", "14,800亿元"),  # five digits and more are parted
        (0.1304, "share", "en", "", "13.0%"),  # a share, one decimal
        (24.3, "per_10k_persons", "en", "", "24.3"),
        (15.5, "months", "zh", "", "15.5个月"),
        (-8_830, "count", "en", "", "−8,830"),  # a true minus sign
        (0, "count", "en", "", "0"),
        (0, "CNY", "zh", "", "0元"),
        (math.nan, "count", "en", "", "–"),  # missing
        (None, "CNY", "zh", "", "–"),
    ],
)
def test_numbers_are_written_as_each_language_writes_them(value, unit, lang, measure, wanted) -> None:
    assert figure(value, unit, lang, measure) == wanted


@given(st.integers(min_value=0, max_value=10**12))
def test_a_published_count_can_be_read_back_from_its_english_print(value: int) -> None:
    assert int(printed(value, "count", "en").replace(",", "")) == value


@given(st.integers(min_value=0, max_value=10**11))
def test_a_published_count_can_be_read_back_from_its_chinese_print(value: int) -> None:
    text = printed(value, "count", "zh", "件").removesuffix("件").replace(",", "")
    power = 10**8 if text.endswith("亿") else 10**4 if text.endswith("万") else 1
    # Six decimals of 万 or 亿 are a hundredth of a count or a hundred counts of a billion.
    assert float(text.rstrip("万亿")) * power == pytest.approx(value, rel=1e-6, abs=0.51)


def test_changes_have_a_true_minus_and_no_signed_zero() -> None:
    assert [change(v) for v in (0.063, -0.026, 0.0, -0.0001, math.nan)] == ["+6.3%", "−2.6%", "0.0%", "0.0%", "–"]
    assert points(0.012, "zh") == "提高1.2个百分点"


def test_a_chance_is_never_nothing_or_certain() -> None:
    assert chance(0.0, "en") == "about 1 in 20 or less"
    assert chance(1.0, "zh") == "不低于95%"
    assert chance(0.45, "zh") == "45%（约20次中9次）"
    assert chance(math.nan, "en") == "–"


def test_a_gap_is_the_difference_of_the_two_figures_as_printed() -> None:
    # 841,170 is printed as 841,000; 850,000 less that is 9,000, not 8,830.
    assert gap(841_170, 850_000, "count", "en") == "−9,000"


@pytest.mark.parametrize(
    ("text", "en", "zh"),
    [
        ("2025", "2025", "2025年"),
        ("2015-10-15", "15 October 2015", "2015年10月15日"),
        ("asof-2025-06", "end of June 2025", "截至2025年6月底"),
        ("ytd-2024-09", "January to September 2024", "2024年1—9月"),
        ("2024-H1", "first half of 2024", "2024年上半年"),
        ("2024-Q3", "quarter 3 of 2024", "2024年3季度"),
        ("2024-09", "September 2024", "2024年9月"),
        ("span-2016-2020", "2016 to 2020", "2016—2020年"),
    ],
)
def test_periods_are_written_in_words(text: str, en: str, zh: str) -> None:
    assert period(text, "en") == en
    assert period(text, "zh") == zh


STOCK = Subject("CN-ZJ.x", "CN-ZJ", "inventions_in_force", "", "Zhejiang", "浙江", "Invention patents in force",
                "有效发明专利量", "count", "stock")  # fmt: skip
MONEY = Subject(
    "CN.y", "CN", "ip_pledge_amount", "", "China", "中国", "IP pledge financing", "质押融资额", "CNY", "flow"
)
NUMBERS = {"plain": 841_170.0, "negative": -12_500.0, "zero": 0.0, "missing": math.nan}


def _clean(text: str, lang: str) -> None:
    assert text
    assert not re.search(r"\{|\}|\bnan\b|None|-\d|  ", text), text
    if lang == "en":
        assert text[0].isupper() or text.startswith("**"), text


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("value", NUMBERS.values(), ids=NUMBERS)
@pytest.mark.parametrize("named", [STOCK, MONEY], ids=["stock", "flow"])
def test_every_sentence_is_whole_for_every_kind_of_number(named: Subject, value: float, lang) -> None:
    point = Point(value * 0.7, value * 0.8, value * 0.9, value, value * 1.1, value * 1.2, value * 1.3)
    goal = Goal(850_000.0, 2030)
    for p in (None, 0.0, 0.3, 0.7, 1.0, math.nan):
        _clean(sentences.outlook(named, 2030, point, lang, goal=None if p is None else goal, p=p), lang)
        if p is not None and math.isfinite(p):
            _clean(sentences.standing(named, goal, p, value, lang), lang)
    _clean(sentences.assumptions(2030, value / 1e6, lang), lang)
    parts = (Part("IP courts", "B", 30_000.0), Part("faster lanes", "D", -20_000.0))
    for some in ((), parts[:1], parts, (parts[0], Part("other", "D", 10.0))):
        for quantiles in ((-0.1, 0.05, 0.2), (-0.2, -0.05, 0.1), (0.0, 0.0, 0.0), (math.nan,) * 3):
            result = Result(2030, value, *quantiles, 0.3, some, goal, 0.7, 0.4)
            _clean(sentences.scenario(named, result, lang), lang)
    for clear in (True, False):
        _clean(sentences.comparison("A · One", "B · Two", 2030, 0.6, clear, lang), lang)


def test_the_sentence_says_where_the_difference_comes_from() -> None:
    parts = (Part("IP courts", "B", 30_000.0), Part("faster lanes", "D", 20_000.0))
    result = Result(2030, 916_000.0, -0.026, 0.063, 0.161, 0.2, parts, Goal(850_000.0, 2030), 0.74, 0.55)
    assert sentences.scenario(STOCK, result, "en") == (
        "At the end of 2030: **916,000**, +6.3% on my baseline (8 in 10: −2.6% to +16.1%). 60% of it comes from "
        "**IP courts** (grade B). For faster lanes only the direction is known. It may also be lower than without the "
        "levers: in 20% (about 4 in 20) of futures. The target is met in 74% (about 15 in 20) of futures; without the "
        "levers in 55% (about 11 in 20)."
    )


def test_a_wide_band_is_said_in_words() -> None:
    wide = Point(1.0, 10.0, 20.0, 50.0, 70.0, 90.0, 200.0)
    assert word("outlook_wide", "en") in sentences.outlook(STOCK, 2030, wide, "en")


def test_growth_that_falls_by_more_than_half_is_said() -> None:
    assert sentences.slowing(0.20, 0.05, "en") == "Growth slows from +20.0% to +5.0% a year."
    assert sentences.slowing(0.20, 0.12, "en") == ""
    assert sentences.slowing(math.nan, 0.1, "zh") == ""


def test_measure_words_follow_what_is_counted() -> None:
    assert subject("CN.invention_owner_enterprises").measure == "家"
    assert subject("CN.ip_pledge_projects").measure == "项"
    assert subject("CN.inventions_in_force").measure == "件"
    assert subject("CN.ip_pledge_amount").measure == ""
    assert all(re.compile(pattern) for pattern, _ in MEASURES)


def test_a_series_of_another_scope_says_so() -> None:
    assert subject("CN.inventions_in_force.domestic").title("en").endswith("(domestic)")
    assert subject("CN.inventions_in_force.domestic").title("zh").endswith("（国内）")


def test_money_and_counts_are_told_apart() -> None:
    assert [formats.family(unit) for unit in ("CNY", "count", "share", "months")] == [
        "money",
        "count",
        "share",
        "plain",
    ]
