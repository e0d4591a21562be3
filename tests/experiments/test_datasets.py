import re
from pathlib import Path

import cv2
import numpy as np
import pytest

from experiments.datasets import labeled_folders, parse
from experiments.job import SettingError
from glyphgen.files import DataError
from glyphgen.script import ScriptError
from tests.conftest import build_bar_font
from tests.glyphgen.datasets.test_omniglot import write_drawing

DATA = {"name": "hylian_synth", "kind": "synth", "script": "hylian", "font": None, "max_graphemes": 12, "n_faces": 3}
MANY_GLYPHS = {
    "name": "many_glyphs",
    "kind": "many_glyphs",
    "omniglot": "back",
    "omniglot_share": 0.5,
    "omniglot_symmetries": 1,
    "installed_share": 0.0,
    "installed_max_glyphs": 4,
    "installed_fonts_per_script": 1,
    "invented_share": 0.0,
    "n_alphabets": 0,
    "n_glyphs": 6,
    "redrawn_share": 0.0,
    "alphabet_seed": 90,
    "n_way": 0,
    "n_each": 2,
}
MANY_LINES = {
    "name": "many_lines",
    "kind": "many_lines",
    "n_installed": 1,
    "max_letters": 13,
    "n_invented": 1,
    "n_invented_handwritten": 0,
    "n_glyphs": 6,
    "alphabet_seed": 90,
    "max_graphemes": 6,
    "n_faces": 2,
}


def test_splits_share_no_sample() -> None:
    made = {s: parse(DATA).open(s, "line", 0, 30, "none", "data") for s in ("train", "val", "test")}
    pictures = [{made[s][i].image.tobytes() for i in range(30)} for s in made]
    assert not pictures[0] & pictures[1]
    assert not pictures[0] & pictures[2]
    assert not pictures[1] & pictures[2]


def test_a_hand_writes_all_but_the_plain_face() -> None:
    by_hand = parse({**DATA, "hand": "stylus"}).source()
    faces, plain = (source.faces(3, np.random.default_rng(0)) for source in (by_hand, parse(DATA).source()))
    assert [len(face.cuts[0]["A"]) for face in faces] == [1, 4, 4]
    assert np.array_equal(faces[0].cuts[1]["A"][0].coverage, plain[0].cuts[1]["A"][0].coverage)


def test_impossible_data_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="mnist_lines"):
        parse({"name": "mnist", "kind": "mnist"}).open("train", "line", 0, 1, "none", "data")
    with pytest.raises(SettingError, match=r"data\.kind"):
        parse({**DATA, "kind": "video"}).open("train", "line", 0, 1, "none", "data")
    with pytest.raises(DataError, match=r"no labels\.tsv"):
        labeled_folders(tmp_path)
    with pytest.raises(DataError, match="no such folder"):
        labeled_folders(tmp_path / "none")


@pytest.mark.parametrize("name", ["Tengwar", "Old_Church_Slavonic_(Cyrillic)"])
def test_drawings_of_alphabets_that_are_measured_on_are_not_trained_on(tmp_path: Path, name: str) -> None:
    def samples(root: Path) -> int:
        return len(parse(MANY_GLYPHS).open("train", "glyph", 0, 5, "none", str(root)))

    for root in ("clean", "mixed"):
        write_drawing(tmp_path / root / "back/Runic/character01/0001_01.png", (5, 5))
    assert samples(tmp_path / "clean") == 5
    write_drawing(tmp_path / "mixed/back" / name / "character01/0002_01.png", (5, 5))
    with pytest.raises(DataError, match=rf"has drawings of {re.escape(name)}, which few-shot learning is measured on"):
        samples(tmp_path / "mixed")


def test_the_fonts_that_alphabets_come_from_are_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    font = build_bar_font(tmp_path / "Toy.ttf", "ABCDEFGHIJKLMกข")
    monkeypatch.setattr("glyphgen.datasets.font_glyphs.installed_fonts", lambda: (font,))
    monkeypatch.setattr("experiments.datasets.many_lines.installed_fonts", lambda: (font,))
    parse({**MANY_GLYPHS, "omniglot": None, "installed_share": 1.0}).write_fonts(tmp_path / "glyphs")
    assert (tmp_path / "glyphs/fonts.tsv").read_text() == "script\tfont\tglyphs\nLatn\tToy.ttf\t4\nThai\tToy.ttf\t2\n"
    parse(MANY_LINES).write_fonts(tmp_path / "lines")
    assert (tmp_path / "lines/fonts.tsv").read_text() == "script\tfont\tglyphs\nLatn\tToy.ttf\t13\n"
    for other in (DATA, MANY_GLYPHS, {**MANY_LINES, "n_installed": 0}):
        parse(other).write_fonts(tmp_path / "none")
    assert not (tmp_path / "none").exists()


