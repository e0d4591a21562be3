"""ONNX gives torch's answers for every width and batch, or is refused."""

import json
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch
from numpy.typing import NDArray

from glyphgen.script import load_script
from recognizers import bundle
from recognizers.export import ExportError, _difference, to_onnx
from recognizers.image.preprocess import Preprocess, pad_batch
from recognizers.recognizer import Recognizer
from tests.conftest import tiny


def samples(recognizer: Recognizer, n: int = 12) -> list[NDArray[np.float32]]:
    height = recognizer.preprocess.height_px
    rng = np.random.default_rng(1)
    widths = [recognizer.stride_px * (4 + 3 * k) if recognizer.unit == "line" else height for k in range(n)]
    return [rng.standard_normal((1, height, width), np.float32) for width in widths]


@pytest.mark.parametrize("name", ["crnn_hylian", "cnn_hylian", "lenet5_mnist", "resnet_alnum"])
def test_released_networks_answer_alike(name: str, tmp_path: Path) -> None:
    recognizer = bundle.load(name)
    assert to_onnx(recognizer, tmp_path / "model.onnx", samples(recognizer)) <= 1e-4
    assert not recognizer.training
    session = onnxruntime.InferenceSession(str(tmp_path / "model.onnx"), providers=["CPUExecutionProvider"])
    about = json.loads(session.get_modelmeta().custom_metadata_map["bundle"])
    assert about["alphabet"].strip() == recognizer.script.visible
    assert about["preprocess"] == recognizer.preprocess.to_dict()
    images, widths = pad_batch(samples(recognizer, 3))
    theirs = session.run(None, {"images": images, "widths": widths})[0]
    assert theirs.shape == recognizer.log_probs(images, widths).shape


def test_a_network_with_other_answers_is_refused_and_leaves_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recognizer = tiny(load_script("digits"))
    monkeypatch.setattr("recognizers.export._difference", lambda *given: 2e-4)
    with pytest.raises(ExportError, match="differs from torch"):
        to_onnx(recognizer, tmp_path / "model.onnx", samples(recognizer))
    assert list(tmp_path.iterdir()) == []


def test_the_comparison_sees_other_weights_numbers_that_are_none_and_nothing(tmp_path: Path) -> None:
    recognizer, other = tiny(load_script("digits")).eval(), tiny(load_script("digits")).eval()
    to_onnx(recognizer, tmp_path / "model.onnx", samples(recognizer))
    with torch.no_grad():
        next(other.parameters()).add_(0.5)
    assert _difference(other, tmp_path / "model.onnx", samples(other)) > 1e-4
    with torch.no_grad():
        next(recognizer.parameters()).fill_(float("nan"))
    for given in (samples(recognizer), []):
        with pytest.raises(ExportError):
            to_onnx(recognizer, tmp_path / "broken.onnx", given)
    assert not (tmp_path / "broken.onnx").exists()


def test_what_onnx_has_no_words_for_is_named(tmp_path: Path) -> None:
    recognizer = bundle.build(
        "protonet", load_script("digits"), Preprocess(height_px=48, stride_px=48, is_square=True), {"n_views": 2}
    )
    assert isinstance(recognizer, Recognizer)
    with pytest.raises(ExportError, match="protonet cannot be written"):
        to_onnx(recognizer.eval(), tmp_path / "model.onnx", samples(recognizer))
    assert list(tmp_path.iterdir()) == []
