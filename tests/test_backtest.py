"""Backtests: what is cut, what is scored, what a failure becomes, and why a forecast is what it is."""

import numpy as np
import pandas as pd
import pytest
import utilsforecast.losses as theirs

from forecast.backtest import COLUMNS, backtest, backtest_histories, in_processes, one_by_one
from forecast.errors import InputError, ModelRefusalError, UnknownNameError
from forecast.explain import explain, median_weights
from forecast.metrics import crps
from forecast.models import MODELS
from forecast.models.combination import Combination
from forecast.models.drift import Drift
from forecast.models.ets import Ets
from forecast.models.naive import Naive
from forecast.scoring import scores
from forecast.series import Series, years

RNG = np.random.default_rng(31)


def annual(values: object, key: str = "made", first: int = 2000) -> Series:
    return Series(key, "count", "flow", years(first, np.size(values)), values)


SET = [annual(50 + np.cumsum(RNG.normal(3, 4, n)), f"s{i}") for i, n in enumerate((14, 18, 22))]


class Failing:
    """A model with a fault of its own."""

    name = "failing"

    def fit(self, series: Series) -> Naive:
        raise ZeroDivisionError("a fault of its own")


def test_cutoffs_are_the_last_ones_that_leave_the_whole_horizon() -> None:
    table = backtest(annual(np.arange(1.0, 11.0)), ["naive"], 3, origins=2)
    assert list(table.columns) == COLUMNS
    assert table[["cutoff", "step", "ds", "y"]].values.tolist() == [
        [2005, 1, 2006, 7.0], [2005, 2, 2007, 8.0], [2005, 3, 2008, 9.0],
        [2006, 1, 2007, 8.0], [2006, 2, 2008, 9.0], [2006, 3, 2009, 10.0],
    ]  # fmt: skip
    assert table["median"].round(9).tolist() == [6.0] * 3 + [7.0] * 3


def test_named_cutoffs_are_used_and_unknown_steps_left_out() -> None:
    table = backtest(annual(np.arange(1.0, 11.0)), ["naive"], 3, origins=[pd.Period("2007", "Y")])
    assert table["ds"].tolist() == [2008, 2009]


def test_monthly_cutoffs_are_dates() -> None:
    periods = pd.period_range("2020-01", periods=40, freq="M")
    one = Series("m", "count", "flow", periods, 10 + np.arange(40.0))
    table = backtest(one, ["drift"], 2, origins=1)
    assert table["cutoff"].iloc[0] == pd.Timestamp("2023-02-01")
    assert table["ds"].tolist() == [pd.Timestamp("2023-03-01"), pd.Timestamp("2023-04-01")]


def test_each_number_is_the_one_the_model_gives_by_itself() -> None:
    table = backtest(SET[0], [Drift()], 4, origins=1, seed=5)
    known = SET[0].until(SET[0].periods[9])
    found = Drift().fit(known).forecast(4, n_paths=500, seed=5)
    assert np.array_equal(table["mean"], found.mean)
    assert np.array_equal(table["hi-95"], found.band(95)[1])
    assert np.allclose(table["crps"], crps(found.paths, SET[0].values[10:]), rtol=1e-12)


def test_a_model_that_fails_is_a_row_and_costs_the_others_nothing() -> None:
    table = backtest(SET[0], [Failing(), Drift()], 3, origins=2)
    failed = table[table["model"] == "failing"]
    assert failed["failure"].unique().tolist() == ["a fault of its own"]
    assert failed["median"].isna().all()
    assert len(failed) == 6
    assert table[table["model"] == "drift"]["failure"].eq("").all()
    out = scores(table).set_index("model")
    assert out.loc["failing", ["forecasts", "failures"]].tolist() == [0, 2]
    assert out.loc["drift", ["forecasts", "failures"]].tolist() == [2, 0]


def test_a_refusal_keeps_its_words() -> None:
    table = backtest(annual([1, 2, 3, 4, 5]), ["arima"], 1, origins=1)
    assert table["failure"].item().startswith("made: arima needs at least 8 values, the series has 4.")


def test_a_series_too_short_to_test_says_so_for_every_model() -> None:
    table = backtest(annual([1, 2, 3]), ["naive", "drift"], 3)
    assert table["failure"].tolist() == ["made: 3 values leave no cutoff with 3 known periods after it."] * 2
    assert scores(table)["forecasts"].tolist() == [0, 0]


