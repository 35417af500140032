"""Estimate how series grow around what was to be expected of them, and write `forecast/history_priors.csv`.

    python -m benchmarks.history_priors [--write]

For every series the longest run of printed years is taken, and from its yearly growth (logarithms) what the other
provinces did in the same year is taken off (`forecast.panel`). What is left has the density

    integral over c2 of N(0, tau^2 11' + c2 (S + level^2 I)),  1/c2 ~ chi-squared(degrees) / degrees

with S the covariance of an autoregressive slope (`phi`, shocks of sd `slope`, twice its usual variance in the first
year). Its five numbers are found by maximum likelihood over all series of a family, and of each indicator with 12
series and 60 growth rates. Shares of the nation are taken likewise, with nothing taken off. `mu` and `common` are mean
and spread over the years of the provinces' median growth. Families with fewer series keep the numbers they have, marked
"by hand" or "by figures left out" (`benchmarks.history_money`); so do `inside`, `season` and `width` of all, set by the
figures left out in `benchmarks.history_coverage`.
"""

from __future__ import annotations

import argparse
import csv
from collections import defaultdict
from pathlib import Path

import numpy as np
from scipy.optimize import minimize
from scipy.stats import chi2

import forecast.priors
from forecast.catalog import NATION, indicators, regions
from forecast.evidence import Reading
from forecast.factors import SLOPE_START
from forecast.joint import NESTED, Evidence, Reader, evidence_of
from forecast.keys import main_scope, series_key
from forecast.observations import observations
from forecast.panel import LEAST_REGIONS
from forecast.priors import Prior, family_of

FILE = Path(forecast.priors.__file__).parent / "history_priors.csv"
POOLED = (
    "stock", "filing", "grant", "small", "money", "economy", "population", "ratio", "share_stock",
    "share_flow", "share_small", "scope_stock", "scope_flow",
)  # fmt: skip
"""Families whose rows stay whatever is found; the other rows are those of single indicators."""
NUMBERS = ("mu", "tau", "slope", "level", "phi", "degrees", "common", "inside", "season", "width")
GRID = (np.arange(24) + 0.5) / 24
LEAST_SERIES, LEAST_RATES, LEAST_RUN, LEAST_YEARS = 12, 60, 4, 8


def levels(evidence: Evidence) -> dict[int, float]:
    """Give the printed yearly levels on the main basis, logarithms."""
    best: dict[int, Reading] = {}
    for r in evidence.readings:
        if r.kind == "level" and r.yearly and not r.bound and r.basis == evidence.bases.main:
            best[r.year] = min(best.get(r.year, r), r, key=lambda x: x.variance)
    return {year: r.log for year, r in best.items()}


def longest(found: dict[int, float]) -> dict[int, float]:
    """Give the longest run of years."""
    runs: list[list[int]] = []
    for year in sorted(found):
        if runs and runs[-1][-1] == year - 1:
            runs[-1].append(year)
        else:
            runs.append([year])
    return {year: found[year] for year in max(runs, key=len, default=[])}


def common(reader: Reader) -> dict[str, tuple[float, float]]:
    """Give mean and spread over years of what provinces share in a year, by family."""
    found: dict[str, list[float]] = defaultdict(list)
    for indicator, panel in reader.panels.items():
        row = indicators()[indicator]
        provinces = [g for key, g in panel.by_region.items() if regions()[key].level == "province"]
        for year in sorted({year for g in provinces for year in g}):
            values = [g[year] for g in provinces if year in g]
            if len(values) >= LEAST_REGIONS:
                for name in (family_of(indicator, row.measure, row.unit), indicator):
                    found[name].append(float(np.median(values)))
    return {
        family: (float(np.mean(v)), float(np.std(v, ddof=1))) for family, v in found.items() if len(v) >= LEAST_YEARS
    }


def samples(reader: Reader) -> dict[str, list[np.ndarray]]:
    """Give vectors of growth beyond the expected, by family."""
    found: dict[str, list[np.ndarray]] = defaultdict(list)
    for e in reader.evidence.values():
        if e.scope != main_scope(e.region, e.indicator):
            continue
        run = longest(levels(e))
        growth = reader.growth(e)
        family = family_of(e.indicator, e.measure, e.unit)
        years = [y for y in sorted(run)[1:] if growth.get(y, (0.0, False))[1]]
        if len(years) >= LEAST_RUN and years[-1] - years[0] == len(years) - 1:
            for name in {family, e.indicator}:
                found[name].append(np.array([run[y] - run[y - 1] - growth[y][0] for y in years]))
        if regions()[e.region].level == "province" and reader.additive(e):
            share = longest(_share(reader, e))
            if len(share) > LEAST_RUN:
                pooled = f"share_{'flow' if e.measure == 'flow' else 'stock'}"
                for name in (pooled, f"share_{e.indicator}"):
                    found[name].append(np.diff([share[y] for y in sorted(share)]))
    return found


