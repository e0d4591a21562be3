from dataclasses import replace

import numpy as np
import pytest

from glyphgen.datasets.augmented import Deformation
from glyphgen.datasets.captcha import CaptchaSynth
from glyphgen.datasets.glyph_images import StoredGlyphs
from glyphgen.datasets.labelled_images import Stored
from glyphgen.datasets.scenes import PageSynth
from glyphgen.datasets.synthetic import LineSynth
from glyphgen.faces.sources import DrawnSource
from glyphgen.files import DataError
from glyphgen.render.augmentation import PRESETS, Blur, CaptchaStyle, Geometry, find_augmentation
from glyphgen.render.page_style import PageStyle
from glyphgen.shapes.pen import Drawing
from glyphgen.texts.english import Corpus


def test_presets_are_found_by_name_and_an_unknown_one_lists_those_there_are() -> None:
    assert list(PRESETS) == ["none", "drawing", "print", "screenshot", "low_resolution", "world"]
    assert find_augmentation("print") is PRESETS["print"]
    assert find_augmentation(PRESETS["print"]) is PRESETS["print"]
    with pytest.raises(DataError, match="none, drawing, print, screenshot, low_resolution, world"):
        find_augmentation("rain")


def test_impossible_numbers_are_named() -> None:
    with pytest.raises(DataError, match=r"share of Blur must be from 0 to 1, not 1\.5"):
        Blur(share=1.5)
    with pytest.raises(DataError, match="margin_range of Geometry must be \\(least, most\\)"):
        Geometry(margin_range=(0.5, 0.1))
    with pytest.raises(DataError, match="cap_range_px of CaptchaStyle"):
        CaptchaStyle(cap_range_px=(40.0, 16.0))


def test_no_line_turns_by_more_than_its_limit(hylian: Drawing) -> None:
    """The slope of a short line's boxes, by the spread that is asked for and by its limit."""
    slopes = {}
    for most in (0.0, 9.0, 40.0):
        geometry = Geometry(rotation_deg=30.0, max_rotation_deg=most)
        given = replace(PRESETS["none"], name="turned", geometry=geometry)
        lines = LineSynth(DrawnSource(hylian), Corpus(hylian.script, 12), given, length=40, n_faces=2)
        boxes = [lines[i].boxes for i in range(40)]
        rises = [np.polyfit(b[:, [0, 2]].mean(axis=1), b[:, [1, 3]].mean(axis=1), 1)[0] for b in boxes if len(b) > 3]
        slopes[most] = np.degrees(np.arctan(np.abs(rises))).max()
    assert slopes[0.0] < 6 < slopes[40.0], slopes
    assert slopes[9.0] < slopes[40.0], slopes


def test_large_turns_are_for_scripts_that_declare_rotation_safe(hylian: Drawing) -> None:
    """Of pages, captchas and stored glyphs alike: a shape that is turned by more may be another letter."""
    given = replace(
        PRESETS["screenshot"], page=PageStyle(max_turn_deg=90.0), captcha=CaptchaStyle(turns_deg=(0.0, 30.0))
    )
    turned = replace(PRESETS["screenshot"], geometry=Geometry(max_rotation_deg=90.0))
    source = DrawnSource(hylian)
    stored = Stored("toy", [np.zeros((28, 28), np.uint8)], ["A"], [""], ["a.png"])
    for declared, is_allowed in (((), False), (("rotation",), True)):
        source.script = replace(hylian.script, safe_transforms=declared)
        for make, name in (
            (lambda: PageSynth(source, Corpus(source.script), given, length=4, n_faces=1), r"page\.max_turn_deg"),
            (
                lambda: LineSynth(source, Corpus(source.script), turned, length=4, n_faces=1),
                r"geometry\.max_rotation_deg",
            ),
            (lambda: CaptchaSynth(source, given, length=4, n_faces=1), r"captcha\.turns_deg"),
            (
                lambda: StoredGlyphs([stored], source.script, 0, Deformation(turn_deg=40.0)),
                "turn_deg of the deformation",
            ),
        ):
            if is_allowed:
                make()
            else:
                with pytest.raises(DataError, match=f"{name} turns samples .* 'hylian' does not declare rotation safe"):
                    make()
