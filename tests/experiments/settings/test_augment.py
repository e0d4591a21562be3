from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from pydantic import BaseModel, ValidationError

from experiments.settings.augment import AugmentSettings
from glyphgen.datasets.synthetic import LineSynth
from glyphgen.faces.sources import DrawnSource
from glyphgen.render.augmentation import PRESETS
from glyphgen.shapes.pen import Drawing
from glyphgen.texts.english import Corpus

CONF = Path(__file__).parents[3] / "conf" / "augment"


def numbers(name: str) -> dict[str, Any]:
    return yaml.safe_load((CONF / f"{name}.yaml").read_text(encoding="utf-8"))


def test_every_preset_has_its_file() -> None:
    assert {path.stem for path in CONF.glob("*.yaml")} == set(PRESETS)


@pytest.mark.parametrize("name", PRESETS)
def test_a_file_holds_the_numbers_of_its_preset(name: str) -> None:
    assert AugmentSettings.model_validate(numbers(name)).make() == PRESETS[name]


def test_settings_have_the_fields_of_the_renderer_and_a_description_each() -> None:
    def compare(model: type[BaseModel], preset: Any) -> None:
        assert set(model.model_fields) == {field.name for field in fields(preset)}
        for name, field in model.model_fields.items():
            assert field.description, name
            if is_dataclass(getattr(preset, name)):
                assert isinstance(field.annotation, type)
                assert issubclass(field.annotation, BaseModel)
                compare(field.annotation, getattr(preset, name))

    compare(AugmentSettings, PRESETS["none"])


def leaves(values: dict[str, Any], path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    return [
        leaf
        for key, value in values.items()
        for leaf in (leaves(value, (*path, key)) if isinstance(value, dict) else [(*path, key)])
    ]


@pytest.mark.parametrize("path", leaves(numbers("screenshot")), ids=".".join)
def test_no_setting_takes_a_text_for_a_number_or_an_unknown_name_beside_it(path: tuple[str, ...]) -> None:
    for key, value in ((path[-1], {"a": "group"}), (f"{path[-1]}_", 0.1)):
        given = numbers("screenshot")
        group = given
        for part in path[:-1]:
            group = group[part]
        group[key] = value
        with pytest.raises(ValidationError) as caught:
            AugmentSettings.model_validate(given)
        assert caught.value.errors()[0]["loc"][: len(path)] == (*path[:-1], key)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("blur.share", 1.5),
        ("blur.share", "0.5"),
        ("blur.sigma_range_px", [2.0, 1.0]),
        ("blur.sigma_range_px", [2.0]),
        ("motion_blur.length_range_px", [3, 4]),
        ("jpeg.quality_range", [0, 50]),
        ("downscale.scale_range", [0.0, 1.0]),
        ("paint.materials", ["glass"]),
        ("paint.materials", []),
        ("geometry.cap_range_px", [0.0, 20.0]),
        ("page.enlarged_range", [0.0, 2.0]),
    ],
)
def test_impossible_numbers_are_refused(path: str, value: Any) -> None:
    given = numbers("screenshot")
    group, key = path.split(".")
    given[group][key] = value
    with pytest.raises(ValidationError) as caught:
        AugmentSettings.model_validate(given)
    assert caught.value.errors()[0]["loc"][:2] == (group, key)


def test_a_changed_number_changes_samples_and_an_unchanged_file_none(hylian: Drawing) -> None:
    def first(augment: Any) -> list[np.ndarray]:
        synth = LineSynth(DrawnSource(hylian), Corpus(hylian.script, 8), augment, 3, "train", 20, n_faces=2)
        return [synth[i].image for i in range(20)]

    given = numbers("none")
    for one, other in zip(first(AugmentSettings.model_validate(given).make()), first("none"), strict=True):
        assert np.array_equal(one, other)
    given["noise"] = {"share": 1.0, "std_range": [0.1, 0.1]}
    noisy = first(AugmentSettings.model_validate(given).make())
    for one, other in zip(noisy, first("none"), strict=True):
        assert one.shape == other.shape
        assert not np.array_equal(one, other)
