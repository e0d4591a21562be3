"""The edges of a board's lines lie around their ink, whatever the board does; boards in scenes with depth."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from glyphgen.datasets.page_blocks import BlockSetter, OtherWriting, OwnWriting
from glyphgen.datasets.page_boards import BoardPainter, Scene
from glyphgen.faces.sources import DrawnSource
from glyphgen.render.augmentation import PRESETS
from glyphgen.render.depth import MOST_BLUR, Light, View
from glyphgen.render.placement import Block
from glyphgen.sample import LabelledLine
from glyphgen.shapes.pen import Drawing
from glyphgen.texts.english import Corpus

SIZE = 640, 480
LOOK = PRESETS["screenshot"]
STYLE = replace(LOOK.page, script_share=1.0, oversized_share=0.0, whole_share=0.0, curved_share=0.0)
VIEW = View(
    40.0, 6.0, 1.0, 8.0, 0.2, (190.0,) * 3, Light((0.8, 0.6), None, 100.0, 0.4, (1.0, 1.0, 1.0)), 0.4, 200, True
)


@pytest.fixture(scope="module")
def setter(hylian: Drawing) -> BlockSetter:
    faces = DrawnSource(hylian).faces(3, np.random.default_rng(0))[1:]
    own = OwnWriting(hylian.script, faces, Corpus(hylian.script, 20))
    return BlockSetter([own], OtherWriting([], {}, frozenset()), STYLE)


def around(line: LabelledLine, shape: tuple[int, ...]) -> np.ndarray:
    """Where a line's edges are, with the usual margin: 0.15 capital heights and a pixel."""
    mask = np.zeros(shape, np.uint8)
    cv2.fillPoly(mask, [np.round(np.concatenate([line.top, line.bottom[::-1]])).astype(np.int32)], 1)
    size = 2 * round(0.15 * line.height_px + 1) + 1
    return cv2.dilate(mask, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)))


def as_quad(line: LabelledLine) -> LabelledLine:
    return replace(line, top=line.top[[0, -1]], bottom=line.bottom[[0, -1]])


def shares(setter: BlockSetter, view: View | None = None, is_straight: bool = False, **changed: float) -> list[float]:
    """The share of each line's ink within its edges, of lines put on a page alone; is_straight: within its quad."""
    style = replace(STYLE, **changed)
    setter, painter = replace(setter, style=style), BoardPainter(replace(LOOK, page=style), 0)
    found = []
    for k in range(14):
        block = setter.block(SIZE, (10.0, 30.0), np.random.default_rng(k))
        for one in block.lines[:4]:
            scene = Scene.on(np.full((*SIZE[::-1], 3), 128, np.uint8), view)
            alone = replace(block, lines=[one])
            lines = painter.put(scene, alone, False, True, np.random.default_rng(k), 1.5)
            if lines and scene.coverage.sum() > 5000:
                mask = around(as_quad(lines[0]) if is_straight else lines[0], scene.coverage.shape)
                found.append(float((scene.coverage * mask.astype(float)).sum() / scene.coverage.sum()))
    return found


@pytest.mark.parametrize(
    "changed", [{}, {"column_share": 1.0}, {"justified_share": 1.0}, {"arc_share": 1.0}, {"curved_share": 1.0}], ids=str
)
def test_edges_lie_around_the_ink_of_every_line(setter: BlockSetter, changed: dict[str, float]) -> None:
    found = shares(setter, **changed)
    assert len(found) > 15
    assert min(found) > 0.98


def test_edges_lie_around_the_ink_in_a_scene_with_depth(setter: BlockSetter) -> None:
    assert min(shares(setter, VIEW, arc_share=0.3)) > 0.98


def test_straight_edges_would_not_hold_the_ink_of_an_arc(setter: BlockSetter) -> None:
    """What the check above would find, if edges did not follow arcs."""
    assert np.mean(shares(setter, is_straight=True, arc_share=1.0)) < 0.9


def block_of(setter: BlockSetter, cap_px: float) -> Block:
    return setter.block(SIZE, (cap_px, cap_px), np.random.default_rng(5), may_exceed=False)


