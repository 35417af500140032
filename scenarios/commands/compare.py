"""`ip-foresight compare`: scenarios side by side on the same futures."""

from __future__ import annotations

from typing import Annotated

import typer

from scenarios.commands import options as o
from scenarios.commands.scenario import AtYear, Chosen


def compare(
    scenarios: Chosen,
    series: Annotated[list[str], typer.Option("--series", "-s", help="Series to compare.")],
    year: AtYear = 2035,
    target: Annotated[float | None, typer.Option("--target", help="Value to be reached by then.")] = None,
    levels: o.Levels = "80,95",
    out: o.Out = None,
) -> None:
    """Compare scenarios on the same futures: level, difference, chance of a target, and how often each is ahead.

    Example: ip-foresight compare continuation finance-push --series CN.ip_pledge_amount --year 2030
    """
    from forecast.errors import InputError
    from scenarios.commands.finding import title_of, unit_of
    from scenarios.commands.running import AROUND_POLICY, chosen_scenarios, run_all, write_run
    from scenarios.commands.scenario import shown_series
    from scenarios.commands.terminal import figure, show_table

    chosen = chosen_scenarios(scenarios)
    if len(chosen) < 2:
        raise InputError("One scenario was named.", "Name two or more to compare.")
    found = list(run_all(chosen))
    wide = o.levels_of(levels)
    for key in shown_series(found[0], series, year):
        unit, at = unit_of(key) or "count", found[0].years.index(year)
        rows = []
        for one in found:
            bands = one.bands(key, levels=sorted({*wide, 80.0}))
            spans = [bands.edges[wide[0]], bands.around_policy or bands.edges[80.0]]
            change = one.bands(key, "percent", levels=(80.0,))
            ahead = [f"{one.ahead(other, key, year):.0%}" if other is not one else "" for other in found]
            reached = []
            if target is not None:
                reached = [f"{of[at]:.0%}" for of in (one.chance(key, target), one.chance_around_policy(key, target))]
            rows.append([
                one.scenario.id, figure(bands.median[at], unit),
                *(f"{figure(low[at], unit)} to {figure(high[at], unit)}" for low, high in spans),
                f"{change.median[at] * 100:+.1f}%", *reached, *ahead,
            ])  # fmt: skip
        reach = [] if target is None else [f"reaches {figure(target, unit)}", "around policy events"]
        names = ["scenario", "middle", f"{wide[0]:g} in 100", AROUND_POLICY, "difference", *reach]
        names += [f"ahead of {one.scenario.id}" for one in found]
        show_table(f"{title_of(key)[0]} ({key}), {year}: share of the same futures", names, rows)
    if out is not None:
        for one in found:
            write_run(one, series, wide, out / one.scenario.id)
