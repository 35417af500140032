"""Estimate the structural parameters of the IP system from the bundled histories, beside the values that are used.

    python -m benchmarks.estimate_parameters [--write]

`data/parameters.csv` holds the values that the engine draws from (rows `recommended.*`: value, spread, range). This
finds what the histories of today say on the same parameters, by `scenarios.estimation`, and whether it lies inside
the range that is used. With --write the table goes to RESULTS.md.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator

import numpy as np
import pandas as pd

from benchmarks.results import markdown, write_section
from forecast.catalog import regions
from forecast.histories import bundled_histories
from forecast.series import Floats
from scenarios.estimation import Estimate, decided, elasticity, from_years, grant_lag, lapse_rates
from scenarios.structure import DELAY_SHAPE, TRADEMARK_SAME_YEAR
from scenarios.studies import parameter

LAST = 2023
"""Last year for which all provinces print all three kinds."""
LONG = 6
"""Calendar years kept of the lag of inventions: more would leave fewer years of grants to compare."""
SHORT = 3
"""Calendar years kept of the lags of utility models and designs."""
STOCK = {"invention": "inventions", "utility_model": "utility_models", "design": "designs"}
GRID = {
    "invention": np.arange(1.0, 5.01, 0.1),
    "utility_model": np.arange(0.2, 1.6, 0.05),
    "design": np.arange(0.2, 1.6, 0.05),
}


def nation(key: str, first: int, last: int) -> Floats:
    """Give the nation's values of a span of years."""
    series = bundled_histories()[f"CN.{key}"].series
    years = [p.year for p in series.periods]
    return np.asarray(series.values)[years.index(first) : years.index(last) + 1]


def provinces(indicator: str, first: int, last: int, without: tuple[str, ...] = ("CN-XZ",)) -> Floats:
    """Give a table of provinces by years; Tibet, whose counts are tiny, is left out."""
    rows = []
    for region in sorted(r for r in regions() if regions()[r].level == "province" and r not in without):
        history = bundled_histories().get(f"{region}.{indicator}")
        if history is not None:
            years = [p.year for p in history.series.periods]
            if years[0] <= first and years[-1] >= last:
                rows.append(np.asarray(history.series.values)[years.index(first) : years.index(last) + 1])
    return np.array(rows)


def patents(kind: str) -> Iterator[tuple[str, Estimate, str]]:
    """Estimate lag, grant rate, lapse rate and pass-through of a kind of patent."""
    shape, length = DELAY_SHAPE[kind], LONG if kind == "invention" else SHORT
    first = 2010 + length - 1
    filings = provinces(f"{kind}_applications", 2010, LAST)
    grants = provinces(f"{kind}_grants", first, LAST)
    lag = grant_lag(filings, grants, shape=shape, length=length, grid=GRID[kind])
    yield f"{kind}.grant_lag_mean_years", lag, f"{first}-{LAST}, provinces"
    ready = decided(nation(f"{kind}_applications.domestic", 2010, LAST), lag.value, shape, length)
    rates = nation(f"{kind}_grants.domestic", first, LAST) / ready
    spread = float(np.diff(np.log(rates)).std(ddof=1))
    rate = float(rates[-1])
    yield (
        f"{kind}.grant_rate_start_2023",
        Estimate(rate, rate * spread, rate * np.exp(-1.96 * spread), rate * np.exp(1.96 * spread), len(rates)),
        f"{LAST}, nation; interval from the changes of {first}-{LAST}",
    )
    stock = nation(f"{STOCK[kind]}_in_force.domestic", 2016, LAST)
    yield (
        f"{kind}.lapse_rate",
        from_years(lapse_rates(stock, nation(f"{kind}_grants.domestic", 2016, LAST))[-4:].tolist()),
        f"{LAST - 3}-{LAST}, nation, domestic",
    )
    yield (
        f"{kind}.pass_through_filings_to_grants",
        elasticity(grants, decided(filings, lag.value, shape, length)),
        f"{first}-{LAST}, within provinces",
    )


