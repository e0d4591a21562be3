"""Pictures in and out: what a person names on the command line, and files that appear whole."""

from __future__ import annotations

import contextlib
import glob
import os
import re
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from PIL import ExifTags, Image

from glyphgen.images import MAX_BYTES, PictureError, PictureLike, is_picture_name, load_picture

STANDARD_INPUT = "-"
_MARK = "hylian read --annotate"  # EXIF's Software in what we draw, by which it is not read the next time
_DRAWN_NAME = re.compile(r".\.annotated(-\d+)?\.png")
_MARKED_BYTES = 4096  # at the start and at the end of a file, where EXIF data stand


@dataclass
class Named:
    """What names stand for: pictures in order; a message for each name that matches nothing; and what was passed over,
    and why.
    """

    pictures: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    passed_over: list[str] = field(default_factory=list)


def expand(names: Sequence[str]) -> Named:
    """Turn files, folders (not those in them), patterns and `-` into names of pictures. A file that is named itself is
    taken whatever it is; of folders and patterns, files of other kinds and our own annotated pictures are passed over.
    """
    named = Named()
    for name in names:
        if name == STANDARD_INPUT:
            named.pictures.append(name)
        elif Path(name).is_dir():
            inside = sorted(
                path for path in Path(name).iterdir() if not path.is_dir() and not path.name.startswith(".")
            )
            if not _take(inside, f"in {name}", named):
                named.wrong.append(f"the folder {name} holds no pictures that are to be read")
        elif not Path(name).exists() and glob.has_magic(name):
            matches = (Path(match) for match in sorted(glob.glob(name, recursive=True)))
            if not _take(
                [path for path in matches if not path.is_dir() and not path.name.startswith(".")], f"of {name}", named
            ):
                named.wrong.append(f"no picture matches {name}")
        else:
            named.pictures.append(name)
    return named


def _take(paths: Sequence[Path], where: str, named: Named) -> int:
    """Add the pictures among some files, and a sentence on the others; return how many there are."""
    others = [path.name for path in paths if not is_picture_name(path)]
    drawn = [path.name for path in paths if is_picture_name(path) and is_drawn(path)]
    taken = [str(path) for path in paths if path.name not in {*others, *drawn}]
    named.pictures += taken
    for found, why in ((others, "not a kind of picture that can be opened here"), (drawn, "drawn by --annotate")):
        if found:
            more = f" and {len(found) - 5} more" if len(found) > 5 else ""
            named.passed_over.append(f"passed over {where}, {why}: {', '.join(found[:5])}{more}")
    return len(taken)


def is_picture(path: Path) -> bool:
    """Return whether a path looks like a picture that a person put there: not hidden, no folder, with a
    known ending.
    """
    return is_picture_name(path) and not path.name.startswith(".") and not path.is_dir()


def is_drawn(path: Path) -> bool:
    """Return whether a picture is one that `--annotate` has drawn: by the mark in it, or by its name, for marks get
    lost.
    """
    if _DRAWN_NAME.search(path.name):
        return True
    try:
        with path.open("rb") as file:
            start = file.read(_MARKED_BYTES)
            file.seek(max(0, path.stat().st_size - _MARKED_BYTES))
            return _MARK.encode() in start or _MARK.encode() in file.read(_MARKED_BYTES)
    except OSError:
        return False


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
                if is_drawn(Path(name)):
                    print(f"passed over {name}: drawn by --annotate", file=sys.stderr)
                else:
                    yield name
        before = now
        time.sleep(wait_s)


def save_picture(image: Image.Image, path: Path) -> None:
    """Write a picture that was drawn on, marked as such, under a temporary name and rename it. Raises PictureError
    naming the path.
    """
    exif = Image.Exif()
    exif[ExifTags.Base.Software] = _MARK
    part = path.with_name(f".{path.stem}.{os.getpid()}.part{path.suffix or '.png'}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        image.save(part, exif=exif)
        part.replace(path)
    except ValueError as error:
        raise PictureError(
            f"cannot write {path}: the ending must be that of a picture, such as .png or .jpg"
        ) from error
    except OSError as error:
        raise PictureError(f"cannot write {path}: {error.strerror or error}") from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
