"""What is known of English: how frequent words are, and which follow which.

Words: wordfreq (Speer 2022). Which word follows two others: the trigram model of spoken American English that
pocketsphinx ships. Which follows one other: the 242,342 bigrams with counts that symspellpy ships (from Google Books).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import lru_cache
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

MAX_WORD = 20  # letters
_LEAST_FREQUENCY = 1e-8  # of words that only the word list of symspellpy has
# Google Books has about this many bigrams behind the counts that symspellpy lists. Source: count(of the) = 1.77e11, and
# wordfreq's P(of) times the share of "of" that "the" follows, 0.27
_N_BIGRAMS = 2.5e13
_LEAST_SHORT = {2: 1e-5, 3: 2e-6, 4: 1e-7}  # by length: rarer ones that no dictionary has are initials, not words
_LOG_BASE, _NOT_SPOKEN = math.log(1.0001), -100_000_000  # pocketsphinx counts log probabilities in steps of this base
_TRIPLE = 0.5
_SINGLE = {"A", "I", "O"}  # letters that are words


@lru_cache(maxsize=1)
def english() -> dict[str, float]:
    """Return English words in capitals with their frequencies, apostrophes left out as signs leave them out.

    Short ones that no dictionary has (abbreviations, initials) are made rare: run-together text would fall apart into
    them.
    """
    from wordfreq import get_frequency_dict

    known = {line.split()[0].upper() for line in _symspell("frequency_dictionary_en_82_765.txt")}
    found: dict[str, float] = {}
    for word, frequency in get_frequency_dict("en", "large").items():
        word = word.replace("'", "").upper()
        if not word.isascii() or not word.isalpha() or len(word) > MAX_WORD:
            continue
        if len(word) == 1 and word not in _SINGLE:
            continue
        if word not in known:
            if frequency < _LEAST_SHORT.get(len(word), 0.0):
                continue
            frequency *= 0.002 if len(word) == 2 else 0.02 if len(word) == 3 else 0.3
        elif word in ("O", "ST", "RE", "DE", "LA", "CO", "AL", "PC", "CD", "ID", "II", "PM"):
            frequency *= 0.02
        found[word] = found.get(word, 0.0) + frequency
    for word in known:
        if len(word) > 3 and word.isalpha() and word not in found:
            found[word] = _LEAST_FREQUENCY
    return found


@lru_cache(maxsize=1)
def english_bigrams() -> tuple[list[tuple[str, str]], NDArray[np.float64]]:
    """Return pairs of words in capitals with the probability of each."""
    pairs, counts = [], []
    for line in _symspell("frequency_bigramdictionary_en_243_342.txt"):
        first, second, count = line.split()
        if first + second == "cannot":  # how Google's tokenizer counts it
            continue
        pairs.append((first.upper(), second.upper()))
        counts.append(float(count))
    return pairs, np.array(counts) / _N_BIGRAMS


def _symspell(name: str) -> list[str]:
    return [line for line in (files("symspellpy") / name).read_text(encoding="utf-8-sig").splitlines() if line]


class Trigrams:
    """P(word | the two before it) of the model that pocketsphinx ships, for words by their ids in a lexicon."""

    def __init__(
        self, words: Sequence[str], triples: Iterable[tuple[int, int, int]] = (), spelling: dict[str, str] | None = None
    ) -> None:
        """triples are ids of names and signs of three words: the third follows the first two half of the time.
        spelling: see `spoken_spelling`, which it saves.
        """
        self._words, self.ours = words, set(triples)
        self._model, self._apostrophes = _spoken_english(), spoken_spelling() if spelling is None else spelling
        self._spoken: dict[int, str | None] = {}

    def p(self, word: int, before: int, earlier: int) -> float:
        """Return P(word | earlier, before); 0 for a word that the model does not know. Ids beyond the
        words are fine.
        """
        if (earlier, before, word) in self.ours:
            return _TRIPLE
        spoken = self._as_spoken(word)
        if spoken is None:
            return 0.0
        last = self._as_spoken(before)
        if last is None:
            found = self._model.prob([spoken])
        else:
            first = self._as_spoken(earlier)
            found = self._model.prob([spoken, last]) if first is None else self._model.prob([spoken, last, first])
        return math.exp(found * _LOG_BASE)

    def _as_spoken(self, word: int) -> str | None:
        """Return a word as the model spells it, None when it does not know it."""
        if word not in self._spoken:
            text = self._words[word] if word < len(self._words) else ""
            spelled = self._apostrophes.get(text) or text.lower()
            self._spoken[word] = spelled if text and self._model.prob([spelled]) > _NOT_SPOKEN else None
        return self._spoken[word]


@lru_cache(maxsize=1)
def _spoken_english() -> Any:
    from pocketsphinx import NGramModel, get_model_path  # type: ignore[attr-defined]  # it has no types

    return NGramModel.readfile(get_model_path("en-us/en-us.lm.bin"))


def spoken_spelling() -> dict[str, str]:
    """Return how pocketsphinx' model spells (don't) words that signs write without the apostrophe (DONT)."""
    from wordfreq import get_frequency_dict

    frequencies = get_frequency_dict("en", "large")
    split: dict[str, str] = {}
    for word, frequency in frequencies.items():
        bare = word.replace("'", "")
        if bare != word and frequency > frequencies.get(bare, 0.0) and frequency > 1e-7:
            split.setdefault(bare.upper(), word)
    return split
