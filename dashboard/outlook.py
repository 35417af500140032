"""Outlook: where an indicator is heading if policy stays as it is, and how sure that is."""

from __future__ import annotations

import math

import pandas as pd
import streamlit as st

from dashboard import cache, state
from dashboard.charts import chart
from dashboard.downloads import Picture, foot, numbers, offer
from dashboard.figures_table import figures_table
from dashboard.formats import between, change
from dashboard.goals import goal_of
from dashboard.limits import of_series
from dashboard.page import footer, guarded, header, how_to_read, note, say, sentence, warning
from dashboard.picture import FanOptions, Line, fan, single_futures, window
from dashboard.provenance import place_on_axis
from dashboard.sentences import outlook
from dashboard.spread import Spread, spread
from dashboard.start import chance_of, focus_year, no_outlook
from dashboard.subject import Subject
from dashboard.tables import table
from dashboard.words import catalogue, word
from forecast.errors import ModelRefusalError
from forecast.observations import Observation
from forecast.series import Floats

FUTURES = 12
BASELINE = "auto"
"""Name of the method whose coherent outlook is the baseline everywhere."""


@guarded
def page() -> None:
    """Draw the page."""
    named = header("q_outlook")
    if not cache.has_history(named.key):
        no_outlook(named)
        return
    _body()
    guarded(lambda: _methods(named))()
    footer()


@st.fragment
def _body() -> None:
    guarded(_draw)()
    state.write_link(cache.vintage())


def _draw() -> None:
    named = cache.named(state.view().series)
    left, right = st.columns([3, 1.05], gap="medium")
    with right:
        method, log, singles, every = _controls(named)
    place = left.container()
    st.markdown(f"#### {say('figures_behind')}")
    picked = figures_table(named, select=True)
    with place:
        _picture(named, method, picked, log=log, singles=singles, every=every)


def _controls(named: Subject) -> tuple[str, bool, bool, bool]:
    scores = cache.tested_so_far(named.key)
    worse = set() if scores is None else set(scores[scores["relative"] > 1.0]["model"])
    methods = cache.methods()

    def title(name: str) -> str:
        shown = method_title(name)
        return f"{shown} · {say('worse_than_drift')}" if name in worse and name != "drift" else shown

    method = st.selectbox(say("method"), methods, key="w_method", format_func=title)
    log = st.toggle(say("log_scale"), key="w_log")
    every = st.toggle(say("all_years"), key="w_all_years")
    singles = st.toggle(say("single_futures"), key="w_singles")
    if singles:
        st.button(say("another_twelve"), key="w_another", on_click=_another, icon=":material/casino:", type="tertiary")
    st.markdown(f"**{say('bands_in_words')}**")
    known = cache.known_until(named.key)
    year = focus_year(state.view().until, known, None)
    bands_in_words(named, cache.baseline(named.key), year)
    return str(method), bool(log), bool(singles), bool(every)


def method_title(name: str) -> str:
    """Give the name of a method as planners know it."""
    if f"method_{name}" in catalogue():
        return say(f"method_{name}")
    member, _, scale = name.partition(", ")
    key = f"member_{member.replace(' ', '_')}"
    shown = say(key) if key in catalogue() else member
    return say(f"member_{scale}", name=shown) if scale in ("log", "root") else shown


def _another() -> None:
    state.put("shuffle", state.keep("shuffle", lambda: 0) + 1)


def bands_in_words(named: Subject, bands: Spread, year: int) -> None:
    """Say what each band means in the shown year."""
    lang = state.view().lang
    p = bands.at(year)

    def span(lo: float, hi: float) -> str:
        return between(named.figure(lo, lang), named.figure(hi, lang), lang)

    words = word(
        "bands_words", lang, half=span(p.lo50, p.hi50), eight=span(p.lo80, p.hi80), nineteen=span(p.lo95, p.hi95)
    )
    note(f"{year}年：{words}" if lang == "zh" else f"{year}: {words}")


def _paths(named: Subject, method: str) -> tuple[tuple[int, ...], Floats]:
    import numpy as np

    if method == BASELINE:
        return cache.paths(named.key)
    made = cache.forecast_by(named.key, method)
    last = cache.history(named.key)
    years = (last.periods[-1].year, *(p.year for p in made.periods))
    return years, np.vstack([np.full(made.paths.shape[0], last.values[-1]), made.paths.T])


