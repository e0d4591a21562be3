"""Contact sheets: many samples on one picture, each with its text under it."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from PIL import Image as PillowImage
from PIL import ImageDraw, ImageFont

from glyphgen.captions import drawable, label_font
from glyphgen.sample import Image, Sample
from glyphgen.shapes.font_file import OpenFont
from glyphgen.shapes.likeness import Likeness, OverlapPair
from glyphgen.shapes.outline import fit_box


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


_TITLE_PX, _GAP_PX, _GROUND = 22, 6, 232


def titled(title: str, pictures: Sequence[Image], width_px: int) -> Image:
    """Return pictures side by side below their title, on a sheet (h, width_px, 3). Those that are too wide together are
    made smaller.
    """
    whole = sum(picture.shape[1] for picture in pictures) + _GAP_PX * (len(pictures) + 1)
    scale = min(1.0, (width_px - _GAP_PX * (len(pictures) + 1)) / max(1, whole - _GAP_PX * (len(pictures) + 1)))
    sized = [fitted(picture, scale) for picture in pictures]
    sheet = np.full((_TITLE_PX + _GAP_PX + max(p.shape[0] for p in sized), width_px, 3), _GROUND, np.uint8)
    x = _GAP_PX
    for picture in sized:
        sheet[_TITLE_PX : _TITLE_PX + picture.shape[0], x : x + picture.shape[1]] = picture
        x += picture.shape[1] + _GAP_PX
    return write_title(sheet, title, _GAP_PX, 4)


def stacked(pictures: Sequence[Image], gap_px: int = _GAP_PX) -> Image:
    """Return pictures one below another on a ground as wide as the widest."""
    width = max(picture.shape[1] for picture in pictures)
    sheet = np.full((sum(p.shape[0] + gap_px for p in pictures) - gap_px, width, 3), _GROUND, np.uint8)
    y = 0
    for picture in pictures:
        sheet[y : y + picture.shape[0], : picture.shape[1]] = picture
        y += picture.shape[0] + gap_px
    return sheet


def fitted(picture: Image, scale: float) -> Image:
    """Return a picture `scale` times as large, 1 or less."""
    if scale >= 1:
        return picture
    size = max(1, int(picture.shape[1] * scale)), max(1, int(picture.shape[0] * scale))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)


def write_title(sheet: Image, title: str, x: int, y: int) -> Image:
    """Return a sheet with a title at (x, y), in Pillow's own font."""
    picture = PillowImage.fromarray(sheet)
    ImageDraw.Draw(picture).text((x, y), title, fill=(20, 20, 20), font=ImageFont.load_default(14))
    return np.asarray(picture)


_PAIR_PX, _PAIRS_A_ROW, _MOST_PAIRS = 90, 4, 24


def pairs_sheet(font: OpenFont, likeness: Likeness) -> Image:
    """Return a picture of the pairs of letters nearest to the threshold, those alike first: each letter in its box,
    then both, where what only one has is red or blue.
    """
    parts: list[Image] = []
    for title, pairs in (("alike", likeness.alike), ("different", likeness.different)):
        head: Image = np.full((26, _PAIRS_A_ROW * (3 * _PAIR_PX + 30), 3), 225, np.uint8)
        _caption(head, f"{title}: {len(pairs)} pairs, threshold {likeness.threshold:.3f}", 6, 4, 0)
        parts.append(head)
        cells = [_pair(font, pair) for pair in pairs[:_MOST_PAIRS]]
        blank = np.full((_PAIR_PX + 40, 3 * _PAIR_PX + 30, 3), 255, np.uint8)
        cells += [blank] * (-len(cells) % _PAIRS_A_ROW)
        parts += [np.concatenate(cells[k : k + _PAIRS_A_ROW], axis=1) for k in range(0, len(cells), _PAIRS_A_ROW)]
    return np.concatenate(parts)


def _pair(font: OpenFont, pair: OverlapPair) -> Image:
    value, *letters = pair
    cell: Image = np.full((_PAIR_PX + 40, 3 * _PAIR_PX + 30, 3), 255, np.uint8)
    inks = []
    for k, char in enumerate(letters):
        outline = font.outline(char)
        assert outline is not None, "a pair has letters with ink"
        x0, y0, x1, y1 = outline.bounds
        coverage = outline.rasterize(_PAIR_PX / max(x1 - x0, y1 - y0), margin_px=0)[0][:_PAIR_PX, :_PAIR_PX]
        left = 6 + k * (_PAIR_PX + 6)
        cell[4 : 4 + coverage.shape[0], left : left + coverage.shape[1]] = 255 - coverage[..., None]
        inks.append(255 - fit_box(coverage, _PAIR_PX))
    first, second = inks
    left = 6 + 2 * (_PAIR_PX + 6)
    cell[4 : 4 + _PAIR_PX, left : left + _PAIR_PX] = np.stack([second, np.minimum(first, second), first], axis=-1)
    _caption(cell, f"{letters[0]} {letters[1]}  {value:.3f}", 6, _PAIR_PX + 14, 0)
    return cell


def _caption(row: Image, text: str, x: int, y: int, gray: int = 255) -> int:
    """Write a text in place, its top left at (x, y); return its width in px. Characters that no font here has are
    named.
    """
    if text.isascii() and text.isprintable():
        cv2.putText(row, text, (x, y + 13), cv2.FONT_HERSHEY_SIMPLEX, 0.38, (gray,) * 3, 1, cv2.LINE_AA)
        return 7 * len(text)
    shown, path = drawable(text)
    font = label_font(path, 12)
    picture = PillowImage.fromarray(row)
    ImageDraw.Draw(picture).text((x, y + 1), shown, (gray,) * 3, font)
    row[:] = np.asarray(picture)
    return int(font.getlength(shown)) + 2
