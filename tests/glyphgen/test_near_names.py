"""Messages on what is missing: what it is, where the way to it ends, and the nearest names there."""

from pathlib import Path

import pytest

from glyphgen.images import PictureError, load_picture
from glyphgen.near_names import did_you_mean, no_such
from glyphgen.script import ScriptError, load_script


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "docs/pictures").mkdir(parents=True)
    (tmp_path / "docs/picture.txt").write_text("x")
    (tmp_path / "sign.png").write_bytes(b"x")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_nearest_names_are_offered() -> None:
    assert did_you_mean("hylain", ["hylian", "mnist"]) == "; did you mean hylian?"
    assert did_you_mean("klingon", ["hylian", "mnist"]) == ""


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("sgn.png", "no such file: sgn.png; did you mean sign.png?"),
        ("docs/picturs/", "no such folder: docs/picturs/; did you mean docs/pictures?"),
        (
            "docs/picturs/a.png",
            "no such file: docs/picturs/a.png (there is no folder docs/picturs); did you mean docs/pictures?",
        ),
        ("quite/else", "no such file: quite/else (there is no folder quite)"),
        ("sign.png/a", "no such file: sign.png/a"),
        ("/nowhere", "no such file: /nowhere"),
    ],
)
def test_what_is_missing_is_named_with_what_is_near(here: Path, name: str, said: str) -> None:
    assert no_such(name) == said


def test_folders_are_offered_for_folders(here: Path) -> None:
    assert no_such("docs/picture", "folder") == "no such folder: docs/picture; did you mean docs/pictures?"


def test_pictures_and_scripts_that_are_not_there_are_told_so(here: Path) -> None:
    with pytest.raises(PictureError, match=r"no such file: sgn\.png; did you mean sign\.png\?"):
        load_picture("sgn.png")
    with pytest.raises(PictureError, match=r"no such folder: docs/picturs/; did you mean docs/pictures\?"):
        load_picture("docs/picturs/")
    with pytest.raises(PictureError, match="no such file or folder: docs/picturs;"):
        load_picture("docs/picturs")
    with pytest.raises(ScriptError, match=r"no script 'hylain'.*; did you mean hylian or hylian_tp\?"):
        load_script("hylain")
    with pytest.raises(ScriptError, match=r"no such script file: hylian\.toml$"):
        load_script("hylian.toml")
