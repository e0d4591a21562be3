"""How English words and names are spelled: P(letter | the letters before it), for words that no list has.

Counts of up to ORDER letters over all words of the lexicon, each word once: rare words are spelled like words of a
dictionary, not like THE. Longer counts give way to shorter ones where they are few. Source: Witten and Bell 1991, their
method C, with the number of novel letters scaled. Order and weights were chosen on words of a dictionary that the
lexicon lacks, spelled in Hylian's shapes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

Arrays = dict[str, NDArray[Any]]

ORDER = 5  # letters of which the last is told by the others
_SIZE = 27  # A to Z, and 0 for a word's start and its end
_NOVEL = 0.8  # letters that never followed: how many of those that did stand for them
_LEAST = 2  # what follows a beginning of the greatest length that occurs once only is left out


class LetterModel:
    """P(letter | up to order − 1 letters before it). A sequence of letters is kept as a number in base 27.

    grams[n] are sequences of n + 1 letters, in order, with shares[n] of the last letter after the others; heads[n] are
    sequences of n letters that something follows, with how much their counts are trusted.
    """

    def __init__(
        self,
        grams: Sequence[NDArray[np.int32]],
        shares: Sequence[NDArray[np.float32]],
        heads: Sequence[NDArray[np.int32]],
        trusts: Sequence[NDArray[np.float32]],
    ) -> None:
        self._grams, self._shares, self._heads, self._trusts = list(grams), list(shares), list(heads), list(trusts)
        self.order = len(self._grams)

    @classmethod
    def counted(cls, words: Sequence[str], order: int = ORDER) -> Self:
        """Count the letters of words in capitals; others are passed over."""
        spelled = [word for word in words if word.isascii() and word.isalpha() and word.isupper()]
        grams, shares, heads, trusts = [], [], [], []
        text = "".join("@" * (order - 1) + word + "@" for word in spelled)
        codes = np.frombuffer(text.encode("ascii"), np.uint8).astype(np.int64) - 64
        lengths = np.array([len(word) for word in spelled], np.int64) + order
        last = np.ones(len(codes), bool)  # places that are letters or ends of words, not starts
        starts = np.cumsum(lengths) - lengths
        for k in range(order - 1):
            last[starts + k] = False
        ends = np.flatnonzero(last)
        for n in range(order):
            sequence = sum((codes[ends - k] * _SIZE**k for k in range(n + 1)), np.zeros(len(ends), np.int64))
            found, counts = np.unique(sequence, return_counts=True)
            head, at, n_kinds = np.unique(found // _SIZE, return_inverse=True, return_counts=True)
            n_all = np.bincount(at, counts, len(head))
            share, trust = counts / n_all[at], n_all / (n_all + _NOVEL * n_kinds)
            if n == order - 1:
                kept = n_all[at] >= _LEAST
                found, share = found[kept], share[kept]
                head, trust = head[n_all >= _LEAST], trust[n_all >= _LEAST]
            grams.append(found.astype(np.int32))
            shares.append(share.astype(np.float32))
            heads.append(head.astype(np.int32))
            trusts.append(trust.astype(np.float32))
        return cls(grams, shares, heads, trusts)

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> Self:
        """See to_arrays."""
        parts = [arrays[f"letters_{name}"] for name in ("grams", "shares", "heads", "trusts")]
        ends_of_grams, ends_of_heads = arrays["letters_ends"]
        grams, shares = (np.split(part, ends_of_grams[:-1]) for part in parts[:2])
        heads, trusts = (np.split(part, ends_of_heads[:-1]) for part in parts[2:])
        return cls(grams, shares, heads, trusts)

    def to_arrays(self) -> Arrays:
        """Return it as arrays with names, to be kept."""
        return {
            "letters_grams": np.concatenate(self._grams),
            "letters_shares": np.concatenate(self._shares),
            "letters_heads": np.concatenate(self._heads),
            "letters_trusts": np.concatenate(self._trusts),
            "letters_ends": np.cumsum([[len(g) for g in self._grams], [len(h) for h in self._heads]], axis=1),
        }

    def log_p(self, before: NDArray[np.int64], letter: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return log P(letter | before) for numbers of letters (n,) and of what is before them (n,)."""
        p = np.full(len(letter), 1 / _SIZE)
        for n in range(self.order):
            head = before % _SIZE**n
            trust = _looked_up(self._heads[n], self._trusts[n], head)
            share = _looked_up(self._grams[n], self._shares[n], head * _SIZE + letter)
            p = trust * share + (1 - trust) * p
        logs: NDArray[np.float64] = np.log(p)
        return logs

    def most_likely(self, options: Sequence[Sequence[str]]) -> tuple[str, NDArray[np.float64]]:
        """Choose one of the letters of each place of a word; return the word and the log probability of each letter
        (n,).

        Viterbi over the letters before. Characters other than A to Z are taken as they are, at no cost.
        """
        size = _SIZE ** (self.order - 1)
        states = np.zeros(1, np.int64)
        total, back, chosen, costs = np.zeros(1), [], [], []
        for letters in options:
            codes = np.array([_code(letter) for letter in letters], np.int64)
            first, which = np.divmod(np.arange(len(states) * len(codes)), len(codes))
            real = codes[which] > 0
            cost = np.where(real, self.log_p(states[first], codes[which]), 0.0)
            after = np.where(real, (states[first] * _SIZE + codes[which]) % size, 0)
            score = total[first] + cost
            order = np.lexsort((-score, after))  # the likeliest of those that go on alike
            kept = order[np.r_[True, np.diff(after[order]) != 0]]
            states, total = after[kept], score[kept]
            back.append(first[kept])
            chosen.append(which[kept])
            costs.append(cost[kept])
        at = int(np.argmax(total + self.log_p(states, np.zeros(len(states), np.int64))))
        text, each = [], []
        for k in range(len(options) - 1, -1, -1):
            text.append(options[k][int(chosen[k][at])])
            each.append(float(costs[k][at]))
            at = int(back[k][at])
        return "".join(reversed(text)), np.array(each[::-1])


def _code(letter: str) -> int:
    code = ord(letter) - 64
    return code if 1 <= code < _SIZE else 0


def _looked_up(keys: NDArray[np.int32], values: NDArray[np.float32], sought: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the values of what is sought among keys in order, 0 where it is not there."""
    if not len(keys):
        return np.zeros(len(sought))
    at = np.minimum(np.searchsorted(keys, sought.astype(np.int32)), len(keys) - 1)  # of one type, or keys are copied
    return np.where(keys[at] == sought, values[at], 0.0).astype(np.float64)
