"""Trainings, as processes of their own: `python -m experiments.run`, from a clone or an installed wheel.

A training reports its progress as JSON lines on its standard output, one object with stage, step, of and figures a
line; everything else that it prints goes to its standard error. The app imports nothing of what trains.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import IO, Any

from app.children import started
from glyphgen.extras import missing
from glyphgen.files import DataError

PROGRESS = "GLYPH_PROGRESS"  # as experiments/parent.py reads it
_MODULE = "experiments.run"


@dataclass(frozen=True)
class Progress:
    """What a training is doing, the steps done and, where that is known, of how many; figures by name."""

    stage: str
    step: int
    of: int | None = None
    figures: Mapping[str, float] = field(default_factory=dict)

    @property
    def share(self) -> float:
        """The share that is done, from 0 to 1."""
        return min(1.0, self.step / self.of) if self.of else 0.0


def training_command(overrides: Sequence[str]) -> list[str]:
    """Return the command that trains with these settings of Hydra. Raises DataError where it is not installed."""
    if find_spec("experiments") is None:
        raise DataError("learning needs the package experiments, which is not installed beside app")
    if hint := missing("train"):
        raise DataError(hint)
    return [sys.executable, "-P", "-m", _MODULE, *overrides]


@contextmanager
def training(overrides: Sequence[str], log: IO[bytes] | None = None) -> Iterator[subprocess.Popen[bytes]]:
    """Start a training and end it with the block; `progress` reads what it reports. What it prints goes to `log`, or
    to this process's standard error. Raises DataError.
    """
    # it imports what this process would, wherever this was started from
    path = os.pathsep.join(os.path.abspath(entry) for entry in sys.path)
    variables = {PROGRESS: "json", "PYTHONPATH": path}
    with started(training_command(overrides), variables, stdout=subprocess.PIPE, stderr=log) as process:
        yield process


def progress(process: subprocess.Popen[bytes]) -> Iterator[Progress]:
    """Yield what a training reports, until it ends."""
    assert process.stdout is not None
    for line in process.stdout:
        if line.endswith(b"\n"):  # the last line of one that was killed may be cut
            row: dict[str, Any] = json.loads(line)
            yield Progress(row["stage"], row["step"], row["of"], row["figures"])
    process.wait()


def quoted(value: str) -> str:
    """Quote a value for Hydra's command line. Source: Hydra's override grammar."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'" if value else "''"
