from pathlib import Path

import numpy as np
import pytest

from glyphgen.captions import plain_font
from glyphgen.datasets.synthetic import LineSynth
from glyphgen.faces import font_collection as fonts
from glyphgen.faces.face import LEVELS_PX
from glyphgen.faces.font_collection import FontCollectionSource
from glyphgen.script import Grapheme, Script, load_script
from glyphgen.shapes.font_file import FontError
from glyphgen.shapes.installed_fonts import find_fonts, font_for, installed_fonts
from glyphgen.texts.chinese import ChineseCorpus
from tests.conftest import build_toy_font

ALNUM = load_script("alnum")


def dejavu() -> list[Path]:
    return [plain_font(), plain_font().with_name("DejaVuSerif.ttf")]


def test_fonts_are_found_by_file_and_by_name(toy_font: Path) -> None:
    assert find_fonts([str(toy_font)]) == [toy_font]
    assert {path.stem for path in find_fonts(["DejaVuSans-Bold"])} >= {"DejaVuSans-Bold"}
    with pytest.raises(FontError, match="no font 'NoSuchFont'"):
        find_fonts(["NoSuchFont"])


def test_glyphs_are_drawn_when_asked_for_and_the_oldest_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    face = FontCollectionSource(dejavu()[:1], ALNUM).faces(1, np.random.default_rng(0))[0]
    assert len(face.cuts[1]) == 0
    for level, px in enumerate(LEVELS_PX):
        assert abs(face.cuts[level]["H"][0].coverage.shape[0] - px) <= 4
    assert len(face.cuts[1]) == 1
    monkeypatch.setattr(fonts, "MAX_CUTS", 5)
    for char in ALNUM.visible:
        assert face.cut(char, 1, np.random.default_rng(0)).coverage.max() == 255
    assert len(face.cuts[1]) <= 5


def test_a_line_takes_a_face_that_draws_its_text(toy_font: Path) -> None:
    script = Script("both", tuple(Grapheme(char) for char in "ABCÉ"))
    source = FontCollectionSource([toy_font, *dejavu()[:1]], script)
    assert source.covered == "ABCÉ"
    faces = source.faces(4, np.random.default_rng(0))
    assert sorted(face.can_write("É") for face in faces) == [False, False, True, True]
    assert all(face.can_write("AB C") for face in faces)
    with pytest.raises(FontError, match="none of 1 fonts"):
        FontCollectionSource([toy_font], Script("hebrew", (Grapheme("א"),)))


def test_running_chinese_is_what_the_script_has() -> None:
    chars = "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出"
    chars += "就分对成会可主发年动同工也能下过子说产种面而方后多，。0123456789"
    script = Script("some", tuple(Grapheme(char) for char in chars))
    corpus = ChineseCorpus(script, script.visible, 9, 0.1)
    rng = np.random.default_rng(0)
    texts = [corpus.draw(rng)[0] for _ in range(300)]
    assert all(1 <= len(text) <= 9 and script.can_write(text) for text in texts)
    assert sum(len(text) > 3 for text in texts) > 150
    assert corpus.draw(np.random.default_rng(5)) == corpus.draw(np.random.default_rng(5))
    rare = ChineseCorpus(script, script.visible, 9, 1.0)
    seen = [char for _ in range(400) for char in rare.draw(rng)[0]]
    assert len(set(seen)) == len(script.visible)


def test_large_alphabets_come_from_a_list_and_are_rendered(tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text(" \nA\nb\nÄ\nb\n", encoding="utf-8")
    script = load_script(tmp_path / "list.txt")
    assert script.alphabet == " AbÄ"
    source = FontCollectionSource(dejavu(), script)
    synth = LineSynth(source, ChineseCorpus(script, source.covered, 6, 1.0), "print", 0, "train", 40, n_faces=3)
    assert all(len(synth[i].boxes) == len(synth[i].text.replace(" ", "")) for i in range(40))
    assert np.array_equal(synth[7].image, LineSynth(source, synth.corpus, "print", 0, "train", 40, n_faces=3)[7].image)


def test_a_font_for_a_text() -> None:
    path = font_for("ÄΩ")
    assert path is not None
    assert font_for("\U0010fffe") is None


def test_a_font_that_draws_nothing_is_passed_over_among_others(tmp_path: Path) -> None:
    empty = build_toy_font(tmp_path / "empty.ttf", empty="ABCX")
    half = build_toy_font(tmp_path / "half.ttf", "ABC", empty="B")
    script = Script("abc", tuple(Grapheme(char) for char in "ABC"))
    source = FontCollectionSource([empty, half, build_toy_font(tmp_path / "whole.ttf")], script)
    assert source.listing() == [("abc", "empty.ttf", 3), ("abc", "half.ttf", 3), ("abc", "whole.ttf", 3)]
    faces = source.faces(6, np.random.default_rng(1))
    assert sorted(face.can_write("B") for face in faces) == [False] * 3 + [True] * 3
    assert all(face.can_write("A") for face in faces)
    with pytest.raises(FontError, match=r"empty\.ttf draws nothing"):
        FontCollectionSource([empty], script).faces(2, np.random.default_rng(0))


def test_fonts_of_brackets_and_arrows_have_no_letters() -> None:
    names = {path.stem for path in installed_fonts()}
    assert "cmr10" in names
    assert not names & {"cmex10", "cmsy10"}
