from pathlib import Path

import cv2
import pytest

from glyphgen.__main__ import main
from glyphgen.faces.font_collection import group_alike
from glyphgen.jobs.card import read_card
from glyphgen.script import Script, script_toml
from glyphgen.shapes.font_file import FontError, OpenFont
from glyphgen.shapes.outline import Outline
from glyphgen.shapes.pen import Drawing
from tests.conftest import build_toy_font


def test_font_sheet_and_inspect_make_a_new_script_with_no_code(
    tmp_path: Path, toy_toml: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    font, toml, sheet = tmp_path / "toy.ttf", tmp_path / "found.toml", tmp_path / "sheet.png"
    assert main(["font", "--script", str(toy_toml), "--out", str(font)]) == 0
    assert main(["inspect", str(font), "--toml", str(toml)]) == 0
    out = capsys.readouterr().out
    assert "A=X" in out
    assert main(["sheet", "--script", str(toml), "--font", str(font), "--out", str(sheet)]) == 0
    assert cv2.imread(str(sheet)).min() == 0
    assert (
        main(["render", "--script", str(toml), "--font", str(font), "--count", "5", "--out", str(tmp_path / "set")])
        == 0
    )
    assert len((tmp_path / "set/labels.tsv").read_text().splitlines()) == 5


def test_alike_tells_which_letters_fonts_draw_with_one_shape(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    toml, tsv = tmp_path / "four.toml", tmp_path / "alike.tsv"
    toml.write_text(script_toml("four", ["A", "B", "C", "X"]))
    for name, letters, empty in (
        ("all", "ABCX", ""),
        ("three", "ABC", ""),
        ("blank", "ABCX", "ABCX"),
        ("one", "A", ""),
    ):
        build_toy_font(tmp_path / f"{name}.ttf", letters, empty, full_name=name)
    build_toy_font(tmp_path / "again.ttf", full_name="all")
    (tmp_path / "other").mkdir()
    build_toy_font(tmp_path / "other" / "all.ttf", full_name="another of that file name")
    (tmp_path / "no.ttf").write_bytes(b"no font")
    names = ("all", "again", "three", "blank", "one", "no", "other/all")
    fonts = [str(tmp_path / f"{name}.ttf") for name in names]
    assert main(["alike", *fonts, "--script", str(toml), "--least", "1", "--most", "2", "--tsv", str(tsv)]) == 0
    out = capsys.readouterr().out
    assert out.startswith("3 fonts that draw at least half of four; 4 others passed over")
    assert [line.split() for line in out.splitlines() if "A=X" in line] == [["A=X", "66.67%", "2"]]
    # A and X are guessed right one time in two: three letters of four in two fonts, all of the third
    assert [line.split()[-1] for line in out.splitlines() if "letters  " in line] == [
        "83.33%",
        f"{(2 * 0.75**2 + 1) / 3:.2%}",
    ]
    assert tsv.read_text() == f"font\tdrawn alike\n{fonts[0]}\tAX\n{fonts[2]}\t\n{fonts[6]}\tAX\n"
    assert main(["alike", fonts[2], "--script", str(toml)]) == 0
    assert "none draws two letters with one shape" in capsys.readouterr().out
    assert main(["alike", fonts[3], "--script", str(toml)]) == 2
    assert "none of 1 fonts" in capsys.readouterr().err
    assert main(["alike", fonts[0], str(tmp_path / "misspelt.ttf")]) == 2
    assert "misspelt.ttf" in capsys.readouterr().err


def test_a_command_that_is_stopped_says_so(
    toy_font: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(OpenFont, "has_ink", stop)
    assert main(["alike", str(toy_font)]) == 130
    assert capsys.readouterr().err.rstrip().endswith("stopped")


def test_alike_leaves_out_glyphs_that_are_damaged(
    tmp_path: Path, toy_script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, sound = build_toy_font(tmp_path / "toy.ttf"), OpenFont.outline

    def outline(font: OpenFont, char: str) -> Outline | None:
        if char == "B":
            raise FontError("damaged")
        return sound(font, char)

    monkeypatch.setattr(OpenFont, "outline", outline)
    ((_, groups),) = group_alike([path], toy_script)
    assert groups == ["A", "C"]  # A and X are one grapheme of this script


def test_compare_finds_the_drawing_like_itself(
    tmp_path: Path, hylian: Drawing, capsys: pytest.CaptureFixture[str]
) -> None:
    for grapheme in hylian.script.graphemes[:-1]:
        name = "".join(sorted(grapheme.letters))
        cv2.imwrite(str(tmp_path / f"{name}.png"), 255 - hylian.outline(grapheme.canonical).rasterize(280)[0])
    assert main(["compare", str(tmp_path), "--out", str(tmp_path / "o.png")]) == 0
    last = capsys.readouterr().out.splitlines()[-1]
    assert float(last.split()[1].rstrip(",")) > 0.98
    assert last.endswith("21 glyphs")


def test_a_set_and_a_sheet_are_written_by_hand(toy_toml: Path, tmp_path: Path) -> None:
    script, pictures = ["--script", str(toy_toml)], []
    for hand in ([], ["--hand", "mouse"], ["--hand", "stylus"]):
        out, sheet = tmp_path / f"set{len(pictures)}", tmp_path / f"sheet{len(pictures)}.png"
        many = ["--count", "3", "--n-faces", "2", "--unit", "glyph", "--augment", "none", "--out", str(out)]
        assert main(["render", *script, *hand, *many]) == 0
        assert main(["sheet", *script, *hand, "--out", str(sheet)]) == 0
        pictures.append((sheet.read_bytes(), (out / "000001.png").read_bytes()))
        given = read_card(out)["settings"]["hand"]
        assert given == (hand[1] if hand else "")
    assert len({sheet for sheet, _ in pictures}) == 3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["font", "--script", "klingon", "--out", "x.ttf"], "klingon"),
        (["inspect", "/none.ttf"], "no such font"),
        (["alike", "no-such-font"], "no-such-font"),
        (["alike", "--least", "5", "--most", "4"], "--least 5"),
        (["alike", "-n", "0"], "-n must be"),
        (["render", "--count", "0", "--out", "x"], "--count"),
        (["render", "--augment", "rain", "--out", "x"], "rain"),
        (["sheet", "--script", "digits", "--out", "x.png"], "no strokes"),
        (["sheet", "--hand", "mouse", "--font", "a.ttf", "--out", "x.png"], "leave out --font"),
        (["render", "--hand", "mouse", "--font", "a.ttf", "--out", "x"], "leave out --font"),
        (["render", "--hand", "stylus", "--script", "digits", "--out", "x"], "'digits' has no strokes"),
        (["compare", "/none"], "no picture for"),
    ],
)
def test_bad_input_ends_with_a_message_and_code_2(
    arguments: list[str],
    message: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    assert message in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_font_without_hylian_lists_what_it_lacks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    font = build_toy_font(tmp_path / "toy.ttf")
    assert main(["inspect", str(font), "--script", "hylian"]) == 2
    assert "draws nothing for D E" in capsys.readouterr().err
