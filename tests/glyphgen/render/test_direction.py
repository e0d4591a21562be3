"""Lines in every direction: the same truth as from left to right, in the order in which one reads."""

import cv2
import numpy as np
import pytest

from glyphgen.datasets.synthetic import LineSynth
from glyphgen.faces.face import LEVELS_PX
from glyphgen.faces.sources import DrawnSource
from glyphgen.files import DataError
from glyphgen.render.direction import DIRECTIONS, from_the_right, lay_out_column, mirrored
from glyphgen.render.layout import Spacing, lay_out
from glyphgen.sample import Sample
from glyphgen.shapes.pen import Drawing
from glyphgen.texts.english import Corpus
from tests.glyphgen.datasets.test_synthetic import ink_in_quads


def lines(hylian: Drawing, direction: str, augment: str = "screenshot", n: int = 60) -> LineSynth:
    source = DrawnSource(hylian, 0.2)
    return LineSynth(source, Corpus(hylian.script, 16), augment, 3, "train", n, 6, with_masks=True, direction=direction)


def middles(sample: Sample) -> np.ndarray:
    return sample.quads.mean(axis=1)


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("augment", ["none", "screenshot"])
def test_the_truth_holds_in_every_direction(hylian: Drawing, direction: str, augment: str) -> None:
    for sample in lines(hylian, direction, augment):
        n = len(sample.text.replace(" ", ""))
        assert len(sample.quads) == len(sample.boxes) == n
        assert min(ink_in_quads(sample)) >= 0.98, (sample.origin, sample.text)
        height, width = sample.image.shape[:2]
        low, high = sample.quads.min(axis=1), sample.quads.max(axis=1)
        assert sample.boxes == pytest.approx(np.concatenate([low, high], axis=1).clip(0, [width, height] * 2))


def test_glyphs_stand_in_the_order_in_which_one_reads(hylian: Drawing) -> None:
    for sample in lines(hylian, "rtl"):
        assert (np.diff(middles(sample)[:, 0]) < 0).all()
    for direction in ("ttb", "turned"):
        for sample in lines(hylian, direction):
            assert (np.diff(middles(sample)[:, 1]) > 0).all()
    steps = [np.sign(np.diff(middles(sample)[:, 0])) for sample in lines(hylian, "boustrophedon")]
    ways = [int(step[0]) for step in steps if len(step)]
    assert all((step == step[0]).all() for step in steps if len(step))
    assert 0.3 < ways.count(-1) / len(ways) < 0.7


def glyph_pictures(sample: Sample) -> list[np.ndarray]:
    assert sample.ink is not None
    assert sample.glyph_map is not None
    made = []
    for k in range(1, len(sample.quads) + 1):
        own = np.where(sample.glyph_map == k, sample.ink, 0)
        rows, columns = np.nonzero(own.any(axis=1))[0], np.nonzero(own.any(axis=0))[0]
        made.append(cv2.resize(own[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1], (24, 24)).astype(float))
    return made


def alike(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.minimum(one, other).sum() / np.maximum(np.maximum(one, other).sum(), 1))


def test_each_quad_shows_its_own_letter(hylian: Drawing) -> None:
    """By the shapes from left to right: as they are, mirrored where the ox turns, and turned with their line."""
    source, corpus = DrawnSource(hylian, 0.0), Corpus(hylian.script, 16)
    sets = {name: LineSynth(source, corpus, "none", 5, "val", 8, 1, True, name) for name in DIRECTIONS}
    shown: dict[str, np.ndarray] = {}
    for sample in sets["ltr"]:
        shown |= dict(zip(sample.text.replace(" ", ""), glyph_pictures(sample), strict=True))
    checked = dict.fromkeys(DIRECTIONS, 0)
    for name, samples in sets.items():
        for sample in samples:
            is_mirrored = name == "boustrophedon" and sample.quads[0, 0, 0] > sample.quads[-1, 0, 0]
            for char, picture in zip(sample.text.replace(" ", ""), glyph_pictures(sample), strict=True):
                upright = np.rot90(picture) if name == "turned" else picture[:, ::-1] if is_mirrored else picture
                assert alike(upright, shown[char]) > 0.7, (name, sample.text, char)
                checked[name] += 1
    assert min(checked.values()) > 20


def test_layouts_are_of_one_text(hylian: Drawing) -> None:
    face = DrawnSource(hylian).faces(1, np.random.default_rng(0))[0]
    plain = lay_out("LINK A", face, 1, Spacing(), np.random.default_rng(0), with_marks=True)
    right = from_the_right("LINK A", face, 1, Spacing(), np.random.default_rng(0), with_marks=True)
    mirror, column = mirrored(plain), lay_out_column("LINK A", face, 1, Spacing(), np.random.default_rng(0), True)
    assert np.array_equal(mirror.coverage[:, ::-1], plain.coverage)
    for line in (plain, right, mirror, column):
        assert line.ink is not None
        assert line.glyph_map is not None
        assert np.array_equal(line.ink, line.coverage)
        for k, (x0, y0, x1, y1) in enumerate(np.round(line.boxes).astype(int), start=1):
            own = np.where(line.glyph_map == k, line.ink, 0).astype(float)
            assert own[y0:y1, x0:x1].sum() >= 0.99 * own.sum() > 0
    assert column.extent[2] - column.extent[0] == LEVELS_PX[1]
    assert column.boxes[4, 1] - column.boxes[3, 3] > column.boxes[3, 1] - column.boxes[2, 3]  # the space


def test_another_direction_is_named(hylian: Drawing) -> None:
    with pytest.raises(DataError, match=r"no such direction of writing: 'rlt'.*did you mean rtl"):
        lines(hylian, "rlt")
