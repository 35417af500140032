"""`ip-foresight scenario robust`: scenarios over many futures, where they fail, and what drives the spread."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from scenarios.commands import options as o

if TYPE_CHECKING:
    import pandas as pd

    from scenarios.robustness import Robustness


def robust(
    scenarios: Annotated[list[str], typer.Argument(metavar="SCENARIO...", help="Ids of the library, files, a folder.")],
    series: Annotated[str, typer.Option("--series", "-s", help="Series key, or id of a plan target.")],
    value: Annotated[float | None, typer.Option("--value", "-v", help="Value to be reached; that of the plan.")] = None,
    year: Annotated[int | None, typer.Option("--year", "-y", help="By the end of this year; that of the plan.")] = None,
    out: o.Out = None,
) -> None:
    """Try scenarios in many futures: share that meets a target, regret, conditions under which each fails, drivers.

    With --out: robustness.csv and futures.parquet (what differs between the futures).

    Example: ip-foresight scenario robust continuation finance-push -s CN.ip_pledge_amount --value 2e12 --year 2030
    """
    from scenarios.commands.bundled import shared_outlook
    from scenarios.commands.reach import goal_of
    from scenarios.commands.running import chosen_scenarios
    from scenarios.robustness import robustness

    chosen = chosen_scenarios(scenarios)
    goal = goal_of(series, value, year, 0.5)
    found = robustness(chosen, goal, shared_outlook(o.DEFAULT_SEED, 1000), known={s.id: s for s in chosen})
    show(found)
    if out is not None:
        from forecast.export import write_table
        from scenarios.commands.terminal import say

        write_table(frame(found), out / "robustness.csv")
        write_table(futures(found), out / "futures.parquet")
        say(f"Written to {out}: robustness.csv, futures.parquet.")


def show(found: Robustness) -> None:
    """Print a table, the failing conditions in words, and the drivers."""
    from scenarios.commands.finding import title_of, unit_of
    from scenarios.commands.terminal import figure, say, show_table
    from scenarios.robustness import condition_words, input_title

    goal = found.goal
    unit = unit_of(goal.key) or "count"
    say(f"{title_of(goal.key)[0]} ({goal.key}): at least {figure(goal.at_least, unit)} in {goal.year}.")
    rows = [
        (s.scenario.titled("en"), s.scenario.id, f"{s.met:.1%}", f"{s.regret_usual:.1%}", f"{s.regret:.1%}",
         f"{s.best:.0%}")
        for s in found.standings
    ]  # fmt: skip
    names = ["scenario", "id", "meets it", "regret, 95 in 100 below", "largest regret", "none better in"]
    show_table(f"{found.n_futures:,} futures", names, rows, left=2)
    for s in found.standings:
        if s.failing is not None:
            say(f"{s.scenario.id}: {condition_words(s.failing)}")
        drivers = [f"{input_title(n)} {v:.0%} (+-{c:.0%})" for n, (v, c) in s.drivers.items()]
        if drivers:
            say(f"  What drives the spread: {'; '.join(drivers)}.")
    if not any(s.drivers for s in found.standings):
        say('Install "ip-foresight[analysis]" to see what drives the spread.')


def frame(found: Robustness) -> pd.DataFrame:
    """Give the table of scenarios: a row each, the failing conditions in both languages."""
    import pandas as pd

    from scenarios.robustness import condition_words

    return pd.DataFrame([
        {
            "scenario": s.scenario.id, "unique_id": found.goal.key, "ds": found.goal.year,
            "at_least": found.goal.at_least, "futures": found.n_futures, "met": s.met, "regret_95": s.regret_usual,
            "regret_max": s.regret, "none_better": s.best,
            "fails": "" if s.failing is None else condition_words(s.failing),
            "fails_zh": "" if s.failing is None else condition_words(s.failing, "zh"),
            "drivers": "; ".join(f"{n}={v:.4f}+-{c:.4f}" for n, (v, c) in s.drivers.items()),
        }
        for s in found.standings
    ])  # fmt: skip


def futures(found: Robustness) -> pd.DataFrame:
    """Give what differs between the futures, a row each."""
    import pandas as pd

    return pd.DataFrame(dict(found.inputs))
