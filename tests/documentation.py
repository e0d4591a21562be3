"""What the documentation tells people to type: the commands and examples of README.md, CONTRIBUTING.md and docs/, and a
folder that has every file they name.
"""

from __future__ import annotations

import atexit
import json
import re
import shlex
import shutil
import tempfile
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hydra import compose, initialize_config_dir
from hydra.core.override_parser.overrides_parser import OverridesParser
from omegaconf import OmegaConf
from PIL import Image

from experiments.refiner.network import Refiner, save_refiner
from glyphgen.__main__ import main as glyphgen_main
from glyphgen.faces.sources import DrawnSource
from glyphgen.render.layout import Spacing, lay_out
from glyphgen.script import load_script
from glyphgen.shapes.font_file import build_font
from glyphgen.shapes.pen import load_drawing
from recognizers.released import WEIGHTS_DIR
from tests.shaped_fonts import ARABIC, DASH, build_shaped_font

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
# figures last: where two pages have the same command, it is run for the page that teaches it
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *sorted(DOCS.glob("*.md"), key=lambda path: (path.stem in ("results", "protocol"), path.stem)),
]
_SMALL = [
    "trainer.limit.max_steps=2",
    "trainer.limit.val_every=2",
    "trainer.limit.n_val=4",
    "trainer.limit.count=6",
    "trainer.limit.n_faces=2",
    "crops.stops=[1]",
    "crops.n_replay=2",
]
_SMALL_STAGES = {
    "benchmark": ["train_steps=1", "count=12", "augments=[none]", "threads=[1]", "processes=[1]", "n_pages=1"],
    "profile": ["count=8", "n_steps=1", "rounds=1"],
    "refine": ["max_steps=1", "batch_size=2"],
    "curves": ["ks=[0,2]", "draws=1", "stops=[1]", "selftrain_steps=1"],
}


@dataclass(frozen=True)
class Command:
    """A command line, the page it stands on, and its words."""

    page: str
    line: str

    @property
    def words(self) -> list[str]:
        return shlex.split(self.line)

    @property
    def is_run(self) -> bool:
        """Whether it is `python experiments/run.py …`."""
        return self.words[:2] == ["python", "experiments/run.py"]

    def __str__(self) -> str:
        return f"{self.page}: {self.line}"


def blocks(text: str, language: str) -> list[str]:
    """Return the fenced blocks of a language, those of lists without their indentation."""
    found = re.findall(rf"^( *)```{language}\n(.*?)^\1```", text, re.DOTALL | re.MULTILINE)
    return ["\n".join(line.removeprefix(indent) for line in body.splitlines()) + "\n" for indent, body in found]


def without_api(text: str) -> str:
    """Leave out what talks to a server: tests/app/service/test_http.py runs it."""
    return re.sub(r"<!-- api: begin.*?<!-- api: end -->", "", text, flags=re.DOTALL)


def commands() -> list[Command]:
    """Return every command in `sh` blocks, each once; comments are left out and lines that go on are joined."""
    found: dict[str, Command] = {}
    for path in PAGES:
        for block in blocks(without_api(path.read_text(encoding="utf-8")), "sh"):
            for line in block.replace("\\\n", " ").splitlines():
                line = re.split(r"\s{2,}#|^#", line)[0].strip()
                if line:
                    found.setdefault(line, Command(path.name, line))
    return list(found.values())


def settings_of(command: Command, is_small: bool = False) -> dict[str, Any]:
    """Compose the settings of a run, of the first job of a sweep; in its smallest form. Raises what Hydra raises."""
    words = []
    for override in OverridesParser.create().parse_overrides([w for w in command.words[2:] if not w.startswith("--")]):
        swept = override.is_sweep_override()
        first = f"{override.key_or_group}={next(override.sweep_string_iterator())}" if swept else override.input_line
        if first != "hydra/launcher=ray_cluster" or find_spec("hydra_plugins.hydra_ray_launcher"):
            words.append(str(first))  # that plugin has an environment of its own
    if is_small:
        # several processes would be started with the command line of these tests
        words = [w for w in words if not w.startswith(("trainer=ddp", "trainer.devices=", "trainer.accelerator="))]
        stages = next((w.removeprefix("stages=") for w in words if w.startswith("stages=")), "[adapt]").strip("[]")
        small = [f"stage.{stage}.{w}" for stage in stages.split(",") for w in _SMALL_STAGES.get(stage, [])]
        given = {word.split("=")[0] for word in words}
        words += [] if "trainer" in given else ["trainer=smoke"]
        words += [word for word in _SMALL if word.split("=")[0] not in given] + (
            ["data.n_faces=2"] if given.isdisjoint({"data", "data.n_faces"}) else []
        )
        words += [word for word in small if word.split("=")[0] not in given]
    with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        return OmegaConf.to_container(compose("config", words), resolve=True, throw_on_missing=True)


