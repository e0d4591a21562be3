"""What reads pictures, whatever runs its network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from glyphgen.images import PictureLike
from glyphgen.script import Script
from recognizers.acceptance import Acceptance
from recognizers.calibration import Calibration
from recognizers.geometry import TextLine
from recognizers.image.preprocess import Preprocess
from recognizers.reading import Reading


class LineReader(Protocol):
    """What reads pictures of one line: a line recognizer, `segment.SegmentingReader` or `Rereader`."""

    @property
    def script(self) -> Script: ...

    def read(self, picture: PictureLike) -> Reading:
        """Read one picture: a path, PIL image or array of any size, depth, alpha or polarity. Raises PictureError."""
        ...

    def read_batch(self, pictures: Sequence[PictureLike]) -> list[Reading]:
        """Read pictures together; the same as reading each alone. Raises PictureError for one that cannot be read."""
        ...


class Finder(Protocol):
    """Finds lines; acceptance: which of them count as the script's, None where the reader must know."""

    @property
    def acceptance(self) -> Acceptance | None: ...

    def find(self, picture: PictureLike, is_coarse: bool = False) -> list[TextLine]:
        """Return the lines of a picture in reading order, in its px; a coarse look costs less, and misses small ones.
        Raises PictureError.
        """
        ...


class BundleFinder(Finder, Protocol):
    """A finder of lines, as its bundle describes it."""

    @property
    def unit(self) -> str: ...

    @property
    def script(self) -> Script: ...

    @property
    def provenance(self) -> dict[str, Any]: ...


class BundleReader(LineReader, Protocol):
    """A recognizer of lines or of glyphs, as its bundle describes it: a `Recognizer`, or the same in ONNX Runtime."""

    @property
    def unit(self) -> str:
        """What a picture shows: a glyph or a line."""
        ...

    @property
    def architecture(self) -> str: ...

    @property
    def preprocess(self) -> Preprocess: ...

    @property
    def calibration(self) -> Calibration: ...

    @property
    def acceptance(self) -> Acceptance | None: ...

    @property
    def provenance(self) -> dict[str, Any]: ...

    def check_label(self, text: str, width_px: int, origin: str) -> None:
        """Raise LabelError when the network cannot write `text` for a tensor of this width."""
        ...
