"""Start: where we are, where it is heading, and whether a target is on course."""

from __future__ import annotations

import math

import streamlit as st

from dashboard import cache, examples, state
from dashboard.charts import chart
from dashboard.downloads import Picture, foot, numbers, offer
from dashboard.formats import Lang, between, chance_short, change, gap
from dashboard.goals import full, goal_of, official_words, value_input
from dashboard.page import footer, guarded, header, how_to_read, note, say, sentence
from dashboard.picture import FanOptions, Line, fan, window
from dashboard.sentences import Goal, outlook, slowing, standing
from dashboard.spread import Point, chances, yearly
from dashboard.subject import Subject
from dashboard.words import word


@guarded
def page() -> None:
    """Draw the page."""
    subject = header("q_start")
    view = state.view()
    if not cache.has_history(subject.key):
        no_outlook(subject)
        return
    known = cache.known_until(subject.key)
    goal = goal_of(view, subject, known)
    year = focus_year(view.until, known, goal)
    point = cache.baseline(subject.key).at(year)
    p = chance_of(subject, goal) if goal is not None else math.nan
    cards(subject, year, point, goal, p)
    target_editor(subject, goal, point, year)
    lines = [Line("base", say("baseline"), cache.baseline(subject.key))]
    past = cache.past(subject.key, view.lang)
    span = window(past.first, known, view.until)
    frames = fan(subject, lines, past, view.lang, until=span[1], options=FanOptions(span[0], 380, goal))
    parts = [outlook(subject, year, point, view.lang, goal=goal, p=None if goal is None else p)]
    before, after = growth_before(subject), yearly(last_value(subject), point.y, year - known)
    parts.append(slowing(before, after, view.lang))
    if goal is not None:
        parts.append(standing(subject, goal, p, point.y, view.lang))
    words = ("" if view.lang == "zh" else " ").join(part for part in parts if part)
    options = {"unit": subject.unit, "window": span, "height": 380}
    chart("fan", "start_fan", frames, alt=words, **options)
    sentence(words)
    for text in [estimated_words(subject, view.lang), *official_words(subject, view.lang)]:
        if text:
            note(text)
    with st.container(horizontal=True, gap="small"):
        how_to_read()
        picture = Picture("fan", frames, options, subject.label(view.lang), foot())
        offer(picture, lambda: numbers(subject, lines, past.hist, view.until), subject, "outlook")
    examples.cards()
    footer()


def focus_year(until: int, known_until: int, goal: Goal | None) -> int:
    """Give the year that is talked about: the target's, else 2030, else the last that is drawn."""
    if goal is not None and known_until < goal.year <= cache.LAST_YEAR:
        return goal.year
    return 2030 if known_until < 2030 <= until else until


def latest_published(subject: Subject) -> tuple[tuple[int, float], bool]:
    """Give year and value of the newest full-year figure as printed, the surest first; else the last estimate.

    Returns
    -------
    (year, value), printed
        `printed` is False where no full-year level was ever printed and the value is estimated.
    """
    order = ("high", "medium", "low")
    levels = [
        f for f in cache.figures().get(subject.key, ()) if f.kind == "level" and f.period_kind == "year" and f.fit
    ]
    history = cache.history(subject.key)
    if not levels:
        return (history.periods[-1].year, float(history.values[-1])), False
    best = min(levels, key=lambda f: (-f.year, order.index(f.grade), f.half_width))
    return (best.year, best.value), True


def estimated_words(subject: Subject, lang: Lang) -> str:
    """Say that the history goes on beyond the newest full-year figure, by an estimate; empty where it does not."""
    (year, _), printed = latest_published(subject)
    series = cache.history(subject.key)
    last = series.periods[-1].year
    if not printed or last <= year or series.log_sd[-1] == 0:
        return ""
    value, wide = float(series.values[-1]), 1.2816 * float(series.log_sd[-1])
    lo, hi = (subject.figure(value * math.exp(sign * wide), lang) for sign in (-1, 1))
    return word("estimated", lang, year=last, value=subject.figure(value, lang), span=between(lo, hi, lang))


def last_value(subject: Subject) -> float:
    """Give the last value of the history."""
    return float(cache.history(subject.key).values[-1])


def growth_before(subject: Subject, span: int = 5) -> float:
    """Give the growth a year over the last `span` years of the history."""
    values = cache.history(subject.key).values
    n = min(span, len(values) - 1)
    return yearly(float(values[-1 - n]), float(values[-1]), n)


