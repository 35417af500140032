"""Other indicators of the region beside the one that is shown: what the same scenario does to each."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from dashboard import cache, state
from dashboard.charts import chart
from dashboard.formats import change
from dashboard.page import rich, say
from dashboard.picture import FanOptions, Line, fan, window
from dashboard.subject import Subject

if TYPE_CHECKING:
    from scenarios.comparison import Comparison

    Lines = Callable[[Comparison, Subject], list[Line]]

MOST = 3
"""Charts beside one another; more would be too small, and slow."""


def shifts(result: Comparison, key: str, year: int) -> tuple[float, float, float]:
    """Give what the scenario changes in a series against my baseline: low, middle and high of 8 in 10 futures."""
    at = result.years.index(year)
    mine, moved = result.of(key, "mine")[at], result.of(key, "scenario")[at]
    low, middle, high = np.quantile(moved / np.where(mine != 0, mine, 1.0) - 1.0, [0.1, 0.5, 0.9])
    return float(low), float(middle), float(high)


def beside(
    result: Comparison, named: Subject, year: int, lines_of: Callable[[Comparison, Subject], list[Line]]
) -> None:
    """Draw up to three other indicators of the region, when the reader opens them; first those that move most.

    Parameters
    ----------
    result : Comparison
    named : Subject
        The one shown above.
    year : int
        Year that is talked about.
    lines_of : callable
        Gives the lines of a series, as in the picture above.
    """
    fold = st.expander(say("beside_title"), key="w_fold_beside", on_change="rerun")
    if not fold.open:
        return
    lang = state.view().lang
    keys = [key for key in cache.of_region(named.region) if key != named.key]
    size = {key: abs(shifts(result, key, year)[1]) if result.moves(key) else 0.0 for key in keys}
    keys.sort(key=lambda key: -size[key])
    with fold:
        chosen = st.multiselect(
            say("beside_choose"), keys, default=keys[:2], max_selections=MOST, placeholder=say("choose"),
            key=f"w_beside_{named.key}", format_func=lambda key: cache.named(key).title(lang),
        )  # fmt: skip
        for place, key in zip(st.columns(max(len(chosen), 2)), chosen, strict=False):
            with place:
                _one(result, cache.named(key), year, lines_of)


def _one(result: Comparison, of: Subject, year: int, lines_of: Lines) -> None:
    view, title = state.view(), of.title(state.view().lang)
    known, past = cache.known_until(of.key), cache.past(of.key, view.lang)
    span = (max(window(past.first, known, view.until)[0], known - 7), max(view.until, known + 1))
    options = FanOptions(span[0], 220, words=False)
    frames = fan(of, lines_of(result, of), past, view.lang, until=span[1], options=options)
    told = max(year, known + 1)
    low, middle, high = shifts(result, of.key, told)
    words = say("compare_line", year=told, d50=change(middle), d10=change(low), d90=change(high))
    st.markdown(f"**{title}**")
    alt = f"{title}. {words}".replace("**", "")
    chart("fan", f"beside_{of.key}", frames, alt=alt, unit=of.unit, window=span, height=220)
    st.markdown(rich(words), unsafe_allow_html=True)
