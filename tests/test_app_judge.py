"""Two whole sessions in a real browser: a planner from question to report, and somebody hurried at every end."""

import re

import pytest
from app_reader import WAIT, Reader, faults

pytestmark = pytest.mark.browser
pytest_plugins = ("app_reader",)


def _step(one: Reader, name: str) -> str:
    """Keep a picture of a step, hold the page to its laws, and give its words."""
    one.settled()
    one.shot(f"judge-{name}")
    text = one.text()
    assert faults(one.page) == [], name
    wrong = re.search(r"\b(Traceback|nan|None|inf)\b", text)
    assert wrong is None, (name, wrong)
    return text


def _go(one: Reader, title: str) -> None:
    one.page.get_by_role("link", name=title, exact=True).click()
    one.page.wait_for_timeout(700)
    one.settled()


def _press(one: Reader, selector: str, at: int = -1) -> None:
    """Press a level and wait for the sentence to change."""
    before = one.page.inner_text(".ipf-sentence")
    buttons = one.page.locator(selector)
    buttons.nth(at if at >= 0 else buttons.count() - 1).click()
    one.page.wait_for_function(
        "t => document.querySelector('.ipf-sentence')?.innerText !== t", arg=before, timeout=WAIT
    )


def test_a_planner_goes_from_question_to_report_in_chinese(reader, tmp_path) -> None:
    one = reader()
    one.open("/")
    # Chinese, then pledge financing of Zhejiang by typing two words of it.
    one.page.get_by_text("中文", exact=True).click()
    one.page.wait_for_function("() => document.body.innerText.includes('地区与指标')", timeout=WAIT)
    box = one.page.locator(".st-key-w_series input").first
    box.click()
    box.fill("浙江专利质押")
    one.page.wait_for_timeout(600)
    box.press("Enter")
    one.page.wait_for_function("t => document.body.innerText.includes(t)", arg="浙江专利质押融资额", timeout=WAIT)
    assert "亿元" in _step(one, "1-start")

    # Where the figure of 2019 comes from: its row is ticked, its source stands below in full.
    _go(one, "展望")
    assert one.page.locator(".st-key-ipf_source").count() == 0
    table = one.page.locator("[data-testid=stDataFrame]").first
    table.scroll_into_view_if_needed()
    table.click(position={"x": 17, "y": 34 + 34 + 17})
    one.page.wait_for_selector(".st-key-ipf_source", timeout=WAIT)
    source = one.page.inner_text(".st-key-ipf_source")
    assert "2019年 · 172亿元" in source
    assert "浙江省知识产权主管部门" in source
    _step(one, "2-source")

    # Three levers; the sentence names what most of it comes from.
    _go(one, "政策杠杆")
    for lever in ("pledge_campaign", "pledge_risk_sharing", "pledge_registration_speed"):
        _press(one, f".st-key-w_l_{lever} button")
        one.settled()
    text = _step(one, "3-levers")
    assert "政策杠杆（3）" in text
    words = one.page.inner_text(".ipf-sentence")
    assert re.search(r"2030年：[\d.,]+亿元，较我的基准\+[\d.]+%", words), words
    kept = one.page.url

    _go(one, "原因分解")
    _step(one, "4-why")

    # What reaches the target with a chance of 80%.
    _go(one, "达成目标")
    assert "目标值（亿元）" in one.text()
    one.page.get_by_role("button", name="搜索").click()
    one.page.wait_for_timeout(800)
    text = _step(one, "5-reach")
    assert re.search("种方案|无法达到|无需调整", text)

    _go(one, "情景比较")
    assert one.page.locator(".vega-embed svg").count() == 3
    text = _step(one, "6-compare")
    assert "A · 我的情景" in text
    assert re.search("最优|效果相近", text)

    # A spreadsheet as Chinese Excel writes it.
    rows = "\n".join(f"杭州专利,{2014 + i},{500 + 40 * i}" for i in range(12))
    (tmp_path / "own.csv").write_bytes(f"地区,年份,数值\n{rows}\n".encode("gb18030"))
    _go(one, "证据")
    one.page.get_by_role("tab", name="我的数据").click()
    one.page.set_input_files("input[type=file]", str(tmp_path / "own.csv"))
    one.page.wait_for_function("() => document.body.innerText.includes('已读取1个')", timeout=WAIT)
    _step(one, "7-own")

    # The link, in another browser, tells the same; the report is a file that opens.
    _go(one, "分享")
    _step(one, "8-share")
    shown = one.page.locator(".stCode").first.inner_text().replace("\n", "").strip()
    other = reader()
    other.open(shown.removeprefix(one.address))
    assert other.page.inner_text(".ipf-sentence") == words
    assert other.page.url.split("?")[1] == kept.split("?")[1]
    with one.page.expect_download(timeout=WAIT) as got:
        one.page.get_by_role("button", name=re.compile("HTML")).click()
    got.value.save_as(tmp_path / "report.html")
    report = other.context.new_page()
    report.goto((tmp_path / "report.html").as_uri())
    told = report.inner_text("body")
    assert "浙江" in told
    assert "亿元" in told
    report.screenshot(path=tmp_path / "report.png")


