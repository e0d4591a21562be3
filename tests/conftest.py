"""Fixtures made in the test: a toy script with one shared grapheme, its drawing, a toy font, a tiny recognizer.

Tests come in another order every time (pytest-randomly; its seed is printed first) and run in a home of their own, so
that none depends on another or on whose machine it is.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import tests.home  # noqa: F401  # before anything that looks for a cache or a login

# nohup and a shell's background jobs ignore these; what the tests start and stop must not inherit that
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    signal.signal(signal.SIGHUP, signal.SIG_DFL)

os.environ.setdefault("GOMP_SPINCOUNT", "10000")  # before torch: threads that wait give way
# of two processes of tests at once, one thread each is faster than two that push each other
os.environ.setdefault("OMP_NUM_THREADS", "1" if "PYTEST_XDIST_WORKER" in os.environ else "2")

import cv2
import numpy as np
import pytest
import torch
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib.tables._g_l_y_f import Glyph
from hypothesis import settings

from glyphgen.captions import drawable
from glyphgen.datasets import mnist
from glyphgen.faces.sources import DrawnSource
from glyphgen.render.layout import Spacing, lay_out
from glyphgen.script import Script
from glyphgen.shapes.installed_fonts import installed_fonts
from glyphgen.shapes.pen import Drawing, load_drawing
from recognizers.bundle import build
from recognizers.image.preprocess import Preprocess
from recognizers.recognizer import Recognizer

N_THREADS = int(os.environ["OMP_NUM_THREADS"])
torch.set_num_threads(N_THREADS)
# the same examples on every machine, however slow, and nothing kept between runs
settings.register_profile("tests", derandomize=True, deadline=None, database=None, print_blob=True)
settings.load_profile("tests")


def pytest_sessionstart(session: pytest.Session) -> None:
    """Say which order this is: with -q pytest does not."""
    writer = session.config.pluginmanager.get_plugin("terminalreporter")
    seed = session.config.getoption("randomly_seed", None)
    if writer and seed is not None and not hasattr(session.config, "workerinput"):
        writer.write_line(f"in random order; the same order again: --randomly-seed={seed}")


# files that take longest: where two processes share the files, one that begins with such a file at the end leaves the
# other without work
LONG = (
    "tests/experiments/test_run.py",
    "tests/test_figures.py",
    "tests/app/web/test_build.py",
    "tests/experiments/test_unfinished.py",
    "tests/experiments/test_stages.py",
    "tests/experiments/test_toy_data.py",
    "tests/experiments/test_fewshot.py",
    "tests/experiments/test_sweeps.py",
    "tests/experiments/test_acceptance.py",
    "tests/recognizers/test_adaptation.py",
    "tests/test_docs_runs.py",
    "tests/test_wheel.py",
)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Let processes that share the files begin with the longest; else, and within and after these, the order stays."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: item.nodeid.partition("::")[0] not in LONG)


@pytest.hookimpl(tryfirst=True)
def pytest_fixture_setup() -> None:
    """Let networks draw the same first weights whichever test came before."""
    torch.manual_seed(0)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_call() -> None:
    torch.manual_seed(0)


@pytest.fixture(autouse=True)
def _torch_as_it_was() -> Iterator[None]:
    """Take back what a run sets for its whole process."""
    yield
    torch.use_deterministic_algorithms(False)
    torch.set_num_threads(N_THREADS)


@pytest.fixture
def one_thread() -> None:
    """Let torch work in one thread: two wait for those of other tests, which takes up to ten times as long."""
    torch.set_num_threads(1)


TOY = """
name = "toy"
letters = "ABC"
shared = ["AX"]
space = true
[strokes]
A = ["0,0:20,0! 0,100:20,100!"]
B = ["0,0:0,20! 80,0:80,20!", "0,80:0,100! 80,80:80,100!"]
C = ["60,90:70,100 10,60:25,60 10,40:25,40 60,10:70,0"]
"""


@pytest.fixture
def no_fonts(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine without installed fonts, whatever this one has."""
    monkeypatch.setenv("MPL_IGNORE_SYSTEM_FONTS", "1")
    for cache in (installed_fonts, drawable):
        cache.cache_clear()
    yield
    for cache in (installed_fonts, drawable):
        cache.cache_clear()


@pytest.fixture
def toy_toml(tmp_path: Path) -> Path:
    path = tmp_path / "toy.toml"
    path.write_text(TOY)
    return path


@pytest.fixture
def toy_drawing(toy_toml: Path) -> Drawing:
    return load_drawing(toy_toml)


@pytest.fixture
def toy_script(toy_drawing: Drawing) -> Script:
    return toy_drawing.script


@pytest.fixture(scope="session")
def hylian() -> Drawing:
    return load_drawing("hylian")


