"""Stocks that follow their grants, and research spending that follows the economy."""

import numpy as np
import pytest

from forecast.bases import Base, band_kind
from forecast.limits import extra_table, extra_widths, usual_change
from forecast.ratios import with_leading_ratios
from forecast.rights import HIGHEST, followers, lapse, lapse_rates, stock_of_grants, with_grants
from forecast.series import Series, years

KNOWN, AHEAD = 6, 5
STOCK, GRANTS = "CN-ZJ.inventions_in_force", "CN-ZJ.invention_grants"


def base(key: str, past: object, future: object, *, kind: str = "flow", begin: int = 2019, n: int = 41) -> Base:
    """A base whose past is known and whose future is the given middle, a little different on each path."""
    past, future = np.asarray(past, float), np.asarray(future, float)
    spread = np.linspace(0.9, 1.1, n)
    paths = np.r_[np.tile(past[:, None], n), future[:, None] * spread] if future.size else np.tile(past[:, None], n)
    s = Series(key, "count", kind, years(begin, past.size), past)
    return Base(
        s, tuple(range(begin, begin + len(paths))), paths, np.r_[np.ones(past.size, bool), np.zeros(future.size, bool)]
    )


def history(rate: float, grants: list[float], level: float = 100.0) -> list[float]:
    out = [level]
    for g in grants[1:]:
        out.append((1 - rate) * out[-1] + g)
    return out


def test_the_lapse_rate_of_a_history_made_with_it_is_found() -> None:
    grants = [20.0, 22, 25, 24, 30, 33]
    stock = base(STOCK, history(0.08, grants), [], kind="stock")
    assert lapse_rates(stock, base(GRANTS, grants, [])) == pytest.approx([0.08] * 5)
    found = lapse(stock, base(GRANTS, grants, []))
    assert found is not None
    assert found.rate == pytest.approx(0.08)


def test_a_stock_with_constant_grants_nears_grants_over_the_lapse_rate() -> None:
    far = stock_of_grants(np.array([500.0]), np.full((300, 1), 30.0), np.array([0.1]))
    assert far[-1, 0] == pytest.approx(300.0)
    assert np.all(np.diff(far[:, 0]) <= 0)


def test_the_middle_path_of_a_stock_is_its_sum_of_grants_less_lapses() -> None:
    grants = [20.0, 22, 25, 24, 30, 33]
    coming = [35.0, 36, 37, 38, 39]
    stock = base(STOCK, history(0.08, grants), [0.0] * AHEAD, kind="stock", n=4001)
    found = with_grants({STOCK: stock, GRANTS: base(GRANTS, grants, coming, n=4001)}, seed=1)[STOCK]
    wanted = history(0.08, [0.0, *coming], level=stock.paths[KNOWN - 1, 0])[1:]
    assert np.allclose(np.median(found.paths[KNOWN:], axis=1), wanted, rtol=0.01)
    assert np.array_equal(found.paths[:KNOWN], stock.paths[:KNOWN])


def test_a_path_with_more_grants_has_the_larger_stock() -> None:
    grants = [20.0, 22, 25, 24, 30, 33]
    bases = {STOCK: base(STOCK, history(0.08, grants), [0.0] * AHEAD, kind="stock", n=400)}
    bases[GRANTS] = base(GRANTS, grants, [35.0] * AHEAD, n=400)
    found = with_grants(bases, seed=1)[STOCK]
    assert np.corrcoef(found.paths[-1], bases[GRANTS].paths[-1])[0, 1] > 0.5


def test_the_band_of_a_stock_is_widened_by_what_past_bands_lacked() -> None:
    grants = [20.0, 22, 25, 24, 30, 33]
    stock = base(STOCK, history(0.08, grants), [0.0] * AHEAD, kind="stock", n=4001)
    sure = base(GRANTS, grants, [35.0] * AHEAD, n=4001)
    found = with_grants({STOCK: stock, GRANTS: sure}, seed=1)[STOCK].paths[-1]
    rise = extra_widths("stock of rights", usual_change(stock.paths[:KNOWN, 0]), AHEAD)[1, -1]
    assert np.log(np.quantile(found, 0.9) / np.median(found)) > rise


@pytest.mark.parametrize(
    "stock", [history(-0.05, [20.0, 22, 25, 24, 30, 33]), history(HIGHEST + 0.1, [20.0, 22, 25, 24, 30, 33])]
)
def test_figures_that_do_not_fit_each_other_leave_the_stock_alone(stock: list[float]) -> None:
    bases = {STOCK: base(STOCK, stock, [1.0] * AHEAD, kind="stock")}
    bases[GRANTS] = base(GRANTS, [20.0, 22, 25, 24, 30, 33], [35.0] * AHEAD)
    assert followers(bases) == {}
    assert np.array_equal(with_grants(bases, seed=1)[STOCK].paths, bases[STOCK].paths)


def test_grants_of_another_scope_or_region_are_not_used() -> None:
    grants = [20.0, 22, 25, 24, 30, 33]
    stock = base(STOCK, history(0.08, grants), [0.0] * AHEAD, kind="stock")
    for other in ("CN-ZJ.invention_grants.foreign", "CN-JS.invention_grants", "CN-ZJ.design_grants"):
        assert followers({STOCK: stock, other: base(other, grants, [35.0] * AHEAD)}) == {}


def test_research_spending_grows_as_intensity_times_output_from_its_own_level() -> None:
    intensity = base("CN-ZJ.rd_intensity", [0.02, 0.021, 0.022], [0.023, 0.024], kind="ratio")
    output = base("CN-ZJ.gdp", [900.0, 950, 1000], [1100.0, 1200])
    spending = base("CN-ZJ.rd_expenditure", [19.0, 20, 23], [99.0, 99])
    found = with_leading_ratios({b.series.key: b for b in (intensity, output, spending)})
    middle = np.median(found["CN-ZJ.rd_expenditure"].paths, axis=1)
    assert middle[:3].tolist() == [19, 20, 23]
    assert middle[3:] == pytest.approx([23 * 0.023 * 1100 / 22, 23 * 0.024 * 1200 / 22])
    assert found["CN-ZJ.rd_intensity"] is intensity


def test_spending_without_its_ratio_keeps_its_own_forecast() -> None:
    output = base("CN-ZJ.gdp", [900.0, 950, 1000], [1100.0, 1200])
    spending = base("CN-ZJ.rd_expenditure", [19.0, 20, 23], [99.0, 99])
    assert with_leading_ratios({b.series.key: b for b in (output, spending)})["CN-ZJ.rd_expenditure"] is spending


def test_rights_have_widths_of_their_own() -> None:
    assert band_kind("CN.trademarks_in_force", "stock") == "national stock of rights"
    assert band_kind("CN.population", "stock") == "stock"
    assert band_kind("CN-ZJ.invention_grants", "flow") == "flow of rights"
    assert band_kind("CN.gdp", "flow") == "flow"
    assert band_kind("CN.rd_intensity", "ratio") == "ratio"
    assert band_kind("made up", "stock") == "stock"
    kinds = {"flow", "stock", "ratio", "flow of rights", "stock of rights"}
    assert {kind.removeprefix("national ") for kind in extra_table()} == kinds
