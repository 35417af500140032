"""Evidence: what figures and effects rest on."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import state
from dashboard.dial import COLOURS, Dial, acting, bars, quantity_title, size_words
from dashboard.formats import Lang, between
from dashboard.ledger import conflicts_tab, diary_tab, ledger_tab, targets_tab
from dashboard.page import footer, guarded, header, note, say
from dashboard.subject import Subject
from dashboard.tables import table
from dashboard.upload import upload_tab
from forecast.catalog import sources
from scenarios.levers import Lever, levers


@guarded
def page() -> None:
    """Draw the page."""
    subject = header("q_evidence")
    names = ("effects_tab", "ledger_tab", "conflicts_tab", "targets_tab", "events_tab", "upload_tab")
    effects, ledger, conflicts, targets, diary, upload = st.tabs([say(name) for name in names], key="w_evidence")
    with effects:
        guarded(lambda: effects_tab(subject))()
    with ledger:
        ledger_tab()
    with conflicts:
        guarded(lambda: conflicts_tab(subject))()
    with targets:
        guarded(targets_tab)()
    with diary:
        guarded(diary_tab)()
    with upload:
        upload_tab()
    footer()


def effects_tab(subject: Subject) -> None:
    """Draw the table of effects with grades and verdicts, and what the grades mean."""
    lang = state.view().lang
    only = st.toggle(say("only_shown"), value=False, key="w_only_shown")
    frame = pd.DataFrame(effect_rows(subject if only else None, lang))
    if frame.empty:
        st.info(say("error_no_levers", indicator=subject.title(lang), list=", ".join(nearest_levers(lang))))
    else:
        table(
            frame, f"effects_{only}_{subject.indicator}", most=11,
            columns={
                say("col_found"): st.column_config.TextColumn(width="large"),
                say("col_link"): st.column_config.LinkColumn(display_text="↗", width="small"),
                say("col_lag"): st.column_config.TextColumn(width="small"),
            },
        )  # fmt: skip
    for grade in "ABCD":
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.badge(f"{grade} {bars(grade)} {say(f'grade_{grade.lower()}')}", color=COLOURS[grade])
            note(say(f"grade_{grade.lower()}_text"))
    note(say("size_note"))
    note(say("shrinkage_note"))


def effect_rows(subject: Subject | None, lang: Lang) -> list[dict[str, object]]:
    """Give one row an effect: what moves what, by how much, how sure, and on whose word."""
    rows: list[dict[str, object]] = []
    for lever in sorted(levers().values(), key=lambda one: (one.grade, one.title(lang))):
        chosen = acting(lever, subject.indicator) if subject is not None else lever.effects
        dial = Dial(lever)
        low, high = (dial.measured(v, lang) for v in lever.studied)
        for effect in chosen:
            size, span = size_words(effect, lang)
            outcome = ("、" if lang == "zh" else ", ").join(quantity_title(q, lang) for q in effect.quantities)
            first = next((sources()[s] for s in effect.sources if s in sources()), None)
            where = ", ".join(dict.fromkeys(s.country for s in effect.studies if s.country))
            lag = str(effect.lag[0]) if effect.lag[0] == effect.lag[1] else f"{effect.lag[0]}–{effect.lag[1]}"
            rows.append(
                {
                    word_: value
                    for word_, value in (
                        (say("col_lever"), lever.title(lang)),
                        (say("col_outcome"), outcome),
                        (say("col_evidence"), f"{effect.size.grade} {bars(effect.size.grade)}"),
                        (say("effect_size"), size or say("direction_only")),
                        (say("eight_in_ten"), span),
                        (say("col_found"), effect.why.of(lang)),
                        (say("col_lag"), lag),
                        (say("col_range"), between(low, high, lang)),
                        (say("col_where"), where),
                        (
                            say("verdict"),
                            "; ".join(dict.fromkeys(s.verdict for s in effect.studies if s.verdict)) or "–",
                        ),
                        (say("col_source"), "; ".join(sources()[s].title for s in effect.sources if s in sources())),
                        (say("col_link"), first.url.split(" ")[0] if first and first.url.startswith("http") else None),
                    )
                }
            )
    return rows


def nearest_levers(lang: Lang, n: int = 3) -> list[str]:
    """Give a few levers by name, best evidenced first."""
    found: list[Lever] = sorted(levers().values(), key=lambda lever: lever.grade)
    return [lever.title(lang) for lever in found[:n]]
