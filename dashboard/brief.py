"""What a report says, prepared once and apart from any form: the page to print and the slides both read it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dashboard import cache, state
from dashboard.chinese import source_line
from dashboard.dates import period
from dashboard.dial import Dial
from dashboard.downloads import Picture, foot
from dashboard.figures_table import ordered
from dashboard.formats import Lang, between, chance_short, change
from dashboard.goals import goal_of, official_words
from dashboard.lever_picture import lines_of, words_of
from dashboard.limits import of_series
from dashboard.notices import engine_notices
from dashboard.own_sizes import OWN, evidence, grade_of
from dashboard.page import say
from dashboard.picture import FanOptions, fan, window
from dashboard.plan import ahead, code, comparison, scenario_of
from dashboard.provenance import printed_as, source_link, source_of, written
from dashboard.settings import cell, own_rows
from dashboard.start import focus_year
from dashboard.subject import Subject
from dashboard.views import around_policy, policy_words
from forecast.observations import Observation
from scenarios.files import resolved
from scenarios.levers import assumptions, levers

WIDTH, HEIGHT = 680, 270
"""Pixels of the picture's axes: narrow, so that its words are read on paper and on the wall."""
YEARS = 6
"""Years in the table of the page; the workbook has all."""
SOURCES = 5
"""Sources listed on the page, those of the newest figures; the workbook has all."""
EACH = 3
"""Figures listed of one source."""
LISTED = 8
"""Levers and assumptions listed on the page; where they are many, fewer sources are, so that it stays one page."""
ROOM = 5
"""Settings that stand beside all the sources."""


