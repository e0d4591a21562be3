"""The wheel, in an empty environment and without the clone: the five commands that people start with.

The wheel is built and installed without a network: the build uses this environment's hatchling, and of the packages
that it depends on the new environment sees those of this one, through a .pth file. That names no clone: what stands
there is `site-packages` alone, and an editable installation, which is found by a hook of its own .pth file, is not.
"""

import os
import signal
import socket
import subprocess
import sys
import sysconfig
import time
import urllib.request
import venv
import zipfile
from pathlib import Path

import pytest

from tests.app.test_children import are_gone

ROOT = Path(__file__).parent.parent
pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform == "win32", reason="bin/ of POSIX")]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bin/ of a new environment with the wheel."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-q"]
    build = ["wheel", "--no-build-isolation", "--no-deps", "--wheel-dir", str(folder), str(ROOT)]
    subprocess.run([*pip, *build], check=True, timeout=300)
    wheel = next(folder.glob("*.whl"))
    names = zipfile.ZipFile(wheel).namelist()
    assert "experiments/conf/config.yaml" in names
    assert {name.partition("/")[0] for name in names if "dist-info" not in name} == {
        *("glyphgen", "recognizers", "experiments", "app")
    }
    venv.create(folder / "empty")
    python = folder / "empty/bin/python"
    install = ["--python", str(python), "install", "--no-deps", str(wheel)]
    subprocess.run([*pip, *install], check=True, timeout=300)
    site = next((folder / "empty/lib").glob("python*/site-packages"))
    (site / "others.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder / "empty/bin"


@pytest.fixture
def call(installed: Path, tmp_path: Path):
    def run(*command: str, timeout_s: float = 300) -> "subprocess.CompletedProcess[str]":
        command = (str(installed / command[0]), *command[1:])
        return subprocess.run(
            command, cwd=tmp_path, env=environment(tmp_path), capture_output=True, text=True, timeout=timeout_s
        )

    return run


def environment(home: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "GLYPH_DATA")}
    return {**kept, "HOME": str(home), "TMPDIR": str(home)}


def test_the_wheel_and_not_the_clone_is_imported(installed: Path, tmp_path: Path) -> None:
    code = "import app, experiments.conf_folder as c, glyphgen; print(c.CONF, app.__file__, glyphgen.__file__)"
    done = subprocess.run(
        [installed / "python", "-c", code], cwd=tmp_path, env=environment(tmp_path), capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    assert all(path.startswith(str(installed.parent)) for path in done.stdout.split()), done.stdout


def test_pictures_are_rendered_and_read(call, tmp_path: Path) -> None:
    done = call("glyphgen", "render", "--count", "3", "--out", "made")
    assert done.returncode == 0, done.stderr
    assert len((tmp_path / "made/labels.tsv").read_text().splitlines()) == 3
    done = call("hylian", "read", "made/000000.png", "--json")
    assert done.returncode == 0, done.stderr
    assert '"lines"' in done.stdout


def test_a_training_runs(call, tmp_path: Path) -> None:
    done = call("glyph-train", "trainer=smoke")
    assert done.returncode == 0, done.stderr
    run = next((tmp_path / "runs").iterdir())
    assert (run / "bundle.safetensors").is_file()
    assert (run / "report.md").is_file()
    assert call("glyph-train", "nonsense=1").returncode == 2


def draw(call, folder: Path) -> None:
    """A picture of each of six glyphs."""
    code = """
import sys
from pathlib import Path
from app.writing import Writing, write_text
for char in "ABCHKL":
    write_text(Writing(char)).save(Path(sys.argv[1]) / f"{char}.png")
"""
    folder.mkdir()
    done = call("python", "-c", code, str(folder))
    assert done.returncode == 0, done.stderr


def test_a_script_is_taught(call, tmp_path: Path) -> None:
    draw(call, tmp_path / "glyphs")
    done = call("hylian", "teach", "glyphs", "--out", "mine.safetensors", "--steps", "2")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "mine.safetensors").is_file()
    assert (tmp_path / "mine.toml").is_file()
    assert not list(tmp_path.glob("teach-*"))
    done = call("hylian", "read", "glyphs/A.png", "--weights", "mine.safetensors")
    assert done.returncode in (0, 1), done.stderr


def test_teaching_that_is_told_to_end_leaves_nothing_behind(call, installed: Path, tmp_path: Path) -> None:
    draw(call, tmp_path / "glyphs")
    before = sorted(path.name for path in tmp_path.iterdir())
    command = [str(installed / "hylian"), "teach", "glyphs", "--out", "mine.safetensors"]
    with subprocess.Popen(
        command, cwd=tmp_path, env=environment(tmp_path), stderr=subprocess.PIPE, text=True
    ) as process:
        end = time.monotonic() + 200
        while not list(tmp_path.glob("teach-*/fewshot/metrics.csv")) and time.monotonic() < end:
            assert process.poll() is None
            time.sleep(0.1)
        children = [int(pid) for pid in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()]
        assert children
        process.send_signal(signal.SIGTERM)
        said = process.communicate(timeout=60)[1]
    assert process.returncode == 143
    assert "Traceback" not in said
    assert are_gone(children)
    # of matplotlib, wordfreq and torch
    after = {path.name for path in tmp_path.iterdir()} - {".cache", ".config", "torchinductor_root"}
    assert sorted(after - set(before)) == []


def test_the_demo_starts_and_serves(installed: Path, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [str(installed / "hylian"), "demo", "--no-browser", "--port", str(port)]
    with subprocess.Popen(
        command, cwd=tmp_path, env=environment(tmp_path), stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        line = ""
        while "open http" not in line:
            line = process.stderr.readline()
            assert line, "it ended"
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/scripts", timeout=30) as answer:
            assert b"hylian" in answer.read()
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=30) as answer:
            assert b"<html" in answer.read()
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
    assert process.returncode in (0, 143, -signal.SIGTERM)
