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
import torch
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf
from PIL import Image

from experiments.run import run_stages
from glyphgen.__main__ import main as glyphgen_main
from glyphgen.faces.sources import DrawnSource
from glyphgen.render.layout import Spacing, lay_out
from glyphgen.script import load_script
from glyphgen.shapes.font_file import build_font
from glyphgen.shapes.pen import load_drawing
from recognizers.bundle import WEIGHTS_DIR
from tests.conftest import TOY, has_mnist

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
LINES = [line.split("  #")[0].strip() for line in re.findall(r"^(?:python|hylian) .*$", README, re.MULTILINE)]
# what talks to a server that runs: tests/app/service/test_http.py
ALONE = re.sub(r"<!-- api: begin.*?<!-- api: end -->", "", README, flags=re.DOTALL)
ALL_RUNS = [line for line in LINES if "experiments/run.py" in line and "--help" not in line]
RUNS = [line for line in ALL_RUNS if "experiment=" not in line]  # recipes: tests/experiments/test_recipes.py


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the README's commands name: font.ttf, DIR with labelled pictures, and so on; made once."""
    root = tmp_path_factory.mktemp("template")
    build_font(load_drawing("hylian"), root / "font.ttf", "Toy")
    assert glyphgen_main(["render", "--count", "4", "--out", str(root / "DIR")]) == 0
    assert glyphgen_main(["inspect", str(root / "font.ttf"), "--toml", str(root / "my.toml")]) == 0
    (root / "toy.toml").write_text(TOY)
    drawing = load_drawing("hylian")
    (root / "FOLDER").mkdir()
    for grapheme in drawing.script.graphemes:
        if grapheme.canonical != " ":
            ink = drawing.outline(grapheme.canonical).rasterize(200)[0]
            Image.fromarray(255 - ink).save(root / "FOLDER" / f"{''.join(grapheme.letters)}.png")
    (root / "GLYPHS").mkdir()
    for char in load_script(root / "my.toml").visible:
        Image.fromarray(255 - drawing.outline(drawing.script.canonical(char)).rasterize(60)[0]).save(
            root / "GLYPHS" / f"{char}.png"
        )
    line = lay_out(
        "LINK", DrawnSource(drawing).faces(1, np.random.default_rng(0))[0], 1, Spacing(), np.random.default_rng(0)
    )
    Image.fromarray(255 - line.coverage).save(root / "sign.png")
    for folder in ("shots", "PAGES", "SHOTS"):
        (root / folder).mkdir()
    for name in ("shots/a.png", "shots/b.png", "PAGES/a.png", "shot.png", "line.png"):
        shutil.copy(root / "sign.png", root / name)
    quad = [[x, y] for x, y in zip((34, 200, 200, 34), (34, 34, 82, 82), strict=True)]
    (root / "PAGES/annotations.json").write_text(
        json.dumps({"images": [{"name": "a.png", "lines": [{"text": "LINK", "quad": quad}]}]})
    )
    (root / "TEXT.txt").write_text("The old king slept under the stone bridge by the river.\n\n" * 30)
    (root / "words.txt").write_text("Komorebi\n")
    (root / "my_glyphs").mkdir()
    for char, name in zip("AHI", "17I", strict=True):
        shutil.copy(root / "GLYPHS" / f"{char}.png", root / "my_glyphs" / f"{name}.png")
    shutil.copy(root / "my_glyphs/7.png", root / "drawing.png")
    shutil.copy(WEIGHTS_DIR / "crnn_hylian.safetensors", root / "my_script.safetensors")
    return root


@pytest.fixture
def world(template: Path, tmp_path: Path) -> Path:
    """A folder of a test's own with what the README's commands name."""
    return Path(shutil.copytree(template, tmp_path / "world"))


def test_the_readme_names_the_main_commands() -> None:
    assert len(RUNS) >= 7
    assert sum("glyphgen" in line for line in LINES) >= 4


@pytest.mark.parametrize("line", RUNS)
def test_runs(
    world: Path,
    line: str,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Composed and run in this process, which spares each of them ten seconds of imports; `test_run`
    starts processes.
    """
    if "data=mnist" in line and not has_mnist(request.getfixturevalue("real_data")):
        pytest.skip("no MNIST files below GLYPH_DATA")
    words = shlex.split(line)[2:]
    words += [] if any(w.startswith("trainer=") for w in words) else ["trainer=smoke"]
    words += ["stage.benchmark.train_steps=1", "stage.benchmark.count=40"] if "benchmark" in line else []
    words += ["crops.stops=[1]", "crops.n_replay=2"] if "k_shot" in line else []
    words += ["crops.n_replay=2"] if "selftrain" in line else []
    words += (
        [
            "stage.curves.ks=[0,2]",
            "stage.curves.stops=[1]",
            "stage.curves.draws=1",
            "stage.curves.selftrain_steps=1",
            "crops.n_replay=2",
        ]
        if "curves" in line
        else []
    )
    monkeypatch.chdir(world)
    with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        settings = OmegaConf.to_container(compose("config", words), resolve=True, throw_on_missing=True)
    folder = world / "run"
    folder.mkdir()
    n_threads = torch.get_num_threads()
    try:
        run_stages(settings, folder)  # type: ignore[arg-type]
    finally:
        torch.set_num_threads(n_threads)
        torch.use_deterministic_algorithms(False)
    assert "run folder:" in capsys.readouterr().out
    assert json.loads((folder / "results.json").read_text())


@pytest.mark.parametrize("line", [line for line in LINES if "-m glyphgen" in line])
def test_glyphgen(world: Path, line: str) -> None:
    words = [{"1000": "6", "DIR": "NEW"}.get(w, w) for w in shlex.split(line)[3:]]
    done = subprocess.run(
        [sys.executable, "-m", "glyphgen", *words], cwd=world, capture_output=True, text=True, timeout=280
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "line",
    [
        line
        for line in LINES
        if (line.startswith("hylian ") or "-m app" in line) and "--watch" not in line and " teach " not in line
    ],
)  # tests/experiments/test_fewshot.py
def test_reading(world: Path, line: str) -> None:
    words = [str(WEIGHTS_DIR / "crnn_hylian.safetensors") if w.startswith("runs/") else w for w in shlex.split(line)]
    words = words[1:] if words[0] == "hylian" else words[3:]
    words = [str(p) for w in words for p in (sorted(world.glob(w)) if "*" in w else [w])]
    done = subprocess.run([sys.executable, "-m", "app", *words], cwd=world, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


@pytest.mark.parametrize(
    ("example", "first", "last"),
    [
        (example, *expected)
        for example, expected in zip(
            re.findall(r"```python\n(.*?)```", ALONE, re.DOTALL), (("LINK\n", "LINK\n"), ("7\n", "7\n")), strict=True
        )
    ],
)
def test_python_examples(world: Path, example: str, first: str, last: str) -> None:
    done = subprocess.run([sys.executable, "-c", example], cwd=world, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(first)
    assert done.stdout.endswith(last)


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\bmake ([a-z-]+)", README))))
def test_make_knows_its_targets(target: str) -> None:
    done = subprocess.run(["make", "--dry-run", target], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def test_help() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "experiments/run.py"), "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0
    assert "model: cnn, crnn" in done.stdout
