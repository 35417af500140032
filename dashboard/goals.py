"""Targets: the official ones of plans, and the user's own."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard import cache
from dashboard.formats import Lang, period
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
                source=source.publisher if source else figure.source_id,
            )  # fmt: skip
    return ""


def goal_of(view: View, subject: Subject, known_until: int) -> Goal | None:
    """Give the target that is drawn: the user's own, else the first official one that lies ahead."""
    if view.target is not None:
        return view.target
    ahead = [o.target for o in official(subject, view.lang) if o.target.year > known_until and not o.met]
    return Goal(ahead[0].value, ahead[0].year, ahead[0].plan) if ahead else None


def official_words(subject: Subject, lang: Lang) -> list[str]:
    """Say what plans aim at, and what was met."""
    out = []
    for item in official(subject, lang):
        target = subject.figure(item.target.value, lang)
        out.append(
            f"{say('target_plan', target=target, year=item.target.year, plan=item.target.plan)} {item.met}".strip()
        )
    return out
