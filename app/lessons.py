"""Lessons: what people correct or label, kept as folders that `data=hylian_crops` reads as they are; and learning from
them.

A folder for each script holds a PNG a lesson and `labels.tsv`: file, text, what was read instead, time. Nothing is
overwritten: every lesson has a name of its own, and one that is taken back is moved to `taken_back/`. What is learned
from them is kept in `readers/`.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from threading import Lock
from typing import TypeVar

import numpy as np
from filelock import FileLock, Timeout
from numpy.typing import NDArray
from PIL import Image

from app.errors import AnswerError
from app.learning import Learned, Learning
from app.registry import READERS
from app.writing import DRAWN
from glyphgen.files import DataError, written
from glyphgen.images import PictureError
from glyphgen.labels import LABELS, clean_text, parse_labels
from glyphgen.script import ScriptError
from recognizers.bundle_file import BundleError
from recognizers.interpret import LabelError

LEAST = 4  # lessons to learn from; fewer say too little of what others would gain
_MOST_PER_HEIGHT = 6  # letters that a line holds for each of its heights; more is a slip
_T = TypeVar("_T")


@dataclass(frozen=True)
class Lesson:
    """A row of labels.tsv; own are columns that people have added."""

    file: str
    text: str
    read: str
    time: str
    own: tuple[str, ...] = ()


class Lessons:
    """The lessons below a folder. Methods may be called from several threads; all raise AnswerError."""

    def __init__(self, root: str | Path) -> None:
        self.root = Path(root)
        self._lock, self._learning = Lock(), Learning(self.root / "readers")

    def check(self, text: str, script: str) -> str:
        """Return the text as it is kept. Raises AnswerError for one that the script cannot write."""
        known = self._known(script, READERS.script)
        text = clean_text(text.upper() if known.ignores_case else text)
        if not text:
            raise AnswerError("bad_text", "write what the picture says")
        try:
            known.encode(text)
        except ScriptError as error:
            raise AnswerError("bad_text", str(error)) from error
        return text

    def _check_room(self, picture: NDArray[np.uint8], text: str, script: str) -> None:
        """Raise AnswerError when a picture is too narrow for what learns from it to ever write the text."""
        learner, (height, width) = self._known(script, READERS.learner), picture.shape[:2]
        fits = len(text) <= _MOST_PER_HEIGHT * width / height + 2
        if learner is not None:
            try:
                learner.check_label(text, learner.preprocess(picture).tensor.shape[-1], "")
            except LabelError:
                fits = False
            except PictureError as error:
                raise AnswerError("bad_picture", str(error)) from error
        if not fits:
            said = f"the picture is too narrow for {len(text)} letters"
            raise AnswerError("bad_text", f"{said}; write what stands in it, or give a wider part")

    @staticmethod
    def _known(script: str, ask: Callable[[str], _T]) -> _T:
        try:
            return ask(script)
        except (KeyError, BundleError) as error:
            raise AnswerError("unknown_script", f"lessons are kept for {', '.join(READERS.names())}") from error

    def folder(self, script: str) -> Path:
        """Return where the lessons of a script are, by the name of what reads it in READERS."""
        return self.root / self._known(script, READERS.folder)

    def save(self, picture: NDArray[np.uint8], text: str, read: str, script: str) -> Lesson:
        """Keep a picture (h, w, 3) of one line with its right text. The same picture once more takes the place of what
        it was before.
        """
        text = self.check(text, script)
        self._check_room(picture, text, script)
        folder, now = self.folder(script), datetime.now(UTC)
        buffer = io.BytesIO()
        Image.fromarray(picture).save(buffer, "PNG")
        with self._alone(script):
            try:
                for row in self.rows(
                    script
                ):  # twins would tell the same twice, and be on both sides when it is tested what was learned
                    if (folder / row.file).is_file() and (folder / row.file).read_bytes() == buffer.getvalue():
                        self._take_back(script, row)
                stamp = now.strftime("%Y%m%d-%H%M%S")
                taken = {p.name for p in (*folder.glob("*.png"), *folder.glob("taken_back/*.png"))}
                name = next(n for k in count(1) if (n := f"{stamp}-{k}.png") not in taken)
                with written(folder / name) as part:
                    part.write_bytes(buffer.getvalue())
                lesson = Lesson(name, text, " ".join(read.split()), now.isoformat(timespec="seconds"))
                self._write(script, [*self.rows(script), lesson])
            except (OSError, DataError) as error:
                raise AnswerError(
                    "cannot_save", "the lesson cannot be saved; is the disk full, or the folder protected?"
                ) from error
        return lesson

    @contextmanager
    def _alone(self, script: str) -> Iterator[None]:
        """Keep other threads, and other demos on the same folder, from the lessons of a script. Its folder is made."""
        folder = self.folder(script)
        with self._lock:
            try:
                folder.mkdir(parents=True, exist_ok=True)
                lock = FileLock(folder / ".lock", timeout=20)
                lock.acquire()
            except (OSError, Timeout) as error:
                raise AnswerError(
                    "cannot_save", "the folder of the lessons cannot be used; is it protected, or the disk full?"
                ) from error
            try:
                yield
            finally:
                lock.release()

    def rows(self, script: str) -> list[Lesson]:
        """Return the lessons of a script, oldest first."""
        folder = self.folder(script)
        table = folder / LABELS
        try:
            parsed = (
                parse_labels(table.read_bytes(), LABELS, lambda name: (folder / name).is_file())
                if table.is_file()
                else []
            )
        except OSError as error:
            raise AnswerError(
                "cannot_read", f"{LABELS} of the lessons cannot be read; is the folder protected?"
            ) from error
        except DataError as error:
            raise AnswerError("cannot_read", f"the lessons cannot be read: {error}") from error
        # a name with a folder in it is none of ours, and must move and pack nothing
        return [
            Lesson(row.file, row.text, "".join(row.rest[:1]), "".join(row.rest[1:2]), row.rest[2:])
            for row in parsed
            if Path(row.file).name == row.file
        ]

    def undo(self, script: str) -> Lesson | None:
        """Take back the last lesson, if there is one, and return it; its picture is kept in `taken_back/`."""
        if not self.rows(script):
            return None
        with self._alone(script):
            rows = self.rows(script)
            if not rows:
                return None
            try:
                self._take_back(script, rows[-1])
            except (OSError, DataError) as error:
                raise AnswerError("cannot_save", "the lesson cannot be taken back; is the folder protected?") from error
            return rows[-1]

    def _take_back(self, script: str, row: Lesson) -> None:
        folder = self.folder(script)
        self._write(script, [other for other in self.rows(script) if other.file != row.file])
        if (folder / row.file).is_file():
            gone = folder / "taken_back"
            gone.mkdir(exist_ok=True)
            stem, suffix = Path(row.file).stem, Path(row.file).suffix
            name = next(
                n for k in count(1) if not (gone / (n := row.file if k == 1 else f"{stem}-{k}{suffix}")).exists()
            )
            (folder / row.file).replace(gone / name)

    def as_zip(self, script: str) -> bytes:
        """Return the lessons of a script as a zip that `data=hylian_crops` reads once it is unpacked."""
        buffer = io.BytesIO()
        with self._lock, zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
            pictures = {}
            for row in self.rows(script):
                with suppress(OSError):  # gone, or taken back by another demo in this moment
                    pictures[row.file] = (self.folder(script) / row.file).read_bytes()
            archive.writestr(LABELS, _table(row for row in self.rows(script) if row.file in pictures))
            for name, data in pictures.items():
                archive.writestr(name, data)
        return buffer.getvalue()

    def learned(self) -> list[Path]:
        """Return the bundles that came of learning, oldest first."""
        return self._learning.learned()

    def learn(self, script: str, seed: int = 0) -> Iterator[tuple[str, float] | Learned]:
        """Learn from all lessons of a script; yield (what is being done, its share done) and in the end what came of
        it.
        """
        n = len(self.rows(script))
        if gone := [row.file for row in self.rows(script) if not (self.folder(script) / row.file).is_file()]:
            raise AnswerError(
                "gone",
                f"the picture {gone[0]} of a lesson is not there any more; put it back, or take its row out of "
                f"{LABELS}",
            )
        for row in self.rows(script):
            self.check(row.text, script)
        learner = self._known(script, READERS.learner)
        if learner is None:
            raise AnswerError("no_lines", f"there is no reader of lines of {script!r} that could learn")
        if n < LEAST:
            raise AnswerError("too_few", f"{n} of {LEAST} lessons; correct or label {LEAST - n} more")
        can_replay = READERS.base(script) in DRAWN  # what cannot be drawn cannot be rehearsed
        yield from self._learning.run(
            learner, self._known(script, READERS.learner_bundle), self.folder(script), n, can_replay, seed
        )

    def stop(self) -> None:
        """End the learning that goes on, if there is one; what waits for it is told that it failed."""
        self._learning.stop()

    def _write(self, script: str, rows: Iterable[Lesson]) -> None:
        with written(self.folder(script) / LABELS) as part:
            part.write_text(_table(rows), encoding="utf-8")


def _table(rows: Iterable[Lesson]) -> str:
    return "".join("\t".join((row.file, row.text, row.read, row.time, *row.own)) + "\n" for row in rows)
