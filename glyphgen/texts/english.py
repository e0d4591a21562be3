"""Which strings to write.

A mixture: English words by frequency (wordfreq), names and signs of the games (`scripts/<script>_words.txt`, facts
only), and random strings in which every grapheme is equally likely, so that rare ones are seen. Words are joined by
spaces or run together, as the games do. Texts are canonical, and only those that the script can write are used.

The splits share no word and no random string of two graphemes or more: `split_of` deals them out by their spelling. A
name goes with the names it has a word in common with; so do English words that occur in it.
"""

from __future__ import annotations

import copy
import hashlib
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Protocol, Self, final

import numpy as np
from numpy.typing import NDArray

from glyphgen.script import SCRIPTS_DIR, Script

N_ENGLISH = 20_000
_HELD_OUT, _NAMES_HELD_OUT = 0.05, 0.1  # of words and of names, for the test, and as many for validation: names are few
_DEAL = b"2"  # one that leaves the golden pictures of training what they were
_ONE_NAME = 0.01  # of the lines of a split, at most, say one and the same name; English fills their place
_LONG = 6  # graphemes of words run together from which no random string is the same
_MOST_NAMES = 4  # with words in common that may be held out together; more are for training
# for a random string of a split; only where there are hardly any, as of two graphemes of three, all are in vain
_TRIES = 1000


class TextSource(Protocol):
    """What lines are made of."""

    def draw(self, rng: np.random.Generator) -> tuple[str, str]:
        """Draw a canonical text, and the text as a person would write it, "" where there is none."""
        ...

    def neighbor(self, rng: np.random.Generator, n: int) -> str:
        """Draw n visible graphemes for a line that is cut off and no label."""
        ...

    def part(self, split: str) -> Self:
        """Return the texts of one split: train, val or test."""
        ...


def split_of(word: str, held_out: float = _HELD_OUT) -> str:
    """Return the split that a word or a random string is for, by its spelling alone: the same on every machine, for
    every seed. held_out is the share of the test, and that of validation.
    """
    place = int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8, person=_DEAL).digest(), "big") / 2**64
    return "test" if place < held_out else "val" if place < 2 * held_out else "train"


def is_of(word: str, split: str | None, homes: Mapping[str, str] | None = None) -> bool:
    """Return whether a split may write a word: one of its own, or a single grapheme, which all need. homes say where
    words belong that are not dealt out by their spelling; without a split everything may be written.
    """
    return split is None or len(word) < 2 or ((homes or {}).get(word) or split_of(word)) == split


def own_string(
    text: str,
    split: str | None,
    letters: Sequence[str],
    rng: np.random.Generator,
    homes: Mapping[str, str] | None = None,
) -> str:
    """Return a random text, of which each string between spaces that is another split's is drawn anew from letters, as
    long as it was. Where there is none for the split, of a very small alphabet, it stays.
    """
    words = text.split(" ")
    for k, word in enumerate(words):
        for _ in range(_TRIES):
            if is_of(words[k], split, homes):
                break
            words[k] = "".join(letters[i] for i in rng.integers(0, len(letters), len(word)).tolist())
    return " ".join(words)


def cumulative_of(weights: Sequence[float], keep: Sequence[int] | None = None) -> NDArray[np.float64]:
    """Return the cumulative distribution (n,) over the items, or over those of `keep`. The weight of an item that is
    left out goes to the next one kept, so that a random number picks the same item as without `keep` wherever that
    item is kept.
    """
    if not len(weights) or (keep is not None and not len(keep)):
        return np.zeros(0)
    ends = np.cumsum(weights) / sum(weights)
    if keep is not None:
        ends = ends[list(keep)]
        ends[-1] = 1.0
    return ends


@lru_cache(maxsize=1)
def english_words() -> tuple[tuple[str, ...], tuple[float, ...]]:
    """Return the most frequent English words, upper case, with weights (frequency to the power 0.4: still natural,
    but rare words are seen). Source: wordfreq (Speer 2022).
    """
    from wordfreq import top_n_list, word_frequency

    words = [w for w in top_n_list("en", N_ENGLISH) if w.isascii() and w.isalpha()]
    return tuple(w.upper() for w in words), tuple(word_frequency(w, "en") ** 0.4 for w in words)


def game_words(script_name: str, kind: str = "words") -> tuple[str, ...]:
    """Return our list of names and signs for a script, one a line; empty when there is none. The kind `words` is
    rendered, `names` are further ones.
    """
    path = SCRIPTS_DIR / f"{script_name}_{kind}.txt"
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    return tuple(line.strip() for line in lines if line.strip() and not line.startswith("#"))


class SplitTexts(ABC):
    """Texts of which each split has its own. `split` is "" for all of them."""

    split: str = ""

    @final
    def part(self, split: str) -> Self:
        """Return the texts of one split alone."""
        if self.split == split:
            return self
        part = copy.copy(self)
        part.split = split
        part._keep_own(self)
        return part

    @abstractmethod
    def _keep_own(self, whole: Self) -> None:
        """Leave out what is another split's; `whole` has everything."""


