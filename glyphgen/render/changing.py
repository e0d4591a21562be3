"""Augmentations with some of their numbers changed, as `NAME=VALUE` on the command line says."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import fields, is_dataclass, replace
from typing import Any

from glyphgen.files import DataError
from glyphgen.near_names import did_you_mean
from glyphgen.render.augmentation import PRESETS, Augmentation
from glyphgen.render.low_resolution import KINDS
from glyphgen.render.materials import MATERIALS
from glyphgen.render.paint_style import PaintStyle
from glyphgen.render.surfaces.bank import SURFACES

_INF = math.inf
_SIGNED = {"typesetting.tracking", "captcha.gaps"}
# of what is no share and may not be just any number from 0 on: the least and the most that it may be
_BOUNDS = {
    "geometry.cap_range_px": (1.0, _INF),
    "paint.light_range": (0.0, _INF),
    "paint.material_range": (0.0, 1.0),
    "paint.opacity_range": (0.0, 1.0),
    "motion_blur.length_range_px": (3, _INF),
    "motion_blur.large_length_range_px": (3, _INF),
    "downscale.scale_range": (0.01, 1.0),
    "downscale.large_scale_range": (0.01, 1.0),
    "exposure.brightness_range": (-1.0, 1.0),
    "exposure.contrast_range": (-1.0, 1.0),
    "noise.std_range": (0.0, 1.0),
    "jpeg.quality_range": (1, 100),
    "sharpen.alpha_range": (0.0, 1.0),
    "upscale.cap_range_px": (1.0, _INF),
    "upscale.factor_range": (1.0, 16.0),
    "upscale.n_colors_range": (2, 256),
    "upscale.scanline_range": (0.0, 1.0),
    "legibility.line": (0.0, 1.0),
    "legibility.glyph": (0.0, 1.0),
    "legibility.page": (0.0, 1.0),
    "glyph.clutter_divisor": (0.01, _INF),
    "captcha.cap_range_px": (1.0, _INF),
    "captcha.squeeze": (0.01, _INF),
    "page.cap_range_px": (1.0, _INF),
    "page.min_cap_px": (1.0, _INF),
    "page.enlarged_range": (1.0, 16.0),
    "page.boards_per_megapixel": (0.0, 200.0),
    "page.distance_range": (1.0, _INF),
    "page.haze_range": (0.0, 0.99),
    "page.shade_range": (0.0, 1.0),
}
# numbers of paint that are shares, though their names do not say so: all that are 0 in plain paint, and these
_SHARES = {f"paint.{key}" for key, value in vars(PaintStyle()).items() if value == 0.0 and isinstance(value, float)} | {
    "paint.colored",
    "paint.faded",
    "paint.on_background",
}
_NAMES = {"paint.materials": MATERIALS + SURFACES, "upscale.kinds": tuple(KINDS)}
_ELSEWHERE = {"paint.backgrounds": "--backgrounds", "name": "--augment"}


def changed(augmentation: Augmentation, changes: Sequence[str]) -> Augmentation:
    """Return an augmentation with some numbers changed: each as `page.depth_share=0.5`, a range or a list with commas,
    as `blur.sigma_range_px=0.3,1`. Raises DataError for what is no such number, naming the nearest, and for a value
    that it cannot have.
    """
    known = _values(augmentation)
    for change in changes:
        name, is_pair, text = change.partition("=")
        if not is_pair or not name:
            raise DataError(f"--set {change}: give NAME=VALUE, such as page.depth_share=0.5")
        if name in _ELSEWHERE:
            raise DataError(f"--set {change}: give {_ELSEWHERE[name]} instead")
        if name not in known:
            inside = [other for other in known if other.startswith(f"{name}.")]
            near = f"; its numbers are {', '.join(inside)}" if inside else did_you_mean(name, known)
            raise DataError(f"--set {change}: a look has no number {name!r}{near}")
        value = _parsed(change, name, text, known[name])
        group, _, key = name.rpartition(".")
        try:
            own = replace(getattr(augmentation, group), **{key: value}) if group else value
        except DataError as error:  # of numbers that do not go together
            raise DataError(f"--set {change}: {error}") from error
        augmentation = replace(augmentation, **{group or key: own})
    return augmentation


def _values(augmentation: Augmentation) -> dict[str, Any]:
    """Return all numbers by their dotted names."""
    found: dict[str, Any] = {}
    for one in fields(augmentation):
        group = getattr(augmentation, one.name)
        found |= {f"{one.name}.{k}": v for k, v in vars(group).items()} if is_dataclass(group) else {one.name: group}
    return found


def _parsed(change: str, name: str, text: str, now: Any) -> Any:
    """Return the value of a text, of the kind that a number has now."""
    if not isinstance(now, tuple):
        return _number(change, name, text, now)
    items = [item.strip() for item in text.strip().removeprefix("[").removesuffix("]").split(",")]
    if "_range" in name and len(items) != 2:
        raise DataError(f"--set {change}: {name} is a range; give the least and the most, such as {name}={_shown(now)}")
    if name in _NAMES:
        for item in items:
            if item not in _NAMES[name]:
                raise DataError(f"--set {change}: {name} has no {item!r}; there are {', '.join(_NAMES[name])}")
        return tuple(items)
    values = tuple(_number(change, name, item, now[0]) for item in items)
    if "_range" in name and values[0] > values[1]:
        raise DataError(f"--set {change}: give the least first, then the most")
    return values


def _number(change: str, name: str, text: str, now: Any) -> float | int:
    plain = _values(PRESETS["none"])[name]  # in which whole numbers and others are told apart
    kind = type(plain[0] if isinstance(plain, tuple) else plain)
    try:
        value: float | int = kind(text)
    except ValueError:
        said = "a whole number" if kind is int else "a number"
        raise DataError(f"--set {change}: {name} is {said}, such as {_shown(now)}, not {text!r}") from None
    is_share = name.endswith("share") or name in _SHARES
    least, most = (0.0, 1.0) if is_share else _BOUNDS.get(name, (-_INF if name in _SIGNED else 0.0, _INF))
    if not math.isfinite(value) or not least <= value <= most:
        said = f"from {least:g} to {most:g}" if most < _INF else f"at least {least:g}" if least > -_INF else "finite"
        raise DataError(f"--set {change}: {name} must be {said}, not {text}")
    if name.startswith("motion_blur.") and kind is int and value % 2 == 0:
        raise DataError(f"--set {change}: {name} must be odd, not {text}")
    return value


def _shown(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
