"""Folders and zips alike: the files in them, by name; names are composed, see `files.composed`."""

from __future__ import annotations

import logging
import os
import posixpath
import re
import sys
import zipfile
import zlib
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Protocol

from glyphgen.files import DataError, composed
from glyphgen.images import Picture, load_picture, single_channel
from glyphgen.labels import LABELS, parse_labels, without_repeats

_SAMPLES = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

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
    """Return the stored name of each file by its normalized name; of two with one normalized name, one is kept as it
    is stored.
    """
    found: dict[str, str] = {}
    for name in sorted(name for name in stored if not _is_hidden(name)):
        found[name if composed(name) in found else composed(name)] = name
    return found


@lru_cache(maxsize=64)
def say_left_out(root: Path, names: tuple[str, ...]) -> None:
    """Say, once, which files of a set are no pictures and are passed over."""
    if names:
        more = f" and {len(names) - 5} more" if len(names) > 5 else ""
        _LOG.warning(
            "%s: left out, for they are no pictures that can be opened here: %s%s", root, ", ".join(names[:5]), more
        )


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

    def __getstate__(self) -> dict[str, object]:  # an open file stays where it is
        return {**vars(self), "_open": None}

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
        except (
            KeyError,
            OSError,
            RuntimeError,
            zipfile.BadZipFile,
            zlib.error,
        ) as error:  # RuntimeError: it wants a password
            raise DataError(f"{self.path}: {name} is missing, damaged or locked ({error})") from error


def label_of_folder(name: str) -> str | None:
    """Return the character that a folder's name stands for, or None."""
    name = composed(name)
    if len(name) == 1:
        return name
    if match := re.fullmatch(r"[dUlul]_(.)", name):
        return match[1]
    if (match := re.fullmatch(r"(?i:sample)(\d{3})", name)) and 1 <= int(match[1]) <= len(_SAMPLES):
        return _SAMPLES[int(match[1]) - 1]
    if match := re.fullmatch(r"(?i:u\+)([0-9a-fA-F]{4,6})", name):
        return chr(int(match[1], 16)) if int(match[1], 16) <= sys.maxunicode else None
    return None


def decode(files: Files, entry: str, path: Path) -> Picture:
    """Return a picture of a folder or zip as `load_picture` has it, one without color as (h, w). Raises DataError."""
    return single_channel(load_picture(files.read(entry), f"{path}: {entry}", least_px=1))


def read_labels(files: Files, path: Path) -> list[tuple[str, str]]:
    """Return (file, text) of every labels.tsv and labels.csv of a folder or zip; nothing when there is none. Raises
    DataError.
    """
    there, rows = set(files.names), []
    for table in (entry for entry in files.names if PurePosixPath(entry).name in (LABELS, "labels.csv")):
        folder = PurePosixPath(table).parent
        inside = {entry.removeprefix(f"{folder.as_posix()}/") for entry in there}
        for row in parse_labels(files.read(table), f"{path}/{table}", inside.__contains__):
            rows.append(row._replace(file=posixpath.normpath((folder / row.file).as_posix())))
    return [(row.file, row.text) for row in without_repeats(rows, str(path))]
