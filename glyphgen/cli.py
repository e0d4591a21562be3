"""What each command of `python -m glyphgen` does, with the parsed arguments."""

from __future__ import annotations

from argparse import Namespace
from collections import Counter
from itertools import combinations
from pathlib import Path

import cv2
import numpy as np
from PIL import Image as PillowImage
from PIL import ImageDraw, ImageFont
from tqdm import tqdm

from glyphgen.captions import drawable, label_font
from glyphgen.contact_sheet import pairs_sheet
from glyphgen.faces.font_collection import group_alike
from glyphgen.files import DataError, composed, written
from glyphgen.images import is_picture_name, load_picture
from glyphgen.script import Script, load_script, script_toml
from glyphgen.shapes.font_file import OpenFont, build_font
from glyphgen.shapes.hands import find_hand
from glyphgen.shapes.installed_fonts import find_fonts
from glyphgen.shapes.likeness import Likeness
from glyphgen.shapes.likeness import compare as compare_letters
from glyphgen.shapes.outline import Coverage, Outline, fit_box, intersection_over_union
from glyphgen.shapes.pen import Drawing, load_drawing

_CELL_PX, _GLYPH_PX, _COLUMNS = 220, 130, 7
_NEAREST = 8  # pairs on each side of the threshold
_FONT_FILES = (".ttf", ".otf", ".ttc", ".otc", ".woff", ".woff2")


def font(given: Namespace) -> None:
    """Build a TrueType font of a drawing."""
    drawing = load_drawing(given.script)
    family = f"Glyph {drawing.script.shown_name}"
    build_font(drawing, given.out, family)
    print(f"{given.out}: {family}, {len(drawing.script.visible)} shapes")


def sheet(given: Namespace) -> None:
    """Draw the chart of a script."""
    script = load_script(given.script)
    if given.hand and given.font:
        raise DataError(f"--hand {given.hand}: a hand writes the strokes of a script; leave out --font")
    if given.font:
        outlines = OpenFont(given.font).outlines(script)
    else:
        drawing = load_drawing(given.script)
        outlines = _written(drawing, given.hand) if given.hand else {c: drawing.outline(c) for c in script.visible}
    _save(given.out, script_chart(script, outlines))
    print(given.out)


def _written(drawing: Drawing, hand: str) -> dict[str, Outline]:
    """Return each glyph as one person writes it."""
    rng = np.random.default_rng(0)
    person = find_hand(hand, rng).person(rng)
    return {char: drawing.written(char, person, rng) for char in drawing.script.visible}


