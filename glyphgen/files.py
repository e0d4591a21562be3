"""Files that appear whole or not at all, the error for data that cannot be read or written, and names as people mean
them.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


class DataError(ValueError):
    """A data set, picture or folder that cannot be used; the message names it and the remedy."""


def composed(text: str) -> str:
    """Return a text with letters and their accents in one (Unicode's NFC): macOS hands over file names with É, が
    and 한 in pieces. A text without pieces stays as it is, for NFC would make a K of the sign of the kelvin as well.
    """
    whole = unicodedata.normalize("NFC", text)
    return whole if len(whole) < len(text) else text


class NamedFiles:
    """Files below a folder by their names, however the accents in those are stored. A folder is listed once, when a
    name is not found.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._listed: dict[Path, dict[str, str]] = {}

    def path(self, name: str) -> Path:
        """Return the file of that name, or where it would be."""
        plain = self.root / name
        if os.path.lexists(plain):
            return plain
        folder = self.root
        for part in Path(name).parts:
            step = folder / part
            folder = step if os.path.lexists(step) else folder / self._names(folder).get(composed(part), part)
        return folder if os.path.lexists(folder) else plain

    def _names(self, folder: Path) -> dict[str, str]:
        if folder not in self._listed:
            try:
                self._listed[folder] = {composed(name): name for name in sorted(os.listdir(folder))}
            except OSError:
                self._listed[folder] = {}
        return self._listed[folder]


@contextmanager
def written(path: str | Path) -> Iterator[Path]:
    """Yield a name beside `path` to write to; it takes the place of `path` when the block ends, and is removed when the
    block fails. Missing folders are made. Raises DataError when `path` is a folder.
    """
    path = Path(path)
    if path.is_dir():
        raise DataError(f"{path} is a folder; give the name of a file")
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield part
        part.replace(path)
    except OSError as error:
        raise DataError(f"cannot write {path}: {error.strerror or error}") from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def check_new_folder(root: str | Path) -> None:
    """Raise DataError when `root` exists and is not an empty folder."""
    root = Path(root).resolve()
    if root.exists() and (not root.is_dir() or any(root.iterdir())):
        raise DataError(f"{root} exists and is not empty; choose another folder or remove it")


@contextmanager
def new_folder(root: str | Path) -> Iterator[Path]:
    """Yield a folder beside `root` to fill; it becomes `root` when the block ends, and is removed when the block fails.
    Raises DataError when `root` exists and is not an empty folder.
    """
    root = Path(root).resolve()
    check_new_folder(root)
    try:
        root.parent.mkdir(parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(prefix=f".{root.name}.", suffix=".part", dir=root.parent))
    except OSError as error:
        raise DataError(f"cannot write {root}: {error.strerror or error}") from error
    try:
        yield part
        part.chmod(0o755)
        if root.exists():
            root.rmdir()
        part.rename(root)
    except OSError as error:
        raise DataError(f"cannot write {root}: {error.strerror or error}") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
