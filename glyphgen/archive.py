"""Folders and zips alike: the files in them, by name."""

from __future__ import annotations

import os
import zipfile
import zlib
from pathlib import Path
from typing import Protocol

from glyphgen.files import DataError


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


class FolderFiles:
    def __init__(self, root: Path) -> None:
        self.root = root
        names = (str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())
        self.names = sorted(name for name in names if not _is_hidden(name))

    def read(self, name: str) -> bytes:
        try:
            return (self.root / name).read_bytes()
        except OSError as error:
            raise DataError(f"{self.root / name} cannot be read: {error.strerror}") from error


class ZipFiles:
    """Opened anew in every process: processes that share an open file move each other's place in it."""

    def __init__(self, path: Path) -> None:
        self.path, self._process = path, 0
        self._open: zipfile.ZipFile | None = None
        self.names = sorted(info.filename for info in self._zip.infolist() if not info.is_dir() and not _is_hidden(info.filename))

    @property
    def _zip(self) -> zipfile.ZipFile:
        if self._open is None or self._process != os.getpid():
            try:
                self._open, self._process = zipfile.ZipFile(self.path), os.getpid()
            except (OSError, zipfile.BadZipFile) as error:
                raise DataError(f"{self.path} is not a zip file that can be read: {error}") from error
        return self._open

    def read(self, name: str) -> bytes:
        try:
            return self._zip.read(name)
        except (KeyError, OSError, RuntimeError, zipfile.BadZipFile, zlib.error) as error:  # RuntimeError: it wants a password
            raise DataError(f"{self.path}: {name} is missing, damaged or locked ({error})") from error
