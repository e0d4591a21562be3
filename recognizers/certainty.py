"""How likely is it that every letter of a line of a picture is right? One probability, from how likely it is a line of
the script at all and how sure its letters (or its shapes, where it has no letters) are, as if these were independent.

They are not, and neither is as sure as it says: so the odds of the product are bent by a power and a factor, and cut
down where a line reaches the picture's border and may go on beyond it. The three numbers are fitted on synthetic pages
(`stages=[calibrate]`) and kept in the reader's bundle. Source: Platt, Probabilistic outputs for support vector
machines, 1999. More features, fitted on the same pages, were worse on whole pictures, see docs/protocol.md.
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
_LEAST, _LEAST_FITTED = 1e-12, 1e-4  # keep odds finite; one line that is read by mistake must not decide a fit
_RANGE = (0.2, 2.0)  # of the power: beyond lies a reader that does not know what it knows
_BORDER = (-5.0, 0.0)  # log of the factor of lines at the border: they are never surer


@dataclass(frozen=True)
class Certainty:
    """power, and logs of factors, of the odds; at_border: of a line that reaches the picture's border."""

    power: float = 1.0
    factor: float = 0.0
    at_border: float = -2.2073  # a ninth of the odds

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            if not isinstance(value, int | float) or isinstance(value, bool) or not abs(value) < 100:
                raise ValueError(f"certainty.{name} must be a number between -100 and 100, not {value!r}")
        if self.power <= 0:
            raise ValueError(f"certainty.power must be above 0, not {self.power!r}")

    def probability(self, reading: Reading, chance: float, is_at_border: bool = False) -> float:
        """Return how likely every letter of a line is right, at most MOST; 0 where nothing was read. chance: that it is
        a line of the script.
        """
        return self.of(product(reading, chance), is_at_border) if reading.glyphs else 0.0

    def of(self, p: float, is_at_border: bool = False) -> float:
        """Return what a product is worth, at most MOST."""
        p = min(max(p, _LEAST), MOST)
        z = self.power * math.log(p / (1 - p)) + self.factor + (self.at_border if is_at_border else 0.0)
        return min(1 / (1 + math.exp(-z)), MOST)

    def to_dict(self) -> dict[str, Any]:
        return {name: round(float(value), 4) for name, value in asdict(self).items()}


def product(reading: Reading, chance: float) -> float:
    """Return the chance that a line is one of the script, times how sure its letters are (or its shapes)."""
    return chance * (reading.letters_confidence if reading.letters else reading.confidence)


def fit(products: Sequence[float], at_border: Sequence[bool], is_right: Sequence[bool]) -> Certainty:
    """Fit the three numbers to lines (n,) by their likelihood. A weak pull to the numbers without a fit keeps them in
    bounds. Raises ValueError when all lines are right, or none is.
    """
    from scipy.optimize import minimize  # takes most of a second to import, and reading does without

    if not 0 < sum(is_right) < len(is_right):
        raise ValueError("certainty needs lines that were read right and others to be fitted")
    p = np.clip(np.asarray(products, float), _LEAST_FITTED, MOST)
    x = np.stack([np.log(p / (1 - p)), np.ones(len(p)), np.asarray(at_border, float)], axis=1)
    sign = 2 * np.asarray(is_right, float) - 1
    start = np.array([1.0, 0.0, Certainty().at_border])

    def loss(w: NDArray[np.float64]) -> float:
        return float(np.logaddexp(0, -sign * (x @ w)).sum() + 0.5 * ((w - start) ** 2).sum())

    found = minimize(loss, start, method="L-BFGS-B", bounds=[_RANGE, (-5.0, 5.0), _BORDER])
    return Certainty(*map(float, found.x))
