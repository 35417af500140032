"""The library: planners' scenarios, each with a golden result on fixed paths."""

import json

import jsonschema
import numpy as np
import pytest
import yaml
from fixed_outlook import GOLDEN, YEARS, fixed_outlook, golden_of

from scenarios.engine import run
from scenarios.files import LIBRARY, library
from scenarios.scenario import json_schema

NAMES = sorted(library())


def test_there_are_at_least_ten_scenarios_with_titles_in_both_languages() -> None:
    assert len(NAMES) >= 10
    for scenario in library().values():
        for words in (scenario.title, scenario.description):
            assert words is not None
            assert all(words.of(language).strip() for language in ("en", "zh"))


@pytest.mark.parametrize("name", NAMES)
def test_results_are_the_golden_ones(name: str) -> None:
    golden = json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8"))
    found = golden_of(name)
    assert list(found) == list(golden)
    for key, years in golden.items():
        for year, quantiles in years.items():
            np.testing.assert_allclose(found[key][year], quantiles, rtol=1e-9, err_msg=f"{key} {year}")


def test_no_golden_result_is_left_without_its_scenario() -> None:
    assert sorted(path.stem for path in GOLDEN.glob("*.json")) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_files_keep_the_published_schema(name: str) -> None:
    raw = yaml.safe_load((LIBRARY / f"{name}.yaml").read_text(encoding="utf-8"))
    for block in ("levers", "assumptions"):
        # short forms are a courtesy of the reader; the schema knows the long one
        raw[block] = {k: v if isinstance(v, list) else [v] for k, v in raw.get(block, {}).items()}
    jsonschema.validate(raw, json_schema())


@pytest.mark.parametrize("name", NAMES)
def test_stocks_stay_positive_and_the_known_past_stays(name: str) -> None:
    outlook = fixed_outlook()
    comparison = run(library()[name], outlook)
    past = [i for i, year in enumerate(YEARS) if year <= 2025]
    for key in comparison.changed:
        paths = comparison.of(key)
        assert np.isfinite(paths).all(), key
        assert (paths >= 0).all(), key
        assert np.array_equal(paths[past], outlook.of(key)[past]), key


@pytest.mark.parametrize(
    ("name", "key", "sign"),
    [
        ("finance-push", "CN.ip_pledge_amount", 1),
        ("austerity", "CN.invention_applications", -1),
        ("austerity", "CN.ip_pledge_amount", -1),
        ("fee-reform", "CN.trademark_applications", 1),
        ("quality-first", "CN.invention_applications", -1),
        ("subsidies-return", "CN.invention_applications", 1),
        ("trademark-clean-up", "CN.trademark_applications", -1),
        ("zhejiang-pioneer", "CN-ZJ.inventions_in_force", 1),
        ("stronger-protection", "CN.invention_applications", 1),
        ("open-licensing", "CN.patent_transfer_licence_recordals", 1),
    ],
)
def test_scenarios_do_what_their_titles_say(name: str, key: str, sign: int) -> None:
    outlook = fixed_outlook()
    change = run(library()[name], outlook).of(key)[-1] - outlook.of(key)[-1]
    assert sign * change.mean() > 0


@pytest.mark.parametrize("name", ["zhejiang-pioneer", "catch-up-northeast"])
def test_a_province_acts_in_its_own_region_only(name: str) -> None:
    outlook = fixed_outlook()
    comparison = run(library()[name], outlook)
    key = "CN-JS.inventions_in_force"
    assert np.array_equal(comparison.of(key), outlook.of(key))
