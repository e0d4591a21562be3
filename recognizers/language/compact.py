"""The language of a script in eight megabytes, less than half of that as gzip, for a page without a server: words,
pairs, letters.

Of the trigrams of speech, what they say of pairs is kept, and those that choose between words that are drawn alike. The
file: the length of a JSON header (uint32), the header, which names the parts with their types and lengths, and the
parts one after the other, little-endian. Words are in alphabetical order, each as how many letters it shares with the
one before (a character from "0" on) and the rest. `app/web/language.js` reads it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Prefix

from recognizers.language.language import SPOKEN, Language
from recognizers.language.letters import LetterModel
from recognizers.language.lexicon import Lexicon

N_PAIRS = 150_000
N_TRIPLES = 20_000
_N_CHAINED = 40_000  # pairs that triples are made of
_STEP = 1000  # log probabilities are kept in thousandths of a nat, in two bytes
_MOST, _NONE = 10.0, 65_535  # the log that is kept as 0, and what stands for none at all
_SHARE_STEPS = 20  # to a nat
_N_TOP = 700  # most frequent words of speech, whose pairs are all looked at
_PROBES = 3  # rarest words, that tell how much less likely speech takes what does not follow a word


def compact(language: Language, n_pairs: int = N_PAIRS, n_triples: int = N_TRIPLES) -> bytes:
    """Return the file."""
    lexicon = language.lexicon
    ids = sorted(range(len(lexicon.words)), key=lambda k: lexicon.words[k])
    words = [lexicon.words[k] for k in ids]
    place = np.empty(len(words) + 2, np.int64)
    place[ids] = np.arange(len(ids))
    speech, unknown = lexicon.trigrams, lexicon.unknown_id
    spoken, rest_spoken = [speech.p(k, unknown, unknown) for k in ids], _rest_spoken(lexicon, ids)
    parts: list[tuple[str, NDArray[np.generic]]] = [
        ("log_p", _steps(lexicon.log_p[ids])),
        ("spoken", _steps([math.log(p) if p else -math.inf for p in spoken])),
        ("rest", _steps(lexicon.log_rest[ids])),
        ("rest_spoken", _steps(rest_spoken)),
        *_letters(words),
    ]
    first, second, said, book = _pairs(lexicon)
    # how much a pair matters: how likely it is in all, and how much likelier than its words would have it
    alone = np.array([speech.p(k, unknown, unknown) for k in range(len(lexicon.words))])
    rest = np.zeros(len(lexicon.words))
    rest[ids] = rest_spoken
    mixed = SPOKEN * said + (1 - SPOKEN) * np.exp(book)
    usual = SPOKEN * alone[second] * np.exp(rest[first]) + (1 - SPOKEN) * np.exp(
        lexicon.log_p[second] + lexicon.log_rest[first]
    )
    weight = np.exp(lexicon.log_p[first]) * mixed * np.abs(np.log(mixed / usual))
    kept = np.argsort(-weight, kind="stable")[:n_pairs]
    kept = kept[np.lexsort((place[second[kept]], place[first[kept]]))]
    log_said = np.log(np.maximum(said[kept], 1e-30))
    parts += [
        ("first", np.diff(place[first[kept]], prepend=0).astype(np.uint32)),
        ("second", place[second[kept]].astype(np.uint32)),
        ("pair", _steps(book[kept])),
        ("pair_spoken", _steps(np.where(said[kept] > 0, log_said, -np.inf))),
    ]
    parts += [
        (
            "back",
            _steps([_backoff(lexicon, b, a) for a, b in zip(first[kept].tolist(), second[kept].tolist(), strict=True)]),
        )
    ]
    most = np.argsort(-weight, kind="stable")[: min(n_pairs, _N_CHAINED)]
    triples, chances = _triples(lexicon, first[most].tolist(), second[most].tolist(), said[most].tolist(), n_triples)
    parts += [("triples", place[triples].ravel().astype(np.uint32)), ("triple_spoken", _steps(np.log(chances)))]
    shared = [Prefix.similarity(a, b) for a, b in zip(["", *words], words, strict=False)]
    text = "".join(chr(48 + n) + word[n:] + "\n" for n, word in zip(shared, words, strict=True)).encode("ascii")
    header = {
        "share_steps": _SHARE_STEPS,
        "canonical": {letter: g.canonical for g in language.script.graphemes for letter in g.letters},
        "visible": language.script.visible,
        "step": _STEP,
        "most": _MOST,
        "none": _NONE,
        "words": len(text),
        "parts": [[name, array.dtype.name, len(array)] for name, array in parts],
    }
    head = json.dumps(header, separators=(",", ":"), ensure_ascii=True).encode()
    head += b" " * (-len(head) % 4)
    body = b"".join(
        array.astype(array.dtype.newbyteorder("<")).tobytes() + b"\0" * (-array.nbytes % 4) for _, array in parts
    )
    return len(head).to_bytes(4, "little") + head + body + text


def _letters(words: Sequence[str]) -> list[tuple[str, NDArray[np.generic]]]:
    """Return the model of letters: how many sequences and heads there are of each length; both as differences,
    length by length; shares as logs, in twentieths of a nat; and trusts in parts of 255.
    """
    kept = LetterModel.counted(words).to_arrays()
    parts: list[tuple[str, NDArray[np.generic]]] = []
    counts = np.diff(kept["letters_ends"], axis=1, prepend=0)
    for name, ends in zip(("grams", "heads"), kept["letters_ends"], strict=True):
        each = np.split(kept[f"letters_{name}"], ends[:-1])
        parts.append((f"letter_{name}", np.concatenate([np.diff(one, prepend=0) for one in each]).astype(np.uint32)))
    shares = np.minimum(np.round(-np.log(kept["letters_shares"]) * _SHARE_STEPS), 255).astype(np.uint8)
    trusts = np.minimum(np.round(kept["letters_trusts"] * 255), 254).astype(np.uint8)  # nothing is impossible
    counts = counts.ravel().astype(np.uint32)
    return [("letter_counts", counts), *parts, ("letter_shares", shares), ("letter_trusts", trusts)]


def _pairs(lexicon: Lexicon) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Return pairs of words (n,), (n,), how likely speech takes the second after the first, and the log of that for
    books: the pairs that books list, those of the most frequent words of speech, and those that run together are
    another word. Speech lists more, but cannot be asked for its list.
    """
    speech, unknown, n = lexicon.trigrams, lexicon.unknown_id, lexicon.n_ids
    frequent = np.array(
        [
            k
            for _, k in sorted(((speech.p(k, unknown, unknown), k) for k in range(len(lexicon.words))), reverse=True)[
                :_N_TOP
            ]
        ]
    )
    index = {word: k for k, word in enumerate(lexicon.words)}
    halves = [(word[:k], word[k:]) for word in lexicon.words for k in range(1, len(word))]
    split = [index[a] * n + index[b] for a, b in halves if a in index and b in index]
    others = np.unique(
        np.concatenate([np.add.outer(frequent * n, frequent).ravel(), np.array(split, np.int64)]).astype(np.int64)
    )
    others = others[~np.isin(others, lexicon.pair_keys)]
    first, second = np.divmod(np.concatenate([lexicon.pair_keys, others]), n)
    said = np.array([speech.p(b, a, unknown) for a, b in zip(first.tolist(), second.tolist(), strict=True)])
    return first, second, said, lexicon.log_follow(first, second, lexicon.log_p[second])


