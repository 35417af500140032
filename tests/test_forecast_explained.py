"""`ip-foresight forecast --explain`: weights, candidates, features and the backtest reach the terminal."""

from pathlib import Path

import pytest

from scenarios.cli import main

ROWS = "unique_id,ds,y\n" + "".join(f"a,{2010 + i},{y}\n" for i, y in enumerate([10, 12, 13, 15, 16, 18, 21, 22]))


def test_explaining_shows_candidates_features_and_backtest(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "t.csv").write_text(ROWS)
    assert main(["forecast", str(tmp_path / "t.csv"), "--horizon", "4", "--explain"]) == 0
    shown = capsys.readouterr().out
    for part in (
        "weighs most",
        "Candidates",
        "drift, for comparison",
        "Features that moved",
        "Backtest on this series",
    ):
        assert part in shown, part


def test_without_asking_nothing_is_explained(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "t.csv").write_text(ROWS)
    assert main(["forecast", str(tmp_path / "t.csv"), "--horizon", "4"]) == 0
    assert "weighs most" not in capsys.readouterr().out


def test_a_model_without_members_is_its_own_and_has_no_features(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "t.csv").write_text(ROWS)
    assert main(["forecast", str(tmp_path / "t.csv"), "--horizon", "2", "--models", "theta", "--explain"]) == 0
    shown = capsys.readouterr().out
    assert "theta weighs most" in shown
    assert "Features" not in shown
