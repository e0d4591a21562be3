import pytest
import torch

from glyphgen.shapes.pen import Drawing
from recognizers.bundle import build
from recognizers.image.preprocess import Preprocess


def test_a_step_is_four_px_wide_and_probabilities_sum_to_one(hylian: Drawing) -> None:
    recognizer = build("crnn", hylian.script, Preprocess(), {}).eval()
    with torch.inference_mode():
        log_probs = recognizer(torch.randn(2, 1, 32, 80), torch.tensor([80, 40]))
    assert log_probs.shape == (2, 20, 23)
    assert torch.allclose(log_probs.exp().sum(dim=-1), torch.ones(2, 20), atol=1e-4)
    assert sum(p.numel() for p in recognizer.parameters()) == 574_631


@pytest.mark.parametrize(
    ("preprocess", "arguments", "message"),
    [
        (Preprocess(height_px=40), {}, "multiple of 16"),
        (Preprocess(stride_px=8), {}, "stride_px=4"),
        (Preprocess(), {"channels": [8, 8]}, "four numbers"),
    ],
)
def test_impossible_sizes_are_named(
    hylian: Drawing, preprocess: Preprocess, arguments: dict[str, object], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        build("crnn", hylian.script, preprocess, arguments)