def test_wrong_arguments_are_told() -> None:
    with pytest.raises(InputError, match=r"horizon 0 was asked for.*Give 1 or more"):
        backtest(SET, ["naive"], 0)
    with pytest.raises(InputError, match=r"0 origins were asked for.*list of cutoffs"):
        backtest(SET, ["naive"], 2, origins=0)
    with pytest.raises(InputError, match='series "s0" was given twice'):
        backtest([SET[0], SET[0]], ["naive"], 2)
    with pytest.raises(UnknownNameError, match=r'model "naiv" is unknown.*"naive"'):
        backtest(SET, ["naiv"], 2)
    with pytest.raises(InputError, match=r"no column y.*made by `backtest`"):
        scores(pd.DataFrame(columns=[c for c in COLUMNS if c != "y"]))


def test_the_whole_registry_can_be_given_and_progress_is_told() -> None:
    seen: list[tuple[int, int]] = []
    cheap = {name: model for name, model in MODELS.items() if name in ("auto", "naive", "drift", "regression")}
    table = backtest(SET, cheap, 2, origins=1, run=one_by_one(lambda done, of: seen.append((done, of))))
    assert seen == [(1, 3), (2, 3), (3, 3)]
    assert set(table["model"]) == set(cheap)
    assert table[table["model"] == "regression"]["failure"].str.contains("was given no driver").all()


def test_two_processes_give_the_same_table_as_one() -> None:
    seen: list[tuple[int, int]] = []
    models = [Drift(), Ets()]
    apart = backtest(SET, models, 2, run=in_processes(2, lambda done, of: seen.append((done, of))))
    pd.testing.assert_frame_equal(apart, backtest(SET, models, 2))
    assert seen[-1] == (3, 3)


def test_scores_equal_utilsforecast_and_hand_made_means() -> None:
    table = backtest(SET, ["naive", "drift", "ets"], 3, origins=1)
    out = scores(table).set_index("model")
    for name in ("naive", "drift", "ets"):
        rows = table[table["model"] == name]
        wide = rows.rename(columns={"median": "m", "lo-80": "m-lo-80", "hi-80": "m-hi-80", "mean": "average"})
        train = pd.concat([
            pd.DataFrame({"unique_id": s.key, "ds": s.periods.year[:-3], "y": s.values[:-3]}) for s in SET
        ])  # fmt: skip
        wide = wide[["unique_id", "cutoff", "ds", "y", "m", "average", "m-lo-80", "m-hi-80"]]
        assert out.loc[name, "mase"] == pytest.approx(theirs.mase(wide, ["m"], 1, train)["m"].mean())
        assert out.loc[name, "rmsse"] == pytest.approx(theirs.rmsse(wide, ["average"], 1, train)["average"].mean())
        assert out.loc[name, "smape"] == pytest.approx(200 * theirs.smape(wide, ["m"])["m"].mean())
        assert out.loc[name, "coverage_80"] == pytest.approx(theirs.coverage(wide, ["m"], 80)["m"].mean())
    ratios = [out.loc["ets", c] / out.loc["drift", c] for c in ("smape", "mase")]
    assert out.loc["ets", "relative"] == pytest.approx(np.mean(ratios))
    assert out.loc["drift", "relative"] == pytest.approx(1.0)


def test_the_weighted_quantile_loss_of_a_table_is_its_formula() -> None:
    table = backtest(SET, ["drift"], 3, origins=1)
    quantiles = {"lo-95": 0.025, "lo-80": 0.1, "median": 0.5, "hi-80": 0.9, "hi-95": 0.975}
    total = 0.0
    for column, q in quantiles.items():
        for f, y in zip(table[column], table["y"], strict=True):
            total += 2 * max(q * (y - f), (q - 1) * (y - f)) / 5
    assert scores(table)["wql"].item() == pytest.approx(total / table["y"].sum())


def test_scores_by_series_and_by_step_have_a_row_each() -> None:
    table = backtest(SET, ["naive", "drift"], 3)
    by_series = scores(table, by=("unique_id", "model"))
    assert len(by_series) == 6
    assert by_series["forecasts"].eq(3).all()
    by_step = scores(table, by=("model", "step"))
    assert by_step.groupby("model")["step"].apply(list).to_dict() == {"naive": [1, 2, 3], "drift": [1, 2, 3]}
    naive = by_step[by_step["model"] == "naive"].set_index("step")["mae"]
    rows = table[(table["model"] == "naive") & (table["step"] == 2)]
    assert naive[2] == pytest.approx((rows["median"] - rows["y"]).abs().mean())


