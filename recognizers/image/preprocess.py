"""The one place where a picture becomes a tensor: in training, evaluation and the app alike.

`Preprocess` takes whatever `pictures.load_picture` reads, scales it to a fixed height, and makes ink of its colors
(`foreground.py`). Every step is odd in the pixel values: a picture and its negative give the same tensor.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from glyphgen.images import PictureError, PictureLike, load_picture
from recognizers.image.foreground import INKS, LEAST_COLOR, UNLINED, color_and_light, without_hairlines

# single glyphs, as shares of the tensor's side: the middle that the ink must stay in, the size it gets when it was tiny
# (MNIST: 20 of 28 px), and below which share of the middle it counts as tiny
_SEEN, _USUAL, _LEAST = 22 / 28, 20 / 28, 0.6


# lines cut to their ink: from which share of the strongest ink on something counts, and the margin left around it, in
# heights
_LEAST_INK, _CUT_MARGIN = 0.1, 0.08
_GAP, _BLANK = 0.25, 0.4  # closed gaps: what is left of one, in heights; the most ink of a column that is blank


# what fits any memory: a stranger's bundle may say anything
_MOST_PX = {"height_px": 1024, "min_width_px": 65536, "max_width_px": 65536, "stride_px": 1024}
_MOST_WINDOWS = 64  # of max_width_px that a line is read in: a line of 4096 times its height has some 10,000 letters
_PAPER_SPREAD = (
    0.15  # of the contrast: how far four fifths of the border may be from even paper once the light is leveled
)


class Prepared(NamedTuple):
    """tensor (1, height, width); scale: tensor px per picture px along x; left: the x of the picture's left edge in the
    tensor; picture_width_px; kept: of a tensor whose gaps were closed, where each of its columns lay before, else None.
    """

    tensor: NDArray[np.float32]
    scale: float
    left: float
    picture_width_px: int
    kept: NDArray[np.int64] | None = None

    def to_picture(self, x0: float, x1: float) -> tuple[float, float]:
        """Turn a span of the tensor into one of the picture, cut to its edges. Of a span across a gap that was closed
        the longer side is kept.
        """
        if self.kept is not None and len(self.kept):
            last = len(self.kept) - 1
            first = min(max(int(x0), 0), last)
            columns = self.kept[first : min(max(int(np.ceil(x1)), first + 1), last + 1)]
            sides = np.split(columns, np.flatnonzero(np.diff(columns) > 1) + 1)
            side = max(sides, key=len)
            if len(sides) > 1:
                x0, x1 = float(side[0]), float(side[-1] + 1)
            else:
                x0, x1 = float(side[0]) + x0 - first, float(side[0]) + x1 - first
        width = float(self.picture_width_px)
        return min(max((x0 - self.left) / self.scale, 0.0), width), min(max((x1 - self.left) / self.scale, 0.0), width)


@dataclass(frozen=True)
class Preprocess:
    """Picture → ink tensor (1, height_px, width), float32, near 0 on paper, positive on ink, unit spread.

    Lines keep their aspect ratio; the width is a multiple of stride_px. With `is_square` (single glyphs) the picture
    is fitted into height_px × height_px, with the border that MNIST has: ink that is tiny (a drawing in the corner of a
    canvas) or reaches into the border (a tight crop) is put into the middle, at the size that digits have there.

    ink says what counts as ink: `axis`, what differs along the strongest axis of color; `distance`, whatever differs
    from the color of the border in any channel (glyphs in many colors on one paper); `color`, the same with what is
    merely darker or lighter than the border all but left out (colored glyphs among black lines); `unlined`, distance,
    after hairlines in pure black (pure white on dark paper) were painted over with what is beside them; `even`, the
    same, and pale glyphs made as strong as others.

    cuts (lines, with any ink but axis): the picture is first cut to its ink, so that small glyphs on a large sheet fill
    the height.

    closes_gaps (as cuts): blank columns are taken out until a quarter of the height is left of each gap. For scripts
    without spaces: how far apart glyphs stand is lost.

    levels_light (single glyphs): paper that gets brighter from one side of a photo to the other is made even first.
    Paper that is even already stays as it is.
    """

    height_px: int = 32
    min_width_px: int = 16
    max_width_px: int = 2048
    stride_px: int = 4
    is_square: bool = False
    ink: str = "axis"
    cuts: bool = False
    closes_gaps: bool = False
    levels_light: bool = False

    def __post_init__(self) -> None:
        if not isinstance(self.ink, str) or self.ink not in INKS:
            raise ValueError(f"preprocess.ink must be one of {', '.join(INKS)}, not {self.ink!r}")
        for name in ("cuts", "closes_gaps"):
            if (
                getattr(self, name) and self.ink == "axis"
            ):  # which side is ink is told by how little of the picture it covers
                raise ValueError(f"preprocess.{name} needs preprocess.ink=distance, color, unlined or even")
        if self.is_square and (self.cuts or self.closes_gaps):
            raise ValueError("preprocess.cuts and closes_gaps are for lines; preprocess.is_square is for single glyphs")
        for name in ("is_square", "cuts", "closes_gaps", "levels_light"):
            if not isinstance(getattr(self, name), bool):
                raise ValueError(f"preprocess.{name} must be true or false, not {getattr(self, name)!r}")
        for name, most in _MOST_PX.items():
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool) or value < 1:
                raise ValueError(f"preprocess.{name} must be a whole number, at least 1, not {str(value)[:60]}")
            if value > most:
                raise ValueError(f"preprocess.{name} must be at most {most}, not {str(value)[:60]}")
        if self.min_width_px > self.max_width_px:
            raise ValueError(
                f"preprocess.min_width_px={self.min_width_px} is more than max_width_px={self.max_width_px}"
            )

    def __call__(self, picture: PictureLike) -> Prepared:
        """Return the tensor, and how its columns lie in the picture; a line that would be wider than max_width_px is
        squeezed. Raises PictureError, see load_picture.
        """
        return self._prepared(picture, self.max_width_px)

    def unsqueezed(self, picture: PictureLike) -> Prepared:
        """Return the same, however wide a line is; `Recognizer` reads it in windows. Raises PictureError, see
        load_picture, and for what is so much wider than high that it is no line.
        """
        return self._prepared(picture, _MOST_WINDOWS * self.max_width_px)

    def _prepared(self, picture: PictureLike, most_px: int) -> Prepared:
        rgb = load_picture(picture)
        if self.ink in UNLINED:  # at full size: smaller, a hairline is gray like anything else
            rgb = without_hairlines(rgb)
        return self._square(rgb) if self.is_square else self._line(rgb, most_px)

    def _line(self, rgb: NDArray[np.uint8], most_px: int) -> Prepared:
        whole_width = rgb.shape[1]
        x0 = 0
        if self.cuts:
            y0, y1, x0, x1 = _line_box(rgb, self.ink)
            rgb = rgb[y0:y1, x0:x1]
        height, width = rgb.shape[:2]
        new_width = round(width * self.height_px / height)
        if new_width > most_px > self.max_width_px:
            raise PictureError(
                f"the picture is {width} px wide and {height} px high, too long for one line of text; cut it into "
                "pieces"
            )
        new_width = int(np.clip(new_width, self.min_width_px, most_px))
        ink = INKS[self.ink](_resize(rgb, new_width, self.height_px))
        kept = None
        if self.closes_gaps:
            kept = _without_wide_gaps(ink, round(_GAP * self.height_px))
            ink = ink[:, kept]
        inked = ink.shape[1]
        padded = -(-max(inked, self.min_width_px) // self.stride_px) * self.stride_px
        tensor = np.zeros((1, self.height_px, padded), np.float32)
        tensor[0, :, :inked] = ink
        scale = new_width / width
        return Prepared(tensor, scale, -x0 * scale, whole_width, kept)

    def _square(self, rgb: NDArray[np.uint8]) -> Prepared:
        side, (height, width) = self.height_px, rgb.shape[:2]
        first = min(1.0, 256 / max(height, width))
        small = _resize(rgb, max(1, round(width * first)), max(1, round(height * first)))
        whole = INKS[self.ink](_leveled(small) if self.levels_light else small)
        rows, columns = whole.shape
        y0, y1, x0, x1 = ink_box(whole)
        if (
            min(y0, x0) == 0 or y1 == rows or x1 == columns
        ):  # a tight crop, or something that is not the glyph: keep all
            y0, y1, x0, x1 = 0, rows, 0, columns
        scale = side / max(rows, columns)  # tensor px per px of `whole`
        center_x, center_y = columns / 2, rows / 2
        most, reach = _SEEN * side / scale, max(center_x - x0, x1 - center_x, center_y - y0, y1 - center_y)
        extent = max(y1 - y0, x1 - x0)
        if reach > most / 2 or extent < _LEAST * most:  # off the middle, cut or tiny: put the ink in the middle
            center_x, center_y = (x0 + x1) / 2, (y0 + y1) / 2
            if not _LEAST * most <= extent <= most:
                scale = (_SEEN if extent > most else _USUAL) * side / extent
        # the paper's own value, so that fitting leaves no frame around the glyph
        paper = _median(np.concatenate([whole[0], whole[-1], whole[:, 0], whole[:, -1]]))
        left, top = (
            float(round(side / 2 - center_x * scale)),
            float(round(side / 2 - center_y * scale)),
        )  # no blur by half pixels
        if scale < 0.7:  # warping alone would skip pixels
            size = (max(1, round(columns * scale)), max(1, round(rows * scale)))
            # OpenCV's stubs know no dtype
            whole, step = cv2.resize(whole, size, interpolation=cv2.INTER_AREA), 1.0  # type: ignore[assignment]
        else:
            step = scale
        # pixel centers are half a pixel in: px k of `whole` lies at (k + 0.5) · scale
        matrix = np.array([[step, 0, left + 0.5 * step - 0.5], [0, step, top + 0.5 * step - 0.5]])
        tensor = cv2.warpAffine(whole, matrix, (side, side), flags=cv2.INTER_LINEAR, borderValue=paper)
        return Prepared(np.ascontiguousarray(tensor, np.float32)[None], scale * first, left, width)

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def _resize(rgb: NDArray[np.uint8], width: int, height: int) -> NDArray[np.float32]:
    ratio = rgb.shape[0] / height
    if ratio > 8:  # a first coarse step keeps huge pictures cheap
        size = (max(width, 2 * width), 2 * height)
        rgb = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)  # type: ignore[assignment]  # any array
    # area averaging is six times slower, and looks the same until pixels would be skipped
    how = cv2.INTER_AREA if ratio > 1.6 else cv2.INTER_LINEAR
    # OpenCV's stubs know no dtype
    return cv2.resize(rgb.astype(np.float32), (width, height), interpolation=how)  # type: ignore[return-value]


def _without_wide_gaps(ink: NDArray[np.float32], most: int) -> NDArray[np.int64]:
    """Return the columns of (h, w) that stay when of each run of blank ones only `most` do, half of them on either
    side.
    """
    width = ink.shape[1]
    inked = np.flatnonzero(ink.max(axis=0) > _BLANK)
    if not len(inked):
        return np.arange(width)
    x = np.arange(width)
    after = np.searchsorted(inked, x, side="right")  # how many inked columns lie at or left of x
    left = np.where(after > 0, x - inked[np.maximum(after - 1, 0)], width)
    right = np.where(after < len(inked), inked[np.minimum(after, len(inked) - 1)] - x, width)
    right[inked] = 0
    return np.flatnonzero((left <= most // 2) | (right <= most - most // 2))


def _leveled(rgb: NDArray[np.float32]) -> NDArray[np.float32]:
    """Take a slope of the light out of (h, w, 3): the plane through the middle values of the four sides. Where the
    border is not paper all around, so that a plane does not describe it, the picture stays as it is.
    """
    height, width = rgb.shape[:2]
    sides = (rgb[:, 0], rgb[:, -1], rgb[0], rgb[-1])
    left, right, top, bottom = (np.median(side, axis=0) for side in sides)
    x = np.linspace(-0.5, 0.5, width, dtype=np.float32)[None, :, None]
    y = np.linspace(-0.5, 0.5, height, dtype=np.float32)[:, None, None]
    leveled: NDArray[np.float32] = (rgb - x * (right - left) - y * (bottom - top)).astype(np.float32)
    border = np.concatenate([leveled[:, 0], leveled[:, -1], leveled[0], leveled[-1]])
    off = np.abs(border - np.median(border, axis=0)).max(axis=1)
    contrast = float((leveled.max(axis=(0, 1)) - leveled.min(axis=(0, 1))).max())
    return leveled if np.percentile(off, 80) <= _PAPER_SPREAD * contrast else rgb


def _line_box(rgb: NDArray[np.uint8], ink: str) -> tuple[int, int, int, int]:
    """Return (y0, y1, x0, x1) around the rows and columns of (h, w, 3) that hold ink, with a margin; the whole when
    there is none.
    """
    height, width = rgb.shape[:2]
    step = max(1, height // 256)
    small = rgb[::step, ::step].astype(np.float32)
    color, light = color_and_light(small)
    strength = color if ink == "color" and float(color.max()) >= LEAST_COLOR else light
    mask = strength > _LEAST_INK * float(strength.max())
    rows, columns = np.flatnonzero(mask.sum(axis=1) >= 2), np.flatnonzero(mask.sum(axis=0) >= 2)
    if not len(rows) or not len(columns):
        return 0, height, 0, width
    y0, y1, x0, x1 = (
        int(rows[0]) * step,
        (int(rows[-1]) + 1) * step,
        int(columns[0]) * step,
        (int(columns[-1]) + 1) * step,
    )
    margin = max(1, round(_CUT_MARGIN * (y1 - y0)))
    return max(0, y0 - margin), min(height, y1 + margin), max(0, x0 - 2 * margin), min(width, x1 + 2 * margin)


def _median(values: NDArray[np.float32]) -> float:
    """Return the middle value, the upper of two; several times faster than NumPy's median on small arrays."""
    flat = values.ravel()
    return float(np.partition(flat, flat.size // 2)[flat.size // 2])


def ink_box(ink: NDArray[np.float32]) -> tuple[int, int, int, int]:
    """Return (y0, y1, x0, x1) around the ink of (h, w), or the whole when there is none."""
    low, high = _median(ink), float(ink.max())
    mask = ink > low + 0.35 * (high - low)
    rows, columns = np.where(mask.any(axis=1))[0], np.where(mask.any(axis=0))[0]
    if not len(rows):
        return 0, ink.shape[0], 0, ink.shape[1]
    return int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1


def pad_batch(tensors: Sequence[NDArray[np.float32]]) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Stack (1, h, w_i) tensors into (b, 1, h, max w), zeros on the right; return it with the widths (b,)."""
    widths = np.array([t.shape[-1] for t in tensors], np.int64)
    batch = np.zeros((len(tensors), *tensors[0].shape[:2], int(widths.max())), np.float32)
    for row, tensor in zip(batch, tensors, strict=True):
        row[..., : tensor.shape[-1]] = tensor
    return batch, widths
