"""How good readings are: character error rate, normalized edit distance, exact match, confusion, calibration.

Edit distances come from rapidfuzz. All rates are shares (0 to 1), over the whole set: edits of all lines over
characters of all lines, so that short lines do not weigh more than long ones.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Levenshtein

from glyphgen.script import Script
from recognizers.geometry import overlap
from recognizers.reading import Reading

SURE = 0.99  # probability above which a reading is called sure
_N_DRAWS = 200  # of outcomes, to tell what is chance
_N_BINS = 10
Quad = NDArray[np.float64]  # (4, 2) px


def character_error_rate(truths: Sequence[str], texts: Sequence[str]) -> float:
    """Return edits (substitutions, insertions, deletions) per true character; may exceed 1. 0 for no characters."""
    edits = sum(Levenshtein.distance(a, b) for a, b in zip(truths, texts, strict=True))
    return edits / max(sum(map(len, truths)), 1)


def share_right(errors: float, total: float) -> float:
    """Return 1 - errors / total, and 0 where there are more errors than there was to read: a share is none below."""
    return max(0.0, 1 - errors / max(total, 1))


def normalized_edit_distance(truths: Sequence[str], texts: Sequence[str]) -> float:
    """Return the mean over lines of edits divided by the longer text's length (0 is perfect)."""
    return (
        float(np.mean([Levenshtein.normalized_distance(a, b) for a, b in zip(truths, texts, strict=True)]))
        if truths
        else 0.0
    )


def exact_match(truths: Sequence[str], texts: Sequence[str]) -> float:
    """Return the share of texts without any error."""
    return float(np.mean([a == b for a, b in zip(truths, texts, strict=True)])) if truths else 0.0


def confusions(truths: Sequence[str], texts: Sequence[str]) -> Counter[tuple[str, str]]:
    """Count (true, read) pairs along the best alignment; '' stands for nothing (an insertion or a deletion)."""
    counts: Counter[tuple[str, str]] = Counter()
    for truth, text in zip(truths, texts, strict=True):
        for op in Levenshtein.opcodes(truth, text):
            a, b = truth[op.src_start : op.src_end], text[op.dest_start : op.dest_end]
            for k in range(max(len(a), len(b))):
                counts[(a[k : k + 1], b[k : k + 1])] += 1
    return counts


def grapheme_errors(truths: Sequence[str], texts: Sequence[str]) -> dict[str, Any]:
    """Return for each true character how often it was there, missed, and read as what; '' counts what was added."""
    found: dict[str, Any] = {}
    for (a, b), n in sorted(confusions(truths, texts).items()):
        row = found.setdefault(a, {"n": 0, "missed": 0, "read_as": {}})
        row["n"] += n
        if a and not b:
            row["missed"] += n
        elif a != b:
            row["read_as"][b] = n
    return found


def calibration_error(confidences: Sequence[float], is_right: Sequence[bool]) -> float:
    """Return the expected calibration error over ten equal bins. Source: Guo et al. 2017.

    Ours, for reading and the app do without torchmetrics, which comes with Lightning; a test compares the two.
    """
    if not confidences:
        return 0.0
    c, r = np.array(confidences, float), np.array(is_right, float)
    bins = np.minimum((c * _N_BINS).astype(int), _N_BINS - 1)
    return float(sum(abs(c[bins == b].mean() - r[bins == b].mean()) * (bins == b).mean() for b in np.unique(bins)))


def glyph_hits(truth: str, reading: Reading) -> list[tuple[float, bool]]:
    """Return (confidence, is right) of each glyph read, aligned with the truth."""
    right = [False] * len(reading.text)
    for block in Levenshtein.editops(truth, reading.text).as_matching_blocks():
        right[block.b : block.b + block.size] = [True] * block.size
    return [(g.confidence, ok) for g, ok in zip(reading.glyphs, right, strict=True)]


def match_quads(truths: Sequence[Quad], found: Sequence[Quad], iou: float = 0.5) -> list[tuple[int, int]]:
    """Pair true quads (4, 2) with found ones, each at most once, best overlaps first; pairs below `iou`
    are left out.
    """
    pairs = [(overlap(a, b)[0], i, j) for i, a in enumerate(truths) for j, b in enumerate(found)]
    taken: list[tuple[int, int]] = []
    for share, i, j in sorted(pairs, key=lambda pair: -pair[0]):
        if share >= iou and all(i != p and j != q for p, q in taken):
            taken.append((i, j))
    return taken


def word_errors(truth: str, text: str) -> tuple[int, int]:
    """Return how many words are wrong (substituted, split, joined, lost, added), and how many there are."""
    words = truth.split()
    return int(Levenshtein.distance(words, text.split())), len(words)