def script_chart(script: Script, outlines: dict[str, Outline]) -> PillowImage.Image:
    """Return the chart of a script: each shape with every letter that it stands for."""
    rows = -(-len(outlines) // _COLUMNS)
    chart = PillowImage.new("L", (_COLUMNS * _CELL_PX, rows * _CELL_PX + 60), 255)
    pen = ImageDraw.Draw(chart)
    _write(pen, (20, 16), script.shown_name, 30, "la")
    cap = max(outline.bounds[3] for outline in outlines.values())
    letters = {g.canonical: " ".join(g.letters) for g in script.graphemes}
    for i, (char, outline) in enumerate(outlines.items()):
        x, y = (i % _COLUMNS) * _CELL_PX, (i // _COLUMNS) * _CELL_PX + 60
        coverage, _, top = outline.rasterize(_GLYPH_PX / cap)
        place = (x + (_CELL_PX - coverage.shape[1]) // 2, y + 10 + _GLYPH_PX + int(top))
        chart.paste(0, place, PillowImage.fromarray(coverage))
        _write(pen, (x + _CELL_PX // 2, y + 170), letters[char], 24, "mm")
    return chart


def _write(pen: ImageDraw.ImageDraw, place: tuple[int, int], text: str, size_px: int, anchor: str) -> None:
    """Write a text of any script; characters that no font here has are named."""
    if text.isascii() and text.isprintable():
        pen.text(place, text, fill=0, font=ImageFont.load_default(size_px), anchor=anchor)
    else:
        shown, path = drawable(text)
        pen.text(place, shown, fill=0, font=label_font(path, size_px), anchor=anchor)


def inspect(given: Namespace) -> None:
    """Print what a font draws, and which letters it draws alike; write a script file."""
    if given.threshold is not None and not 0 < given.threshold <= 1:
        raise DataError(f"--threshold {given.threshold}: an overlap is more than 0 and at most 1")
    opened = OpenFont(given.font, given.number)
    chars = opened.characters()
    if not chars:
        raise DataError(f"{given.font} draws no characters")
    letters = [c for c in chars if c.isalnum()]
    # a lower-case letter drawn as its capital adds nothing; one drawn otherwise is a shape of its own
    likeness = compare_letters(
        opened, sorted(letters, key=lambda c: (c.islower(), c)), given.threshold, folds_case=True
    )
    folded = ["".join(c for c in g if not (c.islower() and c.upper() in g)) for g in likeness.groups]
    print(f"{given.font}: {len(chars)} characters with ink, {len(folded)} shapes of letters and digits")
    print("  characters:", "".join(chars))
    shared = [g for g in folded if len(g) > 1]
    print("  drawn alike:", ", ".join("=".join(g) for g in shared) if shared else "none")
    _tell_threshold(likeness)
    if given.script:
        opened.outlines(load_script(given.script))
        print(f"  draws every grapheme of {given.script}")
    if given.toml:
        name = given.name or given.toml.stem
        with written(given.toml) as part:
            part.write_text(script_toml(name, [g for g in folded if g]), encoding="utf-8")
        print(f"  wrote {given.toml}; use it with data.script={given.toml} data.font={given.font}")
    sheet_path = given.sheet or (given.toml.with_name(f"{given.toml.stem}-alike.png") if given.toml else None)
    if sheet_path:
        _save(sheet_path, PillowImage.fromarray(pairs_sheet(opened, likeness)))
        print(f"  wrote {sheet_path}: the pairs nearest to the threshold, to look at")


def _tell_threshold(likeness: Likeness) -> None:
    """Print where the line between alike and different was drawn, and the pairs nearest to it."""
    threshold = f"  overlap from which letters are alike: {likeness.threshold:.3f}"
    if likeness.is_given:
        print(f"{threshold}, as given")
    elif likeness.gap:
        low, high = likeness.gap
        print(f"{threshold}, the middle of the gap between {low:.3f}{' or less' if low <= 0.5 else ''} and {high:.3f}")
    else:
        print(
            f"{threshold}, the default: there is no clear gap between overlaps; look at the pairs, choose with "
            "--threshold"
        )
    if likeness.capitals_gap:
        low, high = likeness.capitals_gap
        print(
            f"  of capitals: {(low + high) / 2:.3f}, the middle of the gap that they have by themselves, {low:.3f} "
            f"to {high:.3f}"
        )
    for name, pairs in (("alike", likeness.alike), ("different", likeness.different)):
        near = ", ".join(f"{a}={b} {value:.3f}" for value, a, b in pairs[:_NEAREST])
        print(f"  nearest to it, {name}: {near or 'none'}")
    if likeness.small_capitals:
        print("  small letters: the capitals, drawn smaller or again")


def alike(given: Namespace) -> None:
    """Print which letters of a script fonts draw with one shape, in how many of them, and how many texts can be read at
    best.
    """
    if not 1 <= given.least <= given.most:
        raise DataError(
            f"--least {given.least} and --most {given.most}: the fewest and the most letters of a text, from 1"
        )
    if given.n < 1:
        raise DataError(f"-n must be at least 1, not {given.n}")
    if missing := [
        name
        for name in given.fonts
        if ("/" in name or Path(name).suffix.lower() in _FONT_FILES) and not Path(name).is_file()
    ]:
        raise DataError(f"no such font file: {missing[0]}")
    script, paths = load_script(given.script), find_fonts(given.fonts)
    found = {
        path: groups
        for path, groups in tqdm(group_alike(paths, script), total=len(paths), desc="comparing", leave=False)
        if groups
    }
    if not found:
        raise DataError(f"none of {len(paths)} fonts draws half of script {script.name!r}")
    passed = f"{len(paths) - len(found)} others passed over, the same font again among them"
    print(f"{len(found)} fonts that draw at least half of {script.name}; {passed}")
    pairs = Counter("=".join(pair) for groups in found.values() for group in groups for pair in combinations(group, 2))
    print("drawn with one shape, at one size, in" if pairs else "none draws two letters with one shape")
    for pair, n in pairs.most_common(given.n):
        print(f"  {pair}  {n / len(found):7.2%}  {n}")
    print("texts of random letters, whole text right, by one who knows each font and guesses among letters alike:")
    # of g letters alike the guess is right one time in g, so of all letters drawn as many are right as there are groups
    lengths = range(given.least, given.most + 1)
    shares = [
        float(np.mean([(len(groups) / sum(map(len, groups))) ** n for groups in found.values()])) for n in lengths
    ]
    for n, share in zip(lengths, shares, strict=True):
        print(f"  {n} letters  {share:7.2%}")
    print(f"  each length as often  {np.mean(shares):7.2%}")
    if given.tsv:
        with written(given.tsv) as part:
            rows = [
                f"{path}\t{' '.join(group for group in groups if len(group) > 1)}" for path, groups in found.items()
            ]
            part.write_text("\n".join(["font\tdrawn alike", *rows]) + "\n", encoding="utf-8")
        print(f"  wrote {given.tsv}")


def compare(given: Namespace) -> None:
    """Print the intersection over union of each drawn glyph with its reference. Raises DataError below the given
    bounds.
    """
    drawing = load_drawing(given.script)
    scores, tiles = compare_drawing(
        {c: drawing.outline(c) for c in drawing.script.visible}, drawing.script, given.reference
    )
    for char, value in scores.items():
        print(f"{char}  {value:.3f}")
    print(f"mean {np.mean(list(scores.values())):.3f}, lowest {min(scores.values()):.3f}, {len(scores)} glyphs")
    if given.out:
        _save(given.out, PillowImage.fromarray(np.concatenate(tiles, axis=1)))
    mean, lowest = float(np.mean(list(scores.values()))), min(scores.values())
    if mean < given.min_mean or lowest < given.min_each:
        raise DataError(
            f"the drawing is too far from {given.reference}: wanted a mean of {given.min_mean} and {given.min_each} "
            "for each"
        )


def compare_drawing(
    outlines: dict[str, Outline], script: Script, folder: Path
) -> tuple[dict[str, float], list[Coverage]]:
    """Return IoU by canonical letter, and a picture each. Raises DataError when a glyph has no reference."""
    found: dict[str, Path] = {}
    for path in sorted(path for path in folder.glob("*") if is_picture_name(path)):
        letters = composed(path.stem)
        if script.can_write(letters) and len(set(script.canonical(letters))) == 1:
            found[script.canonical(letters[0])] = path
    if missing := [c for c in outlines if c not in found]:
        raise DataError(
            f"{folder} has no picture for {' '.join(missing)} (files are named by their letters, such as DG.png)"
        )
    scores, tiles = {}, []
    for char, outline in outlines.items():
        gray = cv2.cvtColor(load_picture(found[char]), cv2.COLOR_RGB2GRAY)
        ours, theirs = outline.rasterize(300)[0], np.asarray(255 - gray, np.uint8)
        scores[char] = intersection_over_union(ours, theirs)
        a, b = 255 - fit_box(ours, 150), 255 - fit_box(theirs, 150)
        tiles.append(np.pad(np.stack([b, np.minimum(a, b), a], axis=-1), ((4, 4), (4, 4), (0, 0)), constant_values=128))
    return scores, tiles


def _save(path: Path, picture: PillowImage.Image) -> None:
    with written(path) as part:
        picture.save(part, format="PNG")
