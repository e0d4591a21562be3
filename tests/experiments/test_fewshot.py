"""One drawing of each glyph, as a person starts it: real files."""

import json
from collections import Counter
from pathlib import Path

import cv2
import numpy as np
import pytest

from app.__main__ import main
from app.cli.teach import teach
from experiments.stages.fewshot import most_alike
from glyphgen.files import DataError
from recognizers import bundle
from tests.experiments.conftest import RunHere


@pytest.fixture
def glyphs(tmp_path: Path) -> Path:
    """A ring, a broken ring that is much like it, and a bar."""
    folder = tmp_path / "my glyphs, it's mine"
    folder.mkdir()
    for name, last in (("O", 360), ("C", 320)):
        image = np.full((96, 96), 255, np.uint8)
        cv2.ellipse(image, (48, 48), (32, 32), 0, 0, last, 0, 10)
        cv2.imwrite(str(folder / f"{name}.png"), image)
    bar = np.full((96, 96), 255, np.uint8)
    bar[10:86, 40:52] = 0
    cv2.imwrite(str(folder / "IJ.png"), bar)
    return folder


def test_pictures_become_a_script_a_reader_and_a_warning(glyphs: Path, tmp_path: Path, run_here: RunHere) -> None:
    out, quoted = tmp_path / "run", str(glyphs).replace("'", "\\'")
    own = [f"data.glyphs='{quoted}'", "data.script_name=mine", f"hydra.run.dir={out}"]
    done = run_here("stages=[fewshot]", "data=drawings", "trainer=smoke", *own)
    assert done.returncode == 0, done.stderr[-2000:]
    recognizer = bundle.load(out / "bundle.safetensors")
    assert (recognizer.script.name, recognizer.script.alphabet) == ("mine", "CIO ")
    assert recognizer.script.canonical("J") == "I"
    assert 'name = "mine"' in (out / "fewshot/script.toml").read_text()
    made = json.loads((out / "results.json").read_text())
    assert made["calibrate"]["temperature"] > 0
    nearest = min(made["fewshot"]["pairs"], key=lambda pair: pair["distance"])
    assert {nearest["a"], nearest["b"]} == {"C", "O"}
    assert (out / "fewshot/alike.tsv").read_text().startswith("a\tb\tdistance\tconfused\n")
    assert cv2.imread(str(out / "fewshot/alike.png")) is not None


def test_confused_pairs_come_first_then_those_that_look_alike() -> None:
    rng = np.random.default_rng(0)
    near = rng.integers(0, 2, (24, 24)).astype(np.uint8) * 255
    nearly = near.copy()
    nearly[0, :4] = 255
    far = np.zeros((24, 24), np.uint8)
    far[:2] = 255
    pictures = {"A": near, "B": nearly, "C": far}
    first = most_alike(pictures, Counter(), 3)[0]
    assert (first.a, first.b) == ("A", "B")
    counts = Counter({("A", "C"): 3, ("A", "A"): 7, ("C", "C"): 10, ("A", ""): 10})
    first = most_alike(pictures, counts, 1)[0]
    assert (first.a, first.b, first.confused) == ("A", "C", 3 / 30)


def test_other_data_is_refused(tmp_path: Path, run_here: RunHere) -> None:
    done = run_here("stages=[fewshot]", "trainer=smoke", f"hydra.run.dir={tmp_path}")
    assert (done.returncode, "data=drawings data.glyphs=DIR" in done.stderr) == (2, True)


def test_teach_names_what_is_wrong(glyphs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["teach", str(tmp_path / "nothing"), "--out", str(tmp_path / "a.safetensors")]) == 2
    assert "no such folder" in capsys.readouterr().err
    assert main(["teach", str(glyphs), "--out", str(tmp_path)]) == 2
    assert "--out" in capsys.readouterr().err
    (glyphs / "notes on it.png").write_bytes((glyphs / "O.png").read_bytes())
    with pytest.raises(DataError, match="failed"):
        teach(glyphs, tmp_path / "a.safetensors")
    assert not (tmp_path / "a.safetensors").exists()


@pytest.mark.slow
def test_a_taught_reader_reads(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Shapes that nobody mixes up."""
    folder, out = tmp_path / "glyphs", tmp_path / "mine.safetensors"
    folder.mkdir()
    strokes = {
        "X": [((16, 12), (80, 84)), ((80, 12), (16, 84))],
        "L": [((24, 12), (24, 84)), ((24, 80), (80, 80))],
        "T": [((12, 16), (84, 16)), ((48, 16), (48, 84))],
        "N": [((16, 84), (16, 12)), ((16, 12), (80, 84)), ((80, 84), (80, 12))],
    }
    for name, lines in strokes.items():
        image = np.full((96, 96), 255, np.uint8)
        for a, b in lines:
            cv2.line(image, a, b, 0, 10)
        cv2.imwrite(str(folder / f"{name}.png"), image)
    assert main(["teach", str(folder), "--out", str(out), "--steps", "400"]) == 0
    assert "of the glyphs" in capsys.readouterr().out
    row = np.hstack([cv2.imread(str(folder / f"{name}.png")) for name in "TXLNT"])
    cv2.imwrite(str(tmp_path / "line.png"), row)
    assert main(["read", str(tmp_path / "line.png"), "--weights", str(out), "--one-line", "--graphemes"]) == 0
    assert capsys.readouterr().out == "TXLNT\n"
