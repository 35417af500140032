"""What works off the partitions of a batch: processes of this machine, or a Dask cluster. None changes a number."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Generator
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from forecast.batch import BatchConfig
from forecast.errors import InputError
from forecast.export import code_hash
from forecast.partitions import Worked, keep, partition_rows, work_partition, worked

AHEAD = 2
"""Partitions on their way for each worker: enough to keep it busy, few enough to keep the driver's memory flat."""


@dataclass(frozen=True)
class Engine:
    """How a run is worked off; none of this changes a number.

    Parameters
    ----------
    workers : int, optional
        Processes; one for each processor where it is not given. Of no meaning with a scheduler's address.
    partition_rows : int
        Rows of input in memory of a worker at a time, about.
    kind : {"local", "dask"}
        Processes of this machine, or Dask: the cluster of `scheduler`, or one made for the run on this machine.
    scheduler : str, optional
        Address of a Dask scheduler, as ``tcp://10.0.0.5:8786``.

    Raises
    ------
    InputError
        Where a setting is not allowed.
    """

    workers: int | None = None
    partition_rows: int = 100_000
    kind: Literal["local", "dask"] = "local"
    scheduler: str | None = None

    def __post_init__(self) -> None:
        if self.kind not in ("local", "dask"):
            raise InputError(f'engine "{self.kind}" is unknown.', "Known: local, dask.")
        if self.scheduler is not None and self.kind != "dask":
            raise InputError("A scheduler was named for the local engine.", "Add --engine dask, or leave it out.")
        if self.workers is not None and self.workers < 1:
            raise InputError(f"{self.workers} workers were asked for.", "Allowed: 1 or more.")
        if self.partition_rows < 1:
            raise InputError(f"Partitions of {self.partition_rows} rows were asked for.", "Allowed: 1 or more.")

    @property
    def processes(self) -> int:
        """Processes on this machine."""
        return self.workers or os.cpu_count() or 1


def finished(
    engine: Engine, state: Path, todo: list[int], *, name: str, config: BatchConfig
) -> Generator[int, None, None]:
    """Work off partitions and give each when its result is kept, in the order in which they end.

    Parameters
    ----------
    engine : Engine
    state : Path
        Folder with the partitions, see `forecast.partitions.split`. Results are kept there, by the workers where they
        see it, else by this process: a cluster needs no disk in common.
    todo : list of int
        Numbers of the partitions.
    name : str
        Of the input, for messages.
    config : BatchConfig

    Raises
    ------
    InputError
        Where workers die again and again, the scheduler is out of reach, or Dask is not installed; finished work is
        kept.
    """
    if engine.kind == "dask":
        yield from _by_dask(engine, state, todo, name=name, config=config)
    elif min(engine.processes, len(todo)) <= 1:
        for i in todo:
            work_partition(state, i, name, config)
            yield i
    else:
        yield from _by_processes(min(engine.processes, len(todo)), state, todo, name=name, config=config)


