"""What sums are worth: forecasts of nation and provinces before and after they are made to add up, by method.

    python -m benchmarks.reconciliation [--paths N] [--origins YEAR...] [--write]

At the end of each year from 2017 to 2023 every bundled series is forecast from what was public by then. For each
indicator that is divided into provinces the forecasts of nation, provinces and rest are then made to add up in the
years after the last known one: by `forecast.reconcile` on paths, and by BottomUp and MinTrace of the package
`hierarchicalforecast` on the same medians, the deviations of the same paths standing in for residuals. `outlook` is the
whole thing: all sums at once, and what a member known longer tells the others. Printed figures of later years judge:
mean absolute logarithm of actual over forecast, relative to the forecasts as they were.
"""

from __future__ import annotations

import argparse
import datetime as dt
import time
from collections.abc import Mapping

import numpy as np
import pandas as pd

from benchmarks.baseline_backtest import LAST, ORIGINS, SETTLED, broken
from benchmarks.results import machine, markdown, write_section
from forecast.baseline import by_mechanism, coherent, gap_between, stacked
from forecast.bases import Base, bases_of
from forecast.catalog import indicators, regions
from forecast.hierarchy import Structure, Sum
from forecast.histories import bundled_histories
from forecast.keys import split_key
from forecast.outlook import Outlook
from forecast.reconcile import reconcile
from forecast.rests import with_rests
from forecast.seeds import DEFAULT_SEED
from forecast.series import Floats
from forecast.sums import Book, bundled_sums, is_rest

PEERS = {"BottomUp": "", "MinTrace OLS": "ols", "MinTrace structural": "wls_struct", "MinTrace shrunk": "mint_shrink"}
OURS, OUTLOOK = "on paths", "outlook"


def peers_of(paths: Floats) -> dict[str, Floats]:
    """Reconcile one whole (row 0) and its parts by `hierarchicalforecast`; paths of shape (n_nodes, n_years, n_paths).

    Returns
    -------
    dict of str to array, shape (n_nodes, n_years)
    """
    from hierarchicalforecast.methods import BottomUp, MinTrace

    nodes = paths.shape[0]
    S = np.vstack([np.ones(nodes - 1), np.eye(nodes - 1)])
    middle = np.median(paths, axis=2)
    last = paths[:, -1]
    out = {}
    for name, method in PEERS.items():
        if method:
            found = MinTrace(method=method).fit_predict(
                S=S, y_hat=middle, y_insample=np.repeat(middle[:, -1:], last.shape[1], axis=1), y_hat_insample=last
            )
        else:
            found = BottomUp().fit_predict(S=S, y_hat=middle)
        out[name] = np.asarray(found["mean"])
    return out


def rows_of(origin: int, truth: Mapping[str, object], n_paths: int) -> list[dict[str, object]]:
    """Give one row a series, year and method for one vintage."""
    vintage = bundled_histories(dt.date(origin, 12, 31).isoformat())
    now = max(int(h.series.periods[-1].year) for h in vintage.values())
    single = bases_of(vintage, until=LAST, n_paths=n_paths, seed=DEFAULT_SEED, now=now)
    outlook, _ = coherent(single, until=LAST, seed=DEFAULT_SEED)
    bases = by_mechanism(single[0], seed=DEFAULT_SEED)
    book = Book(indicators(), regions(), frozenset(bases), lambda whole, parts: gap_between(bases, whole, parts))
    found: list[dict[str, object]] = []
    for s in bundled_sums(book):
        if s.along == "regions" and regions()[split_key(s.whole)[0]].level == "nation" and s.whole in bases:
            found += [row | {"origin": origin} for row in rows_of_sum(s, bases, outlook, truth)]
    return found


def rows_of_sum(
    s: Sum, bases: Mapping[str, Base], outlook: Outlook, truth: Mapping[str, object]
) -> list[dict[str, object]]:
    """Give the rows of one sum, for the years that none of its members knows."""
    nodes = (s.whole, *s.parts)
    one = Structure(nodes, (s,))
    whole = with_rests(bases, one, seed=DEFAULT_SEED)
    first = max(whole[k].known_until for k in nodes) + 1
    if first > LAST:
        return []
    years = tuple(range(first, LAST + 1))
    paths, printed = stacked(whole, nodes, years)
    forecasts = {"alone": np.median(paths, axis=2)} | peers_of(paths)
    forecasts[OURS] = np.median(reconcile(paths, printed, one), axis=2)
    rows = []
    for i, key in enumerate(nodes):
        if is_rest(key) or key not in truth:
            continue
        region, indicator, _ = split_key(key)
        series = truth[key].series  # type: ignore[attr-defined]  # a History, whose class is heavy to import for a name
        for period, value, sd in zip(series.periods, series.values, series.log_sd, strict=True):
            year = int(period.year)
            if year not in years or sd > SETTLED or value <= 0 or broken(region, indicator, first - 1, year):
                continue
            t = years.index(year)
            row: dict[str, object] = {"key": key, "level": regions()[region].level, "indicator": indicator}
            row |= {name: error(value, made[i, t]) for name, made in forecasts.items()}
            row[OUTLOOK] = error(value, float(np.median(outlook.of(key)[outlook.years.index(year)])))
            rows.append(row)
    return rows


def error(actual: float, forecast: float) -> float:
    """Absolute logarithm of actual over forecast; a forecast below a thousandth of the actual value counts as that."""
    return float(abs(np.log(actual / max(forecast, 1e-3 * actual))))


def summed(frame: pd.DataFrame, by: str) -> pd.DataFrame:
    """Give errors relative to those of forecasts as they were, by group."""
    names = [*PEERS, OURS, OUTLOOK]
    rows = []
    for group, part in frame.groupby(by, sort=True):
        alone = part["alone"].mean()
        rows.append((group, len(part), alone, *(part[name].mean() / alone for name in names)))
    return pd.DataFrame(rows, columns=[by, "n", "alone", *names])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--paths", type=int, default=150)
    parser.add_argument("--origins", type=int, nargs="+", default=list(ORIGINS), help="years at whose end to stand")
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    begin = time.perf_counter()
    truth = bundled_histories()
    frame = pd.DataFrame([row for o in arguments.origins for row in rows_of(o, truth, arguments.paths)])
    digits = dict.fromkeys(("alone", *PEERS, OURS, OUTLOOK), 3)
    body = [
        f"{len(frame)} forecasts of {frame['key'].nunique()} series of {frame['indicator'].nunique()} indicators that "
        f"are divided into provinces, {len(arguments.origins)} vintages, {arguments.paths} paths. `alone`: mean "
        "absolute log error before anything adds up; the others relative to it, below 1 is a gain. BottomUp leaves "
        "provinces as they are. The last two are ours: this one sum on paths, and the whole outlook.",
        *(markdown(summed(frame, name), digits) for name in ("level", "indicator")),
        machine("hierarchicalforecast", "numpy"),
    ]
    print("\n\n".join(body))
    print(f"{time.perf_counter() - begin:.0f} s")
    if arguments.write:
        command = "python -m benchmarks.reconciliation --write"
        write_section("reconciliation", "Gain or loss by adding up", command, "\n\n".join(body))


if __name__ == "__main__":
    main()
