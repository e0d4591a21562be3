"""What becomes of a painted page and its lines."""

from dataclasses import replace

import numpy as np
import pytest

from glyphgen.datasets.page_changes import blotted, turned_page, with_legibility
from glyphgen.datasets.scenes import PageSynth
from glyphgen.faces.distractors import drawn_faces, turned
from glyphgen.faces.face import LEVELS_PX
from glyphgen.faces.sources import DrawnSource
from glyphgen.render.augmentation import find_augmentation
from glyphgen.sample import Image, LabelledLine
from glyphgen.script import ScriptError
from glyphgen.shapes.pen import Drawing
from glyphgen.texts.english import Corpus

STYLE = find_augmentation("screenshot").page


def page_with_bar(x0: int, y0: int, x1: int, y1: int) -> tuple[Image, LabelledLine]:
    image = np.zeros((60, 100, 3), np.uint8)
    image[y0:y1, x0:x1] = 200
    top = np.array([[x0, y0], [x1, y0]], float)
    return image, LabelledLine("LINK", top, top + np.array([0, y1 - y0]))


def bar_in(image: Image) -> list[int]:
    y, x = np.nonzero(image[..., 0])
    return [int(v) for v in (x.min(), y.min(), x.max() + 1, y.max() + 1)]


def test_a_clear_line_can_be_read_unless_it_was_marked_before() -> None:
    image, line = page_with_bar(10, 5, 70, 15)
    line = replace(line, top=line.top - (4, 0) + [[0, 0], [8, 0]], bottom=line.bottom - (4, 0) + [[0, 0], [8, 0]])
    coverage = image[..., 0].copy()
    assert with_legibility(line, image, coverage, 0.3).is_legible
    assert not with_legibility(replace(line, is_legible=False), image, coverage, 0.3).is_legible


def test_upside_down_lines_are_other_writing_where_it_is_seen() -> None:
    image, line = page_with_bar(10, 5, 70, 15)
    style = replace(STYLE, upside_down_share=1.0)
    turned_image, (seen,) = turned_page(image, [line], style, np.random.default_rng(0))
    assert not seen.is_script
    assert seen.text == ""
    x0, y0, x1, y1 = bar_in(turned_image)
    assert seen.top.tolist() == [[x0, y0], [x1, y0]]
    assert seen.bottom.tolist() == [[x0, y1], [x1, y1]]


@pytest.mark.parametrize("seed", range(6))
def test_sideways_there_is_no_line_but_what_is_as_short_as_high_may_be_one(seed: int) -> None:
    style = replace(STYLE, sideways_share=1.0)
    image, long = page_with_bar(10, 5, 70, 15)
    turned_image, lines = turned_page(image, [long], style, np.random.default_rng(seed))
    assert turned_image.shape == (100, 60, 3)
    assert lines == []
    image, short = page_with_bar(10, 5, 22, 15)
    turned_image, (seen,) = turned_page(image, [short], style, np.random.default_rng(seed))
    assert not seen.is_legible, "it is not learned from"
    x0, y0, x1, y1 = bar_in(turned_image)
    assert seen.top.tolist() == [[x0, y0], [x1, y0]]
    assert seen.bottom.tolist() == [[x0, y1], [x1, y1]]


def test_pages_with_other_scripts_hold_their_lines_as_other_writing(hylian: Drawing) -> None:
    style = replace(STYLE, script_share=0.0, plain_share=0.0, display_share=0.0)
    augmentation = replace(find_augmentation("screenshot"), page=style)
    source = DrawnSource(hylian)
    pages = PageSynth(source, Corpus(source.script, 24), augmentation, 0, "val", 40, 8, other_scripts=["sheikah"])
    names = [script.name for script, _ in pages.others]
    assert names.count("sheikah") == 4
    assert names.count("hylian") == 1, "columns of its own"
    lines = [line for i in range(20) for line in pages[i].lines]
    assert lines
    assert not any(line.is_script for line in lines)


def test_a_turned_face_shows_each_glyph_from_the_side_and_fills_the_line(hylian: Drawing) -> None:
    face = DrawnSource(hylian, 0).faces(1, np.random.default_rng(0))[0]
    aside = turned(face)
    for level, cap in enumerate(LEVELS_PX):
        heights = [cut.coverage.shape[0] for cuts in aside.cuts[level].values() for cut in cuts]
        assert np.percentile(heights, 80) == pytest.approx(cap, abs=1.5)
        for char, cuts in face.cuts[level].items():
            upright, side = cuts[0].coverage, aside.cuts[level][char][0]
            assert side.coverage.shape[1] / side.coverage.shape[0] == pytest.approx(
                upright.shape[0] / upright.shape[1], rel=0.12
            )
            assert side.top + side.coverage.shape[0] / 2 == pytest.approx(-cap / 2, abs=1), "centered on the line"


def test_drawn_faces_come_in_turn_and_unknown_scripts_are_named() -> None:
    made = drawn_faces(["sheikah", "gerudo"], 4, np.random.default_rng(0))
    assert [script.name for script, _ in made] == ["sheikah", "gerudo", "sheikah", "gerudo"]
    with pytest.raises(ScriptError, match="nothing"):
        drawn_faces(["nothing"], 1, np.random.default_rng(0))


def test_a_blot_covers_a_part_of_one_line_in_the_color_around_it() -> None:
    image, line = page_with_bar(10, 20, 90, 32)
    for seed in range(8):
        changed = blotted(image, [line], np.random.default_rng(seed))
        assert changed.shape == image.shape
        assert changed.dtype == np.uint8
        differs = (changed != image).any(axis=2)
        assert 4 < differs.sum() < 0.2 * (90 - 10) * 12, "a part of a glyph, not the line"
        assert not differs[:, :4].any()
    outside = replace(line, top=line.top + 500, bottom=line.bottom + 500)
    assert np.array_equal(blotted(image, [outside], np.random.default_rng(0)), image)


def test_pages_know_the_letters_of_words_and_of_nothing_else(hylian: Drawing) -> None:
    script = hylian.script
    pages = PageSynth(DrawnSource(hylian), Corpus(script, 24), "screenshot", 3, "val", 40, 4, (640, 384))
    lines = [line for i in range(40) for line in pages[i].lines]
    known = [line for line in lines if line.letters]
    assert 10 < len(known) < len(lines), "random letters and other writing have none"
    for line in known:
        assert line.is_script
        assert script.canonical(line.letters) == line.text.replace(" ", "")
