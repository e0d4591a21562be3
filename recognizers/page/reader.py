"""Read whole pictures: find the lines, straighten them, read their shapes, turn those into English.

`Reader` holds the three parts. `read_page` is for crops and screenshots with any number of lines, `read` for a picture
that is one line. Nothing here decides by script: another finder, recognizer and word list make another reader.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from glyphgen.images import PictureLike, load_picture
from glyphgen.script import Script
from recognizers.acceptance import LIKELIER, Acceptance
from recognizers.bundle_file import BundleError
from recognizers.certainty import Certainty
from recognizers.geometry import TextLine
from recognizers.language.language import Language, spells_english
from recognizers.line_reader import BundleReader, Finder, LineReader
from recognizers.opening import open_recognizer
from recognizers.page.ends import doubtful_ends_cut
from recognizers.page.finding import WritingFinder, finder_for
from recognizers.page.page import Page, PageLine
from recognizers.page.reread import MIN_SHARE, MIN_WRITING, ROWS_PX, Rereader
from recognizers.page.segment import SegmentingReader, reads_whole_lines
from recognizers.page.sheet import lines_on_sheet
from recognizers.page.whole import read_whole
from recognizers.reading import Reading
from recognizers.straightening import MARGIN, Straight, rectify

_MAX_PITCH = (
    3.0  # width of a line over its height and its number of glyphs and spaces: one glyph in a long box is no text
)
_EMPTY, _BESIDE = (
    1.2,
    0.3,
)  # heights: an end where nothing is read for longer is cut off; what stays beside the last glyph
# of known words that speak for a line: letters of a word, as short ones are everywhere; confidence of the line
_WORD, _LEAST_OF_WORDS = 4, 0.3
_MAY_BE = 0.02  # chance of a line that is worth a second look at its ends
_LONE = 0.9  # mean confidence of the glyphs from which a picture in which no line was found is read as one line
_LEAST_WITHOUT_FINDER = 0.5  # mean confidence of a line in a script that no finder was trained for
_LONE_SIDES = (0.8, 220)  # and then it is no taller than wide by this, nor taller than so many px

_Judged = tuple[TextLine, Straight, Reading, bool, float]  # read; whether it counts, and how likely it is one


class Reader:
    """A reader of lines, with a finder for pictures of several, and with a language for the letters; either may be
    None: then every picture is one line, or its text stays in shapes. Where there is nothing to find lines with, a
    picture counts as text from least_confidence on, the mean over its glyphs; None leaves that to the recognizer. With
    is_one_line, `read_page` too takes every picture for one line.
    """

    def __init__(
        self,
        recognizer: LineReader,
        finder: Finder | None = None,
        language: Language | None = None,
        least_confidence: float | None = None,
        is_one_line: bool = False,
    ) -> None:
        self.recognizer, self.finder, self.language = recognizer, finder, language
        self.least_confidence, self.is_one_line = least_confidence, is_one_line

    @property
    def _certainty(self) -> Certainty:
        return getattr(self.recognizer, "certainty", None) or Certainty()

    @property
    def scripts(self) -> list[str]:
        """The names of the scripts that it reads."""
        return [self.recognizer.script.name]

    def read(self, picture: PictureLike) -> Reading:
        """Read a picture of one line, a second time where the first is in doubt and there is a finder. Raises
        PictureError, see load_picture.
        """
        reading = self._read_line(picture)
        return self.spell(reading) if reading.is_script else reading

    def read_page(self, picture: PictureLike) -> Page:
        """Read every line of a picture. Raises PictureError, see load_picture."""
        rgb = load_picture(picture)
        if self.finder is None or self.is_one_line:
            return Page(rgb.shape[1], rgb.shape[0], self.read_alone(rgb, always=True))
        return read_whole(
            rgb, self.finder, self.read_found, lambda rgb, _: self.read_sheet(rgb), lambda rgb, _: self.read_alone(rgb)
        )

    def read_sheet(self, rgb: NDArray[np.uint8]) -> tuple[PageLine, ...]:
        """Read an empty sheet (h, w, 3) with a glyph or rows of them on it, see `lines_on_sheet`; nothing where it is
        none, or where it is read in doubt: then there is no row, or not one more than in doubt.
        """
        rows = lines_on_sheet(rgb)
        straights = [rectify(rgb, row, ROWS_PX) for row in rows]
        readings = self.recognizer.read_batch([one.image for one in straights]) if rows else []
        sure = [_mean_confidence(reading) for reading in readings]
        if not any(mean >= _LONE for mean in sure):
            return ()
        judged = zip(rows, straights, readings, sure, strict=True)
        return tuple(self._line(row, one, reading, mean >= _LONE, mean) for row, one, reading, mean in judged)

    def read_found(self, found: Sequence[TextLine], straights: Sequence[Straight]) -> list[tuple[PageLine, float]]:
        """Read lines that were found and straightened; return each with how likely it is one of the script. The reading
        says whether it counts as one.
        """
        readings: list[Reading] = []
        for start in range(0, len(straights), 16):  # a screenshot full of writing must not fill the memory
            readings += self.recognizer.read_batch([straight.image for straight in straights[start : start + 16]])
        counts, chances = self._judged(found, readings)
        first = list(zip(found, straights, readings, counts, chances, strict=True))
        again = self._cut_and_read(first)
        judged = [again.get(k, one) for k, one in enumerate(first)]
        return [
            (self._line(line, straight, reading, is_one or self._are_words(reading, chance), chance), chance)
            for line, straight, reading, is_one, chance in judged
        ]

    def _are_words(self, reading: Reading, chance: float) -> bool:
        """Whether a line that is likelier one of the script than not says nothing but known words, as it was read: of
        shapes that are none, or of another script, no words come.
        """
        if chance < LIKELIER or reading.confidence < _LEAST_OF_WORDS or self.language is None:
            return False
        spelled = self.spell(reading)
        n_letters = sum(len(word.text) for word in spelled.words if len(word.text) >= _WORD)
        return n_letters > _WORD and _is_plain(spelled, self.recognizer.script)

    def _cut_and_read(self, lines: Sequence[_Judged]) -> dict[int, _Judged]:
        """Read lines once more without the glyphs in doubt at their ends; return those that are surer so, by number.
        Where all words are known with those glyphs, and not plainly so without them, they stay.
        """
        cuts = {}
        for k, (line, straight, reading, _, chance) in enumerate(lines):
            cut = doubtful_ends_cut(line, straight, reading) if chance >= _MAY_BE else None
            if cut is not None:
                cuts[k] = cut
        if not cuts:
            return {}
        found = [line for line, _ in cuts.values()]
        readings = self.recognizer.read_batch([straight.image for _, straight in cuts.values()])
        counts, chances = self._judged(found, readings)
        again: dict[int, _Judged] = {}
        for (k, (line, straight)), reading, is_one, chance in zip(cuts.items(), readings, counts, chances, strict=True):
            _, _, before, was_one, _ = lines[k]
            is_surer = reading.confidence > before.confidence and is_one >= was_one
            was_known = was_one and self.spell(before).is_known
            if is_surer and not (was_known and not _is_plain(self.spell(reading), self.recognizer.script)):
                again[k] = line, straight, reading, is_one, chance
        return again

    def _read_line(self, picture: PictureLike) -> Reading:
        return (Rereader(self.recognizer, self.finder) if self.finder is not None else self.recognizer).read(picture)

    def spell(self, reading: Reading) -> Reading:
        """Turn shapes into letters and words, where there is a language."""
        return self.language.apply(reading) if self.language is not None else reading

    def _line(self, line: TextLine, straight: Straight, reading: Reading, is_script: bool, chance: float) -> PageLine:
        reading = replace(reading, is_script=is_script, confidence=reading.confidence * (1.0 if is_script else chance))
        if is_script:
            reading = self.spell(reading)
        quads = tuple(straight.quad_of(*glyph.span_px) for glyph in reading.glyphs)
        script = self.recognizer.script.name if is_script else ""
        quad = _written_part(line, straight, reading)
        likeliest = self.recognizer.script.name
        likely = self._certainty.probability(reading, chance, straight.is_at_border)
        return PageLine(
            quad,
            reading,
            quads,
            straight.image,
            script,
            likeliest_script=likeliest,
            chance=chance,
            probability=likely,
            is_at_border=straight.is_at_border,
        )

    def _judged(self, lines: Sequence[TextLine], readings: Sequence[Reading]) -> tuple[list[bool], list[float]]:
        """Return which of the lines that were found and read count as lines of the script, and how
        likely each is one.
        """
        if reads_whole_lines(self.recognizer):  # the rules know the confidences of those
            own: Acceptance | None = getattr(self.recognizer, "acceptance", None)
            acceptance = (self.finder and self.finder.acceptance) or own
            if acceptance is not None:
                return acceptance.accepted(lines, readings)
        counts = []
        for line, reading in zip(lines, readings, strict=True):
            pitch = line.length_px / max(line.height_px * len(reading.text), 1e-6)
            sure = line.confidence >= MIN_WRITING and line.script_share >= MIN_SHARE
            counts.append(reading.is_script and sure and pitch <= _MAX_PITCH)
        return counts, [line.script_share for line in lines]

    def read_alone(self, rgb: NDArray[np.uint8], always: bool = False) -> tuple[PageLine, ...]:
        """Read a picture (h, w, 3) in which no line was found as one line: a crop too tight to find anything in. Unless
        that is to be done always, a picture that hardly is one, or is read in doubt, gives nothing.
        """
        height, width = rgb.shape[:2]
        if not always and (width < _LONE_SIDES[0] * height or height > _LONE_SIDES[1]):
            return ()
        reading = self._read_line(rgb) if always else self.recognizer.read(rgb)
        mean = _mean_confidence(reading)
        if self.least_confidence is not None:
            reading = replace(reading, is_script=mean >= self.least_confidence)
        if not always and (mean < _LONE or not reading.is_script):
            return ()
        quad = np.array([[0, 0], [width, 0], [width, height], [0, height]], float)
        quads = tuple(
            np.array([[a, 0], [b, 0], [b, height], [a, height]], float) for a, b in (g.span_px for g in reading.glyphs)
        )
        script = self.recognizer.script.name if reading.is_script else ""
        spelled = self.spell(reading) if reading.is_script else reading
        likeliest = self.recognizer.script.name
        likely = self._certainty.probability(spelled, mean)
        return (
            PageLine(quad, spelled, quads, rgb, script, likeliest_script=likeliest, chance=mean, probability=likely),
        )


def _mean_confidence(reading: Reading) -> float:
    """Return the mean over the glyphs, 0 without any."""
    return float(np.mean([glyph.confidence for glyph in reading.glyphs])) if reading.glyphs else 0.0


def _as_read(reading: Reading, script: Script) -> bool:
    """Whether language took every glyph for a letter of the shape that it was read as, and left none out."""
    return all(
        bool(glyph.letter.strip()) and script.canonical(glyph.letter) == glyph.char
        for glyph in reading.glyphs
        if glyph.char != " "
    )


def _is_plain(reading: Reading, script: Script) -> bool:
    """Whether it says nothing but known words, and every glyph stands for what it was read as."""
    return reading.is_known and _as_read(reading, script)


def _written_part(line: TextLine, straight: Straight, reading: Reading) -> NDArray[np.float64]:
    """Return the quad of a line, cut off where nothing was read for more than a height at an end: a finder takes walls
    for more of it.
    """
    if not reading.glyphs:
        return straight.quad_of_line(line)
    high, width = straight.image.shape[0] / (1 + 2 * MARGIN), straight.image.shape[1]
    spans = [glyph.span_px for glyph in reading.glyphs]
    first, last = min(x0 for x0, _ in spans), max(x1 for _, x1 in spans)
    ends = MARGIN * high, width - MARGIN * high  # of the line in its straight picture
    cuts = first - ends[0] > _EMPTY * high, ends[1] - last > _EMPTY * high
    if not any(cuts):
        return straight.quad_of_line(line)
    return straight.quad_of(
        first - _BESIDE * high if cuts[0] else ends[0], last + _BESIDE * high if cuts[1] else ends[1]
    )


def load_reader(
    weights: str | Path | BundleReader = "crnn_hylian",
    lines: str | Path | None = None,
    words: Iterable[str] = (),
    with_language: bool = True,
    is_one_glyph: bool = False,
) -> Reader:
    """Load a reader: the recognizer `weights`, opened or to be, the finder `lines` (see `finder_for`) and
    the language of its script with the user's words. A recognizer of glyphs reads lines, cut into glyphs, unless every
    picture is_one_glyph. Raises BundleError.
    """
    network = open_recognizer(weights) if isinstance(weights, str | Path) else weights
    if is_one_glyph and network.unit != "glyph":
        raise BundleError(
            f"{weights} reads lines; for pictures of one glyph give weights of a recognizer of glyphs, such as "
            "cnn_mnist"
        )
    recognizer: LineReader = SegmentingReader(network) if network.unit == "glyph" and not is_one_glyph else network
    finder = finder_for(recognizer, lines) if not is_one_glyph else None
    words = [words] if isinstance(words, str) else words
    is_english = with_language and spells_english(network.script)
    # nobody has said what else a picture may show, so a doubtful line is better than none
    has_own = finder is not None and not isinstance(finder, WritingFinder)
    least = None if has_own or is_one_glyph else _LEAST_WITHOUT_FINDER
    return Reader(recognizer, finder, Language(network.script, words) if is_english else None, least)
