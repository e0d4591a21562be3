"""Arrays that take seconds to compute, cached in the user's cache folder from one run to the next.

Not joblib, which stores pickles, nor diskcache, whose SQLite database needs locks that network folders lack: a
safetensors file a table, written aside and renamed, is safe among processes and when a writer is killed.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from threading import get_ident
from typing import Any, overload

import numpy as np
import platformdirs
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

Arrays = dict[str, NDArray[Any]]
_NONE = np.zeros(0, np.int64)
_MOST = 8  # files of one kind; the oldest go


def cache_folder() -> Path:
    """Return the folder; the system's own settings move it (XDG_CACHE_HOME on Linux). It may be removed at any time."""
    return platformdirs.user_cache_path("glyph-toolkit")


def cached(kind: str, depends_on: Mapping[str, bytes], build: Callable[[], Arrays]) -> Arrays:
    """Return what build() returns, from the cache when it was built before from the same bytes. A cache that cannot be
    written or read costs time, nothing else.
    """
    digest = hashlib.blake2b(digest_size=16)
    for name, data in sorted(depends_on.items()):
        digest.update(f"{name} {len(data)} ".encode() + data)
    path = cache_folder() / f"{kind}-{digest.hexdigest()}.safetensors"
    with suppress(OSError, SafetensorError):
        return load_file(path)
    arrays = build()
    part = path.with_suffix(f".{os.getpid()}.{get_ident()}.part")  # whole or not at all
    with suppress(OSError, SafetensorError):
        path.parent.mkdir(parents=True, exist_ok=True)
        save_file({name: np.ascontiguousarray(array) for name, array in arrays.items()}, part)
        part.replace(path)
        for old in sorted(path.parent.glob(f"{kind}-*.safetensors"), key=lambda p: p.stat().st_mtime)[:-_MOST]:
            old.unlink(missing_ok=True)
    with suppress(OSError):
        part.unlink(missing_ok=True)
    return arrays


def as_bytes(lines: list[str]) -> NDArray[np.uint8]:
    """Return lines of text as an array; see `as_lines`."""
    return np.frombuffer("\n".join(lines).encode(), np.uint8)


class Lines(Sequence[str]):
    """Lines of text in an array, see `as_bytes`; each is made a string when it is asked for: a list of all words takes
    ten times the room.
    """

    def __init__(self, array: NDArray[np.uint8]) -> None:
        self._bytes = array.tobytes()
        self._ends = np.append(np.flatnonzero(array == ord("\n")), len(array)).astype(np.int64) if len(array) else _NONE

    def __len__(self) -> int:
        return len(self._ends)

    @overload
    def __getitem__(self, k: int) -> str: ...

    @overload
    def __getitem__(self, k: slice) -> list[str]: ...

    def __getitem__(self, k: int | slice) -> str | list[str]:
        if isinstance(k, slice):
            return [self[i] for i in range(*k.indices(len(self)))]
        k = range(len(self))[k]
        return self._bytes[int(self._ends[k - 1]) + 1 if k else 0 : int(self._ends[k])].decode()

    def __iter__(self) -> Iterator[str]:
        return iter(self._bytes.decode().split("\n") if len(self) else [])


def as_lines(array: NDArray[np.uint8]) -> list[str]:
    return array.tobytes().decode().split("\n") if len(array) else []