def score_letters(letters: Sequence[str], truths: Sequence[str], readings: Sequence[Reading]) -> dict[str, Any]:
    """Return the figures of English: letters (n) are the true texts, "" where nobody knows; truths what the pictures
    show.

    Letter errors leave spaces aside, which the words tell of, and so do `bare` grapheme errors beside them; `raw` are
    the canonical letters, without language. A word counts as run together when its picture has fewer spaces than its
    text.
    """
    known = [k for k, text in enumerate(letters) if text]
    if not known or not any(readings[k].letters for k in known):
        return {}
    bare = [letters[k].replace(" ", "") for k in known]
    figures: dict[str, Any] = {
        "n_letters": len(known),
        "grapheme_cer_bare": character_error_rate(
            [truths[k].replace(" ", "") for k in known], [readings[k].text.replace(" ", "") for k in known]
        ),
        "letter_cer_raw": character_error_rate(bare, [readings[k].text.replace(" ", "") for k in known]),
        "letter_cer": character_error_rate(bare, [readings[k].letters.replace(" ", "") for k in known]),
    }
    right = [readings[k].letters.replace(" ", "") == text for k, text in zip(known, bare, strict=True)]
    figures["letters_ece"] = calibration_error([readings[k].letters_confidence for k in known], right)
    for name, is_run in (("words_right", False), ("words_right_run_together", True)):
        errors = [
            word_errors(letters[k], readings[k].letters)
            for k in known
            if (letters[k].count(" ") > truths[k].count(" ")) == is_run
        ]
        if errors:
            figures[name] = share_right(sum(e for e, _ in errors), sum(n for _, n in errors))
    return figures


def score(truths: Sequence[str], readings: Sequence[Reading]) -> dict[str, Any]:
    """Return every figure of a set of readings; keys are stable, they are written to results.json."""
    texts = [r.text for r in readings]
    hits = [hit for truth, r in zip(truths, readings, strict=True) for hit in glyph_hits(truth, r)]
    lines = ([r.confidence for r in readings], [a == b for a, b in zip(truths, texts, strict=True)])
    # of pictures of one glyph, whether it is among the three likeliest
    glyphs = bool(truths) and all(len(t) == 1 and len(r.glyphs) == 1 for t, r in zip(truths, readings, strict=True))
    among = (
        [t in [char for char, _ in r.glyphs[0].candidates[:3]] for t, r in zip(truths, readings, strict=True)]
        if glyphs
        else []
    )
    return {
        "n": len(truths),
        "grapheme_cer": character_error_rate(truths, texts),
        "ned": normalized_edit_distance(truths, texts),
        "exact": exact_match(truths, texts),
        **({"top3": float(np.mean(among))} if glyphs else {}),
        "glyph_ece": calibration_error([c for c, _ in hits], [ok for _, ok in hits]),
        "line_ece": calibration_error(*lines),
    }


def error_by_chance(confidences: Sequence[float]) -> float:
    """Return the calibration error that confidences without any fault would show on so few readings, on average: what
    is in the bins is right by chance.
    """
    c, rng = np.array(confidences, float), np.random.default_rng(0)
    draws = [calibration_error(confidences, (rng.random(len(c)) < c).tolist()) for _ in range(_N_DRAWS)]
    return float(np.mean(draws)) if len(c) else 0.0


def sureness(probabilities: Sequence[float], is_right: Sequence[bool]) -> dict[str, float]:
    """Return what probabilities that lines are right are worth: ece, their calibration error; ece_by_chance, how large
    that would be by chance alone; sure_share, how many are above 0.99; sure_right, how many of those are right (1 where
    there are none).
    """
    sure = [ok for p, ok in zip(probabilities, is_right, strict=True) if p > SURE]
    return {
        "ece": calibration_error(probabilities, is_right),
        "ece_by_chance": error_by_chance(probabilities),
        "sure_share": len(sure) / max(len(probabilities), 1),
        "sure_right": sum(sure) / len(sure) if sure else 1.0,
    }


def has_every_letter(reading: Reading, text: str, letters: str, script: Script) -> bool:
    """Whether a reading has every letter of a line right, whatever its spaces; every shape where the letters of the
    line are not known ("").
    """
    if letters and reading.letters:
        return reading.letters.replace(" ", "").upper() == letters.replace(" ", "").upper()
    return _shapes(str(reading), script) == _shapes(text, script)


def _shapes(text: str, script: Script) -> str:
    return script.canonical(text).replace(" ", "") if script.can_write(text) else text
