"""What the page shows of a line whose letters were decided by words."""

from __future__ import annotations

import re

import numpy as np
from PIL import Image

from app.answers import PageAnswer
from app.demo.card import reading_card
from app.translations import texts
from recognizers.page.page import Page, PageLine
from recognizers.reading import GlyphReading, Reading, Word


def card(reading: Reading) -> str:
    quad, picture = np.array([[0.0, 0], [60, 0], [60, 20], [0, 20]]), np.zeros((20, 60, 3), np.uint8)
    page = Page(60, 20, (PageLine(quad, reading, (quad,) * len(reading.glyphs), picture, "hylian", probability=0.8),))
    return reading_card(PageAnswer(picture, page, Image.fromarray(picture), (), "hylian"), "hylian", texts("en"))


def glyph(char: str, letter: str, *letters: str) -> GlyphReading:
    share = 1 / max(len(letters), 1)
    return GlyphReading(char, 0.9, (0, 1), ((char, 0.9),), letter, tuple((one, share) for one in letters))


def shown(html: str) -> str:
    return re.sub(r"<[^>]+>", "", re.search(r'<div class="line">(.*?)</div>', html)[1])


def test_letters_by_words_are_marked_and_keep_their_places() -> None:
    glyphs = (glyph("L", "L", "L"), glyph("I", "", "I"), glyph("N", "A", "A"), glyph("T", "T", "T", "J"))
    html = card(Reading("LINT", 0.8, glyphs, letters="LAKT", words=(Word("LAKT", False, (0, 1)),), added=(2,)))
    assert shown(html) == "L·AKT"
    assert re.search(r'class="letter changed"[^>]*aria-label="A: seen was N', html)
    assert re.search(r'class="letter added"[^>]*aria-label="K: not seen', html)
    assert re.search(r'class="letter left-out"[^>]*aria-label="left out: what was seen is most like I', html)
    assert re.search(r'aria-label="T: T 50 %, J 50 %"', html), "its own glyph, though letters were put in and left out"
    assert 'class="by-words"' in html


def test_a_plain_line_has_no_such_marks() -> None:
    glyphs = (glyph("L", "L", "L"), glyph(" ", ""), glyph("A", "A", "A"))
    html = card(Reading("L A", 0.99, glyphs, letters="L A", words=(Word("L", False, (0, 1)), Word("A", True, (2, 3)))))
    assert shown(html) == "L A"
    assert "by-words" not in html
