import torch

from glyphgen.shapes.pen import Drawing
from recognizers.bundle import build
from recognizers.image.preprocess import Preprocess


def test_the_papers_crnn_has_its_layers(hylian: Drawing) -> None:
    recognizer = build("crnn_shi2015", hylian.script, Preprocess(), {})
    convs = [m for m in recognizer.modules() if isinstance(m, torch.nn.Conv2d)]
    assert [c.out_channels for c in convs] == [64, 128, 256, 256, 512, 512, 512]
    assert sum(isinstance(m, torch.nn.BatchNorm2d) for m in recognizer.modules()) == 2
    assert [m.hidden_size for m in recognizer.modules() if isinstance(m, torch.nn.LSTM)] == [256] * 4
