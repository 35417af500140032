"""Reading ahead when the server starts: what all sessions share is there before they ask, and a fault kills nothing."""

import gc
import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest

from dashboard import cache, serving
from scenarios import compiled

ROOT = Path(__file__).resolve().parents[1]


def test_what_sessions_share_is_read_before_anybody_asks() -> None:
    serving.warm()
    assert cache.LOADED
    assert gc.isenabled()
    assert gc.get_freeze_count() > 0
    gc.unfreeze()


def test_a_fault_while_reading_ahead_is_logged_and_left_to_the_first_session(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> None:
        raise OSError("the disk is gone")

    monkeypatch.setattr(cache, "figures", broken)
    with caplog.at_level(logging.ERROR):
        serving.warm()
    assert "the disk is gone" in caplog.text
    assert gc.isenabled()
    gc.unfreeze()


def test_what_works_out_scenarios_is_loaded_and_not_searched_for_garbage_and_a_fault_kills_nothing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    gc.unfreeze()
    serving.warm_scenarios()
    assert "scenarios.loops" in sys.modules
    assert gc.get_freeze_count() > 0
    gc.unfreeze()

    def broken() -> None:
        raise OSError("no compiler")

    monkeypatch.setattr(compiled, "make_ready", broken)
    with caplog.at_level(logging.ERROR):
        serving.warm_scenarios()
    assert "no compiler" in caplog.text
    gc.unfreeze()


def test_the_server_says_how_numpy_takes_memory_before_anything_loads_it() -> None:
    program = (
        "import os, sys; from dashboard import serving; assert 'numpy' not in sys.modules; "
        "from streamlit.web import cli; cli.main = lambda: print(os.environ['NUMPY_MADVISE_HUGEPAGE']); "
        "serving.main()"
    )
    told = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False,
        env={k: v for k, v in os.environ.items() if k != "NUMPY_MADVISE_HUGEPAGE"},
    )  # fmt: skip
    assert told.stdout.split() == ["0"], told.stderr
