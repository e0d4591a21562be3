import numpy as np
import pytest
from fontTools.ttLib import TTFont
from PIL import Image, ImageDraw, ImageFont

from glyphgen.script import ScriptError
from glyphgen.shapes.font_file import OpenFont, build_font
from glyphgen.shapes.outline import intersection_over_union
from glyphgen.shapes.pen import Drawing, Style, load_drawing, parse_stroke


def test_a_straight_stroke_is_the_box_of_its_ribs() -> None:
    stroke = parse_stroke("0,0:20,0! 0,100:20,100!", 100)
    assert stroke.ribs.shape == (2, 2, 2)
    assert stroke.is_corner == (True, True)


@pytest.mark.parametrize("text", ["1,2:3", "a,b:c,d 1,2", "1,2:3,4:5,6 1,2", "1,2"])
def test_a_faulty_stroke_is_named(text: str) -> None:
    with pytest.raises(ScriptError, match="stroke"):
        parse_stroke(text, 100)


def test_every_hylian_glyph_has_ink_between_baseline_and_capital_height(hylian: Drawing) -> None:
    for char in hylian.script.visible:
        x0, y0, x1, y1 = hylian.outline(char).bounds
        assert -0.03 < y0 < 0.03, char
        assert 0.68 < y1 < 0.75, char
        assert 0.4 < x1 - x0 < 0.7, char
        assert hylian.outline(char).advance_em > x1


def test_no_two_hylian_glyphs_look_alike(hylian: Drawing) -> None:
    shapes = {c: hylian.outline(c).rasterize(100)[0] for c in hylian.script.visible}
    for a in shapes:
        for b in shapes:
            assert a == b or intersection_over_union(shapes[a], shapes[b]) < 0.7, (a, b)


def test_weight_changes_the_ink_and_slant_keeps_it(hylian: Drawing) -> None:
    plain = hylian.outline("H").rasterize(100)[0].sum()
    assert hylian.outline("H", Style(weight=0.7)).rasterize(100)[0].sum() < 0.9 * plain
    assert hylian.outline("H", Style(weight=1.2)).rasterize(100)[0].sum() > 1.05 * plain
    assert hylian.outline("H", Style(slant_deg=10)).rasterize(100)[0].sum() == pytest.approx(plain, rel=0.02)


def test_handwriting_is_thin_random_and_repeatable(hylian: Drawing) -> None:
    style = Style(is_handwritten=True, pen_em=0.05, jitter_em=0.01)
    one, again, other = (hylian.outline("B", style, np.random.default_rng(s)).rasterize(100)[0] for s in (1, 1, 2))
    assert np.array_equal(one, again)
    assert one.shape != other.shape or not np.array_equal(one, other)
    assert one.sum() < hylian.outline("B").rasterize(100)[0].sum()
    with pytest.raises(ValueError, match="rng"):
        hylian.outline("B", style)


def test_a_script_without_strokes_says_what_to_do() -> None:
    with pytest.raises(ScriptError, match=r"data\.font"):
        load_drawing("digits")


def test_the_built_font_opens_in_pillow_and_survives_a_round_trip(hylian: Drawing, tmp_path) -> None:
    path = tmp_path / "Hylian.ttf"
    build_font(hylian, path, "Glyph Hylian")
    again = tmp_path / "again.ttf"
    with TTFont(path) as font:
        assert {chr(c) for c in font.getBestCmap()} == set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz ")
        font.save(again)
    opened = OpenFont(again)
    for char in hylian.script.visible:
        ours = hylian.outline(char).rasterize(300)[0]
        drawn = Image.new("L", (500, 500))
        ImageDraw.Draw(drawn).text((20, 20), char.lower(), fill=255, font=ImageFont.truetype(str(again), 300))
        assert intersection_over_union(ours, opened.outline(char).rasterize(300)[0]) > 0.96, char
        assert intersection_over_union(ours, np.asarray(drawn)) > 0.93, char