def test_far_boards_are_smaller_paler_and_softer(setter: BlockSetter) -> None:
    sharpness, heights, contrasts = [], [], []
    for distance in (1.0, 2.5, 5.0):
        painter = BoardPainter(replace(PRESETS["none"], page=replace(STYLE, rim_share=0.0)), 0)
        energies, tall, spread = [], [], []
        for k in range(12):
            scene = Scene.on(np.full((*SIZE[::-1], 3), 128, np.uint8), VIEW)
            block = block_of(setter, VIEW.caps_px(distance)[1])
            lines = painter.put(scene, block, False, True, np.random.default_rng(k), distance)
            if not lines:
                continue
            inked = scene.image[scene.coverage > 140].astype(float).mean(axis=1)
            near = cv2.dilate(scene.coverage, np.ones((9, 9), np.uint8)) > 0
            gray = scene.image.astype(float).mean(axis=2)
            steps = np.hypot(np.diff(gray, axis=0)[:, :-1], np.diff(gray, axis=1)[:-1])[near[:-1, :-1]]
            spread.append(float(abs(inked.mean() - np.median(gray[near & (scene.coverage == 0)]))))
            energies.append(float((steps**2).mean()))
            tall.append(lines[0].height_px)
        sharpness.append(np.mean(energies))
        heights.append(np.mean(tall))
        contrasts.append(np.mean(spread))
    assert heights[0] > 1.8 * heights[1] > 3 * heights[2]
    assert contrasts[0] > contrasts[1] > contrasts[2]
    assert sharpness[0] > 4 * max(sharpness[1:])


def test_what_is_too_blurred_to_be_read_is_not_legible(setter: BlockSetter) -> None:
    painter = BoardPainter(replace(LOOK, page=STYLE), 0)
    for aperture, is_legible in ((0.1, True), (40.0, False)):
        view = replace(VIEW, aperture_px=aperture)
        block = block_of(setter, 20.0)
        scene = Scene.on(np.full((*SIZE[::-1], 3), 128, np.uint8), view)
        lines = painter.put(scene, block, False, True, np.random.default_rng(1), 2.0)
        assert lines
        assert {line.is_legible for line in lines} == {is_legible}
        assert (view.sigma_px(2.0) <= MOST_BLUR * 20) == is_legible


def test_a_board_in_a_scene_stands_out_from_it_by_a_shadow(setter: BlockSetter) -> None:
    painter = BoardPainter(replace(PRESETS["none"], page=STYLE), 0)
    scene = Scene.on(np.full((*SIZE[::-1], 3), 200, np.uint8), replace(VIEW, has_floor=False, aperture_px=0.0))
    assert painter.put(scene, block_of(setter, 24.0), False, True, np.random.default_rng(2), 1.0)
    beside = scene.image[(scene.taken == 0) & (cv2.dilate(scene.taken, np.ones((31, 31), np.uint8)) > 0)]
    assert beside.min() < 160
    assert (scene.image[:4] == 200).all()


def test_two_boards_do_not_overlap(setter: BlockSetter) -> None:
    painter = BoardPainter(replace(LOOK, page=replace(STYLE, boards_per_megapixel=10.0, arc_share=0.5)), 0)
    scene = Scene.on(np.full((*SIZE[::-1], 3), 128, np.uint8), crops=True)
    rng, ink = np.random.default_rng(0), 0.0
    placed = 0
    for _ in range(30):
        before = scene.coverage.copy()
        if painter.put(scene, setter.block(SIZE, (10.0, 16.0), rng), False, False, rng):
            placed += 1
            new = (scene.coverage.astype(int) - before) > 0
            assert not (before[new] > 0).any(), "ink lies on ink"
            ink += new.sum()
    assert placed > 3
    assert ink > 1000


def test_lines_are_written_into_their_part_as_into_the_whole(setter: BlockSetter) -> None:
    painter = BoardPainter(replace(LOOK, page=STYLE), 0)
    for k in range(8):
        block = setter.block(SIZE, (10.0, 30.0), np.random.default_rng(k))
        scenes = [Scene.on(np.full((*SIZE[::-1], 3), 128, np.uint8), crops=crops) for crops in (False, True)]
        for scene in scenes:
            painter.put(scene, block, False, True, np.random.default_rng(k))
        assert np.abs(scenes[0].coverage.astype(int) - scenes[1].coverage).max() <= 8
