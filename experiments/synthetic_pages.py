"""Synthetic whole pictures of a run's data, to fit what is said of lines that were found and read, and to measure
it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from experiments.augmentation import augmentation_for
from experiments.datasets import data_of
from experiments.datasets.synthetic import Synthetic
from experiments.job import Run
from glyphgen.datasets.page_changes import blotted
from glyphgen.datasets.scenes import PageSynth
from glyphgen.faces.face import GlyphSource
from glyphgen.sample import PageSample
from glyphgen.texts.english import Corpus

SMALL_PX, LARGE_PX = (640, 384), (1600, 900)
_BLOTTED = 0.3  # of the pages, one line has a blot over a glyph
_FIRST = 100_000  # number of the first page; those below are what other things are fitted on


def makes_pages(run: Run) -> bool:
    """Whether pages can be made of the run's data: of a script that is drawn or a font, in English."""
    data = data_of(run)
    return isinstance(data, Synthetic) and data.corpus == "english"


def page_synth(run: Run, source: GlyphSource, size: tuple[int, int], split: str, n: int, augment: str) -> PageSynth:
    """Return n pages of a split as the run's data has them, with other writing beside the script."""
    data = data_of(run)
    assert isinstance(data, Synthetic), "pages are made of synthetic data only"
    n_faces, corpus = max(4, data.n_faces // 2), Corpus(source.script, data.max_graphemes)
    beside = (data.other_fonts, data.others_drawn(source.script.name), data.n_other_alphabets)
    look = augmentation_for(augment, run.settings)
    return PageSynth(source, corpus, look, run.seed, split, n, n_faces, size, *beside)


def damaged_pages(run: Run, split: str, n: int, augment: str) -> Iterator[PageSample]:
    """Yield n small pages with words, names and random letters, small, blurred or cut at the edge as a page's style has
    them, some with a blot over a glyph. What a line says stays its label, whether or not it can be read.
    """
    data = data_of(run)
    assert isinstance(data, Synthetic), "pages are made of synthetic data only"
    pages = page_synth(run, data.source(), SMALL_PX, split, _FIRST + n, augment)
    for i in range(n):
        page, rng = pages[_FIRST + i], np.random.default_rng([run.seed, 8, i])
        lines = [line for line in page.lines if line.is_script]
        if lines and rng.random() < _BLOTTED:
            page = replace(page, image=blotted(page.image, lines, rng))
        yield page
