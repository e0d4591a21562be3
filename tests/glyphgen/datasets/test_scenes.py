from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest

from glyphgen.datasets.folder import PageFolder
from glyphgen.datasets.scenes import PageSynth
from glyphgen.faces.distractors import fonts_of_part
from glyphgen.faces.sources import DrawnSource
from glyphgen.shapes.pen import load_drawing
from glyphgen.texts.english import Corpus
from tests.stored import write_folder


@lru_cache(maxsize=8)
def pages(augment: str = "screenshot", seed: int = 0, split: str = "train") -> PageSynth:
    source = DrawnSource(load_drawing("hylian"))
    return PageSynth(source, Corpus(source.script, 24), augment, seed, split, 400, n_faces=6)


def test_a_page_is_a_function_of_its_index() -> None:
    synth = pages()
    first, again = synth[7], (synth[3], synth[7])[1]
    assert (first.image == again.image).all()
    assert [line.text for line in first.lines] == [line.text for line in again.lines]
    assert (first.image != synth[8].image).any()
    assert (pages(split="val")[7].image != first.image).any()
    with pytest.raises(IndexError):
        synth[400]


def test_pages_are_read_as_they_were_written(tmp_path: Path) -> None:
    samples = [pages()[i] for i in range(6)]
    assert write_folder(samples, tmp_path / "pages") == 6
    for made, stored in zip(samples, PageFolder(tmp_path / "pages"), strict=True):
        assert (made.image == stored.image).all()
        wanted = [line for line in made.lines if line.is_script and line.is_legible]
        assert [line.text for line in wanted] == [line.text for line in stored.lines]
        for a, b in zip(wanted, stored.lines, strict=True):
            assert a.quad == pytest.approx(b.quad, abs=0.01)


def test_pages_have_the_variety_that_is_promised() -> None:
    samples = [pages()[i] for i in range(150)]
    lines = [line for sample in samples for line in sample.lines]
    assert all(sample.image.shape == (320, 320, 3) for sample in samples)
    assert 10 <= sum(not sample.lines for sample in samples) <= 60
    assert {len([x for x in s.lines if x.is_script]) for s in samples} >= {0, 1, 2, 3, 4}
    assert 0.1 < np.mean([not line.is_script for line in lines]) < 0.5
    assert all(line.text == "" for line in lines if not line.is_script)
    angles = [np.degrees(np.arctan2(*(line.top[-1] - line.top[0])[::-1])) for line in lines]
    assert max(angles) > 15
    assert min(angles) < -15
    heights = [np.linalg.norm(line.quad[3] - line.quad[0]) for line in lines]
    assert min(heights) < 11
    assert max(heights) > 60


def test_edges_lie_around_the_ink() -> None:
    """Without scenery a page is ink on flat paper: nearly all that differs lies within the lines."""
    inside = total = 0
    for i in range(40):
        page = pages("none")[i]
        if not page.lines or not all(line.is_legible for line in page.lines):
            continue
        ink = np.abs(page.image.astype(int) - np.median(page.image.reshape(-1, 3), axis=0)).max(axis=2) > 60
        y, x = np.nonzero(ink)
        covered = np.zeros(len(x), bool)
        for line in page.lines:
            high = np.linalg.norm(line.quad[3] - line.quad[0])
            up = np.interp(x, line.top[:, 0], line.top[:, 1]) - 0.15 * high - 1
            down = np.interp(x, line.bottom[:, 0], line.bottom[:, 1]) + 0.15 * high + 1
            covered |= (y > up) & (y < down) & (x > line.top[0, 0] - 3) & (x < line.top[-1, 0] + 3)
        inside, total = inside + int(covered.sum()), total + len(x)
    assert total > 5000
    assert inside > 0.98 * total


def test_a_page_can_be_looked_at() -> None:
    page = next(pages()[i] for i in range(50) if pages()[i].lines)
    shown = page.outlined()
    assert shown.image.shape == page.image.shape
    assert (shown.image != page.image).any()


def test_a_share_of_the_pages_is_small_and_enlarged_and_their_lines_with_them() -> None:
    """Enlarged pages are soft: neighboring pixels differ less than in others; their lines still lie around the ink."""
    lines = [line for i in range(150) for line in pages()[i].lines if line.is_script]
    inside = [((line.quad >= -2) & (line.quad <= 322)).all() for line in lines]
    assert np.mean(inside) > 0.5
    steps = []
    for i in range(60):
        image = pages()[i].image.astype(float)
        steps.append(np.abs(np.diff(image, axis=1)).mean() / max(float(image.std()), 1.0))
    assert max(steps) > 4 * min(steps)


def test_some_scenery_is_a_display_and_said_to_hold_more_writing() -> None:
    shown = [pages()[i] for i in range(120)]
    share = np.mean([page.has_more_writing for page in shown])
    assert 0.05 < share < 0.3
    assert any(page.has_more_writing and page.lines for page in shown)
    assert not any(pages("none")[i].has_more_writing for i in range(30))


def test_fonts_of_other_writing_are_those_of_one_split(tmp_path: Path) -> None:
    names = [
        f"{name}-{cut}" for name in ("Aa", "Bb", "Cc", "Dd", "Ee", "Ff", "Gg", "Hh") for cut in ("Regular", "Bold")
    ]
    paths = [tmp_path / f"{name}.ttf" for name in names]
    parts = [fonts_of_part(paths, part) for part in range(3)]
    assert sorted(path for part in parts for path in part) == sorted(paths)  # each font is in one part
    for part in parts:
        masks = {path.stem.split("-")[0] for path in part}
        assert len(part) == 2 * len(masks)  # whole families
