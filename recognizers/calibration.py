"""What a confidence is worth: after calibration, of the readings with a confidence of 0.9 nine in ten are right.

One temperature softens (or sharpens) the network's probabilities; one exponent turns the product of a line's glyphs
into the chance that the whole line is right. Both are fitted on validation pictures, and travel in the bundle. Source:
Guo et al., On calibration of modern neural networks, 2017.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

_RANGE = (0.3, 3.0)  # of temperatures and exponents; beyond lies a network that is broken, not overconfident


@dataclass(frozen=True)
class Calibration:
    """temperature divides log probabilities before they are normalized again; a line's confidence is the product of its
    glyphs' to the power line_power.
    """

    temperature: float = 1.0
    line_power: float = 1.0

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            if not isinstance(value, int | float) or isinstance(value, bool) or not 0 < value < 100:
                raise ValueError(f"calibration.{name} must be a number above 0, not {value!r}")

    def soften(self, log_probs: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return log probabilities (steps, n_classes) at this temperature."""
        if self.temperature == 1.0 or not len(log_probs):
            return log_probs
        scaled = log_probs / np.float32(self.temperature)
        top = scaled.max(axis=1, keepdims=True)
        return np.asarray(scaled - top - np.log(np.exp(scaled - top).sum(axis=1, keepdims=True)), np.float32)

    def line(self, confidences: Sequence[float]) -> float:
        """Return the chance that every glyph is right; 0 for none."""
        return float(np.prod(confidences)) ** self.line_power if len(confidences) else 0.0

    def to_dict(self) -> dict[str, Any]:
        return {name: round(float(value), 4) for name, value in asdict(self).items()}


def negative_log_likelihood(confidences: Sequence[float], is_right: Sequence[bool]) -> float:
    """Return the mean surprise at which readings were right; what a fit makes small."""
    c, r = np.clip(np.array(confidences, float), 1e-6, 1 - 1e-6), np.array(is_right, bool)
    return float(-np.where(r, np.log(c), np.log1p(-c)).mean()) if len(c) else 0.0


def fit_number(loss: Callable[[float], float]) -> float:
    """Return the number in _RANGE that makes the loss smallest, searched on a log scale."""
    from scipy.optimize import minimize_scalar  # takes most of a second to import, and reading does without

    low, high = map(math.log, _RANGE)
    found = minimize_scalar(lambda x: loss(math.exp(x)), bounds=(low, high), method="bounded", options={"xatol": 0.01})
    return math.exp(float(found.x))


def fit_line_power(confidences: Sequence[float], is_right: Sequence[bool]) -> float:
    """Return the exponent for lines with these products of glyph confidences."""
    c = np.clip(np.array(confidences, float), 1e-6, 1.0)
    return fit_number(lambda power: negative_log_likelihood((c**power).tolist(), is_right))
