"""All numbers of a view as one workbook: what is drawn, what levers change, chances by year, settings, sources."""

from __future__ import annotations

import numpy as np
import pandas as pd

from dashboard import cache, state
from dashboard.downloads import LABELS, numbers, settings_sheet, sources_sheet, xlsx
from dashboard.goals import goal_of
from dashboard.lever_picture import lines_of
from dashboard.plan import ahead, code, comparison
from dashboard.subject import Subject
from dashboard.views import around_policy
from scenarios.comparison import Comparison

LINES = {"reference": "reference baseline", "mine": "my baseline", "scenario": "my scenario"}


def workbook(named: Subject, address: str) -> bytes:
    """Give the numbers of what the session shows as XLSX.

    Parameters
    ----------
    named : Subject
        The shown series.
    address : str
        Link that shows the view again.

    Returns
    -------
    bytes
        Sheets ``numbers``, ``difference`` (where levers are moved), ``chances`` (where there is a target),
        ``settings`` and ``sources``.
    """
    view = state.view()
    result = comparison(view)
    past = cache.past(named.key, view.lang)
    lines = lines_of(result, named)
    wide = around_policy(named, result, lines)
    sheets = {"numbers": numbers(named, lines, past.hist, view.until, wide)}
    if view.levers:
        sheets["difference"] = difference(result, named.key, view.until)
    goal = goal_of(view, named, cache.known_until(named.key))
    if goal is not None:
        sheets["chances"] = chances(result, named.key, goal.value, view.until)
    settings = settings_sheet()
    settings.loc[len(settings)] = ["fingerprint", code(view)]
    settings.loc[len(settings)] = ["link", address]
    return xlsx({**sheets, "settings": settings, "sources": sources_sheet(named.key)})


def difference(result: Comparison, key: str, until: int) -> pd.DataFrame:
    """Give my scenario against my baseline on the same futures, by year.

    Returns
    -------
    pandas.DataFrame
        ``year, measure, mean`` and quantiles; `measure` is ``difference`` (unit of the series) or ``percent``
        (a fraction: 0.05 is five percent).
    """
    years, moved = ahead(result, key, "scenario")
    mine = ahead(result, key, "mine")[1]
    rows = []
    for at, year in enumerate(years):
        if at == 0 or year > until:
            continue
        change = moved[at] - mine[at]
        ratio = change / np.where(mine[at] != 0, mine[at], 1.0)
        for measure, values in (("difference", change), ("percent", ratio)):
            cuts = np.quantile(values, [float(label[:-1]) / 100 for label in LABELS])
            rows.append((year, measure, float(values.mean()), *map(float, cuts)))
    return pd.DataFrame(rows, columns=["year", "measure", "mean", *LABELS])


def chances(result: Comparison, key: str, at_least: float, until: int) -> pd.DataFrame:
    """Give the share of futures at or above a value on each line, by year.

    Returns
    -------
    pandas.DataFrame
        ``year, at_least, reference baseline, my baseline, my scenario, my scenario around policy events``; shares are
        0 to 1.
    """
    years = ahead(result, key, "scenario")[0]
    lines = {title: ahead(result, key, line)[1] for line, title in LINES.items()}  # type: ignore[arg-type]  # names
    wide = result.chance_around_policy(key, at_least)[-len(years) :]
    rows = [
        (year, at_least, *(float((paths[at] >= at_least).mean()) for paths in lines.values()), float(wide[at]))
        for at, year in enumerate(years)
        if at and year <= until
    ]
    return pd.DataFrame(rows, columns=["year", "at_least", *lines, f"{LINES['scenario']} around policy events"])
