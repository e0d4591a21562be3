"""kraken and docTR take what is written for them. Both want a torch of their own, and so an environment of their own:

python -m venv E && E/bin/pip install kraken python-doctr
GLYPH_READERS_PYTHON=E/bin/python pytest -m slow tests/glyphgen/formats/test_heavy_readers.py
"""

import json
import os
import subprocess
from pathlib import Path

import pytest

from glyphgen.__main__ import main

PYTHON = os.environ.get("GLYPH_READERS_PYTHON", "")
pytestmark = [pytest.mark.slow, pytest.mark.skipif(not PYTHON, reason="GLYPH_READERS_PYTHON names no Python")]
# operators of torchvision are not needed to open a data set, and where its build and torch's differ they cannot load
BEFORE = """
import json, sys
import torch.library
torch.library.register_fake = lambda *_, **__: lambda function: function
from pathlib import Path
root = Path(sys.argv[1])
"""
KRAKEN = """
from kraken.lib.dataset import ImageInputTransforms, PolygonGTDataset
from kraken.lib.xml import XMLPage
pages = [XMLPage(path).to_container() for path in sorted(root.glob("*.xml"))]
lines = PolygonGTDataset(im_transforms=ImageInputTransforms(1, 32, 0, 1, (16, 0), valid_norm=False))
for page in pages:
    lines.add(page=page)
lines.encode(None)
print(json.dumps([[line.text for page in pages for line in page.lines], [list(one["image"].shape) for one in lines]]))
"""
DOCTR = """
from doctr.datasets import DetectionDataset, RecognitionDataset
if sys.argv[2] == "page":
    found = DetectionDataset(root / "images", root / "labels.json", use_polygons=True)
    straight = DetectionDataset(root / "images", root / "labels.json")
    assert all(vars(both[i]) for both in (found, straight) for i in range(len(both)))
else:
    found = RecognitionDataset(root / "images", root / "labels.json")
print(json.dumps([len(found), [str(label) for _, label in found.data]]))
"""


def read(code: str, root: Path, unit: str) -> list:
    done = subprocess.run(
        [PYTHON, "-c", BEFORE + code, str(root), unit], capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])


def rendered(folder: Path, name: str, unit: str) -> Path:
    words = ["--count", "12", "--unit", unit, "--format", name, "--n-faces", "4", "--out", str(folder / "set")]
    assert main(["render", *words]) == 0
    return folder / "set"


@pytest.mark.parametrize("unit", ["line", "page"])
def test_kraken_takes_the_lines_for_a_training(tmp_path: Path, unit: str) -> None:
    root = rendered(tmp_path, "kraken", unit)
    texts, shapes = read(KRAKEN, root, unit)
    assert len(texts) == len(shapes) >= 12
    assert all(text.strip() for text in texts)
    assert all(height == 32 and width > 32 for _, height, width in shapes)


@pytest.mark.parametrize("unit", ["line", "page"])
def test_doctr_opens_the_set(tmp_path: Path, unit: str) -> None:
    root = rendered(tmp_path, "doctr", unit)
    n, labels = read(DOCTR, root, unit)
    held = json.loads((root / "labels.json").read_text())
    assert n == len(held)
    if unit == "line":
        assert n == 12
        assert labels == list(held.values())
    else:
        assert n > 4
