import pytest
import torch

from glyphgen.script import load_script
from recognizers.bundle import build
from recognizers.image.preprocess import Preprocess


def test_the_classical_sizes() -> None:
    recognizer = build("lenet5", load_script("digits"), Preprocess(32, stride_px=32, is_square=True), {})
    assert sum(p.numel() for p in recognizer.parameters()) == 61_706
    log_p = recognizer(torch.randn(3, 1, 32, 32), torch.full((3,), 32))
    assert log_p.exp().sum(dim=1).tolist() == pytest.approx([1.0] * 3, abs=1e-4)


def test_other_sizes_and_names_are_refused() -> None:
    with pytest.raises(ValueError, match="height_px=32"):
        build("lenet5", load_script("digits"), Preprocess(28, is_square=True), {})
    with pytest.raises(ValueError, match="activations"):
        build("lenet5", load_script("digits"), Preprocess(32, is_square=True), {"activation": "gelu"})
