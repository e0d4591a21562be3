"""What was read in a whole picture, as one line."""

from __future__ import annotations

from dataclasses import replace

import pytest

from experiments.measure.as_line import AsLine, as_line
from glyphgen.script import Grapheme, Script
from recognizers.page.page import Page
from tests.recognizers.page.test_whole import PICTURE, line


def test_a_page_as_one_line() -> None:
    page = Page(300, 48, (line("LINK", 0.9), line("INN", 0.8), line("XX", 0.5, script="")))
    reading = as_line(page)
    assert ("".join(glyph.char for glyph in reading.glyphs), reading.is_script) == (reading.text, True)
    assert reading.text == "LINK INN"
    assert reading.confidence == pytest.approx(0.72)
    put_in = replace(page.lines[1], reading=replace(page.lines[1].reading, letters="INNS", added=(3,)))
    assert as_line(Page(300, 48, (page.lines[0], put_in))).added == (8,), "of LINK INNS"
    assert not as_line(Page(300, 48, ())).is_script

    class Always:
        def read_page(self, picture: object) -> Page:
            return page

    script = Script("mine", tuple(map(Grapheme, "LINK ")))
    assert [one.text for one in AsLine(Always(), script).read_batch([PICTURE, PICTURE])] == ["LINK INN"] * 2
