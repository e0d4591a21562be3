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
from recognizers.bundle_file import BundleError
from recognizers.certainty import Certainty
from recognizers.geometry import TextLine
from recognizers.language.language import Language, spells_english
from recognizers.line_reader import BundleReader, Finder, LineReader
from recognizers.opening import open_recognizer
from recognizers.page.finding import WritingFinder, finder_for
from recognizers.page.judging import JudgedLine, LineJudge
from recognizers.page.page import Page, PageLine
from recognizers.page.reread import ROWS_PX, Rereader
from recognizers.page.segment import SegmentingReader
from recognizers.page.sheet import lines_on_sheet
from recognizers.page.whole import read_whole
from recognizers.reading import Reading
from recognizers.straightening import MARGIN, Straight, rectify

_EMPTY, _BESIDE = 0.6, 0.3  # heights: an end where nothing is read for longer is cut off; what stays beside the glyphs
_LONE = 0.9  # mean confidence of the glyphs from which a picture in which no line was found is read as one line
_LEAST_WITHOUT_FINDER = 0.5  # mean confidence of a line in a script that no finder was trained for
_LONE_SIDES = (0.8, 220)  # and then it is no taller than wide by this, nor taller than so many px


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
        judged = zip(rows, straights, readings, [mean >= _LONE for mean in sure], sure, strict=True)
        return tuple(self._line(JudgedLine(*one)) for one in judged)

    def read_found(self, found: Sequence[TextLine], straights: Sequence[Straight]) -> list[tuple[PageLine, float]]:
        """Read lines that were found and straightened; return each with how likely it is one of the script. The reading
        says whether it counts as one.
        """
        judge = LineJudge(self.recognizer, self.finder, self.language)
        return [(self._line(one), one.chance) for one in judge.with_right_ends(judge.read(found, straights))]

    def _read_line(self, picture: PictureLike) -> Reading:
        return (Rereader(self.recognizer, self.finder) if self.finder is not None else self.recognizer).read(picture)

    def spell(self, reading: Reading) -> Reading:
        """Turn shapes into letters and words, where there is a language."""
        return self.language.apply(reading) if self.language is not None else reading

    def _line(self, judged: JudgedLine) -> PageLine:
        line, straight, chance = judged.line, judged.straight, judged.chance
        worth = 1.0 if judged.counts else chance
        reading = replace(judged.reading, is_script=judged.counts, confidence=judged.reading.confidence * worth)
        if judged.counts:
            reading = self.spell(reading)
        quads = tuple(straight.quad_of(*glyph.span_px) for glyph in reading.glyphs)
        script = self.recognizer.script.name if judged.counts else ""
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


def _written_part(line: TextLine, straight: Straight, reading: Reading) -> NDArray[np.float64]:
    """Return the quad of a line, cut off where nothing is read at an end for more than _EMPTY: a finder takes walls for
    more of it.
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
