"""What `teach` says before, while and after it learns. Trainings are put in by the test;
tests/experiments/test_fewshot.py starts real ones.
"""

import sys
from pathlib import Path

import pytest

from app.__main__ import main
from app.cli import teach as command
from app.cli.teach import _Bar
from app.trainer_process import Progress

TRAINING = """
import json, pathlib, sys
folder = pathlib.Path(next(w for w in sys.argv if w.startswith("hydra.run.dir=")).partition("=")[2].strip("'"))
(folder / "bundle.safetensors").write_bytes(b"weights")
made = {"fewshot": {"synthetic_cer": CER, "pairs": []}}
(folder / "results.json").write_text(json.dumps(made))
"""


def learned(cer: float, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *options: str) -> int:
    made = [sys.executable, "-c", TRAINING.replace("CER", str(cer))]
    monkeypatch.setattr("app.trainer_process.training_command", lambda overrides: [*made, *overrides])
    return main(["teach", str(tmp_path), "--out", str(tmp_path / "my own.safetensors"), *options])


def test_what_was_learned_is_tried_by_the_file_that_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    assert learned(0.05, monkeypatch, tmp_path) == 0
    out, err = capfd.readouterr()
    assert "reads 95.0 % of the glyphs" in out
    assert f"hylian read PICTURE --weights '{tmp_path / 'my own.safetensors'}'" in out
    assert err == ""


@pytest.mark.parametrize(("options", "more"), [(["--steps", "9"], "more --steps"), ([], "more pictures")])
def test_too_little_is_warned_of(
    options: list[str],
    more: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    assert learned(0.958, monkeypatch, tmp_path, *options) == 0
    out, err = capfd.readouterr()
    assert "reads 4.2 % of the glyphs" in out
    assert err.startswith("warning: that is too little to read with")
    assert more in err


@pytest.mark.parametrize("name", ["mine.bin", "mine"])
def test_a_name_that_read_would_refuse_is_refused_first(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "training", lambda *_: pytest.fail("it trained"))
    assert main(["teach", str(tmp_path), "--out", str(tmp_path / name)]) == 2
    assert f"ends in .safetensors; give --out {tmp_path / 'mine.safetensors'}" in capsys.readouterr().err


def test_where_there_is_no_terminal_progress_is_a_line_now_and_then(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    now = 0.0
    monkeypatch.setattr("app.cli.teach.time.monotonic", lambda: now)
    with _Bar() as bar:
        for step in range(0, 1201, 20):  # five minutes
            bar.show(Progress("fewshot", step, 1200))
            now += 5
        for step in range(300):  # nobody knows of how many
            bar.show(Progress("rendering", step))
            now += 1
    said = capsys.readouterr().err.splitlines()
    assert said[:2] == ["fewshot: 120 of 1200 (10 %)", "fewshot: 240 of 1200 (20 %)"]
    assert len(said) == 10 + 5
    assert said[-1].startswith("rendering: 2")