def quick_and_slow(runs: list[Command]) -> tuple[list[Command], list[Command]]:
    """Return the runs: the first of its kind (model, data, script, stages), and the others, among them the training of
    the finder and the benchmark. Recipes are in neither: tests/experiments/test_recipes.py runs them.
    """
    seen: set[tuple[str, ...]] = set()
    quick, slow = [], []
    for command in runs:
        if "experiment=" not in command.line:
            kind = tuple(
                next((word for word in command.words if word.startswith(f"{key}=")), default)
                for key, default in (
                    ("model", "model=crnn"),
                    ("data", "data=hylian_synth"),
                    ("data.script", ""),
                    ("stages", ""),
                )
            )
            is_long = kind in seen or any(word in command.line for word in ("model=lines", "benchmark", "logger="))
            seen.add(kind)
            (slow if is_long else quick).append(command)
    return quick, slow


RUNS = [command for command in commands() if command.is_run and not {"--help", "--settings"} & set(command.words)]
QUICK, SLOW = quick_and_slow(RUNS)


@cache
def _template() -> Path:
    root = Path(tempfile.mkdtemp(prefix="documentation"))
    atexit.register(shutil.rmtree, root, ignore_errors=True)
    make_world(root)
    return root


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of a test's own with what the commands name; the test stands in it."""
    root = Path(shutil.copytree(_template(), tmp_path / "world", symlinks=True))
    monkeypatch.chdir(root)
    return root


def make_world(root: Path) -> None:
    """Write into a folder what the commands name: font.ttf, DIR with labelled pictures, and so on."""
    drawing = load_drawing("hylian")
    build_font(drawing, root / "font.ttf", "Toy")
    assert glyphgen_main(["render", "--count", "4", "--out", str(root / "DIR")]) == 0
    shutil.copytree(root / "DIR", root / "lessons/hylian")
    assert glyphgen_main(["inspect", str(root / "font.ttf"), "--toml", str(root / "my.toml")]) == 0
    (root / "toy.toml").write_text(blocks((DOCS / "new-script.md").read_text(encoding="utf-8"), "toml")[0])
    (root / "docs").symlink_to(DOCS)
    (root / "FOLDER").mkdir()
    (root / "LINES").mkdir()  # of letters that the font's script has, too
    (root / "LINES/labels.tsv").write_text("a.png\tLINK\n")
    for grapheme in drawing.script.graphemes:
        if grapheme.canonical != " ":
            ink = drawing.outline(grapheme.canonical).rasterize(200)[0]
            Image.fromarray(255 - ink).save(root / "FOLDER" / f"{''.join(grapheme.letters)}.png")
    (root / "GLYPHS").mkdir()
    for char in load_script(root / "my.toml").visible:
        ink = drawing.outline(drawing.script.canonical(char)).rasterize(60)[0]
        Image.fromarray(255 - ink).save(root / "GLYPHS" / f"{char}.png")
    for name, writing, text in (("sign", drawing, "LINK"), ("slate", load_drawing("sheikah"), "SHEIKAH TOWER")):
        face = DrawnSource(writing).faces(1, np.random.default_rng(0))[0]
        line = lay_out(text, face, 1, Spacing(), np.random.default_rng(0))
        Image.fromarray(255 - line.coverage).save(root / f"{name}.png")
    for folder in ("shots", "PAGES", "SHOTS", "CROPS", "runs/RUN/refine"):
        (root / folder).mkdir(parents=True)
    for name in (
        "LINES/a.png",
        "CROPS/a.png",
        "shots/a.png",
        "shots/b.png",
        "PAGES/a.png",
        "shot.png",
        "line.png",
        "line2.png",
    ):
        shutil.copy(root / "sign.png", root / name)
    page = json.loads(blocks((DOCS / "data.md").read_text(encoding="utf-8"), "json")[0])
    (root / "PAGES/annotations.json").write_text(json.dumps(page))
    said = "The old king slept under the stone bridge by the river."
    (root / "DIR/dialogue.cfg").write_text(f'message= _ "{said}"\n' * 30)
    (root / "TEXT.txt").write_text(f"{said}\n\n" * 30)
    save_refiner(Refiner(4, 1), root / "runs/RUN/refine/refiner.safetensors", {})
    (root / "words.txt").write_text("Komorebi\n")
    for name, text in (("Arabic.ttf", ARABIC), ("Japanese.otf", DASH)):
        build_shaped_font(root / name)
        texts = "".join(f"{text} {text * n}\n" for n in range(1, 10))
        (root / f"{Path(name).stem.lower()}.txt").write_text(texts, encoding="utf-8")
    (root / "my_glyphs").mkdir()
    for char, name in zip("AHI", "17I", strict=True):
        shutil.copy(root / "GLYPHS" / f"{char}.png", root / "my_glyphs" / f"{name}.png")
    shutil.copy(root / "my_glyphs/7.png", root / "drawing.png")
    shutil.copy(WEIGHTS_DIR / "crnn_hylian.safetensors", root / "my_script.safetensors")
