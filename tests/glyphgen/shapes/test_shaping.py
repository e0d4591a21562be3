"""What a font does with texts, with one made here; installed fonts against what Pillow draws by itself with them."""

import pickle
from pathlib import Path

import cv2
import numpy as np
import pytest
from fontTools.ttLib import TTFont
from PIL import Image, ImageDraw, ImageFont, features

from glyphgen.shapes.font_file import FontError, OpenFont
from glyphgen.shapes.installed_fonts import installed_fonts
from glyphgen.shapes.outline import Outline
from glyphgen.shapes.shaping import Shaper, needs_shaping, stands_apart
from tests.shaped_fonts import ACUTE, ARABIC, DASH, build_shaped_font

BEH, ALEF, LAM = ARABIC


@pytest.fixture
def shaper(tmp_path: Path) -> Shaper:
    return Shaper(OpenFont(build_shaped_font(tmp_path / "shaped.ttf")))


def boxes(shaper: Shaper, text: str, is_column: bool = False) -> list[tuple[str, float, float]]:
    """Return of each cluster, as they stand, its text, how wide its ink is and how far the pen goes, in em."""
    found = shaper.shape(text, is_column)
    widths = [one.outline.bounds[2] - one.outline.bounds[0] for one in found]
    return [(one.text, round(w, 3), round(one.outline.advance_em, 3)) for one, w in zip(found, widths, strict=True)]


def test_letters_have_the_form_of_their_place_and_stand_from_the_right(shaper: Shaper) -> None:
    assert boxes(shaper, BEH) == [(BEH, 0.8, 1.0)]
    assert boxes(shaper, BEH * 3) == [(BEH, 0.65, 0.7), (BEH, 0.4, 0.4), (BEH, 0.25, 0.3)]
    assert [one.start for one in shaper.shape(BEH * 3)] == [2, 1, 0]


def test_letters_with_one_shape_are_one_cluster(shaper: Shaper) -> None:
    assert boxes(shaper, "afia") == [("a", 0.4, 0.6), ("fi", 0.4, 0.6), ("a", 0.4, 0.6)]
    assert boxes(shaper, ALEF + LAM + ALEF) == [(LAM + ALEF, 0.4, 0.5), (ALEF, 0.1, 0.3)]


def test_pairs_are_kerned(shaper: Shaper) -> None:
    assert [advance for *_, advance in boxes(shaper, "AV")] == [0.5, 0.7]
    assert [advance for *_, advance in boxes(shaper, "VA")] == [0.7, 0.7]


def test_marks_stand_upon_their_letter(shaper: Shaper) -> None:
    (cluster,) = shaper.shape("a" + ACUTE)
    assert cluster.text == "a" + ACUTE
    mark = cluster.outline.contours[1]
    assert mark.mean(axis=0) == pytest.approx([0.3, 0.65])  # its anchor, at 500, lies on the letter's, at 550


def test_a_column_goes_down_and_has_its_own_forms(shaper: Shaper) -> None:
    across, down = shaper.shape(DASH)[0].outline, shaper.shape(DASH, True)[0].outline
    assert across.bounds[2] - across.bounds[0] == pytest.approx(0.8)
    assert down.bounds[3] - down.bounds[1] == pytest.approx(0.8)
    assert down.bounds[0] + down.bounds[2] == pytest.approx(0, abs=0.01)  # the pen is in the middle
    assert down.bounds[3] <= 0 < down.advance_em


def test_parts_of_other_direction_stand_in_theirs(shaper: Shaper) -> None:
    assert "".join(one.text for one in shaper.shape(f"{BEH}{ALEF} af {BEH}")) == f"{BEH} af {ALEF}{BEH}"
    assert "".join(one.text for one in shaper.shape(f"a {BEH}{ALEF} i")) == f"a {ALEF}{BEH} i"


def test_outlines_run_around_ink_whatever_the_font_does(shaper: Shaper) -> None:
    for one in shaper.shape(f"AV fi {BEH * 2}"):
        assert one.outline.area >= 0


def test_what_the_font_lacks_is_told(tmp_path: Path) -> None:
    shaper = Shaper(OpenFont(build_shaped_font(tmp_path / "some.ttf", without="V" + ALEF)))
    assert shaper.can_write("A fa")
    assert not shaper.can_write("AVA")
    assert shaper.missing(f"AV {ALEF}V") == "V" + ALEF


def test_a_glyph_without_ink_is_none(tmp_path: Path) -> None:
    shaper = Shaper(OpenFont(build_shaped_font(tmp_path / "blank.ttf", blank="V")))
    assert shaper.can_write("A A")
    assert not shaper.can_write("AVA")
    assert shaper.missing("AVA") == "V"


def test_a_mark_upon_nothing_is_refused_for_the_circle_under_it(shaper: Shaper) -> None:
    assert shaper.can_write("\u0915\u093f")  # a letter of Devanagari with its sign, then the sign alone
    assert not shaper.can_write("\u093f")
    assert shaper.can_write("\u25cc\u093f")


def test_a_font_may_do_without_a_glyph_for_the_blank(tmp_path: Path, shaper: Shaper) -> None:
    without = Shaper(OpenFont(build_shaped_font(tmp_path / "no_blank.ttf", without=" ")))
    assert without.can_write("A fa")
    blank = next(one for one in without.shape("A fa") if one.text == " ")
    assert not blank.outline.contours
    assert blank.outline.advance_em == pytest.approx(0.35)


