"""Sizes of effects that a planner sets: read as typed, marked everywhere, handed on, put back."""

import io
import math
import re
from dataclasses import replace
from types import MappingProxyType

import numpy as np
import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from streamlit.testing.v1 import AppTest

from dashboard import link
from dashboard.effect_picture import picture, rows
from dashboard.own_sizes import as_override, effects_by_id, fitted, owned, typed, worn
from dashboard.plan import opened, scenario_of
from dashboard.settings import changes, own_rows
from dashboard.view import Own, Setting, View
from dashboard.words import word
from forecast.errors import InputError
from forecast.outlook import Outlook
from scenarios.engine import run
from scenarios.files import parse_scenario
from scenarios.levers import levers
from scenarios.scenario import Override, Scenario, to_yaml
from scenarios.scenario import Setting as Move

COURTS = "ip_courts.invention.filings"
FEE = "trademark_filing_fee.trademark.filings"
WHY = "Pilot in Hangzhou, 2024"
KNOWN = link.Known(
    ["CN-ZJ.patent_pledge_amount"], {"ip_courts": (-1.0, 1.0)}, {}, (2020, 2040), frozenset(effects_by_id())
)


@given(st.floats(-60, 150).filter(lambda v: abs(v) > 0.5), st.floats(0.01, 0.6))
def test_a_typed_size_is_the_middle_and_its_range_is_as_wide_as_typed(size: float, part: float) -> None:
    """By SciPy's own gamma: its median is the size, its 10 and 90 percent points lie twice the half apart."""
    effect = effects_by_id()[COURTS]
    half = abs(size) * part
    own = fitted(effect, size, half, WHY, "en")
    shape = (own.mean / own.sd) ** 2
    drawn = stats.gamma(shape, scale=own.sd**2 / abs(own.mean))
    low, middle, high = (100 * math.expm1(math.copysign(v, size)) for v in drawn.ppf([0.1, 0.5, 0.9]))
    assert middle == pytest.approx(size, rel=1e-3)
    assert abs(high - low) == pytest.approx(2 * half, rel=1e-3)
    again = typed(worn(effect, {COURTS: own}))
    assert again == (pytest.approx(size, abs=0.06), pytest.approx(half, abs=0.06))


def test_an_elasticity_is_typed_as_it_is() -> None:
    effect = effects_by_id()[FEE]
    own = fitted(effect, -0.5, 0.2, WHY, "en")
    low, middle, high = worn(effect, {FEE: own}).size.quantile(np.array([0.1, 0.5, 0.9]))
    assert middle == pytest.approx(-0.5, rel=1e-4)
    assert abs(high - low) == pytest.approx(0.4, rel=1e-4)


def test_an_exact_size_has_no_spread_and_none_is_no_effect() -> None:
    effect = effects_by_id()[COURTS]
    assert fitted(effect, 10.0, 0.0, WHY, "en") == Own(pytest.approx(math.log(1.1), rel=1e-5), 0.0, WHY)
    assert fitted(effect, 0.0, 3.0, WHY, "en") == Own(0.0, 0.0, WHY)


@pytest.mark.parametrize(
    ("name", "size", "half", "why", "said"),
    [
        (COURTS, 10, 2, "  ", "理由"),
        (COURTS, 10, 2, "x" * 401, "理由"),
        (COURTS, -100, 2, WHY, "不可能"),
        (COURTS, 10, 80, WHY, "不超过"),
        (FEE, 0.3, 0.1, WHY, "方向"),
    ],
)
def test_what_cannot_be_is_refused_with_a_remedy(name: str, size: float, half: float, why: str, said: str) -> None:
    with pytest.raises(InputError) as found:
        fitted(effects_by_id()[name], size, half, why, "zh")
    assert said in found.value.what + found.value.remedy


def _with_own(why: str = WHY) -> View:
    own = fitted(effects_by_id()[COURTS], 20.0, 5.0, why, "en")
    view = View(series="CN-ZJ.patent_pledge_amount").with_lever("ip_courts", Setting(1.0, 2027, 0))
    return view.with_effect(COURTS, own)


@given(st.text(min_size=3, max_size=60).filter(lambda t: len(" ".join(t.replace("~", "–").split())) >= 3))
def test_link_and_file_carry_an_own_size_with_its_reason(why: str) -> None:
    view = _with_own(why)
    again, bad = link.read(link.write(view), KNOWN)
    assert bad == ()
    assert again.effects == view.effects
    back = opened(parse_scenario(to_yaml(scenario_of(view))), View(series=view.series)).view
    assert dict(back.effects) == dict(view.effects)


@pytest.mark.parametrize(
    "text",
    [f"{COURTS}~nan~0.1~why", f"{COURTS}~0.1~-1~why", f"{COURTS}~0.1~0.1~", "nothing.known~0.1~0.1~why", "~~~~", "x"],
)
def test_a_wrong_own_size_in_a_link_is_left_out_and_said(text: str) -> None:
    view, bad = link.read({"e": text}, KNOWN)
    assert dict(view.effects) == {}
    assert len(bad) >= 1


def test_reset_puts_the_published_sizes_back() -> None:
    view = _with_own()
    assert dict(view.as_now().effects) == {}
    assert dict(view.with_effect(COURTS, None).effects) == {}
    assert scenario_of(view).effects == {COURTS: as_override(view.effects[COURTS])}


