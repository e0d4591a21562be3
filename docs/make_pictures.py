"""Draw the pictures of the documentation: `python docs/make_pictures.py [--out docs/pictures]`.

Everything in them is drawn by glyphgen from the strokes in `glyphgen/scripts/hylian.toml`, or is the output of a
released recognizer. No game graphics, no fonts of others but for captions. Takes about a minute on one core.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import cv2
import matplotlib as mpl
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from glyphgen.contact_sheet import contact_sheet
from glyphgen.datasets.scenes import PageSynth
from glyphgen.datasets.synthetic import LineSynth
from glyphgen.faces.face import Face
from glyphgen.faces.sources import DrawnSource
from glyphgen.jobs.gallery import write_gallery
from glyphgen.render.augmentation import find_augmentation
from glyphgen.render.degrade import make_degradation, make_degrader
from glyphgen.render.layout import Line, Spacing, lay_out
from glyphgen.render.paint import paint
from glyphgen.render.paint_style import PaintStyle
from glyphgen.shapes.hands import HANDS
from glyphgen.shapes.pen import Drawing, load_drawing
from glyphgen.texts.english import Corpus
from recognizers import bundle
from recognizers.page.annotate import annotate
from recognizers.page.reader import load_reader

mpl.use("Agg")
from matplotlib import pyplot as plt

Picture = NDArray[np.uint8]
WIDTH_PX = 1000
SIGN_TEXT = ("WELCOME TO", "GERUDO VILLAGE")
CARVED = PaintStyle(material=1.0, carved=1.0, material_range=(0.5, 0.5))
PAINTED = PaintStyle(material=1.0, worn=1.0, material_range=(0.45, 0.45))
SEED_OF_HANDS = 2
STONE = ((52.0, 40.0, 34.0), (196.0, 178.0, 146.0))  # ink, paper


def set_line(text: str, drawing: Drawing) -> tuple[Line, Face]:
    """Return a line in the plain face of the drawing, and that face."""
    face = DrawnSource(drawing).faces(1, np.random.default_rng(0))[0]
    return lay_out(drawing.script.canonical(text), face, 1, Spacing(tracking=0.06), np.random.default_rng(0)), face


def sign(drawing: Drawing) -> Picture:
    """Return a stone with the words of SIGN_TEXT painted on it, seen a little from the left."""
    lines = [set_line(text, drawing)[0].coverage for text in SIGN_TEXT]
    width = max(line.shape[1] for line in lines) + 60
    board = np.zeros((sum(line.shape[0] for line in lines), width), np.uint8)
    y = 0
    for line in lines:
        x = (width - line.shape[1]) // 2
        board[y : y + line.shape[0], x : x + line.shape[1]] = line
        y += line.shape[0]
    h, w = board.shape
    corners = np.array([[0, 0], [w, 0], [w, h], [0, h]], np.float32)
    seen = np.array([[0, 0], [w - 20, 18], [w - 20, h - 22], [0, h]], np.float32)
    bent = cv2.warpPerspective(board, cv2.getPerspectiveTransform(corners, seen), (w - 20, h))
    rng = np.random.default_rng(3)
    stone = paint(bent, 40, PAINTED, 5, rng, STONE)
    return make_degradation(0.15)(stone, 40, rng)


def faces(drawing: Drawing) -> Picture:
    """Return one word in sixteen faces: other weights, widths and slants of the pen, and handwriting."""
    rng = np.random.default_rng(4)
    text, cells = drawing.script.canonical("LINK"), []
    for face in DrawnSource(drawing, handwritten_share=0.3).faces(16, rng):
        coverage = lay_out(text, face, 1, Spacing(), rng).coverage
        cells.append(cv2.resize(255 - coverage, (240, 110), interpolation=cv2.INTER_AREA))
    return np.concatenate([np.concatenate(cells[k : k + 4], axis=1) for k in range(0, 16, 4)])


def hands(drawing: Drawing) -> Picture:
    """Return one line by two people with a mouse, two with a finger and two with a stylus, the devices named."""
    px_per_em, row_px = 125.0, 150
    picture = np.full(((2 * len(HANDS)) * row_px + 20, WIDTH_PX), 255, np.uint8)
    for k, hand in enumerate(HANDS.values()):
        cv2.putText(picture, hand.name, (8, 2 * k * row_px + 85), cv2.FONT_HERSHEY_SIMPLEX, 0.6, 110, 1, cv2.LINE_AA)
        for who in range(2):
            rng = np.random.default_rng([SEED_OF_HANDS, k, who])
            person, x, base = hand.person(rng), 95.0, (2 * k + who) * row_px + 130
            for char in drawing.script.canonical("HELLO LINK"):
                outline = drawing.written(char, person, rng)
                coverage, left, top = outline.rasterize(px_per_em)
                y0, x0 = base + int(top), int(x + left)
                place = picture[y0 : y0 + coverage.shape[0], x0 : x0 + coverage.shape[1]]
                np.minimum(place, 255 - coverage, out=place)
                x += outline.advance_em * px_per_em
    return picture


def samples(drawing: Drawing, augment: str) -> Picture:
    """Return a sheet of two dozen training lines of one look."""
    lines = LineSynth(DrawnSource(drawing), Corpus(drawing.script, 14), augment, seed=5, n_faces=16)
    return contact_sheet([lines[i] for i in range(24)], WIDTH_PX, 44)


def page(drawing: Drawing) -> Picture:
    """Return a synthetic page with the lines that the released finder and reader see on it."""
    source, corpus = DrawnSource(drawing), Corpus(drawing.script, 14)
    pages = PageSynth(source, corpus, seed=2, split="test", n_faces=8, size_px=(480, 320))
    reader = load_reader("crnn_hylian")
    read = ((p.image, reader.read_page(p.image)) for p in (pages[i] for i in range(80)) if len(p.lines) >= 4)
    image, found = next((image, found) for image, found in read if len(found.script_lines) >= 4)
    return np.concatenate([image, np.array(annotate(image, found))], axis=1)


def how_it_works(drawing: Drawing, path: Path) -> None:
    """Draw the way of a word from strokes to a picture, and back from a picture to a word."""
    text = "VILLAGE"
    line, _ = set_line(text, drawing)
    rng = np.random.default_rng(11)
    painted = paint(line.coverage, line.cap_px, CARVED, 5, rng, STONE)
    degraded = make_degrader(find_augmentation("screenshot"))(painted, line.cap_px, np.random.default_rng(8))
    recognizer = bundle.load("crnn_hylian")
    reading = recognizer.read(degraded)
    figure, axes = plt.subplots(2, 3, figsize=(11, 4.4), dpi=90, layout="constrained")
    strokes, outline, sample, tensor, chances, said = axes.ravel()
    _strokes(strokes, drawing)
    strokes.set_title("1  strokes of a pen (hylian.toml)")
    outline.imshow(255 - line.coverage, cmap="gray")
    outline.set_title("2  outlines, set as a line")
    sample.imshow(degraded)
    sample.set_title("3  painted and degraded: a training sample")
    tensor.imshow(np.asarray(recognizer.preprocess(degraded).tensor[0]), cmap="gray_r")
    tensor.set_title("4  what the network sees: the foreground")
    _chances(chances, reading.evidence, drawing.script.visible)
    chances.set_title("5  how likely each shape is at each place")
    spelled = load_reader(recognizer).spell(reading)
    said.text(0.5, 0.62, reading.text, ha="center", fontsize=20, family="monospace")
    said.text(0.5, 0.25, f"{spelled.letters}", ha="center", fontsize=24, weight="bold")
    said.set_title("6  shapes, and the English they spell")
    for axis in axes.ravel():
        axis.title.set_fontsize(10)
    for axis in (strokes, outline, sample, tensor, said):
        axis.set_axis_off()
    figure.savefig(path, metadata={"Software": None})
    plt.close(figure)


def _strokes(axis: plt.Axes, drawing: Drawing) -> None:
    x = 0.0
    for char in drawing.script.canonical("VILLAGE"):
        for stroke in drawing.strokes[char]:
            ribs = stroke.ribs + np.array([x, 0.0])
            for rib in ribs:
                axis.plot(*rib.T, color="#c33", linewidth=1.2)
            axis.plot(*ribs.mean(axis=1).T, color="#335", linewidth=0.8)
        x += drawing.advances_em[char] + 0.06
    axis.set_aspect("equal")


def _chances(axis: plt.Axes, evidence: object, visible: str) -> None:
    axis.imshow(np.exp(evidence.log_p).T, aspect="auto", cmap="Blues", vmin=0, vmax=1)
    axis.set_yticks(range(len(visible)), visible, fontsize=6)
    axis.set_xlabel("place")


def save(picture: Image.Image, path: Path) -> None:
    """Write a picture small: 64 colors are enough for the documentation."""
    picture.convert("RGB").quantize(64).save(path, optimize=True)


def main(words: list[str] | None = None) -> int:
    """Write every picture into the folder --out."""
    parser = argparse.ArgumentParser(description="Draw the pictures of the documentation.")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "pictures")
    out: Path = parser.parse_args(words).out
    out.mkdir(parents=True, exist_ok=True)
    drawing = load_drawing("hylian")
    pictures: dict[str, Callable[[], Picture]] = {
        "sign.png": lambda: sign(drawing),
        "faces.png": lambda: faces(drawing),
        "hands.png": lambda: hands(drawing),
        "page.png": lambda: page(drawing),
        "lines-none.png": lambda: samples(drawing, "none"),
        "lines-screenshot.png": lambda: samples(drawing, "screenshot"),
    }
    for name, draw in pictures.items():
        save(Image.fromarray(draw()), out / name)
    for _ in write_gallery(out, only=("materials", "effects", "directions", "scripts", "pages"), kind="jpg"):
        pass
    how_it_works(drawing, out / "how.png")
    read = annotate(out / "sign.png", load_reader("crnn_hylian").read_page(out / "sign.png"))
    save(read, out / "sign-read.png")
    print(f"{out}: {len(list(out.iterdir()))} pictures")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
