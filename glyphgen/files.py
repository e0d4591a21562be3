"""Files that appear whole or not at all, and the error for data that cannot be read or written."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


class DataError(ValueError):
    """A data set, picture or folder that cannot be used; the message names it and the remedy."""


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


@contextmanager
def new_folder(root: str | Path) -> Iterator[Path]:
    """Yield a folder beside `root` to fill; it becomes `root` when the block ends, and is removed when the block fails.
    Raises DataError when `root` exists and is not an empty folder.
    """
    root = Path(root).resolve()
    if root.exists() and (not root.is_dir() or any(root.iterdir())):
        raise DataError(f"{root} exists and is not empty; choose another folder or remove it")
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