def _triples(
    lexicon: Lexicon, first: list[int], second: list[int], said: list[float], n: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the n triples of words (n, 3) that matter most, and how likely the third is after the others: chains of
    two pairs whose last word is drawn like another, and triples of names and signs.
    """
    speech, keys = lexicon.trigrams, lexicon.hashes
    alike = np.unique(keys, return_counts=True)
    is_alike = np.isin(keys, alike[0][alike[1] > 1])
    after: dict[int, list[tuple[int, float]]] = {}
    for b, c, p in zip(first, second, said, strict=True):
        if p and is_alike[c]:
            after.setdefault(b, []).append((c, p))
    rows = []
    for a, b, p_b in zip(first, second, said, strict=True):
        share = math.exp(lexicon.log_p[a]) * p_b
        for c, p_c in after.get(b, ()) if share else ():
            p = speech.p(c, b, a)
            rows.append((share * p * abs(math.log(p / p_c)), (a, b, c), p))
    rows.sort(reverse=True)
    chosen = {triple: p for _, triple, p in rows[:n]} | {
        triple: speech.p(triple[2], triple[1], triple[0]) for triple in speech.ours
    }
    return np.array(list(chosen), np.int64).reshape(-1, 3), np.array(list(chosen.values()))


def _rest_spoken(lexicon: Lexicon, ids: Sequence[int]) -> list[float]:
    """Return, for each word, the log of how much less likely speech takes the words that do not follow it."""
    return [
        _backoff(lexicon, k, lexicon.unknown_id)
        if lexicon.trigrams.p(k, lexicon.unknown_id, lexicon.unknown_id)
        else 0.0
        for k in ids
    ]


def _backoff(lexicon: Lexicon, before: int, earlier: int) -> float:
    """Return the log of how much less likely speech takes a word that it does not list after two others than after the
    second alone; with no earlier word, than by itself.
    """
    speech, unknown = lexicon.trigrams, lexicon.unknown_id
    last = before if earlier != unknown else unknown
    ratios = [speech.p(x, before, earlier) / speech.p(x, last, unknown) for x in _probes(lexicon)]
    return math.log(float(np.median(ratios)))


@lru_cache(maxsize=2)
def _probes(lexicon: Lexicon) -> tuple[int, ...]:
    """Return the words that speech has least often: nothing is listed before them."""
    unknown = lexicon.unknown_id
    known = ((lexicon.trigrams.p(k, unknown, unknown), k) for k in range(len(lexicon.words)))
    return tuple(k for _, k in sorted((p, k) for p, k in known if p)[:_PROBES])


def _steps(values: NDArray[np.float64] | list[float]) -> NDArray[np.generic]:
    """Return how many steps the values are below _MOST; what is beyond the last one counts as that, −inf as _NONE."""
    array = np.asarray(values, float)
    below = np.round((_MOST - np.where(np.isneginf(array), 0, array)) * _STEP)
    return np.where(np.isneginf(array), _NONE, np.clip(below, 0, _NONE - 1)).astype(np.uint16)
