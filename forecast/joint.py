"""Which series are read together, in which order, and as shares of what."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from forecast.catalog import NATION, indicators, regions
from forecast.evidence import Bases, Reading, bases_of, readings
from forecast.factors import build
from forecast.graph import Graph, Row
from forecast.keys import main_scope, series_key
from forecast.members import Member, Path
from forecast.observations import Observation
from forecast.panel import Panel, printed_growth
from forecast.priors import prior_of, priors, share_family_of
from forecast.solve import Posterior, solve

NESTED = ("total", "domestic", "domestic_ex_hkmotw")
"""National scopes that hold each other: with foreign owners, with Hong Kong, Macao and Taiwan, the 31 provinces."""
OFFSET_SPREAD = 0.13
"""Standard deviation of a province's offset at a break around that of the nation (invention applications, 2017)."""
EARLIER = 3
"""Years before its first figure that the nation is read for, so that smaller regions printed earlier are its shares."""


@dataclass(frozen=True, eq=False)
class Evidence:
    """All that was printed of one series."""

    key: str
    region: str
    indicator: str
    scope: str
    unit: str
    measure: str
    readings: tuple[Reading, ...]
    bases: Bases
    zeros: frozenset[int]

    @property
    def levels(self) -> tuple[Reading, ...]:
        """Readings that fix a level, not only a change."""
        return tuple(r for r in self.readings if r.kind in ("level", "span"))

    @property
    def first(self) -> int:
        """First year figures tell of."""
        return min([r.first_year for r in self.readings] + list(self.zeros))

    @property
    def last(self) -> int:
        """Last year figures tell of."""
        return max([r.year for r in self.readings] + list(self.zeros))

    @property
    def printed(self) -> frozenset[int]:
        """Years with a printed level of the whole year on the main basis."""
        return frozenset(
            r.year for r in self.readings
            if r.kind == "level" and r.yearly and not r.bound and r.basis == self.bases.main
        )  # fmt: skip


def evidence_of(figures: Iterable[Observation]) -> dict[str, Evidence]:
    """Sort figures by series and read them."""
    groups: dict[str, list[Observation]] = defaultdict(list)
    for figure in figures:
        groups[figure.series].append(figure)
    found = {}
    for key, group in sorted(groups.items()):
        rows = readings(group)
        head = group[0]
        zeros = frozenset(
            f.span.year for f in group if f.value == 0 and f.kind == "level" and f.period_kind == "year"
        )  # fmt: skip
        if not rows:
            continue
        # a growth rate or share among the figures has a unit of its own
        unit = next((f.unit for f in group if f.kind not in ("growth", "share")), indicators()[head.indicator].unit)
        bases = bases_of(head.region, head.indicator, rows)
        rows = tuple(r for r in rows if r.basis in bases.all or r.kind == "span")
        zeros -= {r.year for r in rows if r.kind == "level" and r.yearly}
        found[key] = Evidence(
            key, head.region, head.indicator, head.scope, unit, head.measure, rows, bases, zeros
        )  # fmt: skip
    return found


@dataclass(frozen=True, eq=False)
class Solved:
    """A series inside a solved graph, and the last year of its history."""

    evidence: Evidence
    posterior: Posterior
    last: int
    parent: str = ""

    def path(self, dates: Sequence[tuple[int, int]]) -> Path:
        """Give its logarithm over all years of the graph, and its deviations at some dates."""
        graph, key = self.posterior.graph, self.evidence.key
        places: dict[tuple[int, int], int] = {}
        rows: list[Row] = []
        for year in range(graph.first, graph.last + 1):
            places[year, 12] = len(rows)
            rows.append(graph.level(key, year))
        for year, month in sorted(set(dates)):
            if graph.first < year <= graph.last and (year, month) in graph.places[key].inside:
                row = graph.date(key, year, month)
                for end, weight in ((year, month / 12), (year - 1, 1 - month / 12)):
                    for place, value in graph.level(key, end).items():
                        row[place] = row.get(place, 0.0) - weight * value
                places[year, month] = len(rows)
                rows.append(row)
        table = self.posterior.dense(rows)
        return Path(key, places, table @ self.posterior.mean, table @ self.posterior.covariance @ table.T)


