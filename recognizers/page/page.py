"""What is said of a whole picture: `Page`, with a `PageLine` for each line that was found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recognizers.acceptance import LIKELIER
from recognizers.reading import SCHEMA, Reading


@dataclass(frozen=True, eq=False)
class PageLine:
    """A line: its quad (4, 2) px, top left first, clockwise; its reading, whose spans are along the straightened line;
    and a quad for each glyph; the straightened line (h, w, 3), as the recognizer was given it; the name of the script
    that it is in, "" where it is in none that was asked for; by how many degrees its glyphs are turned, clockwise: 0,
    90, 180 or 270; and whether they stand one below the other, as upright as that (is_column; the quad then begins at
    the top left of the column). likeliest_script is the script that it was read in, in doubt too, and chance how likely
    it is a line of that; probability is how likely every letter is right (every shape, where it has no letters), see
    `certainty`. is_at_border: it reaches the picture's border, and may be cut there. A line that is not trusted still
    says what was read, for what it is worth.
    """

    quad: NDArray[np.float64]
    reading: Reading
    glyph_quads: tuple[NDArray[np.float64], ...]
    picture: NDArray[np.uint8]
    script: str = ""
    turn_deg: int = 0
    is_column: bool = False
    likeliest_script: str = ""
    chance: float = 1.0
    probability: float = 0.0
    is_at_border: bool = False

    @property
    def is_trusted(self) -> bool:
        """Whether it counts as read."""
        return self.reading.is_read

    @property
    def reason(self) -> str:
        """Why it is not trusted: "empty", no glyph was read; "other", more likely other writing or none at all;
        "doubt", likely one of the script, but not likely enough. "" where it is trusted.
        """
        if self.is_trusted:
            return ""
        if not self.reading.text:
            return "empty"
        return "doubt" if self.chance >= LIKELIER else "other"

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        data = self.reading.to_dict()
        data["quad"] = self.quad.round(1).tolist()
        data["script"] = self.script or None
        data["is_trusted"] = self.is_trusted
        data["reason"] = self.reason or None
        data["likeliest_script"] = self.likeliest_script or None
        data["script_chance"] = round(self.chance, 4)
        data["probability"] = round(self.probability, 4)
        data["is_at_border"] = self.is_at_border
        data["turn_deg"] = self.turn_deg
        data["is_column"] = self.is_column
        for glyph, quad in zip(data["glyphs"], self.glyph_quads, strict=True):
            glyph["quad"] = quad.round(1).tolist()
        return data


@dataclass(frozen=True, eq=False)
class Page:
    """A picture that was read: its size; its lines in reading order, and after them those in other writing; and by how
    many degrees, clockwise, it is turned: 0, 90, 180 or 270.
    """

    width_px: int
    height_px: int
    lines: tuple[PageLine, ...]
    turn_deg: int = 0

    @property
    def script_lines(self) -> tuple[PageLine, ...]:
        """The lines that are trusted: in the script, and with text, with a confidence above 0."""
        return tuple(line for line in self.lines if line.is_trusted)

    @property
    def doubtful_lines(self) -> tuple[PageLine, ...]:
        """The lines that are writing, and likelier of the script than not, but not sure enough to count."""
        return tuple(line for line in self.lines if line.reason == "doubt")

    @property
    def text(self) -> str:
        """The English (or the shapes, without language), line by line; empty when nothing was read."""
        return "\n".join(str(line.reading) for line in self.script_lines)

    @property
    def graphemes(self) -> str:
        """The shapes as seen, line by line."""
        return "\n".join(line.reading.text for line in self.script_lines)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON; `schema` names its version."""
        return {
            "schema": SCHEMA,
            "width_px": self.width_px,
            "height_px": self.height_px,
            "turn_deg": self.turn_deg,
            "text": self.text,
            "graphemes": self.graphemes,
            "lines": [line.to_dict() for line in self.lines],
        }
