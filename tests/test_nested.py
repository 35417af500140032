"""The worth of a search: nothing of the held-out periods is seen, and the scores are those of a backtest."""

from pathlib import Path

import nbformat
import numpy as np
import pytest

from forecast.backtest import backtest
from forecast.choices import Choice, Tuning
from forecast.errors import InputError
from forecast.nested import honest_gain, scaled_crps, searchable
from forecast.series import Series, years

RNG = np.random.default_rng(8)
WALKS = [Series(f"w{i}", "count", "flow", years(2001, 20), 200 + np.cumsum(RNG.normal(3, 9, 20))) for i in range(3)]


def test_a_score_is_the_mean_crps_over_the_mean_step_worked_out_by_hand() -> None:
    table = backtest(WALKS[:1], ["theta"], 2, origins=3)
    by_hand = [
        g["crps"].mean() / np.abs(np.diff(WALKS[0].values[WALKS[0].periods.year <= cutoff])).mean()
        for cutoff, g in table.groupby("cutoff")
    ]
    assert len(by_hand) == 3
    assert scaled_crps(WALKS[:1], Choice("theta"), 2, origins=3)["w0"] == pytest.approx(np.mean(by_hand))


def test_what_was_searched_does_not_change_with_the_periods_held_out() -> None:
    nonsense = [s.replaced(np.r_[s.values[:-3], [1e6, 0.0, 5e5]]) for s in WALKS]
    tuning = Tuning(Choice("theta"))
    one, other = (honest_gain(series, tuning, 3) for series in (WALKS, nonsense))
    assert one[["searched_tuned", "searched_auto"]].equals(other[["searched_tuned", "searched_auto"]])
    assert (one["held_out_tuned"] != other["held_out_tuned"]).all()
    assert [str(searchable(s, 3).periods[-1]) for s in WALKS] == ["2017"] * 3


def test_auto_gains_nothing_over_auto() -> None:
    table = honest_gain(WALKS, Tuning(), 2, origins=2)
    assert np.allclose(table["searched_tuned"], table["searched_auto"])
    assert np.allclose(table["held_out_tuned"], table["held_out_auto"])


def test_where_a_model_refuses_the_score_is_that_of_drift() -> None:
    touching = [Series("z", "count", "flow", years(2001, 20), np.r_[0.0, WALKS[0].values[1:]])]
    assert scaled_crps(touching, Choice("gm11"), 2)["z"] == pytest.approx(
        scaled_crps(touching, Choice("drift"), 2)["z"]
    )


def test_too_short_a_series_is_an_error() -> None:
    with pytest.raises(InputError, match=r"w0 has 8 values, too few for 4 origins and 3 periods ahead.*Needed: 11"):
        scaled_crps([WALKS[0].until(WALKS[0].periods[7])], Choice("drift"), 3)


@pytest.mark.slow
def test_the_notebook_of_tuning_runs_and_tells_the_honest_gain(tmp_path: Path) -> None:
    from nbclient import NotebookClient

    pytest.importorskip("optuna", reason="optuna is not installed: pip install 'ip-foresight[notebooks]'")
    path = Path(__file__).parent.parent / "notebooks" / "tuning.ipynb"
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(tmp_path)}}).execute()
    words = "\n".join(
        out.text for cell in notebook.cells if cell.cell_type == "code" for out in cell.outputs
        if out.output_type == "stream"
    )  # fmt: skip
    assert "gain over auto on the held-out origin" in words
    assert "rows by the command line, identical" in words
    assert (tmp_path / "forecast.toml").exists()
