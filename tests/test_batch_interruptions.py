"""Batches that are killed, crowded out or refused a place to write: nothing is lost, nothing is doubled."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from batch_tables import DRIFT, frames, mixed, walks

from forecast import export, runs
from forecast.batch import BatchConfig, forecast_table
from forecast.engines import Engine
from forecast.errors import InputError
from forecast.export import write_table
from forecast.partitions import keep, worked
from forecast.rows import frame_block, parsed_rows
from forecast.runs import Progress, run_batch


def test_an_interrupted_run_goes_on_and_gives_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mixed().to_csv(tmp_path / "in.csv", index=False)
    engine = Engine(1, 10)
    run_batch(tmp_path / "in.csv", tmp_path / "whole", DRIFT, engine=engine)

    def stop(progress: Progress) -> None:
        if progress.rows > 40:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_batch(tmp_path / "in.csv", tmp_path / "cut", DRIFT, engine=engine, progress=stop)
    assert not (tmp_path / "cut" / "forecasts.parquet").exists()
    result = run_batch(tmp_path / "in.csv", tmp_path / "cut", DRIFT, engine=engine)
    assert result.resumed > 0
    for name in ("forecasts.parquet", "failures.parquet"):
        assert (tmp_path / "cut" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
    other = BatchConfig(horizon=2, models=("drift",), n_paths=100)
    with pytest.raises(KeyboardInterrupt):
        run_batch(tmp_path / "in.csv", tmp_path / "cut", DRIFT, engine=engine, progress=stop)
    # Other settings never mix with finished work of these.
    assert run_batch(tmp_path / "in.csv", tmp_path / "cut", other, engine=engine).resumed == 0


@pytest.mark.slow
def test_a_run_killed_at_random_times_loses_and_doubles_nothing(tmp_path: Path) -> None:
    walks(1500).to_parquet(tmp_path / "in.parquet")
    code = (
        "import sys; from forecast.runs import *; from forecast.engines import Engine\n"
        "from forecast.batch import BatchConfig\n"
        "if __name__ == '__main__': run_batch(sys.argv[1], sys.argv[2],"
        " BatchConfig(horizon=3, models=('theta',)), engine=Engine(2, 500))"
    )
    (tmp_path / "go.py").write_text(code)

    def start(out: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, str(tmp_path / "go.py"), str(tmp_path / "in.parquet"), str(tmp_path / out)]
        return subprocess.Popen(command, cwd=Path(runs.__file__).parent.parent, start_new_session=True,
                                env={**os.environ, "PYTHONPATH": str(Path(runs.__file__).parent.parent)})  # fmt: skip

    began = time.monotonic()
    assert start("whole").wait() == 0
    lasts = time.monotonic() - began
    pause = np.random.default_rng(5)
    for _ in range(20):
        process = start("cut")
        try:
            process.wait(float(pause.uniform(0.3, 1.0)) * lasts)
            break
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
            assert not (tmp_path / "cut" / "manifest.json").exists()
            # Workers notice within a second that they are alone.
            time.sleep(1)
    assert start("cut").wait() == 0
    for name in ("forecasts.parquet", "failures.parquet"):
        assert (tmp_path / "cut" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
    forecasts = pd.read_parquet(tmp_path / "cut" / "forecasts.parquet")
    assert not forecasts.duplicated(["unique_id", "ds", "model"]).any()
    assert len(forecasts) == 4500


@pytest.mark.parametrize("what", ["arrow", "forecasts.parquet"])
def test_unfinished_work_that_is_damaged_is_said_and_made_anew(what: str, tmp_path: Path) -> None:
    mixed().to_csv(tmp_path / "in.csv", index=False)
    engine = Engine(1, 10)
    whole, _ = frames(run_batch(tmp_path / "in.csv", tmp_path / "whole", DRIFT, engine=engine))

    def stop(progress: Progress) -> None:
        if progress.rows > 40:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_batch(tmp_path / "in.csv", tmp_path / "cut", DRIFT, engine=engine, progress=stop)
    for path in (tmp_path / "cut").rglob(f"*.{what}"):
        path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(InputError, match=r'Unfinished work in ".*cut" is damaged. Call again: it starts anew.'):
        run_batch(tmp_path / "in.csv", tmp_path / "cut", DRIFT, engine=engine)
    again, _ = frames(run_batch(tmp_path / "in.csv", tmp_path / "cut", DRIFT, engine=engine))
    pd.testing.assert_frame_equal(again, whole)


def test_an_orphan_of_a_killed_run_with_other_settings_does_not_write_into_this_one(tmp_path: Path) -> None:
    """A worker of the killed run ends its partition after the next run, with other settings, has begun."""
    mixed().to_csv(tmp_path / "in.csv", index=False)
    late: list[Path] = []

    def stop(progress: Progress) -> None:
        late[:] = [path.parent for path in (tmp_path / "out").rglob("plan.json")]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_batch(tmp_path / "in.csv", tmp_path / "out", DRIFT, engine=Engine(1, 10), progress=stop)
    other = BatchConfig(horizon=2, models=("naive",), n_paths=100)
    orphaned = worked(parsed_rows(frame_block(mixed(), DRIFT.form, "in.csv"), DRIFT.form), "in.csv", DRIFT)

    def orphan(_: Progress) -> None:
        for i in range(9):
            keep(late[0], i, orphaned)

    result = run_batch(tmp_path / "in.csv", tmp_path / "out", other, engine=Engine(1, 10), progress=orphan)
    pd.testing.assert_frame_equal(frames(result)[0], forecast_table(mixed(), other)[0], check_dtype=False)


def test_a_kill_while_the_unfinished_work_is_removed_leaves_no_half_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mixed().to_csv(tmp_path / "in.csv", index=False)

    def dies(path: Path, **_: object) -> None:
        if kept := list(path.rglob("*.arrow")):
            kept[0].unlink()
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(runs.shutil, "rmtree", dies)
        with pytest.raises(KeyboardInterrupt):
            run_batch(tmp_path / "in.csv", tmp_path / "out", DRIFT, engine=Engine(1, 10))
    assert list((tmp_path / "out" / runs.STATE).rglob("*.json"))
    result = run_batch(tmp_path / "in.csv", tmp_path / "out", DRIFT, engine=Engine(1, 10))
    pd.testing.assert_frame_equal(frames(result)[0], forecast_table(mixed(), DRIFT)[0], check_dtype=False)


def test_two_runs_do_not_write_to_one_folder(tmp_path: Path) -> None:
    walks(2).to_csv(tmp_path / "in.csv", index=False)

    def again(_: Progress) -> None:
        with pytest.raises(InputError, match=r"Another run is writing to .* Wait for it, or choose another folder."):
            run_batch(tmp_path / "in.csv", tmp_path / "out", DRIFT, engine=Engine(1))

    run_batch(tmp_path / "in.csv", tmp_path / "out", DRIFT, engine=Engine(1), progress=again)


def test_a_full_disk_is_said_and_finished_work_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mixed().to_csv(tmp_path / "in.csv", index=False)
    replace, calls = os.replace, iter(range(1000))

    def full(source: str, target: str) -> None:
        if next(calls) > 8:
            raise OSError(28, "No space left on device")
        replace(source, target)

    monkeypatch.setattr(export.os, "replace", full)
    with pytest.raises(InputError, match=r"the disk is full. Free some space; finished work is kept."):
        run_batch(tmp_path / "in.csv", tmp_path / "out", DRIFT, engine=Engine(1, 10))
    assert not list((tmp_path / "out").rglob("*.part"))
    monkeypatch.undo()
    assert run_batch(tmp_path / "in.csv", tmp_path / "out", DRIFT, engine=Engine(1, 10)).resumed > 0


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on the size of a file")
@pytest.mark.parametrize(("limit", "resumed"), [(2_000, 0), (16_000, 8)], ids=["splitting", "putting together"])
def test_what_the_system_refuses_to_write_is_said_and_a_second_call_gives_the_same(
    limit: int, resumed: int, tmp_path: Path
) -> None:
    """A real limit of the system on the size of files: partitions fit under the larger one, the result does not."""
    walks(400).to_parquet(tmp_path / "in.parquet")
    engine = Engine(1, 600)
    whole = run_batch(tmp_path / "in.parquet", tmp_path / "whole", DRIFT, engine=engine)
    code = (
        "import resource; from tests.batch_tables import DRIFT\n"
        "from forecast.engines import Engine; from forecast.runs import run_batch\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))\n"
        "run_batch('in.parquet', 'out', DRIFT, engine=Engine(1, 600))"
    )
    env = {**os.environ, "PYTHONPATH": str(Path(runs.__file__).parent.parent)}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=env, capture_output=True, text=True, check=False
    )
    assert "could not be written: the disk is full. Free some space; finished work is kept." in done.stderr
    assert not list((tmp_path / "out").rglob("*.part"))
    assert not (tmp_path / "out" / "forecasts.parquet").exists()
    again = run_batch(tmp_path / "in.parquet", tmp_path / "out", DRIFT, engine=engine)
    assert again.resumed == resumed
    assert again.forecasts.read_bytes() == whole.forecasts.read_bytes()


def test_an_unreadable_file_of_a_folder_is_said_by_name_and_mended_the_run_goes_through(tmp_path: Path) -> None:
    frame = walks(6).assign(area=lambda f: f["unique_id"].str[-1].astype(int) % 2)
    frame.to_parquet(tmp_path / "in", partition_cols=["area"])
    part = next((tmp_path / "in" / "area=1").iterdir())
    content = part.read_bytes()
    part.write_bytes(content[:300])
    with pytest.raises(InputError, match=r'"in/area=1/.*parquet" is damaged or not a Parquet file. Write it again.'):
        run_batch(tmp_path / "in", tmp_path / "out", DRIFT, engine=Engine(1))
    part.unlink()
    part.symlink_to(tmp_path / "gone")
    with pytest.raises(InputError, match=r'parquet" cannot be read: No such file or directory. Check the file'):
        run_batch(tmp_path / "in", tmp_path / "out", DRIFT, engine=Engine(1))
    part.unlink()
    part.write_bytes(content)
    forecasts, _ = frames(run_batch(tmp_path / "in", tmp_path / "out", DRIFT, engine=Engine(1)))
    pd.testing.assert_frame_equal(forecasts, forecast_table(walks(6), DRIFT)[0], check_dtype=False)


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    walks(2).to_csv(tmp_path / "in.csv", index=False)
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(InputError, match=r"cannot be written: .* Choose another folder"):
        run_batch(tmp_path / "in.csv", tmp_path / "file" / "out", DRIFT)
    with pytest.raises(InputError, match=r'"t.doc" ends in ".doc". Write to a name that ends in .parquet'):
        write_table(walks(1), tmp_path / "t.doc")
