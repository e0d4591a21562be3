import time
import tracemalloc
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest

from glyphgen.datasets.folder import PageFolder
from glyphgen.datasets.scenes import PageSynth
from glyphgen.faces.distractors import fonts_of_part
from glyphgen.faces.sources import DrawnSource
from glyphgen.render.augmentation import PRESETS, Augmentation
from glyphgen.render.low_resolution import Upscale
from glyphgen.sample import PageSample
from glyphgen.shapes.pen import load_drawing
from glyphgen.texts.english import Corpus
from tests.stored import write_folder

Pages = list[PageSample]


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


def look(name: str = "screenshot", upscale: Upscale | None = None, **changed: float) -> Augmentation:
    given = PRESETS[name]
    return replace(given, page=replace(given.page, **changed), upscale=upscale or given.upscale)


def made(augment: Augmentation, n: int, size: tuple[int, int] = (320, 240), also: Sequence[str] = ()) -> Pages:
    source = DrawnSource(load_drawing("hylian"))
    drawn = [DrawnSource(load_drawing(name)) for name in also]
    synth = PageSynth(source, Corpus(source.script, 24), augment, 5, "train", n, 4, size, also=drawn)
    return [synth[i] for i in range(n)]


PLAIN_UPSCALE = Upscale(1.0, (8.0, 12.0), (2.0, 3.0), chroma_share=0, interlace_share=0, palette_share=0)
EFFECTS: dict[str, Augmentation] = {
    "columns": look("none", column_share=1.0),
    "justified": look("none", justified_share=1.0),
    "arcs": look("none", arc_share=1.0),
    "low resolution": look("none", replace(PLAIN_UPSCALE, halo_share=0, scanline_share=0)),
    "all": look("none", PLAIN_UPSCALE, column_share=0.4, arc_share=0.4, right_share=0.3, justified_share=0.3),
}


@pytest.mark.parametrize("name", EFFECTS)
def test_edges_lie_around_the_ink_of_pages_with_every_effect(name: str) -> None:
    inside = total = 0
    for page in made(EFFECTS[name], 30):
        if not page.lines or not all(line.is_legible for line in page.lines):
            continue
        ink = np.abs(page.image.astype(int) - np.median(page.image.reshape(-1, 3), axis=0)).max(axis=2) > 60
        mask = np.zeros(ink.shape, np.uint8)
        for line in page.lines:
            own = np.zeros(ink.shape, np.uint8)
            outline = np.concatenate([line.top, line.bottom[::-1]])
            cv2.fillPoly(own, [np.round(outline).astype(np.int32)], 1)
            size = 2 * round(0.15 * line.height_px + 1) + 1
            mask |= cv2.dilate(own, np.ones((size, size), np.uint8))
        inside, total = inside + int((ink & (mask > 0)).sum()), total + int(ink.sum())
    assert total > 2000
    assert inside > 0.98 * total


@pytest.mark.parametrize(
    "augment",
    [
        look(depth_share=1.0, boards_per_megapixel=40.0),
        look(column_share=0.5, arc_share=0.5),
        PRESETS["low_resolution"],
    ],
    ids=["depth", "columns and arcs", "low resolution"],
)
def test_pages_with_every_effect_are_functions_of_their_index(augment: Augmentation) -> None:
    first, again = made(augment, 3), made(augment, 3)
    for a, b in zip(first, again, strict=True):
        assert a.image.shape == (240, 320, 3)
        assert (a.image == b.image).all()
        assert [line.text for line in a.lines] == [line.text for line in b.lines]
    assert any((a.image != b.image).any() for a, b in pairwise(first))


def test_far_lines_of_a_page_with_depth_are_softer_and_the_worst_are_not_legible() -> None:
    """With one focus on the nearest, small capitals are far, so blurred."""
    deep = look(
        depth_share=1.0, boards_per_megapixel=60.0, plain_share=0.0, enlarged_share=0.0, script_share=1.0,
        distance_range=(5.0, 5.0), aperture_range=(0.35, 0.35), min_cap_px=3.0, cap_range_px=(20.0, 40.0),
    )  # fmt: skip
    lines = [line for page in made(deep, 16) for line in page.lines]
    assert len(lines) > 25
    assert 0.1 < np.mean([line.is_legible for line in lines]) < 0.9
    assert max(line.height_px for line in lines) > 2.5 * min(line.height_px for line in lines)


def test_scripts_of_one_page_are_named_and_others_are_not() -> None:
    pages_made = made(look(boards_per_megapixel=30.0), 12, (480, 360), ["gerudo", "sheikah"])
    lines = [line for page in pages_made for line in page.lines]
    assert {line.script for line in lines if line.is_script} == {"hylian", "gerudo", "sheikah"}
    assert {line.script for line in lines if not line.is_script} == {""}
    assert max(len({line.script for line in page.lines} - {""}) for page in pages_made) > 1
    scripts = {name: load_drawing(name).script for name in ("hylian", "gerudo", "sheikah")}
    assert all(scripts[line.script].can_write(line.text) for line in lines if line.is_script)


def test_many_boards_are_on_a_large_page_and_it_takes_less_than_two_seconds_and_little_memory() -> None:
    many = look(boards_per_megapixel=9.0, depth_share=0.5, column_share=0.3, arc_share=0.15, plain_share=0.0)
    made(many, 1, (640, 360), ["gerudo", "sheikah"])  # materials are made once
    source = DrawnSource(load_drawing("hylian"))
    synth = PageSynth(source, Corpus(source.script, 24), many, 5, "train", 10, 4, (1920, 1080))
    took = []
    for _ in range(2):  # others use the machine too
        begin = time.process_time()
        first = synth[0]
        took.append(time.process_time() - begin)
    assert min(took) < 2.0
    assert first.image.shape == (1080, 1920, 3)
    assert len(first.lines) > 20
    tracemalloc.start()
    _ = synth[1]
    assert tracemalloc.get_traced_memory()[1] < 600e6
    tracemalloc.stop()


AREAS = (16, (200, 150)), (4, (800, 600))


def test_the_number_of_boards_grows_with_the_area() -> None:
    many = look(boards_per_megapixel=30.0, plain_share=0.0, enlarged_share=0.0, oversized_share=0.0)
    counts = [
        np.mean([len(page.lines) for page in made(many, n, size)]) for n, size in ((16, (200, 150)), (4, (800, 600)))
    ]
    assert counts[1] > 5 * counts[0]