def clean_picture(
    drawing: Drawing, lines: list[str], cap_px: int = 32, margin: float = 0.5, gap: float = 0.4
) -> np.ndarray:
    """Lines (h, w, 3) in black on white, each in the middle; margin and gap in capital heights."""
    face, rng, rows = DrawnSource(drawing).faces(1, np.random.default_rng(0))[0], np.random.default_rng(0), []
    for text in lines:
        line = lay_out(drawing.script.canonical(text), face, 1, Spacing(), rng)
        x0, y0, x1, y1 = (round(v) for v in line.extent)
        rows.append(line.coverage[y0 - 2 : y1 + 2, x0:x1])
    width = max(row.shape[1] for row in rows)
    stack = []
    for row in rows:
        left = (width - row.shape[1]) // 2
        stack += [
            np.pad(row, ((0, 0), (left, width - row.shape[1] - left))),
            np.zeros((int(gap * 48), width), np.uint8),
        ]
    ink = np.pad(np.concatenate(stack[:-1]), int(margin * 48))
    ink = cv2.resize(ink, None, fx=cap_px / 48, fy=cap_px / 48, interpolation=cv2.INTER_AREA)
    return np.repeat(255 - ink[..., None], 3, axis=2)


def build_toy_font(path: Path, letters: str = "ABCX", empty: str = "", full_name: str = "Toy Regular") -> Path:
    """A is a box, B a box with a counter, C a tall box, X drawn like A; letters in `empty` have no ink."""
    boxes = {
        "A": [(0, 0, 500, 500)],
        "X": [(0, 0, 500, 500)],
        "B": [(0, 0, 600, 600), (200, 200, 400, 400)],
        "C": [(0, 0, 200, 700)],
    }
    glyphs = {".notdef": TTGlyphPen(None).glyph(), "space": TTGlyphPen(None).glyph()}
    for letter in letters:
        pen = TTGlyphPen(None)
        for k, (x0, y0, x1, y1) in enumerate([] if letter in empty else boxes[letter]):
            corners = [(x0, y0), (x0, y1), (x1, y1), (x1, y0)]
            corners = corners[::-1] if k else corners
            pen.moveTo(corners[0])
            for corner in corners[1:]:
                pen.lineTo(corner)
            pen.closePath()
        glyphs[letter] = pen.glyph()
    return save_font(path, glyphs, {32: "space", **{ord(c): c for c in letters}}, 700, full_name)


def build_bar_font(path: Path, chars: str) -> Path:
    """Glyph k is a bar 100 + 90 k wide."""
    glyphs = {".notdef": TTGlyphPen(None).glyph()}
    for k in range(len(chars)):
        pen = TTGlyphPen(None)
        pen.moveTo((0, 0))
        for point in ((0, 700), (100 + 90 * k, 700), (100 + 90 * k, 0)):
            pen.lineTo(point)
        pen.closePath()
        glyphs[f"g{k}"] = pen.glyph()
    return save_font(path, glyphs, {ord(char): f"g{k}" for k, char in enumerate(chars)}, 1000)


def save_font(
    path: Path, glyphs: dict[str, Glyph], cmap: dict[int, str], advance: int, full_name: str = "Toy Regular"
) -> Path:
    """Write a TrueType font of 1000 units an em with glyphs of one advance."""
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder(list(glyphs))
    builder.setupCharacterMap(cmap)
    builder.setupGlyf(glyphs)
    builder.setupHorizontalMetrics(dict.fromkeys(glyphs, (advance, 0)))
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": "Toy", "styleName": "Regular", "fullName": full_name})
    builder.setupOS2()
    builder.setupPost()
    builder.save(path)
    return path


@pytest.fixture
def toy_font(tmp_path: Path) -> Path:
    return build_toy_font(tmp_path / "toy.ttf")


def run_python(code: str, **environment: str | None) -> str:
    """Run code in a new process, in the repository, and return what it prints; environment: what is other there than
    here, None for what is not set.
    """
    root = Path(__file__).parent.parent
    own = {**os.environ, "PYTHONPATH": str(root), **environment}
    kept = {name: value for name, value in own.items() if value is not None}
    done = subprocess.run([sys.executable, "-c", code], cwd=root, env=kept, capture_output=True, text=True, check=True)
    return done.stdout


def alike(one: Any, other: Any) -> bool:
    """Return whether two readings, pages, or what became of them are the same, numbers to within 1e-4: processors round
    differently, and so does one of them where pictures share a batch or lie elsewhere in memory.
    """
    if hasattr(one, "to_dict"):
        return type(one) is type(other) and alike(one.to_dict(), other.to_dict())
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(alike(value, other[key]) for key, value in one.items())
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(alike, one, other))
    if isinstance(one, torch.Tensor | np.ndarray):
        return one.shape == other.shape and np.allclose(one, other, rtol=0, atol=1e-4)
    return abs(one - other) <= 1e-4 if isinstance(one, float) else bool(one == other)


def tiny(script: Script, architecture: str = "crnn") -> Recognizer:
    torch.manual_seed(0)
    if architecture == "cnn":
        return build("cnn", script, Preprocess(height_px=28, stride_px=28, is_square=True), {}).eval()
    return build("crnn", script, Preprocess(), {"channels": [4, 6, 8, 8], "n_hidden": 8, "dropout": 0.0}).eval()


@pytest.fixture
def tiny_crnn(hylian: Drawing) -> Recognizer:
    return tiny(hylian.script)


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real data; tests that need it skip without it."""
    root = Path(os.environ.get("GLYPH_DATA", "data"))
    if not root.is_dir():
        pytest.skip("no real data: set GLYPH_DATA to a folder that has mnist/ and hylian_lines_dev/")
    return root


def has_mnist(root: Path) -> bool:
    """Return whether the files of MNIST lie below a folder, so that nothing would be fetched."""
    return all(any(path.is_file() for path in mnist.candidates(root, name)) for name in mnist.FILES)
