"""The runs that the documentation shows, each in its smallest form; the first of each kind with every push."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from experiments.run import run_stages
from tests.conftest import has_mnist
from tests.documentation import QUICK, SLOW, Command, settings_of
from tests.documentation import world as world  # a fixture


@pytest.mark.parametrize(
    "command", [*QUICK, *(pytest.param(command, marks=pytest.mark.slow) for command in SLOW)], ids=str
)
def test_runs(
    command: Command, world: Path, request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]
) -> None:
    """In this process, which spares each of them ten seconds of imports; test_run starts processes."""
    if "mnist" in command.line and not has_mnist(request.getfixturevalue("real_data")):
        pytest.skip("no MNIST files below GLYPH_DATA")
    settings = settings_of(command, is_small=True)
    folder = world / "run"
    folder.mkdir()
    n_threads = torch.get_num_threads()
    try:
        run_stages(settings, folder)
    finally:
        torch.set_num_threads(n_threads)
        torch.use_deterministic_algorithms(False)
    said = capsys.readouterr()
    assert "run folder:" in said.out
    results = json.loads((folder / "results.json").read_text())
    assert results or "too few" in said.err  # the rule of found lines is not fitted on two pages
