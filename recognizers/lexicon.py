"""Words a script can write, how frequent they are, which follow which, and which letters do: the statistics of `language`.

Words: wordfreq (English; Speer 2022), the names and signs of the games (`glyphgen/scripts/<script>_words.txt` and `…_names.txt`) and the
user's own. Which word follows which: the trigram model of spoken American English that pocketsphinx ships, mixed with the
242,342 English bigrams with counts that symspellpy ships (from Google Books). Letters: trigrams counted over the
words, each weighted by its frequency.

A word is looked up by the shapes it is drawn with. `Lexicon` keeps a polynomial hash of every word's shapes, so that the
hash of any stretch of a line, and of that stretch with one shape changed, dropped or added, takes a few sums; thousands
are looked up at once. Source of the hash: Karp and Rabin 1987, modulo 2^64.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import lru_cache
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glyphgen.script import SCRIPTS_DIR, Script

Hashes = NDArray[np.uint64]
MAX_WORD = 20  # letters
_BASE = np.uint64(0x9E3779B97F4A7C15)  # odd, so that its powers have inverses modulo 2^64
_INVERSE = np.uint64(pow(0x9E3779B97F4A7C15, -1, 1 << 64))
_FILTER_BITS = 22
_LEAST_FREQUENCY, _RARE = 1e-8, 1e-8  # of words that no dictionary has; of those that one has, at least
_NAME_FREQUENCY, _USER_FREQUENCY = 6e-6, 6e-5  # at least; of 1
# Google Books has about this many bigrams behind the counts that symspellpy lists. Source: count(of the) = 1.77e11, and
# wordfreq's P(of) times the share of "of" that "the" follows, 0.27
_N_BIGRAMS = 2.5e13
_NAME_SHARE = 0.2  # of the words after a word, those that follow it in our names and signs
_LOG_BASE, _NOT_SPOKEN = math.log(1.0001), -100_000_000  # pocketsphinx counts log probabilities in steps of this base
_TRIPLE = 0.5
_JOINTS = {"OF", "THE", "TO", "A", "AND", "IN"}  # what follows them in a name says little about what follows them elsewhere
_SINGLE = {"A", "I", "O"}  # letters that are words


class WordsError(ValueError):
    """A list of words that cannot be read; the message names it."""


def read_words(path: str | Path) -> list[str]:
    """Read a user's words, one a line (or several, as a phrase); `#` starts a comment. Raises WordsError."""
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise WordsError(f"no such file of words: {path}") from error
    except IsADirectoryError as error:
        raise WordsError(f"{path} is a folder; give a text file with one word a line") from error
    except UnicodeDecodeError as error:
        raise WordsError(f"{path} is not UTF-8 text; give one word a line") from error
    except OSError as error:
        raise WordsError(f"{path} cannot be read: {error.strerror}") from error
    lines = [line.split("#")[0].strip() for line in text.splitlines()]
    found = [line for line in lines if line]
    if not found:
        raise WordsError(f"{path} holds no words; give one a line")
    return found


def powers(n: int, base: np.uint64 = _BASE) -> Hashes:
    """Return base^0 … base^(n − 1) modulo 2^64."""
    return np.cumprod(np.r_[np.uint64(1), np.full(max(n - 1, 0), base)], dtype=np.uint64)[:n]


def inverse_powers(n: int) -> Hashes:
    """Return base^0 … base^−(n − 1) modulo 2^64."""
    return powers(n, _INVERSE)


