import pytest
import torch

from glyphgen.script import load_script
from recognizers.bundle import build
from recognizers.image.preprocess import Preprocess
from tests.conftest import tiny


@pytest.mark.parametrize(("classes", "parameters"), [("digits", 101_578), ("hylian", 102_293)])
def test_the_cnn_has_the_stated_size(classes: str, parameters: int) -> None:
    recognizer = tiny(load_script(classes), "cnn")
    assert sum(p.numel() for p in recognizer.parameters()) == parameters


def test_it_depends_on_the_middle_22_px_and_on_all_of_them() -> None:
    recognizer = tiny(load_script("digits"), "cnn")
    image = torch.randn(1, 1, 28, 28, requires_grad=True)
    (gradient,) = torch.autograd.grad(recognizer(image, torch.tensor([28])).pow(2).sum(), image)
    rows = gradient[0, 0].abs().sum(dim=1).nonzero().ravel().tolist()
    assert (min(rows), max(rows)) == (3, 24)


def test_a_square_too_small_for_three_poolings_is_named() -> None:
    with pytest.raises(ValueError, match="height_px=16"):
        build("cnn", load_script("digits"), Preprocess(height_px=16, stride_px=16, is_square=True), {})
