"""`ip-foresight demo`: every bundled series and every library scenario, as tables, pictures and a report."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    import pandas as pd

    from forecast.outlook import Outlook
    from scenarios.comparison import Comparison

YEAR = 2035
"""Year of the summary."""


def demo(
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the results.")] = Path("out"),
    pictures: Annotated[
        bool, typer.Option("--pictures/--no-pictures", help="Draw pictures (most of the time).")
    ] = True,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress bar, no summary.")] = False,
) -> None:
    """Make the outlook of every bundled series and run every scenario of the library, with a report.

    Writes outlook/forecasts.parquet and .csv, pictures (PNG, SVG) by indicator, a folder for each scenario, and
    index.html.

    Example: ip-foresight demo --out out
    """
    from forecast.catalog import data_folder
    from forecast.export import file_hash, manifest, write_json, write_table
    from forecast.seeds import DEFAULT_SEED
    from scenarios.commands.bundled import shared_outlook
    from scenarios.commands.running import headline, most_changed, run_all, write_run
    from scenarios.commands.terminal import progress_bar, say
    from scenarios.files import library

    with progress_bar(quiet) as bar:
        task = bar.add_task("outlook", total=None, rate="")
        outlook = shared_outlook(DEFAULT_SEED, 1000)
        frame = outlook_frame(outlook)
        write_table(frame[~frame["known"]].drop(columns=["known", "median"]), out / "outlook" / "forecasts.parquet")
        write_table(frame, out / "outlook" / "with_history.csv")
        groups = by_indicator(outlook.keys)
        steps = (len(groups) if pictures else 0) + len(library())
        bar.update(task, total=steps, completed=0, description="pictures")
        if pictures:
            for indicator, keys in groups.items():
                draw_indicator(frame, indicator, keys, out / "outlook" / "pictures")
                bar.advance(task)
        found: list[Comparison] = []
        bar.update(task, description="scenarios")
        for comparison in run_all(list(library().values())):
            keys = most_changed(comparison, YEAR, 8)
            write_run(comparison, keys, (80.0, 95.0), out / "scenarios" / comparison.scenario.id, quiet=True)
            if pictures and keys:
                draw_scenario(comparison, keys, out / "scenarios" / comparison.scenario.id / "difference")
            found.append(comparison)
            bar.advance(task)
    shown = [key for key in headline() if key in outlook.index]
    from scenarios.commands.report import write_report

    write_report(outlook, found, shown, out, pictures=pictures)
    data = {"observations.csv": file_hash(data_folder() / "observations.csv")}
    settings = {
        "seed": outlook.seed,
        "n_paths": outlook.n_paths,
        "until": outlook.years[-1],
        "scenarios": list(library()),
    }
    counts = {"series": len(outlook.keys), "forecast_rows": int((~frame["known"]).sum()), "scenarios": len(found)}
    write_json(manifest("demo", data=data, configuration=settings, counts=counts), out / "manifest.json")
    if not quiet:
        _summary(outlook, found, shown)
        say(f"{counts['series']:,} series, {counts['scenarios']} scenarios. Report: {out / 'index.html'}")


def outlook_frame(outlook: Outlook) -> pd.DataFrame:
    """Give an outlook as a long table with its history.

    Returns
    -------
    pandas.DataFrame
        ``unique_id, ds, model, mean, lo-80, hi-80, lo-95, hi-95, median, known``, where a value is there.
    """
    import numpy as np
    import pandas as pd

    n, t = len(outlook.keys), len(outlook.years)
    tails = [0.1, 0.9, 0.025, 0.975]
    numbers = np.empty((n, t, 6))
    for i in range(n):  # one series at a time: quantiles of the whole array would copy it
        paths = outlook.paths[i]
        numbers[i, :, 0], numbers[i, :, 5] = paths.mean(axis=1), np.median(paths, axis=1)
        numbers[i, :, 1:5] = np.quantile(paths, tails, axis=1).T
    frame = pd.DataFrame(numbers.reshape(-1, 6), columns=["mean", "lo-80", "hi-80", "lo-95", "hi-95", "median"])
    frame.insert(0, "unique_id", np.repeat(np.array(outlook.keys, dtype=object), t))
    frame.insert(1, "ds", np.tile(np.array(outlook.years), n))
    frame.insert(2, "model", "auto")
    frame["known"] = frame["ds"].to_numpy() <= np.repeat(np.array(outlook.known_until), t)
    there: pd.DataFrame = frame[np.isfinite(frame["mean"])].reset_index(drop=True)
    return there


def by_indicator(keys: tuple[str, ...]) -> dict[str, list[str]]:
    """Group keys by indicator, the nation first, then in the order of the catalogue of regions."""
    from forecast.catalog import regions

    order = {region: i for i, region in enumerate(regions())}
    groups: dict[str, list[str]] = defaultdict(list)
    for key in sorted(keys, key=lambda k: (order.get(k.split(".")[0], len(order)), k)):
        groups[key.split(".")[1]].append(key)
    return dict(groups)


def draw_indicator(frame: pd.DataFrame, indicator: str, keys: list[str], folder: Path) -> None:
    """Draw an indicator, a panel for each series."""
    from forecast.catalog import indicators
    from scenarios.commands.finding import title_of, unit_of
    from scenarios.commands.pictures import fan_panels, save

    row = indicators()[indicator]
    parts = {key: part for key, part in frame.groupby("unique_id", sort=False) if key in set(keys)}
    panels = {title_of(key)[0].replace(f": {row.title_en}", ""): parts[key] for key in keys if key in parts}
    if panels:
        title = f"{row.title_en} / {row.title_zh}"
        save(fan_panels(panels, title=title, unit=unit_of(keys[0]), foot=foot_of("outlook")), folder / indicator)


def draw_scenario(comparison: Comparison, keys: list[str], stem: Path) -> None:
    """Draw what a scenario changes."""
    from scenarios.commands.finding import title_of
    from scenarios.commands.pictures import difference_panels, save

    scenario = comparison.scenario
    title = f"{scenario.titled('en')} / {scenario.titled('zh')}: difference to the baseline"
    titles = {key: title_of(key)[0] for key in keys}
    save(difference_panels(comparison, titles, title=title, foot=foot_of("scenario, not a promise")), stem)


def foot_of(what: str) -> list[str]:
    """Say under a picture what it is, from which data and which model."""
    from forecast.catalog import sources

    last = max((s.retrieved for s in sources().values() if s.retrieved), default="")
    return [
        f"Bands: 8 of 10 and 19 of 20 futures; {what}. Model: auto, sums held on every path.",
        f"Data as of {last}. IP Foresight.",
    ]


def _summary(outlook: Outlook, found: list[Comparison], shown: list[str]) -> None:
    import numpy as np

    from scenarios.commands.finding import title_of, unit_of
    from scenarios.commands.terminal import figure, show_table

    at = outlook.years.index(YEAR)
    rows = []
    for key in shown:
        unit, paths, known = unit_of(key), outlook.of(key), outlook.known_until[outlook.index[key]]
        low, middle, high = (figure(float(v), unit) for v in np.quantile(paths[at], [0.1, 0.5, 0.9]))
        latest = figure(float(np.median(paths[outlook.years.index(known)])), unit)
        rows.append((title_of(key)[0], f"{latest} ({known})", middle, f"{low} to {high}"))
    show_table(f"Outlook to {YEAR}", ["series", "latest", str(YEAR), "8 in 10"], rows)
    moved = []
    for comparison in found:
        cells = [f"{np.median(comparison.view(key, 'percent')[at]) * 100:+.1f}%" for key in shown]
        moved.append((comparison.scenario.titled("en"), *cells))
    if moved:
        names = [key.replace("_in_force", "").replace("_pledge_amount", " pledges") for key in shown]
        show_table(f"Scenarios: difference to the baseline in {YEAR}", ["scenario", *names], moved)
