"""Which stored sets a data set is made of: found below the data folder, fetched where that is allowed, split, stacked.

`open_sets` takes specifications as in conf/data (`sets: [{name, path, …}]`). A path may leave out its ending: `.zip`,
`.gz` and folders are tried. A set with a `test_path` keeps its own test; others hold a share out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from glyphgen.datasets import mnist
from glyphgen.datasets.download import EMNIST_URL, fetch_emnist
from glyphgen.datasets.labelled_images import Stored, read_stored
from glyphgen.datasets.split import split_stored, without_copies
from glyphgen.files import DataError

_ENDINGS = ("", ".zip", ".gz", ".csv", ".csv.gz")
_WHERE = {
    "chars74k": "Chars74K: http://www.ee.surrey.ac.uk/CVSSP/demos/chars74k/ "
    "(EnglishHnd.tgz, EnglishFnt.tgz, EnglishImg.tgz), unpacked",
    "az_csv": "Kaggle: A-Z Handwritten Alphabets in .csv format (needs an account)",
    "emnist": f"EMNIST: {EMNIST_URL}, unpacked",
    "omniglot": "Omniglot: https://github.com/brendenlake/omniglot "
    "(images_background_small1.zip; runs: one-shot-classification)",
    "captcha": "any folder or zip of pictures with labels.tsv (file name, tab, text)",
}
_READ = ("labels", "alphabet", "first_label", "writer", "per_writer", "is_transposed")
_KEYS = ("name", "path", "test_path", "test_labels", "download", "keep", *_READ)


def open_sets(
    specs: Sequence[Mapping[str, Any]], root: str | Path, held_out: float, seed: int
) -> dict[str, list[Stored]]:
    """Return the parts train, val and test of every set. Raises DataError for a set that is missing, damaged or
    misspelt.
    """
    parts: dict[str, list[Stored]] = {"train": [], "val": [], "test": []}
    for spec in specs:
        if unknown := sorted(set(spec) - set(_KEYS)):
            raise DataError(f"data.sets: there is no key {unknown[0]!r}; there are {', '.join(_KEYS)}")
        if missing := [key for key in ("name", "path") if not spec.get(key)]:
            raise DataError(f"data.sets: {dict(spec)} lacks the key {missing[0]!r}")
        plain = {key: "".join(map(str, value)) if isinstance(value, list) else value for key, value in spec.items()}
        for split, part in _split_of(tuple(sorted(plain.items())), str(root), held_out, seed).items():
            parts[split].append(part)
    if not parts["train"]:
        raise DataError("data.sets is empty; name at least one")
    apart = without_copies(parts)
    return {split: [part[split] for part in apart] for split in parts}


@lru_cache(maxsize=8)
def _split_of(items: tuple[tuple[str, Any], ...], root: str, held_out: float, seed: int) -> dict[str, Stored]:
    spec = dict(items)
    options = {key: spec[key] for key in _READ if spec.get(key) is not None}
    if "labels" in options:
        options["labels"] = locate(root, options["labels"], spec.get("download"))
    stored = _kept(
        read_stored(spec["name"], locate(root, spec["path"], spec.get("download")), **options), spec.get("keep")
    )
    if not spec.get("test_path"):
        return split_stored(stored, held_out, seed)
    options.pop("labels", None)
    if spec.get("test_labels"):
        options["labels"] = locate(root, spec["test_labels"], spec.get("download"))
    test = read_stored(spec["name"], locate(root, spec["test_path"], spec.get("download")), **options)
    parts = split_stored(stored, held_out / 2, seed)
    train = Stored(
        stored.name,
        [*parts["train"].images, *parts["test"].images],
        *([*getattr(parts["train"], name), *getattr(parts["test"], name)] for name in ("labels", "writers", "origins")),
    )
    return {"train": train, "val": parts["val"], "test": _kept(test, spec.get("keep"))}


def _kept(stored: Stored, keep: str | None) -> Stored:
    return stored if keep is None else stored.taken([i for i, label in enumerate(stored.labels) if label in str(keep)])


def locate(root: str | Path, name: str | Path, download: str | None = None) -> Path:
    """Return a file or folder: `name` as it is or below `root`, its ending perhaps left out. Fetched when `download`
    says what it is. The working folder is looked in last. Raises DataError that says where to get it and where to put
    it.
    """
    name = Path(name)
    below = Path(root) / name
    places = [name] if name.is_absolute() else [below, below.parent / "gzip" / name.name, name]
    for place in places:
        for ending in _ENDINGS:
            if (found := place.with_name(place.name + ending)).exists():
                return found
    if download == "mnist":
        mnist.read_file(root, name.name)
        return next(path for path in mnist.candidates(Path(root), name.name) if path.is_file())
    if download == "emnist":
        fetch_emnist(Path(root) / "emnist")
        return locate(root, name)
    source = _WHERE.get(name.parts[0] if name.parts else "", "")
    raise DataError(
        f"{places[0]} is missing{f' ({source})' if source else ''}. Put it there (as a folder, .zip, .csv or .gz), "
        "or set "
        "GLYPH_DATA (paths.data) to the folder that has it"
    )
