"""Every event of the diary against every indicator it could have moved: designs run, judged and put into rows."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from forecast import catalog
from forecast.catalog import Event
from forecast.history import History
from forecast.seeds import DEFAULT_SEED
from forecast.series import Floats, Series
from scenarios.effects import Normal
from scenarios.learning.diary import (
    also_treated,
    expected_sign,
    first_year,
    moved_otherwise,
    named,
    path_of,
    places,
    reached,
    rivals_of,
    since_of,
    spread_out,
    together,
)
from scenarios.learning.estimate import YEARS_AFTER, Estimate, Impossible
from scenarios.learning.interrupted import interrupted
from scenarios.learning.learned import Learned
from scenarios.learning.panel import MOST_ERROR, Panel, panel_of
from scenarios.learning.prior import posterior_of, price_change, prior_of
from scenarios.learning.staggered import staggered
from scenarios.learning.synthetic import synthetic_control
from scenarios.learning.verdict import Circumstances, Judged, judge
from scenarios.levers import levers

JUMP = 0.05
"""Where the error of a series changes by more than this from a year to the next, a way of counting ends whose offset
is only estimated; a step is fitted beside the event."""

Tried = tuple[Estimate | Impossible, str, int]
"""Result of a design, series or panel it used, and last year used."""


def learn(
    found: Mapping[str, History], *, seed: int = DEFAULT_SEED, report: Callable[[str], None] = lambda text: None
) -> list[Learned]:
    """Try all events of the diary, alone and where it makes sense together.

    Parameters
    ----------
    found : mapping
        Histories by series key.
    seed : int
        For placebo sets and assignments.
    report : function
        Called with a line for each event.
    """
    panels: dict[str, Panel] = {}

    def panel(indicator: str) -> Panel:
        if indicator not in panels:
            panels[indicator] = panel_of(indicator, found)
        return panels[indicator]

    rows = []
    for events in [*((e,) for e in catalog.events()), *together()]:
        report("; ".join(e.id for e in events))
        indicators: dict[str, str] = {}
        for event in events:
            for indicator, how in reached(event).items():
                indicators.setdefault(indicator, how)
        for indicator, how in indicators.items():
            if len(events) > 1 and how == "behind":
                continue
            rows += [row_of(events, indicator, how, *one) for one in _tried(events, indicator, found, panel, seed)]
    return rows


def _tried(
    events: Sequence[Event], indicator: str, found: Mapping[str, History], panel: Callable[[str], Panel], seed: int
) -> Iterator[Tried]:
    """Run the designs that fit the place of the events."""
    where, regions = places(events[0]), catalog.regions()
    if events[0].lever == "statistics_change":
        yield (
            Impossible(
                "a change of counting; histories are bridged over it, so nothing of it is left to see",
                "属统计口径变更，历史序列已作衔接，无从观察",
            ),
            "none",
            0,
        )
    elif where == (catalog.NATION,):
        yield from _national(events, indicator, found)
    elif any(regions[p].level != "province" for p in where):
        yield Impossible("no panel of cities", "没有城市面板数据"), "none", 0
    else:
        yield from _provincial(events, indicator, panel(indicator), seed)


def _provincial(events: Sequence[Event], indicator: str, panel: Panel, seed: int) -> Iterator[Tried]:
    if not panel.known.any():
        yield Impossible("no provincial figures of this indicator", "该指标没有分省数据"), "none", 0
        return
    since = since_of(events)
    first, last = min(since.values()), max(since.values()) + YEARS_AFTER - 1
    skip = tuple(y for e in events for y in first_year(e)[1])
    others = set() if len(events) > 1 else also_treated(events[0], last) - set(since)
    ours = panel.only(r for r in panel.regions if r not in others)
    end = min(last, panel.years[-1])
    if len(events) == 1:
        yield synthetic_control(ours, tuple(since), first, skip=skip, seed=seed), "synthetic_control", end
    if len(since) > 1:
        yield staggered(ours, since, skip=skip, seed=seed), "staggered_did", end


def _national(events: Sequence[Event], indicator: str, found: Mapping[str, History]) -> Iterator[Tried]:
    lever = levers().get(events[0].lever)
    everyone = lever is None or lever.record.reaches == "everyone"
    scopes = ("", ".total", ".domestic") if everyone else (".domestic", "", ".total")
    keys = [f"CN.{indicator}{s}" for s in scopes if f"CN.{indicator}{s}" in found]
    if not keys:
        yield Impossible("no yearly series of the nation", "没有全国年度序列"), "none", 0
        return
    # the first scope whose figures reach around the event, else the first there is
    results = [_against_past(events, line_of(found[key].series), "interrupted_series") for key in keys]
    good = [r for r in results if isinstance(r[0], Estimate)]
    yield (good or results)[0]
    domestic, foreign = f"CN.{indicator}.domestic", f"CN.{indicator}.foreign"
    if not everyone and domestic in found and foreign in found:
        ratio = line_of(found[domestic].series).over(line_of(found[foreign].series))
        yield _against_past(events, ratio, "interrupted_against_foreign")


def _against_past(events: Sequence[Event], line: Line, design: str) -> Tried:
    event = events[0]
    near = line.around(first_year(event)[0])
    if near is None:
        return Impossible("no usable figures around the event", "事件前后没有可用数据"), design, 0
    if price_change(event):  # the next move of the same price ends the window
        later = (e.year for e in catalog.events() if e.lever == event.lever and e not in events and price_change(e))
        near = near.until(min((y for y in later if y > events[-1].year), default=near.years[-1] + 1) - 1)
    breaks = [i for i in range(1, len(near.years)) if abs(near.errors[i] - near.errors[i - 1]) > JUMP]
    steps = np.array([[float(i >= b) for b in breaks] for i in range(len(near.years))]) if breaks else None
    if any(near.years[b] == first_year(event)[0] for b in breaks):
        return Impossible("the way of counting changed in the same year", "同年统计口径变更"), design, 0
    path, taken = path_of(events, near.years), moved_otherwise(events)
    result = interrupted(near.years, near.logs, path, steps=steps, taken=taken, design=design)
    return result, design, min(near.years[-1], events[-1].year + YEARS_AFTER)


@dataclass(frozen=True)
class Line:
    """Logarithms of one annual series, or of one over another, with their errors."""

    years: tuple[int, ...]
    logs: Floats
    errors: Floats

    def around(self, year: int) -> Line | None:
        """Give the unbroken run of years known well enough that holds the year before `year`."""
        good = {y: i for i, y in enumerate(self.years) if self.errors[i] <= MOST_ERROR and math.isfinite(self.logs[i])}
        if year - 1 not in good:
            return None
        low = high = year - 1
        while low - 1 in good:
            low -= 1
        while high + 1 in good:
            high += 1
        return self.until(high, low)

    def until(self, last: int, first: int = 0) -> Line:
        """Give the years up to `last`."""
        rows = [i for i, y in enumerate(self.years) if first <= y <= last]
        return Line(tuple(self.years[i] for i in rows), self.logs[rows], self.errors[rows])

    def over(self, other: Line) -> Line:
        """Give this series over another in the years both have."""
        rows = [(i, other.years.index(y)) for i, y in enumerate(self.years) if y in other.years]
        mine, theirs = [i for i, _ in rows], [j for _, j in rows]
        errors = np.hypot(self.errors[mine], other.errors[theirs])
        return Line(tuple(self.years[i] for i in mine), self.logs[mine] - other.logs[theirs], errors)


def line_of(series: Series) -> Line:
    """Give the logarithms of a series; what is not above 0 has none."""
    logs = np.log(np.where(series.values > 0, series.values, np.nan))
    return Line(tuple(int(p.year) for p in series.periods), logs, np.asarray(series.log_sd))


def row_of(
    events: Sequence[Event], indicator: str, reach: str, result: Estimate | Impossible, design: str, last: int
) -> Learned:
    """Judge one result and put it into a row, with prior and posterior."""
    event = events[0]
    national = places(event) == (catalog.NATION,)
    rivals = rivals_of(events, indicator, last) if last else ()
    spread = () if national or not last else spread_out(event, last)
    prior = prior_of(event, indicator)
    sign = expected_sign(event, indicator) or (int(np.sign(prior.mean)) if prior else 0)
    verdict = judge(result, Circumstances(sign, named(rivals), named(spread), reach, national))
    n, values = numbers(result)
    posterior = posterior_of(prior, Normal(values[0], values[1]), verdict.verdict)
    nothing = Normal(math.nan, math.nan)
    before, after = prior or nothing, posterior or nothing
    return Learned(
        ";".join(e.id for e in events), event.lever, ";".join(dict.fromkeys(p for e in events for p in places(e))),
        indicator, reach, design, "elasticity" if price_change(event) else "log", first_year(event)[0], last, *n,
        *values, verdict.verdict, before.mean, before.sd, after.mean, after.sd, ";".join(e.id for e in rivals),
        *sentence(verdict, prior, posterior),
    )  # fmt: skip


Numbers = tuple[float, float, float, float, float, float, float, float, float]


def numbers(result: Estimate | Impossible) -> tuple[tuple[int, int, int, int], Numbers]:
    """Give the counts and the figures of a result in the order of the table; NaN where there are none."""
    if isinstance(result, Impossible):
        nan = math.nan
        return (0, 0, 0, 0), (nan, nan, nan, nan, nan, nan, nan, nan, nan)
    e = result
    return (e.n_treated, e.n_control, e.n_before, e.n_after), (
        e.size, e.se, e.p, e.pre_p, e.placebo_time, e.placebo_p, e.left_low, e.left_high, e.smallest,
    )  # fmt: skip


def sentence(judged: Judged, prior: Normal | None, posterior: Normal | None) -> tuple[str, str]:
    """Say in English and Chinese what was learned, or why the prior was kept."""
    if judged.verdict == "not identified":
        if prior is None:
            return f"Nothing learned: {judged.en}.", f"未获新知：{judged.zh}。"
        return f"Kept the prior, because {judged.en}.", f"保留先验，因为{judged.zh}。"
    en, zh = ("Usable", "可用") if judged.verdict == "usable" else ("Suggestive", "仅具提示性")
    if prior is None or posterior is None:
        return (
            f"{en}: {judged.en}. No prior to move: no study of the lever says anything on this indicator itself.",
            f"{zh}：{judged.zh}。没有可更新的先验：现有研究未直接涉及该指标。",
        )
    share = ("in full", "全部") if judged.verdict == "usable" else ("with its error times 1.5", "标准误乘以1.5后")
    moved = f"The prior of {prior.mean:+.2f} moved to {posterior.mean:+.2f}"
    return (
        f"{en}: {judged.en}. {moved}; the estimate counted {share[0]}.",
        f"{zh}：{judged.zh}。先验{prior.mean:+.2f}更新为{posterior.mean:+.2f}，估计值{share[1]}计入。",
    )
