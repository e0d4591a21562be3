"""From shapes to English: letters for shared shapes, spaces in run-together text, mended glyphs.

One search over words and spaces. A line is a row of places (`Evidence`), each with a probability for every shape and
with the chance that there is a space before it. A *reading* cuts the row into words of the lexicon and strings it does
not know. Its probability is the product of what the picture says (shapes, spaces) and of what English says (each word
given the one before; strings by their letters), so a weak glyph gives way to a good word, and a clear one does not.

Source of the search: Viterbi over a lattice of words, as in speech recognition (Ney and Ortmanns 1999), with the best
few histories kept.

Digits and signs part a line: what stands between them is searched by itself.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace
from itertools import groupby, pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from glyphgen.script import Script
from recognizers.language.lattice import Edges, find_words, places_of
from recognizers.language.lexicon import Lexicon
from recognizers.language.parse import Parse, log_p_of_any
from recognizers.reading import Evidence, GlyphReading, Reading, Word

Floats = NDArray[np.float64]

N_ALTERNATIVES = 5
# The numbers below were chosen by hand on lines of three campaigns of Wesnoth, of fortunes and of Moby Dick, cut as
# `experiments/measure/english_lines.py` does; docs/results.md measures on other campaigns.
_BEAM, _BEAM_NATS = 14, 14.0  # histories kept at a place
_KEPT = 4  # of them that a word is put after
SPOKEN = 0.7  # weight of the trigram model of speech against the pairs of books
_LOG_UNKNOWN = np.log(4e-4)  # a word that the lexicon does not know, before its letters
_LOG_UNKNOWN_LETTER = -0.25  # each of its letters, beyond P(letter)
# chance that a boundary shows no space, in lines that show none; and in lines that do: there a word that no list has is
# not cut into some that are known, unless it is longer than words are, as where some were run together
_HIDDEN_SPACE, _HIDDEN_IN_WORD, _HIDDEN_IN_LONG = 0.5, 1e-9, 2e-4
_LONG_WORD = 18  # of the words of the lexicon one in 1,900 is longer
_LONGEST = 40  # places of a string that is not known, at once
_UNKNOWN, _GOES_ON = -1, -2  # in place of an edge: such a string, and one that goes on with the one before
_STRAY_SPACE = 0.004  # chance of a space within a word
_LEAST_LETTERS = 20  # A to Z of a script that has other shapes too, and writes words all the same
SIGN_AT_ALL = 0.01  # chance from which a shape is among what a sign may be


def spells_english(script: Script) -> bool:
    """Return whether a script is one in which English words are written: all of its shapes are Latin letters, or most
    of the alphabet is there beside digits and signs, and a space. Without one they are for codes, as on captchas.
    """
    letters = [char for char in script.visible if _is_letter(char)]
    n_letters = sum(_is_letter(letter) for g in script.graphemes for letter in g.letters)
    has_words = n_letters >= _LEAST_LETTERS and " " in script.alphabet
    return script.ignores_case and (len(letters) == len(script.visible) or has_words)


def _is_letter(char: str) -> bool:
    return char.isascii() and char.isalpha()


class Language:
    """Turns shapes into English for one script. `words` are the user's own, one or several to a line."""

    def __init__(self, script: Script, words: Iterable[str] = ()) -> None:
        self.script, self.lexicon = script, Lexicon(script, words)
        self._options = [script.readings(script.encode(char)[0]) for char in script.visible]
        self._is_sign = np.array([not any(map(_is_letter, letters)) for letters in self._options])
        if self._is_sign.all():  # there are no words to part
            self._is_sign[:] = False

    def apply(self, reading: Reading) -> Reading:
        """Return the reading with letters, words, alternatives and, for each glyph, its letter and the
        other choices.
        """
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
            letters=best.text,
            words=tuple(words),
            added=best.added,
            glyphs=tuple(glyphs),
            alternatives=tuple((parse.text, p) for parse, p in found),
            letters_confidence=found[0][1],
            words_odds=best.log_p - log_p_of_any(reading.evidence.log_p, self._is_sign),
        )

    def _with_letter(self, glyph: GlyphReading, letter: str, chances: dict[str, float]) -> GlyphReading:
        shape = self.script.canonical(letter) if letter else glyph.char
        readings = self._options[self.script.visible.index(shape)]
        options = {char: chances.get(char, 0.0) for char in readings}
        is_sign = not any(map(_is_letter, readings))  # one letter stands for it: what is left is another shape
        total = 1.0 if is_sign else sum(options.values()) or 1.0
        ranked = tuple(sorted(((char, p / total) for char, p in options.items()), key=lambda item: -item[1]))
        return replace(glyph, letter=letter, letters=ranked)

    def spell(self, shapes: str) -> Reading:
        """Read a text of shapes (any letters that the script can write) as if every glyph had been seen clearly."""
        canonical = " ".join(self.script.canonical(shapes).split())
        glyphs = tuple(GlyphReading(char, 1.0, (float(k), k + 1.0), ((char, 1.0),)) for k, char in enumerate(canonical))
        return self.apply(Reading(canonical, 1.0, glyphs, evidence=Evidence.of_text(canonical, self.script.visible)))

    def search(self, evidence: Evidence, n_best: int = N_ALTERNATIVES) -> list[tuple[Parse, float]]:
        """Return the n_best readings of a line with their probabilities, among those that the search
        kept; best first.
        """
        is_sign = np.exp(evidence.log_p)[:, self._is_sign].sum(axis=1) > 0.5
        if not is_sign.any():
            return self._search_words(evidence, n_best)
        shows_spaces = bool((evidence.space[1:] > 0.5).any())
        found: list[tuple[Parse, float]] = [(Parse("", (), {}, ()), 1.0)]
        stretches = groupby(range(len(is_sign)), lambda place: place if is_sign[place] else -1)
        for places in [list(group) for _, group in stretches]:
            start, stop = places[0], places[-1] + 1
            if is_sign[start]:
                more = self._signs(evidence.log_p[start], float(evidence.skip[start]))
            else:
                more = self._search_words(evidence.part(start, stop), n_best, shows_spaces)
            gap = " " if start and evidence.space[start] > 0.5 else ""
            both = [(a.followed(b, gap if a.text and b.text else "", start), p * q) for a, p in found for b, q in more]
            found = sorted(both, key=lambda one: -one[1])[:n_best]
        return found

    def _signs(self, log_p: Floats, skip: float) -> list[tuple[Parse, float]]:
        """Return what the shape at one place may be, a sign most likely or a stain, with probabilities; best first."""
        p = np.exp(log_p) / np.exp(log_p).sum() * (1 - skip)
        order = np.argsort(-p).tolist()
        likely = order[:1] + [k for k in order[1:] if p[k] >= SIGN_AT_ALL]
        found = [(Parse(self._options[k][0], (), {0: self._options[k][0]}, ()), float(p[k])) for k in likely]
        stain = [(Parse("", (), {}, ()), skip)] if skip >= SIGN_AT_ALL else []
        return sorted([*found, *stain], key=lambda one: -one[1])

    def _search_words(self, evidence: Evidence, n_best: int, shows_spaces: bool = False) -> list[tuple[Parse, float]]:
        """Search a line, or a stretch of one, without signs; shows_spaces: the line shows some elsewhere."""
        n = len(evidence.log_p)
        spaces = self._spaces(evidence, shows_spaces)
        edges = find_words(evidence, self.lexicon)
        text, each = self._by_letters(evidence)
        unknown = np.concatenate([[0.0], np.cumsum(each + evidence.log_p.max(axis=1) + _LOG_UNKNOWN_LETTER)])
        by_start = [np.flatnonzero(edges.start == s) for s in range(n)]
        joined = np.concatenate([[0.0], np.cumsum(spaces[1])])  # cost of no boundary in the gaps before each place
        lexicon, start_id, unknown_id = self.lexicon, self.lexicon.start_id, self.lexicon.unknown_id
        # a string that is not known ends at the next space that is clearly seen
        seen_spaces = np.append(np.flatnonzero(evidence.space > 0.9), n)
        next_space = seen_spaces[np.searchsorted(seen_spaces, np.arange(n), "right").clip(max=len(seen_spaces) - 1)]
        histories: list[list[_History]] = [[] for _ in range(n + 1)]
        likeliest = [-math.inf] * (n + 1)  # score at each place so far
        histories[0] = [_History(0.0, start_id, None, 0, _UNKNOWN)]
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
                own = (
                    edges.seen[which]
                    + (joined[ends] - joined[s + 1])
                    + np.where(ends < n, spaces[0][np.minimum(ends, n - 1)], 0.0)
                )
                a, b = np.repeat(firsts, len(which)), np.tile(words, len(kept))
                follow = lexicon.log_follow(a, b, np.tile(edges.log_p[which], len(kept))).reshape(len(kept), -1)
                total = scores[:, None] + follow + own[None]
                order = np.argsort(-total, axis=0)[:_KEPT].T.tolist()
                word_list, end_list, total_list, follow_list = (
                    words.tolist(),
                    ends.tolist(),
                    total.T.tolist(),
                    follow.T.tolist(),
                )
                for column, edge in enumerate(which.tolist()):
                    word, end = word_list[column], end_list[column]
                    for row in order[column]:
                        if total_list[column][row] < likeliest[end] - _BEAM_NATS:
                            break  # the rows come best first
                        before = kept[row]
                        p = lexicon.trigrams.p(word, before.word, before.before.word if before.before else start_id)
                        pair = follow_list[column][row]
                        score = total_list[column][row] - pair + math.log(SPOKEN * p + (1 - SPOKEN) * math.exp(pair))
                        histories[end].append(_History(score, word, before, s, edge))
                        likeliest[end] = max(likeliest[end], score)
            for history, cost, kind in self._unknown_after(kept, s, bool(spaces[0][s] > spaces[1][s])):
                for e in range(s + 1, min(n, s + _LONGEST, int(next_space[s])) + 1):
                    own_score = (
                        cost + unknown[e] - unknown[s] + joined[e] - joined[s + 1] + (spaces[0][e] if e < n else 0.0)
                    )
                    score = float(history.score + own_score)
                    if score > likeliest[e] - _BEAM_NATS:
                        histories[e].append(_History(score, unknown_id, history, s, kind))
                        likeliest[e] = max(likeliest[e], score)
        final = _best(histories[n])
        parses, seen_texts = [], set()
        for history in final:
            parse = self._parse(history, edges, text, evidence)
            if parse.text not in seen_texts:
                seen_texts.add(parse.text)
                parses.append((parse, history.score))
        scores = np.array([score for _, score in parses])
        p = np.exp(scores - scores.max())
        p /= p.sum()
        return [(parse, float(share)) for (parse, _), share in zip(parses, p, strict=True)][:n_best]

    def _unknown_after(self, kept: list[_History], s: int, is_boundary: bool) -> list[tuple[_History, float, int]]:
        """Return the histories after which a string of unknown letters may start at step s, each with its cost (log
        probability) and kind of edge. Two such strings in a row count as one unless a space stands between them; one
        of the greatest length may be continued.
        """
        found = []
        first = next((h for h in kept if is_boundary or h.edge >= 0 or h.before is None), None)
        if first is not None:
            found.append((first, float(_LOG_UNKNOWN), _UNKNOWN))
        full = next((h for h in kept if h.edge < 0 and h.before is not None and s - h.start >= _LONGEST), None)
        if full is not None:
            found.append((full, 0.0, _GOES_ON))
        return found

    def _by_letters(self, evidence: Evidence) -> tuple[str, Floats]:
        """Return the likeliest letters by the letters beside them, space by space, and their log probabilities (n,)."""
        best = evidence.log_p.argmax(axis=1).tolist()
        cuts = [0, *(np.flatnonzero(evidence.space[1:] > 0.5) + 1).tolist(), len(best)]
        parts = [self.lexicon.letters.most_likely([self._options[k] for k in best[a:b]]) for a, b in pairwise(cuts)]
        return "".join(text for text, _ in parts), np.concatenate([each for _, each in parts])

    def _spaces(self, evidence: Evidence, shows_spaces: bool) -> tuple[Floats, Floats]:
        """Return, for the gap before each place (n,), log P(what was seen there) with a word boundary and without."""
        p = np.clip(evidence.space, 0.0, 1.0)
        is_seen = np.r_[False, p[1:] > 0.5]
        stretch = np.cumsum(is_seen)  # between two spaces that are seen
        is_long = np.bincount(stretch)[stretch] > _LONG_WORD
        hidden = np.where(is_long, _HIDDEN_IN_LONG, _HIDDEN_IN_WORD) if shows_spaces or is_seen.any() else _HIDDEN_SPACE
        boundary = np.log(p * (1 - hidden) + (1 - p) * hidden)
        none = np.log(p * _STRAY_SPACE + (1 - p) * (1 - _STRAY_SPACE))
        return boundary, none

    def _parse(self, history: _History, edges: Edges, unknown_text: str, evidence: Evidence) -> Parse:
        steps = []
        node: _History | None = history
        end = len(evidence.log_p)
        while node is not None and node.before is not None:
            steps.append((node, end))
            end, node = node.start, node.before
        words: list[tuple[str, int, int, bool]] = []
        added: list[int] = []
        n_before = 0
        letter_of: dict[int, str] = {}
        for node, stop in reversed(steps):
            if node.edge < 0:
                text, places = unknown_text[node.start : stop], list(range(node.start, stop))
            else:
                text, places = self.lexicon.words[node.word], places_of(node.start, stop, edges.changes[node.edge])
            letter_of.update({place: letter for place, letter in zip(places, text, strict=True) if place >= 0})
            n_before += bool(words) and node.edge != _GOES_ON  # the space
            added += [n_before + k for k, place in enumerate(places) if place < 0]
            n_before += len(text)
            if node.edge == _GOES_ON:
                before = words.pop()
                words.append((before[0] + text, before[1], stop, False))
            else:
                words.append((text, node.start, stop, node.edge >= 0))
        text = " ".join(word[0] for word in words)
        return Parse(text, tuple(words), letter_of, tuple(added), float(history.score))


class _History(NamedTuple):
    """A way to read a line up to some place: its last word, over edge `edge` (or _UNKNOWN, _GOES_ON) from `start`."""

    score: float
    word: int
    before: _History | None
    start: int
    edge: int


def _best(histories: list[_History]) -> list[_History]:
    """Keep the likeliest histories: at most _BEAM, within _BEAM_NATS of the best."""
    ranked = sorted(histories, key=lambda h: -h.score)[:_BEAM]
    return [h for h in ranked if h.score > ranked[0].score - _BEAM_NATS]
