"""A home of the tests' own: they neither read nor write what is the user's, in this process, in xdist's workers, or in
what they start.

Caches (ours, matplotlib's font list, Hypothesis's examples, wandb's), settings, logins, and fonts kept at home are all
found from HOME or a variable that stands before it. Where packages were installed for one user, and git's and npm's
settings, are kept: they say how this machine works, not what is on it.
"""

from __future__ import annotations

import atexit
import os
import shutil
import site
import tempfile
from pathlib import Path

STANDS_BEFORE_HOME = (
    *(f"XDG_{name}_HOME" for name in ("CACHE", "CONFIG", "DATA", "STATE")),
    "MPLCONFIGDIR",
    *(
        "WANDB_API_KEY",
        "WANDB_BASE_URL",
        "WANDB_MODE",
        "WANDB_DIR",
        "WANDB_CACHE_DIR",
        "WANDB_CONFIG_DIR",
        "WANDB_DATA_DIR",
        "NETRC",
    ),
    *("HF_HOME", "TORCH_HOME", "GRADIO_TEMP_DIR"),
)


def move_home() -> None:
    """Set HOME to a new folder, which goes when this process ends."""
    before, after = Path.home(), tempfile.mkdtemp(prefix="glyph-tests-")
    atexit.register(shutil.rmtree, after, ignore_errors=True)
    os.environ.setdefault("PYTHONUSERBASE", site.getuserbase())
    for name, file in (("GIT_CONFIG_GLOBAL", ".gitconfig"), ("NPM_CONFIG_USERCONFIG", ".npmrc")):
        if (before / file).is_file():
            os.environ.setdefault(name, str(before / file))
    for name in STANDS_BEFORE_HOME:
        os.environ.pop(name, None)
    os.environ |= {"HOME": after, "USERPROFILE": after, "HYPOTHESIS_STORAGE_DIRECTORY": f"{after}/hypothesis"}


if "PYTEST_XDIST_WORKER" not in os.environ:  # workers find it set
    move_home()