@lru_cache(maxsize=1)
def english() -> dict[str, float]:
    """Return English words in capitals with their frequencies, apostrophes left out as signs leave them out.

    Short ones that no dictionary has (abbreviations, initials) are made rare: run-together text would fall apart into them.
    """
    from wordfreq import get_frequency_dict

    known = {line.split()[0].upper() for line in _symspell("frequency_dictionary_en_82_765.txt")}
    found: dict[str, float] = {}
    for word, frequency in get_frequency_dict("en", "large").items():
        word = word.replace("'", "").upper()
        if frequency < _LEAST_FREQUENCY and word not in known:
            continue
        if not word.isascii() or not word.isalpha() or len(word) > MAX_WORD:
            continue
        if len(word) == 1 and word not in _SINGLE:
            continue
        if word not in known:
            frequency *= 0.002 if len(word) == 2 else 0.02 if len(word) == 3 else 0.3
        elif word in ("O", "ST", "RE", "DE", "LA", "CO", "AL", "PC", "CD", "ID", "II", "PM"):
            frequency *= 0.02
        found[word] = found.get(word, 0.0) + frequency
    for word in known:
        if len(word) > 3 and word.isalpha() and word not in found:
            found[word] = _RARE
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


def game_phrases(script_name: str) -> list[str]:
    """Return our names and signs of a script's games; empty where there is no list."""
    paths = [SCRIPTS_DIR / f"{script_name}_{kind}.txt" for kind in ("words", "names")]
    lines = [line for path in paths if path.is_file() for line in path.read_text(encoding="utf-8").splitlines()]
    return [line.strip().upper() for line in lines if line.strip() and not line.startswith("#")]


def split_run_together(word: str, names: set[str]) -> str:
    """Put the space back into a sign's two words run together, each a name of the games or a frequent word."""
    words = english()
    if " " in word or words.get(word, 0.0) > 1e-7:
        return word
    for k in range(4, len(word) - 3):
        parts = word[:k], word[k:]
        if all(words.get(part, 0.0) > 3e-6 or part in names for part in parts):
            return " ".join(parts)
    return word