def _by_processes(
    workers: int, state: Path, todo: list[int], *, name: str, config: BatchConfig
) -> Generator[int, None, None]:
    import multiprocessing

    pool = ProcessPoolExecutor(
        workers, multiprocessing.get_context("spawn"), initializer=_end_with, initargs=(os.getpid(),)
    )
    try:
        running: dict[Future[None], int] = {}
        waiting = iter(todo)
        while True:
            while len(running) < AHEAD * workers and (i := next(waiting, None)) is not None:
                running[pool.submit(work_partition, state, i, name, config)] = i
            if not running:
                return
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                future.result()
                yield running.pop(future)
    except BrokenProcessPool as error:
        raise InputError("A worker was stopped from outside.", "Call again: finished work is kept.") from error
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _end_with(parent: int) -> None:
    """End this worker when its parent is gone: a killed parent cannot tell it to."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def in_place(state: str, i: int, name: str, config: BatchConfig, code: str) -> bool:
    """Forecast a partition and keep the result where the driver keeps it: what a worker of a cluster runs.

    Returns
    -------
    bool
        False, and nothing is done, where this worker does not see the driver's folder.

    Raises
    ------
    InputError
        Where the worker's program is another one than the driver's (`code`), whose numbers may differ.
    """
    _same_program(code)
    if not (Path(state) / f"{i:04d}.arrow").exists():
        return False
    work_partition(Path(state), i, name, config)
    return True


def by_content(content: bytes, name: str, config: BatchConfig, code: str) -> Worked:
    """Forecast a partition sent as the content of its file, for a worker that shares no disk with the driver.

    Raises
    ------
    InputError
        As `in_place`.
    """
    _same_program(code)
    return worked(partition_rows(content), name, config)


def _same_program(code: str) -> None:
    if _own_code() != code:
        raise InputError("A worker runs another version of IP Foresight.", "Install the same one on all workers.")


_own_code = cache(code_hash)


def _by_dask(
    engine: Engine, state: Path, todo: list[int], *, name: str, config: BatchConfig
) -> Generator[int, None, None]:
    try:
        from distributed import Client, LocalCluster
        from distributed.comm import CommClosedError
        from distributed.scheduler import KilledWorker
    except ImportError as error:
        raise InputError("Dask is not installed.", "Call: pip install 'ip-foresight[dask]'.") from error
    where = engine.scheduler or "a cluster of this machine"
    cluster = client = None
    try:
        if engine.scheduler is None:
            cluster = LocalCluster(
                n_workers=min(engine.processes, max(len(todo), 1)),
                threads_per_worker=1,
                dashboard_address="127.0.0.1:0",
                silence_logs=logging.CRITICAL,
            )
        try:
            client = Client(cluster or engine.scheduler, timeout="10s", set_as_default=False)
        except OSError as error:
            raise ConnectionError from error
        yield from _through(client, state, todo, name=name, config=config)
    except KilledWorker as error:
        raise InputError(
            "Workers died again and again over one partition.",
            "Give them more memory, or smaller partitions with --partition-rows; finished work is kept.",
        ) from error
    except ModuleNotFoundError as error:
        raise InputError(
            f"A worker of {where} lacks the module {error.name}.", "Install IP Foresight on all workers."
        ) from error
    except (CommClosedError, CancelledError, TimeoutError, ConnectionError) as error:
        raise InputError(
            f"The Dask scheduler at {where} cannot be reached.", "Check the address; finished work is kept."
        ) from error
    finally:
        _closed(client, cluster)


def _through(
    client: Any, state: Path, todo: list[int], *, name: str, config: BatchConfig
) -> Generator[int, None, None]:
    """Work off partitions by a client of Dask, a few at a time.

    Workers that see the folder of the run read and write there themselves: the driver sends a number and gets a word
    back. From the first one that does not see it on, content is sent and comes back.
    """
    from distributed import as_completed

    folder, code = str(state.resolve()), _own_code()
    waiting: deque[int] = deque(todo)
    running: dict[Any, int] = {}
    sees = True
    queue = as_completed(loop=client.loop)

    def more() -> None:
        most = AHEAD * max(len(client.scheduler_info(n_workers=-1)["workers"]), 1)
        while len(running) < most and waiting:
            i = waiting.popleft()
            if sees:
                future = client.submit(in_place, folder, i, name, config, code, pure=False)
            else:
                content = (state / f"{i:04d}.arrow").read_bytes()
                future = client.submit(by_content, content, name, config, code, pure=False)
            running[future.key] = i
            queue.add(future)

    more()
    for future in queue:
        i, result = running.pop(future.key), future.result()
        future.release()
        if result is False:
            sees = False
            waiting.appendleft(i)
        else:
            if isinstance(result, Worked):
                keep(state, i, result)
            yield i
        more()


def _closed(*things: Any) -> None:
    close: Callable[[], object]
    for thing in things:
        if thing is not None:
            close = thing.close
            close()
