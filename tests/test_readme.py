"""The README's commands parse and run, in their smallest form."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from glyphgen import mnist
from glyphgen.__main__ import main as glyphgen_main
from glyphgen.drawing import load_drawing
from glyphgen.font import build_font
from tests.conftest import TOY

ROOT = Path(__file__).parent.parent
LINES = [line.split("  #")[0].strip() for line in re.findall(r"^(?:python|hylian) .*$", (ROOT / "README.md").read_text(), re.MULTILINE)]
RUNS = [line for line in LINES if "experiments/run.py" in line and "--help" not in line]


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with what the README's commands name: font.ttf, DIR with labelled pictures."""
    build_font(load_drawing("hylian"), tmp_path / "font.ttf", "Toy")
    assert glyphgen_main(["render", "--count", "4", "--out", str(tmp_path / "DIR")]) == 0
    assert glyphgen_main(["inspect", str(tmp_path / "font.ttf"), "--toml", str(tmp_path / "my.toml")]) == 0
    (tmp_path / "toy.toml").write_text(TOY)
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


@pytest.mark.parametrize("line", [line for line in LINES if "-m glyphgen" in line and "FOLDER" not in line])
def test_glyphgen(world: Path, line: str) -> None:
    words = [{"1000": "6", "DIR": "NEW"}.get(w, w) for w in shlex.split(line)[3:]]
    done = subprocess.run([sys.executable, "-m", "glyphgen", *words], cwd=world, capture_output=True, text=True, timeout=280)
    assert done.returncode == 0, done.stderr
