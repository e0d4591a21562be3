import numpy as np
import pytest

from glyphgen.contact_sheet import contact_sheet
from glyphgen.sample import Sample


def test_captions_of_any_script_leave_ink_and_differ() -> None:
    paper = np.full((40, 60, 3), 255, np.uint8)
    sheets = [contact_sheet([Sample(paper, text)], width_px=200) for text in ("AB", "ÄΩ", "ΩÄ")]
    assert all((sheet[56:] > 180).sum() > 30 for sheet in sheets)
    assert not np.array_equal(sheets[1], sheets[2])


@pytest.mark.usefixtures("no_fonts")
def test_captions_that_no_font_draws_are_named() -> None:
    paper = np.full((40, 60, 3), 255, np.uint8)
    sheets = [contact_sheet([Sample(paper, text)], width_px=200) for text in ("一", "二")]
    assert not np.array_equal(*sheets), "boxes would be alike"
