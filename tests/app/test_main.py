import json
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from app.__main__ import main
from glyphgen.drawing import Drawing
from glyphgen.layout import Spacing, lay_out
from glyphgen.sources import DrawnSource

ROOT = Path(__file__).parent.parent.parent


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


def test_json_is_one_array_with_an_object_a_picture(sign: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["read", str(sign), str(sign), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [f["file"] for f in found] == [str(sign)] * 2
    assert found[0]["text"] == "LINK"
    assert 0.5 < found[0]["confidence"] <= 1
    assert [g["char"] for g in found[0]["glyphs"]] == list("LINK")


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
        [sys.executable, "-m", "app", "read", str(path), *extra], cwd=tmp_path, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 2
    assert done.stderr.startswith("error: ")
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_it_reads_from_any_folder_in_a_moment(sign: Path, tmp_path: Path) -> None:
    start = time.perf_counter()
    done = subprocess.run([sys.executable, "-m", "app", "read", str(sign)], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.stdout == "LINK\n"
    assert time.perf_counter() - start < 30  # a hang, not a stopwatch: the machine is shared


def test_help_shows_an_example() -> None:
    done = subprocess.run([sys.executable, "-m", "app", "read", "--help"], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert "example: hylian read" in done.stdout


def test_the_command_line_loads_no_training_code() -> None:
    heavy = ("pytorch_lightning", "albumentations", "hydra", "wandb")
    code = f"import sys, app.__main__ as m; m.main(['read', '/none.png']); print([n for n in {heavy} if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "[]"
