from pathlib import Path

import numpy as np
import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.t2CharStringPen import T2CharStringPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont
from fontTools.ttLib.tables._c_m_a_p import CmapSubtable

from glyphgen.script import Script, load_script, script_toml
from glyphgen.shapes.font_file import FontError, OpenFont, build_font
from glyphgen.shapes.likeness import drawn_alike
from glyphgen.shapes.pen import Drawing
from tests.conftest import build_toy_font


def test_outlines_keep_counters_and_advance(toy_font: Path, toy_script: Script) -> None:
    outlines = OpenFont(toy_font).outlines(toy_script)
    assert set(outlines) == set("ABC")
    assert outlines["B"].area == pytest.approx(0.36 - 0.04)
    assert outlines["A"].advance_em == 0.7


def test_letters_drawn_alike_are_grouped_and_make_a_script(toy_font: Path, tmp_path: Path) -> None:
    font = OpenFont(toy_font)
    groups = drawn_alike(font, font.characters())
    assert groups == ["AX", "B", "C"]
    path = tmp_path / "new.toml"
    path.write_text(script_toml("new", groups))
    script = load_script(path)
    assert script.canonical("XCAB") == "ACAB"
    assert script.ignores_case
    for groups, ignores_case in ((["A", "a"], False), (["AB", "ba"], False), (["A", "b", "µ", "ß"], True)):
        path.write_text(script_toml("new", groups, has_space=False))
        assert load_script(path).ignores_case == ignores_case
        assert load_script(path).alphabet == "".join(group[0] for group in groups)


def test_a_font_without_ink_for_a_grapheme_lists_it(tmp_path: Path, toy_script: Script) -> None:
    with pytest.raises(FontError, match="nothing for B C of"):
        OpenFont(build_toy_font(tmp_path / "gap.ttf", "ABX", empty="B")).outlines(toy_script)


def test_a_shared_shape_may_be_drawn_by_its_other_letter(tmp_path: Path, toy_script: Script) -> None:
    assert "A" in OpenFont(build_toy_font(tmp_path / "x.ttf", "XBC")).outlines(toy_script)


@pytest.mark.parametrize("content", [b"", b"hello", b"\x00\x01\x00\x00" + b"\xff" * 40])
def test_what_is_not_a_font_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bad.ttf"
    path.write_bytes(content)
    with pytest.raises(FontError, match=r"bad\.ttf"):
        OpenFont(path)
    with pytest.raises(FontError, match="no such font"):
        OpenFont(tmp_path / "none.ttf")


def build_postscript_font(path: Path) -> Path:
    """A CFF font: O is a ring of cubic curves; its last cmap is empty."""
    pens = {name: T2CharStringPen(600, None) for name in (".notdef", "O")}
    pens[".notdef"].closePath()
    for radius, sign in ((300, 1), (150, -1)):  # counter-clockwise around ink, clockwise around the counter
        k = 0.5523 * radius
        ends = [(radius, 0), (0, radius), (-radius, 0), (0, -radius), (radius, 0)]
        controls = [
            ((radius, k), (k, radius)),
            ((-k, radius), (-radius, k)),
            ((-radius, -k), (-k, -radius)),
            ((k, -radius), (radius, -k)),
        ]
        place = [(300 + x, 300 + sign * y) for x, y in ends]
        pens["O"].moveTo(place[0])
        for (a, b), end in zip(controls, place[1:], strict=True):
            pens["O"].curveTo((300 + a[0], 300 + sign * a[1]), (300 + b[0], 300 + sign * b[1]), end)
        pens["O"].closePath()
    builder = FontBuilder(1000, isTTF=False)
    builder.setupGlyphOrder(list(pens))
    builder.setupCharacterMap({ord("O"): "O"})
    builder.setupCFF("Ring", {}, {name: pen.getCharString() for name, pen in pens.items()}, {})
    builder.setupHorizontalMetrics(dict.fromkeys(pens, (600, 0)))
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": "Ring", "styleName": "Regular"})
    builder.setupOS2()
    builder.setupPost()
    last = CmapSubtable.newSubtable(4)
    last.platformID, last.platEncID, last.language, last.cmap = 3, 10, 0, {}
    builder.font["cmap"].tables.append(last)
    builder.save(path)
    return path


def test_postscript_outlines_curve_and_grow_when_bolder_and_an_empty_last_map_hides_nothing(tmp_path: Path) -> None:
    font = OpenFont(build_postscript_font(tmp_path / "ring.otf"))
    ring = font.outline("O")
    assert ring is not None
    assert ring.area == pytest.approx(np.pi * (0.3**2 - 0.15**2), rel=0.01)
    assert ring.embolden(0.02).area > ring.area
    coverage, left, top = ring.rasterize(100)
    assert coverage[round(-30 - top), round(30 - left)] == 0  # the counter
    assert list(font.characters()) == ["O"]


def test_quadratic_curves_without_points_on_them(tmp_path: Path) -> None:
    pen = TTGlyphPen(None)
    pen.qCurveTo((600, 0), (600, -600), (0, -600), (0, 0), None)  # clockwise, as TrueType has it
    pen.closePath()
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder([".notdef", "O"])
    builder.setupCharacterMap({ord("O"): "O"})
    builder.setupGlyf({".notdef": TTGlyphPen(None).glyph(), "O": pen.glyph()})
    builder.setupHorizontalMetrics(dict.fromkeys((".notdef", "O"), (600, 0)))
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": "Blob", "styleName": "Regular"})
    builder.setupOS2()
    builder.setupPost()
    builder.save(tmp_path / "blob.ttf")
    blob = OpenFont(tmp_path / "blob.ttf").outline("O")
    assert blob is not None
    # four arcs between the middles of a square's sides hold 5/6 of it
    assert blob.area == pytest.approx(0.36 * 5 / 6, rel=0.01)


def test_woff2_draws_the_same(toy_font: Path, tmp_path: Path) -> None:
    font = TTFont(toy_font)
    font.flavor = "woff2"
    font.save(tmp_path / "toy.woff2")
    one, two = OpenFont(toy_font).outline("B"), OpenFont(tmp_path / "toy.woff2").outline("B")
    assert one is not None
    assert two is not None
    assert np.array_equal(one.rasterize(40)[0], two.rasterize(40)[0])


def test_damaged_fonts_are_named_never_a_surprise(hylian: Drawing, tmp_path: Path) -> None:
    build_font(hylian, tmp_path / "whole.ttf", "Toy")
    raw, rng = (tmp_path / "whole.ttf").read_bytes(), np.random.default_rng(0)
    messages = []
    for k in range(120):
        bad = bytearray(raw[: int(rng.integers(20, len(raw)))] if k % 3 == 0 else raw)
        for place in rng.integers(0, len(bad), 12).tolist():
            bad[place] = int(rng.integers(256))
        (tmp_path / "bad.ttf").write_bytes(bytes(bad))
        try:
            OpenFont(tmp_path / "bad.ttf").outlines(hylian.script)
        except FontError as error:
            messages.append(str(error))
    assert len(messages) > 30
    assert all("bad.ttf" in message for message in messages)