def _picture(named: Subject, method: str, picked: Observation | None, *, log: bool, singles: bool, every: bool) -> None:
    view = state.view()
    try:
        years, paths = _paths(named, method)
    except ModelRefusalError as error:
        st.warning(say("error_model", method=method_title(method), what=str(error)), icon=":material/block:")
        method, (years, paths) = BASELINE, cache.paths(named.key)
    bands = cache.baseline(named.key) if method == BASELINE else spread(years, paths)
    known, past = cache.known_until(named.key), cache.past(named.key, view.lang)
    goal = goal_of(view, named, known)
    year = focus_year(view.until, known, goal)
    name = say("outlook_line") if method == BASELINE else method_title(method)
    lines = [Line("base", name, bands)]
    if method != BASELINE:
        lines.insert(0, Line("reference", say("outlook_line"), cache.baseline(named.key), band=False))
    span = window(past.first, known, view.until, all_years=every)
    rows = []
    if singles:
        turn, n = state.keep("shuffle", lambda: 0), paths.shape[1]
        rows = single_futures("base", years, paths, [(i * 83 + 7 + turn * 131) % n for i in range(FUTURES)])
    ring = place_on_axis(picked, named.key, cache.history(named.key)) if picked is not None else None
    options = FanOptions(
        span[0], 430, goal, tuple(x for x in lines if x.role == "reference"), rows,
        [] if ring is None else [{"x": ring[0], "y": ring[1]}], log,
    )  # fmt: skip
    frames = fan(named, lines, past, view.lang, until=span[1], options=options)
    point = bands.at(year)
    p = chance_of(named, goal) if goal is not None and method == BASELINE else None
    words = outlook(named, year, point, view.lang, goal=goal if p is not None else None, p=p)
    shape = {"unit": named.unit, "window": span, "height": 430, "log": log}
    chart("fan", f"outlook_{log}", frames, alt=words, **shape)
    sentence(words)
    if log:
        note(say("warn_log_cut"))
    for text in of_series(named, view.lang):
        warning(text)
    with st.container(horizontal=True, gap="small"):
        how_to_read()
        picture = Picture("fan", frames, shape, named.label(view.lang), foot())
        offer(picture, lambda: numbers(named, lines, past.hist, view.until), named, f"outlook-{method}")


def _methods(named: Subject) -> None:
    """Draw all methods beside each other, with their test on this series, and why auto chose as it did."""
    st.markdown(f"#### {say('how_well')}")
    with st.spinner(say("testing"), show_time=False):
        scores = cache.tested(named.key)
        year = focus_year(state.view().until, cache.known_until(named.key), None)
        rows = [_method_row(named, name, scores, year) for name in cache.methods()]
    rows.sort(key=lambda row: row[0])
    heads = ("method", "error", "held80", "tests")
    names = [say(head) for head in heads] + [f"{say('view_level')} {year}", say("eight_in_ten"), say("col_note")]
    frame = pd.DataFrame([row for _, row in rows], columns=names)
    table(
        frame, f"methods_{named.key}",
        columns={
            say("error"): st.column_config.TextColumn(alignment="right", width="small", help=say("error_help")),
            say("held80"): st.column_config.TextColumn(alignment="right", width="small", help=say("held_help")),
            say("tests"): st.column_config.NumberColumn(width="small"),
            say("col_note"): st.column_config.TextColumn(width="large"),
        },
    )  # fmt: skip
    note(say("error_help"))
    st.markdown(f"**{say('why_auto')}**")
    note(why_auto(named.key, scores))


def _method_row(
    named: Subject, name: str, scores: pd.DataFrame, year: int
) -> tuple[tuple[bool, float], tuple[object, ...]]:
    lang = state.view().lang
    own = scores[scores["model"] == name]
    tested = bool(len(own)) and int(own["forecasts"].iloc[0]) > 0
    error = float(own["relative"].iloc[0]) if tested else math.nan
    held = 100 * float(own["coverage_80"].iloc[0]) if tested else math.nan
    count = int(own["forecasts"].iloc[0]) if tested else 0
    middle, span, remark = "–", "–", ""
    try:
        years, paths = _paths(named, name)
        p = spread(years, paths).at(year)
        middle, span = named.figure(p.y, lang), between(named.figure(p.lo80, lang), named.figure(p.hi80, lang), lang)
    except ModelRefusalError:
        remark = say("needs_drivers") if name == "regression" else say("refused")
    if not remark and tested and error > 1 and name not in ("drift", BASELINE):
        remark = say("worse_than_drift")
    shown = method_title(name)
    order = (name != BASELINE, math.inf if math.isnan(error) else error)
    scored = (f"{error:.2f}", f"{held:.0f}%") if tested else ("–", "–")
    return order, (shown, *scored, count, middle, span, remark)


def why_auto(key: str, scores: pd.DataFrame) -> str:
    """Say why the default method is the one it is, with its test on this series and the members that lead it."""
    lang = state.view().lang
    usable = scores[(scores["forecasts"] > 0) & scores["relative"].notna()]
    own = usable[usable["model"] == BASELINE]
    others = usable[~usable["model"].isin([BASELINE, "drift"])].sort_values("relative")
    parts = []
    if own.empty or others.empty:
        parts.append(word("auto_why_thin", lang))
    else:
        slots = {
            "auto": f"{float(own['relative'].iloc[0]):.2f}", "n": int(own["forecasts"].iloc[0]),
            "best": method_title(str(others["model"].iloc[0])), "error": f"{float(others['relative'].iloc[0]):.2f}",
        }  # fmt: skip
        parts.append(word("auto_why", lang, **slots))
    told = cache.explained(key)
    if told is not None:
        s = told.summary
        slots = {"leading": method_title(s.leading), "low": method_title(s.lowest), "high": method_title(s.highest)}
        growth = {"g0": change(s.growth_past), "g1": change(s.growth_ahead)}
        if s.lowest != s.highest:
            parts.append(word("auto_members", lang, **slots, **growth))
    return ("" if lang == "zh" else " ").join(parts)
