"""Augmentations without some of their parts: what does each of them matter?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, is_dataclass, replace

from glyphgen.files import DataError
from glyphgen.render.augmentation import PRESETS, Augmentation


def without(augmentation: Augmentation, names: Sequence[str]) -> Augmentation:
    """Return an augmentation that lacks some of its parts, all of which the preset `none` lacks, too: `blur`, or any
    group with a share, happens to no sample then, and a number, such as `paint.carved` or `geometry.rotation_deg`, is
    0. Raises DataError for another name.
    """
    can = {name.removesuffix(".share"): name for name in _none_has_not()}
    for name in names:
        if name not in can:
            raise DataError(f"{name!r} is no part that pictures can lack; there are {', '.join(can)}")
        group, _, key = can[name].partition(".")
        augmentation = replace(augmentation, **{group: replace(getattr(augmentation, group), **{key: 0.0})})
    return augmentation


def _none_has_not() -> list[str]:
    groups = [(one.name, getattr(PRESETS["none"], one.name)) for one in fields(Augmentation)]
    numbers = [
        (name, key, number) for name, group in groups if is_dataclass(group) for key, number in vars(group).items()
    ]
    return [f"{name}.{key}" for name, key, number in numbers if isinstance(number, float) and number == 0]
