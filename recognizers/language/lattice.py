"""Every word that may stand over a stretch of a line: as seen, and with a small change.

Stretches are looked up in the lexicon by hash, all at once: as they were read, with one shape changed (or two of the
doubtful ones), with a doubtful place left out, or with a glyph that the recognizer nearly read put in.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from recognizers.language.english import MAX_WORD
from recognizers.language.lexicon import Lexicon, inverse_powers, powers
from recognizers.reading import Evidence

Floats = NDArray[np.float64]

_SIDE_NATS = 9.0  # how far a word may fall behind the likeliest one over the same stretch
_WEAKEST = 7.0  # nats below the likeliest shape of a place: less likely ones are never taken for it
_N_WEAK = 16  # of the doubtful shapes of a line, so many are looked at in pairs
_DOUBT = 0.02  # a place or a gap with this chance of being otherwise is looked at twice


@dataclass(frozen=True, eq=False)
class Edges:
    """Words over stretches of places: start, end, word id, log P(picture), log P(word), and which shapes were taken for
    others: changes[k] lists (place, shape), shape −1 for left out, −2 − shape for put in before the place.
    """

    start: NDArray[np.intp]
    end: NDArray[np.intp]
    word: NDArray[np.int64]
    seen: Floats
    log_p: Floats
    changes: list[tuple[tuple[int, int], ...]]


def find_words(evidence: Evidence, lexicon: Lexicon) -> Edges:
    """Look up every stretch of places, as seen and with small changes."""
    log_p = evidence.log_p
    n = len(log_p)
    best = log_p.argmax(axis=1)
    top = log_p.max(axis=1)
    power, inverse = powers(n + 2), inverse_powers(n + 2)
    codes = lexicon.codes[best]
    prefix = np.concatenate([[np.uint64(0)], np.cumsum(codes * power[:n], dtype=np.uint64)])
    seen = np.concatenate([[0.0], np.cumsum(top)])
    starts = np.repeat(np.arange(n), MAX_WORD)
    ends = starts + np.tile(np.arange(1, MAX_WORD + 1), n)
    fits = ends <= n
    starts, ends = starts[fits], ends[fits]
    # a word does not run over two gaps that show a clear space
    clear = np.concatenate([[0], np.cumsum(evidence.space > 0.9)])
    fits = clear[ends] - clear[np.minimum(starts + 1, n)] <= 1
    starts, ends = starts[fits], ends[fits]
    base = (prefix[ends] - prefix[starts]) * inverse[starts]
    score = seen[ends] - seen[starts]
    # every row below is a stretch with a change: its stretch, hash and cost, and the number of the change in `changes`
    hashes, rows, costs, kinds = [base], [np.arange(len(starts))], [score], [np.zeros(len(starts), np.intp)]
    changes: list[tuple[tuple[int, int], ...]] = [()]

    def add(
        inside: NDArray[np.intp], h: NDArray[np.uint64], cost: Floats, new: list[tuple[tuple[int, int], ...]]
    ) -> None:
        """Add, for each of the new changes (m), the stretches `inside` (k) with hashes and costs (m, k)."""
        hashes.append(h.ravel())
        costs.append(cost.ravel())
        rows.append(np.tile(inside, len(new)))
        kinds.append(np.repeat(np.arange(len(changes), len(changes) + len(new)), len(inside)))
        changes.extend(new)

    by_place = [np.flatnonzero((starts <= i) & (i < ends)) for i in range(n)]
    loss = log_p - top[:, None]
    loss[np.arange(n), best] = -np.inf
    for i in np.flatnonzero((loss > -_WEAKEST).any(axis=1)).tolist():
        inside, shapes = by_place[i], np.flatnonzero(loss[i] > -_WEAKEST)
        shift = (lexicon.codes[shapes] - codes[i : i + 1])[:, None] * power[i - starts[inside]]
        add(
            inside, base[inside] + shift, score[inside] + loss[i, shapes][:, None], [((i, g),) for g in shapes.tolist()]
        )
    weak = [(int(i), int(g)) for i, g in zip(*np.nonzero(loss > np.log(_DOUBT) - top[:, None]), strict=True)]
    for (i, g), (j, k) in combinations(weak[:_N_WEAK], 2):
        if i == j or abs(i - j) >= MAX_WORD:
            continue
        inside = np.flatnonzero((starts <= min(i, j)) & (max(i, j) < ends) & (ends - starts > 3))
        shift = (lexicon.codes[g] - codes[i : i + 1]) * power[i - starts[inside]]
        shift = shift + (lexicon.codes[k] - codes[j : j + 1]) * power[j - starts[inside]]
        add(inside, base[inside] + shift, score[inside] + loss[i, g] + loss[j, k], [((i, g), (j, k))])
    for i in np.flatnonzero(evidence.skip > _DOUBT).tolist():
        inside = by_place[i][(ends - starts)[by_place[i]] > 1]
        s, e = starts[inside], ends[inside]
        h = (prefix[i] - prefix[s]) * inverse[s] + (prefix[e] - prefix[i + 1]) * inverse[s + 1]
        add(inside, h, score[inside] - top[i] + _log_odds(float(evidence.skip[i])), [((i, -1),)])
    for i, g, p in evidence.missed:
        inside = np.flatnonzero((starts < i) & (i < ends))
        s, e = starts[inside], ends[inside]
        h = (prefix[i] - prefix[s]) * inverse[s] + lexicon.codes[g] * power[i - s]
        h = h + (prefix[e] - prefix[i]) * inverse[s] * power[1]
        add(inside, h, score[inside] + _log_odds(p), [((i, -2 - g),)])
    all_rows, all_costs, all_kinds = np.concatenate(rows), np.concatenate(costs), np.concatenate(kinds)
    hit, first, last = lexicon.find(np.concatenate(hashes))
    n_words = last - first
    which = np.repeat(hit, n_words)
    word = (
        np.arange(len(which)) - np.repeat(np.cumsum(n_words) - n_words, n_words) + np.repeat(first, n_words)
    ).astype(np.int64)
    start, end, cost = starts[all_rows[which]], ends[all_rows[which]], all_costs[which]
    prior = lexicon.log_p[word]
    # of words over one stretch, those that stand no chance beside the likeliest are left out
    stretch = start * (n + 1) + end
    order = np.lexsort((-(cost + prior), stretch))
    rank = np.arange(len(order)) - np.searchsorted(stretch[order], stretch[order], "left")
    worth = (cost + prior)[order]
    order = order[(rank < 6) & (worth > worth[np.arange(len(order)) - rank] - _SIDE_NATS)]
    taken = [changes[k] for k in all_kinds[which[order]].tolist()]
    return Edges(start[order], end[order], word[order], cost[order], prior[order], taken)


def _log_odds(p: float) -> float:
    return math.log(max(p, 1e-6)) - math.log1p(-min(p, 0.98))


def places_of(start: int, end: int, changes: tuple[tuple[int, int], ...]) -> list[int]:
    """Return the place of each letter of a word; −1 for one that was put in."""
    places: list[int] = []
    for i in range(start, end):
        places += [-1 for place, shape in changes if place == i and shape <= -2]
        if (i, -1) not in changes:
            places.append(i)
    return places
