"""From the output of a finder of lines to the lines of a picture, whatever runs its network: the scales that a picture
is looked at, and how cells become lines. What the cells say is in `networks/lines.py`.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from glyphgen.images import PictureLike, load_picture
from recognizers.geometry import TextLine, best_of, fit_line, in_reading_order, joined
from recognizers.windows import Forward

CELL_PX = 4
SCRIPT, OTHER = 1, 2  # kinds of cells; 0 is none
CUT_ENDS = 0.25  # of the height, that the core is shorter at each end
_MOST_LINES = 240  # of one picture that are looked at
_CROP_MEGAPIXELS, _CROP_SIDE_PX = 0.3, 320  # smaller pictures are crops
_COARSE_MEGAPIXELS = 0.6  # of a picture that is looked at coarsely
_LEAST_ENLARGED = 1.25  # less than this is not worth resampling for


@dataclass(frozen=True)
class PagePreprocess:
    """Scales a picture is looked at: enlarged by up to `most_enlarged` as far as max_megapixels allow, then (but for
    crops) from its own size, less for pictures of more megapixels, down by `step`, until the largest text it can hold
    is `most_px` high. Lines of `least_px` to `most_px` count in each scale. Whose a line of 10 px is the network can
    hardly tell; enlarged it can.
    """

    least_px: float = 8.0
    most_px: float = 46.0
    step: float = 0.4
    max_megapixels: float = 2.2
    most_enlarged: float = 2.0

    def __post_init__(self) -> None:
        for name, most in (
            ("least_px", 1e3),
            ("most_px", 1e3),
            ("step", 0.95),
            ("max_megapixels", 100.0),
            ("most_enlarged", 8.0),
        ):
            value = getattr(self, name)
            if not isinstance(value, int | float) or isinstance(value, bool) or not 0 < value <= most:
                raise ValueError(f"preprocess.{name} must be a number above 0, at most {most:g}, not {str(value)[:60]}")
        if self.most_px < self.least_px:
            raise ValueError(f"preprocess.most_px={self.most_px:g} is less than preprocess.least_px={self.least_px:g}")

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    def coarse(self) -> PagePreprocess:
        """Return the scales of a coarse look."""
        return replace(self, most_enlarged=1.0, max_megapixels=min(_COARSE_MEGAPIXELS, self.max_megapixels))

    def scales(self, height: int, width: int) -> list[float]:
        """Return the scales for a picture (height, width), largest first."""
        finest = min(self.most_enlarged, (self.max_megapixels * 1e6 / (height * width)) ** 0.5)
        # a crop of a line or two fills its picture, and enlarged alone it is found in fewer pieces: of synthetic
        # validation lines a second look then leaves 2.64 % of the graphemes wrong, with its own size beside 2.81 %,
        # without a second look 2.75 %
        is_crop = height * width < _CROP_MEGAPIXELS * 1e6 and min(height, width) < _CROP_SIDE_PX
        scales = [min(finest, 1.0)] if finest < _LEAST_ENLARGED else [finest] if is_crop else [finest, 1.0]
        while scales[-1] * min(height, width) > self.most_px:
            scales.append(scales[-1] * self.step)
        return scales


def find_lines(
    picture: PictureLike, preprocess: PagePreprocess, forward: Forward, is_coarse: bool = False
) -> list[TextLine]:
    """Return the lines of a picture in reading order, those of other writing among them (with a low script_share).
    Their points are in px of the picture. A coarse look costs a third, and misses small ones. forward: images
    (1, 3, h, w) with sides that are multiples of 32 to (1, 5, h / 4, w / 4), see `LineFinder`. Raises PictureError, see
    load_picture.
    """
    rgb = load_picture(picture)
    height, width = rgb.shape[:2]
    found: list[TextLine] = []
    for scale in (preprocess.coarse() if is_coarse else preprocess).scales(height, width):
        size = (max(8, round(width * scale)), max(8, round(height * scale)))
        how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        small = rgb if size == (width, height) else cv2.resize(rgb, size, interpolation=how)
        maps = maps_of(np.asarray(small), forward)
        sx, sy = width / size[0], height / size[1]
        found += [line.scaled(sx, sy) for line in lines_of(maps, preprocess.least_px, preprocess.most_px)]
    found = sorted(found, key=lambda line: -line.confidence)[:_MOST_LINES]  # noise must not take minutes
    return in_reading_order(joined(best_of(found)))


def maps_of(rgb: NDArray[np.uint8], forward: Forward) -> NDArray[np.float32]:
    """Return what the network says of a picture (h, w, 3): (5, h / 4, w / 4), probabilities and distances in px."""
    height, width = rgb.shape[:2]
    padded = cv2.copyMakeBorder(rgb, 0, -height % 32, 0, -width % 32, cv2.BORDER_REPLICATE)
    out = forward(page_array(np.asarray(padded))[None], np.array([width], np.int64))[0]
    maps: NDArray[np.float32] = out[:, : -(-height // CELL_PX), : -(-width // CELL_PX)].copy()
    chances = np.exp(maps[:3] - maps[:3].max(axis=0))
    maps[:3] = chances / chances.sum(axis=0)
    return maps


def page_array(rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Turn (h, w, 3) uint8 into (3, h, w) float32 around 0; the picture's own mean is taken off, and its
    spread made 1.
    """
    means, spreads = (part.ravel() for part in cv2.meanStdDev(rgb))  # of each channel; nothing is allocated
    mean = float(means.mean())
    spread = float(np.sqrt((spreads**2 + means**2).mean() - mean**2))
    x = np.ascontiguousarray(rgb.transpose(2, 0, 1), np.float32)
    x -= np.float32(mean)
    x /= np.float32(max(spread, 8.0))
    return x


def lines_of(maps: NDArray[np.float32], least_px: float, most_px: float) -> list[TextLine]:
    """Cut the maps (5, rows, columns) of one scale into lines of least_px to most_px."""
    p_text = maps[SCRIPT] + maps[OTHER]
    n, labels, stats, _ = cv2.connectedComponentsWithStats((p_text > 0.5).astype(np.uint8), connectivity=8)
    lines = []
    for k in range(1, n):
        x0, y0, w, h, area = stats[k].tolist()
        if area < 3:
            continue
        y, x = np.nonzero(labels[y0 : y0 + h, x0 : x0 + w] == k)
        y, x = y + y0, x + x0
        px, py = (x + 0.5) * CELL_PX, (y + 0.5) * CELL_PX
        line = fit_line(px, py, maps[3, y, x], maps[4, y, x], maps[SCRIPT, y, x], maps[OTHER, y, x], CUT_ENDS, CELL_PX)
        if line is not None and least_px <= line.height_px <= most_px:
            lines.append(line)
    return lines