def test_stored_lines_are_mixed_with_rendered_ones_for_training_only(tmp_path: Path) -> None:
    font = build_bar_font(tmp_path / "Toy.ttf", "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
    for part in ("train", "test"):
        (tmp_path / part).mkdir()
        rng = np.random.default_rng(len(part))
        for i in range(20):
            cv2.imwrite(str(tmp_path / part / f"{i}.png"), rng.integers(0, 255, (80, 200, 3)).astype(np.uint8))
        (tmp_path / part / "labels.tsv").write_text("".join(f"{i}.png\tSTORED\n" for i in range(20)))
    rendered = {
        "name": "captcha_synth",
        "kind": "captcha_synth",
        "script": "alnum",
        "fonts": [str(font)],
        "n_faces": 2,
        "n_range": [7, 8],
    }
    data = {
        "name": "captcha",
        "kind": "lines",
        "script": "alnum",
        "path": "train",
        "test_path": "test",
        "held_out": 0.2,
        "split_seed": 0,
        "deformation": {},
        "rendered": rendered,
        "rendered_share": 0.5,
    }
    texts = {
        s: [x.text for x in parse(data).open(s, "line", 0, 100, "none", str(tmp_path))]
        for s in ("train", "val", "test")
    }
    assert set(texts["val"]) == set(texts["test"]) == {"STORED"}
    assert 30 < texts["train"].count("STORED") < 70
    assert all(text == "STORED" or len(text) > 6 for text in texts["train"])
    parse(data).write_fonts(tmp_path)
    assert (tmp_path / "fonts.tsv").read_text() == "script\tfont\tglyphs\nalnum\tToy.ttf\t36\n"
    for setting, wrong, name in [
        ("rendered", "captcha_synth", r"say data@data\.rendered=captcha_synth"),
        (
            "rendered",
            {**rendered, "kind": "many_lines"},
            r"data\.rendered\.kind must be captcha_synth, not 'many_lines'",
        ),
        ("rendered", {"name": "c", "kind": "captcha_synth"}, r"data\.rendered\.fonts is missing"),
        ("rendered", {**rendered, "fonts": "DejaVuSans"}, r"data\.rendered\.fonts must be a list"),
        ("rendered", {**rendered, "script": "hylian"}, r"data\.rendered\.script=hylian"),
        *(
            ("rendered", {**rendered, "n_range": n}, r"data\.rendered\.n_range")
            for n in (None, 5, [4], [8, 4], [0, 4], ["a", "b"])
        ),
        *(("rendered", {**rendered, "n_faces": n}, r"data\.rendered\.n_faces") for n in (0, -3, "abc", True)),
        *(("rendered_share", share, r"data\.rendered_share") for share in (1.5, "half", None, True)),
    ]:
        with pytest.raises(SettingError, match=name):
            parse({**data, setting: wrong}).open("train", "line", 0, 5, "none", str(tmp_path))


def test_every_alphabet_has_a_face_however_few_are_asked_for() -> None:
    data = {**MANY_LINES, "n_installed": 0, "n_invented": 3}
    lines = parse(data).open("val", "line", 0, 20, "none", "", {"n_faces": 1})
    assert len({lines[i].text[0] for i in range(20)}) > 6


def test_one_shot_runs_are_nothing_to_train_on(tmp_path: Path) -> None:
    for part in ("training", "test"):
        write_drawing(tmp_path / "back/run01" / part / "class01.png", (5, 5))
    with pytest.raises(DataError, match="one-shot runs"):
        parse(MANY_GLYPHS).open("train", "glyph", 0, 5, "none", str(tmp_path))


def test_an_unknown_script_of_other_writing_is_refused_before_anything_is_trained() -> None:
    known = parse({**DATA, "other_scripts": ["*", "sheikah"]})
    known.check("page", 0, "data", is_measured=False, is_trained=True)
    with pytest.raises((DataError, ScriptError), match="nowhere"):
        parse({**DATA, "other_scripts": ["nowhere"]}).check("page", 0, "data", is_measured=False, is_trained=True)
