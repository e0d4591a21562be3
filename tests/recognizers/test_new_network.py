"""A new network is one file and one line in `bundle.ARCHITECTURES` (and, to be trained by name, one file in
conf/model).
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from glyphgen.script import Script
from recognizers import bundle, bundle_file
from recognizers.recognizer import Recognizer
from tests.conftest import alike

TOY = """
from typing import final

import torch
from torch import Tensor, nn

from glyphgen.script import Script
from recognizers.image.preprocess import Preprocess
from recognizers.networks.glyph import ClassRecognizer


@final
class Toy(ClassRecognizer):
    architecture = "toy"

    def __init__(self, script: Script, preprocess: Preprocess, n_units: int = 8) -> None:
        super().__init__(script, preprocess, {"n_units": n_units})
        self.trunk = nn.Sequential(nn.Flatten(), nn.Linear(preprocess.height_px**2, n_units), nn.ReLU())
        self.head = nn.Linear(n_units, len(script.visible))

    def forward(self, images: Tensor, widths: Tensor) -> Tensor:
        return torch.log_softmax(self.head(self.trunk(images)), dim=-1)
"""


def test_one_file_and_one_line_are_a_network(
    toy_script: Script, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "toy_network.py").write_text(TOY)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(bundle.ARCHITECTURES, "toy", "toy_network:Toy")
    preprocess = bundle.make_preprocess("toy", {"height_px": 16, "stride_px": 16, "is_square": True})
    network = bundle.build("toy", toy_script, preprocess, {"n_units": 5}).eval()
    assert isinstance(network, Recognizer)
    bundle.save(network, tmp_path / "toy.safetensors", {})
    back = bundle.load(tmp_path / "toy.safetensors")
    assert (back.architecture, back.unit, back.arguments) == ("toy", "glyph", {"n_units": 5})
    image = np.random.default_rng(0).integers(0, 255, (30, 20, 3), dtype=np.uint8)
    assert alike(back.read(image), network.read(image))
    with pytest.raises(bundle_file.BundleError, match="n_unit"):
        bundle.build("toy", toy_script, preprocess, {"n_unit": 5})
    sys.modules.pop("toy_network")


@pytest.mark.parametrize("name", bundle.ARCHITECTURES)
def test_a_network_has_one_name_and_a_file_of_settings(name: str) -> None:
    kind = bundle.network_class(name)
    assert kind.architecture == name
    assert kind.unit in ("glyph", "line", "page")
    assert (Path(__file__).parents[2] / f"conf/model/{name}.yaml").is_file()
