"""An effect in full, and the form in which a planner sets its size with a reason of their own."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from dashboard import state
from dashboard.charts import theme
from dashboard.dial import acting, quantity_title, size_words
from dashboard.effect_picture import picture
from dashboard.formats import Lang
from dashboard.own_sizes import LONGEST, effects_by_id, elastic, fitted, typed, worn
from dashboard.page import guarded, note, say
from dashboard.told import told_error
from dashboard.view import Own
from forecast.errors import InputError
from scenarios.levers import Effect, Lever


def choosable(lever: Lever, indicator: str) -> list[Effect]:
    """Give the effects of a lever whose size can be set: those on the indicator first; identities are none."""
    near = acting(lever, indicator)
    found = [*near, *(effect for effect in lever.effects if effect not in near)]
    return [effect for effect in found if effect.size.sd > 0 or effect.size.data is not None]


def ask(lever: Lever, indicator: str, *, key: str, effect: Effect | None = None) -> None:
    """Draw the button that opens the form; nothing where no effect of the lever has a size to set."""
    found = choosable(lever, indicator)
    if effect is not None:
        found = [one for one in found if one.id == effect.id]
    if found and st.button(
        say("own_size_ask"), key=f"w_size_{key}_{lever.id}", icon=":material/edit:", type="tertiary"
    ):
        opened(lever, found)


def opened(lever: Lever, found: list[Effect]) -> None:
    """Open the form over the page."""

    def body() -> None:
        guarded(lambda: form(lever, found))()

    st.dialog(say("own_size_title"), width="medium")(body)()


def form(lever: Lever, found: list[Effect]) -> None:
    """Draw what an effect rests on, and the fields for an own size.

    Parameters
    ----------
    lever : Lever
        A lever or an assumption.
    found : list of Effect
        Its effects to choose from, at least one.
    """
    view, lang = state.view(), state.view().lang
    st.markdown(f"**{lever.title(lang)}**")
    effect = found[0]
    if len(found) > 1:
        ids = [one.id for one in found]
        chosen = st.selectbox(
            say("acts_on"), ids, key=f"w_size_of_{lever.id}",
            format_func=lambda one: outcome_title(effects_by_id()[one], lang),
        )  # fmt: skip
        effect = effects_by_id()[str(chosen)]
    else:
        note(f"{say('acts_on')}{'：' if lang == 'zh' else ': '}{outcome_title(effect, lang)}")
    st.markdown(picture(effect, view.effects, lang, theme()), unsafe_allow_html=True)
    note(say("own_size_note"))
    own = view.effects.get(effect.id)
    size, half = typed(worn(effect, view.effects))
    unit = say("own_size_elasticity") if elastic(effect) else "%"
    step, shape = (0.05, "%.4g") if elastic(effect) else (0.5, "%.6g")
    with st.form(f"size_{effect.id}", border=False, enter_to_submit=False):
        a, b = st.columns(2)
        new = a.number_input(say("own_size_size", unit=unit), value=size, step=step, format=shape,
                             key=f"w_size_v_{effect.id}_{size:g}")  # fmt: skip
        width = b.number_input(say("own_size_half", unit=unit), value=half, min_value=0.0, step=step, format=shape,
                               key=f"w_size_h_{effect.id}_{half:g}")  # fmt: skip
        why = st.text_area(
            say("own_size_why"), value="" if own is None else own.why, max_chars=LONGEST, height=80,
            placeholder=say("own_size_why_example"), key=f"w_size_y_{effect.id}",
        )  # fmt: skip
        with st.container(horizontal=True):
            done = st.form_submit_button(say("own_size_apply"), type="primary")
            back = st.form_submit_button(say("own_size_back"), disabled=own is None, icon=":material/restart_alt:")
    if back:
        _put(effect, None, lever)
    if done:
        try:
            made = fitted(effect, float(new), float(width), str(why or ""), lang)
        except InputError as error:
            st.error(told_error(error, lang), icon=":material/error:")
            return
        _put(effect, made, lever)


def _put(effect: Effect, own: Own | None, lever: Lever) -> None:
    view, lang = state.view(), state.view().lang
    new = view.with_effect(effect.id, own)
    slots: tuple[tuple[str, object], ...] = (("lever", lever.title(lang)),)
    if own is not None:
        slots = (*slots, ("size", written(effect, new.effects, lang)))
    state.show(new, notice=state.Notice("changed_size" if own is not None else "changed_size_back", slots))
    st.rerun()


def written(effect: Effect, owns: Mapping[str, Own], lang: Lang) -> str:
    """Write a size that is used, with its 8-in-10 range."""
    size, span = size_words(worn(effect, owns), lang)
    return f"{size} ({say('eight_in_ten')}: {span})" if lang == "en" else f"{size}（{say('eight_in_ten')}：{span}）"


def outcome_title(effect: Effect, lang: Lang) -> str:
    """Give the names of what an effect acts on."""
    return ("、" if lang == "zh" else ", ").join(quantity_title(q, lang) for q in effect.quantities)
