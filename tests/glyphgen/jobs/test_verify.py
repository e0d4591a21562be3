"""`verify` finds every way in which a set is not what it says."""

import re
import shutil
from pathlib import Path

import numpy as np
import pytest

from glyphgen.__main__ import main
from glyphgen.files import DataError
from glyphgen.formats.catalog import FORMATS
from glyphgen.formats.format import png
from glyphgen.jobs.card import CARD, SUMS, checksum, read_card
from glyphgen.jobs.chunks import render_set
from glyphgen.jobs.plan import Plan
from glyphgen.jobs.verify import verify_set
from glyphgen.render.augmentation import PRESETS
from glyphgen.render.direction import DIRECTIONS


def plan(**changed) -> Plan:
    settings = {"counts": {"train": 9, "val": 0, "test": 4}, "n_faces": 2, "per_file": 5}
    return Plan(**{**settings, **changed}).with_inputs()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("made") / "set"
    render_set(plan(), out)
    return out


@pytest.fixture
def copy(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "set"))


@pytest.mark.parametrize("name", list(FORMATS))
def test_a_set_of_every_format_is_what_it_says(tmp_path: Path, name: str) -> None:
    these = plan(format=name, masks=FORMATS[name].has_masks)
    render_set(these, tmp_path / "set")
    found = verify_set(tmp_path / "set", n_again=3)
    assert (found.faults, found.notes, found.n_again) == ([], [], 6)
    assert found.n_files > 0
    assert Plan.from_settings(read_card(tmp_path / "set")["settings"]) == these


def test_pages_are_made_again_too(tmp_path: Path) -> None:
    render_set(plan(unit="page", size_px=(96, 96), counts={"train": 3, "val": 0, "test": 0}), tmp_path / "set")
    assert verify_set(tmp_path / "set", n_again=2).n_again == 2


def test_sets_written_by_hand_are_made_again_and_ones_of_before_had_no_hand(tmp_path: Path) -> None:
    counts = {"train": 4, "val": 0, "test": 0}
    render_set(plan(hand="mixed", counts=counts, n_faces=4), tmp_path / "set")
    assert verify_set(tmp_path / "set", n_again=2).n_again == 2
    settings = plan(counts=counts).to_settings()
    assert settings.pop("hand") == ""
    assert Plan.from_settings(settings) == plan(counts=counts)


def test_what_is_missing_changed_or_added_is_named(copy: Path) -> None:
    (copy / "train/000002.png").unlink()
    (copy / "test/labels.tsv").write_text("000000.png\tLIE\n")
    (copy / "test/another.png").write_bytes(b"")
    assert verify_set(copy).faults == [
        "train/000002.png is missing",
        "test/labels.tsv has changed",
        "test/another.png is not of this set",
    ]


def test_a_list_of_checksums_that_was_mended_is_found(copy: Path) -> None:
    (copy / "train/labels.tsv").write_text("000000.png\tLIE\n")
    digest = checksum(copy / "train/labels.tsv")[0]
    rows = (copy / SUMS).read_text().splitlines()
    (copy / SUMS).write_text(
        "".join(f"{digest if row.endswith('train/labels.tsv') else row[:64]}{row[64:]}\n" for row in rows)
    )
    assert verify_set(copy).faults == ["files.sha256 is not the list that dataset.toml names"]


def test_pictures_of_other_settings_are_found(tmp_path: Path, made: Path) -> None:
    """A card that tells of another seed, with checksums to match."""
    text = (made / CARD).read_text()
    assert "seed = 0\n" in text
    shutil.copytree(made, tmp_path / "set")
    (tmp_path / "set" / CARD).write_text(text.replace("seed = 0\n", "seed = 1\n"))
    faults = verify_set(tmp_path / "set", n_again=2).faults
    assert len(faults) == 4  # two of each split
    assert all("was made differently" in fault for fault in faults)


