"""A whole picture as one line: what was read in it, line after line, as one reading. To score what reads whole pictures
on pictures of which only the text is known.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Protocol

from glyphgen.images import PictureLike
from glyphgen.script import Script
from recognizers.page.page import Page
from recognizers.reading import GlyphReading, Reading


class ReadsPages(Protocol):
    """What reads whole pictures: `Reader`, `ManyScripts`."""

    def read_page(self, picture: PictureLike) -> Page: ...


class AsLine:
    """Reads pictures with a reader of whole ones, each as one line of the script."""

    def __init__(self, reader: ReadsPages, script: Script) -> None:
        self.reader, self.script = reader, script

    def read(self, picture: PictureLike) -> Reading:
        """Read one picture. Raises PictureError, see load_picture."""
        return as_line(self.reader.read_page(picture))

    def read_batch(self, pictures: Sequence[PictureLike]) -> list[Reading]:
        """Read pictures one after the other. Raises PictureError for one that cannot be read."""
        return [self.read(picture) for picture in pictures]


def as_line(page: Page) -> Reading:
    """Return the trusted lines of a page as one reading, a space between any two; its confidence is the chance that all
    of them are right.
    """
    lines = page.script_lines
    readings = [line.reading for line in lines]
    sure = letters_sure = 1.0
    for reading in readings:
        sure, letters_sure = sure * reading.confidence, letters_sure * reading.letters_confidence
    glyphs: list[GlyphReading] = []
    added: list[int] = []
    n_before = 0  # characters of the lines before
    for reading in readings:
        added += [n_before + place for place in reading.added]
        n_before += len(str(reading)) + 1
        glyphs += ([GlyphReading(" ", 1.0, (0.0, 0.0), ((" ", 1.0),))] if glyphs else []) + list(reading.glyphs)
    return Reading(
        " ".join(reading.text for reading in readings),
        sure if readings else 0.0,
        tuple(glyphs),
        letters=" ".join(str(reading) for reading in readings) if any(r.letters for r in readings) else "",
        letters_confidence=letters_sure if any(r.letters for r in readings) else 0.0,
        added=tuple(added),
        words=tuple(chain.from_iterable(reading.words for reading in readings)),
        is_script=bool(readings),
    )