def test_a_lever_is_marked_where_the_own_size_acts() -> None:
    courts = levers()["ip_courts"]
    assert owned(courts, "invention_applications", {COURTS})
    assert not owned(courts, "court_ip_cases_accepted", {COURTS})


@pytest.mark.parametrize(("lang", "published"), [("en", "as published"), ("zh", "公布值")])
def test_a_difference_in_sizes_is_told_with_its_reason(lang: str, published: str) -> None:
    view = _with_own()
    plain = scenario_of(replace(view, effects=MappingProxyType({})))
    own = scenario_of(view)
    ((title, (before, after)),) = own_rows([plain, own], lang)
    assert levers()["ip_courts"].title(lang) in title
    assert before == published
    assert "+20.0%" in after
    assert WHY in after
    assert changes(plain, own, lang) == [(title, before, after)]


def test_curves_hold_prior_data_and_posterior_and_the_own_size() -> None:
    effect = effects_by_id()[FEE]
    found = {row.key: row for row in rows(effect, {}, "en", events=False)}
    assert list(found) == ["curve_pooled", "curve_prior", "curve_data", "curve_posterior"]
    assert found["curve_data"].middle == effect.size.data.mean
    # The posterior lies between what the studies said and what the data said.
    ends = sorted((found["curve_prior"].middle, found["curve_data"].middle))
    assert ends[0] <= found["curve_posterior"].middle <= ends[1]
    own = fitted(effect, -0.2, 0.05, WHY, "en")
    last = rows(effect, {FEE: own}, "en", events=False)[-1]
    assert (last.key, last.middle) == ("curve_own", pytest.approx(-0.2, rel=1e-3))


@pytest.mark.parametrize("name", sorted(effects_by_id()))
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_effect_can_be_drawn_and_says_its_numbers(name: str, lang: str) -> None:
    effect = effects_by_id()[name]
    drawn = picture(effect, {}, lang, "dark")
    assert re.search(r'alt="[^"]*[+−]?\d', drawn)
    assert "nan" not in drawn
    heights = rows(effect, {}, lang)[0].heights(np.linspace(-1, 1, 201))
    assert np.all(np.isfinite(heights))


def test_fee_and_relief_take_the_own_size_whichever_it_was_set_on() -> None:
    """They meet in one net price: a size set on the relief does exactly what the same size set on the fee does."""
    years = tuple(range(2025, 2031))
    flat = Outlook(("CN.invention_applications",), years, np.full((1, 6, 100), 1e6), (2025,), 1)
    moved = {"patent_filing_fee": (Move(level=-0.5),), "fee_relief": (Move(level=0.5),)}

    def paths(**sizes: float) -> np.ndarray:
        own = {f"{lever}.invention.filings": Override(mean=m, sd=0.1, why=WHY) for lever, m in sizes.items()}
        return run(Scenario(id="both", levers=moved, effects=own), flat).of("CN.invention_applications")

    assert np.array_equal(paths(fee_relief=0.6), paths(patent_filing_fee=-0.6))
    assert not np.array_equal(paths(fee_relief=0.6), paths())


def _page(name: str) -> None:
    from dashboard import cache, frame, prepare, state

    assert prepare.ready()
    state.start(cache.known())
    state.put("pages", {})
    {entry[0]: entry[3] for entry in frame.PAGES}[name]()


def _report() -> None:
    import streamlit as st

    from dashboard import cache, prepare, report, state
    from dashboard.brief import brief
    from dashboard.workbook import workbook

    assert prepare.ready()
    state.start(cache.known())
    named = cache.named(state.view().series)
    st.session_state["made"] = report.html(brief(named, "http://localhost/levers")), workbook(named, "http://localhost")


def _shown(script, lang: str, **kwargs: object) -> AppTest:
    at = AppTest.from_function(script, kwargs=kwargs or None, default_timeout=180)
    for key, value in link.write(replace(_with_own(), lang=lang, series="CN.invention_applications")).items():
        at.query_params[key] = value
    at.run()
    assert not at.exception, at.exception
    assert at.session_state["view"].effects
    return at


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("page", ["levers", "why", "compare", "share", "reach", "evidence"])
def test_pages_say_that_a_size_is_the_readers_own(page: str, lang: str) -> None:
    at = _shown(_page, lang, name=page)
    text = "\n".join(str(m.value) for m in at.markdown) + "\n".join(t.value.to_csv() for t in at.dataframe)
    text += "\n".join(str(m.options) for m in at.multiselect)
    assert (word("own_sizes_n", lang, n=1) if page == "share" else word("own_size_mark", lang)) in text


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_report_and_workbook_list_the_own_size_with_its_reason(lang: str) -> None:
    page, book = _shown(_report, lang).session_state["made"]
    html = page.decode()
    assert WHY in html
    assert "+20.0%" in html
    rows_ = openpyxl.load_workbook(io.BytesIO(book))["settings"].iter_rows(values_only=True)
    assert any(COURTS in str(row[0]) and WHY in str(row[1]) for row in rows_)


def test_undo_brings_an_own_size_back() -> None:
    at = _shown(_page, "en", name="levers")
    before = dict(at.session_state["view"].effects)
    at.button(key="w_reset").click().run()
    assert dict(at.session_state["view"].effects) == {}
    at.button(key="w_undo").click().run()
    assert dict(at.session_state["view"].effects) == before
