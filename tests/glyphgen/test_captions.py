from pathlib import Path

import pytest

from glyphgen.captions import drawable, label_font, plain_font
from glyphgen.shapes.installed_fonts import code_points, installed_fonts
from tests.conftest import build_bar_font


def test_what_the_plain_font_draws_looks_alike_everywhere() -> None:
    assert drawable("ÄΩЖ a") == ("ÄΩЖ a", plain_font())
    assert label_font(plain_font(), 12).getlength("Ω") > 3


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("一", "U+4E00"),
        ("一二", "U+4E00 U+4E8C"),
        ("A一|二", "AU+4E00|U+4E8C"),
        ("\U00020000", "U+20000"),
        ("A\tB", "AU+0009B"),
        ("\ud800", "U+D800"),
        ("\U0010fffe", "U+10FFFE"),
        ("", ""),
    ],
)
@pytest.mark.usefixtures("no_fonts")
def test_what_no_font_draws_is_named(text: str, shown: str) -> None:
    assert drawable(text) == (shown, plain_font())


@pytest.mark.usefixtures("no_fonts")
def test_an_installed_font_draws_what_the_plain_one_lacks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = build_bar_font(tmp_path / "one.ttf", "U+0123456789ABCDEF一二")
    (tmp_path / "broken.ttf").write_bytes(b"no font")
    monkeypatch.setattr("glyphgen.captions.installed_fonts", lambda: (tmp_path / "broken.ttf", one))
    assert drawable("一二") == ("一二", one)
    assert drawable("一三") == ("一U+4E09", one)
    assert code_points(tmp_path / "broken.ttf") == frozenset()


@pytest.mark.usefixtures("no_fonts")
def test_there_are_fonts_on_every_machine() -> None:
    assert plain_font() in installed_fonts()
    assert {path.parent for path in installed_fonts()} == {plain_font().parent}
