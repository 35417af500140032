"""`ip-foresight scenario hindcast`: what levers would have foretold on the eve of past events, beside what came."""

from __future__ import annotations

from typing import Annotated

import typer

from scenarios.commands import options as o


def hindcast(
    words: Annotated[
        list[str] | None, typer.Argument(metavar="[WORD...]", help="Parts of events, levers or series to show.")
    ] = None,
    misses: Annotated[bool, typer.Option("--misses", help="Show misses only.")] = False,
    again: Annotated[bool, typer.Option("--again", help="Try all events anew; takes some minutes.")] = False,
    most: Annotated[int, typer.Option("--most", help="Most rows to show.")] = 40,
    out: o.Out = None,
) -> None:
    """Show hindcasts of past policy events, without and with levers, misses included.

    With --out: hindcasts.csv.

    Example: ip-foresight scenario hindcast trademark_filing_fee
    """
    import numpy as np

    from scenarios.commands.finding import title_of, unit_of
    from scenarios.commands.terminal import figure, say, show_table
    from scenarios.hindcasts import TABLE, bundled_hindcasts, summary, write_hindcasts, year_of
    from scenarios.policy_band import factors_apart, held, widened

    rows = list(bundled_hindcasts())
    if again:
        from scenarios.commands.bundled import shared_outlook
        from scenarios.hindcast_runs import hindcasts

        rows = hindcasts(now=shared_outlook(o.DEFAULT_SEED, 1000), report=lambda text: say(text, stderr=True))
    asked = [w.casefold() for w in words or ()]
    found = [
        r for r in rows
        if all(w in f"{r.events} {r.levers} {r.unique_id}".casefold() for w in asked) and not (misses and r.inside_with)
    ]  # fmt: skip
    factors = factors_apart(rows)
    table = []
    for r in found[:most]:
        unit = unit_of(r.unique_id) or "count"
        edges = np.array([r.lo_80_with, r.hi_80_with])
        low, high = widened(edges, np.array(r.with_lever), factors[year_of(r)])
        table.append((
            r.as_of, r.unique_id, r.levers.replace(";", ", "), f"{r.ds}", figure(r.actual, unit),
            f"{figure(r.without, unit)} ({figure(r.lo_80, unit)} to {figure(r.hi_80, unit)})",
            f"{figure(r.with_lever, unit)} ({figure(r.lo_80_with, unit)} to {figure(r.hi_80_with, unit)})",
            f"{figure(low, unit)} to {figure(high, unit)}", r.cause or "held",
        ))  # fmt: skip
    names = [
        "eve",
        "series",
        "levers",
        "year",
        "came",
        "without (80%)",
        "with (80%)",
        "80% around policy events",
        "miss",
    ]
    title = f"{len(found):,} of {len(rows):,} hindcasts"
    if len({r.unique_id for r in found}) == 1:
        title += f": {title_of(found[0].unique_id)[0]}"
    show_table(title, names, table, left=3)
    if len(found) > most:
        say(f"{len(found) - most:,} more; --most {len(found)} shows all.")
    s = summary(found)
    if s.n:
        say(
            f"In the 80% band: {s.inside:.0%} without levers, {s.inside_with:.0%} with them. CRPS {s.crps:.3f} and "
            f"{s.crps_with:.3f}; levers made it better in {s.helped:.0%}."
        )
        wide = sum(held(r, factors) for r in found) / s.n
        say(f"In the band around policy events (as wide as the events of all other years needed): {wide:.0%}.")
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        write_hindcasts(found, out / TABLE)
        say(f"Written to {out / TABLE}.")
