"""NAME=VALUE for any number of a look."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from pydantic import ValidationError

from experiments.settings.augment import AugmentSettings
from glyphgen.files import DataError
from glyphgen.jobs.card import flat
from glyphgen.render.augmentation import PRESETS
from glyphgen.render.changing import changed

LOOK = PRESETS["screenshot"]
NUMBERS = {name: value for name, value in flat(LOOK).items() if name not in ("name", "paint.backgrounds")}


def text_of(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)


@pytest.mark.parametrize("name", NUMBERS)
def test_every_number_of_every_look_can_be_given_as_another_look_has_it(name: str) -> None:
    for look in PRESETS.values():
        wanted = flat(look)[name]
        made = changed(LOOK, [f"{name}={text_of(wanted)}"])
        assert flat(made) == {**flat(LOOK), name: wanted}
        assert [type(v) for v in flat(made).values()] == [type(v) for v in {**flat(LOOK), name: wanted}.values()]


def test_changes_follow_each_other_and_ranges_may_stand_in_brackets() -> None:
    made = changed(LOOK, ["blur.share=0.9", "blur.sigma_range_px=[0.5, 2]", "blur.share=0.8", "small_text_px=7"])
    assert made == replace(LOOK, blur=replace(LOOK.blur, share=0.8, sigma_range_px=(0.5, 2.0)), small_text_px=7.0)
    assert changed(LOOK, []) is LOOK


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("page.depth_shar=0.5", "no number 'page.depth_shar'; did you mean page.depth_share"),
        ("depth_share=0.5", "no number 'depth_share'; did you mean page.depth_share"),
        ("page=0.5", "its numbers are page.cap_range_px, .*page.depth_share"),
        ("page.depth_share", "give NAME=VALUE, such as page.depth_share=0.5"),
        ("=1", "give NAME=VALUE"),
        ("page.depth_share=half", "page.depth_share is a number, such as 0.0, not 'half'"),
        ("page.depth_share=2", "page.depth_share must be from 0 to 1, not 2"),
        ("paint.carved=-0.1", "paint.carved must be from 0 to 1"),
        ("page.depth_share=nan", "must be from 0 to 1, not nan"),
        ("blur.sigma_range_px=0.5", "is a range; give the least and the most"),
        ("blur.sigma_range_px=2,1", "the least first, then the most"),
        ("paint.shadow_range=2,1", "the least first, then the most"),
        ("jpeg.quality_range=1.5,20", "is a whole number"),
        ("motion_blur.length_range_px=3,4", "must be odd"),
        ("paint.materials=glass", "no 'glass'; there are stone, wood"),
        ("upscale.kinds=nearest,cubic", "no 'cubic'; there are nearest, bilinear"),
        ("paint.backgrounds=PHOTOS", "give --backgrounds instead"),
        ("name=rain", "give --augment instead"),
    ],
)
def test_what_cannot_be_is_named_with_the_remedy(change: str, said: str) -> None:
    with pytest.raises(DataError, match=f"--set {change.split('=')[0]}.*{said}"):
        changed(LOOK, [change])


def wrong(value: Any) -> Iterator[Any]:
    """Values that a number may well not have."""
    for other in (-1, 0, 1.5, 300, 1e6):
        yield [other] * len(value) if isinstance(value, list) else other


@pytest.mark.parametrize("name", [name for name, value in NUMBERS.items() if "materials" not in name])
def test_what_settings_refuse_is_refused_here_too(name: str) -> None:
    """The settings of conf/augment are checked with Pydantic, which glyphgen does without."""
    for value in wrong(NUMBERS[name]):
        given: dict[str, Any] = {}
        for key, one in {**flat(LOOK), name: value}.items():
            group, _, last = key.rpartition(".")
            (given.setdefault(group, {}) if group else given)[last] = one
        try:
            AugmentSettings.model_validate(given)
        except ValidationError:
            with pytest.raises(DataError):
                changed(LOOK, [f"{name}={text_of(value)}"])
