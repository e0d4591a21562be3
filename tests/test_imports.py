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


def test_reading_reports_to_nobody_and_leaves_nothing_behind(tmp_path: Path) -> None:
    home, temporary = tmp_path / "home", tmp_path / "temporary"
    home.mkdir()
    temporary.mkdir()
    code = READ + "import os\nassert os.environ['ORT_DISABLE_TELEMETRY'] == '1'"
    run_python(code, HOME=str(home), TMPDIR=str(temporary), ORT_DISABLE_TELEMETRY=None)
    assert list(temporary.iterdir()) == []
