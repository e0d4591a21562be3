from pathlib import Path

import pytest

from glyphgen.font import FontError, OpenFont, drawn_alike, script_toml
from glyphgen.script import Script, load_script
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
