"""Trainings as processes: the command, their progress as data, and what is missing."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from app.trainer_process import Progress, progress, training, training_command
from glyphgen.extras import EXTRAS, exit_for_missing, install_hint, missing
from glyphgen.files import DataError

ROOT = Path(__file__).parent.parent.parent


def test_a_training_reports_its_steps_and_prints_elsewhere(tmp_path: Path) -> None:
    """Two steps of fine-tuning, from a folder that knows nothing of the clone."""
    overrides = [
        *("stages=[adapt]", "model=cnn", "weights=cnn_hylian", "trainer=smoke"),
        *("stage.adapt.max_steps=2", "stage.adapt.n_val=8", f"hydra.run.dir={tmp_path / 'run'}"),
    ]
    with (tmp_path / "log").open("w+b") as log:
        with training(overrides, log) as process:
            states = list(progress(process))
        printed = (tmp_path / "log").read_text()
    assert process.returncode == 0, printed
    assert [state.step for state in states] == sorted(state.step for state in states)
    assert (states[-1].stage, states[-1].step, states[-1].of, states[-1].share) == ("adapt", 2, 2, 1.0)
    assert 0 <= states[-1].figures["val/cer"] < 10
    assert "— adapt" in printed
    assert "%|" not in printed, "no bar beside the reports"
    assert "run folder" not in printed, "the folder is that of whoever started it"
    assert "start there" not in printed


def test_a_training_that_is_ended_says_nothing_of_it(tmp_path: Path) -> None:
    overrides = [
        *("stages=[adapt]", "model=cnn", "weights=cnn_hylian", "trainer=smoke", "trainer.limit.max_steps=100000"),
        *("stage.adapt.max_steps=100000", "stage.adapt.n_val=8", f"hydra.run.dir={tmp_path / 'run'}"),
    ]
    with (tmp_path / "log").open("w+b") as log:
        with training(overrides, log) as process:
            assert next(state for state in progress(process) if state.stage == "adapt").step < 100000
        printed = (tmp_path / "log").read_text()
    assert process.returncode == 143, printed
    assert "SIGTERM" not in printed
    assert "stopped" not in printed, "whoever ended it knows"
    assert "" not in printed.splitlines()


def test_the_share_of_what_has_no_end_is_nothing() -> None:
    assert Progress("rendering", 7).share == 0
    assert Progress("rendering", 7, 14).share == 0.5


def test_a_report_that_was_cut_is_left_out() -> None:
    code = """print('{"stage": "a", "step": 1, "of": null, "figures": {}}'); print('{"sta', end="")"""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as process:
        assert list(progress(process)) == [Progress("a", 1)]


def test_without_the_extra_the_command_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    assert missing("train") is None
    monkeypatch.setitem(EXTRAS, "train", ("a_module_that_nobody_has",))
    with pytest.raises(DataError, match=r"a_module_that_nobody_has.*pip install 'glyph-toolkit\[train\]'"):
        training_command([])


def test_a_missing_module_of_no_extra_is_a_bug() -> None:
    error = ImportError("No module named 'nothing'", name="nothing")
    assert install_hint(error) is None
    with pytest.raises(ImportError, match="nothing"):
        exit_for_missing(error)


# modules that are not there, for whatever is run after it
WITHOUT = """
import importlib.abc, runpy, sys
hidden = sys.argv[1].split(",")
class Hides(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in hidden:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Hides())
sys.argv = sys.argv[2:]
runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
"""


@pytest.mark.parametrize(
    ("command", "extra"),
    [
        (["app", "demo", "--no-browser"], "demo"),
        (["app", "web", "--out", "page"], "web"),
        (["app", "teach", ".", "--out", "x.safetensors"], "train"),
        (["glyphgen", "render", "--count", "1", "--out", "made"], "render"),
        (["experiments", "trainer=smoke"], "train"),
    ],
)
def test_a_command_without_its_extra_says_how_to_get_it(tmp_path: Path, command: list[str], extra: str) -> None:
    hidden = ",".join(EXTRAS[extra])
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT, hidden, *command],
        cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 2, done.stderr
    last = done.stderr.splitlines()[-1]
    assert last.startswith("error: ")
    assert last.endswith(f"pip install 'glyph-toolkit[{extra}]'")
    assert "Traceback" not in done.stderr


def test_reading_and_inspecting_need_no_extra(tmp_path: Path) -> None:
    hidden = ",".join(module for modules in EXTRAS.values() for module in modules)
    for command in (
        ["glyphgen", "font", "--out", "hylian.ttf"],
        ["glyphgen", "inspect", "hylian.ttf", "--script", "hylian"],
        ["glyphgen", "sheet", "--out", "sheet.png"],
        ["app", "read", "sheet.png", "--json", "--annotate", "drawn.png"],
        ["app", "spell", "DERUDO"],
    ):
        done = subprocess.run(
            [sys.executable, "-c", WITHOUT, hidden, *command],
            cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr


def test_help_imports_neither_torch_nor_numpy() -> None:
    code = """
import sys
from app.__main__ import main
try:
    main(["--help"])
except SystemExit:
    print([name for name in ("torch", "numpy", "PIL", "cv2", "glyphgen") if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_every_module_of_an_extra_is_a_dependency_of_it() -> None:
    names = {"hydra": "hydra-core", "omegaconf": "hydra-core", "skimage": "scikit-image", "starlette": "fastapi"}
    names |= {"multipart": "python-multipart", "pytorch_lightning": "pytorch-lightning"}
    table = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    for extra, modules in EXTRAS.items():
        for module in modules:
            assert any(line.startswith(names.get(module, module)) for line in table[extra]), (extra, module)
