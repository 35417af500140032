"""Targets: the official ones of plans, and the user's own."""

from __future__ import annotations

import math
from dataclasses import dataclass

import streamlit as st

from dashboard import cache, state
from dashboard.chinese import data_text, publisher_of
from dashboard.dates import period
from dashboard.formats import Lang
from dashboard.page import say
from dashboard.provenance import source_of
from dashboard.sentences import Goal
from dashboard.subject import Subject
from dashboard.view import View
from dashboard.words import word
from forecast.catalog import Target, targets


@dataclass(frozen=True)
class Official:
    """A target of a plan, and the published figure that met it, if one did."""

    target: Target
    met: str = ""


def official(subject: Subject, lang: Lang) -> tuple[Official, ...]:
    """Give the targets of plans for a series, each year and value once."""
    found: dict[tuple[int, float], Official] = {}
    if subject.scope:
        return ()
    for target in targets():
        if (target.region, target.indicator) != (subject.region, subject.indicator) or target.unit != subject.unit:
            continue
        found.setdefault((target.year, target.value), Official(target, _met(subject, target, lang)))
    return tuple(sorted(found.values(), key=lambda o: o.target.year))


def _met(subject: Subject, target: Target, lang: Lang) -> str:
    for figure in sorted(cache.figures().get(subject.key, ()), key=lambda f: f.year):
        reached = figure.kind == "level" and figure.fit and figure.value >= target.value
        if reached and figure.year <= target.year:
            source = source_of(figure)
            return word(
                "target_met", lang, value=subject.printed(figure.value, lang), period=period(figure.period, lang),
                source=publisher_of(source, lang) if source else figure.source_id,
            )  # fmt: skip
    return ""


def goal_of(view: View, subject: Subject, known_until: int) -> Goal | None:
    """Give the target that is drawn: the user's own, else the first official one that lies ahead."""
    if view.target is not None:
        return view.target
    ahead = [o.target for o in official(subject, view.lang) if o.target.year > known_until and not o.met]
    return Goal(ahead[0].value, ahead[0].year, ahead[0].plan) if ahead else None


def value_input(subject: Subject, start: float, key: str) -> float:
    """Draw the field in which a target is typed, in the step of the unit in which such a figure is spoken.

    Parameters
    ----------
    subject : Subject
    start : float
        What stands in it at first, in the unit of the series.
    key : str
        Name of the widget; the step is added, so that a figure typed in one step is never read in another.

    Returns
    -------
    float
        In the unit of the series.
    """
    factor, name = subject.scale(start, state.view().lang)
    shown = float(f"{start / factor:.6g}")
    step = 10.0 ** (math.floor(math.log10(shown)) - 1) if shown > 0 else 1.0
    typed = st.number_input(
        say("target_value_in", unit=name) if name else say("target_value"), min_value=0.0, max_value=1e16 / factor,
        value=shown, step=step, format="%.10g", key=f"{key}_{factor:g}",
    )  # fmt: skip
    return full(typed, factor)


def full(typed: float, factor: float) -> float:
    """Give a typed figure in the unit of its series.

    Examples
    --------
    >>> full(96.3, 10_000)
    963000.0
    """
    return float(f"{float(typed) * factor:.10g}")


def official_words(subject: Subject, lang: Lang) -> list[str]:
    """Say what plans aim at, and what was met."""
    out = []
    for item in official(subject, lang):
        target = subject.figure(item.target.value, lang)
        plan = data_text(item.target.plan, lang)
        out.append(f"{say('target_plan', target=target, year=item.target.year, plan=plan)} {item.met}".strip())
    return out
