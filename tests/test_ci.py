"""What CI and make do to the machine they run on."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import build_toy_font

ROOT = Path(__file__).parent.parent
LOOK = """
import os, shutil
from pathlib import Path
from glyphgen.shapes.installed_fonts import installed_fonts
for path in installed_fonts():
    print("font", path)
for name in ("chromium", "google-chrome", "npm", "node"):
    print("program", shutil.which(name))
made_just_now = (".cache", ".config")  # by matplotlib
print("home", *[name for name in os.listdir(Path.home()) if name not in made_just_now])
print("data", os.environ.get("GLYPH_DATA"), os.environ.get("GLYPH_NEEDS_BROWSER"))
"""


def test_clean_leaves_results(tmp_path: Path) -> None:
    shutil.copy(ROOT / "Makefile", tmp_path)
    for name in ("runs/a/bundle.safetensors", ".venv/x", "lessons/hylian/labels.tsv", "data/mnist/x"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text("months of work")
    subprocess.run(["make", "clean"], cwd=tmp_path, check=True, capture_output=True, timeout=60)
    kept = sorted(p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*") if p.is_file())
    assert kept == ["Makefile", "data/mnist/x", "lessons/hylian/labels.tsv", "runs/a/bundle.safetensors"]


def test_install_says_what_to_type_next(tmp_path: Path) -> None:
    shutil.copy(ROOT / "Makefile", tmp_path)
    for name in ("pyproject.toml", "constraints.txt", ".venv/.installed"):  # the newest: nothing is installed anew
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()

    def said(target: str) -> str:
        done = subprocess.run(["make", "-n", target], cwd=tmp_path, check=True, capture_output=True, text=True)
        return done.stdout

    assert ". .venv/bin/activate" in said("install")
    assert "activate" not in said("lint")


@pytest.mark.skipif(sys.platform != "linux", reason="what CI runs, on Linux")
@pytest.mark.parametrize("way", ["", "environment"])
def test_the_bare_machine_has_no_fonts_no_browser_and_nothing_of_the_user(tmp_path: Path, way: str) -> None:
    (tmp_path / ".fonts").mkdir()
    build_toy_font(tmp_path / ".fonts/toy.ttf")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/chromium").write_text("#!/bin/sh\n")
    (tmp_path / "bin/chromium").chmod(0o755)
    there = {
        "HOME": str(tmp_path),
        "PATH": f"{tmp_path}/bin:{os.environ['PATH']}",
        "GLYPH_DATA": str(tmp_path),
        "GLYPH_NEEDS_BROWSER": "1",
    }
    for bare in (False, True):
        command = [*([str(ROOT / ".ci/bare")] if bare else []), sys.executable, "-c", LOOK]
        done = subprocess.run(
            command, cwd=ROOT, env={**os.environ, **there, "BARE": way}, capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 0, done.stderr
        fonts = [line for line in done.stdout.splitlines() if line.startswith("font") and "/matplotlib/" not in line]
        assert bool(fonts) != bare
        assert ("program None\n" * 4 in done.stdout) == bare
        assert ("home\ndata None None\n" in done.stdout) == bare
    assert done.stderr.startswith("bare: ")
    done = subprocess.run(
        [str(ROOT / ".ci/bare"), "sh", "-c", "exit 3"], env={**os.environ, "BARE": way}, check=False, timeout=60
    )
    assert done.returncode == 3
