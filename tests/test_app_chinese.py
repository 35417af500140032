"""What the data say in English has its Chinese: every event, plan, status, study in use, and nearly every note."""

import re

import pytest

from dashboard.chinese import CHINESE, data_text, source_line, source_title, translations
from forecast.catalog import breaks, events, sources, targets
from forecast.observations import observations
from scenarios.levers import effects, levers


def _bare(texts) -> list[str]:
    """Give the texts that stay without a single Chinese character though they are words."""
    return [t for t in dict.fromkeys(texts) if re.search("[a-z]{3}", t) and not CHINESE.search(data_text(t, "zh"))]


def test_every_event_plan_status_and_break_is_told_in_chinese() -> None:
    assert _bare(text for event in events() for text in (event.title, event.description)) == []
    assert _bare(event.lever.replace("_", " ") for event in events() if event.lever not in levers()) == []
    assert _bare(text for target in targets() for text in (target.plan, target.status)) == []
    assert _bare(item.description for item in breaks()) == []


def test_every_study_in_use_is_told_in_chinese() -> None:
    used = [study for effect in effects() for study in effect.studies]
    names_only = {"Mann 2018", "Eid 2015"}
    assert set(_bare(study.context for study in used)) <= names_only
    assert _bare(text for study in used for text in (study.country, study.verdict)) == []


def test_nearly_every_note_of_a_figure_is_told_in_chinese() -> None:
    notes = [figure.note for figure in observations() if figure.note]
    bare = set(_bare(notes))
    assert sum(note in bare for note in notes) < 0.2 * len(notes)


def test_english_stays_english_and_chinese_stays_chinese() -> None:
    assert all(data_text(text, "en") == text for text in translations())
    assert data_text("浙江 2024", "zh") == "浙江 2024"


@pytest.mark.parametrize("name", sorted(sources()))
def test_a_source_in_english_is_marked_and_one_in_chinese_keeps_its_title(name: str) -> None:
    source = sources()[name]
    title = source_title(source, "zh")
    if CHINESE.search(source.title):
        assert title == source.title
    else:
        assert title.endswith("（英文资料）")
        assert source.title not in title
    assert source_title(source, "en") == source.title
    assert source_line(source, "zh")


def test_translations_keep_the_numbers() -> None:
    """Years, amounts and rates of a text stand in its Chinese as well; units of ten thousand and a hundred million may
    move the point, so only whole years are held to it."""
    for english, chinese in translations().items():
        years = set(re.findall(r"\b(?:19|20)\d\d\b", english))
        assert years <= set(re.findall(r"(?:19|20)\d\d", chinese)), (english, chinese)
