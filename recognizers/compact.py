"""The language of a script in about two megabytes, for a page without a server: words, pairs of them, and letters.

Of the trigrams of speech, what they say of pairs is kept, and those that choose between words that are drawn alike. The file: the length of
a JSON header (uint32), the header, which names the parts with their types and lengths, and the parts one after the other, little-endian.
Words are in alphabetical order, each as how many letters it shares with the one before (a character from "0" on) and the rest.
`app/web/language.js` reads it.
"""

from __future__ import annotations

import json
import math

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Prefix

from recognizers.language import Language
from recognizers.lexicon import Lexicon

N_PAIRS = 25_000  # with three times as many, no more lines agree with the whole language (392 were tried)
N_TRIPLES = 10_000
_STEP = 12  # log probabilities are kept in twelfths of a nat, as one byte; 255: none at all
_PROBES = 24  # words that tell how much less likely speech takes what does not follow a word


def compact(language: Language, n_pairs: int = N_PAIRS, n_triples: int = N_TRIPLES) -> bytes:
    """Return the file."""
    lexicon = language.lexicon
    ids = sorted(range(len(lexicon.words)), key=lambda k: lexicon.words[k])
    words = [lexicon.words[k] for k in ids]
    place = np.empty(len(words) + 2, np.int64)
    place[ids] = np.arange(len(ids))
    unknown, start = lexicon.unknown_id, lexicon.start_id
    spoken = [lexicon.trigrams.p(k, unknown, unknown) for k in ids]
    parts: list[tuple[str, NDArray[np.generic]]] = [
        ("log_p", _bytes(lexicon.log_p[ids])),
        ("spoken", _bytes([math.log(p) if p else -math.inf for p in spoken])),
        ("rest", _bytes(lexicon.log_rest[ids])),
        ("rest_spoken", _bytes(_rest_spoken(lexicon, ids, spoken))),
        ("letters", np.round(-lexicon.letters.log_p.ravel() * 256).astype(np.uint16)),
    ]
    first, second = np.divmod(lexicon.pair_keys, lexicon.n_ids)
    said = np.array([lexicon.trigrams.p(b, a, start) for a, b in zip(first.tolist(), second.tolist(), strict=True)])
    # how often a pair matters: how likely it is in all
    weight = np.exp(lexicon.log_p[first]) * np.maximum(said, np.exp(lexicon.log_pair)) if len(first) else np.zeros(0)
    kept = np.argsort(-weight, kind="stable")[:n_pairs]
    kept = kept[np.lexsort((place[second[kept]], place[first[kept]]))]
    log_said = np.log(np.maximum(said[kept], 1e-30))
    parts += [
        ("first", np.diff(place[first[kept]], prepend=0).astype(np.uint32)),
        ("second", place[second[kept]].astype(np.uint32)),
        ("pair", _bytes(lexicon.log_pair[kept])),
        ("pair_spoken", _bytes(np.where(said[kept] > 0, log_said, -np.inf))),
    ]
    triples, chances = _triples(lexicon, first[kept].tolist(), second[kept].tolist(), said[kept].tolist(), n_triples)
    parts += [("triples", place[triples].ravel().astype(np.uint32)), ("triple_spoken", _bytes(np.log(chances)))]
    shared = [Prefix.similarity(a, b) for a, b in zip(["", *words], words, strict=False)]
    text = "".join(chr(48 + n) + word[n:] + "\n" for n, word in zip(shared, words, strict=True)).encode("ascii")
    header = {
        "canonical": {letter: g.canonical for g in language.script.graphemes for letter in g.letters},
        "visible": language.script.visible,
        "step": _STEP,
        "words": len(text),
        "parts": [[name, array.dtype.name, len(array)] for name, array in parts],
    }
    head = json.dumps(header, separators=(",", ":"), ensure_ascii=True).encode()
    head += b" " * (-len(head) % 4)
    body = b"".join(array.astype(array.dtype.newbyteorder("<")).tobytes() + b"\0" * (-array.nbytes % 4) for _, array in parts)
    return len(head).to_bytes(4, "little") + head + body + text


def _triples(lexicon: Lexicon, first: list[int], second: list[int], said: list[float],
             n: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:  # fmt: skip
    """Return the n triples of words (n, 3) that matter most, and how likely the third is after the others: chains of two pairs whose last
    word is drawn like another, and triples of names and signs.
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
    chosen = {triple: p for _, triple, p in rows[:n]} | {triple: speech.p(triple[2], triple[1], triple[0]) for triple in speech.ours}
    return np.array(list(chosen), np.int64).reshape(-1, 3), np.array(list(chosen.values()))


def _rest_spoken(lexicon: Lexicon, ids: list[int], spoken: list[float]) -> list[float]:
    """Return, for each word, the log of how much less likely speech takes the words that do not follow it."""
    rare = [k for _, k in sorted((p, k) for p, k in zip(spoken, ids, strict=True) if p)[:_PROBES]]
    single = [lexicon.trigrams.p(k, lexicon.unknown_id, lexicon.unknown_id) for k in rare]
    found = []
    for k, p in zip(ids, spoken, strict=True):
        after = [lexicon.trigrams.p(x, k, lexicon.unknown_id) / q for x, q in zip(rare, single, strict=True)] if p else []
        found.append(math.log(float(np.median(after))) if after else 0.0)
    return found


def _bytes(values: NDArray[np.float64] | list[float]) -> NDArray[np.generic]:
    """Return −values in steps as bytes; what is beyond 254 steps counts as that, −inf as 255."""
    array = np.asarray(values, float)
    return np.where(np.isneginf(array), 255, np.clip(np.round(-np.where(np.isneginf(array), 0, array) * _STEP), 0, 254)).astype(np.uint8)
