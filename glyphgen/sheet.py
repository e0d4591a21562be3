"""Contact sheets: many samples on one picture, each with its text under it."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from PIL import Image as PillowImage
from PIL import ImageDraw

from glyphgen.labels import drawable, label_font
from glyphgen.sample import Image, Sample


def contact_sheet(samples: Sequence[Sample], width_px: int = 1200, row_px: int = 56, with_boxes: bool = False) -> Image:
    """Return one picture (h, width_px, 3) of many samples, each with its text under it, to look at."""
    sheet_rows: list[Image] = []
    row, x = np.full((row_px + 18, width_px, 3), 128, np.uint8), 0
    for sample in samples:
        image = sample.image.copy()
        if with_boxes:
            for x0, y0, x1, y1 in sample.boxes:
                cv2.rectangle(image, (int(x0), int(y0)), (int(x1), int(y1)), (255, 0, 0), 1)
        scale = min(row_px / image.shape[0], (width_px - 4) / image.shape[1])
        size = (max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale)))
        thumb = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
        if x + size[0] > width_px:
            sheet_rows.append(row)
            row, x = np.full((row_px + 18, width_px, 3), 128, np.uint8), 0
        row[: size[1], x : x + size[0]] = thumb
        x += max(size[0], _caption(row, sample.text, x, row_px)) + 6
    return np.concatenate([*sheet_rows, row])


def _caption(row: Image, text: str, x: int, y: int) -> int:
    """Write a text in place, its top left at (x, y); return its width in px. Characters that no font here has are named."""
    if text.isascii() and text.isprintable():
        cv2.putText(row, text, (x, y + 13), cv2.FONT_HERSHEY_SIMPLEX, 0.38, (255, 255, 255), 1, cv2.LINE_AA)
        return 7 * len(text)
    shown, path = drawable(text)
    font = label_font(path, 12)
    picture = PillowImage.fromarray(row)
    ImageDraw.Draw(picture).text((x, y + 1), shown, (255, 255, 255), font)
    row[:] = np.asarray(picture)
    return int(font.getlength(shown)) + 2
