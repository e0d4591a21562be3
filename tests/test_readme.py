"""The README's commands parse and run, in their smallest form."""

import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from glyphgen import mnist
from glyphgen.__main__ import main as glyphgen_main
from glyphgen.drawing import load_drawing
from glyphgen.font import build_font
from glyphgen.layout import Spacing, lay_out
from glyphgen.script import load_script
from glyphgen.sources import DrawnSource
from recognizers.bundle import WEIGHTS_DIR
from tests.conftest import TOY

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
LINES = [line.split("  #")[0].strip() for line in re.findall(r"^(?:python|hylian) .*$", README, re.MULTILINE)]
RUNS = [line for line in LINES if "experiments/run.py" in line and "--help" not in line]


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with what the README's commands name: font.ttf, DIR with labelled pictures."""
    build_font(load_drawing("hylian"), tmp_path / "font.ttf", "Toy")
    assert glyphgen_main(["render", "--count", "4", "--out", str(tmp_path / "DIR")]) == 0
    assert glyphgen_main(["inspect", str(tmp_path / "font.ttf"), "--toml", str(tmp_path / "my.toml")]) == 0
    (tmp_path / "toy.toml").write_text(TOY)
    drawing = load_drawing("hylian")
    (tmp_path / "FOLDER").mkdir()
    for grapheme in drawing.script.graphemes:
        if grapheme.canonical != " ":
            ink = drawing.outline(grapheme.canonical).rasterize(200)[0]
            Image.fromarray(255 - ink).save(tmp_path / "FOLDER" / f"{''.join(grapheme.letters)}.png")
    (tmp_path / "GLYPHS").mkdir()
    for char in load_script(tmp_path / "my.toml").visible:
        Image.fromarray(255 - drawing.outline(drawing.script.canonical(char)).rasterize(60)[0]).save(tmp_path / "GLYPHS" / f"{char}.png")
    line = lay_out("LINK", DrawnSource(drawing).faces(1, np.random.default_rng(0))[0], 1, Spacing(), np.random.default_rng(0))
    Image.fromarray(255 - line.coverage).save(tmp_path / "sign.png")
    for folder in ("shots", "PAGES", "SHOTS"):
        (tmp_path / folder).mkdir()
    for name in ("shots/a.png", "shots/b.png", "PAGES/a.png", "shot.png", "line.png"):
        shutil.copy(tmp_path / "sign.png", tmp_path / name)
    quad = [[x, y] for x, y in zip((34, 200, 200, 34), (34, 34, 82, 82), strict=True)]
    (tmp_path / "PAGES/annotations.json").write_text(json.dumps({"images": [{"name": "a.png", "lines": [{"text": "LINK", "quad": quad}]}]}))
    (tmp_path / "TEXT.txt").write_text("The old king slept under the stone bridge by the river.\n\n" * 30)
    (tmp_path / "words.txt").write_text("Komorebi\n")
    return tmp_path


def test_the_readme_names_the_main_commands() -> None:
    assert len(RUNS) >= 7
    assert sum("glyphgen" in line for line in LINES) >= 4


@pytest.mark.parametrize("line", RUNS)
def test_runs(world: Path, line: str, request: pytest.FixtureRequest) -> None:
    if "data=mnist" in line and not mnist.is_present(request.getfixturevalue("real_data")):
        pytest.skip("no MNIST files below GLYPH_DATA")
    words = shlex.split(line)[2:]
    extra = [] if any(w.startswith("trainer=") for w in words) else ["trainer=smoke"]
    if "benchmark" in line:
        extra += ["stage.benchmark.train_steps=1"]
    done = subprocess.run(
        [sys.executable, str(ROOT / "experiments/run.py"), *words, *extra], cwd=world, capture_output=True, text=True, timeout=280
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert "run folder:" in done.stdout
    assert "Warning" not in done.stderr


@pytest.mark.parametrize("line", [line for line in LINES if "-m glyphgen" in line])
def test_glyphgen(world: Path, line: str) -> None:
    words = [{"1000": "6", "DIR": "NEW"}.get(w, w) for w in shlex.split(line)[3:]]
    done = subprocess.run([sys.executable, "-m", "glyphgen", *words], cwd=world, capture_output=True, text=True, timeout=280)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("line", [line for line in LINES if (line.startswith("hylian ") or "-m app" in line) and "--watch" not in line])
def test_reading(world: Path, line: str) -> None:
    words = [str(WEIGHTS_DIR / "crnn_hylian.safetensors") if w.startswith("runs/") else w for w in shlex.split(line)]
    words = words[1:] if words[0] == "hylian" else words[3:]
    words = [str(p) for w in words for p in (sorted(world.glob(w)) if "*" in w else [w])]
    done = subprocess.run([sys.executable, "-m", "app", *words], cwd=world, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


def test_the_python_example(world: Path) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    done = subprocess.run([sys.executable, "-c", example], cwd=world, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("LINK\n")
    assert done.stdout.endswith("LINK\n")


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\bmake ([a-z-]+)", README))))
def test_make_knows_its_targets(target: str) -> None:
    done = subprocess.run(["make", "--dry-run", target], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def test_help() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "experiments/run.py"), "--help"], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0
    assert "model: cnn, crnn" in done.stdout
