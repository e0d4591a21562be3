"""Where the training program is, for the command line and the page."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from glyphgen.files import DataError


def find_runner() -> Path:
    """Return experiments/run.py. Raises DataError where only the reading half is installed."""
    found = find_spec("experiments")
    for root in found.submodule_search_locations or () if found else ():
        path = Path(root) / "run.py"
        if path.is_file() and (path.parent.parent / "conf/config.yaml").is_file():
            return path
    raise DataError(
        "teach needs experiments/ and conf/, which are not beside this package; run it in a checkout of the repository"
    )


def quoted(value: str) -> str:
    """Quote a value for Hydra's command line. Source: Hydra's override grammar."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'" if value else "''"
