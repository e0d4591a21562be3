"""Which strings to write.

A mixture: English words by frequency (wordfreq), names and signs of the games (`scripts/<script>_words.txt`, facts
only), and random strings in which every grapheme is equally likely, so that rare ones are seen. Words are joined by
spaces or run together, as the games do. Texts are canonical, and only those that the script can write are used.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Protocol

import numpy as np

from glyphgen.script import SCRIPTS_DIR, Script

N_ENGLISH = 20_000


class TextSource(Protocol):
    """What lines are made of."""

    def draw(self, rng: np.random.Generator) -> tuple[str, str]:
        """Draw a canonical text, and the text as a person would write it, "" where there is none."""
        ...

    def neighbor(self, rng: np.random.Generator, n: int) -> str:
        """Draw n visible graphemes for a line that is cut off and no label."""
        ...


@lru_cache(maxsize=1)
def english_words() -> tuple[tuple[str, ...], tuple[float, ...]]:
    """Return the most frequent English words, upper case, with weights (frequency to the power 0.4: still natural,
    but rare words are seen). Source: wordfreq (Speer 2022).
    """
    from wordfreq import top_n_list, word_frequency

    words = [w for w in top_n_list("en", N_ENGLISH) if w.isascii() and w.isalpha()]
    return tuple(w.upper() for w in words), tuple(word_frequency(w, "en") ** 0.4 for w in words)


def game_words(script_name: str, kind: str = "words") -> tuple[str, ...]:
    """Return our list of names and signs for a script, one a line; empty when there is none. The kind `words` is rendered,
    `names` are further ones.
    """
    path = SCRIPTS_DIR / f"{script_name}_{kind}.txt"
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    return tuple(line.strip() for line in lines if line.strip() and not line.startswith("#"))


class Corpus:
    """Draws canonical texts of 1 to `max_graphemes` graphemes for a script."""

    def __init__(
        self,
        script: Script,
        max_graphemes: int = 32,
        english_share: float = 0.45,
        names_share: float = 0.2,
        run_together_share: float = 0.12,
    ) -> None:
        self.script, self.max_graphemes = script, max_graphemes
        self.run_together_share = run_together_share
        self.has_space = " " in script.alphabet
        words, weights = self._writable(*english_words()) if script.can_write("A") else ([], [])
        self.words = words  # pairs: canonical, English
        self._cumulative = np.cumsum(weights) / sum(weights) if words else np.zeros(0)
        spaced = {name.replace(" ", ""): name for name in (*game_words(script.name, "names"), *game_words(script.name)) if " " in name}
        names = self._writable(game_words(script.name), None)[0]
        self.names = [(text, letters if " " in letters else spaced.get(letters, letters)) for text, letters in names]
        if self.has_space is False:
            self.names = [(name.replace(" ", ""), letters.replace(" ", "")) for name, letters in self.names]
        self._english = english_share if words else 0.0
        self._names = self._english + (names_share if self.names else 0.0)
        self._letters = script.visible

    def _writable(self, words: tuple[str, ...], weights: tuple[float, ...] | None) -> tuple[list[tuple[str, str]], list[float]]:
        keep = [i for i, w in enumerate(words) if self.script.can_write(w) and len(w) <= self.max_graphemes]
        pairs = [(self.script.canonical(words[i]), words[i]) for i in keep]
        return pairs, [weights[i] for i in keep] if weights else []

    def _word(self, rng: np.random.Generator) -> tuple[str, str]:
        return self.words[int(np.searchsorted(self._cumulative, rng.random()))]

    def random_string(self, rng: np.random.Generator) -> str:
        """Draw 1 to 12 graphemes, each equally likely, sometimes with a space inside."""
        n = min(int(rng.integers(1, 13)), self.max_graphemes)
        chars = [self._letters[i] for i in rng.integers(0, len(self._letters), n)]
        if self.has_space and n > 3 and rng.random() < 0.4:
            chars[int(rng.integers(1, n - 1))] = " "
        return "".join(chars)

    def sample(self, rng: np.random.Generator) -> str:
        """Draw one text: canonical, no space at either end or doubled, at most `max_graphemes` long."""
        return self.draw(rng)[0]

    def draw(self, rng: np.random.Generator) -> tuple[str, str]:
        """Draw one text as `sample` does, and the English it stands for, with all its spaces; "" where there is none."""
        kind = rng.random()
        if kind < self._english:
            target = min(int(rng.integers(1, 28)), self.max_graphemes)
            parts = [self._word(rng)]
            while sum(len(text) for text, _ in parts) + len(parts) < target and len(parts) < 5:
                parts.append(self._word(rng))
        elif kind < self._names:
            name = self.names[int(rng.integers(len(self.names)))]
            words = name[0].split(" ")  # one may stand for several words run together
            parts = list(zip(words, name[1].split(" ") if len(words) > 1 else [name[1]], strict=True))
            if rng.random() < 0.25 and self.words:
                parts = [*parts, self._word(rng)]
        else:
            parts = [(self.random_string(rng), "")]
        together = not self.has_space or (len(parts) > 1 and rng.random() < self.run_together_share)
        text, letters = ("" if together else " ").join(text for text, _ in parts), " ".join(letters for _, letters in parts)
        if len(text) > self.max_graphemes:
            return text[: self.max_graphemes].strip(), ""
        return text.strip(), letters

    def neighbor(self, rng: np.random.Generator, n: int) -> str:
        """Draw n visible graphemes for a cut neighboring line; its text is never a label."""
        return "".join(self._letters[i] for i in rng.integers(0, len(self._letters), n))