class Corpus(SplitTexts):
    """Draws canonical texts of 1 to `max_graphemes` graphemes for a script; `part` of it those of one split."""

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
        self.words, self._weights = words, weights  # pairs: canonical, English
        self._cumulative = cumulative_of(weights)
        spaced = {
            name.replace(" ", ""): name
            for name in (*game_words(script.name, "names"), *game_words(script.name))
            if " " in name
        }
        names = self._writable(game_words(script.name), None)[0]
        self.names = [(text, letters if " " in letters else spaced.get(letters, letters)) for text, letters in names]
        self._homes = _homes(
            [*text.split(" "), text.replace(" ", ""), *map(script.canonical, letters.split(" "))]
            for text, letters in self.names
        )
        if self.has_space is False:
            self.names = [(name.replace(" ", ""), letters.replace(" ", "")) for name, letters in self.names]
        self._shares = english_share, names_share if self.names else 0.0
        self._letters = script.visible
        self._foreign: frozenset[str] = frozenset()
        self._drawn_names = self.names
        self._set_shares()

    def _set_shares(self) -> None:
        english, names = self._shares
        said = min(names, _ONE_NAME * len(self.names)) if self.split else names
        self._english = english + (names - said) if self.words else 0.0
        self._names = self._english + said

    def _keep_own(self, whole: Self) -> None:
        """Leave out the words and names of other splits; an empty kind is left out."""
        keep = [k for k, (text, _) in enumerate(whole.words) if self._may_write(text)]
        self.words, self._weights = [whole.words[k] for k in keep], [whole._weights[k] for k in keep]
        self._cumulative = (
            cumulative_of(whole._weights, keep) if self.split == "train" else cumulative_of(self._weights)
        )
        own = [k for k, (text, _) in enumerate(whole.names) if self._may_write(text)]
        self.names = self._drawn_names = [whole.names[k] for k in own]
        if self.split == "train" and own:  # as with words: the next one has the room of those that are held out
            at = np.searchsorted(own, range(len(whole.names)))
            self._drawn_names = [whole.names[own[k % len(own)]] for k in at.tolist()]
        self._foreign = frozenset(text for text, _ in whole.words) - frozenset(text for text, _ in self.words)
        self._set_shares()

    def _may_write(self, text: str) -> bool:
        return all(is_of(word, self.split or None, self._homes) for word in text.split(" "))

    def _writable(
        self, words: tuple[str, ...], weights: tuple[float, ...] | None
    ) -> tuple[list[tuple[str, str]], list[float]]:
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
        return own_string("".join(chars), self.split or None, self._letters, rng, self._homes)

    def sample(self, rng: np.random.Generator) -> str:
        """Draw one text: canonical, no space at either end or doubled, at most `max_graphemes` long."""
        return self.draw(rng)[0]

    def draw(self, rng: np.random.Generator) -> tuple[str, str]:
        """Draw one text as `sample` does, and the English it stands for, with all its spaces; "" where
        there is none.
        """
        kind = rng.random()
        if kind < self._english:
            target = min(int(rng.integers(1, 28)), self.max_graphemes)
            parts = [self._word(rng)]
            while sum(len(text) for text, _ in parts) + len(parts) < target and len(parts) < 5:
                parts.append(self._word(rng))
        elif kind < self._names:
            name = self._drawn_names[int(rng.integers(len(self._drawn_names)))]
            words = name[0].split(" ")  # one may stand for several words run together
            parts = list(zip(words, name[1].split(" ") if len(words) > 1 else [name[1]], strict=True))
            if rng.random() < 0.25 and self.words:
                parts = [*parts, self._word(rng)]
        else:
            parts = [(self.random_string(rng), "")]
        together = not self.has_space or (len(parts) > 1 and rng.random() < self.run_together_share)
        if together and self._makes_another("".join(text for text, _ in parts)):
            parts, together = (parts, False) if self.has_space else (parts[:1], True)
        text, letters = (
            ("" if together else " ").join(text for text, _ in parts),
            " ".join(letters for _, letters in parts),
        )
        if len(text) > self.max_graphemes:
            return self._cut(text), ""
        return text.strip(), letters

    def _makes_another(self, text: str) -> bool:
        """Return whether words of this split, run together, are a word that another split may write."""
        if self._may_write(text):
            return False
        return self.split == "train" or len(text) < _LONG or text in self._foreign

    def _cut(self, text: str) -> str:
        """Return the beginning of a text; what is left of a word that was cut goes too where it is another split's."""
        text = text[: self.max_graphemes].strip()
        whole, _, last = text.rpartition(" ")
        if whole and not self._may_write(last):
            return whole
        while len(text) > 1 and not self._may_write(text):
            text = text[:-1].strip()
        return text

    def neighbor(self, rng: np.random.Generator, n: int) -> str:
        """Draw n visible graphemes for a cut neighboring line; its text is never a label."""
        return "".join(self._letters[i] for i in rng.integers(0, len(self._letters), n))


def _homes(names: Iterable[Sequence[str]]) -> dict[str, str]:
    """Return the split of each word of names, given as lists of words: that of the first of all the words they are tied
    to by names.
    """
    group: dict[str, set[str]] = {}
    count: dict[int, int] = defaultdict(int)
    names = list(names)
    for words in names:
        tied = set(words).union(*(group[word] for word in words if word in group))
        group.update(dict.fromkeys(tied, tied))
    for words in names:
        count[id(group[words[0]])] += 1
    return {
        word: "train" if count[id(tied)] > _MOST_NAMES else split_of(min(tied), _NAMES_HELD_OUT)
        for word, tied in group.items()
    }
