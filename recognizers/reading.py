"""What a recognizer says about a picture: `Reading`, with one `GlyphReading` per character."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class GlyphReading:
    """One character: its canonical letter; confidence 0 to 1; span_px (x0, x1) in the picture that was given; and
    candidates, (letter, probability) pairs, best first, blank left out.
    """

    char: str
    confidence: float
    span_px: tuple[float, float]
    candidates: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Reading:
    """A text with its evidence. `str(reading)` is the text.

    confidence is the product of the glyphs' confidences, so that one bad letter shows; 0 for an empty reading.
    alternatives are whole texts with probabilities, best first, when a beam search made them.
    """

    text: str
    confidence: float
    glyphs: tuple[GlyphReading, ...] = ()
    alternatives: tuple[tuple[str, float], ...] = ()

    def __str__(self) -> str:
        return self.text

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return {
            "text": self.text,
            "confidence": round(self.confidence, 4),
            "glyphs": [
                {
                    "char": glyph.char,
                    "confidence": round(glyph.confidence, 4),
                    "span_px": [round(v, 1) for v in glyph.span_px],
                    "candidates": [[char, round(p, 4)] for char, p in glyph.candidates],
                }
                for glyph in self.glyphs
            ],
            "alternatives": [[text, round(p, 4)] for text, p in self.alternatives],
        }
