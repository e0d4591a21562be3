"""Glyphs drawn with a mouse: paths written by hand, point by point, after the reference; our model of handwriting had
no part in it.
"""

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from glyphgen.shapes.pen import Drawing
from recognizers import bundle

PATHS = json.loads((Path(__file__).parent.parent / "mouse_paths.json").read_text(encoding="utf-8"))
MANNERS = {"slow", "hasty", "large", "small", "tilted"}
# in a hurry: the pen not lifted, corners cut, strokes left out, a trackpad; written by somebody who knew neither our
# model of handwriting nor how they are read
HURRIED = json.loads((Path(__file__).parent.parent / "mouse_paths_hurried.json").read_text(encoding="utf-8"))
IN_A_HURRY = {"rushed", "one_line", "scrawled", "shaky", "careless"}


def canvas(drawing: dict[str, Any], pen_px: int) -> np.ndarray:
    """What a canvas shows after the strokes were drawn: dark on white."""
    width, height = drawing["size"]
    image = np.full((height, width, 3), 255, np.uint8)
    for stroke in drawing["strokes"]:
        cv2.polylines(image, [np.array(stroke, np.int32)], False, (20, 20, 20), pen_px, cv2.LINE_AA)
    return image


@pytest.mark.parametrize(("paths", "manners"), [(PATHS, MANNERS), (HURRIED, IN_A_HURRY)])
def test_every_glyph_is_there_in_every_manner(hylian: Drawing, paths: list[dict[str, Any]], manners: set[str]) -> None:
    assert sorted((d["letter"], d["manner"]) for d in paths) == sorted(
        (char, manner) for char in hylian.script.visible for manner in manners
    )
    for d in paths:
        points = np.concatenate([np.array(stroke) for stroke in d["strokes"]])
        assert (points >= 0).all()
        assert (points < d["size"]).all()


@pytest.mark.parametrize("pen_px", [8, 14])
def test_mouse_drawn_glyphs_are_read(pen_px: int) -> None:
    readings = bundle.load("cnn_hylian_drawn").read_batch([canvas(d, pen_px) for d in PATHS])
    right = [reading.text == d["letter"] for reading, d in zip(readings, PATHS, strict=True)]
    among = [
        d["letter"] in [char for char, _ in reading.glyphs[0].candidates[:3]]
        for reading, d in zip(readings, PATHS, strict=True)
    ]
    assert np.mean(right) >= 0.97
    assert np.mean(among) >= 0.995


@pytest.mark.parametrize("pen_px", [8, 14])
def test_glyphs_drawn_in_a_hurry_are_read(pen_px: int) -> None:
    readings = bundle.load("cnn_hylian_drawn").read_batch([canvas(d, pen_px) for d in HURRIED])
    right = [reading.text == d["letter"] for reading, d in zip(readings, HURRIED, strict=True)]
    assert np.mean(right) >= 0.94
