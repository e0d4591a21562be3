"""Learning from lessons, which is `experiments/run.py stages=[adapt] data=hylian_crops` as a process of its own. Each
result is a new bundle.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from threading import Lock
from typing import Any

from app.children import end
from app.errors import AnswerError
from app.trainer_process import progress, quoted, training
from glyphgen.files import DataError, written
from recognizers.line_reader import BundleReader

_LOG_BYTES = 4000  # of what a training that failed printed last, that go to the server's log


@dataclass(frozen=True)
class Learned:
    """What came of learning: the bundle, None where nothing was better than before; of how many lessons; the share of
    graphemes wrong before and after in cross-validation. The number of steps was chosen by the same figure, so it is
    biased towards optimism.
    """

    path: Path | None
    n: int
    before: float
    after: float


class Learning:
    """One training at a time, whose bundles are kept in a folder. Methods may be called from several threads."""

    def __init__(self, readers: Path) -> None:
        self.readers = readers
        self._running = Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def learned(self) -> list[Path]:
        """Return the bundles that came of learning, oldest first."""
        return sorted(self.readers.glob("*.safetensors"))

    def stop(self) -> None:
        """End the training that runs, if there is one; what waits for it is told that it failed."""
        process = self._process
        if process is not None:
            end(process)

    def run(
        self, learner: BundleReader, bundle: bytes, pictures: Path, n: int, can_replay: bool, seed: int = 0
    ) -> Iterator[tuple[str, float] | Learned]:
        """Adapt a recognizer, and its file, to a folder of n labelled pictures; yield (what is being done, its share
        done) and in the end what came of it. can_replay: the script can be drawn, so that synthetic lines are trained
        on as well. Raises AnswerError.
        """
        if not self._running.acquire(blocking=False):
            raise AnswerError("learning", "it is learning already; wait until that is done")
        try:
            yield from self._run(learner, bundle, pictures, n, can_replay, seed)
        finally:
            self._running.release()

    def _run(
        self, learner: BundleReader, bundle: bytes, pictures: Path, n: int, can_replay: bool, seed: int
    ) -> Iterator[tuple[str, float] | Learned]:
        with tempfile.TemporaryDirectory(prefix="learn-") as folder:
            weights, out = Path(folder) / "before.safetensors", Path(folder) / "run"
            weights.write_bytes(bundle)
            overrides = [
                "stages=[adapt]",
                "data=hylian_crops",
                f"weights={quoted(str(weights))}",
                *([] if can_replay else ["data.replay=null"]),
                f"model={learner.architecture}",
                f"data.root={quoted(str(pictures.resolve()))}",
                "crops.query_share=0",
                "weights_dtype=float16",
                f"seed={seed}",
                f"hydra.run.dir={quoted(str(out))}",
            ]
            with tempfile.TemporaryFile() as log:
                yield from self._train(overrides, log)
            made: dict[str, Any] = json.loads((out / "results.json").read_text(encoding="utf-8"))["adapt"]
            if made["cer_before"] is None or made["cer_after"] is None:
                raise AnswerError(
                    "cannot_learn", "too few lessons have room for their text: crop them with more room beside it"
                )
            before, after = float(made["cer_before"]), float(made["cer_after"])
            path = self._keep(out / "bundle.safetensors", pictures.name) if made["steps"] else None
        yield Learned(path, n, before, after)

    def _train(self, overrides: list[str], log: Any) -> Iterator[tuple[str, float]]:
        """Run a training; yield its progress. Raises AnswerError when it fails, whose reason is in our own log then."""
        try:
            with training(overrides, log) as process:
                self._process = process
                try:
                    for state in progress(process):
                        yield state.stage, state.share
                finally:  # `training` ends it where whoever asked has gone
                    self._process = None
        except DataError as error:
            raise AnswerError("cannot_learn", str(error)) from error
        if process.returncode:
            log.seek(max(0, log.seek(0, 2) - _LOG_BYTES))
            print(log.read().decode("utf-8", "replace"), file=sys.stderr)
            raise AnswerError("cannot_learn", "learning failed; the log of the server says why")

    def _keep(self, made: Path, name: str) -> Path:
        stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
        path = next(p for k in count(1) if not (p := self.readers / f"{name}-{stamp}-{k}.safetensors").exists())
        try:
            with written(path) as part:
                part.write_bytes(made.read_bytes())
        except DataError as error:
            raise AnswerError("cannot_save", "what was learned cannot be saved; is the disk full?") from error
        return path
