"""Sentences in words, each made from the numbers that stand on the screen."""

from __future__ import annotations

import math
from dataclasses import dataclass

from dashboard.dates import when
from dashboard.formats import Lang, chance, change, gap, share
from dashboard.spread import Point
from dashboard.subject import Subject
from dashboard.words import word


def _join(parts: list[str], lang: Lang) -> str:
    return ("" if lang == "zh" else " ").join(part for part in parts if part)


@dataclass(frozen=True)
class Goal:
    """A target: a value to be at or above by a year.

    Parameters
    ----------
    value : float
        In the unit of the indicator.
    year : int
    plan : str
        Where an official target stands; empty for one's own.
    """

    value: float
    year: int
    plan: str = ""


def outlook(
    subject: Subject, year: int, point: Point, lang: Lang, *, goal: Goal | None = None, p: float | None = None
) -> str:
    """Say where the indicator is heading if policy stays as it is.

    Parameters
    ----------
    subject : Subject
    year : int
    point : Point
        Bands of the year.
    lang : {"en", "zh"}
    goal : Goal, optional
        Target of that year.
    p : float, optional
        Share of futures that meet the goal.
    """
    say = subject.figure
    parts = [
        word(
            "outlook", lang, indicator=subject.inline(lang), region=subject.region_title(lang),
            median=say(point.y, lang), when=when(year, subject.kind, lang), lo80=say(point.lo80, lang),
            hi80=say(point.hi80, lang),
        )
    ]  # fmt: skip
    if goal is not None and p is not None:
        parts.append(word("outlook_target", lang, target=say(goal.value, lang), chance=chance(p, lang)))
    if point.wide:
        parts.append(word("outlook_wide", lang))
    return _join(parts, lang)


def slowing(before: float, after: float, lang: Lang) -> str:
    """Say that growth slows, where it falls by more than half; empty otherwise."""
    if not (math.isfinite(before) and math.isfinite(after)) or before <= 0 or after >= before / 2:
        return ""
    return word("outlook_slows", lang, g0=change(before), g1=change(after))


def standing(subject: Subject, goal: Goal, p: float, middle: float, lang: Lang) -> str:
    """Say whether the target is on course, behind, or unlikely."""
    slots = {"target": subject.figure(goal.value, lang), "year": goal.year, "chance": chance(p, lang)}
    if p >= 0.5:
        return word("target_on_course", lang, **slots)
    if p >= 0.2:
        short = gap(goal.value, middle, subject.unit, lang, subject.measure)
        return (
            word("target_behind", lang, gap=short, **slots)
            if middle < goal.value
            else word("target_behind_ahead", lang, **slots)
        )
    return word("target_far", lang, **slots)


@dataclass(frozen=True)
class Part:
    """What one lever adds in the shown year, and how well that is known.

    Parameters
    ----------
    title : str
        In the reader's language.
    grade : str
        A to D, or own where the reader set the size.
    amount : float
        Median contribution in the unit of the indicator.
    lag : float
        Years until half of the effect shows.
    """

    title: str
    grade: str
    amount: float
    lag: float = 0.0


@dataclass(frozen=True)
class Result:
    """Scenario against my baseline in one year, on the same futures.

    Parameters
    ----------
    year : int
    median : float
        Middle of the scenario, in the unit of the indicator.
    d10, d50, d90 : float
        Quantiles of scenario / my baseline - 1.
    p_lower : float
        Share of futures in which the scenario lies below my baseline.
    parts : tuple of Part
    goal : Goal, optional
    p, p0 : float
        Chance to meet the goal with and without the levers.
    rough : bool
        Whether the parts are what each lever does alone: then no share is named.
    """

    year: int
    median: float
    d10: float
    d50: float
    d90: float
    p_lower: float
    parts: tuple[Part, ...] = ()
    goal: Goal | None = None
    p: float = math.nan
    p0: float = math.nan
    rough: bool = False


