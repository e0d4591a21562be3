"""Every command of the documentation is parsed, and run in its smallest form; the site builds, and asks for nothing
from a network.
"""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest
import yaml

from app.__main__ import main as hylian
from app.cli.parser import make_parser
from experiments.report.recipe_table import BEGIN, END
from experiments.settings import validated
from glyphgen.__main__ import main as glyphgen
from tests.documentation import DOCS, PAGES, QUICK, ROOT, RUNS, Command, blocks, commands, settings_of, without_api
from tests.documentation import world as world  # a fixture

COMMANDS = commands()
# known, and run by other tests or by nobody: they install, serve, or start make
_OTHERS = (
    "make ",
    "pip ",
    "python3 -m venv",
    "python -m http.server ",
    "apt-get ",
    "python -m pytest",
    "pre-commit ",
    "git ",
)
# tests/app and tests/experiments/test_fewshot.py run these
_ELSEWHERE = ("demo", "web", "teach", "--watch")


def test_every_command_is_of_a_known_kind() -> None:
    known = (
        "python experiments/run.py",
        "python -m glyphgen ",
        "hylian ",
        "python docs/",
        "python -m experiments.",
        "python experiments/peers.py",
        "python experiments/peer_training.py",
        *_OTHERS,
    )
    assert not [str(command) for command in COMMANDS if not command.line.startswith(known)]
    assert sum(command.is_run for command in COMMANDS) >= 40
    assert sum(command.line.startswith("hylian ") for command in COMMANDS) >= 12
    assert sum("-m glyphgen" in command.line for command in COMMANDS) >= 7


@pytest.mark.parametrize("command", [command for command in RUNS if command not in QUICK], ids=str)
def test_runs_compose(command: Command) -> None:
    assert validated(settings_of(command))["stages"]


NAMED = {m for p in PAGES for m in re.findall(r"`(python experiments/run\.py[^`…]*)`", p.read_text(encoding="utf-8"))}


@pytest.mark.parametrize("line", sorted(NAMED))
def test_runs_named_in_the_text_compose(line: str) -> None:
    assert validated(settings_of(Command("", line)))["stages"]


@pytest.mark.parametrize("command", [c for c in COMMANDS if "-m glyphgen" in c.line], ids=str)
def test_glyphgen(
    world: Path, command: Command, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    smaller = {"1000": "6", "20000": "6", "500": "2", "1280x720": "96x96"}
    smaller |= {"DIR": "NEW", "alnum_cased": "digits", "DejaVu": "DejaVuSans-Bold"}
    words = [smaller.get(word, word) for word in command.words[3:]]
    if words[0] == "verify":
        assert glyphgen(["render", "--count", "3", "--out", words[1]]) == 0
    if words[0] == "bench":
        for measured in ("in_memory", "on_disk"):  # which take seconds, and have tests
            monkeypatch.setattr(f"glyphgen.jobs.bench.{measured}", lambda *_: 1.0)
    if words[0] == "gallery":  # the others take seconds, and have tests
        words += ["--only", "directions"]
    assert glyphgen(words) == 0
    assert capsys.readouterr().out


@pytest.mark.parametrize("command", [c for c in COMMANDS if c.line.startswith("hylian ")], ids=str)
def test_hylian(world: Path, command: Command, capsys: pytest.CaptureFixture[str]) -> None:
    words = [str(p) for w in command.words[1:] for p in (sorted(world.glob(w)) if "*" in w else [w])]
    assert make_parser().parse_args(words).command == words[0]
    if not set(_ELSEWHERE) & set(words):
        assert hylian(words) == 0
        assert capsys.readouterr().out.strip()


@pytest.mark.parametrize(
    ("page", "example"),
    [(p.name, e) for p in PAGES for e in blocks(without_api(p.read_text(encoding="utf-8")), "python")],
)
def test_python_examples(world: Path, page: str, example: str, capsys: pytest.CaptureFixture[str]) -> None:
    exec(compile(example, page, "exec"), {"__name__": "__main__"})
    said = capsys.readouterr().out
    assert said.strip()
    if "read_page" in example:
        assert said.startswith("LINK\n")
    if "glyphs.teach" in example:
        assert said == "7\n"


def test_make_knows_its_targets() -> None:
    named = {
        t for p in PAGES for t in re.findall(r"(?:`|^)make ([a-z-]+)", p.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert {"run", "test", "demo", "docs", "lint"} <= named
    done = subprocess.run(["make", "--dry-run", *sorted(named)], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def test_the_table_of_recipes_can_be_written() -> None:
    text = (DOCS / "results.md").read_text(encoding="utf-8")
    assert text.count(BEGIN) == text.count(END) == 1


@pytest.fixture
def hooks() -> ModuleType:
    spec = importlib.util.spec_from_file_location("hooks", DOCS / "hooks.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_of_settings_is_made_from_the_code(hooks: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    page = SimpleNamespace(file=SimpleNamespace(src_uri="settings.md"))
    made = hooks.on_page_markdown((DOCS / "settings.md").read_text(encoding="utf-8"), page)
    assert "max_steps" in made
    assert hooks.MARK not in made
    groups = {path.parent.name for path in (ROOT / "conf").rglob("*.yaml")} - {"conf", "experiment", "stage", "data"}
    groups.discard("launcher")  # those are settings of Hydra
    assert not [group for group in groups if f"## {group}" not in made], "a group of conf/ is missing"
    assert not [path.stem for path in (ROOT / "conf/data").glob("*.yaml") if path.stem not in made]
    with pytest.raises(ValueError, match="no line that begins with"):
        hooks.on_page_markdown("a", page)


def test_the_site_builds_without_a_network(tmp_path: Path) -> None:
    """Strict: a link or an anchor that leads nowhere, or a page that no menu names, is an error."""
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--quiet", "--strict", "--site-dir", str(tmp_path)],
        cwd=ROOT,
        env={**os.environ, "https_proxy": "http://127.0.0.1:9", "http_proxy": "http://127.0.0.1:9"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    pages = list(tmp_path.glob("*.html"))
    assert len(pages) >= len(list(DOCS.glob("*.md")))
    loaded = r"<(?:script|img|link)[^>]+(?:src|href)=\"(?:https?:)?//[^\"]+"
    assert not [found for page in pages for found in re.findall(loaded, page.read_text(encoding="utf-8"))]


@pytest.mark.slow
def test_the_pictures_can_be_drawn_again(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(DOCS / "make_pictures.py"), "--out", str(tmp_path)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    drawn = {path.name for path in tmp_path.iterdir()}
    assert drawn == {path.name for path in (DOCS / "pictures").iterdir()} - {
        "chart.png",
        "curves.png",
        "curves_draws.tsv",
    }


@pytest.mark.parametrize("path", sorted((ROOT / ".github/ISSUE_TEMPLATE").glob("*.yml")), ids=lambda path: path.name)
def test_issue_templates_ask_for_something(path: Path) -> None:
    form = yaml.safe_load(path.read_text(encoding="utf-8"))
    if path.stem != "config":
        assert {"name", "description", "body"} <= set(form)
        assert all(part["attributes"]["label"] for part in form["body"])


def test_the_version_is_the_same_everywhere() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert str(yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))["version"]) == version
    titles = re.findall(r"^## \[(.+?)\]", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert titles[:2] == ["Unreleased", version]
