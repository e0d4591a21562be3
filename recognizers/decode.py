"""From per-step log probabilities to text: CTC best path and prefix beam search. Id 0 is the blank.

Source: Graves et al. 2006 (CTC, best path); Hannun et al. 2014 (prefix beam search).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

LogProbs = NDArray[np.float32]  # (steps, n_classes)


@dataclass(frozen=True)
class Emission:
    """One decoded id: the steps [start, end) it was held, and the step where it was surest."""

    id: int
    start: int
    end: int
    peak: int
    probability: float


def required_steps(ids: list[int]) -> int:
    """Return the fewest time steps in which CTC can write ids: one each, and a blank between equal neighbors."""
    return len(ids) + sum(a == b for a, b in pairwise(ids))


def best_path(log_probs: LogProbs) -> list[Emission]:
    """Decode the likeliest id of each step. Cost: O(steps × classes)."""
    if not len(log_probs):
        return []
    path = log_probs.argmax(axis=1)
    starts = np.flatnonzero(np.r_[True, path[1:] != path[:-1]])
    ends = np.r_[starts[1:], len(path)]
    emissions = []
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        if path[start] != 0:
            held = log_probs[start:end, path[start]]
            peak = start + int(held.argmax())
            emissions.append(Emission(int(path[start]), start, end, peak, float(np.exp(held.max()))))
    return emissions


def prefix_beam(log_probs: LogProbs, width: int = 16, n_best: int = 5) -> list[tuple[tuple[int, ...], float]]:
    """Return the n_best likeliest id sequences with their log probabilities, summed over the paths the beam kept."""
    minus_inf = -np.inf
    beams: dict[tuple[int, ...], tuple[float, float]] = {(): (0.0, minus_inf)}
    for step in np.asarray(log_probs, np.float64):
        following: dict[tuple[int, ...], list[float]] = defaultdict(lambda: [minus_inf, minus_inf])
        likely = np.flatnonzero(step > step.max() - 12.0).tolist()
        for prefix, (blank, symbol) in beams.items():
            both = np.logaddexp(blank, symbol)
            for i in likely:
                if i == 0:
                    entry = following[prefix]
                    entry[0] = np.logaddexp(entry[0], both + step[0])
                    continue
                entry = following[(*prefix, i)]
                if prefix and prefix[-1] == i:
                    entry[1] = np.logaddexp(entry[1], blank + step[i])
                    same = following[prefix]
                    same[1] = np.logaddexp(same[1], symbol + step[i])
                else:
                    entry[1] = np.logaddexp(entry[1], both + step[i])
        ranked = sorted(following.items(), key=lambda item: -np.logaddexp(item[1][0], item[1][1]))
        beams = {prefix: (pair[0], pair[1]) for prefix, pair in ranked[:width]}
    return [(prefix, float(np.logaddexp(*pair))) for prefix, pair in list(beams.items())[:n_best]]
