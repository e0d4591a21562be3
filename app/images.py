"""Pictures in and out: what a person names on the command line, and files that appear whole."""

from __future__ import annotations

import contextlib
import glob
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from PIL import Image

from glyphgen.images import MAX_BYTES, PictureError, PictureLike, load_picture

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff", ".gif")
STANDARD_INPUT = "-"


def expand(names: Sequence[str]) -> tuple[list[str], list[str]]:
    """Turn files, folders (not those in them), patterns and `-` into names of pictures, in order; return them, and a message
    for each that matches nothing.
    """
    found: list[str] = []
    wrong: list[str] = []
    for name in names:
        if name == STANDARD_INPUT:
            found.append(name)
        elif Path(name).is_dir():
            inside = sorted(str(p) for p in Path(name).iterdir() if is_picture(p))
            if not inside:
                wrong.append(f"the folder {name} holds no pictures ({', '.join(s[1:] for s in SUFFIXES)})")
            found += inside
        elif not Path(name).exists() and glob.has_magic(name):
            matches = sorted(p for p in glob.glob(name, recursive=True) if is_picture(Path(p)))
            if not matches:
                wrong.append(f"no picture matches {name}")
            found += matches
        else:
            found.append(name)
    return found, wrong


def is_picture(path: Path) -> bool:
    """Return whether a path looks like a picture that a person put there: not hidden, no folder, with a known ending."""
    return path.suffix.lower() in SUFFIXES and not path.name.startswith(".") and not path.is_dir()


def open_picture(name: str) -> PictureLike:
    """Return what `read` takes: the path, or for `-` the picture on standard input. Raises PictureError for that."""
    if name != STANDARD_INPUT:
        return name
    data = sys.stdin.buffer.read(MAX_BYTES + 1) if sys.stdin else b""
    if not data:
        raise PictureError("standard input is empty; pipe a picture into it")
    return load_picture(data, "standard input")


def new_pictures(folder: Path, wait_s: float = 0.5, goes_on: Callable[[], bool] = lambda: True) -> Iterator[str]:
    """Give each picture that is put into a folder from this call on, once it has stopped growing, while `goes_on()`."""
    return _poll(folder, _listed(folder), wait_s, goes_on)


def _listed(folder: Path) -> dict[str, tuple[int, int]]:
    """Return size and time of each picture of a folder. Raises PictureError when there is no such folder any more."""
    found = {}
    try:
        for path in sorted(folder.iterdir()):
            if is_picture(path):
                with contextlib.suppress(OSError):  # gone again
                    found[str(path)] = (path.stat().st_size, path.stat().st_mtime_ns)
    except OSError as error:
        raise PictureError(f"the folder {folder} cannot be read: {error.strerror}") from error
    return found


def _poll(folder: Path, known: dict[str, tuple[int, int]], wait_s: float, goes_on: Callable[[], bool]) -> Iterator[str]:
    before: dict[str, tuple[int, int]] = {}
    while goes_on():
        now = _listed(folder)
        for name, state in now.items():
            if state[0] and known.get(name) != state and before.get(name) == state:  # new or changed, and at rest since
                known[name] = state
                yield name
        before = now
        time.sleep(wait_s)


def save_picture(image: Image.Image, path: Path) -> None:
    """Write a picture under a temporary name and rename it. Raises PictureError naming the path."""
    part = path.with_name(f".{path.stem}.{os.getpid()}.part{path.suffix or '.png'}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        image.save(part)
        part.replace(path)
    except ValueError as error:
        raise PictureError(f"cannot write {path}: the ending must be one of {', '.join(SUFFIXES)}") from error
    except OSError as error:
        raise PictureError(f"cannot write {path}: {error.strerror or error}") from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
