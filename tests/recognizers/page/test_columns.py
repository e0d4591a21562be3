"""Columns of upright glyphs, cut into cells and set side by side."""

import numpy as np
import pytest

from glyphgen.faces.distractors import turned
from glyphgen.faces.sources import DrawnSource
from glyphgen.render.layout import Spacing, lay_out
from glyphgen.shapes.pen import load_drawing
from recognizers import bundle
from recognizers.geometry import TextLine
from recognizers.page.columns import rows_of
from recognizers.straightening import MARGIN, Straight, rectify


def from_the_side(script: str, text: str, tracking: float = 0.1, seed: int = 0) -> Straight:
    """A column as it looks with the picture turned to the left, straightened."""
    drawing, rng = load_drawing(script), np.random.default_rng(seed)
    face = turned(DrawnSource(drawing, 0).faces(1, rng)[0])
    line = lay_out(drawing.script.canonical(text), face, 1, Spacing(tracking=tracking), rng)
    picture = 255 - np.repeat(line.coverage[..., None], 3, axis=2)
    x = np.linspace(line.boxes[:, 0].min(), line.boxes[:, 2].max(), 9)
    edges = [np.stack([x, np.full(9, y)], axis=1) for y in (line.extent[1], line.extent[3])]
    return rectify(picture, TextLine(edges[0], edges[1], 1.0, 1.0))


@pytest.mark.parametrize("script", ["sheikah", "hylian", "hylian_tp", "gerudo"])
@pytest.mark.parametrize("text", ["CLOCK", "THERMOMETER"])
@pytest.mark.parametrize("tracking", [0.0, 0.25])
def test_one_of_the_ways_of_cutting_a_column_is_read_as_the_line(script: str, text: str, tracking: float) -> None:
    reader = bundle.load(f"crnn_{script}")
    rows = rows_of(from_the_side(script, text, tracking))
    assert reader.script.canonical(text) in [reader.read(row.image).text for row in rows]


def test_a_space_in_a_column_is_a_space_in_the_row() -> None:
    reader = bundle.load("crnn_sheikah")
    assert "CARE UNIT" in [reader.read(row.image).text for row in rows_of(from_the_side("sheikah", "CARE UNIT"))]


def test_cells_follow_each_other_down_the_column_and_know_where_they_lie() -> None:
    straight = from_the_side("sheikah", "CLOCK")
    for row in rows_of(straight):
        assert (np.diff(row.cells[:, [0, 2]], axis=0) > 0).all()
        assert row.cells[-1, 1] <= row.image.shape[1]
        assert row.cells[-1, 3] <= straight.image.shape[1]
        whole = row.quad_of(0, row.image.shape[1])
        first = row.quad_of(row.cells[0, 0] + 1, row.cells[0, 1] - 1)
        assert np.allclose(whole[0], first[0], atol=1.5)
        # in the view from the side the column runs to the right, and its left edge is the lower one
        scale = 48 / (48 / (1 + 2 * MARGIN))  # capitals of 48 px in the picture, with margins in 48 px once straight
        assert first[3][0] - first[0][0] == pytest.approx(scale * (row.cells[0, 3] - row.cells[0, 2]), rel=0.1)


@pytest.mark.parametrize("shape", [(48, 8), (48, 30), (48, 2000)])
@pytest.mark.parametrize("value", [0, 128, 255])
def test_what_is_empty_or_hardly_there_makes_a_row_too(shape: tuple[int, int], value: int) -> None:
    image = np.full((*shape, 3), value, np.uint8)
    edge = np.stack([np.arange(shape[1], dtype=float), np.zeros(shape[1])], axis=1)
    rows = rows_of(Straight(image, edge, edge + np.array([0, 48.0])))
    assert rows
    for row in rows:
        assert row.image.dtype == np.uint8
        assert min(row.image.shape) > 0
        assert np.isfinite(row.quad_of(0, row.image.shape[1])).all()


def test_noise_is_cut_without_an_error() -> None:
    rng = np.random.default_rng(3)
    edge = np.stack([np.arange(400.0), np.zeros(400)], axis=1)
    image = rng.integers(0, 256, (48, 400, 3), dtype=np.uint8)
    assert all(len(row.cells) for row in rows_of(Straight(image, edge, edge + np.array([0, 48.0]))))
