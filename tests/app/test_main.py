import functools
import json
import shutil
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import cv2
import jsonschema
import numpy as np
import pytest
from PIL import Image

from app.__main__ import main
from glyphgen.faces.sources import DrawnSource
from glyphgen.render.layout import Spacing, lay_out
from glyphgen.script import Script
from glyphgen.shapes.pen import Drawing
from recognizers.bundle import save
from recognizers.reading import SCHEMA as SCHEMA_NAME
from recognizers.released import scripts_of_pages
from tests.conftest import clean_picture, tiny

ROOT = Path(__file__).parent.parent.parent
SCHEMA = json.loads((ROOT / "app" / "reading.schema.json").read_text(encoding="utf-8"))


@pytest.fixture
def sign(hylian: Drawing, tmp_path: Path) -> Path:
    face = DrawnSource(hylian).faces(1, np.random.default_rng(0))[0]
    line = lay_out("LINK", face, 1, Spacing(tracking=0.05), np.random.default_rng(0))
    x0, y0, x1, y1 = (round(v) for v in line.extent)
    coverage = line.coverage[y0 - 14 : y1 + 14, x0 - 14 : x1 + 14]
    path = tmp_path / "sign.png"
    cv2.imwrite(str(path), 255 - coverage)
    return path


def test_a_picture_is_read(sign: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["read", str(sign)]) == 0
    assert capsys.readouterr().out == "LINK\n"


@pytest.fixture
def board(hylian: Drawing, tmp_path: Path) -> Path:
    path = tmp_path / "board.png"
    Image.fromarray(clean_picture(hylian, ["GERUDO TOWN", "KING OF HYRULE"])).save(path)
    return path


