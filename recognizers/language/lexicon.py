"""The words a script can write, found by the shapes they are drawn with, each with its probability.

English (`english`), the names and signs of the games (`glyphgen/scripts/<script>_words.txt` and `…_names.txt`) and the
user's own. `Lexicon` keeps a polynomial hash of every word's shapes, so that the hash of any stretch of a line, and of
that stretch with one shape changed, dropped or added, takes a few sums; thousands are looked up at once. Source of the
hash: Karp and Rabin 1987, modulo 2^64.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from unicodedata import combining, normalize

import numpy as np
from numpy.typing import NDArray

from glyphgen.near_names import no_such
from glyphgen.script import SCRIPTS_DIR, Script
from recognizers.language import english as english_module
from recognizers.language import letters as letters_module
from recognizers.language.cache import Arrays, Lines, as_bytes, as_lines, cached
from recognizers.language.english import MAX_WORD, Trigrams, english, english_bigrams, spoken_spelling
from recognizers.language.letters import LetterModel

Hashes = NDArray[np.uint64]
_BASE = np.uint64(0x9E3779B97F4A7C15)  # odd, so that its powers have inverses modulo 2^64
_INVERSE = np.uint64(pow(0x9E3779B97F4A7C15, -1, 1 << 64))
_FILTER_BITS = 22
_NAME_FREQUENCY, _USER_FREQUENCY = 6e-6, 6e-5  # at least; of 1
_NAME_SHARE = 0.2  # of the words after a word, those that follow it in our names and signs
_JOINTS = {
    "OF",
    "THE",
    "TO",
    "A",
    "AND",
    "IN",
}  # what follows them in a name says little about what follows them elsewhere


class WordsError(ValueError):
    """A list of words that cannot be read; the message names it."""


def read_words(path: str | Path) -> list[str]:
    """Read a user's words, one a line (or several, as a phrase); `#` starts a comment. Raises WordsError."""
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise WordsError(no_such(path, "file of words")) from error
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


# scripts of games whose names and signs are listed with another script of theirs
_GAMES = dict.fromkeys(("sheikah", "gerudo", "hylian_ss", "hylian_tp"), "hylian")


def game_phrases(script_name: str) -> list[str]:
    """Return our names and signs of a script's games; empty where there is no list."""
    games = _GAMES.get(script_name, script_name)
    paths = [SCRIPTS_DIR / f"{games}_{kind}.txt" for kind in ("words", "names")]
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


def own_words(phrase: str, script: Script) -> list[str]:
    """Return the words of a user's phrase, in capitals where the script has no others, without apostrophes and hyphens.
    Raises WordsError for one that the script cannot write or that is longer than MAX_WORD.
    """
    words = phrase.replace("'", "").replace("’", "").replace("-", " ").split()
    # accents go where the script has none: POKÉMON is written POKEMON
    words = [
        word if script.can_write(word) else "".join(c for c in normalize("NFKD", word) if not combining(c))
        for word in words
    ]
    for word in words:
        if not script.can_write(word):
            raise WordsError(f"the script {script.name!r} cannot write {word!r}; it has {script.alphabet.strip()!r}")
        if len(word) > MAX_WORD:
            raise WordsError(f"{word!r} has {len(word)} letters; words may have {MAX_WORD}")
    return [word.upper() if script.ignores_case else word for word in words]