def test_a_font_without_advances_is_refused(tmp_path: Path) -> None:
    font = OpenFont(build_shaped_font(tmp_path / "heap.ttf", has_advances=False))
    with pytest.raises(FontError, match="no letter has an advance"):
        Shaper(font)


def test_another_process_can_have_it(shaper: Shaper) -> None:
    other = pickle.loads(pickle.dumps(shaper))
    assert boxes(other, f"AV {BEH * 2}") == boxes(shaper, f"AV {BEH * 2}")


def test_a_packed_font_is_the_same(tmp_path: Path, shaper: Shaper) -> None:
    font = TTFont(shaper.font.path)
    font.flavor = "woff"
    font.save(tmp_path / "packed.woff")
    packed = Shaper(OpenFont(tmp_path / "packed.woff"))
    assert boxes(packed, f"AV afi {BEH * 3}") == boxes(shaper, f"AV afi {BEH * 3}")


def test_a_damaged_glyph_is_named(shaper: Shaper) -> None:
    with pytest.raises(FontError, match="glyph 9999 cannot be drawn"):
        shaper.font.contours_of(9999)


def test_what_needs_shaping_is_known() -> None:
    for alone in ("HYLIAN", "Ελλάδα", "日本語", "ДА 12", "ᚠᚢᚦ", "ሰላም", "ᏣᎳᎩ", "ⴰⵣⵓⵍ", "\ue000"):
        assert needs_shaping(alone) is None, alone
        assert stands_apart(alone)
    assert needs_shaping("a" + ACUTE) == ACUTE
    assert needs_shaping("A" + BEH) == BEH
    assert needs_shaping("\u05d0") == "\u05d0"
    assert needs_shaping("\u05d0", is_rtl=True) is None  # letters of Hebrew do not join
    assert needs_shaping(BEH, is_rtl=True) == BEH
    assert needs_shaping("\u0915") == "\u0915"
    assert not stands_apart("\u0915\u0916")


TEXTS = {
    "NotoNaskhArabic-Regular": ("السلام عليكم", "اللغة العربية", "الطريق إلى 123 قرية", "كِتَابٌ (abc)"),
    "NotoSansDevanagari-Regular": ("नमस्ते दुनिया", "क्षत्रिय", "हिन्दी श्री"),
    "NotoSansThai-Regular": ("สวัสดีชาวโลก", "น้ำที่", "ก็เป็นผู้ใหญ่"),
    "NotoSansHebrew-Regular": ("שלום עולם", "שָׁלוֹם", "ברוך 12 הבא"),
    "NotoSans-Regular": ("AVATAR To Ty", "office fjord", "cafe\u0301"),
}


def by_pillow(path: Path, text: str, px: int, direction: str | None) -> np.ndarray:
    font = ImageFont.truetype(str(path), px, layout_engine=ImageFont.Layout.RAQM)
    picture = Image.new("L", (px * (len(text) + 4), px * (len(text) + 4 if direction else 4)), 0)
    ImageDraw.Draw(picture).text((px * 2, px), text, fill=255, font=font, direction=direction)
    return ink_of(np.asarray(picture))


def ink_of(picture: np.ndarray) -> np.ndarray:
    x, y, width, height = cv2.boundingRect(picture)
    return picture[y : y + height, x : x + width]


def agreement(text: str, path: Path, is_column: bool = False) -> float:
    """Return the overlap over the union of our line and Pillow's, neither of them stretched."""
    px, at, contours = 160, 0.0, []
    for one in Shaper(OpenFont(path)).shape(text, is_column):
        pen = np.array([0.0, -at] if is_column else [at, 0.0])
        contours += [contour + pen for contour in one.outline.contours]
        at += one.outline.advance_em
    ours = ink_of(Outline(tuple(contours), at).rasterize(px)[0])
    theirs = by_pillow(path, text, px, "ttb" if is_column else None)
    height, width = np.minimum(ours.shape, theirs.shape)
    assert max(np.abs(np.subtract(ours.shape, theirs.shape))) <= 4, "the lines have another size"
    # they may differ by a pixel of hinting at each edge: the best of small shifts
    padded = np.pad(theirs[:height, :width], 3)
    best = 0.0
    for dy in range(7):
        for dx in range(7):
            other = padded[dy : dy + height, dx : dx + width] > 127
            mine = ours[:height, :width] > 127
            best = max(best, float((mine & other).sum() / (mine | other).sum()))
    return best


@pytest.mark.skipif(not features.check("raqm"), reason="Pillow here has no Raqm, which is the judge")
@pytest.mark.parametrize("name", TEXTS)
def test_lines_are_as_another_renderer_draws_them(name: str) -> None:
    path = next((path for path in installed_fonts() if path.stem == name), None)
    if path is None:
        pytest.skip(f"{name} is not installed")
    for text in TEXTS[name]:
        assert agreement(text, path) > 0.9, text


@pytest.mark.skipif(not features.check("raqm"), reason="Pillow here has no Raqm, which is the judge")
def test_columns_are_as_another_renderer_draws_them() -> None:
    path = next((path for path in installed_fonts() if path.name == "NotoSansCJK-Regular.ttc"), None)
    if path is None:
        pytest.skip("NotoSansCJK-Regular is not installed")
    for text in ("日本語の文章。", "「ゲーム」"):
        assert agreement(text, path, is_column=True) > 0.9, text
