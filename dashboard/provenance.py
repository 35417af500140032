"""Where the figures of a series stand: dots for the chart, rows for the table, conflicts and changes of definition."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from dashboard.chinese import data_text, publisher_of, source_line, source_title
from dashboard.dates import period
from dashboard.formats import Lang
from dashboard.picture import Past, Rows
from dashboard.subject import Subject, subject
from dashboard.words import catalogue, word
from forecast.catalog import Break, Source, breaks, indicators, regions, sources
from forecast.observations import Observation
from forecast.series import Series

KNOWN_SD = 0.004
"""Errors of the history below this (0.4 percent) are thinner than the line and are not drawn."""


@dataclass(frozen=True)
class Conflict:
    """Two published figures of one period that differ by more than their rounding allows."""

    low: Observation
    high: Observation

    @property
    def series(self) -> str:
        """Key of the series."""
        return self.low.series


def conflicts(figures: Iterable[Observation]) -> tuple[Conflict, ...]:
    """Give the disagreements among levels of the same series, period and way of counting.

    Parameters
    ----------
    figures : iterable of Observation

    Returns
    -------
    tuple of Conflict
        The lowest and highest figure of each period where the gap exceeds both roundings together.
    """
    groups: dict[tuple[str, str, str], list[Observation]] = {}
    for figure in figures:
        if figure.kind == "level" and figure.fit:
            groups.setdefault((figure.series, figure.period, figure.basis), []).append(figure)
    found = []
    for group in groups.values():
        low, high = min(group, key=lambda o: o.value), max(group, key=lambda o: o.value)
        if high.value - low.value > (low.half_width + high.half_width) * 1.0001:
            found.append(Conflict(low, high))
    return tuple(sorted(found, key=lambda c: (c.series, c.low.period)))


def source_of(figure: Observation) -> Source | None:
    """Give the source of a figure."""
    return sources().get(figure.source_id)


def source_name(figure: Observation, lang: Lang = "en") -> str:
    """Give publisher and title of the source of a figure."""
    source = source_of(figure)
    return figure.source_id if source is None else source_line(source, lang)


def source_link(figure: Observation) -> str:
    """Give the address of the source, or nothing where it is not on the web."""
    source = source_of(figure)
    # Some addresses name a file inside a repository after a space.
    address = source.url.split(" ")[0] if source is not None else ""
    return address if address.startswith(("http://", "https://")) else ""


def basis_words(basis: str, lang: Lang) -> str:
    """Say how a figure was counted; a way of counting without a name in the catalogue is written as it is."""
    key = f"basis_{basis}"
    return word(key, lang) if key in catalogue() else basis.replace("_", " ")


def printed_as(figure: Observation, lang: Lang) -> str:
    """Say in words what kind of figure was printed."""
    if figure.kind == "share":
        region, indicator, _ = figure.whole
        of = regions()[region].title(lang) if region in regions() else region
        if indicator != figure.indicator and indicator in indicators():
            of = f"{of}{'' if lang == 'zh' else ' · '}{indicators()[indicator].title(lang)}"
        return word("kind_share", lang, of=of)
    return word(f"kind_{figure.kind}", lang)


def written(figure: Observation, named: Subject, lang: Lang) -> str:
    """Write a figure as printed: growth and shares as percentages, levels in their unit."""
    if figure.kind == "growth":
        text = f"{figure.value * 100:+,.4g}%".replace("-", "−")
        return f"≈ {text}" if figure.approx else text
    if figure.kind == "share":
        return f"{figure.value * 100:,.4g}%"
    text = named.printed(figure.value, lang)
    sign = {"bound_low": "≥ ", "bound_high": "≤ "}.get(figure.kind, "≈ " if figure.approx else "")
    return sign + text


def past(series: Series, figures: Sequence[Observation], lang: Lang) -> Past:
    """Give what a chart draws of the past of a bundled series.

    Parameters
    ----------
    series : Series
        The history.
    figures : sequence of Observation
        All published figures of the series.
    lang : {"en", "zh"}
    """
    named = subject(series.key)
    years = [p.year for p in series.periods]
    at = dict(zip(years, series.values, strict=True))
    cuts = [b for b in series_breaks(series.key, figures) if years[0] < b.year <= years[-1]]
    part = {year: sum(year >= b.year for b in cuts) for year in years}
    hist = [{"x": year, "y": _short(at[year]), "part": part[year]} for year in years]
    known = [
        {
            "x": year,
            "lo": _short(value * np.exp(-1.96 * sd)),
            "hi": _short(value * np.exp(1.96 * sd)),
            "part": part[year],
        }
        for year, value, sd in zip(years, series.values, series.log_sd, strict=True)
        if np.any(series.log_sd > KNOWN_SD)
    ]
    marks = [
        {
            "x": int(c.low.period),
            "lo": c.low.value,
            "hi": c.high.value,
            "tip": conflict_words(c, lang),
        }
        for c in conflicts(figures)
        if c.low.period_kind == "year"
    ]
    # Several changes have no room for words in the chart; the warnings under it say them.
    rules = [
        {
            "x": b.year - 0.5,
            "label": "≠ " + (word("counted_differently", lang, year=b.year) if len(cuts) == 1 else str(b.year)),
            "tip": data_text(b.description, lang),
        }
        for b in cuts
    ]
    return Past(hist, known, dots(named, figures, at, lang), marks, rules)


def dots(named: Subject, figures: Sequence[Observation], at: dict[int, float], lang: Lang) -> Rows:
    """Give one dot for each published figure that can stand on a yearly axis.

    A growth rate or a share has no height of its own: it is drawn on the history line, and only where no level was
    printed for that year.
    """
    levels = {f.year for f in figures if f.kind == "level" and f.period_kind == "year" and f.fit}
    rows: Rows = []
    seen: set[tuple[float, float, str]] = set()
    for figure in sorted(figures, key=lambda f: ("high", "medium", "low").index(f.grade)):
        place = _place(figure, levels, at)
        if place is None or not figure.fit:
            continue
        x, y, kind = place
        if (x, y, kind) in seen:
            continue  # one dot for the same figure from several sources; the table lists them all
        seen.add((x, y, kind))
        tip = f"{period(figure.period, lang)}: {written(figure, named, lang)} · {word('reading_' + figure.grade, lang)}"
        rows.append(
            {
                "x": x, "y": _short(y), "kind": kind, "reading": figure.grade, "tip": tip,
                "source": source_name(figure, lang)[:110], "id": figure.id,
            }
        )  # fmt: skip
    return rows


def _place(figure: Observation, levels: set[int], at: dict[int, float]) -> tuple[float, float, str] | None:
    if figure.kind in ("level", "bound_low", "bound_high"):
        kind = "level" if figure.kind == "level" else "bound"
        if figure.period_kind == "year":
            return float(figure.year), figure.value, kind
        if figure.period_kind == "asof" and figure.measure == "stock":
            return figure.year - 1 + figure.fraction, figure.value, "part_year" if kind == "level" else kind
        return None
    if figure.kind in ("growth", "share") and figure.period_kind == "year" and figure.year not in levels:
        height = at.get(figure.year)
        return None if height is None else (float(figure.year), float(height), figure.kind)
    return None


def place_on_axis(figure: Observation, key: str, series: Series) -> tuple[float, float] | None:
    """Give the place of a figure's dot in the chart of its series; None where it has none (a part of a flow's year)."""
    at = {p.year: float(v) for p, v in zip(series.periods, series.values, strict=True)}
    if figure.kind in ("growth", "share"):
        return (float(figure.year), at[figure.year]) if figure.year in at else None
    place = _place(figure, set(), at) if figure.series == key else None
    return None if place is None else place[:2]


def series_breaks(key: str, figures: Iterable[Observation]) -> tuple[Break, ...]:
    """Give the changes of definition inside a series, one a year: its own figures are counted in both ways.

    Changes that the catalogue answers by two indicators (pledges of patents alone, and with trademarks) do not
    cut either of them.
    """
    named = subject(key)
    counted: dict[str, set[int]] = {}
    for figure in figures:
        if figure.fit:
            counted.setdefault(figure.basis, set()).add(figure.year)
    found: dict[int, Break] = {}
    for item in breaks():
        if (
            item.indicator != named.indicator
            or not item.concerns(named.region)
            or item.before_basis == item.after_basis
        ):
            continue
        before = min(counted.get(item.before_basis, ()), default=9999)
        after = max(counted.get(item.after_basis, ()), default=0)
        if before < item.year <= after:
            found.setdefault(item.year, item)
    return tuple(found[year] for year in sorted(found))


def conflict_words(found: Conflict, lang: Lang) -> str:
    """Say in words which two figures disagree."""
    named = subject(found.series)
    return word(
        "warn_conflict", lang, a=named.printed(found.low.value, lang), b=named.printed(found.high.value, lang),
        source_a=publisher(found.low, lang), source_b=publisher(found.high, lang),
        period=period(found.low.period, lang),
    )  # fmt: skip


def publisher(figure: Observation, lang: Lang) -> str:
    """Give who published a figure; most are named by their address on the web, the others in the reader's language."""
    source = source_of(figure)
    return figure.source_id if source is None else publisher_of(source, lang)


