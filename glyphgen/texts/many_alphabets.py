"""Texts in alphabets without end: strings of letters that no language has."""

from __future__ import annotations

from typing import Self

import numpy as np

from glyphgen.faces.many_alphabets import ManySource
from glyphgen.texts.english import SplitTexts, own_string


class ManyCorpus(SplitTexts):
    """Draws words of one alphabet at a time, of 1 to max_graphemes graphemes in all; all its letters are equally
    likely. The splits share no word of two letters or more.
    """

    def __init__(self, source: ManySource, max_graphemes: int = 24) -> None:
        self.letters, self.max_graphemes = [alphabet.letters for alphabet in source.alphabets], max_graphemes

    def _keep_own(self, whole: Self) -> None:
        """Nothing is listed: what a split may write is decided where a word is drawn."""

    def draw(self, rng: np.random.Generator) -> tuple[str, str]:
        own = self.letters[int(rng.integers(len(self.letters)))]
        target = int(rng.integers(1, self.max_graphemes + 1))
        words: list[str] = []
        while sum(map(len, words)) + len(words) < target and len(words) < 5:
            n = min(int(rng.integers(1, 10)), target)
            words.append("".join(own[i] for i in rng.integers(0, len(own), n)))
        return own_string(" ".join(words)[: self.max_graphemes].strip(), self.split or None, own, rng), ""

    def neighbor(self, rng: np.random.Generator, n: int) -> str:
        own = self.letters[int(rng.integers(len(self.letters)))]
        return "".join(own[i] for i in rng.integers(0, len(own), n))
