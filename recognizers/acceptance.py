"""Is a line that was found and read really a line of the script? One probability from what the finder and the reader
saw.

The finder sees writing and guesses whose it is, from afar: of capitals of 10 px it cannot tell. The reader is asked for
shapes of its script, and gives some for a row of hearts too; but one of them at least is in doubt, or all are alike. A
logistic regression weighs both. Its weights are fitted on synthetic pages (`stages=[calibrate]` of a finder: small and
blurred text, other writing, game displays) and kept in the finder's bundle.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recognizers.geometry import TextLine
from recognizers.reading import Reading

FEATURES = (
    "bias",
    "script",  # log odds of the finder's share for the script
    "writing",  # log odds of the finder's confidence that there is writing
    "mean",  # mean log odds of the glyphs' confidences
    "least",  # log odds of the least sure glyph
    "length",  # log of the number of glyphs
    "distinct",  # log of the number of different glyphs
    "pitch",  # log of the width of the line over its height and its number of glyphs and spaces
)
_ODDS, _GLYPH_ODDS = 0.01, 0.003  # keep log odds finite: of the finder and of glyphs
LIKELIER = 0.5  # than not: enough for what speaks for itself, and for what stands beside a line that counts
# A reading speaks for itself that has this confidence, so many shapes, and so many of them different: of 600 synthetic
# validation pages 406 of 734 lines of the script were such, and none of 3,133 others
_SURE = (0.9, 5, 4)
# What the log odds of words rather than any letters are worth for a line in doubt, and at most: see docs/protocol.md
_WORTH, _MOST = 0.5, 8.0
MAY_BE = 0.02  # chance from which a line is worth a second look
_SIZES, _NEAR = (0.6, 1.7), 2.5  # of lines on one sign: heights of one over the other's; heights between them, at most


@dataclass(frozen=True)
class Acceptance:
    """weights of FEATURES; `least` is the probability from which a line counts as one of the script."""

    weights: Mapping[str, float]
    least: float = 0.5

    def __post_init__(self) -> None:
        if unknown := sorted(set(self.weights) ^ set(FEATURES)):
            raise ValueError(
                f"acceptance: the weights {', '.join(unknown)} are missing or unknown; there are {', '.join(FEATURES)}"
            )
        if not all(
            isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
            for value in (*self.weights.values(), self.least)
        ):
            raise ValueError("acceptance: every weight must be a finite number")

    def probability(self, line: TextLine, reading: Reading) -> float:
        """Return how likely the line is one of the script; 0 where nothing was read."""
        return self.chance(features(line, reading)) if reading.glyphs else 0.0

    def chance(self, row: NDArray[np.float64]) -> float:
        """Return the probability for a row of `features`."""
        z = float(row @ [self.weights[name] for name in FEATURES])
        return 1 / (1 + math.exp(-min(max(z, -50.0), 50.0)))

    def log_odds(self, line: TextLine, reading: Reading, words_odds: float) -> float:
        """Return the log odds that a line is one of the script, with all that its words say, for or against it."""
        p = self.probability(line, reading)
        return math.log((p + 1e-9) / (1 - p + 1e-9)) + _WORTH * words_odds

    def accepted(
        self,
        lines: Sequence[TextLine],
        readings: Sequence[Reading],
        words_odds: Callable[[Reading], float] | None = None,
    ) -> tuple[list[bool], list[float]]:
        """Return which lines of one picture count, and how likely each is one of the script. Those count that are
        likely enough. Where the reading speaks for itself, or a line that counts stands beside it on one sign, it is
        enough that the line is likelier one of the script than not: two shapes alone say little, below a line that is
        sure they say enough. words_odds says of a reading by how much, in log odds, it is words rather than any
        letters: that speaks for a line in doubt, until it is just likely enough, for no scenery says words. That it
        says none speaks against nothing.
        """
        chances = [self.probability(line, reading) for line, reading in zip(lines, readings, strict=True)]
        if words_odds is not None:
            for k, chance in enumerate(chances):
                if MAY_BE <= chance < self.least:
                    speaks = _WORTH * min(max(words_odds(readings[k]), 0.0), _MOST)
                    chances[k] = min(1 / (1 + (1 / chance - 1) * math.exp(-speaks)), self.least)
        least = [LIKELIER if _speaks_for_itself(reading) else self.least for reading in readings]
        counts = [chance >= each for chance, each in zip(chances, least, strict=True)]
        while True:
            more = [
                k
                for k, chance in enumerate(chances)
                if not counts[k]
                and chance >= LIKELIER
                and any(counts[j] and on_one_sign(lines[k], lines[j]) for j in range(len(lines)))
            ]
            if not more:
                return counts, chances
            for k in more:
                counts[k] = True

    def to_dict(self) -> dict[str, Any]:
        return {
            "weights": {name: round(value, 4) for name, value in self.weights.items()},
            "least": round(self.least, 4),
        }


def _speaks_for_itself(reading: Reading) -> bool:
    """Whether many different shapes were read, and none in doubt."""
    least, n, n_distinct = _SURE
    shapes = [glyph.char for glyph in reading.glyphs]
    return reading.confidence >= least and len(shapes) >= n and len(set(shapes)) >= n_distinct


def on_one_sign(a: TextLine, b: TextLine) -> bool:
    """Whether two lines are of one size, and one stands near above, below or beside the other."""
    high = max(a.height_px, b.height_px)
    if not _SIZES[0] < a.height_px / max(b.height_px, 1e-6) < _SIZES[1]:
        return False
    p, q = a.quad, b.quad
    gaps = np.maximum(
        np.maximum(p.min(axis=0) - q.max(axis=0), q.min(axis=0) - p.max(axis=0)), 0
    )  # along x and y, 0 where they overlap
    return bool(np.hypot(*gaps) < _NEAR * high)


def features(line: TextLine, reading: Reading) -> NDArray[np.float64]:
    """Return the row (len(FEATURES),) of a line with at least one glyph."""
    odds = [_log_odds(glyph.confidence, _GLYPH_ODDS) for glyph in reading.glyphs]
    n, n_distinct = len(odds), len({glyph.char for glyph in reading.glyphs})
    pitch = max(line.length_px / max(line.height_px * len(reading.text), 1e-6), 1e-3)
    finder = _log_odds(line.script_share, _ODDS), _log_odds(line.confidence, _ODDS)
    return np.array([1.0, *finder, sum(odds) / n, min(odds), math.log(n), math.log(n_distinct), math.log(pitch)])


def fit(rows: Sequence[NDArray[np.float64]], is_script: Sequence[bool], ridge: float = 3e-4) -> Mapping[str, float]:
    """Fit the weights: logistic regression with a small penalty. Raises ValueError when lines of one kind only are
    given.
    """
    from scipy.optimize import minimize  # takes most of a second to import, and reading does without

    if not 0 < sum(is_script) < len(rows):
        raise ValueError("acceptance needs lines of the script and others to be fitted")
    x, y = np.stack(rows), np.asarray(is_script, float)
    sign = 2 * y - 1

    def loss(w: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        z = sign * (x @ w)
        gradient = -(x * (sign / (1 + np.exp(np.clip(z, -50, 50))))[:, None]).mean(axis=0)
        return float(np.logaddexp(0, -z).mean() + ridge / 2 * (w @ w)), gradient + ridge * w

    found = minimize(loss, np.zeros(x.shape[1]), jac=True, method="L-BFGS-B", options={"maxiter": 2000})
    return dict(zip(FEATURES, map(float, found.x), strict=True))


def _log_odds(p: float, keeps_finite: float) -> float:
    return math.log((p + keeps_finite) / (1 - p + keeps_finite))
