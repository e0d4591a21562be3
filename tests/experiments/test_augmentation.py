from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from experiments.augmentation import augmentation_for
from experiments.job import SettingError
from glyphgen.datasets.synthetic import LineSynth
from glyphgen.faces.sources import DrawnSource
from glyphgen.render.augmentation import PRESETS
from glyphgen.shapes.pen import Drawing
from glyphgen.texts.english import Corpus

SCREENSHOT = yaml.safe_load((Path(__file__).parents[2] / "conf/augment/screenshot.yaml").read_text(encoding="utf-8"))


def test_a_name_means_the_own_group_where_it_is_its_name_else_the_preset() -> None:
    own = {**SCREENSHOT, "blur": {**SCREENSHOT["blur"], "share": 0.75}}
    assert augmentation_for("screenshot", {"augment": own}).blur.share == 0.75
    assert augmentation_for("none", {"augment": own}) == PRESETS["none"]
    assert augmentation_for("foggy", {"augment": {**own, "name": "foggy"}}).blur.share == 0.75
    assert augmentation_for("print", {"augment": {"name": "print"}}) == PRESETS["print"]
    assert augmentation_for("print", {}) == PRESETS["print"]


def test_what_is_wrong_is_named() -> None:
    known = "none, drawing, print, screenshot, low_resolution, world"
    with pytest.raises(SettingError, match=f"no augmentation 'rain'; there are {known}"):
        augmentation_for("rain", {"augment": SCREENSHOT})
    with pytest.raises(SettingError, match=r"augment\.blur\.share: .* 1, not 3"):
        augmentation_for("screenshot", {"augment": {**SCREENSHOT, "blur": {**SCREENSHOT["blur"], "share": 3}}})


def test_a_stage_names_the_parts_that_its_pictures_lack() -> None:
    names = ["blur", "paint.carved", "geometry.rotation_deg"]
    lacking = augmentation_for("screenshot", {}, names)
    assert (lacking.blur.share, lacking.paint.carved, lacking.geometry.rotation_deg) == (0.0, 0.0, 0.0)
    kept = PRESETS["screenshot"]
    assert replace(lacking, blur=kept.blur, paint=kept.paint, geometry=kept.geometry) == kept
    assert augmentation_for("screenshot", {}) == kept
    own = {**SCREENSHOT, "jpeg": {**SCREENSHOT["jpeg"], "share": 0.9}}
    assert augmentation_for("screenshot", {"augment": own}, names).jpeg.share == 0.9


@pytest.mark.parametrize("name", ["fog", "paint", "paint.tint", "blur.share.x", "name", "paint.materials", ""])
def test_what_is_no_part_is_named_with_those_there_are(name: str) -> None:
    with pytest.raises(SettingError, match=f"'{name}' is no part .*blur, .*jpeg"):
        augmentation_for("screenshot", {}, [name])


def test_pictures_of_a_look_without_a_part_are_other_pictures(hylian: Drawing) -> None:
    def first(*lacking: str) -> list[bytes]:
        look = augmentation_for("screenshot", {}, lacking)
        synth = LineSynth(DrawnSource(hylian), Corpus(hylian.script), look, 0, "train", 12, n_faces=2)
        return [synth[i].image.tobytes() for i in range(12)]

    assert first() == first()
    assert first() != first("paint.material")
