import numpy as np

from glyphgen.faces.face import LEVELS_PX
from glyphgen.faces.sources import DrawnSource
from glyphgen.render.layout import Spacing, lay_out
from glyphgen.shapes.pen import Drawing


def test_boxes_hold_each_glyph_and_stand_in_reading_order(hylian: Drawing) -> None:
    face = DrawnSource(hylian).faces(1, np.random.default_rng(0))[0]
    for level, cap in enumerate(LEVELS_PX):
        line = lay_out("LINK A", face, level, Spacing(), np.random.default_rng(0))
        assert line.boxes.shape == (5, 4)
        assert (np.diff(line.boxes[:, 0]) > 0).all()
        assert line.boxes[4, 0] - line.boxes[3, 2] > 0.3 * cap  # the space
        for x0, y0, x1, y1 in line.boxes.astype(int):
            assert line.coverage[y0:y1, x0:x1].max() == 255
        outside = line.coverage.copy()
        for x0, y0, x1, y1 in line.boxes.astype(int):
            outside[y0 - 1 : y1 + 1, x0 - 1 : x1 + 1] = 0
        assert outside.max() == 0


def test_neighbors_leave_ink_but_no_boxes(hylian: Drawing) -> None:
    face = DrawnSource(hylian).faces(1, np.random.default_rng(0))[0]
    alone = lay_out("LINK", face, 0, Spacing(), np.random.default_rng(0))
    crowd = lay_out(
        "LINK", face, 0, Spacing(), np.random.default_rng(0), above="AAAA", below="BB", before="C", after="D"
    )
    assert len(crowd.boxes) == 4
    assert crowd.coverage.sum() > 1.5 * alone.coverage.sum()
    places = [
        line.boxes - np.array([*line.extent[:2]] * 2) for line in (crowd, alone)
    ]  # the canvas of a crowd is larger
    assert np.array_equal(places[0], places[1])
