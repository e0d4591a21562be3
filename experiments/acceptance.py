"""Fit which of the lines that a finder finds count as the script's: see `recognizers.acceptance`. On synthetic pages of a split that
nothing is trained on: small ones, as screenshots' parts are, large ones, and displays of games without the script.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from experiments.context import Run
from experiments.data import synth_source
from glyphgen.corpus import Corpus
from glyphgen.displays import game_display
from glyphgen.pages import PageSynth
from glyphgen.sample import PageLine, PageSample
from recognizers.acceptance import Acceptance, features, fit
from recognizers.lines import LineFinder
from recognizers.quads import overlap, rectify
from recognizers.second_look import ROWS_PX, LineReader

_SMALL_PX, _LARGE_PX = (640, 384), (1600, 900)
_IN_TURN = ("small", "display", "small", "display", "large", "display")
_DISPLAY_PX = (396, 540, 720, 900, 1080)  # heights of displays, in turn
_SAME, _TOUCHES = 0.4, 0.1  # overlap with a line that is written: it is that line; it is a part of it, and neither right nor wrong
_MARGIN = 1.0  # log odds above the surest line of the pages without the script; there are many kinds of display that no page shows


@dataclass(frozen=True)
class Found:
    """A line that was found on a page and read: its features; whether it is one of the script; whether there is any on its page."""

    row: NDArray[np.float64]
    is_script: bool
    is_negative: bool


def fit_acceptance(finder: LineFinder, reader: LineReader, run: Run, n_pages: int) -> tuple[Acceptance, dict[str, Any]]:
    """Return the rule for a finder and a reader, and figures. Raises ValueError where lines of one kind only are found."""
    found: list[Found] = []
    n_negative = 0
    for page in tqdm(_pages(run, n_pages), desc="finding and reading", total=n_pages, leave=False):
        n_negative += not any(line.is_script for line in page.lines)
        found += _found(finder, reader, page)
    weights = fit([each.row for each in found], [each.is_script for each in found])
    chances = np.array([Acceptance(weights).chance(each.row) for each in found])
    is_script, is_negative = (np.array([getattr(each, name) for each in found]) for name in ("is_script", "is_negative"))
    wrong = np.sort(chances[~is_script & is_negative])[::-1]
    surest = min(max(float(wrong[0]), 0.5), 0.999) if len(wrong) else 0.5
    least = 1 / (1 + math.exp(-math.log(surest / (1 - surest)) - _MARGIN))
    accepted = chances >= least
    return Acceptance(weights, least), {
        "n_pages": n_pages,
        "n_pages_without": n_negative,
        "n_found": len(found),
        "recall_of_found": float(accepted[is_script].mean()),
        "precision": float(is_script[accepted].mean()) if accepted.any() else 0.0,
        "false_per_negative": float((accepted & is_negative & ~is_script).sum() / max(n_negative, 1)),
    }


def _pages(run: Run, n: int) -> Iterator[PageSample]:
    data = run.settings["data"]
    source = synth_source(data)
    kinds = {
        name: PageSynth(source, Corpus(source.script, data.get("max_graphemes", 32)), run.stage("calibrate")["augment"], run.seed, "val", n,
                        max(4, data["n_faces"] // 2), size, data.get("other_fonts", ()))
        for name, size in (("small", _SMALL_PX), ("large", _LARGE_PX))
    }  # fmt: skip
    for i in range(n):
        kind = _IN_TURN[i % len(_IN_TURN)]
        if kind == "display":
            height = _DISPLAY_PX[i // 2 % len(_DISPLAY_PX)]
            picture = game_display(np.random.default_rng([run.seed, 1, i]), height, height * 16 // 9, kinds["small"].display_fonts)
            yield PageSample(picture, (), f"display:{i}", has_more_writing=True)
        else:
            yield kinds[kind][i]


def _found(finder: LineFinder, reader: LineReader, page: PageSample) -> Iterator[Found]:
    lines = finder.find(page.image)
    is_negative = not any(line.is_script for line in page.lines)
    for start in range(0, len(lines), 16):
        some = lines[start : start + 16]
        for line, reading in zip(some, reader.read_batch([rectify(page.image, line, ROWS_PX).image for line in some]), strict=True):
            truth = max(page.lines, key=lambda one: overlap(line.quad, one.quad)[0], default=None)
            share = overlap(line.quad, truth.quad)[0] if truth is not None else 0.0
            if reading.glyphs and not _is_unclear(truth, share):
                yield Found(features(line, reading), truth is not None and truth.is_script and share >= _SAME, is_negative)


def _is_unclear(truth: PageLine | None, share: float) -> bool:
    """Whether neither taking a line nor leaving it is wrong: nobody can read it, or it is a part of one of the script."""
    return truth is not None and truth.is_script and share >= _TOUCHES and (share < _SAME or not truth.is_legible)
