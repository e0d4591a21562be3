"""Locks, so that no two processes render the same shard of a set."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from glyphgen.files import DataError


def lock_folder(out: Path) -> Path:
    """Return where the locks of a set lie: beside it, for what they guard is renamed."""
    return out.with_name(out.name + ".part.locks")


@contextmanager
def shard_held(out: Path, k: int, n: int) -> Iterator[None]:
    """Keep others from the same shard. Raises DataError when one is at it, or at shards that are dealt otherwise."""
    from filelock import FileLock, Timeout

    folder = lock_folder(out)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(f"cannot write {folder}: {error.strerror or error}") from error
    lock = FileLock(folder / f"shard-{k}-of-{n}.lock", timeout=0)
    try:
        lock.acquire()
        for path in sorted(folder.glob("shard-*.lock")):
            if not path.name.endswith(f"-of-{n}.lock"):
                with FileLock(path, timeout=1):  # others look at it, too
                    pass
    except Timeout as error:
        lock.release()
        raise DataError(f"another process renders into {out}.part; wait for it, or choose another --out") from error
    try:
        yield
    finally:
        lock.release()
