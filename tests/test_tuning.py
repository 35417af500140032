"""The tuned configuration: what is saved is read, what is wrong is told by line, every door uses it."""

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from forecast.batch import BatchConfig, forecast_table
from forecast.choices import Choice, Rule, Tuning
from forecast.errors import InputError
from forecast.models import MODELS
from forecast.models.prophet import Prophet
from forecast.models.theta import Theta
from forecast.runs import run_batch
from forecast.series import Series, years
from forecast.tuning import read_tuning
from scenarios.cli import app

EXAMPLE = b"""
[default]
model = "drift"

[groups]
coast = ["CN-ZJ.*", "CN-GD.*"]

[[series]]
match = ["CN-ZJ.special", "other?"]
model = "prophet"
settings = { growth = "flat", changepoint_prior_scale = 0.05 }

[[series]]
group = "coast"
model = "theta"
settings = { power = 0.0 }
"""


def test_the_first_rule_that_fits_decides_and_else_the_default() -> None:
    tuning = read_tuning(EXAMPLE)
    assert tuning.forecaster("CN-ZJ.special") == Prophet(growth="flat", changepoint_prior_scale=0.05)
    assert tuning.forecaster("other1") == Prophet(growth="flat", changepoint_prior_scale=0.05)
    assert tuning.forecaster("CN-ZJ.filings") == Theta(power=0.0)
    assert tuning.forecaster("CN-GD.filings") == Theta(power=0.0)
    assert tuning.forecaster("CN-JS.filings") is MODELS["drift"]
    assert read_tuning(b"").forecaster("any") is MODELS["auto"]


CHOICES = st.one_of(
    st.builds(Choice, st.sampled_from(["auto", "drift", "ets"])),
    st.builds(
        lambda p, r, g: Choice(
            "prophet", (("changepoint_prior_scale", p), ("changepoint_range", r), ("growth", g))
        ),
        st.floats(1e-3, 10.0), st.floats(0.1, 1.0), st.sampled_from(["linear", "flat"]),
    ),
    st.builds(lambda p: Choice("theta", (("power", p),)), st.sampled_from([0.0, 0.5, 1.0])),
)  # fmt: skip
PATTERNS = st.lists(st.text(st.characters(codec="utf-8"), min_size=1, max_size=12), min_size=1, max_size=3)


@given(st.builds(Tuning, CHOICES, st.lists(st.builds(Rule, PATTERNS.map(tuple), CHOICES), max_size=4).map(tuple)))
def test_what_is_written_is_read_again(tuning: Tuning) -> None:
    assert read_tuning(tuning.text().encode()) == tuning


def test_a_choice_saved_from_python_goes_before_the_others_and_takes_the_place_of_its_like(tmp_path: Path) -> None:
    path = tmp_path / "forecast.toml"
    tuning = read_tuning(EXAMPLE).with_choice("CN-ZJ.filings", Choice("ets"))
    tuning.with_choice("CN-ZJ.filings", Choice("naive")).save(path)
    again = read_tuning(path)
    assert again.choice("CN-ZJ.filings").model == "naive"
    assert len(again.rules) == 3


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[defualt]\nmodel = "auto"', r'forecast.toml, line 1: key "defualt" is unknown. Did you mean "default"'),
        ('[default]\nmodle = "auto"', r'forecast.toml, line 2: key "modle" is unknown. Did you mean "model"'),
        ('\n[default]\nmodel = "thta"', r'line 2: model "thta" is unknown. Did you mean "theta"'),
        (
            '[[series]]\nmatch = "a"\n[[series]]\nmatch = "b"\nmodel = "prophet"\nsettings = { growht = "flat" }',
            r'line 3: setting of prophet "growht" is unknown. Did you mean "growth"',
        ),
        (
            '[default]\nmodel = "prophet"\nsettings = { changepoint_range = "wide" }',
            r'line 1: setting changepoint_range of prophet is "wide".*a value like 0.8 is allowed',
        ),
        ('[default]\nmodel = "prophet"\nsettings = { cap = 5.0 }', r"line 1: cap 5 was given with linear growth"),
        (
            '[default]\nmodel = "regression"\nsettings = { drivers = ["rd"] }',
            r'setting "drivers" cannot be read from a file. It is given from Python',
        ),
        ("[[series]]\nmatch = 3", r"line 2: series.0.match is 3. Input should be a valid string"),
        ('[[series]]\nmodel = "theta"', r"line 1: neither match nor group were given. Give one of them"),
        ('[[series]]\ngroup = "a"\nmatch = "b"', r"line 1: both match and group were given"),
        ('[groups]\ncoast = ["a"]\n[[series]]\ngroup = "coats"', r'line 3: group "coats" is unknown.*"coast"'),
        ("[default]\nmodel = auto", r'"forecast.toml" is not TOML.*line 2.*Write key = value, text in quotes'),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_line_and_what_to_do(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_tuning(text.encode())


def test_a_file_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r'"none.toml" cannot be read: No such file.*Check the path'):
        read_tuning(tmp_path / "none.toml")
    with pytest.raises(InputError, match=r"is not UTF-8 text. Save it as UTF-8"):
        read_tuning("默认".encode("gb18030"))
    with pytest.raises(InputError, match=r"has 1000001 bytes.*up to 1000000"):
        read_tuning(b"#" * 1_000_001)