@dataclass(frozen=True)
class Table:
    """Heads and rows, every cell written already."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, eq=False)
class Brief:
    """A report without its form.

    Parameters
    ----------
    lang : {"en", "zh"}
    series : str
        Key.
    until : int
        Last year shown.
    title, words : str
        The series, and the sentence under the chart.
    remarks : tuple of str
        Warnings of the engine, targets of plans, limits of the series.
    picture : Picture
    numbers, settings, sources : Table
        `settings` has no rows where nothing is moved.
    unlisted : int
        Settings that the page does not list.
    left_out : int
        Published figures that the page does not list.
    address : str
        Link that shows the view again.
    code : str
        Fingerprint of scenario, evidence, data and code.
    foot : str
    """

    lang: Lang
    series: str
    until: int
    title: str
    words: str
    remarks: tuple[str, ...]
    picture: Picture
    numbers: Table
    settings: Table
    sources: Table
    unlisted: int
    left_out: int
    address: str
    code: str
    foot: str


def brief(named: Subject, address: str) -> Brief:
    """Prepare the report of what the session shows."""
    view = state.view()
    lang = view.lang
    result = comparison(view)
    known = cache.known_until(named.key)
    goal = goal_of(view, named, known)
    lines, past = lines_of(result, named), cache.past(named.key, lang)
    span = window(past.first, known, view.until)
    wide = around_policy(named, result, lines)
    options = FanOptions(span[0], HEIGHT, goal, () if wide is None else (wide,))
    frames = fan(named, lines, past, lang, until=span[1], options=options)
    remarks = [
        *([] if wide is None else [policy_words(named, result, wide.spread, goal)]),
        *engine_notices(result, lang),
        *official_words(named, lang),
        *of_series(named, lang),
        say("not_a_promise"),
    ]
    settings, unlisted = _settings(named)
    taken = len(settings.rows) + (2 if wide is not None else 0)  # the remark on the dotted edges takes two lines
    sources, left_out = _sources(named, max(1, SOURCES - max(0, taken - ROOM) // 2))
    shape = {"unit": named.unit, "window": span, "height": HEIGHT}
    return Brief(
        lang=lang,
        series=named.key,
        until=view.until,
        title=named.label(lang),
        words=words_of(result, named, focus_year(view.until, known, goal), goal),
        remarks=tuple(remarks),
        picture=Picture("fan", frames, shape, named.label(lang), foot(), WIDTH),
        numbers=_numbers(named),
        settings=settings,
        sources=sources,
        unlisted=unlisted,
        left_out=left_out,
        address=address,
        code=code(view),
        foot=foot(),
    )


def key_years(first: int, last: int, wanted: int | None, n: int = YEARS) -> tuple[int, ...]:
    """Give up to `n` years from `first` to `last`, evenly spread, both ends and the wanted one among them.

    Examples
    --------
    >>> key_years(2026, 2035, 2030)
    (2026, 2028, 2030, 2031, 2033, 2035)
    >>> key_years(2026, 2028, None)
    (2026, 2027, 2028)
    """
    if last - first < n:
        return tuple(range(first, last + 1))
    years = {round(float(y)) for y in np.linspace(first, last, n)}
    if wanted is not None and first < wanted < last and wanted not in years:
        inner = years - {first, last}
        years.discard(min(inner, key=lambda y: abs(y - wanted)))
        years.add(wanted)
    return tuple(sorted(years))


def _numbers(named: Subject) -> Table:
    """Give median and range by year, and with levers what they change, and the chance of the target."""
    view = state.view()
    lang, result = view.lang, comparison(view)
    known = cache.known_until(named.key)
    goal = goal_of(view, named, known)
    years, moved = ahead(result, named.key, "scenario")
    mine = ahead(result, named.key, "mine")[1]
    heads = [say("col_year"), say("col_median"), say("eight_in_ten")]
    if view.levers:
        heads += [say("mine"), say("col_vs_baseline")]
    if goal is not None:
        heads.append(f"{say('col_chance')} ≥ {named.figure(goal.value, lang)}")
    rows = []
    for year in key_years(known + 1, view.until, focus_year(view.until, known, goal)):
        at = years.index(year)
        lo, mid, hi = (named.figure(float(v), lang) for v in np.quantile(moved[at], [0.1, 0.5, 0.9]))
        row = [str(year), mid, between(lo, hi, lang)]
        if view.levers:
            base = np.where(mine[at] != 0, mine[at], 1.0)
            low, middle, high = (change(float(v)) for v in np.quantile(moved[at] / base - 1, [0.1, 0.5, 0.9]))
            span = between(low, high, lang)
            told = f"{middle}（{span}）" if lang == "zh" else f"{middle} ({span})"
            row += [named.figure(float(np.median(mine[at])), lang), told]
        if goal is not None:
            row.append(chance_short(float((moved[at] >= goal.value).mean()), lang))
        rows.append(tuple(row))
    return Table(tuple(heads), tuple(rows))


def _settings(named: Subject) -> tuple[Table, int]:
    """Give how levers and assumptions are set, and how many the page has no room for."""
    view, lang = state.view(), state.view().lang
    scenario = resolved(scenario_of(view))
    rows = []
    for block, catalogue in (("levers", levers()), ("assumptions", assumptions())):
        for name, settings in getattr(scenario, block).items():
            lever = catalogue[name]
            grade = grade_of(lever, named.indicator, scenario.effects) if block == "levers" else ""
            words = say("assumptions_block")
            if grade:
                words = evidence(grade, lang) if grade == OWN else f"{grade} · {say(f'grade_{grade.lower()}')}"
            rows.append((lever.title(view.lang), cell(settings, Dial(lever), view.lang), words))
    # A size of the reader's own is never left out for want of room.
    owns = [(title, say("own_sizes"), size) for title, (size,) in own_rows([scenario], lang)]
    heads = (say("col_lever"), say("col_setting"), say("col_evidence"))
    return Table(heads, (*rows[:LISTED], *owns)), len(rows[LISTED:])


def _sources(named: Subject, most: int) -> tuple[Table, int]:
    """Give the figures by source, newest first, and how many were left out to fit the page."""
    lang = state.view().lang
    found: dict[str, list[Observation]] = {}
    figures = ordered(named.key)
    for figure in figures:
        found.setdefault(figure.source_id, []).append(figure)
    rows, shown = [], 0
    for name, group in list(found.items())[:most]:
        source, listed = source_of(group[0]), group[:EACH]
        shown += len(listed)
        form = "{}：{}（{}）" if lang == "zh" else "{}: {} ({})"
        words = [form.format(period(f.period, lang), written(f, named, lang), printed_as(f, lang)) for f in listed]
        title = source_line(source, lang) if source else name
        rows.append((("；" if lang == "zh" else "; ").join(words), title, source_link(group[0])))
    return Table((say("col_figure"), say("col_source"), say("col_link")), tuple(rows)), len(figures) - shown
