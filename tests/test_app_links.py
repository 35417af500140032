"""Links: a view and its address are the same thing, and nothing that comes from outside is trusted."""

from types import MappingProxyType

from hypothesis import given
from hypothesis import strategies as st

from dashboard import link
from dashboard.sentences import Goal
from dashboard.view import HORIZONS, SHOWS, Setting, View

KNOWN = link.Known(
    frozenset({"CN-ZJ.inventions_in_force", "CN.ip_pledge_amount"}),
    {"ip_courts": (0.0, 3.0), "patent_filing_fee": (-1.0, 1.0)},
    {"rd_growth": (-0.05, 0.1)},
    (2020, 2040),
)
short = st.floats(allow_nan=False, allow_infinity=False).map(lambda v: float(f"{v:.10g}"))
settings = st.builds(
    Setting, short.filter(lambda v: 0 <= v <= 3.0 and v != 0), st.integers(2020, 2040), st.integers(0, 15)
)
views = st.builds(
    View,
    series=st.sampled_from(sorted(KNOWN.series)),
    until=st.sampled_from(HORIZONS),
    lang=st.sampled_from(("en", "zh")),
    levers=st.dictionaries(st.just("ip_courts"), settings).map(MappingProxyType),
    assumptions=st.dictionaries(st.just("rd_growth"), st.sampled_from([-0.05, 0.01, 0.1])).map(MappingProxyType),
    target=st.none() | st.builds(Goal, st.integers(0, 10**15).map(float), st.integers(2026, 2040)),
    show=st.sampled_from(SHOWS),
    present=st.booleans(),
)


@given(views)
def test_a_link_gives_the_view_back(view: View) -> None:
    again, bad = link.read(link.write(view, "2026-11-22"), KNOWN)
    assert bad == ()
    if view.target is not None and again.target is not None:
        # A target is written with ten figures.
        assert abs(view.target.value - again.target.value) <= 1e-9 * view.target.value
        assert view.target.year == again.target.year
    assert (again.series, again.until, again.lang, again.show, again.present) == (
        view.series, view.until, view.lang, view.show, view.present,
    )  # fmt: skip
    assert dict(again.levers) == dict(view.levers)
    assert dict(again.assumptions) == dict(view.assumptions)


def test_a_view_with_nothing_changed_has_an_empty_link() -> None:
    assert link.write(View(), "2026-11-22") == {}


def test_only_differences_stand_in_a_link() -> None:
    view = View(lang="zh").with_lever("ip_courts", Setting(3.0, 2027, 2)).with_assumption("rd_growth", 0.01)
    assert link.write(view) == {"lang": "zh", "l": "ip_courts~3~2027~2", "a": "rd_growth~0.01"}


@given(st.dictionaries(st.sampled_from(["lang", "s", "h", "l", "a", "t", "v", "present", "x"]), st.text(max_size=60)))
def test_nothing_in_an_address_can_break_the_app(parts: dict[str, str]) -> None:
    view, bad = link.read(parts, KNOWN)
    assert view.series in KNOWN.series
    assert view.until in HORIZONS
    for name, setting in view.levers.items():
        low, high = KNOWN.levers[name]
        assert low <= setting.value <= high
    assert all(len(text) <= 42 + 8 for text in bad)


def test_bad_parts_are_left_out_and_named_and_the_rest_stands() -> None:
    parts = {
        "l": "ip_courts~3~2027~2~~nonsense~1~2027~2~~ip_courts~nan~2027~2~~patent_filing_fee~-9~2027~0",
        "s": "<script>", "h": "2031", "a": "rd_growth~1e9", "lang": "zh",
    }  # fmt: skip
    view, bad = link.read(parts, KNOWN)
    assert view.lang == "zh"
    assert dict(view.levers) == {"ip_courts": Setting(3.0, 2027, 2)}
    assert view.series == View().series
    assert len(bad) == 6


def test_an_endless_part_is_dropped_unread() -> None:
    _, bad = link.read({"l": "ip_courts~1~2027~2~~" * 10_000, "s": "x" * 100_000}, KNOWN)
    assert len(bad) == 2
    assert all(len(text) < 60 for text in bad)
