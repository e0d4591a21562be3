"""How likely is it that every letter of a line of a picture is right? One probability, from how likely it is a line of
the script at all and how sure its letters (or its shapes, where it has no letters) are, as if these were independent.

A logistic regression of nine such features, fitted on synthetic pages, was worse on whole pictures, see
docs/protocol.md.
"""

from __future__ import annotations

from recognizers.reading import Reading

MOST = 0.999  # nothing is certain
# what is left of the odds of a line that reaches the picture's border, and may be cut there: from the weights that were
# fitted on synthetic pages and left out
_AT_BORDER = 0.11


def probability(reading: Reading, chance: float, is_at_border: bool = False) -> float:
    """Return how likely every letter of a line is right, at most MOST; 0 where nothing was read. chance: that it is a
    line of the script.
    """
    if not reading.glyphs:
        return 0.0
    p = min(chance * (reading.letters_confidence if reading.letters else reading.confidence), MOST)
    odds = p / (1 - p) * (_AT_BORDER if is_at_border else 1.0)
    return odds / (1 + odds)
