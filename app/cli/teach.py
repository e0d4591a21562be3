"""`python -m app teach DIR`: a reader for a script of one's own, from one picture or more of each glyph.

The training is that of `experiments/run.py stages=[fewshot]`, started as a process of its own, so that the app needs
none of what trains.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from app.children import started
from app.trainer_process import find_runner, quoted
from glyphgen.files import DataError, written

_STOPPED = (130, 143)  # exit codes of what was interrupted or told to end


def teach(
    pictures: Path, out: Path, name: str | None = None, steps: int | None = None, seed: int = 0
) -> dict[str, Any]:
    """Learn the glyphs of a folder or zip and write a bundle; return what the training said of it: synthetic_cer,
    pairs. Raises DataError for pictures that cannot be learned from, a place that cannot be written to, or a training
    that failed.
    """
    if not pictures.exists():
        raise DataError(f"no such folder: {pictures}")
    if out.is_dir() or not os.access(next(p for p in out.resolve().parents if p.exists()), os.W_OK):
        raise DataError(f"cannot write {out}; give --out the name of a file in a folder that you may write to")
    runner = find_runner()
    with tempfile.TemporaryDirectory(prefix="teach-") as folder:
        given = {"data.glyphs": str(pictures.resolve()), "data.script_name": name or out.stem, "hydra.run.dir": folder}
        command = [
            sys.executable,
            str(runner),
            "stages=[fewshot]",
            "data=drawings",
            "weights_dtype=float16",
            f"seed={seed}",
            *(f"{key}={quoted(value)}" for key, value in given.items()),
        ]
        if steps is not None:
            command += [f"stage.fewshot.max_steps={steps}", f"stage.fewshot.val_every={max(1, steps // 4)}"]
        with started(command, cwd=runner.parent.parent) as process:
            code = process.wait()
        if code:
            raise DataError(
                "stopped" if code in _STOPPED or code < 0 else f"learning from {pictures} failed; the reason is above"
            )
        made: dict[str, Any] = json.loads((Path(folder) / "results.json").read_text(encoding="utf-8"))["fewshot"]
        made_of = {
            out: "bundle.safetensors",
            out.with_suffix(".toml"): "fewshot/script.toml",
            out.with_name(f"{out.stem}-alike.png"): "fewshot/alike.png",
        }
        for target, source in made_of.items():
            if (Path(folder) / source).is_file():
                with written(target) as part:
                    part.write_bytes((Path(folder) / source).read_bytes())
    return made
