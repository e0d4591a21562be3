"""The suite itself: what is the user's stays as it is, and tests come in another order every time."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import platformdirs
import torch

from recognizers.language.cache import cache_folder
from tests.home import STANDS_BEFORE_HOME

LOOK = """
import matplotlib, pathlib, recognizers.language.cache as kept
print(kept.cache_folder(), matplotlib.get_cachedir(), pathlib.Path.home(), sep="\\n")
"""


def test_tests_and_what_they_start_have_a_home_of_their_own() -> None:
    home = Path.home()
    assert home.is_relative_to(tempfile.gettempdir())
    assert home.name.startswith("glyph-tests-")
    assert cache_folder().is_relative_to(home)
    assert platformdirs.user_config_path().is_relative_to(home)
    assert not set(STANDS_BEFORE_HOME) & set(os.environ)
    done = subprocess.run([sys.executable, "-c", LOOK], capture_output=True, text=True, check=True)
    assert all(Path(line).is_relative_to(home) for line in done.stdout.split())


def test_networks_draw_the_same_first_weights_in_every_order() -> None:
    drawn = torch.rand(3)
    torch.manual_seed(0)
    assert torch.equal(drawn, torch.rand(3))