WALK = 100 + np.cumsum(np.random.default_rng(1).normal(3, 5, (3, 15)), axis=1)
KEYS = ("CN-ZJ.special", "CN-GD.filings", "CN-JS.filings")
TABLE = pd.DataFrame({"unique_id": np.repeat(KEYS, 15), "ds": np.tile(np.arange(2010, 2025), 3), "y": WALK.ravel()})


def test_the_batch_forecasts_each_series_with_its_own_model() -> None:
    config = BatchConfig(horizon=2, n_paths=100, tuning=read_tuning(EXAMPLE))
    found, failures = forecast_table(TABLE, config)
    assert len(failures) == 0
    assert found.groupby("unique_id")["model"].first().to_dict() == dict(
        zip(KEYS, ("prophet", "theta", "drift"), strict=True)
    )
    own = Series(KEYS[0], "count", "flow", years(2010, 15), WALK[0])
    expected = Prophet(growth="flat", changepoint_prior_scale=0.05).fit(own).forecast(2, n_paths=100, seed=config.seed)
    assert np.array_equal(found.loc[found["unique_id"] == KEYS[0], "mean"], expected.mean)


def test_with_auto_for_all_the_numbers_are_those_of_auto() -> None:
    tuned, _ = forecast_table(TABLE, BatchConfig(horizon=2, tuning=Tuning()))
    plain, _ = forecast_table(TABLE, BatchConfig(horizon=2))
    pd.testing.assert_frame_equal(tuned, plain)


def test_command_line_batch_and_python_give_the_same_numbers(tmp_path: Path) -> None:
    source, tuned = tmp_path / "figures.csv", tmp_path / "forecast.toml"
    TABLE.to_csv(source, index=False)
    tuned.write_bytes(EXAMPLE)
    common = [str(source), "--horizon", "2", "--config", str(tuned), "--paths", "100"]
    runner = CliRunner()
    assert runner.invoke(app, ["batch", *common, "--out", str(tmp_path / "b"), "--quiet"]).exit_code == 0
    assert runner.invoke(app, ["forecast", *common, "--out", str(tmp_path / "f")]).exit_code == 0
    own, _ = forecast_table(TABLE, BatchConfig(horizon=2, n_paths=100, tuning=read_tuning(tuned)))
    for folder in ("b", "f"):
        found = pd.read_parquet(tmp_path / folder / "forecasts.parquet")
        pd.testing.assert_frame_equal(found, own, check_dtype=False)
    told = json.loads((tmp_path / "b" / "manifest.json").read_text(encoding="utf-8"))
    assert told["configuration"]["tuning"]["rules"][1]["choice"]["model"] == "theta"


def test_models_and_a_configuration_together_are_an_error(tmp_path: Path) -> None:
    tuned = tmp_path / "forecast.toml"
    tuned.write_bytes(EXAMPLE)
    done = CliRunner().invoke(app, ["forecast", "CN.gdp", "--config", str(tuned), "--models", "drift"])
    assert done.exit_code != 0
    assert "Give one of them." in str(done.exception) + done.output


def test_another_configuration_starts_a_batch_anew(tmp_path: Path) -> None:
    source = tmp_path / "figures.csv"
    TABLE.to_csv(source, index=False)
    first = run_batch(source, tmp_path / "out", BatchConfig(horizon=2, n_paths=100, tuning=read_tuning(EXAMPLE)))
    second = run_batch(source, tmp_path / "out", BatchConfig(horizon=2, n_paths=100, tuning=Tuning(Choice("naive"))))
    assert set(pd.read_parquet(second.forecasts)["model"]) == {"naive"}
    assert first.series == second.series == 3


def test_the_example_of_the_documentation_is_read() -> None:
    text = (Path(__file__).parent.parent / "docs" / "command-line.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```toml\n(.*?)```", text, flags=re.S)
    tuning = read_tuning(example.encode())
    assert tuning.forecaster("CN.pct_applications") == Prophet(growth="logistic", cap=50000.0)
    assert tuning.choice("CN-JS.patent_grants").model == "theta"
