"""Golden pictures: what the renderer drew when somebody looked at it and was content. To draw them anew after a
change that was meant: GLYPH_UPDATE_GOLDEN=1 python -m pytest tests/glyphgen/test_golden.py, then look at them.
"""

import os
from pathlib import Path

import cv2
import numpy as np
import pytest

from glyphgen.cli import script_chart
from glyphgen.contact_sheet import contact_sheet
from glyphgen.datasets.synthetic import LineSynth
from glyphgen.faces.sources import DrawnSource
from glyphgen.shapes.pen import Drawing
from glyphgen.texts.english import Corpus

GOLDEN = Path(__file__).parent.parent / "golden"
MIN_PSNR_DB = 38.0


def psnr(a: np.ndarray, b: np.ndarray) -> float:
    error = ((a.astype(float) - b.astype(float)) ** 2).mean()
    return float("inf") if error == 0 else float(10 * np.log10(255**2 / error))


def likeness_db(name: str, picture: np.ndarray) -> float:
    """Return the PSNR of a picture against its golden one, which must have its size."""
    path = GOLDEN / f"{name}.png"
    if os.environ.get("GLYPH_UPDATE_GOLDEN"):
        cv2.imwrite(str(path), picture)
    golden = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    assert golden is not None, path
    assert golden.shape == picture.shape
    return psnr(golden, picture)


def test_the_chart_of_hylian(hylian: Drawing) -> None:
    chart = np.asarray(script_chart(hylian.script, {c: hylian.outline(c) for c in hylian.script.visible}))
    assert (
        likeness_db("hylian_chart", cv2.resize(chart, None, fx=0.4, fy=0.4, interpolation=cv2.INTER_AREA)) > MIN_PSNR_DB
    )


@pytest.mark.parametrize("augment", ["none", "drawing", "screenshot"])
def test_lines(hylian: Drawing, augment: str) -> None:
    synth = LineSynth(DrawnSource(hylian, 0.2), Corpus(hylian.script), augment, 7, "train", 40, n_faces=6)
    assert likeness_db(f"lines_{augment}", contact_sheet([synth[i] for i in range(12)], 700, 40)) > MIN_PSNR_DB
