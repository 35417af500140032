"""Batches on a cluster: the same numbers from Dask, workers killed or not, and from the function under Spark."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from forecast import engines
from forecast.batch import BatchConfig, forecast_table
from forecast.engines import Engine, by_content
from forecast.errors import InputError
from forecast.runs import Progress, run_batch
from scenarios.cli import main

CONFIG = BatchConfig(horizon=3, models=("auto", "theta"), n_paths=100)


def walks(n: int, length: int = 12) -> pd.DataFrame:
    y = 1000 * np.exp(np.cumsum(np.random.default_rng(1).normal(0.05, 0.1, (n, length)), axis=1))
    ids = np.repeat([f"s{i:04d}" for i in range(n)], length)
    return pd.DataFrame({"unique_id": ids, "ds": np.tile(np.arange(2010, 2010 + length), n), "y": y.ravel()})


@pytest.fixture(scope="module")
def cluster() -> Iterator[object]:
    distributed = pytest.importorskip("distributed", reason="the extra [dask] is not installed")
    with distributed.LocalCluster(n_workers=3, threads_per_worker=1, dashboard_address=None) as made:
        yield made


def test_a_worker_with_another_program_is_refused() -> None:
    with pytest.raises(InputError, match=r"another version of IP Foresight. Install the same one on all workers."):
        by_content(b"", "in.csv", CONFIG, "0" * 64)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"kind": "ray"}, 'engine "ray" is unknown. Known: local, dask.'),
        ({"scheduler": "tcp://x:1"}, "A scheduler was named for the local engine. Add --engine dask, or leave it out."),
        ({"workers": 0}, "0 workers were asked for. Allowed: 1 or more."),
        ({"partition_rows": 0}, "Partitions of 0 rows were asked for. Allowed: 1 or more."),
    ],
)
def test_engines_that_make_no_sense_are_refused(settings: dict[str, object], message: str) -> None:
    with pytest.raises(InputError) as caught:
        Engine(**settings)  # type: ignore[arg-type]  # wrong settings are the point
    assert str(caught.value) == message


@pytest.mark.slow
def test_a_scheduler_out_of_reach_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("distributed", reason="the extra [dask] is not installed")
    walks(2).to_csv(tmp_path / "in.csv", index=False)
    words = [
        "batch",
        "in.csv",
        "--horizon",
        "2",
        "--out",
        "out",
        "--engine",
        "dask",
        "--scheduler",
        "tcp://127.0.0.1:9",
    ]
    words[1], words[5] = str(tmp_path / "in.csv"), str(tmp_path / "out")
    assert main(words) == 2
    assert "The Dask scheduler at tcp://127.0.0.1:9 cannot be reached. Check the address" in capsys.readouterr().err


@pytest.mark.slow
def test_dask_gives_what_processes_give_though_a_worker_is_killed(cluster: object, tmp_path: Path) -> None:
    from distributed import Client

    walks(900).to_parquet(tmp_path / "in.parquet")
    run_batch(tmp_path / "in.parquet", tmp_path / "local", CONFIG, engine=Engine(1, 600))
    with Client(cluster) as client:
        pids = list(client.run(os.getpid).values())
    killed: list[int] = []

    def kill(progress: Progress) -> None:
        if progress.rows and not killed:
            killed.append(pids[0])
            os.kill(pids[0], signal.SIGKILL)

    engine = Engine(kind="dask", scheduler=cluster.scheduler_address, partition_rows=600)  # type: ignore[attr-defined]  # a LocalCluster
    result = run_batch(tmp_path / "in.parquet", tmp_path / "dask", CONFIG, engine=engine, progress=kill)
    assert killed
    assert result.series == 900
    for name in ("forecasts.parquet", "failures.parquet"):
        assert (tmp_path / "dask" / name).read_bytes() == (tmp_path / "local" / name).read_bytes()


@pytest.mark.slow
@pytest.mark.parametrize("shared", [True, False], ids=["a disk in common", "none"])
def test_workers_write_themselves_where_they_see_the_folder_and_send_results_where_not(
    shared: bool, cluster: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    walks(120).to_parquet(tmp_path / "in.parquet")
    kept: list[int] = []
    real = engines.keep
    monkeypatch.setattr(engines, "keep", lambda state, i, result: (kept.append(i), real(state, i, result)))
    if not shared:
        monkeypatch.setattr(engines, "in_place", lambda *_: False)
    engine = Engine(kind="dask", scheduler=cluster.scheduler_address, partition_rows=240)  # type: ignore[attr-defined]  # a LocalCluster
    result = run_batch(tmp_path / "in.parquet", tmp_path / "out", CONFIG, engine=engine)
    assert len(kept) == (0 if shared else 6)
    whole, _ = forecast_table(walks(120), CONFIG)
    pd.testing.assert_frame_equal(pd.read_parquet(result.forecasts), whole, check_dtype=False)


@pytest.mark.slow
def test_without_a_scheduler_a_cluster_is_made_and_an_interrupted_run_goes_on_under_it(tmp_path: Path) -> None:
    pytest.importorskip("distributed", reason="the extra [dask] is not installed")
    walks(300).to_parquet(tmp_path / "in.parquet")
    run_batch(tmp_path / "in.parquet", tmp_path / "whole", CONFIG, engine=Engine(1, 600))

    def stop(progress: Progress) -> None:
        if progress.rows > 1000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_batch(tmp_path / "in.parquet", tmp_path / "cut", CONFIG, engine=Engine(1, 600), progress=stop)
    code = (
        "import sys; from scenarios.cli import main\n"
        "if __name__ == '__main__': sys.exit(main(['batch', 'in.parquet', '--horizon', '3', '--models', 'auto,theta',"
        " '--paths', '100', '--out', 'cut', '--engine', 'dask', '--workers', '2', '--partition-rows', '600',"
        " '--json-lines']))"
    )
    (tmp_path / "go.py").write_text(code)
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)}
    done = subprocess.run(
        [sys.executable, "go.py"], cwd=tmp_path, env=env, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1])["summary"]["resumed"] > 0
    for name in ("forecasts.parquet", "failures.parquet"):
        assert (tmp_path / "cut" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
