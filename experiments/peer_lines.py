"""The same texts in the same font, as lines that ours, TRDG and SynthTIGER draw, each with the damage that it has of
itself; a PNG and its text, `.gt.txt`, beside it. How TRDG and SynthTIGER are installed: `experiments/peers.py`.

Ours is what `python -m glyphgen render` makes by default, the look `screenshot`. TRDG has its own skew (3° at most),
blur, distortions, and backgrounds that it makes itself (noise, white, a pattern), and text in a random dark color.
SynthTIGER is the template that its authors publish, with their numbers, but for the pictures that are not in its
package: no textures, and two grays at least MIN_CONTRAST apart instead of colors taken from photographs.
Source of those numbers: examples/synthtiger/config_horizontal.yaml of clovaai/synthtiger (Yim et al. 2021).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from experiments.peers import started
from glyphgen.__main__ import main as glyphgen
from glyphgen.files import DataError

MIN_CONTRAST = 64  # of 255; ours, so that all of SynthTIGER's lines can be read
INSTALL = {"TRDG": "pip install trdg 'pillow<10'", "SynthTIGER": "pip install synthtiger 'numpy<2' 'pillow<10'"}
LOOKS = {
    "ours": "the look `screenshot`: materials, light, carving, curves, blur, noise, JPEG, both polarities",
    "TRDG": "skew, blur, distortion, and noise, white or a pattern behind dark text of any color",
    "SynthTIGER": "its published template without textures: elastic letters, curves, borders, shadows, perspective, "
    "skew, turns, noise, blur, any two grays",
}

_EACH = """
import json, os, random, sys
import numpy as np
given = json.load(open(sys.argv[1], encoding="utf-8"))
def draw_all(draw):
    for i, text in enumerate(given["texts"]):
        random.seed(given["seed"] + i)
        np.random.seed(given["seed"] + i)
        image = next(made for made in (draw(text) for _ in range(50)) if made is not None)
        image.convert("RGB").save(os.path.join(given["folder"], f"{i:06d}.png"))
        if (i + 1) % 500 == 0:
            print(i + 1, flush=True)
"""
PROGRAMS = {
    "TRDG": _EACH
    + """
import cv2
from trdg.generators import GeneratorFromStrings
def draw(text):
    cv2.setRNGSeed(random.randrange(2**31))
    return next(GeneratorFromStrings(
        [text], count=1, fonts=[given["font"]], size=32, text_color="#000000,#646464",
        skewing_angle=3, random_skew=True, blur=1, random_blur=True, background_type=random.randint(0, 2),
        distorsion_type=random.randint(0, 3), distorsion_orientation=random.randint(0, 2)))[0]
draw_all(draw)
""",
    "SynthTIGER": _EACH
    + """
from PIL import Image
from synthtiger import components as c, layers
elastic = [c.ElasticDistortion(alpha=(15, 30), sigma=(4, 12)), c.ElasticDistortion(alpha=(0, 2), sigma=(0, 0.6))]
rows = [c.FlowLayout(space=(-2, 5), line_align=("middle",)),
        c.CurveLayout(curve=(20, 40), space=(-2, 5), convex=0.5, upward=0.5)]
styles = [c.TextBorder(size=(1, 12)), c.TextShadow(distance=(1, 6), angle=(0, 360), alpha=(0.3, 0.7)),
          c.TextExtrusion(length=(1, 12), angle=(0, 360))]
bends = [c.Perspective(percents=((0.5, 1), (1, 1)), aligns=((0, 0), (0, 0))),
         c.Perspective(percents=((1, 1), (0.5, 1)), aligns=((0, 0), (0, 0))),
         c.Trapezoidate(weights=(1, 0, 1, 0), percent=(0.75, 1), align=(-1, 1)),
         c.Trapezoidate(weights=(0, 1, 0, 1), percent=(0.5, 1), align=(-1, 1)),
         c.Skew(weights=(1, 0), angle=(0, 30), ccw=0.5), c.Skew(weights=(0, 1), angle=(0, 10), ccw=0.5),
         c.Rotate(angle=(0, 10), ccw=0.5)]
