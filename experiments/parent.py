"""A training that another program started ends with it, however that ended: the app's `teach` and its lessons.

The other end of standard input is the parent's. It closes when the parent is gone, even when that was killed and could
tell nobody.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from threading import Thread

ENDS_WITH_STDIN = "GLYPH_ENDS_WITH_STDIN"  # as app/children.py sets it
_GRACE_S = 10.0


def has_parent() -> bool:
    """Return whether another program started this one, and takes its folder away in the end."""
    return bool(os.environ.get(ENDS_WITH_STDIN))


def end_with_parent() -> None:
    """Have this process end when its standard input does, if the one that started it asked for that."""
    if has_parent() and sys.stdin is not None:
        Thread(target=_wait, args=(sys.stdin.fileno(),), daemon=True).start()


def _wait(door: int) -> None:
    try:
        while os.read(door, 1024):  # not sys.stdin.read, which holds a lock that the end of the interpreter waits for
            pass
    except OSError:
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(_GRACE_S)
    os._exit(128 + signal.SIGTERM)
