"""A new data set is one file in experiments/datasets and one in conf/data; a new network one file in
recognizers/networks, one in conf/model and one line: they are found, checked and trained, as docs/contributors.md says.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.recognizers.test_new_network import TOY as NETWORK

ROOT = Path(__file__).parents[2]
TOY = '''
"""Dark squares, large or small, as two letters."""

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from experiments.datasets.dataset import DataSet, Request
from glyphgen.sample import Sample


class Squares(DataSet):
    """Squares."""

    units: ClassVar = ("glyph",)
    holds: ClassVar = "single squares"
    model: ClassVar = "take model=cnn"

    kind: Literal["squares"] = Field("squares", description="Squares of two sizes.")
    script: str = Field("digits", description="A released script.")
    side_px: int = Field(40, gt=19, description="Side of a picture, in px.")

    def _open(self, asked: Request) -> Sequence[Any]:
        samples = []
        for i in range(asked.length):
            image = np.full((self.side_px, self.side_px, 3), 255, np.uint8)
            image[: 8 + 8 * (i % 2), : 8 + 8 * (i % 2)] = 0
            samples.append(Sample(image, "01"[i % 2], origin=f"square:{i}"))
        return samples
'''

TOY_MODEL = """
architecture: toy
arguments: {n_units: 8}
preprocess: {height_px: 16, stride_px: 16, is_square: true}
training:
  max_steps: 100
  batch_size: 8
  val_every: 50
  learning_rate: 0.01
  on_digits: {max_steps: 100, batch_size: 8}
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """The repository's recognizers, experiments and conf with four more files and one line."""
    left_out = shutil.ignore_patterns("__pycache__", "*.png", "weights")
    for name in ("recognizers", "experiments", "conf"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=left_out)
    (tmp_path / "recognizers/weights").symlink_to(ROOT / "recognizers/weights")
    (tmp_path / "recognizers/networks/toy.py").write_text(NETWORK)
    code = (tmp_path / "recognizers/bundle.py").read_text()
    line = '    "toy": "recognizers.networks.toy:Toy",\n'
    (tmp_path / "recognizers/bundle.py").write_text(code.replace('    "cnn":', f'{line}    "cnn":', 1))
    (tmp_path / "conf/model/toy.yaml").write_text(TOY_MODEL)
    (tmp_path / "experiments/datasets/squares.py").write_text(TOY)
    (tmp_path / "conf/data/squares.yaml").write_text("# Squares\nname: squares\nkind: squares\nside_px: 48\n")
    return tmp_path


# runs experiments/run.py with each of several lists of words, and says how each ended
RUNS = """
import contextlib, io, json, runpy, sys
from hydra.core.global_hydra import GlobalHydra
path, ends = sys.argv[1], []
for words in json.loads(sys.argv[2]):
    sys.argv, out, err, code = [path, *words], io.StringIO(), io.StringIO(), 0
    GlobalHydra.instance().clear()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            runpy.run_path(path, run_name="__main__")
        except SystemExit as end:
            code = end.code or 0
    ends.append([code, out.getvalue(), err.getvalue()])
print(json.dumps(ends))
"""


def run(tree: Path, *commands: tuple[str, ...]) -> list[subprocess.CompletedProcess[str]]:
    """Run commands one after the other in one process, which has the modules of the tree; each in the folder `run`."""
    words = [(*command, f"hydra.run.dir={tree / 'run'}") for command in commands]
    done = subprocess.run(
        [sys.executable, "-c", RUNS, str(tree / "experiments/run.py"), json.dumps(words)],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": f"{tree}:{ROOT}"},
        capture_output=True,
        text=True,
        timeout=250,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    ends = json.loads(done.stdout.splitlines()[-1])
    return [subprocess.CompletedProcess(list(own), *end) for own, end in zip(words, ends, strict=True)]


def test_a_toy_network_is_trained_on_a_toy_data_set(tree: Path) -> None:
    (done,) = run(tree, ("model=toy", "data=squares", "stages=[adapt,calibrate,evaluate]", "trainer=smoke"))
    assert done.returncode == 0, done.stderr[-2000:]
    results = json.loads((tree / "run/results.json").read_text())
    assert (results["adapt"]["steps"], results["evaluate"]["squares"]["n"]) == (6, 12)
    assert (tree / "run/bundle.safetensors").is_file()


def test_a_toy_data_set_is_trained_on_and_its_settings_are_checked(tree: Path) -> None:
    words = ("model=cnn", "data=squares", "stages=[adapt,evaluate]", "trainer=smoke")
    done, small, lines, told = run(
        tree,
        words,
        (*words, "data.side_px=4", "paths.reuse=true"),
        ("model=crnn", "data=squares", "paths.reuse=true"),
        ("--settings",),
    )
    assert done.returncode == 0, done.stderr[-2000:]
    results = json.loads((tree / "run/results.json").read_text())
    assert (results["adapt"]["steps"], results["evaluate"]["squares"]["n"]) == (6, 12)
    assert small.returncode == 2
    assert "data.side_px must be a whole number above 19, not 4" in small.stderr
    assert "data=squares holds single squares; take model=cnn" in lines.stderr
    assert "data.side_px" in told.stdout


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("architecture: toy\nmax_steps: 10", "model has no setting 'max_steps'"),
        ("architecture: toy\ntraining: {max_steps: 10}", "model.training.batch_size is missing"),
    ],
)
def test_what_is_wrong_in_the_file_of_a_network_is_named(tree: Path, lines: str, message: str) -> None:
    (tree / "conf/model/toy.yaml").write_text(lines + "\n")
    (done,) = run(tree, ("model=toy", "stages=[summary]"))
    assert done.returncode == 2
    assert message in done.stderr
    assert "conf/model/toy.yaml" in done.stderr


def test_a_network_need_not_be_trained_on_digits(tree: Path) -> None:
    (tree / "conf/model/toy.yaml").write_text(TOY_MODEL.replace("  on_digits: {max_steps: 100, batch_size: 8}\n", ""))
    words = ("model=toy", "data=squares", "trainer=smoke")
    done, refused = run(tree, (*words, "stages=[adapt]"), (*words, "stages=[pretrain,adapt]", "paths.reuse=true"))
    assert done.returncode == 0, done.stderr[-2000:]
    assert "model=toy is not pretrained on digits" in refused.stderr