class Reader:
    """Reads all series of a set of figures: the nation, provinces as its shares, cities as theirs, then groups."""

    def __init__(self, evidence: Mapping[str, Evidence]) -> None:
        self.evidence = evidence
        self.done: dict[str, Solved] = {}
        self.paths: dict[str, Path] = {}
        self.wholes = frozenset(r.whole for e in evidence.values() for r in e.readings if r.kind == "share")
        self.told = {(e.region, e.indicator) for e in evidence.values()}
        growths: dict[str, dict[str, dict[int, float]]] = defaultdict(dict)
        for e in evidence.values():
            if e.scope == main_scope(e.region, e.indicator):
                growths[e.indicator][e.region] = printed_growth(e.readings, e.bases)
        self.panels = {indicator: Panel(found) for indicator, found in growths.items()}
        self.dates: dict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
        for e in evidence.values():
            if e.measure != "flow":
                asked = {(y, r.end) for r in e.readings if r.dated for y in (r.year, r.year - (r.kind == "growth"))}
                for parent in regions()[e.region].parents:
                    self.dates[parent, e.indicator] += asked
                    if parent != NATION:
                        self.dates[NATION, e.indicator] += asked

    def run(self) -> dict[str, Solved]:
        """Read everything, larger regions first; shares of other series after those."""
        order = {"nation": 0, "province": 1, "city": 2, "group": 3}
        level = {key: order[regions()[e.region].level] for key, e in self.evidence.items()}
        for key in sorted(self.evidence, key=lambda k: (level[k], not self.evidence[k].levels, k)):
            if key not in self.done:
                e = self.evidence[key]
                if e.region == NATION and e.scope in NESTED:
                    self.nation(e.indicator)
                else:
                    self.one(e)
        return self.done

    def nation(self, indicator: str) -> None:
        """Read the nested scopes of the nation together, the fullest first and the others as shares of it."""
        found = [e for s in NESTED if (e := self.evidence.get(series_key(NATION, indicator, s))) and e.levels]
        if not found:
            return
        found.sort(key=lambda e: (-len(e.printed), -len(e.readings), NESTED.index(e.scope)))
        root = found[0]
        members = [self.member(root)]
        kind = "flow" if root.measure == "flow" else "stock"
        nested = root.measure != "ratio" and len(root.printed) >= 3
        for e in found[1:] if nested else []:
            members.append(replace(self.member(e), prior=priors()[f"scope_{kind}"], parent=root.key, growth={}))
        alone = {m.key for m in members}
        linked = [
            e for e in self.evidence.values()
            if e.indicator == indicator and e.region != NATION and e.levels and not self.divided(e)
            and any(r.kind == "share" and r.whole in alone for r in e.readings)
        ]  # fmt: skip
        members += [self.member(e, inside=frozenset(alone)) for e in linked]
        dates = sorted(set(self.dates[NATION, indicator])) if root.measure != "flow" else []
        children = [e for e in self.evidence.values() if e.indicator == indicator and self.additive(e)]
        asked = min((r.reach for e in children for r in e.readings), default=root.first)
        first = min(root.first - 1, max(root.first - EARLIER, asked))
        years = (first, max([root.last, *(e.last for e in children)]))
        self.keep(build(members, years=years, dates=[d for d in dates if years[0] < d[0]]), NATION)
        for e in found[1:] if not nested else []:
            self.one(e)

    def additive(self, e: Evidence) -> bool:
        """Whether regions of this series add up to a larger one."""
        return indicators()[e.indicator].additive and e.scope == main_scope(e.region, e.indicator)

    def divided(self, e: Evidence) -> bool:
        """Whether it is a group all of whose members have figures, so that it is their sum."""
        members = regions()[e.region].members
        return bool(members) and all(series_key(m, e.indicator, e.scope) in self.evidence for m in members)

    def one(self, e: Evidence) -> None:
        """Read one series: as a share of a larger region where that pays, else alone."""
        member = self.member(e)
        if not any(r.kind in ("level", "span") for r in member.readings):
            return
        parent = self.parent(e)
        if parent is None:
            self.keep(build([member], years=(e.first, e.last), dates=self.asked(e)), e.region)
            return
        path = self.paths[parent]
        last = max(e.last, min(self.evidence[parent].last, max(y for y, _ in path.places)))
        family = priors()[share_family_of(e.indicator, e.measure)]
        share = replace(member, prior=family, parent=parent, offsets=self.offsets(e, parent), growth={})
        self.keep(build([share], path, years=(e.last, last), dates=self.asked(e)), e.region)

    def carried(self, e: Evidence, whole: Evidence) -> bool:
        """Whether a province's stock of one year is carried on as a share: of a nation that goes on, on one basis."""
        lone = len({r.year for r in e.readings}) == 1 and not e.zeros
        stock = regions()[e.region].level == "province" and e.measure == "stock"
        return lone and stock and e.last < whole.last and len(whole.bases.all) == 1

    def asked(self, e: Evidence) -> list[tuple[int, int]]:
        """Dates at which smaller regions ask for a stock, inside its own years."""
        if e.measure == "flow" or not self.additive(e):
            return []
        first = min(r.reach for r in e.readings)
        return sorted({d for d in self.dates[e.region, e.indicator] if first < d[0] <= e.last})

    def offsets(self, e: Evidence, parent: str) -> dict[str, tuple[float, float]]:
        """Give offsets of other bases as the parent's, with the spread between regions."""
        solved = self.done.get(parent)
        if solved is None:
            return {}
        held = solved.posterior.graph.places[parent].offset
        return {
            basis: (float(solved.posterior.mean[held[basis]]), OFFSET_SPREAD)
            for basis in e.bases.all[1:] if basis in held and solved.evidence.bases.main == e.bases.main
        }  # fmt: skip

    def parent(self, e: Evidence) -> str | None:
        """Choose the larger series to read it as a share of: only where that tells of years that it leaves open."""
        if not self.additive(e) or e.zeros or e.region == NATION:
            return None
        larger = next((p for p in regions()[e.region].parents if regions()[p].level != "group"), None)
        if larger is None:
            return None
        scopes = (main_scope(larger, e.indicator),) if larger != NATION else (*NESTED[::-1], "origin_china")
        for scope in scopes:
            key = series_key(larger, e.indicator, scope)
            if key in self.paths:
                own = self.evidence[key]
                known = own.printed | {r.year for r in own.readings if r.kind in ("growth", "level")}
                gaps = set(range(e.first, e.last + 1)) - e.printed
                reach = min(r.reach for r in e.readings)
                years = [y for y, _ in self.paths[key].places]
                told = len(gaps & known) * 2 >= len(gaps) > 0 or self.carried(e, own)
                if min(years) <= reach and max(years) >= e.last and told:
                    return key
        return None

    def member(self, e: Evidence, inside: frozenset[str] = frozenset()) -> Member:
        """Give the member of a series read alone; shares of series read before become levels."""
        rows = [r for r in (self.resolved(r, inside) for r in e.readings) if r is not None]
        logs = sorted(r.log for r in rows if r.kind == "level" and r.yearly) or [r.log for r in e.levels]
        prior = prior_of(e.indicator, e.measure, e.unit)
        count = math.exp(logs[len(logs) // 2]) if logs and e.measure == "flow" and e.unit == "count" else 0.0
        return Member(e.key, tuple(rows), e.bases, prior, e.measure == "flow", count=count, growth=self.growth(e))

    def growth(self, e: Evidence) -> Mapping[int, tuple[float, bool]]:
        """Give the growth to expect of it by year: that of the provinces, or of the nation."""
        return self.panels[e.indicator].expected(e.region) if e.indicator in self.panels else {}

    def resolved(self, row: Reading, inside: frozenset[str]) -> Reading | None:
        """Turn a share of a series read before into a level, its error added; None where the whole is unknown."""
        if row.kind != "share" or row.whole in inside:
            return row
        path = self.paths.get(row.whole)
        if path is None or not (row.yearly or row.dated):
            return None
        at = path.log_at(row.year, row.end if row.dated else 12)
        if at is None:
            return None
        return replace(row, kind="level", log=row.log + at[0], variance=row.variance + at[1], bound=True)

    def keep(self, graph: Graph, region: str) -> None:
        """Solve a graph and keep its series; wholes that others ask for are kept as paths."""
        posterior = solve(graph)
        for member in graph.members:
            e = self.evidence[member.key]
            carried = bool(graph.path) and self.carried(e, self.evidence[member.parent])
            solved = Solved(e, posterior, graph.last if carried else min(e.last, graph.last), member.parent)
            self.done[e.key] = solved
            if self.asks(e, region):
                self.paths[e.key] = solved.path(self.dates[e.region, e.indicator])

    def asks(self, e: Evidence, region: str) -> bool:
        """Whether another series may be a share of this one."""
        inside = regions()[e.region].members
        return e.region == NATION or e.key in self.wholes or any((m, e.indicator) in self.told for m in inside)
