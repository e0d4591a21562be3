"""Folders and zips alike: the files in them, by name; names are composed, see `files.composed`."""

from __future__ import annotations

import logging
import os
import zipfile
import zlib
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from glyphgen.files import DataError, composed

_LOG = logging.getLogger("glyphgen")


def open_files(path: Path) -> Files:
    """Return what reads the files of a folder or of a zip. Raises DataError."""
    if not path.exists():
        raise DataError(f"no such file or folder: {path}")
    return FolderFiles(path) if path.is_dir() else ZipFiles(path)


class Files(Protocol):
    """The files of a folder or a zip, by name."""

    names: list[str]

    def read(self, name: str) -> bytes: ...


def _is_hidden(name: str) -> bool:
    """Whether a file is one that systems leave behind (.DS_Store, ._x, __MACOSX)."""
    return any(part.startswith((".", "__MACOSX")) for part in Path(name).parts)


def _by_name(stored: Iterable[str]) -> dict[str, str]:
    """Return names as they are stored by what they are called; of two that are called the same, one keeps its spelling."""
    found: dict[str, str] = {}
    for name in sorted(name for name in stored if not _is_hidden(name)):
        found[name if composed(name) in found else composed(name)] = name
    return found


@lru_cache(maxsize=64)
def say_left_out(root: Path, names: tuple[str, ...]) -> None:
    """Say, once, which files of a set are no pictures and are passed over."""
    if names:
        more = f" and {len(names) - 5} more" if len(names) > 5 else ""
        _LOG.warning("%s: left out, for they are no pictures that can be opened here: %s%s", root, ", ".join(names[:5]), more)


class FolderFiles:
    def __init__(self, root: Path) -> None:
        self.root = root
        self._stored = _by_name(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())
        self.names = sorted(self._stored)

    def read(self, name: str) -> bytes:
        try:
            return (self.root / self._stored.get(name, name)).read_bytes()
        except OSError as error:
            raise DataError(f"{self.root / name} cannot be read: {error.strerror}") from error


class ZipFiles:
    """Opened anew in every process: processes that share an open file move each other's place in it."""

    def __init__(self, path: Path) -> None:
        self.path, self._process = path, 0
        self._open: zipfile.ZipFile | None = None
        self._stored = _by_name(info.filename for info in self._zip.infolist() if not info.is_dir())
        self.names = sorted(self._stored)

    @property
    def _zip(self) -> zipfile.ZipFile:
        if self._open is None or self._process != os.getpid():
            try:
                self._open, self._process = self._opened(), os.getpid()
            except (OSError, zipfile.BadZipFile) as error:
                raise DataError(f"{self.path} is not a zip file that can be read: {error}") from error
        return self._open

    def _opened(self) -> zipfile.ZipFile:
        try:  # macOS writes names in UTF-8 and does not say so
            return zipfile.ZipFile(self.path, metadata_encoding="utf-8")
        except UnicodeDecodeError:
            return zipfile.ZipFile(self.path)

    def read(self, name: str) -> bytes:
        try:
            return self._zip.read(self._stored.get(name, name))
        except (KeyError, OSError, RuntimeError, zipfile.BadZipFile, zlib.error) as error:  # RuntimeError: it wants a password
            raise DataError(f"{self.path}: {name} is missing, damaged or locked ({error})") from error