shape, layout, style = c.Selector(elastic), c.Selector(rows, weights=(4, 1)), c.Selector(styles, weights=(1, 2, 2))
bend, fit, pad, color = c.Selector(bends, weights=(1, 1, 1, 1, 1, 1, 2)), c.Fit(), c.Pad(pxs=((0, 10),) * 4), c.Gray()
noise, blur = c.AdditiveGaussianNoise(scale=(4, 8), per_channel=0), c.GaussianBlur(sigma=(0, 2))
after = [c.Switch(noise), c.Switch(blur, prob=0.9), c.Switch(c.Resample(size=(0.4, 0.4)), prob=0.1)]
def draw(text):
    ink, ground, edge = (int(gray) for gray in np.random.randint(0, 256, 3))
    if abs(ink - ground) < given["contrast"]:
        return None
    size, bold = np.random.randint(40, 81), bool(np.random.rand() < 0.5)
    letters = [layers.TextLayer(letter, given["font"], size, bold=bold) for letter in text]
    shape.apply(letters)
    layout.apply(letters, {"meta": {"vertical": False}})
    line = layers.Group(letters).merge()
    color.apply([line], {"rgb": (ink,) * 3, "alpha": 1})
    if np.random.rand() < 0.25:
        chosen = style.sample()
        chosen["meta"]["rgb"] = (edge,) * 3
        style.apply([line], chosen)
    for step in (bend, fit, pad):
        step.apply([line])
    front = layers.Layer(line.output())
    back = layers.RectLayer((int(front.width), int(front.height)), (ground,) * 3 + (255,))
    front.topleft = back.topleft
    whole = (front + back).merge()
    for step in after:
        step.apply([whole])
    return Image.fromarray(whole.output()[..., :3].astype(np.uint8))
draw_all(draw)
""",
}


def draw_ours(font: Path, n_lines: dict[str, int], seed: int, most: int, look: str, folder: Path) -> None:
    """Draw our lines into folder/train and folder/val, texts of `most` letters at most. Raises DataError."""
    words = ["render", "--font", str(font), "--count", str(n_lines["train"]), "--val", str(n_lines["val"])]
    words += ["--augment", look, "--max-graphemes", str(most), "--seed", str(seed)]
    words += ["--format", "tesseract", "--out", str(folder / "set")]
    if glyphgen(words):
        raise DataError("our lines could not be drawn; the reason stands above")
    for split in n_lines:
        (folder / "set" / split).rename(folder / split)


def draw_theirs(
    name: str, python: str, font: Path, texts: dict[str, list[str]], seed: int, folder: Path, log: Path
) -> None:
    """Draw the texts of each split with TRDG or SynthTIGER into folder/SPLIT. Raises DataError."""
    for k, (split, lines) in enumerate(texts.items()):
        place = folder / split
        place.mkdir(parents=True)
        given = {"texts": lines, "font": str(font.resolve()), "folder": str(place), "contrast": MIN_CONTRAST}
        asked = folder / f"{split}.json"
        asked.write_text(json.dumps({**given, "seed": (2 * seed + k) * 10**6}), encoding="utf-8")
        started([python, "-c", PROGRAMS[name], str(asked)], log, f"{name} needs a Python that has it: {INSTALL[name]}")
        for i, line in enumerate(lines):
            if not (place / f"{i:06d}.png").is_file():
                raise DataError(f"{name} drew no picture of {line!r}; what it said is in {log}")
            (place / f"{i:06d}.gt.txt").write_text(line + "\n", encoding="utf-8")


def pictures(folder: Path) -> list[Path]:
    """Return the pictures of a folder of lines, in order."""
    return sorted(folder.glob("*.png"))


def text_of(picture: Path) -> str:
    """Return the text that is beside a picture."""
    return picture.with_suffix("").with_suffix(".gt.txt").read_text(encoding="utf-8").strip()


def fingerprint(texts: Sequence[str]) -> str:
    """Return what tells one list of texts, or one program, from another."""
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()[:16]
