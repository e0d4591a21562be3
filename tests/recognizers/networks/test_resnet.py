import pytest
import torch

from glyphgen.script import load_script
from recognizers.bundle import build
from recognizers.image.preprocess import Preprocess

SQUARE = Preprocess(32, stride_px=32, is_square=True)


@pytest.mark.parametrize(("n_blocks", "n"), [([1, 1, 1], 308_586), ([2, 2, 2], 696_554)])
def test_depth_is_a_setting(n_blocks: list[int], n: int) -> None:
    recognizer = build("resnet", load_script("digits"), SQUARE, {"n_blocks": n_blocks})
    assert sum(p.numel() for p in recognizer.parameters()) == n
    assert recognizer.eval()(torch.randn(2, 1, 32, 32), torch.full((2,), 32)).shape == (2, 10)


def test_impossible_sizes_are_refused() -> None:
    with pytest.raises(ValueError, match="as many channels as n_blocks"):
        build("resnet", load_script("digits"), SQUARE, {"n_blocks": [1]})
    with pytest.raises(ValueError, match="too small"):
        build("resnet", load_script("digits"), Preprocess(8, is_square=True), {})
