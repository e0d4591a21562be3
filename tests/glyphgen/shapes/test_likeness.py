"""Letters drawn alike, in fonts made here: a script redrawn by hand, one like ordinary Latin, our own with every letter
shaken.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from fontTools.pens.ttGlyphPen import TTGlyphPen

from glyphgen.__main__ import main
from glyphgen.displays.lettering import FALLBACK
from glyphgen.script import load_script
from glyphgen.shapes.font_file import OpenFont
from glyphgen.shapes.likeness import DEFAULT_THRESHOLD, choose_threshold, compare, drawn_alike, overlap
from glyphgen.shapes.outline import Outline, fit_box, intersection_over_union
from glyphgen.shapes.pen import Drawing, Style
from tests.conftest import save_font

Boxes = list[tuple[float, float, float, float]]
ALNUM = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789abcdefghijklmnopqrstuvwxyz"


def save(path: Path, contours: dict[str, list[np.ndarray]]) -> Path:
    """Write a font; contours (n, 2) in thousandths of an em, as TrueType has them."""
    glyphs = {".notdef": TTGlyphPen(None).glyph()}
    for char, parts in contours.items():
        pen = TTGlyphPen(None)
        for part in parts:
            points = [tuple(point) for point in np.round(part).astype(int).tolist()]
            pen.moveTo(points[0])
            for point in points[1:]:
                pen.lineTo(point)
            pen.closePath()
        glyphs[f"u{ord(char):04X}"] = pen.glyph()
    return save_font(path, glyphs, {ord(char): f"u{ord(char):04X}" for char in contours}, 900)


def boxes_font(path: Path, glyphs: dict[str, Boxes]) -> Path:
    corners = {
        c: [np.array([[x0, y0], [x0, y1], [x1, y1], [x1, y0]]) for x0, y0, x1, y1 in boxes]
        for c, boxes in glyphs.items()
    }
    return save(path, corners)


def patterns(n: int) -> list[Boxes]:
    """Return shapes of cells of a grid, of one size, no two of which share much."""
    rng, found, shapes = np.random.default_rng(3), [], []
    while len(found) < n:
        cells = rng.random((5, 4)) < 0.4
        is_wide = cells[0].any() and cells[-1].any() and cells[:, 0].any() and cells[:, -1].any()
        if is_wide and all((cells & other).sum() <= 0.36 * (cells | other).sum() for other in shapes):
            shapes.append(cells)
            found.append(
                [(130.0 * x, 140.0 * y, 130.0 * x + 130, 140.0 * y + 140) for y, x in np.argwhere(cells).tolist()]
            )
    return found


def redrawn(boxes: Boxes, reach: float, rng: np.random.Generator, scale: float = 1.0) -> Boxes:
    return [tuple(scale * (v + float(rng.uniform(-reach, reach))) for v in box) for box in boxes]


def plain_overlap(font: OpenFont, a: str, b: str) -> float:
    one, two = font.outline(a), font.outline(b)
    assert one is not None
    assert two is not None
    return intersection_over_union(one.rasterize(200)[0], two.rasterize(200)[0])


@pytest.fixture
def script_font(tmp_path: Path) -> Path:
    """13 shapes for 18 letters, five of them drawn twice by hand; the small letters are drawn again, a
    fifth smaller.
    """
    rng, shapes = np.random.default_rng(0), patterns(13)
    shared = {"G": "D", "W": "E", "M": "F", "K": "J", "L": "A"}
    plain = dict(zip("ABCDEFHIJNOPQ", shapes, strict=True))
    glyphs = {**plain, **{twin: redrawn(plain[letter], 4, rng) for twin, letter in shared.items()}}
    glyphs |= {char.lower(): redrawn(boxes, 1.5, rng, 0.8) for char, boxes in list(glyphs.items())}
    return boxes_font(tmp_path / "script.ttf", glyphs)


def test_shapes_redrawn_by_hand_are_one_shape_and_small_letters_their_capitals(
    script_font: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    font = OpenFont(script_font)
    again = [plain_overlap(font, *pair) for pair in ("DG", "EW", "FM", "JK", "AL")]
    assert 0.93 < min(again) < max(again) < 0.97
    assert 0.96 < plain_overlap(font, "A", "a") < 1
    assert max(plain_overlap(font, a, b) for a in "ABCDEF" for b in "HIJNOPQ") < 0.45
    toml = tmp_path / "found.toml"
    assert main(["inspect", str(script_font), "--toml", str(toml)]) == 0
    out = capsys.readouterr().out
    assert "drawn alike: A=L, D=G, E=W, F=M, J=K\n" in out
    assert "36 characters with ink, 13 shapes" in out
    assert "the middle of the gap between 0." in out
    assert "small letters: the capitals" in out
    script = load_script(toml)
    assert script.n_classes - 2 == 13  # the blank and the space
    assert script.ignores_case
    picture = cv2.imread(str(tmp_path / "found-alike.png"))
    assert picture is not None
    assert len(np.unique(picture.reshape(-1, 3), axis=0)) > 3
    assert not (tmp_path / "none.png").exists()


def test_the_threshold_that_is_given_decides(
    script_font: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sheet = tmp_path / "look.png"
    assert main(["inspect", str(script_font), "--threshold", "0.9999", "--sheet", str(sheet)]) == 0
    out = capsys.readouterr().out
    assert "drawn alike: none" in out
    assert "1.000, as given" in out
    assert cv2.imread(str(sheet)) is not None
    assert main(["inspect", str(script_font), "--threshold", "1.2"]) == 2
    assert "--threshold 1.2" in capsys.readouterr().err
    assert len(drawn_alike(OpenFont(script_font), "ABCDEFGW", 0.2)) < 6  # also below what is shown by itself


def test_near_letters_of_ordinary_fonts_stay_apart(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """O, 0, Q, D, C, G and others: more and more alike, without a gap."""
    frame: Boxes = [(0, 0, 100, 700), (400, 0, 500, 700), (100, 0, 400, 100), (100, 600, 400, 700)]
    glyphs: dict[str, Boxes] = {"O": frame, "0": [*frame[:3], (100, 600, 402, 700)]}
    for char, reach in zip("QDGCUJ", (60, 110, 160, 210, 260, 300), strict=True):
        glyphs[char] = [*frame, (100, 100, 100 + reach, 400)]
    glyphs |= {
        "I": [(0, 0, 100, 700)],
        "l": [(0, 0, 101, 720)],
        "i": [(0, 0, 100, 500), (0, 600, 100, 700)],
        "o": [(0, 0, 400, 480)],
    }
    font = boxes_font(tmp_path / "latin.ttf", glyphs)
    likeness = compare(OpenFont(font), list(glyphs), folds_case=True)
    assert likeness.gap is None
    assert likeness.threshold == DEFAULT_THRESHOLD
    assert [group for group in likeness.groups if len(group) > 1] == ["O0", "Il"]
    assert main(["inspect", str(font)]) == 0
    assert "no clear gap" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "alike"), [("DejaVuSans", ["Il"]), ("DejaVuSerif", []), ("DejaVuSansMono", []), ("cmr10", [])]
)
def test_fonts_that_are_always_there_have_sensible_groups(name: str, alike: list[str]) -> None:
    font = OpenFont(FALLBACK.with_name(f"{name}.ttf"))
    likeness = compare(font, ALNUM, folds_case=True)
    assert [group for group in likeness.groups if len(group) > 1] == alike
    assert not likeness.small_capitals
    assert sum(map(len, likeness.groups)) == len(ALNUM)


@pytest.mark.parametrize(("jitter_em", "weight"), [(0.0, 0.0), (0.001, 0.03), (0.0015, 0.1)])
def test_our_own_letters_shaken_are_the_shapes_of_the_script(
    hylian: Drawing, tmp_path: Path, jitter_em: float, weight: float
) -> None:
    rng, contours = np.random.default_rng(4), {}
    for grapheme in hylian.script.graphemes[:-1]:
        for letter in (*grapheme.letters, *(letter.lower() for letter in grapheme.letters)):
            by = rng.uniform(-weight, weight, 2).tolist()
            style = Style(weight=1 + by[0], jitter_em=jitter_em, width=1 + 0.3 * by[1])
            contours[letter] = [part[::-1] * 1000 for part in hylian.outline(grapheme.canonical, style, rng).contours]
    font = OpenFont(save(tmp_path / "shaken.ttf", contours))
    likeness = compare(font, sorted(contours, key=lambda char: (char.islower(), char)), folds_case=True)
    assert likeness.gap is not None
    capitals = ["".join(char for char in group if char.isupper()) for group in likeness.groups]
    assert sorted(capitals) == sorted("".join(sorted(g.letters)) for g in hylian.script.graphemes[:-1])


def test_a_gap_is_chosen_where_it_is_wide_and_lies_right() -> None:
    assert choose_threshold([0.41, 0.2, 0.95, 0.988]) == (pytest.approx(0.725), (0.5, 0.95))
    assert choose_threshold([0.697, 0.95]) == (pytest.approx(0.8235), (0.697, 0.95))
    assert choose_threshold([]) == (0.75, (0.5, 1.0))  # nothing alike
    for overlaps in (
        [0.9, 0.78, 0.66, 0.55],
        [0.99, 0.87, 0.75, 0.62],
        [0.83, 0.6, 0.55],
        list(np.linspace(0.5, 1, 40)),
    ):
        assert choose_threshold(overlaps) == (DEFAULT_THRESHOLD, None)


def test_letters_like_one_another_in_a_chain_are_not_one_shape(tmp_path: Path) -> None:
    """Each is like the next, the first is not like the last: no group holds two that are less alike than
    the threshold.
    """
    glyphs: dict[str, Boxes] = {
        c: [(0, 0, 500, 100), (0, 0, 100, 700), (0, 0, 150 + 35 * k, 400), (0, 600, 500, 700)]
        for k, c in enumerate("ABCDEFG")
    }
    font = OpenFont(boxes_font(tmp_path / "chain.ttf", glyphs))
    for threshold in (None, 0.85, 0.9):
        likeness = compare(font, list(glyphs), threshold)
        assert len(likeness.groups) > 1
        assert all(value >= likeness.threshold for value, *_ in likeness.alike)


def test_overlap_forgives_weight_and_place_not_shape() -> None:
    outline = Outline((np.array([[0, 0], [0.6, 0], [0.6, 0.1], [0.1, 0.1], [0.1, 0.7], [0, 0.7]]),), 0.7)
    light, heavy = (fit_box(o.rasterize(200)[0], 128) > 127 for o in (outline, outline.embolden(0.02)))
    plain = (light & heavy).sum() / (light | heavy).sum()
    assert plain < 0.8
    assert overlap(light, heavy) > plain + 0.1
    assert overlap(light, light) == 1
    assert overlap(light, light[::-1]) < 0.5
    assert overlap(np.roll(light, 2, axis=1), light) > 0.95


def test_letters_without_ink_and_damaged_ones_are_in_no_group(tmp_path: Path) -> None:
    font = OpenFont(
        boxes_font(
            tmp_path / "few.ttf", {"A": [(0, 0, 500, 500)], "B": [], "C": [(0, 0, 300, 0)], "D": [(0, 0, 0.4, 300)]}
        )
    )
    assert drawn_alike(font, list("ABCDE")) == ["A"]
    assert drawn_alike(font, []) == []


def test_small_letters_that_are_near_each_other_do_not_hide_the_capitals_gap(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Small letters of many fonts overlap by anything from 0.5 to 0.95: with them there is no gap, and shapes redrawn
    were told apart.
    """
    rng, shapes = np.random.default_rng(1), patterns(9)
    plain = dict(zip("ABCDEFHIJ", shapes, strict=True))
    again = {letter: redrawn(plain[other], 3, rng) for letter, other in {"G": "D", "W": "E", "T": "J"}.items()}
    cells = [(130.0 * x, 140.0 * y) for y in range(5) for x in range(4)]
    inner = [(x, y) for x, y in cells if 0 < x < 390 and 0 < y < 560]
    small = {}
    for k, char in enumerate("ijlkt"):  # a block with more and more holes
        small[char] = [(x, y, x + 130, y + 140) for x, y in cells if (x, y) not in inner[: k + 1]]
    path = boxes_font(tmp_path / "near.ttf", {**plain, **again, **small})
    likeness = compare(OpenFont(path), "ABCDEFGHIJTWijklt", folds_case=True)
    assert likeness.gap is None
    assert likeness.capitals_gap is not None
    assert {group for group in likeness.groups if len(group) > 1 and group.isupper()} == {"DG", "EW", "JT"}
    assert main(["inspect", str(path)]) == 0
    assert "D=G, E=W, J=T" in (told := capsys.readouterr().out)
    assert "of capitals" in told