def figure_row(figure: Observation, lang: Lang, *, full: bool = False) -> dict[str, Any]:
    """Give one row of a table of figures under translated headings.

    Parameters
    ----------
    figure : Observation
    lang : {"en", "zh"}
    full : bool
        Whether region and indicator stand in the row, as in the ledger of all series.
    """
    named, source = subject(figure.series), source_of(figure)
    scope = f"scope_{figure.scope}"
    row: dict[str, Any] = {}
    if full:
        row[word("col_region", lang)] = named.region_title(lang)
        row[word("col_indicator", lang)] = named.title_zh if lang == "zh" else named.title_en
    row |= {
        word("col_period", lang): period(figure.period, lang),
        word("col_figure", lang): written(figure, named, lang),
        word("col_printed", lang): printed_as(figure, lang),
        word("col_reading", lang): word(f"reading_{figure.grade}", lang),
        word("col_source", lang): source_title(source, lang) if source else figure.source_id,
        word("col_publisher", lang): publisher(figure, lang),
        word("col_link", lang): source_link(figure) or None,
        word("col_scope", lang): word(scope, lang) if scope in catalogue() else figure.scope.replace("_", " "),
        word("col_basis", lang): basis_words(figure.basis, lang),
        word("col_used", lang): word("used_yes" if figure.fit else "used_no", lang),
        word("col_note", lang): data_text(figure.note, lang),
        word("col_id", lang): figure.id,
    }
    return row


def _short(value: float) -> float:
    return float(f"{float(value):.6g}")
