"""What the log probabilities of a network say: a line, by CTC, or a glyph; and whether they could say a label."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from glyphgen.script import Script
from recognizers.calibration import Calibration
from recognizers.decode import LogProbs, best_path, evidence_of, required_steps
from recognizers.reading import Evidence, GlyphReading, Reading

# of the glyphs of a line; below, it is thought to be no text of the script. On synthetic validation pages 0.85 leaves
# 98 % of the lines that 0.75 leaves, and a third of the other writing and scenery
MIN_MEAN_CONFIDENCE = 0.85
_N_CANDIDATES = 5
_BLANKS = "-_~\u03b5\u2205"  # what stands for the blank in a raw path: the first that the script does not have
_MAX_EVIDENCE = 400  # graphemes of a script up to which readings keep what language needs; no language has more letters
_MIN_GLYPH_CONFIDENCE = 0.5  # below, it is thought to be no glyph of the script


class LabelError(ValueError):
    """A label that the picture or the script cannot hold; the message names the sample."""


def line_reading(log_probs: LogProbs, script: Script, calibration: Calibration, stride_px: int) -> Reading:
    """Return what the log probabilities (steps, n_classes) of a line say; spans are in px of its tensor."""
    glyphs, alphabet = [], script.alphabet
    log_probs = calibration.soften(log_probs)
    emissions = best_path(log_probs)
    while emissions and alphabet[emissions[0].id - 1] == " ":
        emissions = emissions[1:]
    while emissions and alphabet[emissions[-1].id - 1] == " ":
        emissions = emissions[:-1]
    for e in emissions:
        row = np.exp(log_probs[e.peak, 1:])
        order = np.argsort(-row)[:_N_CANDIDATES]
        total = float(row.sum())
        candidates = tuple((alphabet[i], float(row[i]) / total) for i in order.tolist())
        span = (float(e.start * stride_px), float(e.end * stride_px))
        glyphs.append(GlyphReading(alphabet[e.id - 1], e.probability, span, candidates))
    visible_ids = [i for i, char in enumerate(alphabet, start=1) if char != " "]
    space_id = alphabet.index(" ") + 1 if " " in alphabet else None
    evidence = evidence_of(log_probs, emissions, visible_ids, space_id) if len(alphabet) <= _MAX_EVIDENCE else None
    is_script = bool(glyphs) and float(np.mean([g.confidence for g in glyphs])) >= MIN_MEAN_CONFIDENCE
    confidence = calibration.line([g.confidence for g in glyphs])
    blank = next((char for char in _BLANKS if char not in alphabet), " ")
    path = "".join(alphabet[i - 1] if i else blank for i in log_probs.argmax(axis=1).tolist()) if len(log_probs) else ""
    return Reading(
        "".join(g.char for g in glyphs), confidence, tuple(glyphs), is_script=is_script, evidence=evidence, path=path
    )


def glyph_reading(log_probs: NDArray[np.float32], width_px: float, script: Script, calibration: Calibration) -> Reading:
    """Return what the log probabilities (n_visible,) of a glyph say; its span is the width of its tensor."""
    scaled = log_probs / np.float32(calibration.temperature)
    row = np.exp(scaled - scaled.max())
    row /= row.sum()
    order = np.argsort(-row, kind="stable")[:_N_CANDIDATES]
    candidates = tuple((script.visible[i], float(row[i])) for i in order.tolist())
    char, p = candidates[0]
    evidence = Evidence(np.log(np.maximum(row.astype(np.float64), 1e-6))[None], np.zeros(1), np.zeros(1))
    glyph = GlyphReading(char, p, (0.0, float(width_px)), candidates)
    return Reading(char, p, (glyph,), is_script=p >= _MIN_GLYPH_CONFIDENCE, evidence=evidence)


def check_line_label(text: str, width_px: int, origin: str, script: Script, stride_px: int) -> None:
    """Raise LabelError when a line of this width, in px of its tensor, has too few steps for a text."""
    steps, needed = width_px // stride_px, required_steps(script.encode(text))
    if needed > steps:
        raise LabelError(
            f"{origin}: the label {text!r} needs {needed} time steps, the picture gives {steps}; is it cut?"
        )


def check_glyph_label(text: str, origin: str, script: Script) -> None:
    """Raise LabelError for what is not one visible grapheme of the script."""
    if len(text) != 1 or text not in script.visible:
        raise LabelError(f"{origin}: the label {text!r} is not one glyph of script {script.name!r}")
