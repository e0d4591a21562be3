"""Read pictures in whichever of several scripts: each line that is found is read by the reader of each, and goes to the
one that is likeliest right about it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from threading import Lock

import numpy as np

from glyphgen.images import PictureLike, load_picture
from recognizers.acceptance import on_one_sign
from recognizers.bundle_file import BundleError
from recognizers.geometry import TextLine
from recognizers.page.finding import WritingFinder, as_any_writing
from recognizers.page.page import Page, PageLine
from recognizers.page.reader import Reader, load_reader
from recognizers.page.segment import reads_whole_lines
from recognizers.page.whole import read_whole
from recognizers.reading import Reading
from recognizers.released import offers
from recognizers.straightening import Straight

_ODDS = 0.01  # keeps log odds finite
_CERTAIN = 0.95, 0.9  # chance and confidence of a line of known words that no other script need explain
# chance from which a line without known words counts where several scripts are tried: each has its own chance to err
_AMONG_MANY = 0.9
_LETTERS = 5  # of known words, which are more than chance
_KNOWN, _BESIDE = 1.5, 0.6  # what it is worth that all words are known, and the mean of the lines beside, in log odds


class ManyScripts:
    """Reads whole pictures with several readers, each of another script. They share one finder. `rest` opens more of
    them, of the scripts `rest_names`: when the first of them leave in doubt what a line is.
    """

    def __init__(
        self,
        readers: Sequence[Reader],
        rest: Callable[[], Sequence[Reader]] = tuple,
        rest_names: Sequence[str] = (),
    ) -> None:
        self._first, self._rest, self._rest_names = tuple(readers), rest, tuple(rest_names)
        self._opened: tuple[Reader, ...] | None = None
        self._lock = Lock()
        finder = next((r.finder for r in self._first if r.finder is not None), None)
        if finder is None:
            raise ValueError("none of the readers has anything that finds lines")
        self.finder = finder.finder if isinstance(finder, WritingFinder) else finder

    @property
    def readers(self) -> tuple[Reader, ...]:
        """All readers, opened."""
        return self._first + self._more()

    @property
    def scripts(self) -> list[str]:
        """The names of the scripts."""
        return [*(name for reader in self._first for name in reader.scripts), *self._rest_names]

    def read_page(self, picture: PictureLike) -> Page:
        """Read every line of a picture. Raises PictureError, see load_picture."""
        return read_whole(
            load_picture(picture),
            self.finder,
            self._read_found,
            lambda rgb, scripts: _surest(reader.read_sheet(rgb) for reader in self._of(scripts)),
            lambda rgb, scripts: _surest(reader.read_alone(rgb) for reader in self._of(scripts)),
        )

    def _of(self, scripts: frozenset[str]) -> tuple[Reader, ...]:
        """Return the readers of scripts that lines were read in, which are open by then; all where there are none."""
        opened = self._first + (self._opened or ())
        return tuple(r for r in opened if scripts.intersection(r.scripts)) if scripts else self.readers

    def _more(self) -> tuple[Reader, ...]:
        with self._lock:  # two threads must not open the same
            if self._opened is None:
                self._opened = tuple(self._rest())
            return self._opened

    def _read_found(self, found: Sequence[TextLine], straights: Sequence[Straight]) -> list[tuple[PageLine, float]]:
        choices = [list(one) for one in zip(*(_read(r, found, straights) for r in self._first), strict=True)]
        doubtful = [k for k, readings in enumerate(choices) if not any(_is_certain(*one) for one in readings)]
        if not doubtful or not (self._rest_names or self._opened):
            return likeliest_scripts(found, choices)
        some = [found[k] for k in doubtful], [straights[k] for k in doubtful]
        for reader in self._more():
            read = dict(zip(doubtful, _read(reader, *some), strict=True))
            for k, readings in enumerate(choices):
                readings.append(read.get(k) or _no_reading(*readings[0]))
        return likeliest_scripts(found, choices)


def _read(reader: Reader, found: Sequence[TextLine], straights: Sequence[Straight]) -> list[tuple[PageLine, float]]:
    read = reader.read_found(as_any_writing(found) if isinstance(reader.finder, WritingFinder) else found, straights)
    return [(line if chance >= _AMONG_MANY or _is_known(line) else _in_doubt(line), chance) for line, chance in read]


def _is_known(line: PageLine) -> bool:
    """Whether it says nothing but known words, with enough letters to be more than chance."""
    return line.reading.is_known and sum(len(word.text) for word in line.reading.words) >= _LETTERS


def _in_doubt(line: PageLine) -> PageLine:
    return replace(line, script="", reading=replace(line.reading, is_script=False))


def _is_certain(line: PageLine, chance: float) -> bool:
    """Whether a line is so surely one of the script that it was read in that no other need be tried."""
    likely, sure = _CERTAIN
    return bool(line.script) and chance >= likely and line.reading.confidence >= sure and _is_known(line)


def _no_reading(line: PageLine, chance: float) -> tuple[PageLine, float]:
    """Return what a reader says of a line that it was not asked for: that it is none of its script."""
    return replace(line, script="", reading=Reading("", 0.0, is_script=False), glyph_quads=()), 0.0


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
    return odds + _KNOWN * line.reading.known_share


def load_many(scripts: Sequence[str | Path], words: Iterable[str] = (), with_language: bool = True) -> ManyScripts:
    """Load the readers of several scripts: released ones by the name of the script, and bundles by their file. The
    first, and bundles, are opened at once. Raises BundleError for one that reads no lines, or does not know which of
    the lines that are found are its own.
    """
    words = [words] if isinstance(words, str) else list(words)
    at_once = [k for k, script in enumerate(scripts) if k == 0 or str(script) not in offers()]
    later = [str(script) for k, script in enumerate(scripts) if k not in at_once]

    def opened(script: str | Path) -> Reader:
        return _open(script, words, with_language)

    return ManyScripts([opened(scripts[k]) for k in at_once], lambda: [opened(name) for name in later], later)


def _open(script: str | Path, words: Sequence[str], with_language: bool) -> Reader:
    offer = offers().get(str(script))
    reader = load_reader((offer and offer.line) or script, words=words, with_language=with_language)
    if reader.finder is None or not reads_whole_lines(reader.recognizer):
        raise BundleError(
            f"{script} cannot be told from other writing in whole pictures; give it alone, or calibrate it: "
            "python experiments/run.py 'stages=[calibrate]' weights=FILE"
        )
    return reader
