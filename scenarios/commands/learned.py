"""`ip-foresight scenario learned` and `learn`: what past events taught, and what a panel of your own teaches."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from forecast.errors import InputError
from scenarios.commands import options as o

if TYPE_CHECKING:
    from scenarios.learning import Learned

Chinese = Annotated[bool, typer.Option("--zh", help="Reasons in Chinese.")]


def learned(
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="[EVENT...]", help="Parts of events, levers, regions, indicators or verdicts to show."),
    ] = None,
    most: Annotated[int, typer.Option("--most", help="Most rows to show.")] = 20,
    zh: Chinese = False,
    out: o.Out = None,
) -> None:
    """Show what the bundled figures taught about past events: usable, suggestive or not identified, and why.

    With --out: learned_effects.csv.

    Example: ip-foresight scenario learned abnormal_filing_control
    """
    from scenarios.commands.terminal import say
    from scenarios.learning import learned as every
    from scenarios.learning import learned_about
    from scenarios.learning.learned import TABLE, write_learned

    found = learned_about(words or ())
    _show(f"{len(found):,} of {len(every()):,} rows", found[:most], "zh" if zh else "en")
    if len(found) > most:
        say(f"{len(found) - most:,} more; --most {len(found)} shows all.")
    counts = {v: sum(r.verdict == v for r in found) for v in ("usable", "suggestive", "not identified")}
    say("; ".join(f"{v} {n:,}" for v, n in counts.items()) + f"; {sum(r.estimated for r in found):,} with an estimate.")
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        write_learned(found, out / TABLE)
        say(f"Written to {out / TABLE}.")


def learn(
    panel: Annotated[Path, typer.Argument(metavar="PANEL.csv", help="Columns region, year, value and maybe log_sd.")],
    treated: Annotated[
        list[str], typer.Option("--treated", "-t", help="Region and first treated year, as CN-ZJ=2019; repeat it.")
    ],
    lever: Annotated[str, typer.Option("--lever", help="Lever whose prior is updated.")] = "",
    indicator: Annotated[
        str, typer.Option("--indicator", help="What the values are; the file's name without it.")
    ] = "",
    seed: o.Seed = o.DEFAULT_SEED,
    zh: Chinese = False,
    out: o.Out = None,
) -> None:
    """Learn from a panel of your own with the same designs and rules.

    Needs the extra: pip install 'ip-foresight[learning]'. With --out: learned_effects.csv.

    Example: ip-foresight scenario learn grants.csv -t CN-ZJ=2019 --lever preexamination_centre
    """
    from scenarios.commands.terminal import say
    from scenarios.learning.learned import TABLE, write_learned
    from scenarios.learning.own_panel import learn_from, prior_for
    from scenarios.learning.panel import read_panel, region_key

    read = read_panel(panel, indicator)
    since = {}
    for text in treated:
        name, _, year = text.partition("=")
        if not year.strip().isdigit():
            raise InputError(f'--treated "{text}" has no year.', "Write for example CN-ZJ=2019.")
        since[region_key(name)] = int(year)
    prior = prior_for(lever, read.indicator) if lever else None
    rows = learn_from(read, since, prior=prior, lever=lever, seed=seed)
    _show(
        f"{read.indicator}: {len(read.regions)} regions, {read.years[0]} to {read.years[-1]}",
        rows,
        "zh" if zh else "en",
    )
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        write_learned(rows, out / TABLE)
        say(f"Written to {out / TABLE}.")


def _show(title: str, rows: Sequence[Learned], language: str) -> None:
    from scenarios.commands.terminal import say, say_wrapped, show_table

    names = ["event", "indicator", "verdict", "design", "estimate (error)", "smallest seen", "prior", "posterior"]
    table = [
        (
            _event(r), r.indicator, r.verdict, r.design, _pair(r.estimate, r.se),
            "" if math.isnan(r.smallest) else f"{r.smallest:.2f}", _pair(r.prior_mean, r.prior_sd),
            _pair(r.posterior_mean, r.posterior_sd),
        )
        for r in rows
    ]  # fmt: skip
    show_table(title, names, table, left=4)
    for r in rows:
        say_wrapped(f"{_event(r)}, {r.indicator}, {r.design}: {r.why(language)}")
    say("")


def _event(row: Learned) -> str:
    first, *more = row.events.removeprefix("ev-").split(";")
    return first + (f" +{len(more)}" if more else "")


def _pair(mean: float, sd: float) -> str:
    return "" if math.isnan(mean) else f"{mean:+.2f} ({sd:.2f})"
