"""What finds the lines of a picture: a finder trained for the script, or, for any other script, one that tells writing
from what is none; whose writing it is, reading decides then.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from glyphgen.images import PictureLike
from recognizers.acceptance import Acceptance
from recognizers.geometry import TextLine
from recognizers.line_reader import Finder, LineReader
from recognizers.opening import finder_of, open_finder
from recognizers.page.segment import reads_whole_lines
from recognizers.released import any_finder_name


class WritingFinder:
    """A finder of lines in whichever script: it takes no side for the one that its network was trained for."""

    acceptance: Acceptance | None = None

    def __init__(self, finder: Finder) -> None:
        self.finder = finder

    def find(self, picture: PictureLike, is_coarse: bool = False) -> list[TextLine]:
        """Return the lines of a picture in reading order, in its px, all with a script_share of 1. Raises
        PictureError.
        """
        return as_any_writing(self.finder.find(picture, is_coarse))


def as_any_writing(lines: Iterable[TextLine]) -> list[TextLine]:
    """Return lines without what their finder thinks of whose they are: with a script_share of 1."""
    return [replace(line, script_share=1.0) for line in lines]


def finder_for(reader: LineReader, name_or_path: str | Path | None = None) -> Finder | None:
    """Return what finds lines for a reader: the finder of its script, or that which is named; for a reader that knows
    which lines count (`stages=[calibrate]`) one of writing as such, else None. Raises BundleError.
    """
    knows = reads_whole_lines(reader) and getattr(reader, "acceptance", None) is not None
    own = finder_of(reader.script, None if knows and name_or_path is not None else name_or_path)
    if not knows or (own is not None and name_or_path is None):
        return own
    name = name_or_path or any_finder_name()
    finder = open_finder(name) if name is not None else None
    if finder is None or finder.script.alphabet == reader.script.alphabet:
        return finder
    return WritingFinder(finder)