def test_real_time_backtests_know_only_what_was_known() -> None:
    final = annual([10, 12, 14, 16, 18, 20])
    vintages = {
        "2004-02-01": annual([10, 12, 14, 90]),  # 2003 was revised later
        "2005-02-01": Series("made", "count", "flow", years(2000, 5), [10, 12, 14, 16, 18], [0, 0, 0, 0, 0.3]),
    }
    asked: list[str] = []

    def known(day: str) -> dict[str, Series]:
        asked.append(day)
        return {"made": vintages[day], "other": final}

    table = backtest_histories(known, {"made": final}, ["naive"], 2, as_of=list(vintages))
    assert asked == list(vintages)
    assert table[["as_of", "cutoff", "ds", "y"]].values.tolist() == [
        ["2004-02-01", 2003, 2004, 18.0], ["2004-02-01", 2003, 2005, 20.0], ["2005-02-01", 2004, 2005, 20.0],
    ]  # fmt: skip
    assert table["median"].iloc[0] == pytest.approx(90)
    exact = Naive().fit(vintages["2005-02-01"].replaced(vintages["2005-02-01"].values)).forecast(1, n_paths=500, seed=1)
    vague = table["hi-80"].iloc[2] - table["lo-80"].iloc[2]
    assert vague > 2 * (exact.band(80)[1] - exact.band(80)[0])[0]
    assert len(backtest_histories(known, {}, ["naive"], 2, as_of=[])) == 0
    late = {"made": annual([1, 2], first=2019)}  # nothing of the horizon is known today either
    assert len(backtest_histories(known, late, ["naive"], 2, as_of=["2004-02-01"])) == 0


def test_an_explanation_holds_the_numbers_behind_the_forecast() -> None:
    one, three = SET[2], Combination("auto", (Naive(), Drift(), Ets()))
    why = explain(one, 4, model=three)
    assert list(why.members) == ["naive", "drift", "ets"]
    assert np.allclose(why.forecast.median, np.median(list(why.members.values()), axis=0))
    assert np.allclose(sum(why.weights.values()), 1)
    weighted = sum(why.weights[name] * why.members[name] for name in why.members)
    assert np.allclose(weighted, why.forecast.median)
    assert np.allclose(why.drift, one.values[-1] + np.arange(1, 5) * np.diff(one.values).mean())
    assert set(why.backtest["model"]) == {"auto", "naive", "drift", "ets"}
    said = why.summary
    assert said.growth_past == pytest.approx((one.values[-1] / one.values[-6]) ** 0.2 - 1)
    assert said.growth_ahead == pytest.approx((why.forecast.median[-1] / one.values[-1]) ** 0.25 - 1)
    ends = {name: median[-1] for name, median in why.members.items()}
    assert ends[said.lowest] <= ends[said.leading] <= ends[said.highest]
    assert said.origins == 4
    own = why.backtest.set_index("model")["mase"]
    assert (said.error, said.error_drift) == (own["auto"], own["drift"])


def test_an_explanation_names_refusals_and_survives_short_series() -> None:
    why = explain(annual([5, 6, 8]), 2, model=Combination("auto", (Naive(), Drift(), Ets())))
    assert why.refused == ("ets left out: made: ets needs at least 5 values, the series has 3.",)
    assert list(why.members) == ["naive", "drift"]
    assert why.summary.leading in ("naive", "drift")
    with pytest.raises(ModelRefusalError):
        explain(annual([5]), 2)


def test_a_single_model_is_its_own_only_member() -> None:
    why = explain(SET[0], 2, model=Drift())
    assert list(why.members) == ["drift"]
    assert why.summary.leading == "drift"
    assert why.backtest["model"].tolist() == ["drift"]


def test_two_members_share_the_median() -> None:
    weights = median_weights({"a": np.array([1.0]), "b": np.array([3.0])})
    assert {name: share.tolist() for name, share in weights.items()} == {"a": [0.5], "b": [0.5]}


def test_an_explanation_of_auto_names_features_and_speaks_in_one_sentence() -> None:
    why = explain(SET[0], 3)
    moved = [abs(change) for _, _, change in why.features]
    assert moved == sorted(moved, reverse=True)
    assert len(moved) == 8
    said = why.sentence
    assert f"{why.summary.leading} weighs most" in said
    assert "on this series auto missed by" in said
    assert said.count(". ") == 0
    assert said.endswith(".")
    assert "drift missed by" in explain(SET[0], 2, model=Drift()).sentence
    assert explain(SET[0], 2, model=Drift()).features == ()


def test_a_series_too_short_for_a_backtest_says_so() -> None:
    assert "too short for a backtest" in explain(annual([5, 6, 8]), 2).sentence
