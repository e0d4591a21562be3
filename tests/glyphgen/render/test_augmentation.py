import pytest

from glyphgen.files import DataError
from glyphgen.render.augmentation import PRESETS, Blur, CaptchaStyle, Geometry, find_augmentation


def test_presets_are_found_by_name_and_an_unknown_one_lists_those_there_are() -> None:
    assert list(PRESETS) == ["none", "drawing", "print", "screenshot"]
    assert find_augmentation("print") is PRESETS["print"]
    assert find_augmentation(PRESETS["print"]) is PRESETS["print"]
    with pytest.raises(DataError, match="none, drawing, print, screenshot"):
        find_augmentation("rain")


def test_impossible_numbers_are_named() -> None:
    with pytest.raises(DataError, match=r"share of Blur must be from 0 to 1, not 1\.5"):
        Blur(share=1.5)
    with pytest.raises(DataError, match="margin_range of Geometry must be \\(least, most\\)"):
        Geometry(margin_range=(0.5, 0.1))
    with pytest.raises(DataError, match="cap_range_px of CaptchaStyle"):
        CaptchaStyle(cap_range_px=(40.0, 16.0))
