"""Proof that a data set is what its `dataset.toml` says: nothing is missing, changed or added, and its pictures are
those that its settings make.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from tarfile import TarError

import numpy as np

from glyphgen.files import DataError
from glyphgen.formats.catalog import FORMATS
from glyphgen.formats.format import Format, SetFacts
from glyphgen.images import load_picture
from glyphgen.jobs.card import SUMS, checksum, flat, read_card, versions
from glyphgen.jobs.chunks import stored_files
from glyphgen.jobs.plan import Plan
from glyphgen.sample import Image
from glyphgen.script import ScriptError

_MOST_NAMED = 5


@dataclass
class Findings:
    """What was found: faults, each a sentence; notes, which explain them; how many files were held against their
    checksums, and how many pictures were made again.
    """

    faults: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    n_files: int = 0
    n_again: int = 0


def verify_set(folder: Path, n_again: int = 8, tell: Callable[[int, int], None] = lambda *_: None) -> Findings:
    """Hold every file of a set against its checksum, and render n_again of its pictures again. tell is called with how
    many files are done, of how many. Raises DataError for a folder that is no complete set.
    """
    card, found = read_card(folder), Findings()
    if "files" not in card or not (folder / SUMS).is_file():
        raise DataError(f"{folder} is not complete; the command that began it goes on")
    if checksum(folder / SUMS)[0] != card["files"].get("sha256"):
        found.faults.append(f"{SUMS} is not the list that dataset.toml names")
    _check_files(folder, found, tell)
    size = sum((folder / name).stat().st_size for name in stored_files(folder))
    if not found.faults and (card["files"].get("n"), card["files"].get("bytes")) != (found.n_files, size):
        found.faults.append(f"dataset.toml tells of other files than the {found.n_files} of {size} bytes")
    plan = Plan.from_settings(card["settings"])
    try:
        now = plan.with_inputs().inputs
    except (DataError, ScriptError) as error:
        found.notes.append(f"no picture was made again: {error}")
        return found
    if card.get("look") != flat(plan.augmentation):
        found.faults.append("dataset.toml tells of another look than that of its settings")
    changed = [name for name in plan.inputs if now.get(name) != plan.inputs[name]]
    if changed:
        found.notes.append(f"no picture was made again: {', '.join(changed)} has changed since")
        return found
    if not found.faults and n_again:
        _make_again(folder, plan, n_again, found)
    if any("was made differently" in fault for fault in found.faults) and card.get("versions") != versions():
        then = card.get("versions", {})
        said = ", ".join(f"{name} {then.get(name)} then, {one} now" for name, one in versions().items())
        found.notes.append(f"other versions may draw otherwise: {said}")
    return found


def _check_files(folder: Path, found: Findings, tell: Callable[[int, int], None]) -> None:
    listed = dict(_listed(folder / SUMS))
    faults: dict[str, list[str]] = {"is missing": [], "has changed": [], "is not of this set": []}
    for n, (name, digest) in enumerate(listed.items(), start=1):
        path = folder / name
        if not path.is_file():
            faults["is missing"].append(name)
        elif checksum(path)[0] != digest:
            faults["has changed"].append(name)
        tell(n, len(listed))
    faults["is not of this set"] = [name for name in stored_files(folder) if name not in listed]
    found.n_files = len(listed)
    for kind, names in faults.items():
        found.faults += [f"{name} {kind}" for name in names[:_MOST_NAMED]]
        if len(names) > _MOST_NAMED:
            found.faults.append(f"{len(names) - _MOST_NAMED} more: {kind}")


def _listed(path: Path) -> Iterator[tuple[str, str]]:
    with open(path, encoding="utf-8") as table:
        for n, line in enumerate(table, start=1):
            digest, blanks, name = line.rstrip("\n").partition("  ")
            if not blanks or len(digest) != 64:
                raise DataError(f"{path}:{n} is damaged: {line.rstrip()!r}")
            yield name, digest


def _make_again(folder: Path, plan: Plan, n_again: int, found: Findings) -> None:
    """Render samples again, spread over each split, and hold them against what is stored."""
    chosen = FORMATS[plan.format]
    for split, name in plan.folders.items():
        samples, facts = plan.samples(split), plan.facts(split)
        if _stored(chosen, folder / name, len(samples), plan, facts) is not None:
            found.faults.append(f"there are more pictures of {split} than the {len(samples)} of its settings")
        for i in np.unique(np.linspace(0, len(samples) - 1, n_again).round().astype(int)).tolist():
            stored = _stored(chosen, folder / name, i, plan, facts)
            if stored is None:
                found.faults.append(f"there is no picture {i} of {split}")
                continue
            found.n_again += 1
            if fault := _difference(stored, samples[i].image):
                found.faults.append(f"picture {i} of {split} was made differently: {fault}")


def _stored(chosen: Format, folder: Path, i: int, plan: Plan, facts: SetFacts) -> Image | None:
    """Return picture i of a split; None where there is none."""
    try:
        return load_picture(chosen.stored(folder, i, i // plan.per_file, facts), f"picture {i}", 1)
    except (OSError, ValueError, TarError):  # as formats and their libraries tell it
        return None


def _difference(stored: Image, again: Image) -> str:
    if stored.shape != again.shape:
        return f"it is {stored.shape[1]}x{stored.shape[0]}, and now {again.shape[1]}x{again.shape[0]} px"
    worst = int(np.abs(stored.astype(int) - again).max())
    return f"pixels differ by up to {worst} of 255" if worst else ""
