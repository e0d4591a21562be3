"""What a recognizer says about a picture: `Reading`, with one `GlyphReading` per character, and the
`Evidence` for it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

SCHEMA = "glyph-reading/1"
_MOSTLY = 0.6  # share of letters that known words have of a text that is known
_CLEAR = 0.9995  # what a text typed in counts as: seen, and as good as sure


@dataclass(frozen=True, eq=False)
class Evidence:
    """What the picture says of a line, for `language`: a row of n places where a glyph was read.

    log_p (n, n_visible): log probability of each visible grapheme; skip (n,): the chance that there is no glyph at all;
    space (n,): the chance of a space before the place; missed: (place, grapheme, chance) of glyphs that were nearly
    read before a place.
    """

    log_p: NDArray[np.float64]
    skip: NDArray[np.float64]
    space: NDArray[np.float64]
    missed: tuple[tuple[int, int, float], ...] = ()

    def part(self, start: int, stop: int) -> Evidence:
        """Return the evidence of the places from start to stop alone."""
        space = self.space[start:stop].copy()
        space[:1] = 0.0
        missed = tuple((place - start, shape, p) for place, shape, p in self.missed if start < place < stop)
        return Evidence(self.log_p[start:stop], self.skip[start:stop], space, missed)

    @classmethod
    def of_text(cls, canonical: str, visible: str) -> Evidence:
        """Return the evidence of a canonical text that was seen clearly."""
        places, space, gap = [], [], 0.0
        for char in canonical:
            if char == " ":
                gap = 1.0
                continue
            row = np.full(len(visible), (1 - _CLEAR) / max(len(visible) - 1, 1))
            row[visible.index(char)] = _CLEAR
            places.append(row)
            space.append(gap)
            gap = 0.0
        log_p = np.log(np.array(places)).reshape(-1, len(visible))
        return cls(log_p, np.zeros(len(places)), np.array(space))


@dataclass(frozen=True)
class GlyphReading:
    """One character: its canonical letter; confidence 0 to 1; span_px (x0, x1) in the picture that was given; and
    candidates, (letter, probability) pairs, best first, blank left out.

    letter is what `language` made of it ("" without language, or when the glyph was taken for a stain); letters are the
    (letter, probability) pairs it chose from. More than one means that it was a choice.
    """

    char: str
    confidence: float
    span_px: tuple[float, float]
    candidates: tuple[tuple[str, float], ...]
    letter: str = ""
    letters: tuple[tuple[str, float], ...] = ()

    @property
    def is_choice(self) -> bool:
        """Whether the shape may stand for several letters."""
        return len(self.letters) > 1

    @property
    def is_left_out(self) -> bool:
        """Whether language took it for a stain: the text goes on without it."""
        return bool(self.letters) and not self.letter

    @property
    def is_changed(self) -> bool:
        """Whether language took it for another shape than the likeliest one."""
        return bool(self.letter) and bool(self.letters) and all(char != self.char for char, _ in self.letters)


@dataclass(frozen=True)
class Word:
    """A word of the reading (digits and signs are in none): its letters, whether the lexicon has it, span_px
    (x0, x1).
    """

    text: str
    is_known: bool
    span_px: tuple[float, float]


@dataclass(frozen=True)
class Reading:
    """A text with its evidence. `str(reading)` is the English where `language` has been at work, else the shapes.

    text is canonical: one letter for every shape. confidence is the chance that all shapes are right, calibrated where
    the bundle says how; 0 for an empty reading. letters and words are the English, letters_confidence the chance that
    its letters are right, among the readings that were looked at; words_odds the log odds that what was seen is these
    words rather than any letters at all. added are the places in `letters` of those that no
    glyph was read for: language put them in. alternatives are whole texts with probabilities, best
    first. is_script: whether this looks like the script at all. path is the raw CTC output before it was collapsed, one
    character a time step, "-" for the blank ("_" or another sign where the script has that); "" for glyphs.
    """

    text: str
    confidence: float
    glyphs: tuple[GlyphReading, ...] = ()
    alternatives: tuple[tuple[str, float], ...] = ()
    letters: str = ""
    letters_confidence: float = 0.0
    words: tuple[Word, ...] = ()
    added: tuple[int, ...] = ()
    is_script: bool = True
    evidence: Evidence | None = field(default=None, repr=False, compare=False)
    path: str = field(default="", repr=False, compare=False)
    words_odds: float = 0.0

    @property
    def known_share(self) -> float:
        """Which share of the letters, digits and signs stands in known words; 0 where there are none."""
        n_all = len(str(self).replace(" ", ""))
        return sum(len(word.text) for word in self.words if word.is_known) / n_all if n_all else 0.0

    @property
    def is_known(self) -> bool:
        """Whether it says known words and nothing else, but for a few digits and signs."""
        return bool(self.words) and all(word.is_known for word in self.words) and self.known_share >= _MOSTLY

    @property
    def is_read(self) -> bool:
        """Whether this counts as something read: text of the script, with a confidence above 0 as
        `to_dict` gives it.
        """
        return self.is_script and bool(self.text) and round(self.confidence, 4) > 0

    def __str__(self) -> str:
        return self.letters or self.text

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return {
            "text": self.text,
            "letters": self.letters,
            "confidence": round(self.confidence, 4),
            "letters_confidence": round(self.letters_confidence, 4),
            "is_script": self.is_script,
            "words": [
                {"text": word.text, "is_known": word.is_known, "span_px": [round(v, 1) for v in word.span_px]}
                for word in self.words
            ],
            "added": list(self.added),
            "glyphs": [
                {
                    "char": glyph.char,
                    "confidence": round(glyph.confidence, 4),
                    "span_px": [round(v, 1) for v in glyph.span_px],
                    "candidates": [[char, round(p, 4)] for char, p in glyph.candidates],
                    "letter": glyph.letter,
                    "letters": [[char, round(p, 4)] for char, p in glyph.letters],
                    "is_choice": glyph.is_choice,
                    "is_changed": glyph.is_changed,
                    "is_left_out": glyph.is_left_out,
                }
                for glyph in self.glyphs
            ],
            "alternatives": [[text, round(p, 4)] for text, p in self.alternatives],
        }
