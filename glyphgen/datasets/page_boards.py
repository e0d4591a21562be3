"""How a block of lines becomes a board on a page: it is put where there is room, painted, and its lines are told."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from glyphgen.render.augmentation import Augmentation
from glyphgen.render.boards import draw_rim, write_on
from glyphgen.render.paint import PLAIN, paint
from glyphgen.render.placement import Block, board_map, column_shifts, line_edges
from glyphgen.sample import Image, LabelledLine
from glyphgen.shapes.outline import Coverage


@dataclass(eq=False)
class Scene:
    """A page while it is made: the picture (h, w, 3), where boards stand, and how much ink is where, (h, w) both."""

    image: Image
    taken: Coverage
    coverage: Coverage

    @staticmethod
    def on(image: Image) -> Scene:
        """Return the scene of a ground on which nothing stands yet."""
        return Scene(image, np.zeros(image.shape[:2], np.uint8), np.zeros(image.shape[:2], np.uint8))


class BoardPainter:
    """Puts boards on pages, as an augmentation says; bank_seed is that of the materials."""

    def __init__(self, augmentation: Augmentation, bank_seed: int) -> None:
        self.style, self.bank_seed = augmentation.page, bank_seed
        self.turns = augmentation.geometry.rotation_deg > 0
        # signs in a scene are solid more often than text in a crop looks
        self.paint = replace(augmentation.paint, extruded=self.style.extruded_share)

    def put(
        self, scene: Scene, block: Block, is_plain: bool, needs_board: bool, rng: np.random.Generator
    ) -> list[LabelledLine] | None:
        """Put one board where there is room, in place; return its lines, or None where there is no room. Where there
        may be other writing already, it needs_board under it.
        """
        image, (height, width) = scene.image, scene.taken.shape
        matrix = board_map(block, width, height, rng, self.turns, self.style)
        margin = block.cap_px * 2 * rng.random(2) ** 1.5
        corners = np.array(
            [
                [-margin[0], -margin[1]],
                [block.width + margin[0], -margin[1]],
                [block.width + margin[0], block.height + margin[1]],
                [-margin[0], block.height + margin[1]],
            ]
        )
        board = cv2.perspectiveTransform(corners[None], matrix)[0]
        x0, y0 = np.maximum(np.floor(board.min(axis=0)).astype(int) - 2, 0)
        x1, y1 = np.minimum(np.ceil(board.max(axis=0)).astype(int) + 2, [width, height])
        if x1 - x0 < 8 or y1 - y0 < 8:
            return None
        shape = cv2.fillPoly(np.zeros((height, width), np.uint8), [np.round(board).astype(np.int32)], 255, cv2.LINE_AA)
        if scene.taken[shape > 0].any():
            return None
        ink = np.zeros((height, width), np.uint8)
        lines = []
        is_curved = rng.random() < self.style.curved_share and self.style.plain_share < 1
        wave = column_shifts(block, width, rng) if is_curved else None
        for line, own, text, letters in block.lines:
            whole = matrix @ own
            np.maximum(ink, cv2.warpPerspective(line.coverage, whole, (width, height), flags=cv2.INTER_LINEAR), out=ink)
            top, bottom = line_edges(line, whole)
            if wave is not None:
                top[:, 1] -= np.interp(top[:, 0], np.arange(width), wave)
                bottom[:, 1] -= np.interp(bottom[:, 0], np.arange(width), wave)
            known = (text, letters) if block.is_script else ("", "")
            lines.append(LabelledLine(known[0], top, bottom, block.is_script, letters=known[1]))
        if wave is not None:
            xs, ys = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
            # OpenCV's stubs know no dtype
            ink = cv2.remap(ink, xs, ys + wave.astype(np.float32), cv2.INTER_LINEAR)  # type: ignore[assignment]
        cap = block.cap_px
        if is_plain or (rng.random() < self.style.whole_share and not needs_board):  # the whole picture is the board
            image[:] = paint(ink, cap, PLAIN if is_plain else self.paint, self.bank_seed, rng)
            shape[:] = 255
        elif needs_board or rng.random() < self.style.board_share:
            part = paint(np.ascontiguousarray(ink[y0:y1, x0:x1]), cap, self.paint, self.bank_seed, rng)
            alpha = shape[y0:y1, x0:x1, None].astype(np.float32) / 255
            image[y0:y1, x0:x1] = (image[y0:y1, x0:x1] * (1 - alpha) + part * alpha).astype(np.uint8)
        else:
            write_on(image, ink, cap, rng)
        if not is_plain and rng.random() < self.style.rim_share:
            draw_rim(image, corners, (block.width, block.height), matrix, rng)
        np.maximum(scene.taken, shape, out=scene.taken)
        np.maximum(scene.coverage, ink, out=scene.coverage)
        return lines
