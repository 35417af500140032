"""Why: what the difference between baseline and scenario comes from."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import streamlit as st

from dashboard import cache, examples, state
from dashboard.causes import causes_of_spread
from dashboard.charts import chart
from dashboard.downloads import Picture, foot, offer
from dashboard.flows import flows
from dashboard.formats import Lang, between
from dashboard.goals import goal_of
from dashboard.own_sizes import evidence, grade_of
from dashboard.page import footer, guarded, header, note, say, sentence
from dashboard.plan import comparison, result_of, scenario_of, split
from dashboard.sentences import scenario
from dashboard.start import focus_year, no_outlook
from dashboard.subject import Subject
from dashboard.tables import table
from dashboard.templates import Rows
from scenarios.levers import levers
from scenarios.shapley import ASSUMPTIONS

if TYPE_CHECKING:
    from scenarios.comparison import Comparison

COLUMNS = 6
"""Steps that have room for their names under columns; more stand below one another."""


@guarded
def page() -> None:
    """Draw the page."""
    named = header("q_why")
    view = state.view()
    if not cache.has_history(named.key):
        no_outlook(named)
        return
    result = comparison(view)
    if not view.moved or not result.moves(named.key):
        key = "move_first" if not view.moved else "no_effect_here"
        slots = {} if not view.moved else {"indicator": named.inline(view.lang), "outcome": say("levers_page")}
        st.info(say(key, **slots), icon=":material/tune:")
        examples.cards()
        footer()
        return
    goal = goal_of(view, named, cache.known_until(named.key))
    year = focus_year(view.until, cache.known_until(named.key), goal)
    with st.spinner(say("splitting")):
        split(result, named.key)
    frames = {"steps": steps(result, named, year, view.lang)}
    # On a narrow screen the two stand below one another; the style hangs on this key.
    left, right = st.container(key="ipf_stack_why").columns([1.1, 1], gap="medium")
    with left:
        st.markdown(f"**{say('waterfall_title', year=year)}**")
        middle = named.figure(float(np.median(result.of(named.key)[result.years.index(year)])), view.lang)
        words = scenario(named, result_of(result, named, year, goal, view.lang), view.lang)
        many = len(frames["steps"]) > COLUMNS
        kind = "waterfall_rows" if many else "waterfall"
        options = {"unit": named.unit, **({"rows": len(frames["steps"])} if many else {"height": 360})}
        chart(kind, kind, frames, alt=words, **options)
        note(say("contributions_note", median=middle))
    parts = contributions(result, named, year, view.lang)
    sizes = {"col_lever": 150 if view.lang == "zh" else 190, "col_evidence": 66, "contributions": 92}
    widths = {say(key): st.column_config.TextColumn(width=size) for key, size in sizes.items()}
    with right:
        st.markdown(f"**{say('contributions')}**")
        table(parts, "contributions", columns=widths)
    if view.levers:
        sentence(words)
    picture = Picture(kind, frames, options, f"{named.label(view.lang)} · {year}", foot())
    offer(picture, lambda: parts, named, "why")
    guarded(lambda: flows(result, named, year, view.lang))()
    guarded(lambda: causes_of_spread(scenario_of(view), named, goal, year))()
    footer()


def _title(name: str, lang: Lang) -> str:
    return say("assumptions_block") if name == ASSUMPTIONS else levers()[name].title(lang)


def _folded(text: str, lang: Lang) -> str:
    lines = textwrap.wrap(text, 18 if lang == "en" else 6, break_long_words=lang == "zh")
    kept = lines[:3]
    if len(lines) > 3:
        kept[2] = kept[2][: (16 if lang == "en" else 5)] + "…"
    return "|".join(kept)


def steps(result: Comparison, named: Subject, year: int, lang: Lang) -> Rows:
    """Give the steps of the waterfall, from the reference baseline to my scenario; means, so that they add up exactly.

    Returns
    -------
    list of dict
        ``name order start end lo hi top sign label words`` as the template asks; `lo` and `hi` are the 80% band of the
        step alone, drawn around where it begins.
    """
    at = result.years.index(year)
    begin = float(result.of(named.key, "reference")[at].mean())
    finish = float(result.of(named.key, "scenario")[at].mean())
    rows: Rows = []

    def total(name: str, order: int, value: float) -> dict[str, object]:
        # Templates sort by `order`; names carry it as well so that two equal titles stay two columns.
        return {
            "name": f"{order}", "order": order, "start": value, "end": value, "lo": value, "hi": value, "top": value,
            "sign": "total", "label": name, "words": named.figure(value, lang),
        }  # fmt: skip

    rows.append(total(_folded(say("baseline"), lang), 0, begin))
    level = begin
    for order, (name, mean, low, high) in enumerate(split(result, named.key).table(year), start=1):
        rows.append(
            {
                "name": f"{order}", "order": order, "start": level, "end": level + mean, "lo": level + low,
                "hi": level + high, "top": max(level + high, level + mean, level),
                "sign": "up" if mean >= 0 else "down",
                "label": _folded(_title(name, lang), lang), "words": named.signed(mean, lang),
            }
        )  # fmt: skip
        level += mean
    rows.append(total(_folded(say("my_scenario"), lang), len(rows), finish))
    for row in rows:
        row["name"] = row["label"] + "\u200b" * int(row["order"])
        row["label"] = row["name"]
    return rows


def contributions(result: Comparison, named: Subject, year: int, lang: Lang) -> pd.DataFrame:
    """Give the table of contributions, with the grade of each lever."""
    rows = []
    for name, mean, low, high in split(result, named.key).table(year):
        grade = "" if name == ASSUMPTIONS else grade_of(levers()[name], named.indicator, state.view().effects)
        rows.append(
            {
                say("col_lever"): _title(name, lang),
                say("col_evidence"): evidence(grade, lang) if grade else "–",
                say("contributions"): named.signed(mean, lang),
                say("eight_in_ten"): between(named.signed(low, lang), named.signed(high, lang), lang),
            }
        )
    at = result.years.index(year)
    whole = float((result.of(named.key, "scenario")[at] - result.of(named.key, "reference")[at]).mean())
    rows.append(
        {say("col_lever"): say("sum_row"), say("col_evidence"): "", say("contributions"): named.signed(whole, lang)}
    )
    return pd.DataFrame(rows).fillna("")
