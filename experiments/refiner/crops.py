"""Unlabelled pictures of lines."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from experiments.job import SettingError
from glyphgen.images import is_picture_name

_MOST = 5000


def crop_files(root: str | None) -> list[Path]:
    """Return the pictures of a folder, and of the folders in it. Raises SettingError where there are none."""
    if not root:
        raise SettingError("stages=[refine] needs unlabelled pictures of lines: stage.refine.crops=DIR")
    files = sorted(path for path in Path(root).rglob("*") if is_picture_name(path) and path.is_file())
    if not files:
        what = "no pictures in it" if Path(root).is_dir() else "no such folder"
        raise SettingError(f"stage.refine.crops={root}: {what}")
    if len(files) > _MOST:  # spread over the whole folder
        files = [files[int(k)] for k in np.linspace(0, len(files) - 1, _MOST)]
    return files
