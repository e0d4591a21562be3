"""Folders of labelled pictures: which of them hold lines (labels.tsv), which whole pictures (annotations.json)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from glyphgen.files import DataError


def page_folders(roots: Sequence[str | Path]) -> list[Path]:
    """Return those of the folders, and of the folders just below them, that hold whole pictures: that have
    annotations.json.
    """
    found = [Path(root) if (Path(root) / "annotations.json").is_file() else None for root in roots]
    return [path for path in found if path] + [
        p.parent for root in roots for p in sorted(Path(root).glob("*/annotations.json"))
    ]


def labeled_folders(root: str | Path, may_hold_pages: bool = False) -> list[Path]:
    """Return the folder itself if it has labels.tsv or is a zip, else those just below that have. Raises DataError for
    none, unless there are whole pictures and it `may_hold_pages`.
    """
    root = Path(root)
    if root.suffix == ".zip" and root.is_file():
        return [root]
    if not root.is_dir():
        raise DataError(f"no such folder: {root}")
    if (root / "labels.tsv").is_file():
        return [root]
    below = sorted(p.parent for p in root.glob("*/labels.tsv"))
    if not below and may_hold_pages and page_folders([root]):
        return []
    if not below:
        raise DataError(f"{root} has no labels.tsv (one line a picture: file name, tab, text), nor has a folder in it")
    return below