def test_a_pixel_is_found_though_the_checksums_are_right(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def darker(image: np.ndarray) -> bytes:
        return png(np.where(image > 0, image - 1, image).astype(np.uint8))

    monkeypatch.setattr("glyphgen.formats.format.png", darker)
    render_set(plan(), tmp_path / "set")
    assert verify_set(tmp_path / "set", n_again=1).faults == [
        "picture 0 of train was made differently: pixels differ by up to 1 of 255",
        "picture 0 of test was made differently: pixels differ by up to 1 of 255",
    ]


def test_a_script_that_changed_since_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    strokes = (Path(__file__).parents[3] / "glyphgen/scripts/hylian.toml").read_text(encoding="utf-8")
    Path("own.toml").write_text(strokes, encoding="utf-8")
    render_set(plan(script="own.toml"), tmp_path / "set")
    Path("own.toml").write_text(strokes + "\n", encoding="utf-8")
    found = verify_set(tmp_path / "set")
    assert (found.faults, found.n_again) == ([], 0)
    assert found.notes == ["no picture was made again: script has changed since"]
    assert main(["verify", "set"]) == 1
    Path("own.toml").unlink()
    assert main(["verify", "set"]) == 1


@pytest.mark.parametrize(
    ("true", "false", "fault"),
    [
        ("train = 9", "train = 7", "there are more pictures of train than the 7 of its settings"),
        ("test = 4", "test = 6", "there is no picture 5 of test"),
        ('"blur.share" = 0.3', '"blur.share" = 0.0', "another look than that of its settings"),
        ("\nn = 18", "\nn = 17", "tells of other files than the 18 of"),
        ('format = "folder"', 'format = "lmdb"', "there is no picture 0 of train"),
    ],
)
def test_a_card_that_says_something_else_is_found(copy: Path, true: str, false: str, fault: str) -> None:
    text = (copy / CARD).read_text()
    assert text.count(true) == 1
    (copy / CARD).write_text(text.replace(true, false))
    assert any(fault in one for one in verify_set(copy, n_again=4).faults)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[settings\n", "is damaged"),
        ("[settings]\nseed = 0\n", "is not complete"),
        ("[files]\nn = 1\n", "is damaged: 'settings'"),
    ],
)
def test_a_card_that_is_damaged_is_named(copy: Path, text: str, message: str) -> None:
    (copy / CARD).write_text(text)
    with pytest.raises(DataError, match=message):
        verify_set(copy)


def test_settings_of_another_version_are_named() -> None:
    with pytest.raises(DataError, match="the setting 'weather' is unknown here"):
        Plan.from_settings({"counts": {"train": 1, "val": 0, "test": 0}, "weather": "rain"})
    with pytest.raises(DataError, match="a setting is missing"):
        Plan.from_settings({})
    for changed in ({"seed": 1.5}, {"script": 5}, {"inputs": 5}, {"fonts": "x"}):
        with pytest.raises(DataError, match=f"another kind: {next(iter(changed))} is"):
            Plan.from_settings({**plan().to_settings(), **changed})


def test_the_command_says_it_and_fails(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", str(copy), "--again", "2"]) == 0
    assert "18 files are as they were written, 4 pictures made again are the same" in capsys.readouterr().out
    (copy / "sheet.png").write_bytes(b"")
    assert main(["verify", str(copy)]) == 2
    assert "sheet.png has changed" in capsys.readouterr().err
    assert main(["verify", str(copy.parent)]) == 2
    assert "is no data set by" in capsys.readouterr().err


def test_changed_numbers_and_further_scripts_are_of_the_set_and_made_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = "render --unit page --size 320x240 --count 3 --n-faces 2 --also gerudo sheikah --set"
    given = [*command.split(), "page.plain_share=1", "page.boards_per_megapixel=60", "--out", str(tmp_path / "set")]
    assert main(given) == 0
    card = read_card(tmp_path / "set")
    assert card["settings"]["also"] == ["gerudo", "sheikah"]
    assert card["settings"]["changes"] == ["page.plain_share=1", "page.boards_per_megapixel=60"]
    assert card["look"]["page.boards_per_megapixel"] == 60.0
    assert {"script", "also.gerudo", "also.sheikah", "hylian_words"} <= set(card["settings"]["inputs"])
    assert main(["verify", str(tmp_path / "set")]) == 0
    plain = plan(unit="page")
    assert plan(unit="page", changes=("page.plain_share=1",)).augmentation.page.plain_share == 1.0
    assert plain.augmentation == plan(unit="page", changes=()).augmentation
    assert main([*given[:-3], "page.rim_share=0.5", "--out", str(tmp_path / "set")]) == 2
    assert "is of other settings: changes" in capsys.readouterr().err


def test_help_names_every_format_and_direction(capsys: pytest.CaptureFixture[str]) -> None:
    from glyphgen.__main__ import DIRECTIONS as WAYS
    from glyphgen.__main__ import FORMATS as NAMED

    assert list(NAMED) == list(FORMATS)
    assert list(WAYS) == list(DIRECTIONS)
    with pytest.raises(SystemExit):
        main(["render", "--help"])
    shown = " ".join(capsys.readouterr().out.split())
    assert all(f"{name}: {what}" in shown for name, what in NAMED.items())
    assert all(re.search(rf"\b{look}\b", shown) for look in PRESETS)
