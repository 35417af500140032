"""Whole runs on all processors: what is worked out in which order."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")

AT_MOST = 4
"""Threads of one run: others want to work too, and memory is no faster for more."""


def in_stages(action: Callable[[T], object], stages: Iterable[Sequence[T]]) -> None:
    """Do the tasks of each stage on several threads, in any order, and a stage after the one before.

    Examples
    --------
    >>> done: list[int] = []
    >>> in_stages(done.append, [[1, 2], [3]])
    >>> sorted(done[:2]), done[2]
    ([1, 2], 3)
    """
    threads = min(processors(), AT_MOST)
    if threads < 2:
        for stage in stages:
            for task in stage:
                action(task)
        return
    with ThreadPoolExecutor(threads) as pool:
        for stage in stages:
            for _ in pool.map(action, stage):
                pass


def processors() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