def others() -> Iterator[tuple[str, Estimate, str]]:
    """Estimate what concerns trademarks, pledges, R&D and high value."""
    filed, registered = nation("trademark_applications", 2016, 2024), nation("trademark_registrations", 2016, 2024)
    due = TRADEMARK_SAME_YEAR * filed[1:] + (1 - TRADEMARK_SAME_YEAR) * filed[:-1]
    yield "trademark.registration_rate", from_years((registered[1:] / due).tolist()), "2017-2024, nation"
    lapsed = lapse_rates(nation("trademarks_in_force", 2019, 2024), nation("trademark_registrations", 2019, 2024))
    yield "trademark.net_lapse_rate", from_years(lapsed.tolist()), "2020-2024, nation"
    amount, projects = nation("ip_pledge_amount", 2020, 2023), nation("ip_pledge_projects", 2020, 2023)
    yield "pledge.amount_per_project_CNY", from_years((amount / projects).tolist()), "2020-2023, nation"
    firms = nation("ip_pledge_enterprises", 2021, 2023)
    yield "pledge.projects_per_firm", from_years((projects[1:] / firms).tolist()), "2021-2023, nation"
    share = firms[-1] / nation("invention_owner_enterprises", 2023, 2023)[0]
    error = float(
        np.hypot(
            *(
                bundled_histories()[f"CN.{k}"].series.log_sd[-1]
                for k in ("ip_pledge_enterprises", "invention_owner_enterprises")
            )
        )
    )
    yield (
        "pledge.rate_firms_a_year_2023",
        Estimate(
            float(share),
            float(share) * error,
            float(share * np.exp(-1.96 * error)),
            float(share * np.exp(1.96 * error)),
            1,
        ),
        "2023, nation; interval from the errors of both figures",
    )
    valuable = nation("high_value_inventions_in_force", 2022, 2025) / nation("inventions_in_force", 2022, 2025)
    yield (
        "high_value.logit_drift_per_year",
        from_years(np.diff(np.log(valuable / (1 - valuable))).tolist()),
        "2023-2025, nation",
    )
    spending = provinces("rd_expenditure", 2011, LAST)
    mean = np.sqrt(spending[:, 1:] * spending[:, :-1])
    yield (
        "elasticity.invention_applications_to_rd",
        elasticity(provinces("invention_applications", 2012, LAST), mean),
        f"2012-{LAST}, within provinces, lags 0 and 1",
    )
    yield (
        "elasticity.invention_grants_to_rd",
        elasticity(provinces("invention_grants", 2013, LAST), mean[:, :-1]),
        f"2013-{LAST}, within provinces, lags 1 and 2",
    )


def table() -> pd.DataFrame:
    """Give one row a parameter: what is used, what the histories say, whether it lies inside the range used."""
    rows = []
    for name, found, what in [*(row for kind in STOCK for row in patents(kind)), *others()]:
        used = parameter(f"recommended.{name}")
        rows.append(
            {
                "parameter": name, "used": used.value, "low": used.low, "high": used.high,
                "estimate": found.value, "from": found.low, "to": found.high, "n": found.n, "years": what,
                "inside": used.low <= found.value <= used.high,
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


def main() -> None:
    """Print the table, and write it where asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true")
    write = parser.parse_args().write
    found = table()
    print(found.to_string(index=False, float_format=lambda v: f"{v:.4g}"))
    if write:
        said = found.assign(inside=found["inside"].map({True: "yes", False: "**no**"}))
        for column in ("used", "low", "high", "estimate", "from", "to"):
            said[column] = said[column].map(lambda v: f"{v:.3g}" if v < 1e6 else f"{v / 1e6:.1f} m")
        words = (
            f"Structural parameters of the IP system: the value and range that are drawn from, and what the bundled "
            f"histories say by themselves, with an interval of 95 percent. {int(found['inside'].sum())} of "
            f"{len(found)} estimates lie inside the range that is used. `n` counts provinces, or years of the nation."
        )
        write_section(
            "parameters", "Structural parameters estimated anew", "python -m benchmarks.estimate_parameters --write",
            f"{words}\n\n{markdown(said, {})}",
        )  # fmt: skip


if __name__ == "__main__":
    main()