def chance_of(subject: Subject, goal: Goal) -> float:
    """Give the share of baseline futures that meet a goal."""
    years, paths = cache.paths(subject.key)
    if goal.year not in years:
        return math.nan
    return float(chances(paths, goal.value)[years.index(goal.year)])


def cards(subject: Subject, year: int, point: Point, goal: Goal | None, p: float) -> None:
    """Draw the four numbers."""
    lang = state.view().lang
    history = cache.history(subject.key)
    latest, known = float(history.values[-1]), history.periods[-1].year
    shown, printed = latest_published(subject)
    at = {p.year: float(v) for p, v in zip(history.periods, history.values, strict=True)}
    growth = change(shown[1] / at[shown[0] - 1] - 1) if at.get(shown[0] - 1, 0) > 0 else None
    a, b, c, d = st.columns(4)
    with a:
        _card(
            say("latest" if printed else "latest_estimate", year=shown[0]),
            subject.printed(shown[1], lang) if printed else subject.figure(shown[1], lang),
            growth, say("on_year_before"),
        )  # fmt: skip
    span = between(subject.figure(point.lo80, lang), subject.figure(point.hi80, lang), lang)
    with b:
        _card(say("card_outlook", year=year), subject.figure(point.y, lang), span, say("eight_in_ten"))
    if goal is not None:
        away = gap(point.y, goal.value, subject.unit, lang, subject.measure)
        text = say("gap", gap=away) if point.y < goal.value else say("ahead", gap=away)
        with c:
            _card(say("card_target", year=goal.year), subject.figure(goal.value, lang), text)
        with d:
            _card(say("card_chance"), chance_short(p, lang), _twenty(round(p * 20) if math.isfinite(p) else 0, lang))
    else:
        before = growth_before(subject)
        years, paths = cache.paths(subject.key)
        faster = float((paths[years.index(year)] > latest * (1 + before) ** (year - known)).mean())
        to_come = change(yearly(latest, point.y, year - known))
        with c:
            _card(say("card_no_target", year=year), to_come, say("before_growth", g=change(before)))
        with d:
            _card(say("card_faster"), chance_short(faster, lang), _twenty(round(faster * 20), lang))


def _card(label: str, value: str, delta: str | None, description: str | None = None) -> None:
    # A rise is not good by itself, so nothing is green or red.
    st.metric(
        label, value, delta, delta_description=description, delta_color="off", delta_arrow="off", border=True,
        height="stretch",
    )  # fmt: skip


def _twenty(n: int, lang: Lang) -> str:
    n = min(max(n, 1), 19)
    return f"约20次中{n}次" if lang == "zh" else f"about {n} in 20 futures"


def target_editor(subject: Subject, goal: Goal | None, point: Point, year: int) -> None:
    """Offer to set, change or remove the user's own target."""
    own = state.view().target is not None
    with st.popover(say("edit_target" if goal is not None else "set_target"), type="tertiary", icon=":material/flag:"):
        start = goal.value if goal is not None else float(f"{point.y:.2g}")
        value_input(subject, start, f"w_goal_{subject.key}")
        st.number_input(
            say("target_year"), min_value=cache.known_until(subject.key) + 1, max_value=cache.LAST_YEAR, value=year,
            step=1, key=f"w_goal_year_{subject.key}",
        )  # fmt: skip
        st.button(say("use_target"), on_click=_use_target, args=(subject, start), key="w_use_goal", type="primary")
        if own:
            st.button(say("drop_target"), on_click=state.set_target, args=(None,), key="w_drop_goal")


def _use_target(subject: Subject, start: float) -> None:
    # What was typed is read here, not when the button was drawn: typing and pressing may reach the server together.
    factor, _ = subject.scale(start, state.view().lang)
    typed, year = state.chosen(f"w_goal_{subject.key}_{factor:g}"), state.chosen(f"w_goal_year_{subject.key}")
    if typed and year:
        state.set_target(Goal(full(typed, factor), int(year)))


def no_outlook(subject: Subject) -> None:
    """Say that a series has figures and no outlook, and show the figures."""
    from dashboard.figures_table import figures_table

    lang = state.view().lang
    where = {"indicator": subject.title(lang), "region": subject.region_title(lang)}
    st.info(say("error_no_outlook", reason=say("reason_too_few"), **where), icon=":material/info:")
    figures_table(subject)
    footer()
