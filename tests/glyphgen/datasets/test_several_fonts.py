"""Fonts that lack letters: no label has what its font does not draw, and no text loses what another font has."""

from pathlib import Path

import pytest
from fontTools import subset
from fontTools.ttLib import TTFont

from glyphgen.datasets.scenes import PageSynth
from glyphgen.datasets.synthetic import GlyphSynth, LineSynth
from glyphgen.faces.font_collection import FontCollectionSource
from glyphgen.shapes.font_file import build_font
from glyphgen.shapes.pen import Drawing
from glyphgen.texts.english import Corpus


@pytest.fixture
def source(tmp_path: Path, hylian: Drawing) -> FontCollectionSource:
    """A font with every letter, and two with some of them."""
    build_font(hylian, tmp_path / "all.ttf", "All")
    visible = hylian.script.visible
    for name, own in (("first", visible[:13]), ("last", visible[8:])):
        font = TTFont(tmp_path / "all.ttf")
        part = subset.Subsetter()
        part.populate(text="".join(own) + " ")
        part.subset(font)
        font["name"].setName(name, 4, 3, 1, 0x409)  # by its full name a font is known
        font.save(tmp_path / f"{name}.ttf")
    return FontCollectionSource([tmp_path / f"{name}.ttf" for name in ("first", "last", "all")], hylian.script, 0.4)


def test_some_faces_lack_letters(source: FontCollectionSource) -> None:
    glyphs = GlyphSynth(source, "none", 1, "train", 4, n_faces=6)
    assert not all(face.can_write("".join(source.script.visible)) for face in glyphs.faces)


def test_glyphs_come_in_turn_from_faces_that_have_them(source: FontCollectionSource) -> None:
    visible = source.script.visible
    for i, sample in enumerate(GlyphSynth(source, "none", 1, "train", 3 * len(visible), n_faces=6)):
        assert sample.text == visible[i % len(visible)]
        assert (sample.image != sample.image[0, 0]).any()


def test_no_word_loses_a_letter(source: FontCollectionSource) -> None:
    corpus = Corpus(source.script, 12)
    known = {word for text, _ in (*corpus.words, *corpus.names) for word in text.split(" ")}
    lines = LineSynth(source, corpus, "none", 1, "train", 120, n_faces=6)
    said = [word for line in lines if line.letters for word in line.text.split(" ")]
    assert len(said) > 40
    assert sum(word in known for word in said) > 0.8 * len(said)  # the others are words run together
    pages = PageSynth(source, corpus, "none", 1, "train", 40, 6, size_px=(480, 320))
    shown = [word for page in pages for line in page.lines if line.letters for word in line.text.split(" ")[:1]]
    assert len(shown) > 20
    assert sum(word in known for word in shown) > 0.8 * len(shown)
