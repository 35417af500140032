"""A small outlook made by a formula, so that results of scenarios do not depend on any forecast.

`python tests/fixed_outlook.py` writes the golden results of the library anew; look at the difference before keeping it.
"""

import json
from pathlib import Path

import numpy as np

from forecast.outlook import Outlook
from forecast.seeds import stream

GOLDEN = Path(__file__).parent / "golden"
YEARS = tuple(range(2015, 2041))
KNOWN = 2025
REGIONS = {"CN": 1.0, "CN-ZJ": 0.1, "CN-JS": 0.13, "CN-SH": 0.06, "CN-AH": 0.04, "CN-LN": 0.02}
"""Regions and their size as a share of the nation; the rest of the nation is left implied."""
LEVELS = {
    "invention_applications": 1.6e6, "invention_grants": 9e5, "inventions_in_force": 5e6, "patent_applications": 5e6,
    "patent_grants": 3.5e6, "utility_model_applications": 2.6e6, "utility_model_grants": 2.0e6,
    "trademark_applications": 7e6, "trademark_registrations": 4.8e6, "trademarks_in_force": 4.9e7,
    "ip_pledge_amount": 9e11, "patent_pledge_amount": 7e11, "high_value_inventions_in_force": 2e6,
    "pct_applications": 7e4, "rd_expenditure": 3.6e12, "patent_transfer_licence_recordals": 6e5,
    "court_ip_cases_accepted": 5e5, "data_ip_registrations": 4e4, "geographical_indication_output": 9e11,
}  # fmt: skip
"""Indicators and their national level in 2025."""
GROWTH = 0.05


def fixed_outlook(
    levels: dict[str, float] = LEVELS, regions: dict[str, float] = REGIONS, n_paths: int = 200
) -> Outlook:
    """Give paths that grow by 5 percent a year, known until 2025, then spread as random walks do."""
    keys, paths = [], []
    for indicator, level in levels.items():
        for region, share in regions.items():
            noise = stream(7, region, indicator).normal(0.0, 0.02, (len(YEARS), n_paths))
            noise[np.array(YEARS) <= KNOWN] = 0.0
            steps = GROWTH * (np.array(YEARS) - KNOWN)[:, None] + np.cumsum(noise, axis=0)
            keys.append(f"{region}.{indicator}")
            paths.append(share * level * np.exp(steps))
    return Outlook(tuple(keys), YEARS, np.array(paths), (KNOWN,) * len(keys), 7)


def golden_of(name: str) -> dict[str, dict[str, list[float]]]:
    """Run a library scenario on the fixed outlook: by series and year the 10th, 50th and 90th percentile."""
    from scenarios.engine import run
    from scenarios.files import library

    outlook = fixed_outlook()
    comparison = run(library()[name], outlook)
    return {
        key: {
            str(year): [float(q) for q in np.quantile(comparison.of(key)[YEARS.index(year)], [0.1, 0.5, 0.9])]
            for year in (2027, 2030, 2035, 2040)
        }
        for key in comparison.changed
    }


def main() -> None:
    """Write the golden result of every library scenario."""
    from scenarios.files import library

    GOLDEN.mkdir(exist_ok=True)
    for name in library():
        text = json.dumps(golden_of(name), indent=1)
        (GOLDEN / f"{name}.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
