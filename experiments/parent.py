"""A training that another program started, the app's `teach` and its lessons: it ends with that program, however that
ended, and reports its progress to it.

The other end of standard input is the parent's. It closes when the parent is gone, even when that was killed and could
tell nobody. With GLYPH_PROGRESS=json standard output holds progress alone: a JSON object a line with stage, step, of
(null where nobody knows) and figures. What is printed there otherwise is left out: tables of figures, and commands for
a folder that is the parent's and soon gone. Messages and errors go to standard error as ever.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Mapping
from multiprocessing import current_process
from threading import Thread
from typing import TextIO

ENDS_WITH_STDIN = "GLYPH_ENDS_WITH_STDIN"  # as app/children.py sets it
PROGRESS = "GLYPH_PROGRESS"  # as app/trainer_process.py sets it
_GRACE_S, _LOOK_S = 10.0, 0.5
_watched: list[int] = []  # the process that this one ends with
_reports: list[TextIO] = []  # where progress is written to, if anybody asked for it


def has_parent() -> bool:
    """Return whether another program started this one, and takes its folder away in the end."""
    return bool(os.environ.get(ENDS_WITH_STDIN))


def report_to_parent() -> None:
    """Write progress to standard output from here on, if the program that started this one asked for that."""
    if os.environ.pop(PROGRESS, None) == "json":  # what this process starts reports nothing
        sys.stdout.flush()
        _reports.append(open(os.dup(1), "w", encoding="utf-8"))  # noqa: SIM115 - as long as this process runs
        with open(os.devnull, "wb") as nothing:
            os.dup2(nothing.fileno(), 1)


def is_reporting() -> bool:
    """Return whether anybody reads what `report` writes; progress bars are not shown then."""
    return bool(_reports)


def report(stage: str, step: int, of: int | None, figures: Mapping[str, float] | None = None) -> None:
    """Say how many steps of a stage are done, if anybody asked for that."""
    for stream in _reports:
        row = {"stage": stage, "step": step, "of": of, "figures": dict(figures or {})}
        stream.write(json.dumps(row) + "\n")
        stream.flush()


def end_with_parent() -> None:
    """Have this process end when its standard input does, if the one that started it asked for that."""
    if has_parent() and sys.stdin is not None:
        Thread(target=_wait, args=(sys.stdin.fileno(),), daemon=True).start()


def end_with_starter() -> None:
    """Have a process of a launcher, as joblib starts them, end when the one that started it is gone, however that
    ended. Nothing happens in any other process.
    """
    if current_process().name != "MainProcess" and not _watched:
        _watched.append(os.getppid())
        Thread(target=_watch, args=(os.getppid(),), daemon=True).start()


def _watch(starter: int) -> None:
    while os.getppid() == starter:
        time.sleep(_LOOK_S)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(_GRACE_S)
    os._exit(128 + signal.SIGTERM)


def _wait(door: int) -> None:
    try:
        while os.read(door, 1024):  # not sys.stdin.read, which holds a lock that the end of the interpreter waits for
            pass
    except OSError:
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(_GRACE_S)
    os._exit(128 + signal.SIGTERM)
