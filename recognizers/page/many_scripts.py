"""Read pictures in whichever of several scripts: each line that is found is read by the reader of each, and goes to the
one that is likeliest right about it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from glyphgen.images import PictureLike, load_picture
from recognizers.bundle import BundleError
from recognizers.networks.line import LineRecognizer
from recognizers.page.finding import WritingFinder, as_any_writing
from recognizers.page.reader import Page, PageLine, Reader, in_order, load_reader
from recognizers.page.reread import ROWS_PX
from recognizers.released import offers
from recognizers.straightening import rectify


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
        rgb = load_picture(picture)
        height, width = rgb.shape[:2]
        found = self.finder.find(rgb)
        straights = [rectify(rgb, line, ROWS_PX) for line in found]
        neutral = as_any_writing(found)
        choices = [
            reader.read_found(neutral if isinstance(reader.finder, WritingFinder) else found, straights)
            for reader in self.readers
        ]
        lines = in_order(found, [_likeliest(choice) for choice in zip(*choices, strict=True)])
        return Page(width, height, lines or self._alone(rgb))

    def _alone(self, rgb: NDArray[np.uint8]) -> tuple[PageLine, ...]:
        """Read a picture in which no line was found as one line, in the script whose reading is surest."""
        read = [lines for reader in self.readers if (lines := reader.read_alone(rgb))]
        return max(read, key=lambda lines: lines[0].reading.confidence, default=())


def _likeliest(choices: Iterable[tuple[PageLine, float]]) -> PageLine:
    """Return of the readings of one line the likeliest of those that count, or else the likeliest."""
    return max(choices, key=lambda choice: (choice[0].reading.is_script, choice[1]))[0]


def load_many(scripts: Sequence[str | Path], words: Iterable[str] = (), with_language: bool = True) -> ManyScripts:
    """Load the readers of several scripts: released ones by the name of the script, and bundles by their file. Raises
    BundleError for one that reads no lines, or does not know which of the lines that are found are its own.
    """
    words = [words] if isinstance(words, str) else list(words)
    readers = []
    for script in scripts:
        offer = offers().get(str(script))
        reader = load_reader((offer and offer.line) or script, words=words, with_language=with_language)
        if reader.finder is None or not isinstance(reader.recognizer, LineRecognizer):
            raise BundleError(
                f"{script} cannot be told from other writing in whole pictures; give it alone, or calibrate it: "
                "python experiments/run.py 'stages=[calibrate]' weights=FILE"
            )
        readers.append(reader)
    return ManyScripts(readers)
