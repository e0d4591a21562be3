"""How a block of lines becomes a board on a page: it is put where there is room, painted, and its lines are told."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from glyphgen.render.augmentation import Augmentation
from glyphgen.render.boards import draw_rim, write_on
from glyphgen.render.depth import MOST_BLUR, View, random_yaw
from glyphgen.render.low_resolution import softened
from glyphgen.render.paint import paint
from glyphgen.render.paint_style import PLAIN
from glyphgen.render.placement import Arc, Block, bent_map, board_map, column_shifts, line_edges, random_arc
from glyphgen.sample import Image, LabelledLine
from glyphgen.shapes.outline import Coverage


@dataclass(eq=False)
class Scene:
    """A page while it is made: the picture (h, w, 3), where boards stand, and how much ink is where, (h, w) both; how a
    camera sees it, where it has depth; whether it is of such a low resolution that letters are softened before they
    are sampled; whether each line is written into its own part of the page alone, which is faster on large ones, and
    rounds otherwise than the looks of released weights do.
    """

    image: Image
    taken: Coverage
    coverage: Coverage
    view: View | None = None
    is_low: bool = False
    crops: bool = False

    @staticmethod
    def on(image: Image, view: View | None = None, is_low: bool = False, crops: bool = False) -> Scene:
        """Return the scene of a ground on which nothing stands yet."""
        shape = image.shape[:2]
        return Scene(image, np.zeros(shape, np.uint8), np.zeros(shape, np.uint8), view, is_low, crops)


class BoardPainter:
    """Puts boards on pages, as an augmentation says; bank_seed is that of the materials."""

    def __init__(self, augmentation: Augmentation, bank_seed: int) -> None:
        self.style, self.bank_seed = augmentation.page, bank_seed
        self.turns = augmentation.geometry.rotation_deg > 0
        # signs in a scene are solid more often than text in a crop looks
        self.paint = replace(augmentation.paint, extruded=self.style.extruded_share)

    def put(
        self,
        scene: Scene,
        block: Block,
        is_plain: bool,
        needs_board: bool,
        rng: np.random.Generator,
        distance: float = 1.0,
    ) -> list[LabelledLine] | None:
        """Put one board where there is room, in place; return its lines, or None where there is no room. Where there
        may be other writing already, it needs_board under it. Its distance counts in a scene with depth.
        """
        image, view, (height, width) = scene.image, scene.view, scene.taken.shape
        style, is_bent = self.style, self.style.arc_share and rng.random() < self.style.arc_share
        arc = random_arc(block, style, rng) if is_bent else None
        matrix = self._map(scene, block, arc, distance, rng)
        margin = block.cap_px * 2 * rng.random(2) ** 1.5
        is_arched = arc is not None and rng.random() < 0.5  # the board itself, not its text alone
        w, h = arc.size if arc else (block.width, block.height)
        left, top, right, bottom = -margin[0], -margin[1], w + margin[0], h + margin[1]
        corners = np.array([[left, top], [right, top], [right, bottom], [left, bottom]])
        edge, inner = corners, np.array([[0, 0], [w, 0], [w, h], [0, h]])
        if arc and is_arched:
            edge, inner = arc.outline(margin), arc.outline(np.zeros(2))
        board = cv2.perspectiveTransform(edge[None], matrix)[0]
        x0, y0 = np.maximum(np.floor(board.min(axis=0)).astype(int) - 2, 0)
        x1, y1 = np.minimum(np.ceil(board.max(axis=0)).astype(int) + 2, [width, height])
        if x1 - x0 < 8 or y1 - y0 < 8:
            return None
        shape = np.zeros((height, width), np.uint8)
        cv2.fillPoly(shape, [np.round(board).astype(np.int32)], 255, cv2.LINE_AA)
        if scene.taken[shape > 0].any():
            return None
        is_curved = rng.random() < style.curved_share and style.plain_share < 1 and not arc
        wave = column_shifts(block, width, rng) if is_curved else None
        ink, lines = self._written(scene, block, matrix, arc, wave)
        cap = block.cap_px
        if view:
            posts = view.post(height, cv2.perspectiveTransform(corners[None], matrix)[0], cap, distance, rng)
            if posts is not None:
                self._stand(scene, posts, distance, rng)
            view.cast_shadow(image, shape, cap, rng)
            image = scene.image.copy()
        is_alone = not needs_board and not style.boards_per_megapixel
        if is_plain or (rng.random() < style.whole_share and is_alone):  # the whole picture is the board
            image[:] = paint(ink, cap, PLAIN if is_plain else self.paint, self.bank_seed, rng)
            shape[:] = 255
        elif needs_board or rng.random() < style.board_share:
            part = paint(np.ascontiguousarray(ink[y0:y1, x0:x1]), cap, self.paint, self.bank_seed, rng)
            alpha = shape[y0:y1, x0:x1, None].astype(np.float32) / 255
            image[y0:y1, x0:x1] = (image[y0:y1, x0:x1] * (1 - alpha) + part * alpha).astype(np.uint8)
        else:
            write_on(image, ink, cap, rng)
        if not is_plain and rng.random() < style.rim_share:
            draw_rim(image, edge, inner, matrix, rng)
        if view:
            view.lay(scene.image, image, shape, distance)
            sigma = view.sigma_px(distance)
            lines = [replace(line, is_legible=False) if sigma > MOST_BLUR * line.height_px else line for line in lines]
        np.maximum(scene.taken, shape, out=scene.taken)
        np.maximum(scene.coverage, ink, out=scene.coverage)
        return lines

    def _map(
        self, scene: Scene, block: Block, arc: Arc | None, distance: float, rng: np.random.Generator
    ) -> NDArray[np.float64]:
        """Choose the map (3, 3) from the block, or the box around the bent one, to the page."""
        height, width = scene.taken.shape
        if arc:
            matrix = bent_map(block, arc, width, height, rng, self.turns, self.style)
        else:
            yaw = random_yaw(rng) if scene.view and self.turns else 0.0
            # what stands on a floor is not turned
            style = replace(self.style, turned_share=0.0) if scene.view and scene.view.has_floor else self.style
            matrix = board_map(block, width, height, rng, self.turns, style, yaw)
        if scene.view:
            w, h = arc.size if arc else (block.width, block.height)
            middle = cv2.perspectiveTransform(np.array([[[w / 2, h / 2]]]), matrix)[0, 0, 1]
            down = scene.view.hangs_px(float(middle), height, distance)
            matrix = np.array([[1, 0, 0], [0, 1, down], [0, 0, 1.0]]) @ matrix
        return matrix

    def _written(
        self,
        scene: Scene,
        block: Block,
        matrix: NDArray[np.float64],
        arc: Arc | None,
        wave: NDArray[np.float64] | None,
    ) -> tuple[Coverage, list[LabelledLine]]:
        """Return the ink (h, w) of a block on the page, and its lines."""
        height, width = scene.taken.shape
        ink = np.zeros((height, width), np.uint8)
        lines = []
        for line, own, text, letters in block.lines:
            cover = softened(line.coverage, float(own[0, 0])) if scene.is_low or scene.view else line.coverage
            if arc or scene.crops:
                _write_into(ink, cover, own, matrix, arc)
            else:
                warped = cv2.warpPerspective(cover, matrix @ own, (width, height), flags=cv2.INTER_LINEAR)
                np.maximum(ink, warped, out=ink)
            top, bottom = line_edges(line, own, matrix, arc)
            if wave is not None:
                top[:, 1] -= np.interp(top[:, 0], np.arange(width), wave)
                bottom[:, 1] -= np.interp(bottom[:, 0], np.arange(width), wave)
            known = (text, letters) if block.is_script else ("", "")
            lines.append(LabelledLine(known[0], top, bottom, block.is_script, script=block.script, letters=known[1]))
        if wave is not None:
            xs, ys = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
            # OpenCV's stubs know no dtype
            ink = cv2.remap(ink, xs, ys + wave.astype(np.float32), cv2.INTER_LINEAR)  # type: ignore[assignment]
        return ink, lines

    def _stand(self, scene: Scene, posts: NDArray[np.int32], distance: float, rng: np.random.Generator) -> None:
        """Draw posts in place, unless they would stand before another board."""
        shape = np.zeros_like(scene.taken)
        cv2.fillPoly(shape, list(posts), 255, cv2.LINE_AA)
        if scene.view and not scene.taken[shape > 0].any():
            layer = np.empty_like(scene.image)
            layer[:] = np.clip(rng.uniform(20, 160) + rng.normal(0, 18, 3), 0, 255).astype(np.uint8)
            scene.view.lay(scene.image, layer, shape, distance)


def _write_into(
    ink: Coverage, coverage: Coverage, own: NDArray[np.float64], matrix: NDArray[np.float64], arc: Arc | None
) -> None:
    """Write a line's coverage, bent to an arc or straight, into the ink (h, w) of a page, in place."""
    height, width = ink.shape
    # the box around the line's canvas on the page
    x = np.linspace(-1, coverage.shape[1], 33)
    edges = np.concatenate([np.stack([x, np.full_like(x, y)], axis=1) for y in (-1, coverage.shape[0])])
    block = cv2.perspectiveTransform(edges[None], own)[0].astype(np.float64)
    outline = cv2.perspectiveTransform((arc.bend(block) if arc else block)[None], matrix)[0]
    x0, y0 = np.clip(np.floor(outline.min(axis=0)).astype(int) - 1, 0, [width, height]).tolist()
    x1, y1 = np.clip(np.ceil(outline.max(axis=0)).astype(int) + 2, 0, [width, height]).tolist()
    if x1 <= x0 or y1 <= y0:
        return
    if arc:
        xs, ys = np.meshgrid(np.arange(x0, x1, dtype=np.float64), np.arange(y0, y1, dtype=np.float64))
        pixels = np.stack([xs.ravel(), ys.ravel()], axis=1)
        block = arc.straighten(cv2.perspectiveTransform(pixels[None], np.linalg.inv(matrix))[0].astype(np.float64))
        source = cv2.perspectiveTransform(block[None], np.linalg.inv(own))[0].astype(np.float32)
        across, down = (np.ascontiguousarray(source[:, k].reshape(xs.shape)) for k in (0, 1))
        written = cv2.remap(coverage, across, down, cv2.INTER_LINEAR)
    else:
        moved = np.array([[1, 0, -x0], [0, 1, -y0], [0, 0, 1.0]]) @ (matrix @ own)
        written = cv2.warpPerspective(coverage, moved, (x1 - x0, y1 - y0), flags=cv2.INTER_LINEAR)
    np.maximum(ink[y0:y1, x0:x1], written, out=ink[y0:y1, x0:x1])