def _share(reader: Reader, e: Evidence) -> dict[int, float]:
    own = levels(e)
    for scope in NESTED[::-1]:
        nation = reader.evidence.get(series_key(NATION, e.indicator, scope))
        if nation is not None and nation.bases.main == e.bases.main:
            whole = levels(nation)
            both = {y: own[y] - whole[y] for y in own if y in whole}
            if len(both) > LEAST_RUN:
                return both
    return {}


def minus_log_density(numbers: np.ndarray, vectors: list[np.ndarray]) -> float:
    """Give the negative logarithm of the density of some series for (log) slope, level, tau, logit phi, log degrees."""
    slope, level, tau, degrees = np.exp(numbers[[0, 1, 2, 4]])
    phi = 1 / (1 + np.exp(-numbers[3]))
    degrees = 2.5 + degrees
    scale = degrees / chi2.ppf(GRID, degrees)
    by_length: dict[int, list[np.ndarray]] = defaultdict(list)
    for vector in vectors:
        by_length[len(vector)].append(vector)
    total = 0.0
    for n, group in by_length.items():
        steps = np.eye(n) - phi * np.eye(n, k=-1)
        shocks = np.full(n, slope**2)
        shocks[0] = SLOPE_START * slope**2 / (1 - phi**2)
        root = np.linalg.inv(steps)
        shape = (root * shocks) @ root.T + level**2 * np.eye(n)
        y = np.array(group)
        logs = []
        for c in scale:
            covariance = c * shape + tau**2
            _, determinant = np.linalg.slogdet(covariance)
            logs.append(-0.5 * (np.einsum("ij,ij->i", y, np.linalg.solve(covariance, y.T).T) + determinant))
        total += float(np.logaddexp.reduce(np.array(logs), axis=0).sum()) - len(group) * np.log(len(scale))
    return -total


def estimated(prior: Prior, vectors: list[np.ndarray]) -> Prior:
    """Give a prior with its five numbers found from some series; the search starts from their spread."""
    spread = np.log(np.median([np.std(v) for v in vectors]))
    start = np.array([spread - 0.5, spread - 1.0, spread - 1.5, 0.0, 0.5])

    def loss(numbers: np.ndarray) -> float:
        # weak normal priors keep numbers that a family says nothing of near the spread of its growth
        return minus_log_density(numbers, vectors) + 0.5 * float(np.sum(((numbers - start) / 1.5) ** 2))

    best = minimize(loss, start, method="Nelder-Mead", options={"maxiter": 1500, "xatol": 0.003, "fatol": 0.01})
    slope, level, tau, degrees = np.exp(best.x[[0, 1, 2, 4]])
    return Prior(
        prior.family, prior.mu, float(tau), float(slope), float(level), float(1 / (1 + np.exp(-best.x[3]))),
        float(2.5 + degrees), prior.common, prior.inside, prior.season, prior.width,
    )  # fmt: skip


def enough(vectors: list[np.ndarray]) -> bool:
    """Say whether there are enough series and growth rates for numbers of their own."""
    return len(vectors) >= LEAST_SERIES and sum(map(len, vectors)) >= LEAST_RATES


def _pooled(name: str) -> str:
    indicator = indicators()[name.removeprefix("share_")]
    if name.startswith("share_"):
        return f"share_{'flow' if indicator.measure == 'flow' else 'stock'}"
    return family_of(indicator.id, indicator.measure, indicator.unit)


def main() -> None:
    """Estimate, print, and write the table when asked to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="write forecast/history_priors.csv")
    options = parser.parse_args()
    reader = Reader(evidence_of(observations()))
    found, shared = samples(reader), common(reader)
    with FILE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    families = {row["family"]: row for row in rows if row["family"] in POOLED}
    names = [n for n in sorted(found) if n not in families and enough(found[n])]
    rows = [*families.values(), *(families.get(_pooled(n), {}) | {"family": n} for n in names)]
    for row in rows:
        vectors = found.get(row["family"], [])
        if enough(vectors):
            start = Prior(row["family"], *(float(row[name]) for name in NUMBERS))
            new = estimated(start, vectors)
            for name in ("tau", "slope", "level", "phi", "degrees"):
                row[name] = f"{getattr(new, name):.3g}"
            row["origin"] = "panel"
            if row["family"] in shared:
                row["mu"], row["common"] = (f"{number:.3g}" for number in shared[row["family"]])
        else:
            row["origin"] = row.get("origin") or "by hand"
        print(", ".join(row.values()), f"({len(vectors)} series, {sum(map(len, vectors))} growth rates)", flush=True)
    if options.write:
        with FILE.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, fieldnames=list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)


if __name__ == "__main__":
    main()
