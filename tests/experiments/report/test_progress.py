"""Progress: rows of data where another program asked for them, a bar where nobody did."""

import io
import json
import os
import subprocess
import sys

import pytest
from pytorch_lightning.callbacks import TQDMProgressBar

from experiments import parent
from experiments.report.progress import StepReport, Steps, progress_bar


def test_loops_report_their_steps_and_show_no_bar(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(parent, "_reports", [stream])
    assert list(Steps(range(3), desc="rendering", leave=False, mininterval=0)) == [0, 1, 2]
    rows = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [row["step"] for row in rows] == sorted(row["step"] for row in rows)
    assert rows[-1] == {"stage": "rendering", "step": 3, "of": 3, "figures": {}}
    assert capsys.readouterr() == ("", "")
    assert isinstance(progress_bar("adapt"), StepReport)


def test_without_anybody_who_asked_there_is_a_bar(capsys: pytest.CaptureFixture[str]) -> None:
    list(Steps(range(3), desc="rendering"))
    out, err = capsys.readouterr()
    assert out == ""
    assert "rendering: 100%" in err
    assert isinstance(progress_bar("adapt"), TQDMProgressBar)


def test_what_is_printed_is_left_out_and_children_report_nothing() -> None:
    code = """
import os, sys
from experiments import parent
parent.report("before", 1, 2)
parent.report_to_parent()
print("a table", flush=True)
print("a sentence", file=sys.stderr)
parent.report("adapt", 1, None, {"val/cer": 0.5})
print(parent.PROGRESS in os.environ, file=sys.stderr)
"""
    environment = {**os.environ, parent.PROGRESS: "json"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == {"stage": "adapt", "step": 1, "of": None, "figures": {"val/cer": 0.5}}
    assert done.stderr == "a sentence\nFalse\n"
