"""Checkpoints that are whole, or those from before: whatever happens while one is saved.

Lightning writes to the folder of temporary files and moves the file from there, which across file systems is a copy: a
process that is killed meanwhile, or a full disk, leaves a piece of a checkpoint where the last good one was.
"""

from __future__ import annotations

import io
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

import torch
from lightning_fabric.plugins.io.torch_io import TorchCheckpointIO
from lightning_fabric.utilities.types import _PATH

from glyphgen.files import written


class WholeCheckpoints(TorchCheckpointIO):
    """Writes a checkpoint beside its place, has it on the disk, and only then gives it its name. Raises DataError,
    naming the file, where it cannot be written; what was there stays.
    """

    def save_checkpoint(self, checkpoint: dict[str, Any], path: _PATH, storage_options: Any = None) -> None:
        buffer = io.BytesIO()  # torch turns the errors of a file into others of its own
        torch.save(checkpoint, buffer)
        for left in Path(path).parent.glob(f".{Path(path).name}.*.part"):  # by a process that was killed while it saved
            left.unlink(missing_ok=True)
        with written(path) as part, part.open("wb") as file:
            file.write(buffer.getbuffer())
            file.flush()
            os.fsync(file.fileno())
        with suppress(OSError, AttributeError):  # the name too, where a folder can be opened
            folder = os.open(Path(path).parent, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