def scenario(subject: Subject, result: Result, lang: Lang) -> str:
    """Say what the levers change in one year, where it comes from and how sure it is."""
    date = when(result.year, subject.kind, lang)
    parts = [
        word(
            "scenario", lang, When=date[0].upper() + date[1:], median=subject.figure(result.median, lang),
            d50=change(result.d50), d10=change(result.d10), d90=change(result.d90),
        )
    ]  # fmt: skip
    parts.append(_origin(subject, result, lang))
    if result.d10 < 0 < result.d50 and result.p_lower > 0.05:
        parts.append(word("scenario_unsure", lang, p=chance(result.p_lower, lang)))
    elif result.d50 < 0 < result.d90 and 1 - result.p_lower > 0.05:
        parts.append(word("scenario_unsure_down", lang, p=chance(1 - result.p_lower, lang)))
    if result.goal is not None and math.isfinite(result.p):
        parts.append(word("scenario_target", lang, chance=chance(result.p, lang), chance0=chance(result.p0, lang)))
    return _join(parts, lang)


def policy_band(subject: Subject, year: int, point: Point, factor: float, lang: Lang, *, p: float = math.nan) -> str:
    """Say how wide the 80% band is as past policy events needed it, and the chance of the target on it.

    Parameters
    ----------
    subject : Subject
    year : int
    point : Point
        Bands around policy events in that year.
    factor : float
        On half widths.
    lang : {"en", "zh"}
    p : float
        Chance to meet the goal, 0 to 1; NaN where there is none.
    """
    text = word(
        "policy_band", lang, factor=f"{factor:.2f}", lo=subject.figure(point.lo80, lang),
        hi=subject.figure(point.hi80, lang), when=when(year, subject.kind, lang),
    )  # fmt: skip
    return _join([text, word("policy_chance", lang, chance=chance(p, lang)) if math.isfinite(p) else ""], lang)


def _origin(subject: Subject, result: Result, lang: Lang) -> str:
    moved = sorted((p for p in result.parts if p.amount != 0), key=lambda p: -abs(p.amount))
    if not moved:
        return ""
    basis = (
        word("own_size_basis", lang) if moved[0].grade == "own" else word("basis_of_grade", lang, grade=moved[0].grade)
    )
    ups, downs = [p for p in moved if p.amount > 0], [p for p in moved if p.amount < 0]
    sentences = []
    if ups and downs and not result.rough:
        sentences.append(
            word(
                "scenario_opposed", lang, up=_capital(f"**{ups[0].title}**"), down=f"**{downs[0].title}**",
                a=subject.figure(ups[0].amount, lang), b=subject.figure(-downs[0].amount, lang),
            )
        )  # fmt: skip
    elif len(moved) == 1:
        sentences.append(word("scenario_one", lang, lever=moved[0].title, basis=basis))
    elif result.rough:
        sentences.append(word("scenario_most", lang, lever=moved[0].title, basis=basis))
    else:
        share = abs(moved[0].amount) / sum(abs(p.amount) for p in moved)
        sentences.append(word("scenario_share", lang, share=f"{share:.0%}", lever=moved[0].title, basis=basis))
    weak = [p for p in moved if p.grade == "D"]
    if weak:
        sentences.append(word("scenario_weak", lang, lever=weak[0].title))
    return _join(sentences, lang)


def _capital(text: str) -> str:
    """Begin a sentence with a capital, whatever marks stand before its first letter."""
    at = next((i for i, c in enumerate(text) if c.isalpha()), 0)
    return text[:at] + text[at : at + 1].upper() + text[at + 1 :]


def assumptions(year: int, ratio: float, lang: Lang) -> str:
    """Say how far the assumptions move the baseline."""
    return word("assumptions", lang, year=year, d=change(ratio))


def comparison(a: str, b: str, year: int, ahead: float, clear: bool, lang: Lang) -> str:
    """Say which of two plans does better; chances closer than 3 points are called a tie."""
    return word("compare_clear" if clear else "compare_close", lang, a=a, b=b, year=year, w=share(ahead, lang))
