"""The README is short, its links lead somewhere, and what it says a command prints is what the command prints.

Its commands are run with those of docs/: test_docs.
"""

import re
import subprocess
import sys

import pytest

from app.__main__ import main as hylian
from tests.documentation import PAGES, ROOT, blocks

README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_readme_is_short() -> None:
    assert len(README.splitlines()) <= 150


def test_the_readme_names_the_main_commands() -> None:
    shell = "\n".join(blocks(README, "sh"))
    for command in (
        "make run",
        "make test",
        "hylian read sign.png",
        "python experiments/run.py model=crnn data=hylian_synth",
    ):
        assert command in shell


def test_the_sign_says_what_the_readme_says(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    command, said = blocks(README, "sh")[0].split(), blocks(README, "text")[0]
    monkeypatch.chdir(ROOT)
    assert command[0] == "hylian"
    assert hylian(command[1:]) == 0
    assert capsys.readouterr().out == said


@pytest.mark.parametrize("page", [path.name for path in PAGES if path.parent == ROOT])
def test_links_lead_to_files(page: str) -> None:
    """Those of docs/ are checked when the site is built."""
    links = re.findall(r"\]\(([^)#]+)[^)]*\)", (ROOT / page).read_text(encoding="utf-8"))
    assert links
    missing = [link for link in links if not link.startswith("https://") and not (ROOT / link).exists()]
    assert not missing


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