class Lexicon:
    """words and log_p (n,): every word that the script can write, with its probability; id n stands for a line's start,
    and n + 1 for a word that is not in the list.
    """

    def __init__(self, script: Script, phrases: Iterable[str] = ()) -> None:
        phrases = list(phrases)
        self.script = script
        codes = np.arange(1, len(script.visible) + 1, dtype=np.uint64) * np.uint64(0xD1B54A32D192ED03)
        self.codes = codes  # of the visible graphemes, in order
        # a user's own words come and go: they are counted anew
        made = self._build(phrases) if phrases else cached("lexicon", _sources(script), lambda: self._build([]))
        self.words: Sequence[str] = Lines(made["words"])
        self.log_p, self.hashes = made["log_p"], made["hashes"]
        self.pair_keys, self.log_pair, self.log_rest = made["pair_keys"], made["log_pair"], made["log_rest"]
        self._filter = np.zeros(1 << _FILTER_BITS, bool)
        self._filter[self._slot(self.hashes)] = True
        self.start_id, self.unknown_id, self.n_ids = len(self.words), len(self.words) + 1, len(self.words) + 2
        spelling = dict(line.split("\t") for line in as_lines(made["spelling"]))
        self.trigrams = Trigrams(self.words, map(tuple, made["triples"].tolist()), spelling)
        self.letters = LetterModel.from_arrays(made)

    def _build(self, phrases: Sequence[str]) -> Arrays:
        """Count everything, in two or three seconds."""
        script = self.script
        frequencies, followers = dict(english()), dict[str, set[str]]()
        triples: set[tuple[str, str, str]] = set()
        games = game_phrases(script.name)
        singles = {word for phrase in games for word in phrase.split()}
        games = [split_run_together(phrase, singles) for phrase in games]
        own = [own_words(phrase, script) for phrase in phrases]
        ours = [[word for word in phrase.split() if script.can_write(word)] for phrase in games]
        for parts, least in [*((p, _NAME_FREQUENCY) for p in ours), *((p, _USER_FREQUENCY) for p in own)]:
            for part in parts:
                frequencies[part] = max(frequencies.get(part, 0.0), least)
            for first, second in pairwise(parts):
                if first not in _JOINTS:
                    followers.setdefault(first, set()).add(second)
            triples |= set(zip(parts, parts[1:], parts[2:], strict=False))
        missing = {c for c in map(chr, range(65, 91)) if not script.can_write(c)}
        writable = {w: f for w, f in frequencies.items() if not missing or missing.isdisjoint(w)}
        total = sum(writable.values()) or 1.0
        words = list(writable)
        log_p = np.log(np.array([writable[w] for w in words]) / total) if words else np.zeros(0)
        hashes = self._hash_words(words)
        order = np.lexsort((-log_p, hashes))  # same shapes together, the most frequent first
        words, log_p = [words[i] for i in order.tolist()], log_p[order]
        index = {word: k for k, word in enumerate(words)}
        found = sorted((index[a], index[b], index[c]) for a, b, c in triples if {a, b, c} <= index.keys())
        return {
            "words": as_bytes(words),
            "log_p": log_p,
            "hashes": hashes[order],
            **_pairs(log_p, followers, index),
            "triples": np.array(found, np.int64).reshape(-1, 3),
            "spelling": as_bytes([f"{bare}\t{spelled}" for bare, spelled in spoken_spelling().items()]),
            **LetterModel.counted(words).to_arrays(),
        }

    def _hash_words(self, words: Sequence[str]) -> Hashes:
        if not words:
            return np.zeros(0, np.uint64)
        letters = {char for grapheme in self.script.graphemes for char in grapheme.letters if char != " "}
        if self.script.ignores_case:
            letters |= {char.upper() for char in letters if len(char.upper()) == 1}
        table = np.zeros(max(map(ord, letters)) + 1, np.uint64)
        for char in letters:
            table[ord(char)] = self.codes[self.script.visible.index(self.script.canonical(char))]
        width = max(map(len, words))
        chars = np.frombuffer("".join(w.ljust(width, "\0") for w in words).encode("utf-32-le"), np.uint32).reshape(
            -1, width
        )
        hashes: Hashes = (table[chars] * powers(width)).sum(axis=1, dtype=np.uint64)
        return hashes

    @staticmethod
    def _slot(hashes: Hashes) -> NDArray[np.intp]:
        return ((hashes ^ (hashes >> np.uint64(32))) & np.uint64((1 << _FILTER_BITS) - 1)).astype(np.intp)

    def find(self, hashes: Hashes) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
        """Return which of the hashes (n,) are words: their indices, and first and last + 1 word of each."""
        likely = np.flatnonzero(self._filter[self._slot(hashes)])
        first = np.searchsorted(self.hashes, hashes[likely], "left")
        last = np.searchsorted(self.hashes, hashes[likely], "right")
        hit = last > first
        return likely[hit], first[hit], last[hit]

    def log_follow(
        self, first: NDArray[np.int64], second: NDArray[np.int64], log_p: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Return log P(second | first) for ids (n,); log_p (n,) is log P(second) alone, which unlisted pairs fall back
        on.
        """
        if not len(self.pair_keys):
            return log_p
        keys = first * self.n_ids + second
        at = np.minimum(np.searchsorted(self.pair_keys, keys), len(self.pair_keys) - 1)
        listed = self.pair_keys[at] == keys
        return np.where(listed, self.log_pair[at], log_p + self.log_rest[first])


def _pairs(log_word: NDArray[np.float64], followers: dict[str, set[str]], index: dict[str, int]) -> Arrays:
    """Prepare P(second | first): from counts where they are listed, else what is left over, by the
    second's frequency.
    """
    n = len(log_word) + 2
    names, joint = english_bigrams()
    keep = [k for k, (a, b) in enumerate(names) if a in index and b in index]
    a = np.array([index[names[k][0]] for k in keep], np.int64)
    b = np.array([index[names[k][1]] for k in keep], np.int64)
    p_first = np.exp(log_word)
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
    mass, expected = np.zeros(n), np.zeros(n)
    np.add.at(mass, a, given)
    np.add.at(expected, a, p_first[b])
    # what is not listed is rarer than its words' frequencies would have it, never more frequent
    log_rest = np.log(np.clip((1 - mass) / np.maximum(1 - expected, 1e-3), 0.2, 1.0))
    return {"pair_keys": keys[is_first], "log_pair": np.log(np.maximum(values[is_first], 1e-12)), "log_rest": log_rest}


def _sources(script: Script) -> dict[str, bytes]:
    """Return all that a lexicon without a user's words depends on."""
    files = map(Path, (english_module.__file__, letters_module.__file__, __file__))
    code = {path.name: path.read_bytes() for path in files}
    packages = {name: version(name).encode() for name in ("wordfreq", "symspellpy", "numpy")}
    return {
        **code,
        **packages,
        "script": json.dumps(script.to_dict()).encode(),
        "games": "\n".join(game_phrases(script.name)).encode(),
    }
