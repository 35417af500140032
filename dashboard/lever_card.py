"""A lever as a card: named levels, exact value, start and pace, its past, its evidence, its warnings."""

from __future__ import annotations

from dataclasses import replace
from html import escape

import streamlit as st

from dashboard import state
from dashboard.charts import theme
from dashboard.dial import COLOURS, Dial, bars, grade_on
from dashboard.effect_card import ask
from dashboard.own_sizes import owned
from dashboard.page import note, say, warning
from dashboard.subject import Subject
from dashboard.view import Setting
from dashboard.why_card import lever_sparkline, why_text
from scenarios.levers import Lever, assumptions, levers

FIRST_START, LAST_START = 2026, 2036
PACES = (0, 1, 2, 3, 5, 10)


def card(lever: Lever, subject: Subject) -> None:
    """Draw the card of one lever.

    Parameters
    ----------
    lever : Lever
    subject : Subject
        The shown series; it says which effects and which grade count.
    """
    view = state.view()
    dial, setting = Dial(lever), view.levers.get(lever.id)
    with st.container(border=True, gap="xsmall"):
        _title(lever, dial, moved=setting is not None)
        _position(lever, dial, 0.0 if setting is None else setting.value, prefix="l")
        if setting is not None:
            _timing(lever, setting)
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            if owned(lever, subject.indicator, view.effects):
                st.badge(say("own_size_mark"), color="violet")
            else:
                grade = grade_on(lever, subject.indicator)
                st.badge(f"{grade} {bars(grade)} {say('grade_' + grade.lower())}", color=COLOURS[grade])
            _why(lever, subject)
        if setting is not None:
            for text in warnings(lever, dial, setting):
                warning(text)


def assumption_card(lever: Lever, subject: Subject) -> None:
    """Draw the card of an outside assumption: no start, no pace, other ground."""
    view = state.view()
    value = view.assumptions.get(lever.id, 0.0)
    dial = Dial(lever)
    with st.container(border=True, gap="xsmall", key=f"assume_{lever.id}"):
        _title(lever, dial, moved=value != 0)
        _position(lever, dial, value, prefix="a")
        for text in lever.record.notes[:1]:
            note(text.of(view.lang))
        if owned(lever, subject.indicator, view.effects):
            st.badge(say("own_size_mark"), color="violet")
        _why(lever, subject)


def _why(lever: Lever, subject: Subject) -> None:
    """Offer what the lever rests on, and the form for a size of one's own."""
    view = state.view()
    with st.popover(say("why"), type="tertiary", key=f"why_{lever.id}"):
        owns = tuple((effect.id, view.effects[effect.id]) for effect in lever.effects if effect.id in view.effects)
        ask(lever, subject.indicator, key="card")
        st.markdown(why_text(lever.id, subject.indicator, view.lang, owns, theme()), unsafe_allow_html=True)


def warnings(lever: Lever, dial: Dial, setting: Setting) -> list[str]:
    """Say what a reader must know about this setting; the result stands."""
    found = []
    span = dial.outside(setting.value, state.view().lang)
    if span is not None:
        found.append(say("warn_outside", lo=span[0], hi=span[1]))
    if setting.value < 0 < lever.studied[1] and any(e.cut is not None or e.cut_share for e in lever.effects):
        found.append(say("warn_cut"))
    if dial.national and state.view().series.split(".")[0] != "CN":
        found.append(say("warn_national"))
    if lever.record.thought_experiment is not None:
        found.append(lever.record.thought_experiment.of(state.view().lang))
    return found


def _title(lever: Lever, dial: Dial, *, moved: bool) -> None:
    lang = state.view().lang
    mark = ' class="ipf-title ipf-moved"' if moved else ' class="ipf-title"'
    hidden = f'<span class="ipf-hidden"> ({escape(say("moved"))})</span>' if moved else ""
    st.markdown(
        f'<div class="ipf-card"><div{mark}>{escape(lever.title(lang))} <small>{escape(dial.unit(lang))}</small>'
        f"{hidden}</div>{lever_sparkline(lever, lang)}</div>",
        unsafe_allow_html=True,
    )


def _position(lever: Lever, dial: Dial, value: float, *, prefix: str) -> None:
    lang = state.view().lang
    title = lever.title(lang)
    values = dial.values
    changed = _lever_moved if prefix == "l" else _assumption_moved
    low, high = lever.bounds
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", gap="xsmall"):
        st.segmented_control(
            say("named_levels", lever=title), values, label_visibility="collapsed",
            key=state.bind(f"w_{prefix}_{lever.id}", value if value in values else None),
            format_func=lambda v: dial.name(v, lang), on_change=changed, args=(lever.id, f"w_{prefix}_{lever.id}", 1.0),
        )  # fmt: skip
        st.number_input(
            say("exact_value", lever=title, unit=dial.unit(lang)), min_value=low * dial.factor,
            max_value=high * dial.factor, step=None, label_visibility="collapsed", width=84, format="%.6g",
            key=state.bind(f"w_{prefix}x_{lever.id}", float(f"{value * dial.factor:.10g}")),
            on_change=changed, args=(lever.id, f"w_{prefix}x_{lever.id}", dial.factor),
        )  # fmt: skip


def _timing(lever: Lever, setting: Setting) -> None:
    lang = state.view().lang
    title = lever.title(lang)
    starts = list(range(min(FIRST_START, setting.start), max(LAST_START, setting.start) + 1))
    paces = sorted({*PACES, setting.over})
    left, right = st.columns(2)
    with left:
        st.selectbox(
            say("start_year", lever=title), starts, key=state.bind(f"w_y_{lever.id}", setting.start),
            format_func=lambda y: say("from_year", year=y), label_visibility="collapsed", on_change=_timing_changed,
            args=(lever.id,),
        )  # fmt: skip
    with right:
        st.selectbox(
            say("phase_in", lever=title), paces, key=state.bind(f"w_r_{lever.id}", setting.over),
            format_func=lambda n: say("at_once" if n == 0 else "over_year" if n == 1 else "over_years", n=n),
            label_visibility="collapsed", on_change=_timing_changed, args=(lever.id,),
        )  # fmt: skip


def _lever_moved(name: str, key: str, factor: float) -> None:
    chosen = state.chosen(key)
    view, lever = state.view(), levers()[name]
    # Pressing the pressed level again gives None: it stays as it is.
    if chosen is None or state.stale(key):
        return
    value = float(f"{float(chosen) / factor:.10g}")
    old = view.levers.get(name)
    start, over = (old.start, old.over) if old else (lever.record.start, lever.record.ramp)
    new = None if value == 0 else Setting(value, start, over)
    if new != old:
        state.show(view.with_lever(name, new), notice=state.Change(name, old, new, view))


def _timing_changed(name: str) -> None:
    view = state.view()
    old = view.levers.get(name)
    if old is None:
        return
    new = replace(old, start=int(state.chosen(f"w_y_{name}")), over=int(state.chosen(f"w_r_{name}")))
    if new != old:
        state.show(view.with_lever(name, new), notice=state.Change(name, old, new, view))


def _assumption_moved(name: str, key: str, factor: float) -> None:
    chosen = state.chosen(key)
    if chosen is None or state.stale(key):
        return
    value = float(f"{float(chosen) / factor:.10g}")
    view = state.view()
    old = view.assumptions.get(name, 0.0)
    if value == old:
        return
    as_setting = [None if v == 0 else Setting(v, assumptions()[name].record.start, 0) for v in (old, value)]
    new = view.with_assumption(name, None if value == 0 else value)
    state.show(new, notice=state.Change(name, as_setting[0], as_setting[1], view))
