"""Read the lines that were found, and judge which of them count: each is read as it was found, and once more where its
ends are in doubt or may be lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from glyphgen.script import Script
from recognizers.acceptance import MAY_BE, Acceptance
from recognizers.geometry import TextLine, overlap
from recognizers.language.language import Language
from recognizers.line_reader import Finder, LineReader
from recognizers.page.ends import doubtful_ends_cut, reaching_beyond, with_lost_ends
from recognizers.page.reread import MIN_SHARE, MIN_WRITING
from recognizers.page.segment import reads_whole_lines
from recognizers.reading import Reading
from recognizers.straightening import Straight

_BATCH = 16  # lines that are read together: a screenshot full of writing must not fill the memory
_MAX_PITCH = 3.0  # width over height and number of glyphs and spaces, at most: one glyph in a long box is no text
_TAKEN = 0.1  # share of a line that lies in another one
_WORD = 4  # letters of a word that is not short, and different ones of what speaks for a line
_CLEARLY = 1.0  # log odds by which a line with more glyphs must say more


@dataclass(frozen=True)
class JudgedLine:
    """A line that was found, its straight picture and what was read there; whether it counts as one of the script, and
    how likely it is one.
    """

    line: TextLine
    straight: Straight
    reading: Reading
    counts: bool
    chance: float


class LineJudge:
    """Reads and judges lines with a recognizer, what knows of their finder, and what its language says, if any."""

    def __init__(self, recognizer: LineReader, finder: Finder | None, language: Language | None) -> None:
        self._recognizer, self._language = recognizer, language
        own: Acceptance | None = getattr(recognizer, "acceptance", None)
        # the rules know the confidences of readers of whole lines
        self._acceptance = ((finder and finder.acceptance) or own) if reads_whole_lines(recognizer) else None

    def read(self, lines: Sequence[TextLine], straights: Sequence[Straight]) -> list[JudgedLine]:
        """Read and judge lines of one picture: they speak for each other."""
        readings = self._read_all(straights)
        judged = zip(lines, straights, readings, *self._judge(lines, readings), strict=True)
        return [JudgedLine(*one) for one in judged]

    def with_right_ends(self, lines: Sequence[JudgedLine]) -> list[JudgedLine]:
        """Return lines without the glyphs in doubt at their ends, and with those that were lost there, where they are
        surer so.
        """
        return self._with_lost_ends(self._without_doubtful_ends(lines))

    def _judge(self, lines: Sequence[TextLine], readings: Sequence[Reading]) -> tuple[list[bool], list[float]]:
        """Return which of the lines that were found and read count as lines of the script, and how likely each is
        one.
        """
        if self._acceptance is not None:
            return self._acceptance.accepted(lines, readings, self._words_odds if self._language else None)
        counts = []
        for line, reading in zip(lines, readings, strict=True):
            pitch = line.length_px / max(line.height_px * len(reading.text), 1e-6)
            sure = line.confidence >= MIN_WRITING and line.script_share >= MIN_SHARE
            counts.append(reading.is_script and sure and pitch <= _MAX_PITCH)
        return counts, [line.script_share for line in lines]

    def _spell(self, reading: Reading) -> Reading:
        return self._language.apply(reading) if self._language is not None else reading

    def _words_odds(self, reading: Reading) -> float:
        """Return the log odds that a reading is words rather than any letters; 0 where no more than short words are
        known, or such of a letter or three, which come out of scenery too.
        """
        spelled = self._spell(reading)
        known = "".join(word.text for word in spelled.words if word.is_known and len(word.text) >= _WORD)
        return spelled.words_odds if len(known) > _WORD and len(set(known)) >= _WORD else 0.0

    def _says(self, line: TextLine, reading: Reading) -> float:
        """Return the log odds that a line is one of the script, the words that it says among them."""
        if self._acceptance is None:
            return 0.0
        return self._acceptance.log_odds(line, reading, self._words_odds(reading))

    def _without_doubtful_ends(self, lines: Sequence[JudgedLine]) -> list[JudgedLine]:
        """Return the lines, those without the glyphs in doubt at their ends that are surer so. Where all words are
        known with those glyphs, and not plainly so without them, they stay.
        """
        cuts = {}
        for k, one in enumerate(lines):
            cut = doubtful_ends_cut(one.line, one.straight, one.reading) if one.chance >= MAY_BE else None
            if cut is not None:
                cuts[k] = cut
        if not cuts:
            return list(lines)
        best = list(lines)
        again = self.read([line for line, _ in cuts.values()], [straight for _, straight in cuts.values()])
        for k, one in zip(cuts, again, strict=True):
            before = lines[k]
            is_surer = one.reading.confidence > before.reading.confidence and one.counts >= before.counts
            was_known = before.counts and self._spell(before.reading).is_known
            if is_surer and not (was_known and not _is_plain(self._spell(one.reading), self._recognizer.script)):
                best[k] = one
        return best

    def _with_lost_ends(self, lines: Sequence[JudgedLine]) -> list[JudgedLine]:
        """Return the lines, those with more glyphs whose ends were lost, and that clearly say more so."""
        if self._acceptance is None:  # nothing says then whether more glyphs say more
            return list(lines)
        found = [one.line for one in lines]
        beyond = {
            k: reached
            for k, one in enumerate(lines)
            if one.chance >= MAY_BE and (reached := reaching_beyond(one.line, one.straight, one.reading, found))
        }
        wide = self._read_all([straight for _, straight in beyond.values()])
        parts = [
            (k, *part)
            for (k, (reached, straight)), reading in zip(beyond.items(), wide, strict=True)
            for part in with_lost_ends(lines[k].line, reached, straight, reading)
        ]
        best, says = list(lines), {k: self._says(lines[k].line, lines[k].reading) + _CLEARLY for k, *_ in parts}
        readings = self._read_all([straight for *_, straight in parts])
        for (k, line, straight), reading in zip(parts, readings, strict=True):
            more = self._says(line, reading)
            has_more = _n_visible(reading) > _n_visible(lines[k].reading)
            if has_more and more >= says[k] and not _meets(line, k, best):
                best[k], says[k] = JudgedLine(line, straight, reading, False, 0.0), more
        if all(now is before for now, before in zip(best, lines, strict=True)):
            return best
        # the parts of one line must not speak for each other, but the lines of the picture do, as they are now
        judged = self._judge([one.line for one in best], [one.reading for one in best])
        again = [replace(one, counts=c, chance=p) for one, c, p in zip(best, *judged, strict=True)]
        return [new if new.counts >= old.counts else old for old, new in zip(lines, again, strict=True)]

    def _read_all(self, straights: Sequence[Straight]) -> list[Reading]:
        readings: list[Reading] = []
        for start in range(0, len(straights), _BATCH):
            readings += self._recognizer.read_batch([one.image for one in straights[start : start + _BATCH]])
        return readings


def _n_visible(reading: Reading) -> int:
    return sum(glyph.char != " " for glyph in reading.glyphs)


def _meets(line: TextLine, k: int, lines: Sequence[JudgedLine]) -> bool:
    """Whether a line that is to stand in the place of line k would lie in another one, which may be longer by now."""
    quads = [one.line.quad for j, one in enumerate(lines) if j != k]
    return any(overlap(line.quad, quad)[1] > _TAKEN for quad in quads)


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
