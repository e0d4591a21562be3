"""Tasks done by several processes, which end with the one that started them, however it ends."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait as wait_for
from threading import Thread
from typing import Any, TypeVar

from glyphgen.files import DataError

T = TypeVar("T")
Work = Callable[[T, Callable[[], None]], None]
_LOOK_S = 0.2  # how often progress is told
CONTEXT = get_context()  # how the system starts processes: forked ones have what this one has opened

_own: list[Any] = []  # in a worker: the work, and the count of what all workers have done


def each(work: Work[T], tasks: Sequence[T], n_workers: int, tell: Callable[[int], None]) -> None:
    """Call work(task, advance) for every task, in this process or in n_workers others; advance is called after each
    picture, and tell with how many there are. The first error ends all of it. Raises DataError when a process dies.
    """
    if n_workers == 1 or len(tasks) < 2:
        n = 0

        def advance() -> None:
            nonlocal n
            n += 1
            tell(n)

        for task in tasks:
            work(task, advance)
        return
    count = CONTEXT.Value("q", 0)
    pool = ProcessPoolExecutor(min(n_workers, len(tasks)), CONTEXT, initializer=_start, initargs=(work, count))
    is_whole = False
    try:
        waiting = {pool.submit(_do, task) for task in tasks}
        while waiting:
            done, waiting = wait(waiting, _LOOK_S, FIRST_EXCEPTION)
            for future in done:
                future.result()
            tell(count.get_obj().value)  # without its lock, which a process that was killed may have kept
        is_whole = True
    except BrokenProcessPool as error:
        raise DataError(
            "a process that renders was killed, perhaps for want of memory; the same command goes on, with fewer "
            "--workers if need be"
        ) from error
    finally:
        if not is_whole:  # there is no public way to stop what they are at
            for process in list((pool._processes or {}).values()):
                process.kill()
        pool.shutdown(wait=True, cancel_futures=True)


def _start(work: Work[Any], count: Any) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that started this one stops it
    if (parent := parent_process()) is not None:
        Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()
    _own[:] = [work, count]


def _end_with(sentinel: int) -> None:
    wait_for([sentinel])
    os._exit(1)


def _do(task: Any) -> None:
    work, count = _own

    def advance() -> None:
        with count.get_lock():
            count.value += 1

    work(task, advance)
