"""Which augmentation a stage means by a name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from experiments.job import SettingError
from experiments.settings.augment import AugmentSettings
from glyphgen.files import DataError
from glyphgen.render.augmentation import Augmentation, find_augmentation
from glyphgen.render.lacking import without


def augmentation_for(name: str, settings: Mapping[str, Any], lacking: Sequence[str] = ()) -> Augmentation:
    """Return the augmentation that a stage names, see `_named`, without some of its parts. Raises SettingError."""
    augmentation = _named(name, settings)
    try:
        return without(augmentation, lacking)
    except DataError as error:
        raise SettingError(f"without: {error}") from error


def _named(name: str, settings: Mapping[str, Any]) -> Augmentation:
    """Return the augmentation that a stage names: the run's own group `augment`, with all that was changed in it, where
    that has the name; else the preset. `settings` are those of the run; a group that is a name alone stands for its
    preset. Raises SettingError.
    """
    own = settings.get("augment") or {}
    if own.get("name") != name or len(own) == 1:
        try:
            return find_augmentation(name)
        except DataError as error:
            raise SettingError(str(error)) from error
    try:
        return AugmentSettings.model_validate(own).make()
    except ValidationError as error:
        found = error.errors()[0]
        place = ".".join(str(key) for key in ("augment", *found["loc"]))
        raise SettingError(f"{place}: {found['msg']}, not {found['input']!r}") from error
