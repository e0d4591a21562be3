"""So many readings at once and no more: others wait in line, and beyond that are asked to come again."""

from __future__ import annotations

from threading import BoundedSemaphore, local
from types import TracebackType


class BusyError(RuntimeError):
    """Too many are waiting, or one has waited too long."""


class ReadingLimiter:
    """A context that n_at_once threads may be in; n_waiting more wait for at most wait_s seconds. Raises BusyError on
    entering. A thread that is in may enter again.

    Two semaphores, not anyio.CapacityLimiter: that one belongs to an event loop, and pictures are read in threads that
    need not have one.
    """

    def __init__(self, n_at_once: int = 2, n_waiting: int = 64, wait_s: float = 30.0) -> None:
        self.n_at_once, self.wait_s = n_at_once, wait_s
        self._slots, self._line = BoundedSemaphore(n_at_once), BoundedSemaphore(n_at_once + n_waiting)
        self._thread = local()

    def __enter__(self) -> None:
        depth = getattr(self._thread, "depth", 0)
        if not depth:
            if not self._line.acquire(blocking=False):
                raise BusyError("too many are reading at once; try again in a few seconds")
            if not self._slots.acquire(timeout=self.wait_s):
                self._line.release()
                raise BusyError("nobody had time within half a minute; try again")
        self._thread.depth = depth + 1

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._thread.depth -= 1
        if not self._thread.depth:
            self._slots.release()
            self._line.release()

    def is_entered(self) -> bool:
        """Return whether the calling thread is in."""
        return getattr(self._thread, "depth", 0) > 0


READING_LIMITER = ReadingLimiter()
