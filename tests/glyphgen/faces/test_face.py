import numpy as np
import pytest

from glyphgen.faces.face import HEAVIER_EM, restyled, style_matrix
from glyphgen.shapes.outline import Outline
from glyphgen.shapes.pen import Style

BOX = Outline((np.array([[0.0, 0.0], [0.5, 0.0], [0.5, 1.0], [0.0, 1.0]]),), 0.6)


def test_the_plain_style_changes_nothing() -> None:
    assert np.allclose(restyled(BOX, Style()).contours[0], BOX.contours[0])
    assert restyled(BOX, Style()).advance_em == pytest.approx(BOX.advance_em)


def test_width_slant_and_weight_do_what_they_say() -> None:
    wide = restyled(BOX, Style(width=1.2))
    assert wide.bounds == pytest.approx((0.0, 0.0, 0.6, 1.0))
    assert wide.advance_em == pytest.approx(0.72)
    slanted = restyled(BOX, Style(slant_deg=45.0))
    assert slanted.bounds == pytest.approx((0.0, 0.0, 1.5, 1.0))
    assert np.allclose(style_matrix(Style(slant_deg=45.0)), [[1, 1, 0], [0, 1, 0]])
    x0, y0, x1, y1 = restyled(BOX, Style(weight=1.5)).bounds
    assert (x1 - x0, y1 - y0) == pytest.approx((0.5 + HEAVIER_EM, 1.0 + HEAVIER_EM))
    assert restyled(BOX, Style(weight=1.5), 0.2).area > restyled(BOX, Style(weight=1.5)).area > BOX.area
