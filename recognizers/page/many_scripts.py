"""Read pictures in whichever of several scripts: each line that is found is read by the reader of each, and goes to the
one that is likeliest right about it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from glyphgen.images import PictureLike, load_picture
from recognizers.acceptance import on_one_sign
from recognizers.bundle_file import BundleError
from recognizers.geometry import TextLine
from recognizers.page.finding import WritingFinder, as_any_writing
from recognizers.page.page import Page, PageLine
from recognizers.page.reader import Reader, load_reader, read_whole
from recognizers.page.segment import reads_whole_lines
from recognizers.released import offers
from recognizers.straightening import Straight

_ODDS = 0.01  # keeps log odds finite
_KNOWN, _BESIDE = 1.5, 0.6  # what it is worth that all words are known, and the mean of the lines beside, in log odds


class ManyScripts:
    """Reads whole pictures with several readers, each of another script. They share one finder."""

    def __init__(self, readers: Sequence[Reader]) -> None:
        self.readers = tuple(readers)
        finder = next((r.finder for r in self.readers if r.finder is not None), None)
        if finder is None:
            raise ValueError("none of the readers has anything that finds lines")
        self.finder = finder.finder if isinstance(finder, WritingFinder) else finder

    @property
    def scripts(self) -> list[str]:
        """The names of the scripts."""
        return [name for reader in self.readers for name in reader.scripts]

    def read_page(self, picture: PictureLike) -> Page:
        """Read every line of a picture. Raises PictureError, see load_picture."""
        return read_whole(
            load_picture(picture),
            self.finder,
            self._read_found,
            lambda rgb: _surest(reader.read_sheet(rgb) for reader in self.readers),
            lambda rgb: _surest(reader.read_alone(rgb) for reader in self.readers),
        )

    def _read_found(self, found: Sequence[TextLine], straights: Sequence[Straight]) -> list[tuple[PageLine, float]]:
        neutral = as_any_writing(found)
        choices = [
            reader.read_found(neutral if isinstance(reader.finder, WritingFinder) else found, straights)
            for reader in self.readers
        ]
        return likeliest_scripts(found, [list(choice) for choice in zip(*choices, strict=True)])


def _surest(choices: Iterable[tuple[PageLine, ...]]) -> tuple[PageLine, ...]:
    """Return, of what each reader says of a picture in which no line was found, what is read surest."""
    return max(choices, key=lambda lines: sum(line.reading.confidence for line in lines), default=())


def likeliest_scripts(
    found: Sequence[TextLine], choices: Sequence[Sequence[tuple[PageLine, float]]]
) -> list[tuple[PageLine, float]]:
    """Return for each line that was found the likeliest of its readings, one in each script: of those that count, or
    else of all. Scripts are alike, and three glyphs fit two of them: so known words speak for a reading, and so do the
    lines beside it, for a sign is written in one script.
    """
    evidence = np.array([[_evidence(one) for one in readings] for readings in choices])
    best = []
    for i, readings in enumerate(choices):
        beside = [j for j in range(len(found)) if j != i and on_one_sign(found[i], found[j])]
        row = evidence[i] + (_BESIDE * evidence[beside].mean(axis=0) if beside else 0.0)
        counts = np.array([bool(one.reading.is_script) for one, _ in readings])
        best.append(readings[int(np.argmax(np.where(counts, row, row - 1e6) if counts.any() else row))])
    return best


def _evidence(one: tuple[PageLine, float]) -> float:
    """Return the log odds that a line is one of the script that it was read in, more where its words are known."""
    line, chance = one
    odds = float(np.log((chance + _ODDS) / (1 - chance + _ODDS)))
    n = sum(len(word.text) for word in line.reading.words)
    known = sum(len(word.text) for word in line.reading.words if word.is_known)
    return odds + (_KNOWN * known / n if n else 0.0)


def load_many(scripts: Sequence[str | Path], words: Iterable[str] = (), with_language: bool = True) -> ManyScripts:
    """Load the readers of several scripts: released ones by the name of the script, and bundles by their file. Raises
    BundleError for one that reads no lines, or does not know which of the lines that are found are its own.
    """
    words = [words] if isinstance(words, str) else list(words)
    readers = []
    for script in scripts:
        offer = offers().get(str(script))
        reader = load_reader((offer and offer.line) or script, words=words, with_language=with_language)
        if reader.finder is None or not reads_whole_lines(reader.recognizer):
            raise BundleError(
                f"{script} cannot be told from other writing in whole pictures; give it alone, or calibrate it: "
                "python experiments/run.py 'stages=[calibrate]' weights=FILE"
            )
        readers.append(reader)
    return ManyScripts(readers)
