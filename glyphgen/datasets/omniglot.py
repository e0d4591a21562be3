"""Omniglot: drawings of 1,623 characters by twenty people each, and the one-shot tasks that go with them.

`read_background` gives the drawings of a zip or folder (`ALPHABET/characterNN/NNNN_DD.png`, DD the person), `read_runs`
the tasks (`runNN/training`, `runNN/test`, `runNN/class_labels.txt`): twenty characters of one alphabet drawn once, and
twenty drawings by another person to be told apart. `Episodes` draws further tasks by the same rules. Pictures are (105,
105), ink 255. Source: Lake, Salakhutdinov and Tenenbaum 2015, Science 350; the files:
https://github.com/brendenlake/omniglot (MIT).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from glyphgen.archive import Files, decode, open_files
from glyphgen.datasets.labelled_images import Stored
from glyphgen.files import DataError

# in training in no guise: refused where drawings are read to train on; of fonts see `font_alphabets.is_kept_out`
EVALUATION = ("Angelic", "Atemayar_Qelisayer", "Atlantean", "Aurek-Besh", "Avestan", "Ge_ez", "Glagolitic", "Gurmukhi",
              "Kannada", "Keble", "Malayalam", "Manipuri", "Mongolian", "Old_Church_Slavonic_(Cyrillic)", "Oriya",
              "Sylheti", "Syriac_(Serto)", "Tengwar", "Tibetan", "ULOG")  # fmt: skip
Pictures = NDArray[np.uint8]  # (n, h, w), ink 255


def is_measured(alphabet: str) -> bool:
    """Return whether drawings of an alphabet must not be trained on, however its name is written."""
    return _bare(alphabet) in {_bare(name) for name in EVALUATION}


def _bare(name: str) -> str:
    return "".join(c for c in name.partition("(")[0].lower() if c.isalnum())


@dataclass(frozen=True, eq=False)
class Task:
    """Tell queries apart by the supports: pictures (n, h, w), ink 255; owners[k] is the class of support k, answers[k]
    that of query k.
    """

    name: str
    supports: Pictures
    owners: tuple[int, ...]
    queries: Pictures
    answers: tuple[int, ...]
    whole: str = ""  # the name of the task that this one was cut out of


def read_background(path: str | Path, alphabets: Sequence[str] = ()) -> Stored:
    """Read drawings, of some alphabets or of all: labels are `Alphabet/characterNN`, writers are people. Raises
    DataError.
    """
    path = Path(path)
    files = open_files(path)
    images, labels, writers, origins = [], [], [], []
    for entry in files.names:
        parts = Path(entry).parts
        if not entry.lower().endswith(".png") or len(parts) < 3 or (alphabets and parts[-3] not in alphabets):
            continue
        images.append(_ink(files, entry, path))
        labels.append(f"{parts[-3]}/{parts[-2]}")
        writers.append(Path(entry).stem.rpartition("_")[2])
        origins.append(f"omniglot:{entry}")
    if not images:
        there = sorted({Path(entry).parts[-3] for entry in files.names if len(Path(entry).parts) >= 3})
        raise DataError(
            f"{path} has no drawings ALPHABET/characterNN/NNNN_DD.png of {', '.join(alphabets) or 'any alphabet'}; "
            f"its alphabets are {', '.join(there) or 'none'}"
        )
    return Stored(path.stem, images, labels, writers, origins)


def read_runs(path: str | Path) -> list[Task]:
    """Read every one-shot run that a zip or folder holds, in the order of their names. Raises DataError."""
    path = Path(path)
    files = open_files(path)
    tasks = []
    for table in sorted(entry for entry in files.names if Path(entry).name == "class_labels.txt"):
        root = Path(table).parent.parent  # rows name files from the folder of the runs on
        rows = [line.split() for line in files.read(table).decode("utf-8", "replace").splitlines() if line.strip()]
        if any(len(row) != 2 for row in rows) or not rows:
            raise DataError(f"{path}: {table} should name a test and a training picture a line")
        train = sorted(
            entry
            for entry in files.names
            if Path(entry).parent == Path(table).parent / "training" and entry.endswith(".png")
        )
        place = {entry: k for k, entry in enumerate(train)}
        wanted = [(root / right).as_posix() for _, right in rows]
        if missing := [entry for entry in wanted if entry not in place]:
            raise DataError(f"{path}: {table} names {missing[0]}, which is not there")
        supports = np.stack([_ink(files, entry, path) for entry in train])
        queries = np.stack([_ink(files, (root / left).as_posix(), path) for left, _ in rows])
        name = Path(table).parent.name
        tasks.append(Task(name, supports, tuple(range(len(train))), queries, tuple(place[entry] for entry in wanted)))
    if not tasks:
        raise DataError(
            f"{path} has no runNN/class_labels.txt; get images of the runs from https://github.com/brendenlake/omniglot"
        )
    return tasks


class Episodes(Sequence[Task]):
    """Task i has n_way characters of one alphabet, k_shot drawings of each to learn from and n_query to be told, which
    other people drew; a function of (seed, i) alone. Raises DataError when no alphabet is large enough.
    """

    def __init__(
        self, stored: Stored, n_way: int = 20, k_shot: int = 1, n_query: int = 1, seed: int = 0, length: int = 400
    ) -> None:
        if min(n_way, k_shot, n_query) < 1:
            raise DataError(f"n_way={n_way}, k_shot={k_shot} and n_query={n_query} must be 1 or more")
        self.stored, self.n_way, self.k_shot, self.n_query, self.seed, self.length = (
            stored,
            n_way,
            k_shot,
            n_query,
            seed,
            length,
        )
        self.alphabets: dict[str, dict[str, dict[str, int]]] = defaultdict(
            lambda: defaultdict(dict)
        )  # alphabet, character, person: row
        for row, (label, writer) in enumerate(zip(stored.labels, stored.writers, strict=True)):
            self.alphabets[label.partition("/")[0]][label][writer] = row
        self.names = sorted(name for name, characters in self.alphabets.items() if len(characters) >= n_way)
        if not self.names:
            most = max(map(len, self.alphabets.values()))
            raise DataError(f"no alphabet of {stored.name} has {n_way} characters (n_way), the largest has {most}")

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, index: int) -> Task:  # type: ignore[override]  # no slices
        if not 0 <= index < self.length:
            raise IndexError(f"task {index} of {self.length}")
        rng = np.random.default_rng([self.seed, 23, index])
        name = self.names[int(rng.integers(len(self.names)))]
        characters = self.alphabets[name]
        chosen = [sorted(characters)[k] for k in rng.permutation(len(characters))[: self.n_way].tolist()]
        people = sorted(set.intersection(*(set(characters[label]) for label in chosen)))
        if len(people) < self.k_shot + self.n_query:
            raise DataError(
                f"{name} was drawn by {len(people)} people; k_shot={self.k_shot} and n_query={self.n_query} need more"
            )
        order = [people[k] for k in rng.permutation(len(people)).tolist()]
        teachers, askers = order[: self.k_shot], order[self.k_shot : self.k_shot + self.n_query]
        supports = [self.stored.images[characters[label][who]] for label in chosen for who in teachers]
        queries = [self.stored.images[characters[label][who]] for label in chosen for who in askers]
        owners = tuple(k for k in range(self.n_way) for _ in teachers)
        return Task(
            f"{name}:{index}",
            np.stack(supports),
            owners,
            np.stack(queries),
            tuple(k for k in range(self.n_way) for _ in askers),
        )


def _ink(files: Files, entry: str, path: Path) -> Pictures:
    image = decode(files, entry, path)
    gray = image if image.ndim == 2 else image.mean(axis=2).astype(np.uint8)
    return np.asarray(255 - gray, np.uint8)  # black on white
