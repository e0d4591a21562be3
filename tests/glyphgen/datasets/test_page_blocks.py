"""How the lines of a board are set: in columns, aligned, in one script of several."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import cv2
import numpy as np
import pytest

from glyphgen.datasets.page_blocks import BlockSetter, OtherWriting, OwnWriting
from glyphgen.faces.face import LEVELS_PX
from glyphgen.faces.sources import DrawnSource
from glyphgen.render.augmentation import PRESETS
from glyphgen.render.placement import Block
from glyphgen.shapes.pen import Drawing, load_drawing
from glyphgen.texts.english import Corpus
from glyphgen.texts.own import OwnTexts

PLAIN = replace(PRESETS["screenshot"].page, script_share=1.0, oversized_share=0.0)
SIZE, CAPS = (640, 480), (10.0, 30.0)


def setter(drawings: Sequence[Drawing], **changed: float) -> BlockSetter:
    own = []
    for drawing in drawings:
        faces = DrawnSource(drawing).faces(2, np.random.default_rng(0))[1:]
        own.append(OwnWriting(drawing.script, faces, Corpus(drawing.script, 24)))
    return BlockSetter(own, OtherWriting([], {}, frozenset()), replace(PLAIN, **changed))


def blocks(made: BlockSetter, n: int = 60) -> list[Block]:
    return [made.block(SIZE, CAPS, np.random.default_rng(k)) for k in range(n)]


def boxes(block: Block) -> np.ndarray:
    """The boxes (n, 4) of the lines' capitals in the block."""
    found = []
    for line, own, _, _ in block.lines:
        x0, x1 = line.boxes[:, 0].min(), line.boxes[:, 2].max()
        found.append([*(own @ [x0, line.extent[1], 1])[:2], *(own @ [x1, line.extent[3], 1])[:2]])
    return np.array(found)


def test_columns_do_not_overlap_and_their_lines_begin_on_the_same_rows(hylian: Drawing) -> None:
    counts = set()
    for block in blocks(setter([hylian], column_share=1.0)):
        found = boxes(block)
        n_rows = len(np.unique(np.round(found[:, 1], 3)))
        assert len(found) % n_rows == 0
        n_columns = len(found) // n_rows
        counts.add(n_columns)
        columns = found.reshape(n_columns, n_rows, 4)
        assert np.allclose(columns[:, :, 1], columns[0, :, 1]), "the lines of a row are side by side"
        for left, right in pairwise(columns):
            assert left[:, 2].max() + 0.5 * block.cap_px < right[:, 0].min()
        assert (columns[:, :-1, 3] <= columns[:, 1:, 1]).all(), "one below the other"
        assert found[:, 2].max() <= block.width + 0.2 * block.cap_px
    assert counts == {2, 3}


def test_lines_are_aligned_at_the_right_where_that_is_asked_for(hylian: Drawing) -> None:
    def spread(side: int, **changed: float) -> float:
        many = [found for found in map(boxes, blocks(setter([hylian], **changed))) if len(found) > 1]
        return float(np.mean([np.ptp(found[:, side]) for found in many]))

    assert spread(2, right_share=1.0) < 0.1 * spread(0, right_share=1.0)
    assert spread(2) > 0.4 * spread(0)


def test_justified_lines_are_of_one_length_but_for_the_last(hylian: Drawing) -> None:
    ends, last, whole = [], [], 0
    for block in blocks(setter([hylian], justified_share=1.0)):
        found = boxes(block)
        if len(found) < 3:
            continue
        wide = found[:, 2] - found[:, 0]
        ends += list(np.abs(found[:-1, 2] - found[:, 2].max()) / block.cap_px < 0.35)
        last.append(wide[-1] / wide.max())
        whole += 1
        assert np.ptp(found[:, 0]) < 0.5 * block.cap_px, "they begin below one another"
    assert whole > 10
    assert np.mean(ends) > 0.6, "some have too little text to be stretched"
    assert np.mean(last) < 0.95


def test_stretching_changes_gaps_and_no_glyph(hylian: Drawing) -> None:
    narrow = blocks(setter([hylian], justified_share=1.0), 30)
    for block in narrow:
        for line, _, text, _ in block.lines:
            visible = text.replace(" ", "")
            assert len(line.boxes) == len(visible)
            assert (line.boxes[1:, 0] > line.boxes[:-1, 0]).all()


def test_a_justified_line_of_the_users_own_texts_is_one_of_them(hylian: Drawing, tmp_path) -> None:
    path = tmp_path / "texts.txt"
    path.write_text("\n".join(f"{a}{b}" for a in "ABCDEFGH" for b in "KLMNPQ"), encoding="utf-8")
    texts = OwnTexts(path, hylian.script, 24)
    faces = DrawnSource(hylian).faces(2, np.random.default_rng(0))[1:]
    style = replace(PLAIN, justified_share=1.0)
    made = BlockSetter([OwnWriting(hylian.script, faces, texts)], OtherWriting([], {}, frozenset()), style)
    allowed = {text for text, _ in texts.texts}
    assert {text for block in blocks(made) for _, _, text, _ in block.lines} <= allowed


def test_each_board_takes_a_script_names_it_and_is_written_in_its_glyphs(hylian: Drawing) -> None:
    drawings = {drawing.script.name: drawing for drawing in (hylian, load_drawing("gerudo"), load_drawing("sheikah"))}
    made = setter(list(drawings.values()))
    faces = {own.script.name: own.faces for own in made.own}
    seen = set()
    for block in blocks(made):
        seen.add(block.script)
        for line, _, text, _ in block.lines:
            assert drawings[block.script].script.can_write(text)
            first, (x0, y0, x1, y1) = text[0], np.round(line.boxes[0]).astype(int)
            drawn = line.coverage[max(y0 - 2, 0) : y1 + 2, x0 - 2 : x1 + 2]
            level = LEVELS_PX.index(line.cap_px)
            fits = {}
            for name, own in faces.items():
                cuts = [cut.coverage for face in own for cut in face.cuts[level].get(first, [])]
                fits[name] = max((likeness(drawn, cut) for cut in cuts), default=0.0)
            assert fits[block.script] > 0.9, (block.script, fits)
            assert max(fits, key=lambda name: fits[name]) == block.script
    assert seen == set(drawings)
    assert {block.script for block in blocks(setter([hylian]), 5)} == {""}, "one script alone is not named"


def likeness(drawn: np.ndarray, cut: np.ndarray) -> float:
    """Correlation of what is drawn with a cut, where they are most alike; 0 where the cut is larger or much smaller."""
    rows, columns = np.flatnonzero(cut.any(axis=1)), np.flatnonzero(cut.any(axis=0))
    tight = cut[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    room = np.array(drawn.shape) - tight.shape
    return (
        float(cv2.matchTemplate(drawn, tight, cv2.TM_CCOEFF_NORMED).max()) if 0 <= room.min() <= room.max() < 8 else 0.0
    )


@pytest.mark.parametrize("name", ["column_share", "right_share", "justified_share"])
def test_without_its_share_nothing_is_drawn_from_the_generator(hylian: Drawing, name: str) -> None:
    plain, other = (blocks(setter([hylian], **changed), 12) for changed in ({}, {name: 1.0}))
    again = blocks(setter([hylian], **{name: 0.0}), 12)
    for a, b in zip(plain, again, strict=True):
        assert [text for _, _, text, _ in a.lines] == [text for _, _, text, _ in b.lines]
        assert all((p[1] == q[1]).all() for p, q in zip(a.lines, b.lines, strict=True))
    assert any(len(a.lines) != len(b.lines) or a.width != b.width for a, b in zip(plain, other, strict=True))
