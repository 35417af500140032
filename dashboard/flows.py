"""Filings, grants, stock and lapses of a right in one year, each with what the scenario changes."""

from __future__ import annotations

import itertools
import textwrap
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from dashboard import cache, state
from dashboard.charts import chart
from dashboard.formats import Lang, change
from dashboard.page import note, say
from dashboard.subject import Subject
from dashboard.templates import Rows
from dashboard.view import HORIZONS
from forecast.series import Floats

if TYPE_CHECKING:
    from scenarios.comparison import Comparison, LineName

CHAIN = {
    "invention": ("invention_applications", "invention_grants", "inventions_in_force"),
    "utility": ("utility_model_applications", "utility_model_grants", "utility_models_in_force"),
    "design": ("design_applications", "design_grants", "designs_in_force"),
    "trademark": ("trademark_applications", "trademark_registrations", "trademarks_in_force"),
}
"""Filings, grants and stock of each right."""

BALANCED = 0.05
"""Share of futures that may lapse less than nothing; above it the chain is drawn without lapses."""


def flows(result: Comparison, named: Subject, year: int, lang: Lang) -> None:
    """Draw the chain of the shown right in a year of the reader's choice; nothing where there is no chain."""
    chain = next((keys for keys in CHAIN.values() if named.indicator in keys), None)
    if chain is None or named.scope:
        return
    keys = [f"{named.region}.{indicator}" for indicator in chain]
    if not all(cache.has_history(key) for key in keys):
        return
    st.markdown(f"#### {say('flow_title')}")
    years = sorted({year, *(h for h in HORIZONS if cache.known_until(named.key) < h <= state.view().until)})
    chosen = st.segmented_control(
        say("flow_year"), years, required=True, default=year, key=f"w_flow_year_{years}", label_visibility="collapsed"
    )
    frames = {"boxes": boxes(result, keys, int(chosen or year), lang)}
    frames["arrows"] = [{"x": a["x1"], "x2": b["x0"] - 0.9} for a, b in itertools.pairwise(frames["boxes"])]
    told = "; ".join(f"{row['title'].replace('|', ' ')} {row['value']} {row['change']}" for row in frames["boxes"])
    chart("stock_flow", "stock_flow", frames, alt=f"{say('flow_title')} {chosen}: {told}")
    note(say("flow_note"))
    if len(frames["boxes"]) > len(keys):
        note(say("flow_lapses_note"))


def boxes(result: Comparison, keys: list[str], year: int, lang: Lang) -> Rows:
    """Give the boxes of the chain; lapses are the stock before, plus grants, less the stock after, in each future."""
    at = result.years.index(year)
    found: list[tuple[str, str, str]] = []
    for key in keys:
        of = cache.named(key)
        found.append(_box(of.title(lang), of, result.of(key, "mine")[at], result.of(key, "scenario")[at], lang))
    lapsed = [_lapsed(result, keys, at, line) for line in ("mine", "scenario")]
    if (lapsed[0] < 0).mean() <= BALANCED:
        found.append(_box(say("flow_lapsed"), cache.named(keys[2]), lapsed[0], lapsed[1], lang))
    width, gap = (100 - 7.0 * (len(found) - 1)) / len(found), 7.0
    return [
        {"x0": i * (width + gap), "x1": i * (width + gap) + width, "xm": i * (width + gap) + width / 2,
         "title": title, "value": value, "change": delta}
        for i, (title, value, delta) in enumerate(found)
    ]  # fmt: skip


def _lapsed(result: Comparison, keys: list[str], at: int, line: LineName) -> Floats:
    stock, grants = result.of(keys[2], line), result.of(keys[1], line)
    out: Floats = stock[at - 1] + grants[at] - stock[at]
    return out


def _box(title: str, of: Subject, mine: Floats, moved: Floats, lang: Lang) -> tuple[str, str, str]:
    ratio = float(np.median(moved / np.where(mine != 0, mine, 1.0) - 1.0))
    lines = textwrap.wrap(title, 22 if lang == "en" else 11, break_long_words=lang == "zh")[:2]
    return "|".join(lines), of.figure(float(np.median(moved)), lang), f"{change(ratio)} {say('against_baseline')}"
