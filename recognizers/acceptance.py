"""Is a line that was found and read really a line of the script? One probability from what the finder and the reader saw.

The finder sees writing and guesses whose it is, from afar: of capitals of 10 px it cannot tell. The reader is asked for shapes of its
script, and gives some for a row of hearts too; but few are sure, or all are alike. A logistic regression weighs both. Its weights are
fitted on synthetic pages (`stages=[calibrate]` of a finder: small and blurred text, other writing, game displays) and
kept in the finder's bundle.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recognizers.quads import TextLine
from recognizers.reading import Reading

FEATURES = (
    "bias",
    "script",  # log odds of the finder's share for the script
    "writing",  # log odds of the finder's confidence that there is writing
    "mean",  # mean log confidence of the glyphs
    "least",  # log confidence of the least sure glyph
    "length",  # log of the number of glyphs
    "distinct",  # log of the number of different glyphs
    "pitch",  # log of the width of the line over its height and its number of glyphs and spaces
    "pitch_squared",
    "mean_by_length",  # the longer a line, the more the glyphs' confidence says of it ...
    "script_by_length",  # ... and the less the finder's guess
)
_LEAST_LOG = -4.0  # log confidences below this are no worse than this
_ODDS = 0.01  # keeps log odds finite


@dataclass(frozen=True)
class Acceptance:
    """weights of FEATURES; `least` is the probability from which a line counts as one of the script."""

    weights: Mapping[str, float]
    least: float = 0.5

    def __post_init__(self) -> None:
        if unknown := sorted(set(self.weights) ^ set(FEATURES)):
            raise ValueError(f"acceptance: the weights {', '.join(unknown)} are missing or unknown; there are {', '.join(FEATURES)}")
        if not all(isinstance(value, int | float) and math.isfinite(value) for value in (*self.weights.values(), self.least)):
            raise ValueError("acceptance: every weight must be a finite number")

    def probability(self, line: TextLine, reading: Reading) -> float:
        """Return how likely the line is one of the script; 0 where nothing was read."""
        return self.chance(features(line, reading)) if reading.glyphs else 0.0

    def chance(self, row: NDArray[np.float64]) -> float:
        """Return the probability for a row of `features`."""
        z = float(row @ [self.weights[name] for name in FEATURES])
        return 1 / (1 + math.exp(-min(max(z, -50.0), 50.0)))

    def to_dict(self) -> dict[str, Any]:
        return {"weights": {name: round(value, 4) for name, value in self.weights.items()}, "least": round(self.least, 4)}


def features(line: TextLine, reading: Reading) -> NDArray[np.float64]:
    """Return the row (len(FEATURES),) of a line with at least one glyph."""
    logs = [max(math.log(max(glyph.confidence, 1e-9)), _LEAST_LOG) for glyph in reading.glyphs]
    n, n_distinct = len(logs), len({glyph.char for glyph in reading.glyphs})
    mean, script, length = sum(logs) / n, _log_odds(line.script_share), math.log(n)
    pitch = math.log(max(line.length_px / max(line.height_px * len(reading.text), 1e-6), 1e-3))
    return np.array([1.0, script, _log_odds(line.confidence), mean, min(logs), length, math.log(n_distinct), pitch, pitch**2, mean * length,
                     script * length])  # fmt: skip


def fit(rows: Sequence[NDArray[np.float64]], is_script: Sequence[bool], ridge: float = 1e-3) -> Mapping[str, float]:
    """Fit the weights: logistic regression with a small penalty. Raises ValueError when lines of one kind only are given."""
    from scipy.optimize import minimize  # takes most of a second to import, and reading does without

    x, y = np.stack(rows), np.asarray(is_script, float)
    if not 0 < y.mean() < 1:
        raise ValueError("acceptance needs lines of the script and others to be fitted")
    sign = 2 * y - 1

    def loss(w: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        z = sign * (x @ w)
        gradient = -(x * (sign / (1 + np.exp(np.clip(z, -50, 50))))[:, None]).mean(axis=0)
        return float(np.logaddexp(0, -z).mean() + ridge / 2 * (w @ w)), gradient + ridge * w

    found = minimize(loss, np.zeros(x.shape[1]), jac=True, method="L-BFGS-B", options={"maxiter": 2000})
    return dict(zip(FEATURES, map(float, found.x), strict=True))


def _log_odds(p: float) -> float:
    return math.log((p + _ODDS) / (1 - p + _ODDS))
