"""So many readings at once and no more: others wait in line, and beyond that are asked to come again."""

from __future__ import annotations

from threading import Condition, local
from time import monotonic
from types import TracebackType


class BusyError(RuntimeError):
    """Too many are waiting, or one has waited too long."""


class Gate:
    """A context that n_at_once threads may be in; n_waiting more wait for at most wait_s seconds. Raises BusyError on
    entering. A thread that is in may enter again.
    """

    def __init__(self, n_at_once: int = 2, n_waiting: int = 64, wait_s: float = 30.0) -> None:
        self.n_at_once, self.n_waiting, self.wait_s = n_at_once, n_waiting, wait_s
        self._free, self._waiting, self._changed, self._thread = n_at_once, 0, Condition(), local()

    def __enter__(self) -> None:
        depth = getattr(self._thread, "depth", 0)
        if not depth:
            self._take()
        self._thread.depth = depth + 1

    def _take(self) -> None:
        with self._changed:
            if self._free:
                self._free -= 1
                return
            if self._waiting >= self.n_waiting:
                raise BusyError("too many are reading at once; try again in a few seconds")
            self._waiting += 1
            end = monotonic() + self.wait_s
            try:
                while not self._free:
                    left = end - monotonic()
                    if left <= 0:
                        raise BusyError("nobody had time within half a minute; try again")
                    self._changed.wait(left)
                self._free -= 1
            finally:
                self._waiting -= 1

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._thread.depth -= 1
        if not self._thread.depth:
            with self._changed:
                self._free += 1
                self._changed.notify()


GATE = Gate()
