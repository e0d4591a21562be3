"""Each line of a picture goes to the script that it is in."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from glyphgen.shapes.pen import load_drawing
from recognizers import bundle
from recognizers.acceptance import FEATURES, Acceptance
from recognizers.bundle_file import BundleError
from recognizers.geometry import TextLine
from recognizers.networks.line import LineRecognizer
from recognizers.page.finding import WritingFinder, as_any_writing, finder_for
from recognizers.page.many_scripts import ManyScripts, likeliest_scripts, load_many
from recognizers.page.page import Page, PageLine
from recognizers.page.reader import Reader
from recognizers.reading import GlyphReading, Reading, Word
from recognizers.released import offers, scripts_of_pages
from tests.conftest import clean_picture
from tests.recognizers.page.test_reader import Found


def line_at(y: float, script_share: float = 1.0) -> TextLine:
    top = np.array([[10.0, y], [90.0, y]])
    return TextLine(top, top + np.array([0, 20.0]), 0.95, script_share)


class Upright(Found):
    """Finds its lines in the picture as it is, and nothing in turned ones."""

    is_new = True

    def find(self, picture: object, is_coarse: bool = False) -> list[TextLine]:
        lines, self.is_new = self.lines if self.is_new else [], False
        return lines


class Saying(Reader):
    """Reads the k-th line as one of its script with the k-th chance, where that is above a half."""

    def __init__(self, name: str, chances: list[float], finder: Found | WritingFinder) -> None:
        self.name, self.chances, self.finder = name, chances, finder
        self.seen: list[TextLine] = []

    @property
    def scripts(self) -> list[str]:
        return [self.name]

    def read_sheet(self, rgb):
        return ()

    def read_alone(self, rgb, always=False):
        return ()

    def read_found(self, found, straights):
        self.seen = list(found)
        made = []
        for line, chance in zip(found, self.chances, strict=True):
            glyph = GlyphReading("A", chance, (0.0, 9.0), (("A", chance),))
            reading = Reading("A", chance, (glyph,), is_script=chance > 0.5)
            made.append(
                (
                    PageLine(line.quad, reading, (line.quad,), straights[0].image, self.name if chance > 0.5 else ""),
                    chance,
                )
            )
        return made


def test_a_line_goes_to_the_script_that_is_likeliest_and_to_none_where_none_is_likely() -> None:
    finder = Upright([line_at(10), line_at(200), line_at(400)])
    many = ManyScripts([Saying("one", [0.9, 0.6, 0.2], finder), Saying("two", [0.1, 0.95, 0.4], finder)])
    page = many.read_page(np.full((120, 100, 3), 255, np.uint8))
    assert [line.script for line in page.lines] == ["one", "two", ""]
    assert [line["script"] for line in page.to_dict()["lines"]] == ["one", "two", None]
    assert page.text == "A\nA"
    assert many.scripts == ["one", "two"]


def said(script: str, chance: float, words: tuple[Word, ...] = ()) -> tuple[PageLine, float]:
    glyph = GlyphReading("A", chance, (0.0, 9.0), (("A", chance),))
    reading = Reading("A", chance, (glyph,), words=words, is_script=chance > 0.5)
    return PageLine(np.zeros((4, 2)), reading, (np.zeros((4, 2)),), np.zeros((9, 9, 3), np.uint8), script), chance


def test_known_words_and_the_lines_of_the_same_sign_speak_for_a_script() -> None:
    known, unknown = (Word("FOREIGN", True, (0, 9)),), (Word("MOITXVN", False, (0, 9)),)
    (one,) = likeliest_scripts([line_at(10)], [[said("a", 0.95, unknown), said("b", 0.92, known)]])
    assert one[0].script == "b"
    sign = [line_at(10), line_at(35), line_at(60)]
    choices = [[said("a", 0.6), said("b", 0.99)], [said("a", 0.9), said("b", 0.8)], [said("a", 0.6), said("b", 0.99)]]
    assert [line.script for line, _ in likeliest_scripts(sign, choices)] == ["b", "b", "b"]
    apart = [line_at(10), line_at(400), line_at(800)]
    assert [line.script for line, _ in likeliest_scripts(apart, choices)] == ["b", "a", "b"]
    sure = [[said("a", 0.6), said("b", 0.99)], [said("a", 0.99), said("b", 0.1)], [said("a", 0.6), said("b", 0.99)]]
    assert likeliest_scripts(sign, sure)[1][0].script == "a", "a line that is sure of itself stays what it is"


def test_what_is_in_doubt_stays_in_the_answer_and_says_why() -> None:
    line = replace(said("one", 0.9)[0], chance=0.9)
    assert (line.is_trusted, line.reason, line.to_dict()["is_trusted"]) == (True, "", True)
    doubt = replace(line, script="", chance=0.7, reading=replace(line.reading, is_script=False))
    other, empty = replace(doubt, chance=0.1), replace(doubt, reading=Reading("", 0.0, is_script=False), glyph_quads=())
    assert [one.reason for one in (doubt, other, empty)] == ["doubt", "other", "empty"]
    page = Page(9, 9, (line, doubt, other, empty))
    assert page.doubtful_lines == (doubt,)
    assert [one["reason"] for one in page.to_dict()["lines"]] == [None, "doubt", "other", "empty"]
    assert page.to_dict()["lines"][1]["text"] == "A", "the best guess is told"
    assert page.text == "A"


def test_only_the_reader_that_the_finder_was_trained_for_is_told_whose_the_finder_thinks_a_line_is() -> None:
    finder = Upright([line_at(10, 0.1)])
    own, other = Saying("own", [0.1], finder), Saying("other", [0.9], WritingFinder(finder))
    ManyScripts([own, other]).read_page(np.full((60, 100, 3), 255, np.uint8))
    assert (own.seen[0].script_share, other.seen[0].script_share) == (0.1, 1.0)
    assert [line.script_share for line in as_any_writing(finder.lines)] == [1.0]


def test_a_picture_in_which_nothing_is_found_is_looked_through_from_each_side_once_and_read_as_one_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calls = []
    finder = Found([])
    monkeypatch.setattr(finder, "find", lambda picture, is_coarse=False: calls.append(picture) or [])
    readers = [Saying("one", [], finder), Saying("two", [], finder), Saying("none", [], finder)]
    for reader, sure in zip(readers, (0.92, 0.97, None), strict=True):
        line = sure and PageLine(np.zeros((4, 2)), Reading("A", sure), (), np.zeros((9, 9, 3), np.uint8), reader.name)
        monkeypatch.setattr(reader, "read_sheet", lambda rgb: ())
        monkeypatch.setattr(reader, "read_alone", lambda rgb, line=line: (line,) if line else ())
    many = ManyScripts(readers)
    assert [line.script for line in many.read_page(np.full((40, 90, 3), 255, np.uint8)).lines] == ["two"]
    assert len(calls) == 4
    assert ManyScripts(readers[2:]).read_page(np.full((40, 90, 3), 255, np.uint8)).lines == ()


def test_a_reader_that_knows_which_lines_are_its_own_gets_a_finder_of_any_writing(tmp_path: Path) -> None:
    reader = bundle.load("crnn_mnist_lines")
    assert isinstance(reader, LineRecognizer)
    assert finder_for(reader) is None
    reader.acceptance = Acceptance(dict.fromkeys(FEATURES, 0.5), 0.7)
    bundle.save(reader, tmp_path / "own.safetensors", {})
    kept = bundle.load(tmp_path / "own.safetensors")
    assert kept.acceptance == reader.acceptance
    finder = finder_for(kept)
    assert isinstance(finder, WritingFinder)
    assert isinstance(finder_for(kept, "lines_hylian"), WritingFinder)
    assert kept.with_script(kept.script).acceptance is None, "what was fitted is of the weights that it was fitted for"


def test_what_cannot_be_told_apart_is_refused() -> None:
    with pytest.raises(BundleError, match="crnn_mnist_lines cannot be told"):
        load_many(["hylian", "crnn_mnist_lines"])
    with pytest.raises(BundleError, match="nothing"):
        load_many(["nothing"])


def test_each_released_script_is_read_as_itself_among_all() -> None:
    """Clean lines of every script, upright and black on white."""
    many = load_many(scripts_of_pages())
    assert set(many.scripts) >= {"hylian", "sheikah", "gerudo", "hylian_ss", "hylian_tp"}
    for script in many.scripts:
        page = many.read_page(clean_picture(load_drawing(script), ["BRIDGE CLOSED", "FOREST"]))
        assert [line.script for line in page.lines] == [script, script], script
        shapes = load_drawing(script).script
        assert page.graphemes.splitlines() == [shapes.canonical("BRIDGE CLOSED"), shapes.canonical("FOREST")]
        assert offers()[script].line is not None


def test_the_others_are_opened_only_where_the_first_is_in_doubt() -> None:
    opened: list[str] = []

    def certain(name: str, chances: list[float], finder: Found) -> Saying:
        reader = Saying(name, chances, finder)
        read_found = reader.read_found

        def with_words(found, straights):
            words = (Word("ENTRANCE", True, (0, 9)),)
            made = read_found(found, straights)
            return [(replace(line, reading=replace(line.reading, words=words)), chance) for line, chance in made]

        reader.read_found = with_words  # type: ignore[method-assign]
        return reader

    def rest() -> list[Reader]:
        opened.append("two")
        return [Saying("two", [0.9], finder)]

    finder = Upright([line_at(10)])
    many = ManyScripts([certain("one", [0.99], finder)], rest, ["two"])
    assert many.scripts == ["one", "two"]
    (line,) = many.read_page(np.full((60, 100, 3), 255, np.uint8)).script_lines
    assert (line.script, opened) == ("one", [])
    finder = Upright([line_at(10), line_at(200)])
    many = ManyScripts([certain("one", [0.99, 0.3], finder)], rest, ["two"])
    page = many.read_page(np.full((260, 100, 3), 255, np.uint8))
    assert [line.script for line in page.script_lines] == ["one", "two"], "only what is in doubt is read by the others"
    assert opened == ["two"]
    assert [reader.scripts for reader in many.readers] == [["one"], ["two"]]
    assert opened == ["two"], "each once"


@pytest.mark.parametrize(("word", "scripts"), [("ENTRANCE", ["one"]), ("OX", [])])
def test_among_several_scripts_a_line_in_doubt_needs_known_words(word: str, scripts: list[str]) -> None:
    reader = Saying("one", [0.7], Upright([line_at(10)]))
    read_found = reader.read_found
    reader.read_found = lambda *found: [  # type: ignore[method-assign]
        (replace(line, reading=replace(line.reading, words=(Word(word, True, (0, 9)),))), chance)
        for line, chance in read_found(*found)
    ]
    page = ManyScripts([reader]).read_page(np.full((60, 100, 3), 255, np.uint8))
    assert [line.script for line in page.script_lines] == scripts
    assert len(page.lines) == 1, "it stays in the answer"