@pytest.mark.parametrize("end", ["last", "first"])
def test_somebody_hurried_drags_every_lever_to_its_end(reader, end: str) -> None:
    one = reader()
    one.open("/levers")
    cards = one.page.evaluate(
        "() => [...document.querySelectorAll('[class*=st-key-w_l_]')].map(e =>"
        " [...e.classList].find(c => c.startsWith('st-key-w_l_')))"
    )
    assert len(cards) >= 6
    for card in cards:
        # No waiting in between: the next press comes before the last answer.
        buttons = one.page.locator(f".{card} button")
        buttons.nth(0 if end == "first" else buttons.count() - 1).click()
        one.page.wait_for_timeout(120)
    text = _step(one, f"hurried-levers-{end}")
    _sane(text)
    one.page.get_by_text("Assumptions (", exact=False).click()
    one.page.wait_for_selector("[class*=st-key-w_a_]", timeout=WAIT)
    for card in one.page.locator("[class*=st-key-w_a_]").all():
        buttons = card.locator("button")
        if buttons.count():
            buttons.nth(0 if end == "first" else buttons.count() - 1).click()
            one.page.wait_for_timeout(120)
    _sane(_step(one, f"hurried-assumptions-{end}"))
    for view in ("Difference", "Growth", "Index", "Level"):
        one.page.locator(".st-key-w_show button", has_text=view).click()
        one.page.wait_for_timeout(500)
        _sane(_step(one, f"hurried-{view}-{end}"))
    for title in ("Why", "Regions", "Compare"):
        _go(one, title)
        _sane(_step(one, f"hurried-{title}-{end}"))


def _sane(text: str) -> None:
    """No change on the page is beyond a hundredfold, and no chance is nothing or certain."""
    for found in re.findall(r"[+−]([\d,]+)(?:\.\d)?%", text):
        assert int(found.replace(",", "")) < 10_000, found
    assert not re.search(r"(?<![\d.])(0%|100%) \(about", text)


def test_a_dozen_regions_and_indicators_at_both_extremes(reader) -> None:
    series = (
        "CN.ip_pledge_amount", "CN-GD.invention_applications", "CN-JS.utility_model_grants", "CN.rd_intensity",
        "CN-ZJ.trademarks_in_force", "CN-SH.pct_applications", "YRD.inventions_in_force", "CN-BJ.inventions_in_force",
        "CN-XZ.inventions_in_force", "NE4.invention_applications", "CN.madrid_applications",
        "CN-SC.design_applications",
    )  # fmt: skip
    low = "l=abnormal_filing_control~-0.5~2026~0~~patent_filing_fee~-1~2026~0~~rd_spending~-0.1~2026~0"
    high = "l=ip_courts~1~2026~0~~preexamination_centre~2~2026~0~~patent_filing_fee~1~2026~0~~rd_spending~0.5~2026~0"
    one = reader()
    for i, key in enumerate(series):
        link = (low, high)[i % 2]
        one.open(f"/levers?s={key}&h={(2028, 2030, 2035, 2040)[i % 4]}&{link}")
        text = _step(one, f"extreme-{key}")
        assert one.page.locator(".vega-embed svg .mark-line path").count() >= 1
        _sane(text)
