"""`hylian teach DIR`: a reader for a script of one's own, from one picture or more of each glyph.

The training is that of `experiments/run.py stages=[fewshot]`, started as a process of its own.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tqdm import tqdm

from app.children import told_to_end
from app.cli.exit_codes import EXIT_READ, fail
from app.trainer_process import Progress, progress, quoted, training
from glyphgen.files import DataError, written
from glyphgen.near_names import no_such

_ENDING = ".safetensors"  # by which `read` tells a bundle from a released name
_LEAST_RIGHT = 0.8  # of the glyphs of lines like its lessons, from which a reader is worth trying
# seconds, where there is no terminal: from one line on progress to the next tenth, or to any other
_PAUSE_S, _LONGEST_S = 10.0, 60.0
_STOPPED = (130, 143)  # exit codes of what was interrupted or told to end


def run(given: argparse.Namespace) -> int:
    """Learn a script; say what came of it. Returns the exit code."""
    try:
        with told_to_end():  # from here on there is a temporary folder to clear away
            made = teach(given.pictures, given.out, given.name, given.steps, given.seed)
    except DataError as error:
        return fail(str(error))
    right = max(0.0, 1 - made["synthetic_cer"])
    print(f"{given.out}: reads {100 * right:.1f} % of the glyphs of lines that were made like its lessons")
    if right < _LEAST_RIGHT:
        print(
            "warning: that is too little to read with; "
            + ("teach it for longer (more --steps, or none), " if given.steps else "")
            + "give more pictures of each glyph (A.png, A-2.png), larger and cleaner ones",
            file=sys.stderr,
        )
    if made["pairs"]:
        print("most likely confused: " + ", ".join(f"{row['a']} and {row['b']}" for row in made["pairs"]))
    print(
        f"its script: {given.out.with_suffix('.toml')}; glyphs that look alike: "
        f"{given.out.with_name(given.out.stem + '-alike.png')}"
    )
    print(f"try it: hylian read PICTURE --weights {shlex.quote(str(given.out))} (any picture with writing)")
    return EXIT_READ


def teach(
    pictures: Path, out: Path, name: str | None = None, steps: int | None = None, seed: int = 0
) -> dict[str, Any]:
    """Learn the glyphs of a folder or zip and write a bundle; return what the training said of it: synthetic_cer,
    pairs. Raises DataError for pictures that cannot be learned from, a place that cannot be written to, or a training
    that failed.
    """
    if not pictures.exists():
        raise DataError(no_such(pictures, "folder"))
    if out.suffix != _ENDING:
        raise DataError(f"--out {out}: the name of a bundle ends in {_ENDING}; give --out {out.with_suffix(_ENDING)}")
    if out.is_dir() or not os.access(next(p for p in out.resolve().parents if p.exists()), os.W_OK):
        raise DataError(f"cannot write {out}; give --out the name of a file in a folder that you may write to")
    with tempfile.TemporaryDirectory(prefix="teach-") as folder:
        given = {"data.glyphs": str(pictures.resolve()), "data.script_name": name or out.stem, "hydra.run.dir": folder}
        overrides = [
            "stages=[fewshot]",
            "data=drawings",
            "weights_dtype=float16",
            f"seed={seed}",
            *(f"{key}={quoted(value)}" for key, value in given.items()),
        ]
        if steps is not None:
            overrides += [f"stage.fewshot.max_steps={steps}", f"stage.fewshot.val_every={max(1, steps // 4)}"]
        with training(overrides) as process, _Bar() as bar:
            for state in progress(process):
                bar.show(state)
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


class _Bar:
    """A progress bar on the terminal for each thing that a training does; where standard error is a file, a line now
    and then.
    """

    def __init__(self) -> None:
        self._stage = ""
        self._bar: tqdm[Any] = tqdm(disable=True)
        self._has_terminal = sys.stderr is None or sys.stderr.isatty()
        self._said_at, self._said_tenths = time.monotonic(), 0

    def __enter__(self) -> _Bar:
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.close()

    def show(self, state: Progress) -> None:
        if not self._has_terminal:
            self._say(state)
            return
        if state.stage != self._stage or state.step < self._bar.n:
            self._bar.close()
            self._stage = state.stage
            self._bar = tqdm(total=state.of, desc=state.stage, file=sys.stderr, leave=False, disable=None)
        self._bar.set_postfix({name: f"{value:.3g}" for name, value in state.figures.items()}, refresh=False)
        self._bar.update(state.step - self._bar.n)

    def _say(self, state: Progress) -> None:
        tenths = int(10 * state.share)
        if state.stage != self._stage or tenths < self._said_tenths:
            self._stage, self._said_tenths = state.stage, 0
        waited_s = time.monotonic() - self._said_at
        if waited_s >= (_PAUSE_S if tenths > self._said_tenths else _LONGEST_S):
            self._said_at, self._said_tenths = time.monotonic(), tenths
            done = f"{state.step} of {state.of} ({100 * state.share:.0f} %)" if state.of else str(state.step)
            print(f"{state.stage}: {done}", file=sys.stderr, flush=True)
