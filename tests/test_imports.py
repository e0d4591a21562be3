"""What an import costs: neither reading nor rendering asks for torch or what trains. In a process of its own each."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import run_python

TRAINING = (
    "pytorch_lightning", "lightning", "scipy", "wandb", "hydra", "albumentations", "tensorboard", "gradio", "skimage",
    "matplotlib", "sklearn",
)  # fmt: skip
READ = """
import numpy as np
from recognizers.page.reader import load_reader
load_reader("crnn_hylian").read_page(np.full((60, 200, 3), 255, np.uint8))
"""


def loaded(code: str) -> set[str]:
    """Return the packages that a new process has imported after running the code."""
    code += "\nimport sys\nprint('loaded', *sorted({name.split('.')[0] for name in sys.modules}))"
    return set(run_python(code).split("loaded ")[-1].split())


@pytest.mark.parametrize("code", ["import recognizers.page.reader", READ], ids=["import", "read a crop"])
def test_the_reader_imports_nothing_that_only_training_needs(code: str) -> None:
    found = loaded(code)
    assert "onnxruntime" in found
    assert not found & {"torch", *TRAINING}


@pytest.mark.parametrize(
    "module",
    ["glyphgen", "glyphgen.cli", "glyphgen.render.paint", "glyphgen.render.degrade", "glyphgen.datasets.synthetic"],
)
def test_the_renderer_imports_no_torch(module: str) -> None:
    found = loaded(f"import {module}")
    assert "glyphgen" in found
    assert not found & {"torch", "albumentations", "recognizers"}


COMMANDS = """
from glyphgen.__main__ import main
for command in (
    ["font", "--out", "own.ttf"],
    ["sheet", "--out", "chart.png"],
    ["inspect", "own.ttf"],
    ["alike", "own.ttf", "--script", "hylian"],
    ["render", "--count", "3", "--n-faces", "1", "--out", "lines"],
    ["render", "--count", "1", "--n-faces", "1", "--unit", "page", "--font", "own.ttf", "--out", "pages"],
    ["verify", "lines"],
):
    assert main(command) == 0, command
"""


def test_no_command_of_the_generator_imports_what_only_training_needs(tmp_path: Path) -> None:
    """albumentations is what degrades pictures; torch, SciPy and the hub of Hugging Face come along with it else."""
    found = loaded(f"import os\nos.chdir({str(tmp_path)!r})\n{COMMANDS}")
    assert "albumentations" in found
    # matplotlib is there for its fonts: pages carry other writing, too
    unwanted = {"torch", "huggingface_hub", "recognizers", "experiments", *TRAINING} - {"albumentations", "matplotlib"}
    assert not found & unwanted


def test_reading_reports_to_nobody_and_leaves_nothing_behind(tmp_path: Path) -> None:
    home, temporary = tmp_path / "home", tmp_path / "temporary"
    home.mkdir()
    temporary.mkdir()
    code = READ + "import os\nassert os.environ['ORT_DISABLE_TELEMETRY'] == '1'"
    run_python(code, HOME=str(home), TMPDIR=str(temporary), ORT_DISABLE_TELEMETRY=None)
    assert list(temporary.iterdir()) == []
