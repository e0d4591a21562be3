from dataclasses import replace
from pathlib import Path

import matplotlib
import numpy as np
import pytest

from recognizers.page.annotate import annotate
from recognizers.page.page import Page, PageLine
from recognizers.reading import GlyphReading, Reading


def line(text: str, is_script: bool) -> PageLine:
    quad = np.array([[20.0, 30], [100, 30], [100, 50], [20, 50]])
    glyphs = tuple(GlyphReading(c, 0.9, (0, 1), ((c, 0.9),), letter=c) for c in text)
    return PageLine(
        quad,
        Reading(text, 0.9, glyphs, letters=text, is_script=is_script),
        (quad,) * len(text),
        np.zeros((48, 192, 3), np.uint8),
    )


def test_boxes_and_letters_are_drawn_and_the_picture_keeps_its_size() -> None:
    picture = np.full((80, 140, 3), 90, np.uint8)
    read, other = (np.asarray(annotate(picture, Page(140, 80, (line("AB", kind),)))) for kind in (True, False))
    assert read.shape == picture.shape
    assert tuple(read[50, 60]) != (90, 90, 90)  # the box
    above = (read[5:28] != 90).any(axis=2).sum()
    assert above > 50  # the letters over the line
    assert (other[5:28] == 90).all()
    assert (np.asarray(annotate(picture, Page(140, 80, ()))) == picture).all()


def test_a_line_at_the_edge_is_drawn_inside() -> None:
    picture = np.full((24, 60, 3), 90, np.uint8)
    quad = np.array([[0.0, 0], [60, 0], [60, 24], [0, 24]])
    edge = PageLine(quad, Reading("A", 0.9, (GlyphReading("A", 0.9, (0, 1), (("A", 0.9),)),)), (quad,), picture)
    assert np.asarray(annotate(picture, Page(60, 24, (edge,)))).shape == (24, 60, 3)


def test_letters_that_no_font_draws_are_named() -> None:
    picture = np.full((80, 140, 3), 90, np.uint8)

    def drawn(text: str, *fonts: object) -> np.ndarray:
        return np.asarray(annotate(picture, Page(140, 80, (line(text, True),)), *fonts))

    assert not np.array_equal(drawn("一"), drawn("二")), "boxes would be alike"
    file = Path(matplotlib.get_data_path()) / "fonts/ttf/DejaVuSans.ttf"
    assert not np.array_equal(drawn("一", lambda text: ("Ω", file)), drawn("一"))
    assert np.array_equal(drawn("A", lambda text: ("Ω", file)), drawn("A")), "Pillow's own font has it"


def test_how_sure_a_line_is_is_its_probability(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr("recognizers.page.annotate._label", lambda draw, at, text, *rest: said.append(text))
    picture = np.full((80, 140, 3), 90, np.uint8)
    for sure in (0.999, 0.64):
        annotate(picture, Page(140, 80, (replace(line("AB", True), probability=sure),)))
    assert said[0] == "> 99 %"
    assert "64 %" in said


def test_what_words_decided_is_drawn_in_another_color() -> None:
    picture, plain = np.full((80, 140, 3), 90, np.uint8), line("AB", True)

    def has_orange(reading: Reading) -> bool:
        page = Page(140, 80, (replace(plain, reading=reading, glyph_quads=(plain.quad,) * len(reading.glyphs)),))
        drawn = np.asarray(annotate(picture, page)).astype(int)
        return bool((drawn[..., 0] > drawn[..., 1] + 30).any())  # the boxes and other letters are green

    first, second = (replace(glyph, letters=((glyph.char, 1.0),)) for glyph in plain.reading.glyphs)
    seen = replace(plain.reading, glyphs=(first, second))
    assert not has_orange(seen)
    changed = replace(second, letter="T", letters=(("T", 0.8), ("J", 0.2)))
    assert has_orange(replace(seen, glyphs=(first, changed), letters="AT"))
    assert has_orange(replace(seen, glyphs=(first, replace(second, letter="")), letters="A"))
    assert has_orange(replace(seen, letters="ABS", added=(2,)))