def test_lines_are_printed_in_english_in_shapes_or_raw(board: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for options, want in (
        ([], "GERUDO TOWN\nKING OF HYRULE\n"),
        (["--graphemes"], "DERUDO TOEN\nKIND OR HYRULE\n"),
        (["--letters", "raw"], "DERUDO TOEN\nKIND OR HYRULE\n"),
    ):
        assert main(["read", str(board), *options]) == 0
        assert capsys.readouterr().out == want


def test_how_a_picture_lies_and_how_many_a_file_holds_is_told_beside_the_text(
    board: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    upright = Image.open(board)
    upright.rotate(90, expand=True).save(tmp_path / "aside.png")
    assert main(["read", str(tmp_path / "aside.png")]) == 0
    out, err = capsys.readouterr()
    assert out == "GERUDO TOWN\nKING OF HYRULE\n"
    assert "turned by 270° clockwise" in err
    upright.save(tmp_path / "moving.gif", save_all=True, append_images=[upright.rotate(180), upright])
    assert main(["read", str(tmp_path / "moving.gif")]) == 0
    out, err = capsys.readouterr()
    assert out == "GERUDO TOWN\nKING OF HYRULE\n"
    assert "holds several pictures; the first was read" in err
    assert main(["read", str(board)]) == 0
    assert capsys.readouterr().err == ""


def test_a_line_in_doubt_is_left_out_of_the_text_and_told(
    board: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from recognizers.page.many_scripts import ManyScripts

    read_page = ManyScripts.read_page

    def in_doubt(self: ManyScripts, picture: object) -> object:
        page = read_page(self, picture)
        first, second = page.lines
        reading = replace(second.reading, is_script=False)
        return replace(page, lines=(first, replace(second, script="", reading=reading, chance=0.6)))

    monkeypatch.setattr(ManyScripts, "read_page", in_doubt)
    assert main(["read", str(board)]) == 0
    out, err = capsys.readouterr()
    assert out == "GERUDO TOWN\n"
    assert "in doubt, and left out: KIND OR HYRULE (hylian, 60 %)" in err


def test_a_word_of_the_user_is_read(hylian: Drawing, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Image.fromarray(clean_picture(hylian, ["JORGOZ INN"])).save(tmp_path / "inn.png")
    (tmp_path / "words.txt").write_text("Jorgoz\n")
    assert main(["read", str(tmp_path / "inn.png"), "--words", str(tmp_path / "words.txt")]) == 0
    assert capsys.readouterr().out == "JORGOZ INN\n"


def test_weights_of_a_glyph_recognizer_read_lines_and_single_glyphs(
    sign: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["read", str(sign), "--weights", "cnn_hylian", "--one-line", "--graphemes"]) == 0
    assert capsys.readouterr().out == "LINK\n"
    cv2.imwrite(str(tmp_path / "l.png"), cv2.imread(str(sign))[:, : cv2.imread(str(sign)).shape[1] // 4 + 8])
    assert main(["read", str(tmp_path / "l.png"), "--weights", "cnn_hylian", "--one-glyph", "--graphemes"]) == 0
    assert capsys.readouterr().out == "L\n"
    assert main(["read", str(sign), "--one-glyph"]) == 2
    assert "crnn_hylian reads lines" in capsys.readouterr().err


def test_where_there_is_nothing_the_code_is_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Image.new("RGB", (300, 200), (90, 120, 60)).save(tmp_path / "field.png")
    assert main(["read", str(tmp_path / "field.png")]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert "no text of the scripts hylian, sheikah" in err
    assert main(["read", str(tmp_path / "field.png"), "--script", "hylian"]) == 1
    said = capsys.readouterr().err
    assert "no text of the script hylian found; without --script every script is looked for" in said
    assert main(["read", str(tmp_path / "field.png"), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)[0]["lines"] == []
    assert main(["read", str(tmp_path / "field.png"), "--one-line"]) == 1
    assert "if it shows several lines, or much around one, leave out --one-line" in capsys.readouterr().err


ALL = ", ".join(scripts_of_pages())


def test_of_several_pictures_those_without_text_are_named(
    sign: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    field = tmp_path / "field.png"
    Image.new("RGB", (300, 200), (90, 120, 60)).save(field)
    assert main(["read", str(field), str(sign)]) == 0
    assert capsys.readouterr() == (f"{sign}: LINK\n", f"{field}: no text of the scripts {ALL} found\n")
    assert main(["read", str(field), str(field)]) == 1
    assert capsys.readouterr().err.count("no text of the scripts hylian") == 2


def test_a_picture_of_a_script_that_nothing_finds_lines_for_is_to_be_cropped(
    toy_script: Script, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save(tiny(toy_script), tmp_path / "toy.safetensors", {})
    Image.new("RGB", (300, 200), (90, 120, 60)).save(tmp_path / "field.png")
    assert main(["read", str(tmp_path / "field.png"), "--weights", str(tmp_path / "toy.safetensors")]) == 1
    assert "crop the picture to one line" in capsys.readouterr().err


def test_ctrl_c_is_answered(sign: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("recognizers.page.many_scripts.ManyScripts.read_page", interrupted)
    assert main(["read", str(sign)]) == 130
    assert capsys.readouterr().err == "stopped\n"


def test_an_annotated_picture_shows_boxes_and_the_original_stays(
    board: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = board.read_bytes()
    assert main(["read", str(board), "--annotate", str(tmp_path / "out.png")]) == 0
    drawn, plain = np.asarray(Image.open(tmp_path / "out.png")), np.asarray(Image.open(board))
    assert drawn.shape == plain.shape
    assert (drawn != plain).any()
    assert main(["read", str(board), str(board), "--annotate", str(tmp_path / "many")]) == 0
    assert sorted(p.name for p in (tmp_path / "many").iterdir()) == ["board.annotated-2.png", "board.annotated.png"]
    assert main(["read", str(board), "--annotate", str(tmp_path)]) == 0
    assert main(["read", str(board), "--annotate", str(board)]) == 2
    assert "overwrite" in capsys.readouterr().err
    assert board.read_bytes() == before


def test_a_folder_is_read_again_as_before_when_what_was_drawn_lies_in_it(
    board: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for given, out in ((board.parent, board.parent), (board.parent, board.parent / "out.png")):
        assert main(["read", str(given), "--annotate", str(out)]) == 0
        assert capsys.readouterr().out.count("GERUDO TOWN") == 1
    assert sorted(path.name for path in board.parent.glob("*.png")) == ["board.annotated.png", "board.png", "out.png"]
    assert main(["read", str(board.parent)]) == 0
    out, err = capsys.readouterr()
    assert out.count("GERUDO TOWN") == 1
    assert "drawn by --annotate: board.annotated.png, out.png" in err


@pytest.mark.parametrize("form", [[], ["--json"], ["--graphemes"]])
def test_a_reading_without_any_confidence_is_none(
    form: list[str], sign: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from recognizers.page.many_scripts import ManyScripts
    from recognizers.page.page import Page, PageLine
    from recognizers.reading import Reading

    def page(sure: float) -> Page:
        reading = Reading("LINK", sure, letters="LINK", letters_confidence=0.9)
        return Page(9, 9, (PageLine(np.zeros((4, 2)), reading, (), np.zeros((9, 9, 3), np.uint8)),))

    for sure, code in ((0.00004, 1), (0.2, 0)):
        monkeypatch.setattr(ManyScripts, "read_page", lambda self, picture, sure=sure: page(sure))
        assert main(["read", str(sign), *form]) == code
        out = capsys.readouterr().out
        if form == ["--json"]:
            found = json.loads(out)[0]
            assert (found["text"], len(found["lines"])) == ("" if code else "LINK", 1), (
                "it is in the answer, and not in its text"
            )
            jsonschema.validate([found], SCHEMA)
        else:
            assert out == ("" if code else "LINK\n")


def test_a_folder_and_standard_input(
    board: Path, sign: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["read", str(board.parent)]) == 0
    assert capsys.readouterr().out == f"{board}: GERUDO TOWN\n{board}: KING OF HYRULE\n{sign}: LINK\n"
    with sign.open("rb") as file:
        done = subprocess.run(
            [sys.executable, "-m", "app", "read", "-"], cwd=ROOT, stdin=file, capture_output=True, text=True, timeout=60
        )
    assert (done.stdout, done.returncode) == ("LINK\n", 0)


def test_a_watched_folder_is_read_as_pictures_land(board: Path, tmp_path: Path) -> None:
    shots = tmp_path / "shots"
    shots.mkdir()
    command = [sys.executable, "-u", "-m", "app", "read", "--watch", str(shots)]
    heeds = functools.partial(
        signal.signal, signal.SIGINT, signal.SIG_DFL
    )  # a suite in the background of a shell is deaf to it
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=heeds
    ) as process:
        guard = threading.Timer(60, process.kill)  # a readline without a line waits for ever
        guard.start()
        assert process.stderr is not None
        assert process.stdout is not None
        assert "watching" in process.stderr.readline()
        shutil.copy(board, shots / "new.png")
        found = [process.stdout.readline(), process.stdout.readline()]
        process.send_signal(signal.SIGINT)
        process.wait(20)
        guard.cancel()
    assert found == [f"{shots / 'new.png'}: GERUDO TOWN\n", f"{shots / 'new.png'}: KING OF HYRULE\n"]
    assert process.returncode == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([], "name pictures"),
        (["--watch", "/nowhere"], "make it first (no such folder: /nowhere)"),
        (["a.png", "--graphemes", "--letters", "english"], "give one of them"),
        (["a.png", "--words", "/none.txt"], "/none.txt"),
        (["a.png", "b.png", "--annotate", "o.png"], "folder"),
        (["a.png", "--lines", "crnn_hylian"], "does not find lines"),
        (["a.png", "--letters", "raw", "--words", "w"], "no use"),
        (["a.png", "--weights", "crnn_mnist_lines", "--lines", "lines_hylian"], "finds 'hylian'"),
        (["a.png", "--script", "sheika"], "nothing is released for the script 'sheika'; there are hylian, "),
        (["a.png", "--script", "auto", "--one-line"], "--script NAME"),
        (["/nowhere/*.png"], "no picture matches"),
        (["--watch", ".", "--annotate", "."], "being watched"),
    ],
)
def test_options_that_cannot_be_met_are_named(
    options: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["read", *options]) == 2
    assert message in capsys.readouterr().err


def test_shapes_typed_in_are_spelled(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["spell", "DERUDOVILLADE", "the legend of zelda"]) == 0
    assert capsys.readouterr().out == "GERUDO VILLAGE\nTHE LEGEND OF ZELDA\n"
    assert main(["spell", "KING", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)[0]["alternatives"]) >= 2
    assert main(["spell", "7"]) == 2
    assert "cannot write '7'" in capsys.readouterr().err
    assert main(["spell", "it's dangerous, go-alone!", ""]) == 0
    assert capsys.readouterr().out == "ITS DANGEROUS GO ALONE\n\n"
    assert main(["spell", ""]) == 1
    assert "nothing to spell in ''; type shapes" in capsys.readouterr().err


def test_spelling_that_is_a_guess_is_called_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["spell", "KING"]) == 0
    assert capsys.readouterr().err == ""
    assert main(["spell", "XQZZK"]) == 0
    assert "no word of 'XQZZK' is known" in capsys.readouterr().err
    assert main(["spell", "--script", "sheikah", "STOP! it's 5, go", "NOWLOADING15", "15"]) == 0
    assert capsys.readouterr() == ("STOP! ITS 5 GO\nNOW LOADING15\n15\n", ""), "signs that the script has stay"
    assert main(["spell", "--script", "digits", "12"]) == 0
    assert "no language is known for the script 'digits'" in capsys.readouterr().err


def test_json_of_spell_names_its_schema(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["spell", "KING", "LINK", "--json"]) == 0
    assert [found["schema"] for found in json.loads(capsys.readouterr().out)] == [SCHEMA_NAME] * 2


def test_json_follows_its_schema(board: Path, capsys: pytest.CaptureFixture[str]) -> None:
    jsonschema.validate([], SCHEMA)
    assert main(["read", str(board), "--json"]) == 0
    jsonschema.validate(json.loads(capsys.readouterr().out), SCHEMA)


def test_json_is_one_array_with_an_object_a_picture(sign: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["read", str(sign), str(sign), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [f["file"] for f in found] == [str(sign)] * 2
    line = found[0]["lines"][0]
    assert found[0]["text"] == line["text"] == "LINK"
    assert 0.5 < line["confidence"] <= 1
    assert [g["char"] for g in line["glyphs"]] == list("LINK")


def test_a_bad_picture_does_not_stop_the_others(sign: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = tmp_path / "text.png"
    text.write_text("no picture")
    assert main(["read", str(text), str(sign), str(tmp_path / "none.png")]) == 2
    out, err = capsys.readouterr()
    assert out == f"{sign}: LINK\n"
    assert "text.png is not a picture" in err
    assert "no such file" in err


@pytest.mark.parametrize("kind", ["cut", "text", "tiny", "huge", "missing", "weights"])
def test_bad_input_ends_with_a_message_and_code_2(sign: Path, tmp_path: Path, kind: str) -> None:
    path, extra = tmp_path / "bad.png", []
    if kind == "cut":
        path.write_bytes(sign.read_bytes()[:300])
    elif kind == "text":
        path.write_text("hello")
    elif kind == "tiny":
        Image.new("RGB", (1, 1)).save(path)
    elif kind == "huge":
        Image.new("1", (20_000, 20_000)).save(path)
    elif kind == "weights":
        path, extra = sign, ["--weights", "nope"]
    done = subprocess.run(
        [sys.executable, "-m", "app", "read", str(path), *extra],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("error: ")
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_it_reads_from_any_folder_in_a_moment(sign: Path, tmp_path: Path) -> None:
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "app", "read", str(sign)], cwd=tmp_path, capture_output=True, text=True, timeout=60
    )
    assert done.stdout == "LINK\n"
    assert time.perf_counter() - start < 30  # a hang, not a stopwatch: the machine is shared


def test_help_shows_an_example() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "app", "read", "--help"], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert "hylian read sign.png" in done.stdout
    assert "exit code: 0" in done.stdout


def test_the_command_line_loads_no_training_code() -> None:
    heavy = ("pytorch_lightning", "albumentations", "hydra", "wandb")
    code = (
        f"import sys, app.__main__ as m; m.main(['read', '/none.png']); print([n for n in {heavy} if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "[]"
