"""A data set rendered in chunks: by several processes and machines, and by the same command again after a stop.

Until a set is whole it is called FOLDER.part. A chunk is done when its rows are in FOLDER.part/unfinished/rows; what a
stop left of another is written again, to the same bytes, for each sample is a function of its number. Whoever finds all
chunks done makes the lists of all rows, removes `unfinished` and gives the folder its name. Shards write into one
folder; those of machines that share none are copied together, and any of them run once more joins them. Locks lie in
FOLDER.part.locks, beside what is renamed; whoever gets one looks again at what is there.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from glyphgen.contact_sheet import contact_sheet
from glyphgen.datasets.synthetic import SPLITS
from glyphgen.files import DataError
from glyphgen.formats.catalog import FORMATS
from glyphgen.formats.format import TEMPORARY, OfFiles, Row, SetFacts, json_line, png
from glyphgen.jobs.card import CARD, SUMS, card_text, read_card, versions, write_sums
from glyphgen.jobs.locks import lock_folder, shard_held
from glyphgen.jobs.plan import Plan
from glyphgen.jobs.workers import each

ROWS = Path(TEMPORARY) / "rows"
_SHEET, _MOST_CHUNKS = "sheet.png", 1_000_000
_HIGH_ROW_PX = 240  # of a contact sheet of columns
_N_SHOWN = {"line": 100, "glyph": 100, "page": 12}


@dataclass(frozen=True)
class Chunk:
    """Some pictures of a split: those from number `first`, `length` of them; its number, from 0."""

    split: str
    number: int
    first: int
    length: int

    @property
    def rows(self) -> Path:
        """Where its rows are when it is done, below the folder of the set."""
        return ROWS / f"{self.split}-{self.number:06d}.jsonl"

    def is_done(self, part: Path) -> bool:
        """Return whether all of its rows are there."""
        try:
            with open(part / self.rows, "rb") as table:
                return sum(line.endswith(b"\n") for line in table) == self.length
        except OSError:
            return False


def chunks_of(plan: Plan) -> list[Chunk]:
    """Return the chunks of a set."""
    return [
        Chunk(split, k, first, min(plan.per_file, plan.counts[split] - first))
        for split in plan.folders
        for k, first in enumerate(range(0, plan.counts[split], plan.per_file))
    ]


def shard_of(text: str) -> tuple[int, int]:
    """Return the number and the count of shards of a text such as 2/8. Raises DataError for another."""
    k, slash, n = text.partition("/")
    if not (slash and k.isdecimal() and n.isdecimal() and 1 <= int(k) <= int(n)):
        raise DataError(f"--shard {text}: the second of eight shards is 2/8")
    return int(k), int(n)


def render_set(
    plan: Plan, out: Path, n_workers: int = 1, shard: str = "1/1", tell: Callable[[int, int], None] = lambda *_: None
) -> bool:
    """Render what is left of a set, or of one shard of it, and join it when all of it is there; return whether it is
    complete. tell is called with how many pictures are done, of how many. Raises DataError for a folder that holds
    something else, or that another process is at work on.
    """
    (k, n), out = shard_of(shard), out.resolve()
    if n_workers < 1:
        raise DataError(f"--workers must be at least 1, not {n_workers}")
    if sum(plan.counts.values()) > _MOST_CHUNKS * plan.per_file:
        raise DataError(f"more than {_MOST_CHUNKS:,} chunks; give a larger --per-file than {plan.per_file}")
    chunks = chunks_of(plan)
    if n > len(chunks):
        raise DataError(f"--shard {shard}: there are only {len(chunks)} chunks of --per-file {plan.per_file} pictures")
    part = out.with_name(out.name + ".part")
    if _is_there(plan, out):
        return True
    writer = _Writer(plan, part)
    if plan.texts:  # a split that has none of them is told now
        for split in plan.folders:
            plan.corpus.part(split)
    writer.open(chunks[0].split)  # what cannot be opened is told before anything is written
    with shard_held(out, k, n):
        if _is_there(plan, out):  # another shard was quicker
            return True
        _begin(plan, part)
        own = chunks[k - 1 :: n]
        left = [chunk for chunk in own if not chunk.is_done(part)]
        if "files" in read_card(part):  # it was stopped at the very end
            left = []
        done, total = sum(c.length for c in own) - sum(c.length for c in left), sum(c.length for c in own)
        if left:
            writer.open(left[0].split)  # forked processes have it already
            tell(done, total)
        each(writer, left, n_workers, lambda extra: tell(done + extra, total))
        return _joined(writer, out, chunks)


def _is_there(plan: Plan, out: Path) -> bool:
    if is_complete(plan, out):
        shutil.rmtree(lock_folder(out), ignore_errors=True)
        return True
    return False


def is_complete(plan: Plan, out: Path) -> bool:
    """Return whether the set is there. Raises DataError when the folder holds anything else."""
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return False
    if not (out / CARD).is_file():
        raise DataError(f"{out} exists and is not empty; choose another --out or remove it")
    if "files" not in read_card(out):
        raise DataError(f"{out} is not complete; to go on with it, call it {out.name}.part, as it was")
    _check_same(plan, out, f"choose another --out or remove {out}")
    return True


def _begin(plan: Plan, part: Path) -> None:
    if part.exists() and not part.is_dir():
        raise DataError(f"{part} is a file; remove it")
    if (part / CARD).is_file():
        _check_same(plan, part, f"give the same settings to go on, choose another --out, or remove {part}")
        _check_versions(part)
        return
    if part.exists() and (set(os.listdir(part)) - {TEMPORARY} or any((part / ROWS).glob("*"))):
        raise DataError(f"{part} is not empty and no part of a data set; remove it")
    try:
        (part / ROWS).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(f"cannot write {part}: {error.strerror or error}") from error
    _place(part, CARD, card_text(plan).encode())


def _place(part: Path, name: str, data: bytes) -> None:
    """Write a file of the set, which appears when it is whole; what a stop leaves of it is in `unfinished`."""
    new = part / TEMPORARY / f"{name}.{os.getpid()}"
    try:
        new.write_bytes(data)
        new.replace(part / name)
    except OSError as error:
        raise DataError(f"cannot write {part / name}: {error.strerror or error}") from error


def _check_same(plan: Plan, folder: Path, remedy: str) -> None:
    theirs, ours = read_card(folder)["settings"], plan.to_settings()
    names = [name for name in ours if ours[name] != theirs.get(name)]
    if names:
        said = ", ".join(f"{name} {theirs.get(name)!r} rather than {ours[name]!r}" for name in names)
        raise DataError(f"{folder} is of other settings: {said}; {remedy}")


def _check_versions(part: Path) -> None:
    then, now = read_card(part).get("versions", {}), versions()
    if changed := [f"{name} {then.get(name)} then, {now[name]} now" for name in now if then.get(name) != now[name]]:
        raise DataError(
            f"{part} was begun with other versions, which may draw otherwise: {', '.join(changed)}; go on with those, "
            f"or remove {part}"
        )


class _Writer:
    """Renders one chunk in whichever process it is called; the samples of a split are opened once in each."""

    def __init__(self, plan: Plan, part: Path) -> None:
        self.plan, self.part = plan, part
        self._opened: dict[str, tuple[Any, SetFacts]] = {}

    def __getstate__(self) -> dict[str, Any]:  # a process that is not forked opens samples by itself
        return {"plan": self.plan, "part": self.part, "_opened": {}}

    def open(self, split: str) -> tuple[Any, SetFacts]:
        """Return the samples of a split and what formats need to know of it."""
        if split not in self._opened:
            self._opened = {split: (self.plan.samples(split), self.plan.facts(split))}
        return self._opened[split]

    def __call__(self, chunk: Chunk, advance: Callable[[], None]) -> None:
        samples, facts = self.open(chunk.split)
        numbered = ((i, samples[i]) for i in range(chunk.first, chunk.first + chunk.length))
        folder = self.part / self.plan.folders[chunk.split]
        folder.mkdir(exist_ok=True)
        path = self.part / chunk.rows
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with open(path.with_suffix(".new"), "w", encoding="utf-8", newline="\n") as table:
                for row in FORMATS[self.plan.format].write(numbered, folder, chunk.number, facts):
                    table.write(json_line(row) + "\n")
                    advance()
            path.with_suffix(".new").replace(path)
        except OSError as error:
            raise DataError(f"cannot write {self.part}: {error.strerror or error}; the same command goes on") from error


class _Rows:
    """The rows of chunks in order, read anew each time."""

    def __init__(self, paths: list[Path]) -> None:
        self.paths = paths

    def __iter__(self) -> Iterator[Row]:
        for path in self.paths:
            with open(path, encoding="utf-8") as table:
                yield from map(json.loads, table)


def _joined(writer: _Writer, out: Path, chunks: list[Chunk]) -> bool:
    """Make one set of all chunks if they are all there; return whether it is complete."""
    from filelock import FileLock

    plan, part = writer.plan, writer.part
    with FileLock(lock_folder(out) / "join.lock"):
        if _is_there(plan, out):  # another shard was quicker
            return True
        if "files" not in read_card(part):
            if not all(chunk.is_done(part) for chunk in chunks):
                return False
            _check_pictures(plan, part, chunks)
            for split, name in plan.folders.items():
                rows = _Rows([part / chunk.rows for chunk in chunks if chunk.split == split])
                FORMATS[plan.format].finish(rows, part / name, plan.facts(split))
            _place(part, _SHEET, _sheet(writer))
            _place(part, CARD, card_text(plan, write_sums(part, stored_files(part))).encode())
        _give_name(part, out)
        shutil.rmtree(lock_folder(out), ignore_errors=True)
        return True


def _check_pictures(plan: Plan, part: Path, chunks: list[Chunk]) -> None:
    """Raise DataError where pictures are gone that were there, as after an incomplete copy; their chunks are not done
    then.
    """
    if not isinstance(FORMATS[plan.format], OfFiles):
        return
    for chunk in chunks:
        folder = part / plan.folders[chunk.split]
        for row in _Rows([part / chunk.rows]):
            path = folder / row["file_name"]
            if not path.is_file() or not path.stat().st_size:
                (part / chunk.rows).unlink()
                raise DataError(f"{path} is missing or empty; the same command makes it again")


def _give_name(part: Path, out: Path) -> None:
    for folder in (part, *(part / split for split in SPLITS)):
        shutil.rmtree(folder / TEMPORARY, ignore_errors=True)
    if out.is_dir():
        out.rmdir()
    part.rename(out)


def stored_files(folder: Path) -> Iterator[str]:
    """Yield the names of the files of a set, in order, without its card and checksums."""
    for root, folders, names in os.walk(folder):
        below = Path(root).relative_to(folder).as_posix()
        folders[:] = sorted(name for name in folders if name != TEMPORARY)
        for name in sorted(names):
            if below != ".":
                yield f"{below}/{name}"
            elif name not in (CARD, SUMS):
                yield name


def _sheet(writer: _Writer) -> bytes:
    plan = writer.plan
    samples, _ = writer.open(next(iter(plan.folders)))
    shown: Iterable[Any] = (samples[i] for i in range(min(_N_SHOWN[plan.unit], len(samples))))
    if plan.unit == "page":
        return png(contact_sheet([page.outlined() for page in shown], row_px=320))
    is_high = plan.direction in ("ttb", "turned")
    return png(contact_sheet(list(shown), row_px=_HIGH_ROW_PX) if is_high else contact_sheet(list(shown)))
