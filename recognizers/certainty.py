"""How likely is it that every letter of a line of a picture is right? One probability, joined from four: that it is a
line of the script at all, that its letters are right among those that language looked at, and how sure its shapes are,
of the whole line and of what is no known word. There a shape in doubt has no other word to give way to.

These are not independent, and none is as sure as it says: so each has an exponent, and lines at the picture's border,
which may go on beyond it, lose more. The five numbers are fitted on synthetic pages (`stages=[calibrate]`) and kept in
the reader's bundle; readers without them have those below. Nothing is added to the logarithms: where all four are sure,
so is their product, on pages that are easier than those too. Logistic regressions were worse on other pages than their
own, see docs/protocol.md.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recognizers.reading import Reading

MOST = 0.999  # nothing is certain
_LEAST = 1e-4  # keeps logarithms finite; one line that is read by mistake must not decide a fit
_MOST_EXPONENT = 5.0
_BORDER = (-5.0, 0.0)  # log of what is left of the odds of lines at the border: they are never surer
# of a fit towards the numbers below: so much as some dozens of lines. Synthetic pages are harder than others, and a fit
# that is free takes from lines that are sure what only lines in doubt there deserve
_PULL = 40.0


@dataclass(frozen=True)
class Certainty:
    """Exponents of the four chances, and the log of what is left of the odds of a line at the picture's border."""

    chance: float = 1.0
    letters: float = 1.0
    shapes: float = 0.2
    unknown: float = 1.0
    at_border: float = -2.2  # a ninth of the odds

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            if not isinstance(value, int | float) or isinstance(value, bool) or not abs(value) < 100:
                raise ValueError(f"certainty.{name} must be a number between -100 and 100, not {value!r}")
            if name != "at_border" and value < 0:
                raise ValueError(f"certainty.{name} must be 0 or more, not {value!r}")

    def probability(self, reading: Reading, chance: float, is_at_border: bool = False) -> float:
        """Return how likely every letter of a line is right, at most MOST; 0 where nothing was read. chance: that it is
        a line of the script.
        """
        return float(self.of(features(reading, chance, is_at_border)[None])[0]) if reading.glyphs else 0.0

    def of(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the probabilities (n,) of rows (n, 5) of `features`."""
        numbers = np.array(list(asdict(self).values()), float)
        log_p = np.minimum(-(rows[:, :4] @ numbers[:4]), math.log(MOST))
        odds = log_p - np.log(-np.expm1(log_p)) + numbers[4] * rows[:, 4]
        return np.asarray(np.minimum(np.exp(-np.logaddexp(0.0, -odds)), MOST))

    def to_dict(self) -> dict[str, Any]:
        return {name: round(float(value), 4) for name, value in asdict(self).items()}


def features(reading: Reading, chance: float, is_at_border: bool = False) -> NDArray[np.float64]:
    """Return the row (5,) of a line: minus the logs of the four chances, and whether it is at the border. Without
    letters the shapes stand in their place.
    """
    if reading.letters:
        chances = [chance, reading.letters_confidence, reading.confidence, _of_unknown(reading)]
    else:
        chances = [chance, reading.confidence, 1.0, 1.0]
    return np.append(-np.log(np.clip(chances, 1e-12, 1.0)), float(is_at_border))


def _of_unknown(reading: Reading) -> float:
    """Return how sure the shapes are that stand in no known word: the product of their confidences."""
    known = [word.span_px for word in reading.words if word.is_known]
    sure = 1.0
    for glyph in reading.glyphs:
        middle = sum(glyph.span_px) / 2
        is_sign = bool(glyph.letter) and not glyph.letter.isalpha()  # whose doubt is in the letters' confidence
        if glyph.char.strip() and not is_sign and not any(x0 <= middle <= x1 for x0, x1 in known):
            sure *= glyph.confidence
    return sure


def fit(rows: Sequence[NDArray[np.float64]], is_right: Sequence[bool]) -> Certainty:
    """Fit the five numbers to the rows (5,) of n lines by their likelihood. Raises ValueError when all lines are right,
    or none is.
    """
    from scipy.optimize import minimize  # takes most of a second to import, and reading does without

    if not 0 < sum(is_right) < len(is_right):
        raise ValueError("certainty needs lines that were read right and others to be fitted")
    x, right = np.stack(rows), np.asarray(is_right, bool)
    x[:, :4] = np.minimum(x[:, :4], -math.log(_LEAST))
    start = np.array(list(asdict(Certainty()).values()))

    def loss(numbers: NDArray[np.float64]) -> float:
        p = np.clip(Certainty(*map(float, numbers)).of(x), _LEAST, MOST)
        pull = _PULL / 2 * float(((numbers - start)[:4] ** 2).sum())
        return pull - float(np.where(right, np.log(p), np.log1p(-p)).sum())

    bounds = [(0.0, _MOST_EXPONENT)] * 4 + [_BORDER]
    found = minimize(loss, start, method="L-BFGS-B", bounds=bounds)
    return Certainty(*map(float, found.x))
