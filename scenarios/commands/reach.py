"""`ip-foresight scenario reach`: which levers meet a target with a wanted chance, and at what effort."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scenarios.commands import options as o

if TYPE_CHECKING:
    import pandas as pd

    from scenarios.levers import Lever
    from scenarios.reach import Kind, Reach
    from scenarios.scenario import Goal

TITLES: dict[Kind, str] = {
    "least": "least effort", "other": "another main lever", "own": "the region's own levers", "few": "one lever",
    "even": "all alike", "best": "highest chance",
}  # fmt: skip
"""Names of ways in tables."""


def reach(
    series: Annotated[str, typer.Argument(metavar="SERIES", help="Series key, or id of a plan target.")],
    value: Annotated[float | None, typer.Option("--value", "-v", help="Value to be reached; that of the plan.")] = None,
    year: Annotated[int | None, typer.Option("--year", "-y", help="By the end of this year; that of the plan.")] = None,
    probability: Annotated[float, typer.Option("--probability", "-p", help="Wanted chance, 0 to 1.")] = 0.8,
    levers: Annotated[
        str, typer.Option("--levers", help="Levers that may move, with commas; those of measured size without it.")
    ] = "",
    efforts: Annotated[
        str, typer.Option("--efforts", help='Effort of the whole way of levers, as "ip_courts=3,fee_relief=0.5".')
    ] = "",
    within: Annotated[
        str, typer.Option("--within", help="Scenario that holds already: id of the library, or file.")
    ] = "",
    possible: Annotated[bool, typer.Option("--possible", help="Beyond the studied range, to the hard bounds.")] = False,
    out: o.Out = None,
) -> None:
    """Find which levers reach a target with a wanted chance at the least effort, in other ways, or that none does.

    With --out: ways.csv, frontier.csv, and a scenario file for each way, ready for "scenario run".

    Example: ip-foresight scenario reach CN-ZJ.inventions_in_force --value 900000 --year 2030 --probability 0.9
    """
    from scenarios.commands.bundled import shared_outlook
    from scenarios.commands.running import chosen_scenarios
    from scenarios.reach import reach as found

    goal = goal_of(series, value, year, probability)
    answer = found(
        goal,
        shared_outlook(o.DEFAULT_SEED, 1000),
        movable=o.names_of(levers) or None,
        efforts=efforts_of(efforts),
        within=chosen_scenarios([within])[0] if within else None,
        limits="possible" if possible else "studied",
    )
    show(answer)
    if out is not None:
        write(answer, out)


def goal_of(series: str, value: float | None, year: int | None, probability: float) -> Goal:
    """Give the goal meant by a series key with value and year, or by the id of a plan target.

    Raises
    ------
    InputError
        Where value or year is missing, or the chance is not between 0 and 1.
    UnknownNameError
        Where the words are neither a series key nor a target.
    """
    from forecast.catalog import indicators, regions, targets
    from forecast.errors import InputError, unknown
    from scenarios.scenario import Goal

    if not 0 < probability < 1:
        raise InputError(f"--probability {probability:g} is no chance.", "Give a number between 0 and 1, as 0.9.")
    plans = {t.observation_id: t for t in targets()}
    plan = plans.get(series)
    key = f"{plan.region}.{plan.indicator}" if plan else series
    region, _, indicator = key.partition(".")
    if region not in regions():
        raise unknown("series", series, {f"{t.region}.{t.indicator}" for t in targets()} | set(plans))
    if indicator not in indicators():
        raise unknown("indicator", indicator, indicators())
    value = plan.value if plan and value is None else value
    year = plan.year if plan and year is None else year
    if value is None or year is None:
        raise InputError(f"{series}: {'--value' if value is None else '--year'} is missing.", "Name both.")
    if not 2000 <= year <= 2100:
        raise InputError(f"--year {year} is not shown.", "Give a year ahead, as 2030.")
    return Goal(
        region=region, indicator=indicator, year=year, at_least=float(value), chance=probability,
        plan=plan.plan if plan else "",
    )  # fmt: skip


def efforts_of(text: str) -> dict[str, float]:
    """Read ``lever=effort`` with commas between them.

    Raises
    ------
    InputError
        Where one is of another form.

    Examples
    --------
    >>> efforts_of("ip_courts=3, fee_relief=0.5")
    {'ip_courts': 3.0, 'fee_relief': 0.5}
    """
    from forecast.errors import InputError

    found = {}
    for part in o.names_of(text):
        name, _, number = part.partition("=")
        try:
            found[name.strip()] = float(number)
        except ValueError as error:
            raise InputError(f'--efforts "{part}" is no effort.', 'Write for example "ip_courts=3".') from error
    return found


def position_text(lever: Lever, value: float) -> str:
    """Write a position in the form of its lever.

    Examples
    --------
    >>> from scenarios.levers import levers
    >>> position_text(levers()["trademark_filing_fee"], -0.425), position_text(levers()["ip_courts"], 0.5)
    ('-42.5%', '0.5 of the programme')
    """
    if lever.record.form == "change":
        return f"{value * 100:+.4g}%"
    if lever.record.form == "rate":
        return f"{value * 100:+.3g} points a year"
    return f"{value:.3g} of the programme"


def show(answer: Reach) -> None:
    """Print the answer: in words, the ways side by side, and the least effort by chance."""
    from scenarios.commands.finding import title_of, unit_of
    from scenarios.commands.terminal import figure, say, show_table

    goal = answer.goal
    unit = unit_of(goal.key) or "count"
    say(
        f"{title_of(goal.key)[0]} ({goal.key}): at least {figure(goal.at_least, unit)} in {goal.year}, "
        f"wanted in {goal.chance * 100:g} of 100 futures."
    )
    say(f"Without these levers: {answer.now * 100:.1f} of 100.")
    ways = answer.ways or (answer.best,)
    if not answer.reachable:
        say(
            f"Not reachable: at best {answer.best.chance * 100:.1f} of 100, with the levers below. "
            f"They make {figure(answer.certain, unit)} sure in {goal.chance * 100:g} of 100."
        )
        if answer.later is not None:
            say(f"With them the target itself is reached in {answer.later}, in {goal.chance * 100:g} of 100.")
    rows = [
        [f"{k.lever.title('en')} ({k.lever.id})", k.lever.record.decided_by, k.lever.grade]
        + [position_text(k.lever, k.position(way.steps[i])) if way.steps[i] else "as now" for way in ways]
        for i, k in enumerate(answer.knobs)
    ]
    rows.append(["Effort", "", "", *(f"{way.effort:.2f}" for way in ways)])
    rows.append(["Chance", "", "", *(f"{way.chance:.1%}" for way in ways)])
    rows.append(["Chance around policy events", "", "", *(f"{way.around_policy:.1%}" for way in ways)])
    names = ["lever", "decided by", "grade", *(TITLES[way.kind] for way in ways)]
    show_table("Ways to reach it" if answer.reachable else "The highest chance there is", names, rows, left=3)
    points = [(f"{way.chance:.1%}", f"{way.effort:.2f}", _text_of(answer, i)) for i, way in enumerate(answer.frontier)]
    show_table("Least effort by chance (1 is one lever moved its whole way)", ["chance", "effort", "levers"], points)
    for why in dict.fromkeys(answer.unused.values()):
        names = [name for name, reason in answer.unused.items() if reason == why]
        say(f"Not moved ({why}): {', '.join(names)}.")


def _text_of(answer: Reach, i: int) -> str:
    moved = answer.positions(answer.frontier[i])
    return "; ".join(f"{k.lever.id} {position_text(k.lever, value)}" for k, value, _ in moved) or "none"


def frames(answer: Reach) -> dict[str, pd.DataFrame]:
    """Give the tables ``ways`` (a row a way and lever) and ``frontier`` (a row a chance and lever)."""
    import pandas as pd

    names = ["unique_id", "ds", "at_least", "wanted", "way", "chance", "around_policy", "effort", "lever", "region",
             "position", "lever_effort"]  # fmt: skip
    found = {}
    for name, ways in (("ways", answer.ways or (answer.best,)), ("frontier", answer.frontier)):
        rows = [
            (answer.goal.key, answer.goal.year, answer.goal.at_least, answer.goal.chance, way.kind, way.chance,
             way.around_policy, way.effort, k.lever.id, k.region, value, effort)
            for way in ways for k, value, effort in answer.positions(way)
        ]  # fmt: skip
        found[name] = pd.DataFrame(rows, columns=names)
    return found


def write(answer: Reach, out: Path) -> None:
    """Write tables and a scenario file for each way into a folder."""
    from forecast.export import write_table, written
    from scenarios.commands.terminal import say
    from scenarios.scenario import to_yaml

    tables = frames(answer)
    for name, table in tables.items():
        write_table(table, out / f"{name}.csv")
    files = []
    for way in answer.ways or (answer.best,):
        scenario = way.scenario.model_copy(update={"id": f"reach-{way.kind}"})
        with written(out / f"{scenario.id}.yaml") as path:
            path.write_text(to_yaml(scenario), encoding="utf-8")
        files.append(f"{scenario.id}.yaml")
    say(f"Written to {out}: {', '.join([*(f'{name}.csv' for name in tables), *files])}.")
