"""What every page shares: the question as heading, the context bar, the guard against errors, the footer."""

from __future__ import annotations

import functools
import logging
import re
import secrets
from collections.abc import Callable
from dataclasses import replace
from html import escape
from importlib import metadata

import streamlit as st

from dashboard import cache, state
from dashboard.charts import theme
from dashboard.dates import day
from dashboard.formats import LANGUAGES, Lang, number
from dashboard.styles import css
from dashboard.subject import Subject, subject
from dashboard.view import HORIZONS
from dashboard.words import word
from forecast.errors import InputError

LOG = logging.getLogger("ip_foresight.app")
NAMES = {"en": "English", "zh": "中文"}


def lang() -> Lang:
    """Give the language of the session."""
    return state.view().lang


def say(key: str, **slots: object) -> str:
    """Give an entry of the catalogue in the session's language."""
    return word(key, lang(), **slots)


def guarded(body: Callable[[], None]) -> Callable[[], None]:
    """Let a page or part of one fail in words: what happened, what to do, and a code that stands in the log as well."""

    @functools.wraps(body)
    def run() -> None:
        try:
            body()
        except InputError as error:
            failed(error, "error_failed", before=f"{error.what} {error.remedy}  \n")
        except Exception as error:
            failed(error, "error_failed")

    return run


def failed(error: Exception, key: str, *, before: str = "", **slots: object) -> None:
    """Say in words that something failed; the code stands in the log, with the whole error."""
    st.error(before + say(key, id=_logged(error), **slots), icon=":material/error:")


def _logged(error: Exception) -> str:
    code = secrets.token_hex(3)
    LOG.error("error %s", code, exc_info=error)
    return code


def styled() -> None:
    """Add the few styles that Streamlit's settings cannot say."""
    st.html(f"<style>{css(state.view(), theme())}</style>")


def rich(text: str) -> str:
    """Give a sentence as HTML: everything from outside escaped, **marks** as bold."""
    return re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", escape(text, quote=False))


def sentence(text: str) -> None:
    """Write the sentence under a chart; it keeps its height, so the page does not jump."""
    st.markdown(f'<div class="ipf-sentence" role="status">{rich(text)}</div>', unsafe_allow_html=True)


def note(text: str) -> None:
    """Write a side remark in soft colour."""
    st.markdown(f'<div class="ipf-note">{rich(text)}</div>', unsafe_allow_html=True)


def warning(text: str) -> None:
    """Write a warning in amber, with its sign; the result stands."""
    st.markdown(f'<div class="ipf-warn">⚠ {rich(text)}</div>', unsafe_allow_html=True)


def header(question: str) -> Subject:
    """Draw the question and the context bar.

    Parameters
    ----------
    question : str
        Key of the page's question.

    Returns
    -------
    Subject
        The shown series.
    """
    view = state.view()
    if view.present:
        st.markdown(f"### {subject(view.series).label(view.lang)}")
        return subject(view.series)
    st.markdown(f"### {say(question)}")
    # The longest row is the name of the series; the buttons keep their natural width.
    left, middle, right = st.columns([5, 2.3, 1.5], vertical_alignment="bottom")
    with left:
        st.selectbox(
            say("region_indicator"),
            cache.choices(),
            key=state.bind("w_series", view.series),
            format_func=lambda key: _option(key, view.lang),
            on_change=_series_chosen,
        )
    with middle:
        st.segmented_control(
            say("until"), HORIZONS, required=True, key=state.bind("w_until", view.until), on_change=_until_chosen
        )
    with right:
        st.segmented_control(
            say("language"), LANGUAGES, required=True, key=state.bind("w_lang", view.lang), on_change=_lang_chosen,
            format_func=lambda code: NAMES[code],
        )  # fmt: skip
    for part in state.bad_link():
        # As code, so that the marks of a link are not read as strikes.
        st.warning(say("error_link", part="`" + part.replace("`", "'") + "`"), icon=":material/link_off:")
    return subject(view.series)


@functools.lru_cache(maxsize=8192)
def _label(key: str, language: Lang) -> str:
    return subject(key).label(language)


def _option(key: str, language: Lang) -> str:
    text = _label(key, language)
    return text if cache.has_history(key) else f"{text} · {word('no_figures', language)}"


def _series_chosen() -> None:
    chosen = state.chosen("w_series")
    view = state.view()
    if chosen and chosen != view.series:
        state.show(replace(view, series=chosen, target=None))


def _until_chosen() -> None:
    state.show(replace(state.view(), until=int(state.chosen("w_until"))))


def _lang_chosen() -> None:
    state.show(replace(state.view(), lang=state.chosen("w_lang")))


@functools.cache
def version() -> str:
    """Give the version of the installed package."""
    try:
        return metadata.version("ip-foresight")
    except metadata.PackageNotFoundError:
        return "0"


def data_as_of() -> str:
    """Say up to which day published figures are included."""
    return say("data_as_of", date=day(cache.vintage(), lang()))


def footer() -> None:
    """Say on what data and version the page rests."""
    n, seed = cache.futures()
    st.markdown(
        '<div class="ipf-foot">'
        + escape(say("footer", vintage=data_as_of(), version=version(), n=number(n, lang()), seed=seed))
        + f" · {escape(say('not_a_promise'))}</div>",
        unsafe_allow_html=True,
    )
    st.toggle(
        say("large_type"), key=state.bind("w_large", state.view().large),
        on_change=lambda: state.show(replace(state.view(), large=bool(state.chosen("w_large")))),
    )  # fmt: skip


def how_to_read() -> None:
    """Offer the explanation of bands, colours and dots."""
    with st.popover(say("how_to_read"), icon=":material/help:"):
        st.markdown(say("how_to_read_text"))
