"""Processes that the app starts: they end when the app does, whether it is told to end, is interrupted, or is killed.

Each has a group of its own, so that Ctrl-C in a terminal reaches the app alone, which then ends the whole group; and
its standard input is a pipe that closes with the app, which a training watches.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

ENDS_WITH_STDIN = "GLYPH_ENDS_WITH_STDIN"  # as experiments/parent.py reads it
_GRACE_S = 10.0
_SIGNALS = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]


@contextmanager
def started(
    command: Sequence[str], variables: Mapping[str, str] | None = None, **options: Any
) -> Iterator[subprocess.Popen[bytes]]:
    """Start a process, with these variables in its environment, and end it with all that it started when the block ends
    or this process is told to end.
    """
    environment = {**os.environ, ENDS_WITH_STDIN: "1", **(variables or {})}
    with told_to_end():
        process = subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True, env=environment, **options)
        try:
            yield process
        finally:
            end(process)
            for pipe in (process.stdin, process.stdout, process.stderr):
                if pipe is not None:
                    with suppress(OSError):
                        pipe.close()


def end(process: subprocess.Popen[bytes]) -> None:
    """End a process of `started`: ask it, and after a while insist; what it started and left behind is ended, too.

    Not the whole group is asked: workers that end before the one that waits for them make it fail, with a traceback.
    """
    if process.poll() is None:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(_GRACE_S)
    if sys.platform != "win32":
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    if process.poll() is None:
        process.kill()
        process.wait()


@contextmanager
def told_to_end() -> Iterator[None]:
    """Turn SIGTERM and SIGHUP into SystemExit, so that what is open is closed; a second one does not interrupt that.
    Only the main thread can; servers have their own way.
    """
    if threading.current_thread() is not threading.main_thread() or signal.getsignal(signal.SIGTERM) is _leave:
        yield
        return
    before = {number: signal.getsignal(number) for number in _SIGNALS}
    for number, handler in before.items():
        if handler != signal.SIG_IGN:  # nohup
            signal.signal(number, _leave)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler if handler is not None else signal.SIG_DFL)


def _leave(number: int, _: Any) -> None:
    for other in _SIGNALS:
        signal.signal(other, signal.SIG_IGN)
    raise SystemExit(128 + number)
