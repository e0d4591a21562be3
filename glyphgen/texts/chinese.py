"""Running Chinese for large alphabets: words by frequency, punctuation, numbers and Latin words, cut anywhere.

A text is a window of n characters out of a stream, as a line of a page is. A share of its characters is drawn evenly
from the whole alphabet, for a frequent character is seen a thousand times before a rare one is seen at all. The splits
share no word of two characters or more, Latin ones neither; what a cut leaves of a word, and where two words meet, may
be a word of another split. Source of words and frequencies: wordfreq (Speer 2022), 60,000 words.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Self

import numpy as np
from numpy.typing import NDArray

from glyphgen.script import Script
from glyphgen.texts.english import SplitTexts, cumulative_of, english_words, is_of

N_WORDS = 60_000
RARE_SHARE = 0.01  # of running text, where training draws more
_MARKS = (
    ("，", 50),
    ("。", 28),
    ("、", 10),
    ("：", 4),
    ("；", 3),
    ("？", 3),
    ("！", 3),
    (",", 4),
    (".", 3),
    (":", 2),
    (";", 1),
    ("!", 1),
    ("?", 1),
    ("·", 1),
    ("—", 2),
)
_PAIRS = (("“", "”"), ("（", "）"), ("《", "》"), ("(", ")"), ("‘", "’"), ('"', '"'))


@lru_cache(maxsize=1)
def chinese_words() -> tuple[tuple[str, ...], tuple[float, ...]]:
    """Return Chinese words (simplified characters) with weights: frequency to the power 0.7, so that more of them are
    seen.
    """
    from wordfreq import get_frequency_dict, top_n_list

    words = top_n_list("zh", N_WORDS)
    frequency = get_frequency_dict("zh")
    return tuple(words), tuple(frequency[word] ** 0.7 for word in words)


class ChineseCorpus(SplitTexts):
    """Draws texts of 1 to `max_graphemes` characters that a script has and `covered` lists; rare_share of the
    characters are drawn evenly from all of those.
    """

    def __init__(self, script: Script, covered: str, max_graphemes: int = 14, rare_share: float = RARE_SHARE) -> None:
        self.script, self.covered, self.max_graphemes, self.rare_share = script, covered, max_graphemes, rare_share
        have = set(covered)
        words, weights = chinese_words()
        keep = [k for k, word in enumerate(words) if set(word) <= have]
        latin, latin_weights = english_words()
        keep_latin = [k for k, word in enumerate(latin) if set(word) <= have]
        self.words, self._weights = [words[k] for k in keep], [weights[k] for k in keep]
        self.latin, self._latin_weights = [latin[k] for k in keep_latin], [latin_weights[k] for k in keep_latin]
        self._cumulative, self._latin = cumulative_of(self._weights), cumulative_of(self._latin_weights)
        marks = [(mark, n) for mark, n in _MARKS if mark in have]
        self.marks, self._marks = [mark for mark, _ in marks], cumulative_of([float(n) for _, n in marks])
        self.pairs = [pair for pair in _PAIRS if set(pair) <= have]
        self.digits = [digit for digit in "0123456789" if digit in have]

    def _keep_own(self, whole: Self) -> None:
        for items, weights, ends in (("words", "_weights", "_cumulative"), ("latin", "_latin_weights", "_latin")):
            words, before = getattr(whole, items), getattr(whole, weights)
            keep = [k for k, word in enumerate(words) if is_of(word, self.split)]
            own = [before[k] for k in keep]
            setattr(self, items, [words[k] for k in keep])
            setattr(self, weights, own)
            setattr(self, ends, cumulative_of(before, keep) if self.split == "train" else cumulative_of(own))

    def draw(self, rng: np.random.Generator) -> tuple[str, str]:
        """Draw one text, twice: it is written as it is read."""
        n = int(rng.integers(2, self.max_graphemes + 1)) if rng.random() < 0.95 else 1
        stream = ""
        while len(stream) < n + 4:
            stream += self._phrase(rng)
        start = int(rng.integers(0, len(stream) - n + 1))
        chars = list(stream[start : start + n])
        for k in np.flatnonzero(rng.random(len(chars)) < self.rare_share).tolist():
            chars[k] = self.covered[int(rng.integers(len(self.covered)))]
        text = "".join(chars).strip() or self.covered[0]
        return text, text

    def neighbor(self, rng: np.random.Generator, n: int) -> str:
        """Draw n characters for a cut neighboring line."""
        return "".join(self.covered[k] for k in rng.integers(0, len(self.covered), n).tolist())

    def _phrase(self, rng: np.random.Generator) -> str:
        kind = float(rng.random())
        if kind < 0.05 and self.digits:
            number = "".join(
                self.digits[k] for k in rng.integers(0, len(self.digits), int(rng.integers(1, 5))).tolist()
            )
            return number + (
                ("年", "月", "日", "%", ".", "")[int(rng.integers(6))] if set("年月日%.") <= set(self.covered) else ""
            )
        if kind < 0.07 and self.latin:
            word = _pick(self.latin, self._latin, rng)
            form = (word, word.lower(), word.capitalize(), word[:3])[int(rng.integers(4))]
            return form if set(form) <= set(self.covered) and is_of(form.upper(), self.split or None) else word
        words = (
            "".join(_pick(self.words, self._cumulative, rng) for _ in range(int(rng.integers(1, 5))))
            if self.words
            else self.covered[0]
        )
        if kind < 0.13 and self.pairs:
            left, right = self.pairs[int(rng.integers(len(self.pairs)))]
            return left + words + right
        return words + (_pick(self.marks, self._marks, rng) if kind < 0.7 and self.marks else "")


def _pick(items: list[str], cumulative: NDArray[np.float64], rng: np.random.Generator) -> str:
    return items[min(int(np.searchsorted(cumulative, rng.random())), len(items) - 1)]