class Lexicon:
    """words and log_p (n,): every word that the script can write, with its probability; id n stands for a line's start, and
    n + 1 for a word that is not in the list.
    """

    def __init__(self, script: Script, phrases: Iterable[str] = ()) -> None:
        self.script = script
        codes = np.arange(1, len(script.visible) + 1, dtype=np.uint64) * np.uint64(0xD1B54A32D192ED03)
        self.codes = codes  # of the visible graphemes, in order
        frequencies, followers = dict(english()), dict[str, set[str]]()
        triples: set[tuple[str, str, str]] = set()
        games = game_phrases(script.name)
        singles = {word for phrase in games for word in phrase.split()}
        games = [split_run_together(phrase, singles) for phrase in games]
        for phrase, least in [*((p, _NAME_FREQUENCY) for p in games), *((p.upper(), _USER_FREQUENCY) for p in phrases)]:
            parts = [part for part in ("".join(c for c in w if c.isalpha()) for w in phrase.split()) if part]
            for part in parts:
                frequencies[part] = max(frequencies.get(part, 0.0), least)
            for first, second in pairwise(parts):
                if first not in _JOINTS:
                    followers.setdefault(first, set()).add(second)
            triples |= set(zip(parts, parts[1:], parts[2:], strict=False))
        missing = {c for c in map(chr, range(65, 91)) if not script.can_write(c)}
        writable = {w: f for w, f in frequencies.items() if len(w) <= MAX_WORD and (not missing or missing.isdisjoint(w))}
        total = sum(writable.values()) or 1.0
        words = list(writable)
        log_p = np.log(np.array([writable[w] for w in words]) / total) if words else np.zeros(0)
        hashes = self._hash_words(words)
        order = np.lexsort((-log_p, hashes))  # same shapes together, the most frequent first
        self.words = [words[i] for i in order.tolist()]
        self.log_p, self._hashes = log_p[order], hashes[order]
        self._filter = np.zeros(1 << _FILTER_BITS, bool)
        self._filter[self._slot(self._hashes)] = True
        self.start_id, self.unknown_id = len(words), len(words) + 1
        self._pairs(followers)
        self.trigrams = Trigrams(self.words, triples)
        self.letters = LetterModel(self.words, np.exp(self.log_p))

    def _hash_words(self, words: Sequence[str]) -> Hashes:
        if not words:
            return np.zeros(0, np.uint64)
        table = np.zeros(128, np.uint64)
        for code in range(65, 91):
            if self.script.can_write(chr(code)):
                table[code] = self.codes[self.script.visible.index(self.script.canonical(chr(code)))]
        width = max(map(len, words))
        chars = np.frombuffer("".join(w.ljust(width, "\0") for w in words).encode("ascii"), np.uint8).reshape(-1, width)
        hashes: Hashes = (table[chars] * powers(width)).sum(axis=1, dtype=np.uint64)
        return hashes

    @staticmethod
    def _slot(hashes: Hashes) -> NDArray[np.intp]:
        return ((hashes ^ (hashes >> np.uint64(32))) & np.uint64((1 << _FILTER_BITS) - 1)).astype(np.intp)

    def find(self, hashes: Hashes) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
        """Return which of the hashes (n,) are words: their indices, and first and last + 1 word of each."""
        likely = np.flatnonzero(self._filter[self._slot(hashes)])
        first = np.searchsorted(self._hashes, hashes[likely], "left")
        last = np.searchsorted(self._hashes, hashes[likely], "right")
        hit = last > first
        return likely[hit], first[hit], last[hit]

    def _pairs(self, followers: dict[str, set[str]]) -> None:
        """Prepare P(second | first): from counts where they are listed, else what is left over, by the second's frequency."""
        index = {word: k for k, word in enumerate(self.words)}
        n = len(self.words) + 2
        names, joint = english_bigrams()
        keep = [k for k, (a, b) in enumerate(names) if a in index and b in index]
        a = np.array([index[names[k][0]] for k in keep], np.int64)
        b = np.array([index[names[k][1]] for k in keep], np.int64)
        p_first = np.exp(self.log_p)
        given = np.minimum(joint[keep] / p_first[a], 0.9) if keep else np.zeros(0)
        listed = np.zeros(n)
        np.add.at(listed, a, given)
        given = given * np.minimum(1.0, 0.9 / np.maximum(listed, 1e-12))[a] if keep else given
        ours = {}
        for x, seconds in followers.items():
            known = [index[y] for y in seconds if y in index]
            if x in index:
                ours.update({index[x] * n + y: _NAME_SHARE / (len(known) + 1) for y in known})
        keys = np.concatenate([a * n + b, np.fromiter(ours, np.int64, len(ours))])
        values = np.concatenate([given, np.fromiter(ours.values(), float, len(ours))])
        order = np.lexsort((-values, keys))
        keys, values = keys[order], values[order]
        is_first = np.r_[True, keys[1:] != keys[:-1]] if len(keys) else np.zeros(0, bool)
        self._pair_keys, pair_p = keys[is_first], values[is_first]
        mass, expected = np.zeros(n), np.zeros(n)
        np.add.at(mass, a, given)
        np.add.at(expected, a, p_first[b])
        # what is not listed is rarer than its words' frequencies would have it, never more frequent
        self._log_rest = np.log(np.clip((1 - mass) / np.maximum(1 - expected, 1e-3), 0.2, 1.0))
        self._log_pair = np.log(np.maximum(pair_p, 1e-12))
        self._n = n

    def log_follow(self, first: NDArray[np.int64], second: NDArray[np.int64], log_p: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return log P(second | first) for ids (n,); log_p (n,) is log P(second) alone, which unlisted pairs fall back on."""
        if not len(self._pair_keys):
            return log_p
        keys = first * self._n + second
        at = np.minimum(np.searchsorted(self._pair_keys, keys), len(self._pair_keys) - 1)
        listed = self._pair_keys[at] == keys
        return np.where(listed, self._log_pair[at], log_p + self._log_rest[first])


class Trigrams:
    """P(word | the two before it) of the model that pocketsphinx ships, for words by their ids in a lexicon."""

    def __init__(self, words: Sequence[str], triples: Iterable[tuple[str, str, str]] = ()) -> None:
        """triples are names and signs of three words: the third follows the first two half of the time."""
        index = {word: k for k, word in enumerate(words)}
        self._ours = {tuple(index[w] for w in triple) for triple in triples if all(w in index for w in triple)}
        self._model, apostrophes = _spoken_english()
        spoken = [apostrophes.get(word) or word.lower() for word in words]
        self._spoken = [word if self._model.prob([word]) > _NOT_SPOKEN else None for word in spoken] + [None, None]

    def p(self, word: int, before: int, earlier: int) -> float:
        """Return P(word | earlier, before); 0 for a word that the model does not know. Ids beyond the words are fine."""
        spoken = self._spoken[word]
        if (earlier, before, word) in self._ours:
            return _TRIPLE
        if spoken is None:
            return 0.0
        last = self._spoken[before]
        if last is None:
            found = self._model.prob([spoken])
        else:
            first = self._spoken[earlier]
            found = self._model.prob([spoken, last]) if first is None else self._model.prob([spoken, last, first])
        return math.exp(found * _LOG_BASE)


@lru_cache(maxsize=1)
def _spoken_english() -> tuple[Any, dict[str, str]]:
    """Return pocketsphinx' model, and its spelling (don't) of words that signs write without the apostrophe (DONT)."""
    from pocketsphinx import NGramModel, get_model_path  # type: ignore[attr-defined]
    from wordfreq import get_frequency_dict

    frequencies = get_frequency_dict("en", "large")
    split: dict[str, str] = {}
    for word, frequency in frequencies.items():
        bare = word.replace("'", "")
        if bare != word and frequency > frequencies.get(bare, 0.0) and frequency > 1e-7:
            split.setdefault(bare.upper(), word)
    return NGramModel.readfile(get_model_path("en-us/en-us.lm.bin")), split


class LetterModel:
    """P(letter | the two before it), of English words and names; index 0 stands for a word's start and its end."""

    def __init__(self, words: Sequence[str], weights: NDArray[np.float64]) -> None:
        counts = np.full((27, 27, 27), 1e-9)
        if words:
            share = weights**0.5  # names are spelled like rare words, not like THE
            share = share / share.sum()
            width = max(map(len, words))
            chars = np.frombuffer("".join(w.ljust(width, "@") for w in words).encode("ascii"), np.uint8).reshape(-1, width) - 64
            before, last = np.zeros((2, len(words)), np.int64)
            for column in chars.T.astype(np.int64):
                real = column > 0
                np.add.at(counts, (before[real], last[real], column[real]), share[real])
                ends = (last > 0) & ~real
                np.add.at(counts, (before[ends], last[ends], column[ends]), share[ends])
                before, last = last, column
            full = last > 0
            np.add.at(counts, (before[full], last[full], np.zeros_like(last[full])), share[full])
        three = counts / counts.sum(axis=2, keepdims=True)
        two = counts.sum(axis=0) / counts.sum(axis=(0, 2))[:, None]
        one = counts.sum(axis=(0, 1)) / counts.sum()
        strength = counts.sum(axis=2, keepdims=True)
        weight = strength / (strength + 2e-5)
        smooth = weight * three + (1 - weight) * (0.9 * two[None] + 0.1 * np.maximum(one, 1e-4))
        self.log_p = np.log(smooth / smooth.sum(axis=2, keepdims=True))  # (27, 27, 27)

    def most_likely(self, options: Sequence[Sequence[str]]) -> tuple[str, NDArray[np.float64]]:
        """Choose one of the letters of each place of a word; return the word and the log probability of each letter (n,).

        Viterbi over pairs of letters. Characters other than A to Z are taken as they are, at no cost.
        """
        states: dict[tuple[int, int], tuple[float, str, list[float]]] = {(0, 0): (0.0, "", [])}
        for letters in options:
            following: dict[tuple[int, int], tuple[float, str, list[float]]] = {}
            for (a, b), (total, text, each) in states.items():
                for letter in letters:
                    c = ord(letter) - 64
                    if not 1 <= c <= 26:
                        key, cost = (0, 0), 0.0
                    else:
                        key, cost = (b, c), float(self.log_p[a, b, c])
                    if key not in following or total + cost > following[key][0]:
                        following[key] = (total + cost, text + letter, [*each, cost])
            states = following
        _, text, each = max((total + float(self.log_p[a, b, 0]), text, each) for (a, b), (total, text, each) in states.items())
        return text, np.array(each)
