"""Runs in this process: a run in a process of its own spends four seconds on imports before it does anything."""

import runpy
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hydra.core.global_hydra import GlobalHydra

ROOT = Path(__file__).parents[2]
RunHere = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run_here(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> RunHere:
    """`python experiments/run.py …` from its first line to its exit code, in this process; test_run.py,
    test_unfinished.py and test_sweeps.py start processes. A warning, which a process prints, is an error here.
    """

    def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
        path = str(ROOT / "experiments/run.py")
        GlobalHydra.instance().clear()
        capsys.readouterr()  # what was said before is not the run's
        code: object = 0
        with monkeypatch.context() as patch:
            patch.chdir(ROOT)
            patch.setattr(sys, "argv", [path, *arguments])
            try:
                runpy.run_path(path, run_name="__main__")
            except SystemExit as end:
                code = end.code or 0
        said = capsys.readouterr()
        assert isinstance(code, int), code
        return subprocess.CompletedProcess(arguments, code, said.out, said.err)

    return run
