"""`dataset.toml`, which says what a set is, and `files.sha256`, the checksums of its files, as `sha256sum -c` reads
them.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from glyphgen.files import DataError
from glyphgen.jobs.plan import Plan

CARD, SUMS = "dataset.toml", "files.sha256"
# what makes the pictures, their texts and their files
_PACKAGES = (
    *("glyph-toolkit", "numpy", "opencv-python-headless", "albumentations", "fonttools", "pillow", "matplotlib"),
    *("wordfreq", "pyarrow", "lmdb", "uharfbuzz"),
)


def card_text(plan: Plan, results: Mapping[str, Any] | None = None) -> str:
    """Return what a set is; results say what came of it, and are there when it is complete."""
    tables = {"settings": plan.to_settings(), "versions": versions(), "look": flat(plan.augmentation)}
    if results is not None:
        tables["files"] = dict(results)
    text = (
        "# A data set by `python -m glyphgen render`; `python -m glyphgen verify FOLDER` proves that it is this one\n"
    )
    for name, table in tables.items():
        text += f"\n[{name}]\n" + "".join(f"{_key(key)} = {_value(value)}\n" for key, value in table.items())
    return text


def read_card(folder: Path) -> dict[str, Any]:
    """Read `dataset.toml`. Raises DataError where there is none, or it is damaged."""
    path = folder / CARD
    if not path.is_file():
        raise DataError(f"{folder} has no {CARD}: it is no data set by `python -m glyphgen render`")
    try:
        card = tomllib.loads(path.read_text(encoding="utf-8"))
        if not isinstance(card["settings"], dict):
            raise TypeError("settings is no table")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"{path} is damaged: {error}") from error
    return card


def versions() -> dict[str, str]:
    """Return the versions of what makes the pictures."""
    found = {}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "unknown"
    return found


def flat(group: Any, before: str = "") -> dict[str, Any]:
    """Return the numbers of a group of numbers, and of the groups in it, by dotted names."""
    numbers: dict[str, Any] = {}
    for key, value in vars(group).items():
        if hasattr(value, "__dataclass_fields__"):
            numbers |= flat(value, f"{before}{key}.")
        else:
            numbers[before + key] = list(value) if isinstance(value, tuple) else value
    return numbers


def write_sums(folder: Path, names: Iterator[str]) -> dict[str, Any]:
    """Write the checksum of each file; return how many files and bytes there are, and the checksum of that list."""
    n = size = 0
    with open(folder / SUMS, "w", encoding="utf-8", newline="\n") as table:
        for name in names:
            digest, length = checksum(folder / name)
            n, size = n + 1, size + length
            table.write(f"{digest}  {name}\n")
    return {"n": n, "bytes": size, "sha256": checksum(folder / SUMS)[0]}


def checksum(path: Path) -> tuple[str, int]:
    """Return the SHA-256 of a file, and its length in bytes."""
    with open(path, "rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        return digest, file.tell()


def _key(name: str) -> str:
    return name if name.replace("-", "").replace("_", "").isalnum() else json.dumps(name)


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_key(str(key))} = {_value(one)}" for key, one in value.items()) + "}"
    return json.dumps(value, ensure_ascii=False)  # of texts, numbers, truth values and lists of them the same in TOML
