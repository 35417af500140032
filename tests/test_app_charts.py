"""Charts: what is drawn follows from the numbers, labels do not cover each other, colours can be told apart."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard import palette
from dashboard.chart_kinds import KINDS
from dashboard.downloads import Picture, csv, safe, xlsx
from dashboard.palette import COLOURS, DASHES, ROLES, contrast
from dashboard.picture import FanOptions, Line, Past, apart, capped, fan, window
from dashboard.sentences import Goal
from dashboard.spread import chances, growth, index, spread, twenty, yearly
from dashboard.subject import Subject
from dashboard.templates import template

SUBJECT = Subject(
    "CN-ZJ.x", "CN-ZJ", "inventions_in_force", "", "Zhejiang", "浙江", "Invention patents", "专利", "count", "stock"
)  # fmt: skip
YEARS = tuple(range(2025, 2036))
OPTIONS = {
    "fan": (("unit", "count"), ("window", (2013, 2035))),
    "difference": (("unit", "CNY"), ("window", (2025, 2035))),
    "dots20": (("unit", "share"),),
    "waterfall": (("unit", "per_10k_persons"),),
    "waterfall_rows": (("unit", "count"), ("rows", 4)),
    "frontier": (),
    "stock_flow": (),
    "causes": (),
    "tiles": (),
    "hindcast": (("unit", "CNY"),),
}


def _paths(scale: float = 0.05) -> np.ndarray:
    rng = np.random.default_rng(7)
    steps = rng.normal(0.08, scale, (len(YEARS) - 1, 400)).cumsum(axis=0)
    return 488_000 * np.exp(np.vstack([np.zeros(400), steps]))


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_template_is_built_once_and_needs_no_data(kind: str, lang: str, theme: str) -> None:
    made = template(kind, theme, lang, OPTIONS[kind])
    assert made is template(kind, theme, lang, OPTIONS[kind])
    filled = made.filled({})
    assert set(filled["datasets"]) == made.names
    assert "datasets" not in made.spec


def test_a_template_refuses_data_it_does_not_draw() -> None:
    with pytest.raises(KeyError, match="draws"):
        template("dots20", "light", "en", OPTIONS["dots20"]).filled({"lines": []})


def test_the_middle_and_the_bands_are_quantiles_of_the_futures() -> None:
    paths = _paths()
    point = spread(YEARS, paths).at(2030)
    at = paths[YEARS.index(2030)]
    assert point.y == pytest.approx(np.median(at))
    assert (point.lo80, point.hi80) == pytest.approx(tuple(np.quantile(at, [0.1, 0.9])))
    assert point.lo95 < point.lo80 < point.lo50 < point.y < point.hi50 < point.hi80 < point.hi95


def test_growth_and_index_follow_their_definitions() -> None:
    paths = np.array([[100.0, 50.0], [110.0, 45.0], [121.0, 90.0]])
    np.testing.assert_allclose(growth(paths), [[0.1, -0.1], [0.1, 1.0]])
    assert index(paths, paths[0]).tolist() == [[100.0, 100.0], [110.0, 90.0], [121.0, 180.0]]
    assert yearly(100.0, 121.0, 2) == pytest.approx(0.1)
    assert np.isnan(yearly(0.0, 5.0, 2))


def test_twenty_futures_count_the_chance() -> None:
    values = np.arange(1000.0)
    n = int((twenty(values) >= 250).sum())
    assert n == 15
    assert chances(values[None, :], 250.0)[0] == pytest.approx(0.75)


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=6), st.floats(1, 1e5))
def test_labels_are_moved_apart_and_keep_their_order(values: list[float], gap: float) -> None:
    out = apart(values, gap)
    order = sorted(range(len(values)), key=lambda i: values[i])
    moved = [out[i] for i in order]
    assert all(b - a >= gap * (1 - 1e-9) - 1e-6 for a, b in itertools.pairwise(moved))


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=6))
def test_labels_that_are_far_apart_stay_where_they_are(values: list[float]) -> None:
    spaced = sorted({round(v / 1e5) * 1e6 for v in values})
    assert apart(spaced, 1.0) == pytest.approx(spaced)


def test_an_exploding_band_is_cut_and_said_and_the_middle_is_not() -> None:
    wild = _paths(0.6)
    line = Line("base", "Baseline", spread(YEARS, wild))
    cap, reach = capped([line], Past())
    assert cap is not None
    assert cap < reach
    frames = fan(SUBJECT, [line], Past(), "en", until=2035, options=FanOptions())
    assert max(row["hi95"] for row in frames["bands"]) == pytest.approx(cap)
    assert max(row["y"] for row in frames["lines"]) == pytest.approx(line.spread.table[3].max(), rel=1e-3)
    assert "95% band reaches" in frames["notes"][0]["label"]


def test_a_calm_band_is_not_cut() -> None:
    line = Line("base", "Baseline", spread(YEARS, _paths()))
    assert capped([line], Past())[0] is None
    assert "notes" not in fan(SUBJECT, [line], Past(), "zh", until=2035, options=FanOptions())


def test_lines_that_end_together_share_one_label() -> None:
    bands = spread(YEARS, _paths())
    lines = [Line("reference", "Reference baseline", bands, band=False), Line("mine", "My baseline", bands)]
    labels = fan(SUBJECT, lines, Past(), "en", until=2035, options=FanOptions())["ends"]
    assert len(labels) == 1
    assert labels[0]["label"].startswith("My baseline ≈ reference")


def test_a_log_scale_gets_no_zero() -> None:
    paths = np.vstack([np.full(400, 10.0), np.zeros((len(YEARS) - 1, 400))])
    line = Line("base", "Baseline", spread(YEARS, paths))
    frames = fan(SUBJECT, [line], Past(), "en", until=2035, options=FanOptions(log=True))
    assert min(row["lo95"] for row in frames["bands"]) > 0
    assert min(row["y"] for row in frames["lines"]) > 0


def test_a_target_stands_in_its_year_and_never_beyond_the_window() -> None:
    line = Line("base", "Baseline", spread(YEARS, _paths()))
    at = FanOptions(goal=Goal(850_000.0, 2030))
    row = fan(SUBJECT, [line], Past(), "en", until=2035, options=at)["target"][0]
    assert (row["x"], row["y"], row["label"]) == (2030, 850_000.0, "Target 850,000 · 2030")
    assert "target" not in fan(SUBJECT, [line], Past(), "en", until=2028, options=at)


def test_the_window_holds_the_last_twelve_known_years() -> None:
    assert window(1985, 2025, 2035) == (2013, 2035)
    assert window(1985, 2025, 2035, all_years=True) == (1985, 2035)
    assert window(2020, 2025, 2028) == (2020, 2028)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_lines_and_words_stand_out_from_the_background(theme: str) -> None:
    colours = COLOURS[theme]
    for role in (*ROLES, "history", "target", "warn"):
        assert contrast(colours[role], colours["paper"]) >= 3.0, role  # graphics, WCAG 1.4.11
    for role in ("ink", "soft", "A", "B", "target", "warn"):
        assert contrast(colours[role], colours["paper"]) >= 4.5, role  # text, WCAG 1.4.3


def test_every_line_differs_by_colour_or_dash_from_every_other() -> None:
    for theme in COLOURS:
        looks = {(COLOURS[theme][role], tuple(DASHES[role])) for role in ROLES if role != "base"}
        assert len(looks) == len(ROLES) - 1


def test_wider_bands_are_painted_paler() -> None:
    opacities = [opacity for _, _, opacity in palette.BANDS]
    assert opacities == sorted(opacities)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_picture_can_be_taken_away_as_png_and_svg(lang: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from dashboard import charts

    monkeypatch.setattr(charts, "made", lambda kind, hues, **o: template(kind, hues, lang, tuple(sorted(o.items()))))
    monkeypatch.setattr("dashboard.downloads.made", charts.made)
    line = Line("base", "Baseline", spread(YEARS, _paths()))
    frames = fan(SUBJECT, [line], Past(), lang, until=2035, options=FanOptions())
    picture = Picture("fan", frames, {"unit": "count", "window": (2025, 2035)}, SUBJECT.label(lang), "IP Foresight")
    assert picture.png()[:8] == b"\x89PNG\r\n\x1a\n"
    svg = picture.svg().decode()
    assert svg.startswith("<svg")
    assert SUBJECT.label(lang) in svg


def test_a_table_that_a_spreadsheet_would_run_is_made_harmless() -> None:
    import pandas as pd

    frame = pd.DataFrame({"a": ["=1+1", "@cmd", "plain", "-5"], "b": [1.0, 2.0, 3.0, -4.0]})
    assert safe(frame)["a"].tolist() == ["'=1+1", "'@cmd", "plain", "'-5"]
    assert safe(frame)["b"].tolist() == [1.0, 2.0, 3.0, -4.0]
    assert csv(frame).startswith(b"\xef\xbb\xbf")
    assert xlsx({"numbers": frame})[:2] == b"PK"
