"""Levers on a series of one's own: what it counts is said once, then the same engine moves it as it moves ours."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import streamlit as st

from dashboard import cache, state
from dashboard.dial import Dial
from dashboard.formats import family
from dashboard.lever_card import card
from dashboard.page import note, say, warning
from dashboard.picture import Line
from dashboard.plan import NATION, place_of, scenario_of
from dashboard.spread import spread
from dashboard.subject import Subject, subject
from forecast.catalog import Indicator, find_indicator, find_region, indicators, regions
from forecast.errors import UnknownNameError
from forecast.outlook import Forecast, Outlook
from forecast.seeds import DEFAULT_SEED
from forecast.series import Series
from scenarios.comparison import Comparison
from scenarios.engine import levers_for, run
from scenarios.quantities import OF_THEIR_OWN, SUMS

SHOWN = 4
"""Levers on the page before any is chosen."""


@dataclass(frozen=True)
class Counted:
    """What a series of one's own counts: a region and an indicator of the catalogue."""

    region: str
    indicator: str

    @property
    def key(self) -> str:
        """Key under which the engine knows it."""
        return f"{self.region}.{self.indicator}"


def movable() -> tuple[str, ...]:
    """Give the indicators that a lever moves and that the engine works out from a series alone: no ratios, no sums."""

    def alone(key: str, row: Indicator) -> bool:
        return not (row.numerator or row.denominator) and (key not in SUMS or key in OF_THEIR_OWN)

    return tuple(key for key, row in indicators().items() if alone(key, row) and levers_for(key))


def guessed(series: Series) -> str:
    """Give the indicator that the series names, in its column `indicator` or in its name; empty where it names none.

    Examples
    --------
    >>> from forecast.series import years
    >>> guessed(Series("杭州.发明专利申请量", "", "flow", years(2020, 3), [1, 2, 3]))
    'invention_applications'
    """
    for name in (series.indicator, series.key, series.key.rpartition(".")[2], series.key.rpartition(" ")[2]):
        try:
            if name:
                return find_indicator(name).id
        except UnknownNameError:
            continue
    return ""


def placed(series: Series) -> str:
    """Give the region that the series names, else the one that is shown."""
    for name in (series.region, series.key.partition(".")[0]):
        try:
            if name:
                return find_region(name).id
        except UnknownNameError:
            continue
    return place_of(state.view().series)


def outlook_of(made: Forecast, key: str) -> Outlook:
    """Give a yearly forecast as an outlook of one series under a key of the catalogue, from its last known year on."""
    last = made.series.periods[-1].year
    known = np.full(len(made.paths), made.series.values[-1])
    paths = np.vstack([known, made.paths.T])[None]
    return Outlook((key,), (last, *(p.year for p in made.periods)), paths, (last,), DEFAULT_SEED)


def misfit(series: Series, indicator: str) -> str:
    """Say in words why a series cannot be what it is said to count; empty where it can."""
    lang = state.view().lang
    unit = indicators()[indicator].unit
    if unit == "share" and float(np.max(series.values)) > 1:
        return say("own_not_share", value=f"{float(np.max(series.values)):g}")
    if family(series.unit) not in ("plain", family(unit)):
        return say("own_other_unit", unit=series.unit, indicator=cache.indicator_title(indicator, lang), theirs=unit)
    return ""


def counted(series: Series) -> Counted | None:
    """Ask what a series counts; None where it is yearly data of nothing that levers move."""
    if series.season != 1 or not str(series.periods.freqstr).startswith("Y"):
        note(say("own_yearly_only"))
        return None
    lang = state.view().lang
    a, b = st.columns(2)
    names, places = movable(), tuple(regions())
    guess, place = guessed(series), placed(series)
    what = a.selectbox(
        say("own_counts"), names, index=names.index(guess) if guess in names else None, key=f"w_own_what_{series.key}",
        format_func=lambda key: cache.indicator_title(key, lang), placeholder=say("own_choose"),
    )  # fmt: skip
    where = b.selectbox(
        say("own_where"), places, index=places.index(place if place in places else NATION),
        key=f"w_own_where_{series.key}", format_func=lambda key: cache.region_title(key, lang),
    )  # fmt: skip
    if what is None:
        return None
    reason = misfit(series, what)
    if reason:
        warning(reason)
        return None
    return Counted(str(where), str(what))


def compared(made: Forecast, as_: Counted) -> Comparison:
    """Run what stands on the levers on a forecast of one's own; the last result is kept in the session."""
    view = replace(state.view(), series=as_.key, target=None)
    asked = (view.plan, as_)
    kept: tuple[Forecast, object, Comparison] | None = state.keep("own_result", lambda: None)
    if kept is not None and kept[0] is made and kept[1] == asked:
        return kept[2]
    result = run(scenario_of(view), outlook_of(made, as_.key))
    state.put("own_result", (made, asked, result))
    return result


def lines(result: Comparison, key: str) -> list[Line]:
    """Give the lines of a picture: the outlook, and with levers or assumptions what they make of it."""
    view = state.view()
    reference = spread(result.years, result.of(key, "reference"))
    if not (view.levers or view.assumptions) or not result.moves(key):
        return [Line("base", say("outlook_line"), reference)]
    role, name = ("A", "my_scenario") if view.levers else ("mine", "mine")
    return [
        Line("reference", say("baseline"), reference, band=False),
        Line(role, say(name), spread(result.years, result.of(key, "scenario"))),
    ]


def named(own: Subject, as_: Counted) -> Subject:
    """Give a series of one's own under the key by which the engine knows it; name and unit stay its own."""
    return replace(own, key=as_.key, indicator=as_.indicator, kind=subject(as_.key).kind)


def cards(as_: Counted) -> None:
    """Draw the cards of the levers that act on what the series counts; they are the same as on the page Levers."""
    view, lang = state.view(), state.view().lang
    ours = subject(as_.key)
    national = as_.region != NATION
    near = [lever for lever in levers_for(as_.indicator) if not (national and Dial(lever).national)]
    by_id = {lever.id: lever for lever in [*near, *levers_for(as_.indicator)]}
    first = [name for name in by_id if name in view.levers] or list(by_id)[:SHOWN]
    chosen = st.multiselect(
        say("own_levers"), list(by_id), default=first, key=f"w_own_levers_{as_.key}",
        format_func=lambda name: by_id[name].title(lang),
    )  # fmt: skip
    for i in range(0, len(chosen), 2):
        for place, name in zip(st.columns(2), chosen[i : i + 2], strict=False):
            with place:
                card(by_id[name], ours)
