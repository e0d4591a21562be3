"""From per-step log probabilities to text: the best path of CTC. Id 0 is the blank.

Source: Graves et al. 2006.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from recognizers.reading import Evidence

LogProbs = NDArray[np.float32]  # (steps, n_classes)
_NEARLY = 0.05  # chance from which a glyph that was not read is remembered


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


def evidence_of(
    log_probs: LogProbs, emissions: list[Emission], visible_ids: list[int], space_id: int | None
) -> Evidence:
    """Return what the steps (steps, n_classes) say of each visible glyph on the best path, and of the gaps between."""
    p = np.exp(log_probs.astype(np.float64))
    glyphs = [e for e in emissions if e.id != space_id]
    if not glyphs:
        return Evidence(np.zeros((0, len(visible_ids))), np.zeros(0), np.zeros(0))
    rows = np.maximum(p[[e.peak for e in glyphs]][:, visible_ids], 1e-6)  # (n, n_visible)
    total = rows.sum(axis=1, keepdims=True)
    space, missed = [0.0], []
    for place, (left, right) in enumerate(pairwise(glyphs), start=1):
        between = p[left.end : right.start]  # the steps that hold neither
        space.append(float(between[:, space_id].max()) if space_id is not None and len(between) else 0.0)
        if len(between) > 2:  # the first and the last still feel their neighbors
            inner = between[1:-1][:, visible_ids]
            step, grapheme = np.unravel_index(int(inner.argmax()), inner.shape)
            if inner[step, grapheme] > _NEARLY:
                missed.append((place, int(grapheme), float(inner[step, grapheme])))
    return Evidence(np.log(rows / total), np.clip(1 - total[:, 0], 0.0, 1.0), np.array(space), tuple(missed))
