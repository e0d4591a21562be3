"""Shapes and types of what passes between the parts, checked by jaxtyping and beartype over many sizes."""

import numpy as np
import torch
from beartype import beartype
from hypothesis import given, settings
from hypothesis import strategies as st
from jaxtyping import Float, Float32, Float64, Int64, UInt8, jaxtyped

from glyphgen.datasets.synthetic import LineSynth
from glyphgen.faces.sources import DrawnSource
from glyphgen.images import load_picture
from glyphgen.render.warp import boxes_around, carry_quads
from glyphgen.sample import Sample
from glyphgen.shapes.outline import Outline
from glyphgen.shapes.pen import load_drawing
from glyphgen.texts.english import Corpus
from recognizers.bundle import build
from recognizers.image.foreground import ink_of
from recognizers.image.preprocess import Preprocess, pad_batch

DRAWING = load_drawing("hylian")
CRNN = build("crnn", DRAWING.script, Preprocess(), {"channels": [4, 6, 8, 8], "n_hidden": 8}).eval()
SIZES = st.tuples(st.integers(4, 90), st.integers(4, 200))


@jaxtyped(typechecker=beartype)
def prepare(image: UInt8[np.ndarray, "h w 3"]) -> Float32[np.ndarray, "1 32 width"]:
    return Preprocess()(image).tensor


@jaxtyped(typechecker=beartype)
def square(image: UInt8[np.ndarray, "h w 3"]) -> Float32[np.ndarray, "1 28 28"]:
    return Preprocess(height_px=28, stride_px=28, is_square=True)(image).tensor


@jaxtyped(typechecker=beartype)
def project(rgb: Float32[np.ndarray, "h w 3"]) -> Float32[np.ndarray, "h w"]:
    return ink_of(rgb)


@jaxtyped(typechecker=beartype)
def batch(
    tensors: list[Float32[np.ndarray, "1 32 _"]],
) -> tuple[Float32[np.ndarray, "b 1 32 w"], Int64[np.ndarray, " b"]]:
    return pad_batch(tensors)


@jaxtyped(typechecker=beartype)
def forward(
    images: Float32[torch.Tensor, "b 1 32 w"], widths: Int64[torch.Tensor, " b"]
) -> Float32[torch.Tensor, "b w//4 23"]:
    return CRNN(images, widths)


@jaxtyped(typechecker=beartype)
def rasterize(outline: Outline, px_per_em: float) -> tuple[UInt8[np.ndarray, "h w"], float, float]:
    return outline.rasterize(px_per_em)


@jaxtyped(typechecker=beartype)
def carry(boxes: Float64[np.ndarray, "n 4"], matrix: Float64[np.ndarray, "3 3"]) -> Float64[np.ndarray, "n 4 2"]:
    return carry_quads(boxes, matrix)


@jaxtyped(typechecker=beartype)
def around(quads: Float64[np.ndarray, "n 4 2"]) -> Float64[np.ndarray, "n 4"]:
    return boxes_around(quads, (90, 40))


@jaxtyped(typechecker=beartype)
def parts(sample: Sample) -> tuple[UInt8[np.ndarray, "h w 3"], Float[np.ndarray, "n 4"]]:
    return sample.image, sample.boxes


@settings(max_examples=25, deadline=None)
@given(SIZES, SIZES)
def test_pictures_become_batches_and_steps(one: tuple[int, int], two: tuple[int, int]) -> None:
    images = [
        np.random.default_rng(k).integers(0, 256, (*size, 3), dtype=np.uint8) for k, size in enumerate((one, two))
    ]
    with torch.inference_mode():
        images_batch, widths = batch([prepare(image) for image in images])
        log_probs = forward(torch.from_numpy(images_batch), torch.from_numpy(widths))
    assert log_probs.shape[:2] == (2, int(widths.max()) // 4)
    for image in images:
        assert np.isfinite(square(image)).all()
        assert project(image.astype(np.float32)).shape == image.shape[:2]


def test_any_picture_becomes_rgb() -> None:
    for shape in ((9, 7), (9, 7, 1), (9, 7, 3), (9, 7, 4)):
        assert load_picture(np.zeros(shape, np.uint8)).shape == (9, 7, 3)


def test_outlines_and_samples() -> None:
    for char in DRAWING.script.visible:
        assert rasterize(DRAWING.outline(char), 30.0)[0].max() == 255
    for n in (0, 1, 7):
        assert len(carry(np.random.default_rng(n).random((n, 4)), np.eye(3))) == n
    synth = LineSynth(DrawnSource(DRAWING), Corpus(DRAWING.script), "screenshot", 1, "val", 8, n_faces=2)
    for i in range(8):
        _, boxes = parts(synth[i])
        assert len(boxes) == len(synth[i].text.replace(" ", ""))
