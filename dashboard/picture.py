"""From bands and histories to the rows a chart draws: what is cut, what is labelled, where labels stand."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from dashboard.formats import Lang
from dashboard.sentences import Goal
from dashboard.spread import Spread
from dashboard.subject import Subject
from dashboard.words import word

Rows = list[dict[str, Any]]
LINE_HEIGHT = 17.0
"""Pixels a label needs for itself."""
NEAR = 0.01
"""Lines that end closer than this share share one label."""


@dataclass(frozen=True)
class Line:
    """One line of a chart.

    Parameters
    ----------
    role : str
        Colour and dash: base, reference, mine, A to D.
    label : str
        Name at its end; empty for no label.
    spread : Spread
    band : bool
        Whether its bands are painted. At most two fans stand in one picture.
    """

    role: str
    label: str
    spread: Spread
    band: bool = True


@dataclass(frozen=True)
class Past:
    """What is known of the past, ready to be drawn; empty lists where there is nothing.

    Parameters
    ----------
    hist : list of dict
        ``x y part``: the history line, cut into parts at changes of definition.
    known : list of dict
        ``x lo hi part``: the 95% band of the history, where it is not exact.
    points : list of dict
        ``x y kind reading tip source``: published figures.
    conflicts, breaks : list of dict
        ``x lo hi tip`` and ``x label tip``.
    """

    hist: Rows = field(default_factory=list)
    known: Rows = field(default_factory=list)
    points: Rows = field(default_factory=list)
    conflicts: Rows = field(default_factory=list)
    breaks: Rows = field(default_factory=list)

    @property
    def first(self) -> int:
        """First year of the history line or of a figure."""
        return int(min((row["x"] for row in (*self.hist, *self.points)), default=math.inf))

    def since(self, first: float) -> Past:
        """Give the part from `first` on."""
        return Past(
            *([row for row in rows if row["x"] >= first] for rows in (self.hist, self.known, self.points)),
            *([row for row in rows if row["x"] >= first] for rows in (self.conflicts, self.breaks)),
        )


def window(first: int, known_until: int, until: int, *, all_years: bool = False) -> tuple[int, int]:
    """Give first and last year of a chart: the last twelve known years, or all of them."""
    return (first if all_years else max(first, known_until - 12), max(until, known_until + 1))


def capped(lines: Sequence[Line], past: Past) -> tuple[float | None, float]:
    """Say where the axis ends, if the 95% band would crush everything else.

    Returns
    -------
    cap : float or None
        Upper end of the drawing, where the 95% band at the end exceeds three times the median: 1.1 times the upper edge
        of the 80% band, and never below what is published.
    reach : float
        Highest edge of the 95% band.
    """
    bands = [line.spread.table for line in lines if line.band]
    if not bands:
        return None, 0.0
    reach = max(float(table[6].max()) for table in bands)
    if all(table[6, -1] <= 3 * table[3, -1] for table in bands):
        return None, reach
    drawn = [float(line.spread.table[3].max()) for line in lines]
    published = [float(row["y"]) for row in (*past.hist, *past.points)]
    cap = 1.1 * max(*(float(table[5].max()) for table in bands), *drawn, *published, 0.0)
    return (cap if cap < reach else None), reach


def fan(
    subject: Subject,
    lines: Sequence[Line],
    past: Past,
    lang: Lang,
    *,
    until: float,
    options: FanOptions,
) -> dict[str, Rows]:
    """Give the data sets of the fan template.

    Parameters
    ----------
    subject : Subject
    lines : sequence of Line
        Drawn in this order, the last on top.
    past : Past
    lang : {"en", "zh"}
    until : float
        Last year that is drawn.
    options : FanOptions
    """
    lines = [Line(line.role, line.label, line.spread.until(until), line.band) for line in lines]
    first = options.first if options.first is not None else -10_000
    past = past.since(first)
    cap, reach = capped(lines, past)
    if options.cap is not None:
        cap = options.cap if options.cap < reach else None
    floor = 1e-9 if options.log else -math.inf
    bands = [_clipped(row, cap, floor) for line in lines if line.band for row in line.spread.rows(line.role)]
    drawn = [
        {"x": r["x"], "y": _in(r["y"], cap, floor), "role": r["role"]} for ln in lines for r in ln.spread.rows(ln.role)
    ]
    edges = [
        {"x": r["x"], "lo80": _in(r["lo80"], cap, floor), "hi80": _in(r["hi80"], cap, floor), "role": line.role}
        for line in options.hairlines
        for r in line.spread.until(until).rows(line.role)
    ]
    known_until = lines[0].spread.years[0] if lines else until
    frames: dict[str, Rows] = {
        "hist": past.hist,
        "known": past.known,
        "points": past.points,
        "conflicts": past.conflicts,
        # A small chart has no room for words; the mark stands, its tooltip says the rest.
        "breaks": past.breaks if options.words else [{**row, "label": "≠"} for row in past.breaks],
        "bands": bands,
        "lines": drawn,
        "edges": edges,
        "now": [{"x": known_until, "label": word("here_on", lang) if options.words else ""}] if lines else [],
        "paths": [{**row, "y": _in(row["y"], cap, floor)} for row in options.paths if row["x"] <= until],
        "picked": options.picked,
        "frame": [{"x": until, "y": options.top}] if options.top is not None else [],
    }
    if cap is not None and options.words:
        frames["notes"] = [{"x": until, "label": "↑ " + word("warn_95_cut", lang, value=subject.figure(reach, lang))}]
    goal = options.goal
    if goal is not None and goal.year <= until and (cap is None or goal.value <= cap * 1.5):
        label = word("target", lang)
        if options.words:
            label = f"{label} {subject.figure(goal.value, lang)} · {goal.year}"
        frames["target"] = [{"x": goal.year, "x0": known_until, "x1": until, "y": goal.value, "label": label}]
    top = max([cap or 0.0, *_heights(frames)], default=1.0)
    low = 0.0 if subject.unit not in ("share", "index", "change") else min(_heights(frames), default=0.0)
    frames["ends"] = ends(subject, lines, lang, (low, top), options)
    return frames


@dataclass(frozen=True)
class FanOptions:
    """How a fan is drawn.

    Parameters
    ----------
    first : int, optional
        First year; all years where left out.
    height : int
        Height of the chart in pixels.
    goal : Goal, optional
    hairlines : tuple of Line
        Lines of which only the edges of the 80% band are drawn.
    paths, picked : list of dict
        Single futures (``x y role path``) and the marked figure (``x y``).
    log : bool
    top, cap : float, optional
        A shared upper end of several charts, and a shared cut.
    words : bool
        Whether labels carry names; False in small multiples, where only figures stand at the ends.
    """

    first: int | None = None
    height: int = 430
    goal: Goal | None = None
    hairlines: tuple[Line, ...] = ()
    paths: Rows = field(default_factory=list)
    picked: Rows = field(default_factory=list)
    log: bool = False
    top: float | None = None
    cap: float | None = None
    words: bool = True


def ends(subject: Subject, lines: Sequence[Line], lang: Lang, span: tuple[float, float], options: FanOptions) -> Rows:
    """Give the labels at the ends of the lines, moved apart so that none covers another."""
    named = [line for line in lines if line.label or not options.words]
    values = [float(line.spread.table[3, -1]) for line in named]
    merged: list[tuple[Line, float, str]] = []
    for line, value in zip(named, values, strict=True):
        text = f"{line.label} {subject.figure(value, lang)}" if options.words else subject.figure(value, lang)
        twin = next((i for i, (other, v, _) in enumerate(merged) if _twins(line, other, value, v)), None)
        if twin is not None and options.words:
            text = f"{word('mine_is_reference', lang)} {subject.figure(value, lang)}"
            merged[twin] = (merged[twin][0], merged[twin][1], text)
        else:
            merged.append((line, value, text))
    low, top = span
    plot = max(options.height - 45.0, 60.0)
    if options.log:
        positive = [max(value, 1e-9) for _, value, _ in merged]
        bottom = min([row for row in positive] + [max(low, min(positive, default=1.0) / 3)], default=1.0)
        gap = LINE_HEIGHT / plot * math.log(max(top, 1e-9) / bottom) * 1.3 if top > bottom else 0.1
        places = [math.exp(v) for v in apart([math.log(v) for v in positive], gap)]
    else:
        places = apart([value for _, value, _ in merged], LINE_HEIGHT / plot * (top - low) * 1.12)
    return [
        {"x": line.spread.years[-1], "y_at": place, "label": text, "role": line.role}
        for (line, _, text), place in zip(merged, places, strict=True)
    ]


def _twins(a: Line, b: Line, value: float, other: float) -> bool:
    return {a.role, b.role} == {"reference", "mine"} and abs(value - other) <= NEAR * max(abs(value), abs(other))


def apart(values: Sequence[float], gap: float) -> list[float]:
    """Move values apart so that neighbours are at least `gap` from each other, keeping their order and middle.

    Examples
    --------
    >>> apart([1.0, 1.0, 5.0], 1.0)
    [0.5, 1.5, 5.0]
    """
    order = sorted(range(len(values)), key=lambda i: values[i])
    groups: list[tuple[list[int], float]] = []
    for i in order:
        members, middle = [i], values[i]
        # Groups that would touch are joined around their common middle, so distant labels stay where they are.
        while (
            groups and middle - (len(members) - 1) * gap / 2 < groups[-1][1] + (len(groups[-1][0]) - 1) * gap / 2 + gap
        ):
            before, _ = groups.pop()
            members = before + members
            middle = float(np.mean([values[j] for j in members]))
        groups.append((members, middle))
    out = [0.0] * len(values)
    for members, middle in groups:
        for place, j in enumerate(members):
            out[j] = middle + (place - (len(members) - 1) / 2) * gap
    return out


def single_futures(role: str, years: Sequence[int], paths: np.ndarray, picked: Sequence[int]) -> Rows:
    """Give rows of a few single futures; `paths` has shape (years, n_paths)."""
    return [
        {"x": year, "y": float(f"{paths[j, i]:.5g}"), "role": role, "path": f"{role}{i}"}
        for i in picked
        for j, year in enumerate(years)
    ]


def _in(value: Any, cap: float | None, floor: float) -> float:
    return max(min(float(value), cap) if cap is not None else float(value), floor)


def _clipped(row: dict[str, Any], cap: float | None, floor: float) -> dict[str, Any]:
    return {key: value if key in ("x", "role", "y") else _in(value, cap, floor) for key, value in row.items()}


def _heights(frames: dict[str, Rows]) -> list[float]:
    fields = ("y", "hi95", "lo95", "hi", "hi80")
    rows = (
        row for name in ("bands", "lines", "hist", "points", "known", "target", "frame") for row in frames.get(name, ())
    )
    return [float(row[key]) for row in rows for key in fields if key in row]
