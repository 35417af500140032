"""The app in a real browser: the main stories in both languages, without console errors, overlap or clipped words."""

import re

import pytest
from app_reader import WAIT, faults

pytestmark = pytest.mark.browser
pytest_plugins = ("app_reader",)
MOVED = "l=ip_courts~0.5~2027~2~~preexamination_centre~1~2027~0&a=rd_growth~0.01"


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize(
    "page", ["", "outlook", "levers", "why", "regions", "reach", "compare", "evidence", "worked", "share", "limits"]
)
def test_each_page_is_whole_in_each_language_and_theme(reader, page: str, lang: str, theme: str) -> None:
    one = reader(theme=theme)
    one.open(f"/{page}?lang={lang}&{MOVED}")
    one.shot(f"{page or 'start'}-{lang}-{theme}")
    assert faults(one.page) == []
    assert "Traceback" not in one.text()
    # Nothing hangs over the right edge of a small screen.
    assert one.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth + 1")


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize(
    "series",
    ["CN.ip_pledge_amount", "CN-ZJ.invention_applications", "CN-ZJ.trademarks_in_force", "CN.rd_intensity",
     "CN.trademark_applications", "YRD.inventions_in_force"],
)  # fmt: skip
def test_outlooks_of_all_kinds_are_drawn_without_faults(reader, series: str, lang: str) -> None:
    one = reader()
    one.open(f"/outlook?lang={lang}&s={series}")
    one.shot(f"outlook-{series}-{lang}")
    assert one.page.locator(".vega-embed svg").count() >= 1
    assert faults(one.page) == []


@pytest.mark.parametrize("view", ["level", "difference", "growth", "index"])
def test_every_view_of_a_scenario_is_drawn_without_faults(reader, view: str) -> None:
    one = reader()
    one.open(f"/levers?v={view}&{MOVED}&t=900000~2030")
    one.shot(f"levers-view-{view}")
    assert faults(one.page) == []


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_planner_sets_levers_reads_the_sentence_and_shares_the_link(reader, lang: str) -> None:
    one = reader()
    one.open(f"/levers?lang={lang}")
    before = one.page.inner_text(".ipf-sentence")
    card = one.page.locator(".st-key-w_l_ip_courts button").last
    card.click()
    one.page.wait_for_function(
        "t => document.querySelector('.ipf-sentence')?.innerText !== t", arg=before, timeout=WAIT
    )
    one.settled()
    assert "l=ip_courts" in one.page.url
    after = one.page.inner_text(".ipf-sentence")
    assert re.search(r"\d", after)
    one.shot(f"story-levers-{lang}")
    assert faults(one.page) == []
    # Another reader, in another browser, sees the same from the link alone.
    other = reader()
    other.open(one.page.url.removeprefix(one.address))
    assert other.page.inner_text(".ipf-sentence") == after


def test_the_browsers_back_takes_a_lever_back(reader) -> None:
    one = reader()
    one.open("/levers")
    before = one.page.inner_text(".ipf-sentence")
    one.page.locator(".st-key-w_l_ip_courts button").last.click()
    one.page.wait_for_function(
        "t => document.querySelector('.ipf-sentence')?.innerText !== t", arg=before, timeout=WAIT
    )
    one.settled()
    one.page.go_back()
    one.page.wait_for_function(
        "t => document.querySelector('.ipf-sentence')?.innerText === t", arg=before, timeout=WAIT
    )


def test_levers_stay_when_the_page_is_changed(reader) -> None:
    one = reader()
    one.open(f"/levers?{MOVED}")
    one.page.get_by_role("link", name="Why").click()
    one.page.wait_for_function("() => document.body.innerText.includes('Contributions')", timeout=WAIT)
    one.settled()
    one.shot("story-why")
    assert "IP courts" in one.text()


def test_the_context_bar_says_what_is_shown_on_every_page_one_goes_to(reader) -> None:
    one = reader()
    one.open("/levers?s=CN.ip_pledge_amount&h=2030")
    # Every second change of the page used to show the first series of the list, and no year.
    for title in ("Compare", "Outlook", "Regions", "Levers", "Evidence", "Start"):
        one.page.get_by_role("link", name=title, exact=True).click()
        one.page.wait_for_timeout(1500)
        one.settled()
        assert one.page.locator(".st-key-w_until button[aria-checked=true]").all_inner_texts() == ["2030"]
        shown = (
            one.page.locator(".st-key-w_series").inner_text()
            + one.page.locator(".st-key-w_series input").first.input_value()
        )
        assert "China (mainland) · Patent and trademark pledge financing" in shown, title


def test_two_readers_do_not_see_each_others_levers(reader) -> None:
    one, other = reader(), reader()
    one.open(f"/levers?{MOVED}")
    other.open("/levers")
    assert "Levers (2)" in one.text()
    assert "Levers (0)" in other.text()


def test_a_chinese_spreadsheet_is_loaded_and_forecast(reader, tmp_path) -> None:
    table = tmp_path / "own.csv"
    rows = "\n".join(f"杭州专利,{2014 + i},{500 + 40 * i}" for i in range(12))
    table.write_bytes(f"地区,年份,数值\n{rows}\n".encode("gb18030"))
    one = reader()
    one.open("/evidence?lang=zh")
    one.page.get_by_role("tab", name="我的数据").click()
    one.page.set_input_files("input[type=file]", str(table))
    one.page.wait_for_function("() => document.body.innerText.includes('已读取1个')", timeout=WAIT)
    one.page.wait_for_selector(".vega-embed svg", timeout=WAIT)
    one.settled()
    one.shot("story-own-data-zh")
    assert faults(one.page) == []


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (1024, 768), (800, 1100)])
def test_levers_fit_small_screens(reader, width: int, height: int) -> None:
    one = reader(width=width, height=height)
    one.open(f"/levers?{MOVED}")
    one.shot(f"levers-{width}")
    assert faults(one.page) == []
    assert one.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth + 1")


@pytest.mark.parametrize("parts", ["", "lang=zh", "large=1", "large=1&lang=zh"])
@pytest.mark.parametrize(("width", "height"), [(820, 1180), (1180, 820), (1280, 720)])
def test_all_pages_stand_in_the_navigation(reader, width: int, height: int, parts: str) -> None:
    one = reader(width=width, height=height)
    one.open(f"/limits?{parts}")
    links = one.page.locator("[data-testid=stTopNavLink]").all()
    boxes = [link.bounding_box() for link in links]
    assert len(boxes) == 11
    # What stands behind "more" lies at the left edge under the others.
    lefts = [box["x"] for box in boxes]
    assert lefts == sorted(set(lefts))
    assert boxes[-1]["x"] + boxes[-1]["width"] <= width


def test_presentation_shows_the_picture_alone(reader) -> None:
    one = reader()
    one.page.goto(f"{one.address}/levers?present=1&{MOVED}")
    one.page.wait_for_selector(".vega-embed svg", timeout=WAIT)
    one.page.wait_for_timeout(1500)
    one.shot("present")
    assert faults(one.page) == []
    # Magnified, and still inside the screen, with the sentence in sight.
    drawn, words = (one.page.locator(what).first.bounding_box() for what in (".vega-embed svg", ".ipf-sentence"))
    assert drawn["x"] + drawn["width"] <= 1280
    assert words["y"] < 720
    seen = "() => document.querySelector('.vega-embed svg text').getBoundingClientRect().height"
    assert one.page.evaluate(seen) > 16
    assert one.page.locator(".st-key-w_l_ip_courts").count() == 0
