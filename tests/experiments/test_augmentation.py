from pathlib import Path

import pytest
import yaml

from experiments.augmentation import augmentation_for
from experiments.job import SettingError
from glyphgen.render.augmentation import PRESETS

SCREENSHOT = yaml.safe_load((Path(__file__).parents[2] / "conf/augment/screenshot.yaml").read_text(encoding="utf-8"))


def test_a_name_means_the_own_group_where_it_is_its_name_else_the_preset() -> None:
    own = {**SCREENSHOT, "blur": {**SCREENSHOT["blur"], "share": 0.75}}
    assert augmentation_for("screenshot", {"augment": own}).blur.share == 0.75
    assert augmentation_for("none", {"augment": own}) == PRESETS["none"]
    assert augmentation_for("foggy", {"augment": {**own, "name": "foggy"}}).blur.share == 0.75
    assert augmentation_for("print", {"augment": {"name": "print"}}) == PRESETS["print"]
    assert augmentation_for("print", {}) == PRESETS["print"]


def test_what_is_wrong_is_named() -> None:
    with pytest.raises(SettingError, match="no augmentation 'rain'; there are none, drawing, print, screenshot"):
        augmentation_for("rain", {"augment": SCREENSHOT})
    with pytest.raises(SettingError, match=r"augment\.blur\.share: .* 1, not 3"):
        augmentation_for("screenshot", {"augment": {**SCREENSHOT, "blur": {**SCREENSHOT["blur"], "share": 3}}})
