"""From shapes to English: letters for shared shapes, spaces in run-together text, mended glyphs.

One search over words and spaces. A line is a row of places (`Evidence`), each with a probability for every shape and
with the chance that there is a space before it. A *reading* cuts the row into words of the lexicon and strings it does
not know. Its probability is the product of what the picture says (shapes, spaces) and of what English says (each word
given the one before; strings by their letters), so a weak glyph gives way to a good word, and a clear one does not.

Every stretch of places is looked up in the lexicon by hash: as seen, with one shape (or two of the weakest) changed, with
a weak place left out, or with a glyph that the recognizer nearly saw put in. Source of the search: Viterbi over a
lattice of words, as in speech recognition (Ney and Ortmanns 1999), with the best few histories kept.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import combinations, pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from glyphgen.script import Script
from recognizers.lexicon import MAX_WORD, Lexicon, inverse_powers, powers
from recognizers.reading import Evidence, GlyphReading, Reading, Word

Floats = NDArray[np.float64]

N_ALTERNATIVES = 5
_BEAM, _BEAM_NATS = 14, 14.0  # histories kept at a place
_SIDE_NATS = 9.0  # how far a word may fall behind the likeliest one over the same stretch
_KEPT = 4  # of them that a word is put after
_SPOKEN = 0.7  # weight of the trigram model of speech against the pairs of books
_WEAKEST = 7.0  # nats below the likeliest shape of a place: less likely ones are never taken for it
_N_WEAK = 16  # of the doubtful shapes of a line, so many are looked at in pairs
_DOUBT = 0.02  # a place or a gap with this chance of being otherwise is looked at twice
_LOG_UNKNOWN = np.log(4e-4)  # a word that the lexicon does not know, before its letters
_LOG_UNKNOWN_LETTER = -0.25  # each of its letters, beyond P(letter)
_HIDDEN_SPACE = {True: 2e-4, False: 0.5}  # chance that a boundary shows no space, in lines with and without spaces
_STRAY_SPACE = 0.004  # chance of a space within a word


@dataclass(frozen=True, eq=False)
class _Edges:
    """Words over stretches of places: start, end, word id, log P(picture), log P(word), and which shapes were taken for
    others: changes[k] lists (place, shape), shape −1 for left out, −2 − shape for put in before the place.
    """

    start: NDArray[np.intp]
    end: NDArray[np.intp]
    word: NDArray[np.int64]
    seen: Floats
    log_p: Floats
    changes: list[tuple[tuple[int, int], ...]]


class Language:
    """Turns shapes into English for one script. `words` are the user's own, one or several to a line."""

    def __init__(self, script: Script, words: Iterable[str] = ()) -> None:
        self.script, self.lexicon = script, Lexicon(script, words)
        self._options = [script.readings(script.encode(char)[0]) for char in script.visible]

    def apply(self, reading: Reading) -> Reading:
        """Return the reading with letters, words, alternatives and, for each glyph, its letter and the other choices."""
        if reading.evidence is None or not len(reading.evidence.log_p):
            return replace(reading, letters=reading.text)
        found = self.search(reading.evidence)
        letter_at: list[dict[str, float]] = [{} for _ in range(len(reading.evidence.log_p))]
        for parse, p in found:
            for place, letter in parse.letter_of.items():
                letter_at[place][letter] = letter_at[place].get(letter, 0.0) + p
        best = found[0][0]
        glyphs = list(reading.glyphs)
        visible = [k for k, glyph in enumerate(glyphs) if glyph.char != " "]
        words = []
        for text, start, end, is_known in best.words:
            x0, x1 = glyphs[visible[start]].span_px[0], glyphs[visible[max(end, start + 1) - 1]].span_px[1]
            words.append(Word(text, is_known, (x0, x1)))
        for place, k in enumerate(visible):
            letter = best.letter_of.get(place, "")
            glyphs[k] = self._with_letter(glyphs[k], letter, letter_at[place])
        return replace(
            reading,
            letters=" ".join(word.text for word in words),
            words=tuple(words),
            glyphs=tuple(glyphs),
            alternatives=tuple((" ".join(word[0] for word in parse.words), p) for parse, p in found),
        )

    def _with_letter(self, glyph: GlyphReading, letter: str, chances: dict[str, float]) -> GlyphReading:
        shape = self.script.canonical(letter) if letter else glyph.char
        options = dict.fromkeys(self._options[self.script.visible.index(shape)], 0.0) | chances
        total = sum(options.values()) or 1.0
        ranked = tuple(sorted(((char, p / total) for char, p in options.items()), key=lambda item: -item[1]))
        return replace(glyph, letter=letter, letters=ranked)

    def spell(self, shapes: str) -> Reading:
        """Read a text of shapes (any letters that the script can write) as if every glyph had been seen clearly."""
        canonical = " ".join(self.script.canonical(shapes).split())
        glyphs = tuple(GlyphReading(char, 1.0, (float(k), k + 1.0), ((char, 1.0),)) for k, char in enumerate(canonical))
        return self.apply(Reading(canonical, 1.0, glyphs, evidence=Evidence.of_text(canonical, self.script.visible)))

    def search(self, evidence: Evidence, n_best: int = N_ALTERNATIVES) -> list[tuple[_Parse, float]]:
        """Return the n_best readings of a line with their probabilities, among those that the search kept; best first."""
        n = len(evidence.log_p)
        spaces = self._spaces(evidence)
        edges = self._words(evidence)
        text, each = self._by_letters(evidence)
        unknown = np.concatenate([[0.0], np.cumsum(each + evidence.log_p.max(axis=1) + _LOG_UNKNOWN_LETTER)])
        by_start = [np.flatnonzero(edges.start == s) for s in range(n)]
        joined = np.concatenate([[0.0], np.cumsum(spaces[1])])  # cost of no boundary in the gaps before each place
        lexicon, start_id, unknown_id = self.lexicon, self.lexicon.start_id, self.lexicon.unknown_id
        histories: list[list[_History]] = [[] for _ in range(n + 1)]
        likeliest = [-math.inf] * (n + 1)  # score at each place so far
        histories[0] = [_History(0.0, start_id, None, 0, -1)]
        for s in range(n):
            kept = _best(histories[s])
            histories[s] = kept
            if not kept:
                continue
            scores = np.array([h.score for h in kept])
            firsts = np.array([h.word for h in kept])
            which = by_start[s]
            if len(which):
                ends, words = edges.end[which], edges.word[which]
                own = edges.seen[which] + (joined[ends] - joined[s + 1]) + np.where(ends < n, spaces[0][np.minimum(ends, n - 1)], 0.0)
                a, b = np.repeat(firsts, len(which)), np.tile(words, len(kept))
                follow = lexicon.log_follow(a, b, np.tile(edges.log_p[which], len(kept))).reshape(len(kept), -1)
                total = scores[:, None] + follow + own[None]
                order = np.argsort(-total, axis=0)[:_KEPT].T.tolist()
                word_list, end_list, total_list, follow_list = words.tolist(), ends.tolist(), total.T.tolist(), follow.T.tolist()
                for column, edge in enumerate(which.tolist()):
                    word, end = word_list[column], end_list[column]
                    for row in order[column]:
                        if total_list[column][row] < likeliest[end] - _BEAM_NATS:
                            break  # the rows come best first
                        before = kept[row]
                        p = lexicon.trigrams.p(word, before.word, before.before.word if before.before else start_id)
                        pair = follow_list[column][row]
                        score = total_list[column][row] - pair + math.log(_SPOKEN * p + (1 - _SPOKEN) * math.exp(pair))
                        histories[end].append(_History(score, word, before, s, edge))
                        likeliest[end] = max(likeliest[end], score)
            # two strings in a row that are not known are one
            row = next((k for k, h in enumerate(kept) if h.word != unknown_id or spaces[0][s] > spaces[1][s]), None)
            for e in range(s + 1, min(n, s + 2 * MAX_WORD) + 1):
                if row is None:
                    break
                own_score = _LOG_UNKNOWN + unknown[e] - unknown[s] + joined[e] - joined[s + 1] + (spaces[0][e] if e < n else 0.0)
                score = float(scores[row] + own_score)
                if score > likeliest[e] - _BEAM_NATS:
                    histories[e].append(_History(score, unknown_id, kept[row], s, -1))
                    likeliest[e] = max(likeliest[e], score)
        final = _best(histories[n])
        parses, seen_texts = [], set()
        for history in final:
            parse = self._parse(history, edges, text, evidence)
            key = " ".join(word[0] for word in parse.words)
            if key not in seen_texts:
                seen_texts.add(key)
                parses.append((parse, history.score))
        scores = np.array([score for _, score in parses])
        p = np.exp(scores - scores.max())
        p /= p.sum()
        return [(parse, float(share)) for (parse, _), share in zip(parses, p, strict=True)][:n_best]

    def _by_letters(self, evidence: Evidence) -> tuple[str, Floats]:
        """Return the likeliest letters by the letters beside them, space by space, and their log probabilities (n,)."""
        best = evidence.log_p.argmax(axis=1).tolist()
        cuts = [0, *(np.flatnonzero(evidence.space[1:] > 0.5) + 1).tolist(), len(best)]
        parts = [self.lexicon.letters.most_likely([self._options[k] for k in best[a:b]]) for a, b in pairwise(cuts)]
        return "".join(text for text, _ in parts), np.concatenate([each for _, each in parts])

    def _spaces(self, evidence: Evidence) -> tuple[Floats, Floats]:
        """Return, for the gap before each place (n,), log P(what was seen there) with a word boundary and without."""
        p = np.clip(evidence.space, 0.0, 1.0)
        hidden = _HIDDEN_SPACE[bool((p[1:] > 0.5).any())]
        boundary = np.log(p * (1 - hidden) + (1 - p) * hidden)
        none = np.log(p * _STRAY_SPACE + (1 - p) * (1 - _STRAY_SPACE))
        return boundary, none

    def _words(self, evidence: Evidence) -> _Edges:
        """Look up every stretch of places, as seen and with small changes."""
        log_p, lexicon = evidence.log_p, self.lexicon
        n = len(log_p)
        best = log_p.argmax(axis=1)
        top = log_p.max(axis=1)
        power, inverse = powers(n + 2), inverse_powers(n + 2)
        codes = lexicon.codes[best]
        prefix = np.concatenate([[np.uint64(0)], np.cumsum(codes * power[:n], dtype=np.uint64)])
        seen = np.concatenate([[0.0], np.cumsum(top)])
        starts, ends = np.triu_indices(n + 1, 1)
        fits = ends - starts <= MAX_WORD
        # a word does not run over two gaps that show a clear space
        clear = np.concatenate([[0], np.cumsum(evidence.space > 0.9)])
        fits &= clear[ends] - clear[np.minimum(starts + 1, n)] <= 1
        starts, ends = starts[fits], ends[fits]
        base = (prefix[ends] - prefix[starts]) * inverse[starts]
        score = seen[ends] - seen[starts]
        # every row below is a stretch with a change: its stretch, hash and cost, and the number of the change in `changes`
        hashes, rows, costs, kinds = [base], [np.arange(len(starts))], [score], [np.zeros(len(starts), np.intp)]
        changes: list[tuple[tuple[int, int], ...]] = [()]

        def add(inside: NDArray[np.intp], h: NDArray[np.uint64], cost: Floats, new: list[tuple[tuple[int, int], ...]]) -> None:
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
            add(inside, base[inside] + shift, score[inside] + loss[i, shapes][:, None], [((i, g),) for g in shapes.tolist()])
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
        word = (np.arange(len(which)) - np.repeat(np.cumsum(n_words) - n_words, n_words) + np.repeat(first, n_words)).astype(np.int64)
        start, end, cost = starts[all_rows[which]], ends[all_rows[which]], all_costs[which]
        prior = lexicon.log_p[word]
        # of words over one stretch, those that stand no chance beside the likeliest are left out
        stretch = start * (n + 1) + end
        order = np.lexsort((-(cost + prior), stretch))
        rank = np.arange(len(order)) - np.searchsorted(stretch[order], stretch[order], "left")
        worth = (cost + prior)[order]
        order = order[(rank < 6) & (worth > worth[np.arange(len(order)) - rank] - _SIDE_NATS)]
        taken = [changes[k] for k in all_kinds[which[order]].tolist()]
        return _Edges(start[order], end[order], word[order], cost[order], prior[order], taken)

    def _parse(self, history: _History, edges: _Edges, unknown_text: str, evidence: Evidence) -> _Parse:
        steps = []
        node: _History | None = history
        end = len(evidence.log_p)
        while node is not None and node.before is not None:
            steps.append((node, end))
            end, node = node.start, node.before
        words, letter_of = [], {}
        for node, stop in reversed(steps):
            if node.edge < 0:
                text, places = unknown_text[node.start : stop], list(range(node.start, stop))
            else:
                text, places = self.lexicon.words[node.word], _places(node.start, stop, edges.changes[node.edge])
            letter_of.update({place: letter for place, letter in zip(places, text, strict=True) if place >= 0})
            words.append((text, node.start, stop, node.edge >= 0))
        return _Parse(tuple(words), letter_of)


@dataclass(frozen=True)
class _Parse:
    """words: (text, first place, last place + 1, is in the lexicon); letter_of: the letter of each place that has one."""

    words: tuple[tuple[str, int, int, bool], ...]
    letter_of: dict[int, str]


class _History(NamedTuple):
    """A way to read a line up to some place: its last word, over edge `edge` (−1: not in the lexicon) from `start`."""

    score: float
    word: int
    before: _History | None
    start: int
    edge: int


def _log_odds(p: float) -> float:
    return math.log(max(p, 1e-6)) - math.log1p(-min(p, 0.98))


def _best(histories: list[_History]) -> list[_History]:
    """Keep the likeliest histories: at most _BEAM, within _BEAM_NATS of the best."""
    ranked = sorted(histories, key=lambda h: -h.score)[:_BEAM]
    return [h for h in ranked if h.score > ranked[0].score - _BEAM_NATS]


def _places(start: int, end: int, changes: tuple[tuple[int, int], ...]) -> list[int]:
    """Return the place of each letter of a word; −1 for one that was put in."""
    places: list[int] = []
    for i in range(start, end):
        places += [-1 for place, shape in changes if place == i and shape <= -2]
        if (i, -1) not in changes:
            places.append(i)
    return places
